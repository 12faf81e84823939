"""How the tumor's alternate molecules look: where in them the allele lies, and what else they carry.

Four looks, of two independent parts each:

    plain        as the reference molecules: seldom near an end, few other mismatches
    at ends      mostly near an end of the molecule
    mismatched   many other mismatches: molecules of another place
    both         at ends and mismatched

True alleles look plain. How errors, noise and artefacts look is learned from the sample (`calling.fit`), as the share of
each look.
"""

from __future__ import annotations

import math

import numpy as np

from oncopipe.calling.likelihoods import log_gamma
from oncopipe.calling.neighbors import shared_molecules
from oncopipe.data.evidence import ALT, REF, SUM_MISMATCHES, SUM_NEAR_END, TUMOR, Evidence

LOOKS = ("plain", "at_ends", "mismatched", "both")
PLAIN, AT_ENDS, MISMATCHED, BOTH = range(4)

# METHOD: excess mismatches of alternate molecules. True ones carry about as many as reference ones, or one more each
# where their haplotype has another variant that the reference one lacks: with a heterozygous site in 1,000 bases and
# 150 to 300 bases of a fragment, about one allele in seven. Misplaced ones carry 2.5 each. The spread of the former is small,
# since all its molecules are of one haplotype.
_NEIGHBOR_CHANCE = 0.15
_MISMATCH_SPREAD_TRUE, _MISMATCH_SPREAD_ARTEFACT, _MISMATCHES_ARTEFACT = 3.0, 2.0, 2.5


def look_likelihoods(evidence: Evidence) -> np.ndarray:
    """Log-likelihood of each look, (n, looks).

    Method: molecules within 10 bases of an end are binomial with the reference molecules' share, or beta-binomial with
    a = 1.5, b = 0.5; other mismatches are negative binomial with the reference molecules' mean (or one more each), or with
    2.5 each.
    """
    n_alt = evidence.allele_depth(TUMOR, ALT).astype(float)
    n_ref = evidence.allele_depth(TUMOR, REF).astype(float)
    alt, ref = evidence.sums[:, TUMOR, ALT].astype(float), evidence.sums[:, TUMOR, REF].astype(float)
    near = alt[:, SUM_NEAR_END]
    # Two of fourteen pseudo-molecules: ten bases at either end of a read of about 150.
    usual_near = np.clip((ref[:, SUM_NEAR_END] + 2) / (n_ref + 14), 0.05, 0.4)
    anywhere = near * np.log(usual_near) + (n_alt - near) * np.log1p(-usual_near)
    at_ends = _log_beta_binomial(near, n_alt)
    usual = np.clip((ref[:, SUM_MISMATCHES] + 0.5) / (n_ref + 2), 0.05, 1.0)
    # A substitution beside this one on the same molecules is the other half of one event. Mismatches of a molecule are
    # those of fair quality and are capped, so the other half need not be among them.
    mismatches, n = np.maximum(alt[:, SUM_MISMATCHES] - shared_molecules(evidence)[1], 0), np.maximum(n_alt, 1)
    alone = _log_negative_binomial(mismatches, n * usual, _MISMATCH_SPREAD_TRUE)
    beside_variant = _log_negative_binomial(mismatches, n * (usual + 1), _MISMATCH_SPREAD_TRUE)
    clean = np.logaddexp(alone + np.log1p(-_NEIGHBOR_CHANCE), beside_variant + np.log(_NEIGHBOR_CHANCE))
    dirty = _log_negative_binomial(mismatches, n * _MISMATCHES_ARTEFACT, _MISMATCH_SPREAD_ARTEFACT)
    return np.stack([anywhere + clean, at_ends + clean, anywhere + dirty, at_ends + dirty], axis=1)


def _log_negative_binomial(k: np.ndarray, mean: np.ndarray, spread: float) -> np.ndarray:
    return np.asarray(
        log_gamma(k + spread) - math.lgamma(spread) - log_gamma(k + 1)
        + spread * np.log(spread / (spread + mean)) + k * np.log(mean / (spread + mean))
    )  # fmt: skip


def _log_beta_binomial(k: np.ndarray, n: np.ndarray) -> np.ndarray:
    """Log-probability of one ordered draw, a = 1.5 and b = 0.5."""
    whole = math.lgamma(2.0) - math.lgamma(1.5) - math.lgamma(0.5)
    return np.asarray(log_gamma(k + 1.5) + log_gamma(n - k + 0.5) - log_gamma(n + 2.0) + whole)
