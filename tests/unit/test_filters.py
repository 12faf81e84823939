"""Every filter has a case that it fails and one that it lets pass."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from oncopipe.calling import filters
from oncopipe.calling.filters import FILTERS, Judged
from oncopipe.calling.hypotheses import ARTEFACT, ERROR, GERMLINE, HYPOTHESES, NOISE, SOMATIC
from oncopipe.data.evidence import (
    ALT,
    N_SUMS,
    OTHER,
    REF,
    SUM_MAPPING_QUALITY,
    SUM_MISMATCHES,
    SUM_NEAR_END,
    TUMOR,
    Evidence,
)
from oncopipe.options import CallOptions


def judged(n: int = 1, likeliest: int = SOMATIC) -> Judged:
    """Good SNVs at 10 of 40 molecules, 100 bases apart, each hypothesis but one unlikely."""
    counts, quality = np.zeros((n, 2, 3, 2, 2), np.int32), np.zeros((n, 2, 2, 16), np.int32)
    sums, copies = np.zeros((n, 2, 2, N_SUMS), np.int64), np.zeros((n, 2, 2), np.int32)
    for allele, molecules in ((REF, 30), (ALT, 10)):
        counts[:, TUMOR, allele, :, 0] = molecules // 2
        quality[:, TUMOR, allele, 12] = copies[:, TUMOR, allele] = molecules
        sums[:, TUMOR, allele, SUM_MAPPING_QUALITY] = 60 * molecules
    one = np.ones(n, np.int32)
    columns = (["A"] * n, ["C"] * n, one, one, counts, quality, sums, copies)
    evidence = Evidence(np.zeros(n, np.int32), 100 + 1000 * np.arange(n), *columns)
    posterior = np.full((n, len(HYPOTHESES)), 0.01)
    posterior[:, likeliest] = 0.96
    zeros = np.zeros(n)
    return Judged(evidence, posterior, zeros + 9, zeros, zeros.astype(bool), True, CallOptions(), zeros)


def with_evidence(j: Judged, **columns: object) -> Judged:
    return replace(j, evidence=replace(j.evidence, **columns))


def near_end() -> Judged:
    j = judged(likeliest=ARTEFACT)
    j.evidence.sums[:, TUMOR, ALT, SUM_NEAR_END] = 9
    return j


def low_base_quality() -> Judged:
    j = judged()
    j.evidence.quality[:, TUMOR, ALT] = np.eye(16, dtype=np.int32)[4] * 10
    return j


def low_mapping_quality() -> Judged:
    j = judged()
    j.evidence.sums[:, TUMOR, ALT, SUM_MAPPING_QUALITY] = 250
    return j


def one_strand() -> Judged:
    j = judged()
    j.evidence.counts[:, TUMOR, ALT, :, 0] = (10, 0)
    j.evidence.counts[:, TUMOR, REF, :, 0] = (10, 20)
    return j


def one_molecule() -> Judged:
    j = judged()
    j.evidence.counts[:, TUMOR, ALT, :, 0] = (1, 0)
    return j


def others() -> Judged:
    j = judged()
    j.evidence.counts[:, TUMOR, OTHER, 0, 0] = 30
    return j


def crowd() -> Judged:
    j = judged(6)
    j.evidence.sums[:, TUMOR, ALT, SUM_MISMATCHES], j.evidence.sums[:, TUMOR, ALT, SUM_NEAR_END] = 40, 10
    return with_evidence(j, position=100 + 10 * np.arange(6))


def in_repeat() -> Judged:
    long = {"alternate": ["AC"], "repeat_count": np.array([9], np.int32)}
    return with_evidence(judged(likeliest=ERROR), **long)


def damaged() -> Judged:
    j = judged(likeliest=ARTEFACT)
    j.evidence.counts[:, TUMOR, ALT] = [[5, 0], [0, 5]]  # F1R2 on both strands
    return j


def mismatched() -> Judged:
    j = judged(likeliest=ARTEFACT)
    j.evidence.counts[:, TUMOR, ALT] = [[3, 2], [3, 2]]
    j.evidence.sums[:, TUMOR, ALT, SUM_MISMATCHES] = 30
    return j


FAILS = {
    "weak_evidence": judged(likeliest=ERROR),
    "slippage": in_repeat(),
    "germline": replace(judged(), normal_log_odds=np.array([1.5])),
    "normal_artifact": judged(likeliest=NOISE),
    "position": near_end(),
    "excess_mismatch": mismatched(),
    "orientation": damaged(),
    "base_qual": low_base_quality(),
    "map_qual": low_mapping_quality(),
    "strand_bias": one_strand(),
    "duplicate": one_molecule(),
    "multiallelic": with_evidence(judged(3), position=np.full(3, 100)),
    "haplotype": others(),
    "clustered_events": crowd(),
    "panel_of_normals": replace(judged(), in_panel=np.array([True])),
    "contamination": replace(judged(likeliest=GERMLINE), brought=np.array([0.9])),
}


def test_registry__lists_every_file_once() -> None:
    files = {path.stem for path in Path(filters.__path__[0]).glob("*.py")} - {"__init__", "record"}
    assert [f.name for f in FILTERS if f.name in files] == [f.name for f in FILTERS]
    assert len(FILTERS) == len(files) == len(FAILS)


@pytest.mark.parametrize("record", FILTERS, ids=lambda f: f.name)
def test_filters__fail_what_they_name_and_nothing_good(record: filters.Filter) -> None:
    assert record.fails(FAILS[record.name]).all()
    assert not record.fails(judged(4)).any()


def test_germline__by_hypothesis_and_by_population() -> None:
    germline = next(f for f in FILTERS if f.name == "germline")
    assert germline.fails(judged(likeliest=GERMLINE)).all()
    common = replace(judged(), population=np.array([0.01]))
    assert not germline.fails(common).any()  # the normal has spoken
    assert germline.fails(replace(common, has_normal=False)).all()
