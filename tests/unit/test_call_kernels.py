"""The kernels of collecting do compiled what they do as plain Python."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from oncopipe.calling import aggregate_kernels, gather_kernels, repeat_kernels
from oncopipe.calling.candidates import Sites, find_sites
from oncopipe.calling.gather_kernels import O_CANDIDATE, O_END, O_NAME, O_ORDER, O_READ2, O_START
from oncopipe.data.evidence import N_QUALITY_BINS, N_SUMS
from oncopipe.data.reads import ReadBatch
from oncopipe.data.regions import Region
from oncopipe.io.bam import open_alignment
from oncopipe.io.fasta import open_reference
from oncopipe.pileup import difference_kernels
from oncopipe.pileup.pileup import Pileup, pile_up
from tests.pairs import Pair

# Around a deletion and an insertion.
PIECE = Region("chr1", 7300, 8300)


@pytest.fixture(scope="module")
def batch(pair: Pair) -> ReadBatch:
    with open_alignment(pair.tumor, pair.fasta) as reader:
        return reader.read(PIECE, padding=300)


@pytest.fixture(scope="module")
def codes(pair: Pair) -> np.ndarray:
    with open_reference(pair.fasta) as genome:
        return genome.codes("chr1", 0, len(pair.genome))


@pytest.fixture(scope="module")
def pileup(batch: ReadBatch, codes: np.ndarray) -> Pileup:
    return pile_up(batch, lambda start, end: codes[start:end], (20, 13))


def test_pile_up__compiled_equals_plain(
    pileup: Pileup, batch: ReadBatch, codes: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("find_differences", "pack_codes", "packed_size"):
        monkeypatch.setattr(difference_kernels, name, getattr(difference_kernels, name).py_func)
    plain = pile_up(batch, lambda start, end: codes[start:end], (20, 13))
    assert pileup.mismatches.shape[1] > 20
    assert pileup.indels.shape[1] > 5
    for name in ("change", "alleles", "bases", "poor", "reads", "mismatches", "indels"):
        assert np.array_equal(getattr(plain, name), getattr(pileup, name)), name


def test_pile_up__makes_room_for_many_differences(batch: ReadBatch, codes: np.ndarray) -> None:
    """Against another reference nearly every base differs."""
    turned = (codes + 1) % 4
    pileup = pile_up(batch, lambda start, end: turned[start:end].astype(np.uint8), (20, 13))
    usual = pile_up(batch, lambda start, end: codes[start:end], (20, 13))
    assert pileup.mismatches.shape[1] > 50 * len(batch)
    assert np.array_equal(pileup.depth, usual.depth)
    assert pileup.alleles.sum() == pileup.mismatches.shape[1]


@pytest.fixture(scope="module")
def sites(pileup: Pileup) -> Sites:
    return find_sites(pileup, 2, 13)


def observations_of(pileup: Pileup, sites: Sites, function: Callable[..., int]) -> np.ndarray:
    matrix = np.zeros((4096, gather_kernels.N_OBSERVATION_COLUMNS), np.int64)
    batch = pileup.batch
    arguments = (
        batch.buffer,
        batch.columns,
        pileup.reads,
        pileup.codes,
        pileup.codes_start,
        sites.matrix,
        13,
        matrix,
    )
    return matrix[: function(*arguments)]


def test_gather_merge_aggregate__compiled_equal_plain(pileup: Pileup, sites: Sites) -> None:
    assert len(sites) >= 2
    rows = observations_of(pileup, sites, gather_kernels.gather)
    assert np.array_equal(rows, observations_of(pileup, sites, gather_kernels.gather.py_func))
    order = np.lexsort([rows[:, key] for key in (O_ORDER, O_READ2, O_NAME, O_CANDIDATE)])
    merged = []
    for function in (gather_kernels.merge_mates, gather_kernels.merge_mates.py_func):
        out = np.zeros_like(rows)
        merged.append(out[: function(rows, order, out)])
    assert np.array_equal(*merged)
    assert len(merged[0]) < len(rows)
    fragments = merged[0]
    order = np.lexsort([fragments[:, key] for key in (O_NAME, O_END, O_START, O_CANDIDATE)])
    tables = []
    for function in (aggregate_kernels.aggregate, aggregate_kernels.aggregate.py_func):
        n = len(sites)
        shapes = ((n, 3, 2, 2), (n, 2, N_QUALITY_BINS), (n, 2, N_SUMS), (n, 2))
        tables.append([np.zeros(shape, np.int64) for shape in shapes])
        function(fragments, order, True, *tables[-1])
    assert all(np.array_equal(a, b) for a, b in zip(*tables, strict=True))


def test_repeat_kernels__compiled_equal_plain() -> None:
    rng = np.random.default_rng(4)
    for _ in range(20):
        codes = np.repeat(rng.integers(0, 5, 40), rng.integers(1, 9, 40)).astype(np.uint8)
        codes = np.concatenate([codes, np.tile(codes[3:7], 5)])
        places, unit = np.arange(codes.size), codes[-2:]
        lengths, tables = np.zeros((2, codes.size), np.int32), np.zeros((2, repeat_kernels.MAX_UNIT, 17), np.int64)
        repeat_kernels.run_lengths(codes, places, lengths[0])
        repeat_kernels.run_lengths.py_func(codes, places, lengths[1])
        assert np.array_equal(*lengths)
        repeat_kernels.tract_chances(codes, 3, places[:50], tables[0])
        repeat_kernels.tract_chances.py_func(codes, 3, places[:50], tables[1])
        assert np.array_equal(*tables)
        reach = [
            f(codes, codes.size - 8, unit) for f in (repeat_kernels.repeat_reach, repeat_kernels.repeat_reach.py_func)
        ]
        assert reach[0] == reach[1]
