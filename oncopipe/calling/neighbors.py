"""Substitutions side by side: alleles that the same molecules carry are one event, not each other's artefact."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from oncopipe.data.evidence import ALT, NORMAL, SUM_NEAR_END, SUM_NEXT_MISMATCH, SUM_SECOND_MISMATCH, TUMOR, Evidence

# METHOD: bases apart up to which two substitutions are taken for one event: within a codon.
REACH = 2


def shared_molecules(evidence: Evidence) -> tuple[np.ndarray, np.ndarray]:
    """For each SNV its partner's row (-1: none) and the tumor molecules that carry both, each (n,) int64.

    METHOD: partners share more than half of the molecules of either; otherwise it is a chance neighbor on some. Of
    several partners the one with most molecules in common, then the earlier one.
    """
    snv = np.flatnonzero(~evidence.is_indel)
    place = evidence.contig[snv].astype(np.int64) << 40 | evidence.position[snv]
    n_alt = evidence.allele_depth(TUMOR, ALT)[snv]
    # Molecules that also mismatch one or two bases behind; at most as many as show the allele that is a candidate there.
    behind = evidence.sums[snv, TUMOR, ALT][:, [SUM_NEXT_MISMATCH, SUM_SECOND_MISMATCH]]
    partner, shared = np.full(len(evidence), -1, np.int64), np.zeros(len(evidence), np.int64)
    best = np.zeros(snv.size, np.int64)
    # Rows of one position stand together (up to three alleles), so a partner is at most six rows behind.
    for distance in range(1, REACH + 1):
        for step in range(1, 3 * REACH + 1):
            a, b = np.arange(snv.size - step), np.arange(step, snv.size)
            beside = place[b] - place[a] == distance
            both = np.where(beside, np.minimum(behind[a, distance - 1], n_alt[b]), 0)
            both = np.where(2 * both > np.maximum(n_alt[a], n_alt[b]), both, 0)
            for one, other in ((b, a), (a, b)):
                better = both > best[one]
                best[one[better]] = both[better]
                partner[snv[one[better]]], shared[snv[one[better]]] = snv[other[better]], both[better]
    return partner, shared


def misread_twice(evidence: Evidence) -> np.ndarray:
    """What the partner adds to the log-likelihood that molecules were misread, (n,); zero without a partner.

    METHOD: errors come in runs, so a molecule that is misread at one base is misread in the same way at the next one not
    with the error of a base but once in 30 times, in one of three ways.
    """
    _, shared = shared_molecules(evidence)
    return shared * np.log(1 / 90)


# METHOD: a molecule of an allele carries a second variant when one lies within a read's length of it on the same
# haplotype. Plain: a fifth of the molecules and four of them, in either sample; one on all molecules sets none apart.
BESIDE = 150
_PLAIN_FRACTION, _PLAIN_MOLECULES, _NOT_ALL = 0.2, 4, 0.9


def is_plain_variant(evidence: Evidence) -> np.ndarray:
    """Whether part of the molecules of tumor or normal plainly carry the allele, (n,) bool."""
    plain = np.zeros(len(evidence), bool)
    for sample in (TUMOR, NORMAL):
        n, depth = evidence.allele_depth(sample, ALT), evidence.depth(sample)
        plain |= (n >= _PLAIN_MOLECULES) & (n >= _PLAIN_FRACTION * depth) & (n <= _NOT_ALL * depth)
    return plain


def has_variant_beside(evidence: Evidence) -> np.ndarray:
    """Whether another allele within a read's length is plainly a variant of this person, (n,) bool."""
    place, plain = _places(evidence), is_plain_variant(evidence)
    return _within(place, plain, BESIDE) > _within(place, plain, 0)


def _places(evidence: Evidence) -> np.ndarray:
    """Contig and position in one number, growing, (n,) int64."""
    return evidence.contig.astype(np.int64) << 40 | evidence.position


def _within(place: np.ndarray, values: np.ndarray, bases: int) -> np.ndarray:
    """Sum of the values of all candidates at most so many bases away, (n,)."""
    total = np.r_[0.0, np.cumsum(values)]
    last, first = np.searchsorted(place, place + bases, side="right"), np.searchsorted(place, place - bases)
    return np.asarray(total[last] - total[first])


# METHOD: systematic noise comes in clusters (a hidden copy of a sequence differs at many bases; a tract that aligns in two
# ways), within about the length of a fragment.
_CLUSTER = 300


@dataclass(frozen=True)
class Around:
    """Noise nearby and how much there is to follow. nearby: (n,) per base and allele. total: of SNVs and of indels."""

    nearby: np.ndarray
    total: tuple[float, float]


def nothing_around(n: int) -> Around:
    """No noise near any of n candidates."""
    return Around(np.zeros(n), (0.0, 0.0))


def noise_around(evidence: Evidence, noise: np.ndarray, *, families: bool) -> Around:
    """What noise each candidate may follow. noise: (n,) probability that each candidate is noise.

    METHOD: molecules told by barcodes are thousands at a place, so that every indel of the person is seen to leave mismatches
    in those molecules that end within some bases of it, and every long tract its slippage. Both have their cause right there
    and say nothing of substitutions within 300 bases; noise in the middle of molecules does, as a hidden copy makes it.
    """
    everything = noise_nearby(evidence, noise)
    if not families:
        return Around(everything, (float(noise.sum()),) * 2)
    near_end, n_alt = evidence.sums[:, TUMOR, ALT, SUM_NEAR_END], evidence.allele_depth(TUMOR, ALT)
    spreading = noise * (~evidence.is_indel & (2 * near_end < n_alt))
    nearby = np.where(evidence.is_indel, everything, noise_nearby(evidence, spreading))
    return Around(nearby, (float(spreading.sum()), float(noise.sum())))


def noise_nearby(evidence: Evidence, noise: np.ndarray) -> np.ndarray:
    """Noisy alleles around each candidate, per base and allele, (n,).

    noise: (n,) probability that each candidate is noise. Alleles of the same position do not count.
    """
    place = _places(evidence)
    others = np.maximum(_within(place, noise, _CLUSTER) - _within(place, noise, 0), 0.0)
    return np.asarray(others / (2 * _CLUSTER) / 3)
