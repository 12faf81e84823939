"""Whether the coverage of X and Y agrees with the declared sex."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from oncopipe.data.findings import QcMetric, Status
from oncopipe.data.regions import Region
from oncopipe.qc.counts import TargetCounts
from oncopipe.qc.judgment import Measurement, measured, not_assessed
from oncopipe.qc.metrics.family import MetricFamily

AUTOSOMES = frozenset(str(n) for n in range(1, 23))
MIN_BASES = 1_000
MIN_DEPTH = 5.0
# METHOD: one X copy of two gives .5 and two give 1; a Y copy gives .5 less what cannot be mapped. The gaps between
# the classes are left undecided, since tumors lose and gain both chromosomes.
MALE_X, FEMALE_X = 0.65, 0.80
FEMALE_Y, MALE_Y = 0.05, 0.15
# The pseudoautosomal ends of X and Y in GRCh37 and GRCh38, generously; only of contigs as long as the human ones.
PSEUDOAUTOSOMAL_START, PSEUDOAUTOSOMAL_END = 2_800_000, 400_000
HUMAN_LENGTH = 50_000_000


@dataclass(frozen=True)
class _Depths:
    """Mean depth of the autosomes, X and Y; None where too few of their bases are among the targets."""

    autosomes: float | None
    x: float | None
    y: float | None


def _measure(m: Measurement) -> list[QcMetric]:
    depths = _depths(m.counts.targets)
    unit = "fraction of autosomal coverage"
    autosomes = depths.autosomes
    if autosomes is None or autosomes < MIN_DEPTH:
        reason = "the regions hold no autosome covered well enough"
        return [not_assessed(m, "sex", "Sex", "", reason)]
    ratios = [None if depth is None else depth / autosomes for depth in (depths.x, depths.y)]
    names = (("x_coverage_ratio", "Coverage of X"), ("y_coverage_ratio", "Coverage of Y"))
    rows = [
        measured(m, name, label, ratio, unit, reason=None if ratio is not None else "it is not in the regions")
        for (name, label), ratio in zip(names, ratios, strict=True)
    ]
    return [_sex(m, infer_sex(ratios[0], ratios[1])), *rows]


def infer_sex(x_ratio: float | None, y_ratio: float | None) -> Literal["female", "male"] | None:
    """The sex that fits the ratios that are known; None when none is known, in a gap, or they contradict."""
    votes = set()
    if x_ratio is not None:
        votes.add("male" if x_ratio <= MALE_X else "female" if x_ratio >= FEMALE_X else "?")
    if y_ratio is not None:
        votes.add("female" if y_ratio <= FEMALE_Y else "male" if y_ratio >= MALE_Y else "?")
    if votes == {"female"}:
        return "female"
    return "male" if votes == {"male"} else None


def _sex(m: Measurement, seen: Literal["female", "male"] | None) -> QcMetric:
    status: Status = "NOT_ASSESSED"
    if seen is None:
        reason = "the coverage of X and Y fits neither sex, or they are not in the regions"
    elif m.declared_sex is None:
        reason = f"the reads look {seen}; no sex was declared"
    elif seen == m.declared_sex:
        status, reason = "PASS", f"the reads look {seen}, as declared"
    else:
        status, reason = m.options.different_sex, f"the reads look {seen}, declared is {m.declared_sex}"
    said = "differs from the declared sex"
    return QcMetric(
        sample=m.sample,
        metric="sex",
        label="Sex",
        value=seen,
        unit="",
        status=status,
        warn=said if m.options.different_sex == "WARN" else None,
        fail=said if m.options.different_sex == "FAIL" else None,
        reason=reason,
    )


def _depths(targets: TargetCounts) -> _Depths:
    sums = {"autosomes": [0, 0], "X": [0, 0], "Y": [0, 0]}
    for i, region in enumerate(targets.regions):
        name = region.contig.removeprefix("chr")
        key = "autosomes" if name in AUTOSOMES else name
        if key in sums and not (key != "autosomes" and _is_pseudoautosomal(region, targets.lengths[region.contig])):
            sums[key][0] += int(targets.depth_sum[i])
            sums[key][1] += int(targets.n_bases[i])
    means = [depth / bases if bases >= MIN_BASES else None for depth, bases in sums.values()]
    return _Depths(means[0], means[1], means[2])


def _is_pseudoautosomal(region: Region, length: int) -> bool:
    """True when a region of X or Y touches the ends that both share."""
    if length < HUMAN_LENGTH:
        return False
    return region.start < PSEUDOAUTOSOMAL_START or region.end > length - PSEUDOAUTOSOMAL_END


SEX = MetricFamily("sex", ("sex", "x_coverage_ratio", "y_coverage_ratio"), _measure)
