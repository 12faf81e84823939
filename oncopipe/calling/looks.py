"""How the tumor's alternate molecules look: where in them the allele lies, what else they carry, how they are oriented.

    plain        as the reference molecules: seldom near an end, few other mismatches, both orientations
    at ends      mostly near an end of the molecule
    mismatched   many other mismatches: molecules of another place
    both         at ends and mismatched
    poor         of poor qualities and one strand: bases that the sequencer misreads at this place
    damaged      of one orientation: a base was damaged on one strand of the molecule before it was copied (oxidized
                 guanine reads as T, deaminated cytosine as T); one look for each of the six kinds of substitution and each
                 orientation

True alleles look plain. How errors, noise and artefacts look is learned from the sample (`calling.fit`), as the share of
each look, so a library with oxidized guanines teaches that artefacts are C>A of F2R1 molecules and G>T of F1R2 ones.
"""

from __future__ import annotations

import math

import numpy as np

from oncopipe.calling.likelihoods import Errors, log_gamma, log_rising
from oncopipe.calling.neighbors import has_variant_beside, shared_molecules
from oncopipe.data.evidence import ALT, REF, SUM_MAPPING_QUALITY, SUM_MISMATCHES, SUM_NEAR_END, TUMOR, Evidence

_KINDS = ("C>A", "C>G", "C>T", "T>A", "T>C", "T>G")
_COMPLEMENT = str.maketrans("ACGT", "TGCA")
# Number of a substitution's kind by its bases, and whether it is named by their complement.
_KIND_OF = {(kind[0], kind[2]): (i, False) for i, kind in enumerate(_KINDS)} | {
    (kind[0].translate(_COMPLEMENT), kind[2].translate(_COMPLEMENT)): (i, True) for i, kind in enumerate(_KINDS)
}
LOOKS = (
    "plain",
    "at_ends",
    "mismatched",
    "both",
    "poor",
    *(f"{kind}_{side}" for kind in _KINDS for side in ("F1R2", "F2R1")),
)
PLAIN, AT_ENDS, MISMATCHED, BOTH, POOR = range(5)
N_SHAPES = 5  # looks that say nothing of orientation
# METHOD: share of damaged molecules that show the other orientation, misread or misplaced.
_ODD_ONES = 0.01

IMPOSSIBLE = -1e30  # a log-likelihood; finite, so that sums stay numbers

# METHOD: the share of an artefact's molecules that lie near an end is beta distributed: three in four in the mean, often all.
_ENDS_A, _ENDS_B = 1.5, 0.5
# METHOD: and a true allele's share scatters around that of the reference molecules as a beta distribution of so many
# pseudo-molecules does, a standard deviation of .04 at a tenth: aligners clip what lies near an end, an indel first of all
# (of true ones of spike_train .062 lie near an end, of reference molecules .101). Else thousands of molecules would
# make an oddity of any small difference.
_ENDS_SCATTER = 50.0

# METHOD: excess mismatches of alternate molecules. True ones carry about as many as reference ones, or one more each
# where their haplotype has another variant that the reference one lacks: three in ten where the sample plainly has a variant
# within a read's length (half lie on its haplotype, not all molecules reach it), one in twenty where it has none that
# reads show. Misplaced ones carry 2.5 each. The spread of the former is small,
# since all its molecules are of one haplotype. How many misplaced ones carry is learned from the sample, beginning with
# 2.5 for 300 molecules.
_BESIDE_VARIANT, _BESIDE_NONE = 0.3, 0.05
_MISMATCH_SPREAD_TRUE, _MISMATCH_SPREAD_ARTEFACT = 3.0, 3.0
MISMATCHES_ARTEFACT, _PSEUDO_MOLECULES = 2.5, 300.0
# METHOD: molecules that map worse than the reference ones: the deficit of the mean, in steps of 30, is that many molecules.
# Up to three in a hundred true ones do; of misplaced ones in four cases of ten any share, else no more than of true ones.
_WORSE_BY, _MAPS_WORSE, _MISPLACED_MAP_WORSE = 30.0, 0.03, 0.4
# METHOD: and their share scatters between places as that of ends does, by so many pseudo-molecules, so that thousands of
# molecules make no oddity of a mean that is three lower.
_MAPPING_SCATTER = 30.0
# METHOD: what the sequencer misreads at a place, on one strand, has qualities between those of all bases and those of its
# errors (which are drawn by quality as often as they err): as often as the root of the error. One strand in a hundred is
# the other one, as with damage.
_POOR_SHARE = 0.5


def look_likelihoods(evidence: Evidence, errors: Errors, misplaced: float = MISMATCHES_ARTEFACT) -> np.ndarray:
    """Log-likelihood of each look, (n, looks).

    errors: of the sample's bases. misplaced: other mismatches of a misplaced molecule.
    Method: molecules within 10 bases of an end are beta-binomial around the reference molecules' share, or with
    a = 1.5, b = 0.5; other mismatches are negative binomial with the reference molecules' mean (or one more each), or with
    2.5 each; molecules that map worse are binomial, or any share.
    """
    n_alt = evidence.allele_depth(TUMOR, ALT).astype(float)
    n_ref = evidence.allele_depth(TUMOR, REF).astype(float)
    alt, ref = evidence.sums[:, TUMOR, ALT].astype(float), evidence.sums[:, TUMOR, REF].astype(float)
    near = alt[:, SUM_NEAR_END]
    # Two of fourteen pseudo-molecules: ten bases at either end of a read of about 150.
    usual_near = (ref[:, SUM_NEAR_END] + 2) / (n_ref + 14)
    # A share up to one in twenty is no oddity, and of an amplicon no molecule at all ends near: as few may be true too.
    as_few = np.clip(usual_near, 0.01, 0.4)
    usual_near = np.clip(near / np.maximum(n_alt, 1), as_few, np.maximum(as_few, 0.05))
    anywhere = _log_beta_binomial_around(near, n_alt, usual_near, _ENDS_SCATTER)
    at_ends = _log_beta_binomial(near, n_alt)
    usual = np.clip((ref[:, SUM_MISMATCHES] + 0.5) / (n_ref + 2), 0.05, 1.0)
    # A substitution beside this one on the same molecules is the other half of one event. Mismatches of a molecule are
    # those of fair quality and are capped, so the other half need not be among them.
    mismatches, n = np.maximum(alt[:, SUM_MISMATCHES] - shared_molecules(evidence)[1], 0), np.maximum(n_alt, 1)
    alone = _log_negative_binomial(mismatches, n * usual, _MISMATCH_SPREAD_TRUE)
    beside_variant = _log_negative_binomial(mismatches, n * (usual + 1), _MISMATCH_SPREAD_TRUE)
    chance = np.where(has_variant_beside(evidence), _BESIDE_VARIANT, _BESIDE_NONE)
    well, badly = _mapped(n_alt, alt[:, SUM_MAPPING_QUALITY], n_ref, ref[:, SUM_MAPPING_QUALITY])
    clean = well + np.logaddexp(alone + np.log1p(-chance), beside_variant + np.log(chance))
    dirty = badly + _log_negative_binomial(mismatches, n * misplaced, _MISMATCH_SPREAD_ARTEFACT)
    either_way, damaged = _orientations(evidence)
    poor = anywhere + clean + _poor(evidence, errors)
    shapes = np.stack([anywhere + clean, at_ends + clean, anywhere + dirty, at_ends + dirty, poor], axis=1)
    return np.concatenate([shapes + either_way[:, None], (anywhere + clean)[:, None] + damaged], axis=1)


def _mapped(n_alt: np.ndarray, alt: np.ndarray, n_ref: np.ndarray, ref: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Log-likelihood of the mapping qualities of true molecules and of misplaced ones, (n,) each, as one ordered draw.

    alt, ref: sums of mapping quality.
    """
    deficit = np.where(n_ref > 0, ref / np.maximum(n_ref, 1) - alt / np.maximum(n_alt, 1), 0.0)
    worse = np.clip(np.rint(n_alt * deficit / _WORSE_BY), 0, n_alt)
    share = np.minimum(worse / np.maximum(n_alt, 1), _MAPS_WORSE)  # fewer may be true too
    usual = _log_beta_binomial_around(worse, n_alt, np.maximum(share, 1e-3), _MAPPING_SCATTER)
    any_share = log_gamma(worse, 1.0) + log_gamma(n_alt - worse, 1.0) - log_gamma(n_alt, 2.0)
    return usual, np.logaddexp(usual + np.log1p(-_MISPLACED_MAP_WORSE), any_share + np.log(_MISPLACED_MAP_WORSE))


def _poor(evidence: Evidence, errors: Errors) -> np.ndarray:
    """What qualities and strands of bases misread at this place add to the log-likelihood of true ones, (n,); SNVs only."""
    error = errors.bases[TUMOR]
    quality = evidence.quality[:, TUMOR].astype(float)
    # Ten pseudo-molecules of quality 30.
    usual = (np.einsum("nb,b->n", quality[:, REF], error) + 0.01) / (quality[:, REF].sum(axis=1) + 10)
    qualities = _POOR_SHARE * (
        np.einsum("nb,b->n", quality[:, ALT], np.log(error)) - quality[:, ALT].sum(axis=1) * np.log(usual)
    )
    alt, ref = (evidence.counts[:, TUMOR, allele].sum(axis=2) for allele in (ALT, REF))
    share = (ref + 2.0) / (ref.sum(axis=1, keepdims=True) + 4.0)
    odd, even = np.log(_ODD_ONES), np.log1p(-_ODD_ONES)
    forward, reverse = alt[:, 0], alt[:, 1]
    one_strand = np.logaddexp(forward * even + reverse * odd, forward * odd + reverse * even) - np.log(2)
    found = qualities + one_strand - (alt * np.log(share)).sum(axis=1)
    return np.where(evidence.is_indel, IMPOSSIBLE, found)


def misplaced_mismatches(evidence: Evidence, misplaced: np.ndarray) -> float:
    """Other mismatches of a misplaced molecule in this sample.

    misplaced: (n,) probability that each candidate's molecules are.
    METHOD: the mean over them, weighted by these probabilities. A library of hidden copies 4 % away shows more than one
    whose noise comes from badly aligned ends.
    """
    mismatches = evidence.sums[:, TUMOR, ALT, SUM_MISMATCHES]
    n = evidence.allele_depth(TUMOR, ALT)
    seen, molecules = float((misplaced * mismatches).sum()), float((misplaced * n).sum())
    return (_PSEUDO_MOLECULES * MISMATCHES_ARTEFACT + seen) / (_PSEUDO_MOLECULES + molecules)


def _by_orientation(evidence: Evidence, allele: int) -> np.ndarray:
    """Molecules that are F1R2 and F2R1, (n, 2)."""
    counts = evidence.counts[:, TUMOR, allele]  # strands, reads of a pair
    return np.stack([counts[:, 0, 0] + counts[:, 1, 1], counts[:, 0, 1] + counts[:, 1, 0]], axis=1)


def _orientations(evidence: Evidence) -> tuple[np.ndarray, np.ndarray]:
    """Log-likelihood of the orientations as those of the reference molecules, (n,), and of each damage, (n, 12).

    METHOD: a damage makes its own kind of substitution only, six times as much of it as an even mixture; on the other strand
    of the genome the same damage shows the complement in the other orientation (Costello et al. 2013,
    doi:10.1093/nar/gks1443).
    """
    alt, ref = _by_orientation(evidence, ALT).astype(float), _by_orientation(evidence, REF).astype(float)
    usual = (ref + 2) / (ref.sum(axis=1, keepdims=True) + 4)
    damaged = np.full((len(evidence), 2 * len(_KINDS)), IMPOSSIBLE)
    # The kind of each substitution (-1: none of A, C, G, T), and whether it is named by its complement.
    named = [_KIND_OF.get(pair, (-1, False)) for pair in zip(evidence.reference, evidence.alternate, strict=True)]
    kind, flip = np.array(named, np.int64).reshape(-1, 2).T
    rows = np.flatnonzero(kind >= 0)
    sides = np.where(flip[rows, None] > 0, alt[rows, ::-1], alt[rows])
    for side in (0, 1):
        odd = np.log(1 - _ODD_ONES) * sides[:, side] + np.log(_ODD_ONES) * sides[:, 1 - side]
        damaged[rows, 2 * kind[rows] + side] = odd + np.log(len(_KINDS))
    return (alt * np.log(usual)).sum(axis=1), damaged


def _log_negative_binomial(k: np.ndarray, mean: np.ndarray, spread: float) -> np.ndarray:
    return np.asarray(
        log_gamma(k, spread) - math.lgamma(spread) - log_gamma(k, 1.0)
        + spread * np.log(spread / (spread + mean)) + k * np.log(mean / (spread + mean))
    )  # fmt: skip


def _log_beta_binomial_around(k: np.ndarray, n: np.ndarray, share: np.ndarray, scatter: float) -> np.ndarray:
    """Log-probability of one ordered draw, around a share for each. scatter: pseudo-molecules of the beta distribution."""
    a, b = scatter * share, scatter * (1 - share)
    return np.asarray(log_rising(a, k) + log_rising(b, n - k) - log_rising(a + b, n))


def _log_beta_binomial(k: np.ndarray, n: np.ndarray) -> np.ndarray:
    """Log-probability of one ordered draw."""
    a, b = _ENDS_A, _ENDS_B
    whole = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    return np.asarray(log_gamma(k, a) + log_gamma(n - k, b) - log_gamma(n, a + b) + whole)
