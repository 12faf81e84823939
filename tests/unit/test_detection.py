"""The limit of detection holds: alleles planted at it are found."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pysam
import pytest

from benchmarks.limits import measure
from oncopipe.calling import collect_reads
from oncopipe.calling.depth import molecule_depth
from oncopipe.calling.detection import AIM, POWER, DetectionRule, Looks, rule_of
from oncopipe.calling.fit import fit
from oncopipe.data.regions import Region
from oncopipe.io.bam import open_alignment
from oncopipe.options import CallOptions
from tests.pairs import Pair

OPTIONS = CallOptions()


@pytest.fixture(scope="module")
def rule(pair: Pair) -> DetectionRule:
    collected = collect_reads(pair.tumor, pair.normal, pair.fasta, None)
    return rule_of(collected, fit(collected, OPTIONS), OPTIONS)


@pytest.mark.parametrize("kind", ["snv", "insertion", "deletion"])
def test_limit__falls_with_depth_and_with_the_normals_depth(rule: DetectionRule, kind: str) -> None:
    limits = [rule.limit(depth, 40, kind) for depth in (20, 60, 200, 800)]
    known = [limit for limit in limits if limit is not None]
    assert len(known) == len(limits)
    assert known == sorted(known, reverse=True)
    assert known[-1] < 0.05 < known[0]
    assert rule.limit(60, 3, kind) is None  # so shallow a normal excludes no germline allele
    assert rule.limit(0, 40, kind) is None


def test_power__at_the_limit_is_what_was_asked_for(rule: DetectionRule) -> None:
    limit = rule.limit(80, 40)
    assert limit is not None
    assert rule.power(limit, 80, 40) == pytest.approx(AIM, abs=0.002)
    assert AIM >= POWER
    assert rule.power(limit / 4, 80, 40) < 0.5 < rule.power(2 * limit, 80, 40) <= 1.0


def test_limit__rises_with_the_error_of_bases(rule: DetectionRule) -> None:
    poor = np.zeros_like(rule.looks.quality)
    poor[:, 7] = 1.0
    looks = Looks(poor, rule.looks.near_end, rule.looks.mismatches, rule.looks.mapping_quality)
    worse = DetectionRule(rule.model, looks, OPTIONS).limit(100, 50)
    best = rule.limit(100, 50)
    assert worse is not None and best is not None and worse > best


@pytest.mark.parametrize(("design", "n"), [("pair", 70), ("beside", 40), ("alone", 40)])
def test_limit__plants_at_it_are_found(tmp_path: Path, design: str, n: int) -> None:
    """Alleles of three kinds, each planted at the limit of its own place: the share found is not below 95 %.

    `python -m benchmarks.limits` does the same with 900 of each, and holds the share's lower bound.
    """
    rows = measure(design, n, tmp_path)
    assert [row.kind for row in rows] == ["snv", "insertion", "deletion"]
    for row in rows:
        assert row.n >= 0.9 * n and row.mean_limit < 0.6
        # With probability .95 each, fewer are found once in 1,000 times.
        assert row.n_found >= 0.95 * row.n - 3.1 * np.sqrt(0.95 * 0.05 * row.n), row


def test_limit__a_variant_beside_raises_it_and_the_reason_says_so(rule: DetectionRule) -> None:
    for kind in ("snv", "insertion", "deletion"):
        alone, beside = rule.limit(80, 40, kind), rule.limit(80, 40, kind, beside=True)
        assert alone is not None and (beside is None or beside > alone)


def test_limit__indels_are_not_far_from_snvs(rule: DetectionRule) -> None:
    """The limit is what the rule finds, not where the chance of the drawing ends: once 0.43 instead of 0.09."""
    model = replace(
        rule.model, weights_snv=[3.5e-6, 1, 3.5e-6, 5e-4, 3.5e-6], weights_indel=[3.5e-6, 1] + 3 * [3.5e-6]
    )
    of_panel = DetectionRule(model, rule.looks, OPTIONS)
    limits = [of_panel.limit(100, 60, kind) for kind in ("snv", "insertion", "deletion")]
    assert all(limit is not None and limit < 0.25 for limit in limits), limits
    assert all(limit is not None and limit < 0.15 for limit in limits[1:]), limits


def test_limit__without_a_normal_needs_a_population_resource(pair: Pair) -> None:
    collected = collect_reads(pair.tumor, None, pair.fasta, None)
    model = fit(collected, OPTIONS)
    assert rule_of(collected, model, OPTIONS).limit(100, 0) is None
    limit = rule_of(collected, model, OPTIONS, has_population=True).limit(100, 0)
    assert limit is not None and limit < 0.3


def test_molecule_depth__equals_counting(pair: Pair) -> None:
    region = Region("chr1", 4000, 4400)
    with open_alignment(pair.tumor) as reader:
        found = molecule_depth(reader.read(region), region, OPTIONS, collapse=True)
    covers: dict[str, set[int]] = {}
    outer: dict[str, tuple[int, int]] = {}
    with pysam.AlignmentFile(str(pair.tumor)) as file:
        for read in file:
            name, end = read.query_name or "", read.reference_end or 0
            covers.setdefault(name, set()).update(range(read.reference_start, end))
            first, last = outer.get(name, (read.reference_start, end))
            outer[name] = (min(first, read.reference_start), max(last, end))
    molecules: dict[tuple[int, int], set[int]] = {}
    for name, positions in covers.items():
        molecules.setdefault(outer[name], set()).update(positions)
    assert found.tolist() == [sum(p in m for m in molecules.values()) for p in range(4000, 4400)]
    assert found.max() > 40
