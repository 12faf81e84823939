"""One candidate in words: molecules of a good allele, but for what is said; and what the caller makes of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np

from oncopipe.calling.fit import Model, fit
from oncopipe.calling.hypotheses import expected_looks
from oncopipe.calling.score import score
from oncopipe.data.calls import Calls
from oncopipe.data.evidence import (
    ALT,
    N_SUMS,
    NORMAL,
    OTHER,
    QUALITY_BIN,
    REF,
    SUM_END_DISTANCE,
    SUM_MAPPING_QUALITY,
    SUM_MISMATCHES,
    SUM_NEAR_END,
    TUMOR,
    Collected,
    Evidence,
    concatenate,
    no_statistics,
)
from oncopipe.options import CallOptions

CONTIGS = {"chr1": 1_000_000}


@dataclass(frozen=True)
class Locus:
    """An SNV on 10 of 40 molecules of both strands and orientations, none of 30 in the normal, qualities 37 and 60.

    tumor: reference, alternate and other molecules; normal: the former two. quality: of the alternate bases. near_end,
    mismatches: sums over the alternate molecules (a reference molecule in ten lies near an end, one in five has a
    mismatch). forward, f1r2: alternate molecules that are (None: half). repeat: bases of the unit, units.
    """

    alleles: tuple[str, str] = ("A", "C")
    position: int = 10_000
    tumor: tuple[int, int, int] = (30, 10, 0)
    normal: tuple[int, int] = (30, 0)
    quality: int = 37
    near_end: int = 1
    reference_near_end: int | None = None
    mismatches: int = 2
    mapping: int = 60
    reference_mapping: int = 60
    forward: int | None = None
    f1r2: int | None = None
    repeat: tuple[int, int] = (1, 1)
    population: float = 0.0
    in_panel: bool = False


GOOD = Locus()


@dataclass(frozen=True)
class Sample:
    """What is known beside the molecules. damaged: the sample shows damage of one strand."""

    options: CallOptions = field(default_factory=CallOptions)
    has_normal: bool = True
    damaged: bool = False


PLAIN = Sample()


def evidence_of(locus: Locus) -> Evidence:
    """The row of a locus."""
    counts, quality = np.zeros((1, 2, 3, 2, 2), np.int32), np.zeros((1, 2, 2, 16), np.int32)
    sums, copies = np.zeros((1, 2, 2, N_SUMS), np.int64), np.zeros((1, 2, 2), np.int32)
    for sample, molecules in ((TUMOR, locus.tumor[:2]), (NORMAL, locus.normal)):
        for allele, n in zip((REF, ALT), molecules, strict=True):
            is_asked = (sample, allele) == (TUMOR, ALT)
            forward = locus.forward if is_asked and locus.forward is not None else n // 2
            f1r2 = locus.f1r2 if is_asked and locus.f1r2 is not None else n // 2
            counts[0, sample, allele] = _by_strand(n, forward, f1r2)
            quality[0, sample, allele, (locus.quality if is_asked else 37) // QUALITY_BIN] = n
            copies[0, sample, allele] = n
            sums[0, sample, allele, SUM_MAPPING_QUALITY] = n * (
                locus.mapping if is_asked else locus.reference_mapping
            )
            sums[0, sample, allele, SUM_END_DISTANCE] = 30 * n
            sums[0, sample, allele, SUM_NEAR_END] = (
                locus.near_end if is_asked else _or_else(locus.reference_near_end, n // 10)
            )
            sums[0, sample, allele, SUM_MISMATCHES] = locus.mismatches if is_asked else n // 5
    counts[0, TUMOR, OTHER] = _by_strand(locus.tumor[2], locus.tumor[2] // 2, locus.tumor[2] // 2)
    unit, count = (np.array([n], np.int32) for n in locus.repeat)
    names = ([locus.alleles[0]], [locus.alleles[1]])
    where = (np.zeros(1, np.int32), np.array([locus.position]))
    return Evidence(*where, *names, unit, count, counts, quality, sums, copies)


def _or_else(number: int | None, usual: int) -> int:
    return usual if number is None else number


def _by_strand(n: int, forward: int, f1r2: int) -> list[list[int]]:
    """Molecules by strand and read of the pair: as many on the forward strand, as many F1R2 (read 1 forward or 2 reverse)."""
    both = forward * f1r2 // max(n, 1)
    return [[both, forward - both], [n - forward - f1r2 + both, f1r2 - both]]


@cache
def model_of(sample: Sample = PLAIN) -> Model:
    """The model of a usual tumor: thirty somatic alleles a megabase, noise and artefacts three times as common."""
    empty = Collected(evidence_of(GOOD).select(np.zeros(1, bool)), no_statistics(), "T", "N", CONTIGS)
    looks = expected_looks(damaged=sample.damaged).tolist()
    weights = [3e-5, 1 - 3e-5 - 2e-4 - 1e-3, 1e-4, 1e-3, 1e-4]
    return replace(
        fit(empty, sample.options), weights_snv=weights, weights_indel=weights, looks_snv=looks, looks_indel=looks,
        has_normal=sample.has_normal,
    )  # fmt: skip


def calls_of(loci: list[Locus], sample: Sample = PLAIN) -> Calls:
    """The loci judged together, in genome order."""
    loci = sorted(loci, key=lambda one: (one.position, *one.alleles))
    frequency, listed = (np.array([getattr(one, name) for one in loci], float) for name in ("population", "in_panel"))
    return judged(concatenate([evidence_of(one) for one in loci]), sample, frequency, listed)


def judged(
    evidence: Evidence,
    sample: Sample = PLAIN,
    frequency: np.ndarray | None = None,
    listed: np.ndarray | None = None,
    **learned: Any,
) -> Calls:
    """Rows judged by `score`. frequency: (n,) in the population; listed: (n,) in the panel; learned: fields of the model."""
    if not sample.has_normal:
        arrays = {name: getattr(evidence, name).copy() for name in ("counts", "quality", "sums", "copies")}
        for array in arrays.values():
            array[:, NORMAL] = 0
        evidence = replace(evidence, **arrays)
    none = np.zeros(len(evidence))
    collected = Collected(evidence, no_statistics(), "T", "N" if sample.has_normal else None, CONTIGS)
    return score(
        collected, replace(model_of(sample), **learned), sample.options,
        population=lambda _: none if frequency is None else frequency, panel=lambda _: none if listed is None else listed,
    )  # fmt: skip


def failed(calls: Calls) -> list[set[str]]:
    """The filters that each row fails."""
    return [{name for name, fails in zip(calls.filter_names, row, strict=True) if fails} for row in calls.filters]
