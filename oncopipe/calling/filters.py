"""The filters, each a record: name, what it says in the VCF, and the rows that it fails. Mutect2's names where the
meaning is the same. Adding one is adding a function and a line to FILTERS; header and docs follow.

The first four say which hypothesis outweighs somatic; the others look at one thing each.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.stats import binom, hypergeom

from oncopipe.calling.hypotheses import ARTEFACT, ERROR, GERMLINE, NOISE, SOMATIC, appearance
from oncopipe.data.evidence import ALT, OTHER, QUALITY_BIN, REF, SUM_MAPPING_QUALITY, SUM_NEAR_END, TUMOR, Evidence
from oncopipe.options import CallOptions

# METHOD: Mutect2's threshold: about eight molecules without the allele where a heterozygous one would show four. A
# learned prior cannot replace it: in a small region, germline alleles that a shallow normal missed would raise it.
NORMAL_LOG_ODDS = 2.2


@dataclass(frozen=True)
class Judged:
    """What filters look at. posterior: (n, hypotheses); normal_log_odds: (n,) log10, absent against heterozygous in the
    normal (NaN without one); population, in_panel: (n,) frequency and listed or not.
    """

    evidence: Evidence
    posterior: np.ndarray
    normal_log_odds: np.ndarray
    population: np.ndarray
    in_panel: np.ndarray
    has_normal: bool
    options: CallOptions

    @property
    def is_doubtful(self) -> np.ndarray:
        return self.posterior[:, SOMATIC] < self.options.pass_probability

    def outweighed_by(self, hypothesis: int) -> np.ndarray:
        """Doubtful, and this is the likeliest of the other hypotheses."""
        others = self.posterior.copy()
        others[:, SOMATIC] = -1.0
        return np.asarray(self.is_doubtful & (others.argmax(axis=1) == hypothesis))


@dataclass(frozen=True)
class Filter:
    name: str
    description: str
    fails: Callable[[Judged], np.ndarray]


def _weak_evidence(j: Judged) -> np.ndarray:
    return j.outweighed_by(ERROR) & ~_in_long_repeat(j)


def _slippage(j: Judged) -> np.ndarray:
    return j.outweighed_by(ERROR) & _in_long_repeat(j)


def _in_long_repeat(j: Judged) -> np.ndarray:
    return (
        j.evidence.is_indel & (j.evidence.repeat_count * j.evidence.repeat_unit >= 6) & (j.evidence.repeat_count > 2)
    )


def _germline(j: Judged) -> np.ndarray:
    """Germline is likelier, or the normal is too shallow to say, or (tumor-only) the allele is common."""
    if not j.has_normal:
        return j.outweighed_by(GERMLINE) | (j.population >= j.options.max_population_frequency)
    return j.outweighed_by(GERMLINE) | (j.normal_log_odds < NORMAL_LOG_ODDS)


def _normal_artifact(j: Judged) -> np.ndarray:
    return j.outweighed_by(NOISE)


def _position(j: Judged) -> np.ndarray:
    return j.outweighed_by(ARTEFACT) & _is_near_end(j)


def _excess_mismatch(j: Judged) -> np.ndarray:
    return j.outweighed_by(ARTEFACT) & ~_is_near_end(j)


def _is_near_end(j: Judged) -> np.ndarray:
    n = np.maximum(j.evidence.allele_depth(TUMOR, ALT), 1)
    return np.asarray(j.evidence.sums[:, TUMOR, ALT, SUM_NEAR_END] / n > 0.5)


def _base_qual(j: Judged) -> np.ndarray:
    quality = j.evidence.quality[:, TUMOR, ALT].astype(float)
    middles = QUALITY_BIN * np.arange(quality.shape[1]) + QUALITY_BIN / 2
    n = np.maximum(quality.sum(axis=1), 1)
    return np.asarray((quality * middles).sum(axis=1) / n < 18)


def _map_qual(j: Judged) -> np.ndarray:
    n = np.maximum(j.evidence.allele_depth(TUMOR, ALT), 1)
    return np.asarray(j.evidence.sums[:, TUMOR, ALT, SUM_MAPPING_QUALITY] / n < 30)


def _strand_bias(j: Judged) -> np.ndarray:
    """One strand only, and less likely than 1 in 1,000 given the strands of the reference molecules."""
    strands = j.evidence.counts[:, TUMOR].sum(axis=3)
    alt, both = strands[:, ALT], strands[:, ALT] + strands[:, REF]
    total, n_alt, forward = both.sum(axis=1), alt.sum(axis=1), both[:, 0]
    low = hypergeom.cdf(alt[:, 0], total, forward, n_alt)
    high = hypergeom.sf(alt[:, 0] - 1, total, forward, n_alt)
    return np.asarray((alt.min(axis=1) == 0) & (np.minimum(low, high) < 1e-3))


def _duplicate(j: Judged) -> np.ndarray:
    return j.evidence.allele_depth(TUMOR, ALT) < j.options.min_alternate_fragments


def _panel_of_normals(j: Judged) -> np.ndarray:
    return j.in_panel


def _contamination(j: Judged) -> np.ndarray:
    """A population allele, no more frequent than the stated contamination explains in 1 of 100 cases."""
    n_alt, depth = j.evidence.allele_depth(TUMOR, ALT), j.evidence.depth(TUMOR)
    explained = binom.sf(n_alt - 1, depth, j.options.contamination) > 0.01
    return np.asarray((j.options.contamination > 0) & (j.population > 0) & explained)


def _multiallelic(j: Judged) -> np.ndarray:
    """Three or more alleles of one position that would pass: a place where reads do not belong."""
    e = j.evidence
    place = e.contig.astype(np.int64) << 40 | e.position
    _, index, n = np.unique(place[~j.is_doubtful], return_inverse=True, return_counts=True)
    crowded = np.zeros(len(e), bool)
    crowded[~j.is_doubtful] = n[index] >= 3
    return crowded


def _clustered_events(j: Judged) -> np.ndarray:
    """Many likely alleles within 100 bases whose molecules look like misplaced ones."""
    e = j.evidence
    likely = np.flatnonzero(~j.is_doubtful)
    place = e.contig[likely].astype(np.int64) << 40 | e.position[likely]
    n_near = np.searchsorted(place, place + 100, side="right") - np.searchsorted(place, place - 100)
    true, wrong, _ = appearance(e)
    crowded = np.zeros(len(e), bool)
    crowded[likely] = (n_near > 4) & (wrong > true)[likely]
    return crowded


def _third_allele(j: Judged) -> np.ndarray:
    """More molecules of other alleles than of this one: several alleles where one is expected."""
    return j.evidence.allele_depth(TUMOR, OTHER) > 2 * j.evidence.allele_depth(TUMOR, ALT) + 2


FILTERS: tuple[Filter, ...] = (
    Filter("weak_evidence", "Misread molecules explain the allele at least as well", _weak_evidence),
    Filter(
        "slippage", "Misread molecules explain the allele at least as well, in a repeat of 6 bases or more", _slippage
    ),
    Filter(
        "germline",
        f"A germline allele explains it better, or the normal is too shallow to exclude one (NLOD below {NORMAL_LOG_ODDS}),"
        " or (tumor-only) it is common in the population",
        _germline,
    ),
    Filter("normal_artifact", "The same low fraction in the normal explains the allele better", _normal_artifact),
    Filter("position", "An artefact explains it better: the allele lies near the ends of its molecules", _position),
    Filter(
        "excess_mismatch", "An artefact explains it better: its molecules carry other mismatches", _excess_mismatch
    ),
    Filter("base_qual", "Mean base quality of the alternate molecules is below 18", _base_qual),
    Filter("map_qual", "Mean mapping quality of the alternate molecules is below 30", _map_qual),
    Filter("strand_bias", "Alternate molecules on one strand only, against odds of 1 in 1,000", _strand_bias),
    Filter("duplicate", "Too few distinct molecules once copies are taken together", _duplicate),
    Filter("multiallelic", "Three or more alleles of this position would pass", _multiallelic),
    Filter("haplotype", "Molecules of other alleles outnumber this one's two to one", _third_allele),
    Filter("clustered_events", "More than four likely alleles within 100 bases, on odd molecules", _clustered_events),
    Filter("panel_of_normals", "The allele is in the panel of normals", _panel_of_normals),
    Filter("contamination", "A population allele that the stated contamination explains", _contamination),
)
