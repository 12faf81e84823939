"""Chances and counts of indel errors against the plain twin, and what is learned from them."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncopipe.calling import collect_reads, slippage
from oncopipe.calling.slippage import BASE, UNITS, expected_error, indel_errors, indel_kind, measured_error
from oncopipe.constants import BASES
from oncopipe.data.evidence import Evidence, concatenate
from oncopipe.options import CallOptions
from tests.pairs import Pair
from tests.reference import slippage as twin
from tests.unit.test_call import evidence

repeats = st.tuples(st.text("ACGTN", min_size=1, max_size=7), st.integers(1, 20)).map(lambda r: r[0] * r[1])
genomes = st.lists(repeats, min_size=1, max_size=8).map("".join)


def codes_of(genome: str) -> np.ndarray:
    return np.array([(BASES + "N").index(base) for base in genome], np.uint8)


@given(genomes, st.data())
@settings(max_examples=150, deadline=None)
def test_chances__equal_the_twin_for_any_cut(genome: str, data: st.DataObject) -> None:
    depth = np.arange(1, len(genome) + 1)
    codes = codes_of(genome)
    whole = slippage._chances(codes[1:], codes[:1], depth)
    assert whole.tolist() == twin.chances(genome, 0, len(genome), depth.tolist())
    cuts = sorted({0, len(genome), *data.draw(st.lists(st.integers(0, len(genome)), max_size=3))})
    parts = [slippage._chances(codes[a + 1 :], codes[: a + 1], depth[a:b]) for a, b in pairwise(cuts)]
    assert np.array_equal(sum(parts), whole)


@pytest.mark.parametrize(
    ("unit", "count", "change", "kind"),
    [
        (1, 0, 1, (1, 0)),
        (1, 30, -1, (0, 16)),
        (2, 5, -2, (2, 5)),
        (1, 6, 3, (5, 6)),
        (2, 1, -2, (6, 2)),
        (12, 0, 12, (7, 12)),
    ],
)
def test_indel_kind__by_hand(unit: int, count: int, change: int, kind: tuple[int, int]) -> None:
    assert indel_kind(unit, count, change) == kind


def test_measured_error__moves_from_expected_to_counted() -> None:
    none = np.zeros_like(expected_error(), dtype=np.int64)
    assert measured_error(none, none) == pytest.approx(np.clip(expected_error(), 1e-7, 0.3))
    shown, chances = none + 2_000_000, none + 100_000_000
    assert measured_error(shown, chances) == pytest.approx(0.02, rel=0.02)


def test_collect__counts_the_normals_indel_errors_only(pair: Pair) -> None:
    """The planted alleles are the tumor's; reads of the test pair show no indel by error, so none is counted."""
    collected = collect_reads(pair.tumor, pair.normal, pair.fasta, None)
    assert collected.statistics.indels_shown.sum() == 0
    assert collected.statistics.indel_chances[0].sum() > 100_000
    alone = collect_reads(pair.tumor, None, pair.fasta, None, CallOptions()).statistics
    # Alone, the tumor stands in; its two indels of three in ten are too frequent to be taken for errors.
    assert alone.indels_shown.sum() <= 5


def test_indel_errors__an_allele_one_step_from_an_inherited_one_is_likelier_an_error() -> None:
    def indel(alternate: str, normal: tuple[int, int]) -> Evidence:
        e = evidence((30, 5), normal)
        return replace(e, alternate=[alternate], reference=["G"], repeat_count=np.array([11], np.int32))

    table = expected_error()
    alone = indel_errors(indel("GTT", (20, 0)), table)
    assert alone == pytest.approx([table[UNITS + 1, 11]])
    inherited = concatenate([indel("GT", (10, 10)), indel("GTT", (20, 0))])
    assert indel_errors(inherited, table) == pytest.approx([table[BASE + 1, 11], 0.5 * table[BASE + 1, 12]])
    not_carried = concatenate([indel("GT", (20, 1)), indel("GTT", (20, 0))])
    assert indel_errors(not_carried, table)[1] == pytest.approx(alone[0])
    assert indel_errors(evidence((30, 5), (20, 0)), table).tolist() == [0.0]
