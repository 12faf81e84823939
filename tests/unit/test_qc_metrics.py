"""Values and thresholds give the status that they should; every family keeps its contract."""

from __future__ import annotations

import fnmatch
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from oncopipe.data.findings import QcMetric
from oncopipe.data.regions import Region
from oncopipe.options import QcOptions
from oncopipe.qc.contamination import Contamination
from oncopipe.qc.counts import MAX_DEPTH, MAX_INSERT_SIZE, SampleCounts, TargetCounts, VariantAlleles
from oncopipe.qc.histogram import median, median_absolute_deviation
from oncopipe.qc.identity import Identity
from oncopipe.qc.judgment import Measurement
from oncopipe.qc.metrics import METRICS
from oncopipe.qc.metrics.sex import infer_sex
from oncopipe.qc.spectrum import substitution_table
from oncopipe.qc.swap import PrivateAlleles, candidate_alleles, count_private

DOCS = Path(__file__).parent.parent.parent / "docs" / "qc.md"


def alleles(rows: list[tuple[int, int, int, int, int]]) -> VariantAlleles:
    contig, position, base, count, depth = np.array(rows, np.int64).reshape(-1, 5).T
    return VariantAlleles(contig.astype(np.int32), position, base.astype(np.uint8), count, depth)


def targets(depths: dict[Region, float], length: int = 200_000_000) -> TargetCounts:
    regions = tuple(depths)
    n = np.array([len(region) for region in regions], np.int64)
    sums = np.array([round(depths[r] * len(r)) for r in regions], np.int64)
    names = {region.contig: length for region in regions}
    return TargetCounts(regions, names, n, sums, np.zeros_like(n), np.stack([n, n // 2], axis=1))


def measurement(**changes: Any) -> Measurement:
    """A good tumor: 80x, 2 % of reads unmapped, 10 % duplicates."""
    histogram = np.zeros(MAX_DEPTH + 1, np.int64)
    histogram[80] = 1000
    sizes = np.zeros(MAX_INSERT_SIZE + 1, np.int64)
    sizes[[290, 300, 320]] = [10, 10, 10]
    substitutions = np.zeros((2, 4, 4), np.int64)
    substitutions[:, np.arange(4), np.arange(4)] = 100_000
    substitutions[0, 2, 3] = 100  # G>T in read 1
    counts = SampleCounts(
        reads=np.array([1000, 980, 1000, 940, 98, 5, 6, 800]),
        knows_unplaced=True,
        insert_size=sizes,
        aligned_bases=100_000,
        targets=targets({Region("chr1", 0, 1000): 80.0}),
        thresholds=(1, 100),
        depth_histogram=histogram,
        substitutions=substitutions,
        sites=None,
        variants=alleles([]),
    )
    made = Measurement("T1", "tumor", counts, QcOptions(coverage_thresholds=(1, 100)), has_regions=True)
    of_counts = {k: v for k, v in changes.items() if k in SampleCounts.__dataclass_fields__}
    others = {k: v for k, v in changes.items() if k not in of_counts}
    return replace(made, counts=replace(counts, **of_counts), **others)


def measure(m: Measurement) -> dict[str, QcMetric]:
    return {row.metric: row for family in METRICS for row in family.measure(m)}


def test_metrics__every_family_names_what_it_measures_and_the_docs_do_too() -> None:
    compared = {
        "has_normal": True,
        "identity": Identity(1.0, 0.99, 1.0, 100.0),
        "contamination": Contamination(0.0, 0.0, 0.001, 100.0, True),
        "private_alleles": PrivateAlleles(20, 0),
    }
    documented = set(re.findall(r"^\| `([a-z_0-9*]+)`", DOCS.read_text(), re.M))
    for m in (measurement(), measurement(**compared)):
        for family in METRICS:
            rows = family.measure(m)
            assert rows
            for row in rows:
                assert any(fnmatch.fnmatch(row.metric, name) for name in family.metrics), row.metric
                assert row.sample == "T1"
                assert row.reason
    names = [name for family in METRICS for name in family.metrics]
    assert len(set(names)) == len(names)
    assert set(names) == documented


def test_metrics__values_of_a_good_tumor() -> None:
    rows = measure(measurement())
    expected = {
        "reads": 1000, "mapped_fraction": 0.98, "duplicate_fraction": 0.1, "properly_paired_fraction": 0.94,
        "mean_coverage": 80.0, "median_coverage": 80.0, "coverage_fraction_1x": 1.0, "coverage_fraction_100x": 0.5,
        "on_target_fraction": 0.8, "insert_size_median": 300.0, "insert_size_mad": 10.0,
        "substitution_rate": 100 / 800_100, "substitution_rate_worst": 100 / 200_100,
    }  # fmt: skip
    for name, value in expected.items():
        assert rows[name].value == pytest.approx(value), name
    assert {rows[name].status for name in ("mapped_fraction", "duplicate_fraction", "mean_coverage")} == {"PASS"}
    assert "C>A, the purine sequenced" in str(rows["substitution_rate_worst"].reason)


@pytest.mark.parametrize(
    ("role", "depth", "status"),
    [
        ("tumor", 80, "PASS"),
        ("tumor", 59, "WARN"),
        ("tumor", 19, "FAIL"),
        ("normal", 59, "PASS"),
        ("normal", 9, "FAIL"),
    ],
)
def test_metrics__coverage_is_judged_by_role(role: str, depth: float, status: str) -> None:
    m = measurement(targets=targets({Region("chr1", 0, 1000): depth}), role=role)
    assert measure(m)["mean_coverage"].status == status


def test_metrics__a_threshold_of_null_is_not_judged() -> None:
    options = QcOptions(warn_duplicate_fraction=None, coverage_thresholds=(1, 100))
    row = measure(measurement(options=options))["duplicate_fraction"]
    assert (row.status, row.warn, row.fail) == ("NOT_ASSESSED", None, None)
    assert row.value == pytest.approx(0.1)


def test_metrics__nothing_to_measure_is_not_assessed() -> None:
    rows = measure(
        measurement(
            reads=np.zeros(8, np.int64),
            insert_size=np.zeros(MAX_INSERT_SIZE + 1, np.int64),
            substitutions=np.zeros((2, 4, 4), np.int64),
            targets=targets({}),
            depth_histogram=np.zeros(MAX_DEPTH + 1, np.int64),
            aligned_bases=0,
        )
    )
    assert {row.status for row in rows.values()} == {"NOT_ASSESSED"}
    assert {name for name, row in rows.items() if row.value is not None} == {"reads"}


def test_metrics__an_index_that_hides_unplaced_reads_gives_no_mapped_fraction() -> None:
    rows = measure(measurement(knows_unplaced=False))
    assert rows["mapped_fraction"].status == "NOT_ASSESSED"
    assert rows["reads"].value is None


@pytest.mark.parametrize(
    ("found", "status", "said"),
    [
        (Contamination(0.001, 0.0, 0.004, 90, True), "PASS", "90 homozygous sites"),
        (Contamination(0.03, 0.022, 0.04, 90, True), "WARN", ">= 0.02"),
        (Contamination(0.494, 0.45, 0.53, 90, False), "FAIL", "frequencies learned"),
        (Contamination(0.0, 0.0, 0.06, 90, True), "NOT_ASSESSED", "does not exclude 0.05"),
        (Contamination(0.06, 0.001, 0.2, 90, True), "WARN", "does not exclude a clean sample"),
        (Contamination(0.5, 0.4, 0.6, 19, True), "NOT_ASSESSED", "20 are needed"),
        (None, "NOT_ASSESSED", "no common sites"),
    ],
)
def test_metrics__contamination(found: Contamination | None, status: str, said: str) -> None:
    row = measure(measurement(contamination=found))["contamination"]
    assert row.status == status
    assert said in str(row.reason)


@pytest.mark.parametrize(
    ("found", "status", "said"),
    [
        (Identity(1.0, 0.97, 1.0, 90), "PASS", "from 90 sites"),
        (Identity(0.93, 0.88, 0.97, 90), "WARN", "< 0.95"),
        (Identity(0.05, 0.0, 0.2, 90), "FAIL", "different people"),
        (Identity(1.0, 0.7, 1.0, 25), "NOT_ASSESSED", "does not exclude another person"),
        (Identity(0.7, 0.3, 1.0, 25), "WARN", "does not exclude the same person"),
        (Identity(1.0, 0.9, 1.0, 19), "NOT_ASSESSED", "20 are needed"),
        (None, "NOT_ASSESSED", "no common sites"),
    ],
)
def test_metrics__identity(found: Identity | None, status: str, said: str) -> None:
    row = measure(measurement(identity=found, has_normal=True))["identity"]
    assert row.status == status
    assert said in str(row.reason)


def test_metrics__identity_without_a_normal_says_so() -> None:
    assert "no normal" in str(measure(measurement())["identity"].reason)


@pytest.mark.parametrize(
    ("private", "swapped", "status", "value"),
    [
        (PrivateAlleles(50, 1), "FAIL", "PASS", "in place"),
        (PrivateAlleles(1, 50), "FAIL", "FAIL", "swapped"),
        (PrivateAlleles(1, 50), "WARN", "WARN", "swapped"),
        (PrivateAlleles(12, 16), "FAIL", "PASS", "in place"),
        (PrivateAlleles(1, 3), "FAIL", "NOT_ASSESSED", None),
    ],
)
def test_metrics__swap(private: PrivateAlleles, swapped: str, status: str, value: str | None) -> None:
    options = QcOptions(swapped=swapped, coverage_thresholds=(1, 100))
    row = measure(measurement(private_alleles=private, has_normal=True, options=options))["swap"]
    assert (row.status, row.value) == (status, value)


def test_metrics__different_people_are_not_called_swapped() -> None:
    m = measurement(private_alleles=PrivateAlleles(1, 50), identity=Identity(0.1, 0.0, 0.2, 99), has_normal=True)
    assert measure(m)["swap"].status == "NOT_ASSESSED"


def test_candidate_alleles__are_low_seen_and_unknown_to_the_other() -> None:
    mine = alleles([
        (0, 10, 1, 6, 60),  # low: a candidate
        (0, 11, 1, 29, 60),  # as a heterozygous germline allele
        (0, 12, 1, 3, 60),  # too few reads
        (0, 13, 1, 6, 60),  # the other has it too
        (1, 13, 1, 6, 60),  # the same place on another contig
        (0, 14, 1, 4, 600),  # too small a fraction
    ])  # fmt: skip
    other = alleles([(0, 13, 1, 2, 30), (0, 10, 2, 9, 30)])
    assert candidate_alleles(mine, other).tolist() == [0, 4]


def test_count_private__needs_depth_and_silence_of_the_other() -> None:
    assert count_private(np.array([0, 0, 1]), np.array([12, 11, 40])) == 1


@pytest.mark.parametrize(
    ("x", "y", "sex"),
    [
        (1.0, 0.0, "female"), (0.5, 0.4, "male"), (1.0, None, "female"), (0.5, None, "male"), (None, 0.4, "male"),
        (0.72, 0.0, None), (1.0, 0.4, None), (0.5, 0.0, None), (None, None, None), (0.5, 0.1, None),
    ],
)  # fmt: skip
def test_infer_sex__knows_gaps_and_contradictions(x: float | None, y: float | None, sex: str | None) -> None:
    assert infer_sex(x, y) == sex


@pytest.mark.parametrize(
    ("declared", "different", "status"),
    [
        ("male", "WARN", "PASS"),
        ("female", "WARN", "WARN"),
        ("female", "FAIL", "FAIL"),
        (None, "WARN", "NOT_ASSESSED"),
    ],
)
def test_metrics__sex_against_the_declared(declared: str | None, different: str, status: str) -> None:
    depths = {
        Region("chr7", 0, 5_000): 60.0,
        Region("chrX", 1_000_000, 1_005_000): 60.0,  # pseudoautosomal: not counted
        Region("chrX", 50_000_000, 50_005_000): 30.0,
        Region("chrY", 20_000_000, 20_005_000): 27.0,
        Region("chrM", 0, 5_000): 9000.0,
    }
    options = QcOptions(different_sex=different, coverage_thresholds=(1, 100))
    rows = measure(measurement(targets=targets(depths), declared_sex=declared, options=options))
    assert rows["x_coverage_ratio"].value == pytest.approx(0.5)
    assert rows["y_coverage_ratio"].value == pytest.approx(0.45)
    assert (rows["sex"].value, rows["sex"].status) == ("male", status)


def test_metrics__sex_without_its_contigs_is_not_assessed() -> None:
    assert measure(measurement(declared_sex="male"))["sex"].status == "NOT_ASSESSED"


@pytest.mark.parametrize("values", [[5], [1, 2], [3, 3, 9], [0, 0, 7, 8, 8, 20], list(range(50))])
def test_median__equals_numpy(values: list[int]) -> None:
    histogram = np.bincount(values)
    center = float(np.median(values))
    assert median(histogram) == center
    assert median_absolute_deviation(histogram) == float(np.median(np.abs(np.array(values) - center)))


def test_substitution_table__is_twelve_classes_that_add_up() -> None:
    counts = np.random.default_rng(1).integers(0, 50, (2, 4, 4))
    table = substitution_table(counts)
    errors = sum(row.n_errors_read1 + row.n_errors_read2 for row in table)
    assert len(table) == 12
    assert errors == counts.sum() - np.trace(counts.sum(axis=0))
    g_to_t = next(row for row in table if (row.substitution, row.sequenced) == ("C>A", "purine"))
    assert (g_to_t.n_errors_read1, g_to_t.n_bases_read2) == (counts[0, 2, 3], counts[1, 2].sum())
