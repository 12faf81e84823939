"""Why an allele is seen: five hypotheses, each with the likelihood of everything the molecules say.

    somatic   the tumor has it at some fraction, the normal at most a trace of the tumor's
    error     nobody has it: molecules were misread
    noise     both samples show it at the same low fraction: a systematic error of this place
    germline  the normal has it at 0.3 or more, the tumor at any fraction
    artefact  the tumor alone shows it, at a low fraction, and its molecules look wrong

METHOD: docs/calling.md derives the likelihoods. Joint tumor/normal fractions follow the thought of Strelka2 (Kim et
al. 2018, doi:10.1038/s41592-018-0051-x); the same-fraction noise hypothesis is its shared-noise term.
"""

from __future__ import annotations

import math

import numpy as np

from oncopipe.calling.likelihoods import FRACTIONS, Errors, fraction_likelihoods, log_gamma, log_mean, log_sum
from oncopipe.data.evidence import (
    ALT,
    NORMAL,
    REF,
    SUM_MISMATCHES,
    SUM_NEAR_END,
    TUMOR,
    Evidence,
)

HYPOTHESES = ("somatic", "error", "noise", "germline", "artefact")
SOMATIC, ERROR, NOISE, GERMLINE, ARTEFACT = range(5)

_PRESENT = FRACTIONS > 0
_LOW = _PRESENT & (FRACTIONS < 0.3)
_GERMLINE = FRACTIONS >= 0.3
_IMPOSSIBLE = -1e30  # a log-likelihood; finite, so that sums stay numbers

# METHOD: share of tumor DNA in the normal, a trace with a tenth of the weight (tolerates tumor-in-normal of 2 %).
_TRACES = ((0.0, 0.9), (0.02, 0.1))

# METHOD: excess mismatches of alternate molecules. True ones carry about as many as reference ones, or one more each
# where their haplotype has another variant that the reference one lacks: with a heterozygous site in 1,000 bases and
# 150 to 300 bases of a fragment, about one allele in seven. Artefacts carry 2.5 each.
_NEIGHBOR_CHANCE = 0.15
_MISMATCH_SPREAD_TRUE, _MISMATCH_SPREAD_ARTEFACT, _MISMATCHES_ARTEFACT = 1.0, 2.0, 2.5


def hypothesis_likelihoods(evidence: Evidence, errors: Errors, *, has_normal: bool) -> np.ndarray:
    """Log-likelihood of each hypothesis, (n, hypotheses).

    Without a normal, germline is judged by the tumor's fraction alone, and noise of a place is left out: the tumor alone
    cannot tell it from a somatic allele, so that learning its weight would swallow them.
    """
    tumor = fraction_likelihoods(evidence, TUMOR, errors)
    normal = fraction_likelihoods(evidence, NORMAL, errors)
    looks_true, looks_wrong, looks_any = appearance(evidence)
    somatic = log_mean(tumor[:, _PRESENT] + _normal_of_somatic(normal), 1)
    noise = log_mean(tumor[:, _LOW] + normal[:, _LOW], 1)
    if has_normal:
        germline = log_mean(normal[:, _GERMLINE], 1) + log_mean(tumor[:, _PRESENT], 1)
    else:
        germline = log_mean(tumor[:, _GERMLINE], 1)
        noise = np.full(len(evidence), _IMPOSSIBLE)
    artefact = log_mean(tumor[:, _LOW], 1) + normal[:, 0]
    return np.stack(
        [
            somatic + looks_true,
            tumor[:, 0] + normal[:, 0] + looks_any,
            noise + looks_any,
            germline + looks_true,
            artefact + looks_wrong,
        ],
        axis=1,
    )


def _normal_of_somatic(normal: np.ndarray) -> np.ndarray:
    """The normal's log-likelihood for each present tumor fraction, (n, present): nothing, or a trace of it."""
    fractions = FRACTIONS[_PRESENT]
    ways = []
    for trace, weight in _TRACES:
        place = np.searchsorted(FRACTIONS, fractions * trace) if trace else np.zeros(fractions.size, np.int64)
        ways.append(np.log(weight) + normal[:, place])
    return log_sum(np.stack(ways), 0)


def _log_binomial(k: np.ndarray, n: np.ndarray, p: np.ndarray) -> np.ndarray:
    return np.asarray(k * np.log(p) + (n - k) * np.log1p(-p))


def _log_negative_binomial(k: np.ndarray, mean: np.ndarray, spread: float) -> np.ndarray:
    return np.asarray(
        log_gamma(k + spread) - math.lgamma(spread) - log_gamma(k + 1)
        + spread * np.log(spread / (spread + mean)) + k * np.log(mean / (spread + mean))
    )  # fmt: skip


def _log_beta_binomial(k: np.ndarray, n: np.ndarray) -> np.ndarray:
    """Logarithm of B(k + 1.5, n - k + 0.5) / B(1.5, 0.5): chances that themselves follow a Beta(1.5, 0.5)."""
    whole = math.lgamma(2.0) - math.lgamma(1.5) - math.lgamma(0.5)
    return np.asarray(log_gamma(k + 1.5) + log_gamma(n - k + 0.5) - log_gamma(n + 2.0) + whole)


def appearance(evidence: Evidence) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Log-likelihood of how the tumor's alternate molecules look: as true ones, as artefacts, as either; each (n,).

    Two looks, taken as independent: how many have the allele within 10 bases of an end (true ones as often as the
    reference molecules; artefacts mostly), and how many other mismatches they carry.
    """
    n_alt = evidence.allele_depth(TUMOR, ALT).astype(float)
    n_ref = evidence.allele_depth(TUMOR, REF).astype(float)
    alt, ref = evidence.sums[:, TUMOR, ALT].astype(float), evidence.sums[:, TUMOR, REF].astype(float)
    near = alt[:, SUM_NEAR_END]
    # Two of fourteen pseudo-molecules: ten bases at either end of a read of about 150.
    near_usual = np.clip((ref[:, SUM_NEAR_END] + 2) / (n_ref + 14), 0.05, 0.4)
    near_true = _log_binomial(near, n_alt, near_usual)
    near_wrong = _log_beta_binomial(near, n_alt)
    usual = np.clip((ref[:, SUM_MISMATCHES] + 0.5) / (n_ref + 2), 0.05, 1.0)
    mismatches = alt[:, SUM_MISMATCHES]
    n = np.maximum(n_alt, 1)
    alone = _log_negative_binomial(mismatches, n * usual, _MISMATCH_SPREAD_TRUE)
    beside_variant = _log_negative_binomial(mismatches, n * (usual + 1), _MISMATCH_SPREAD_TRUE)
    clean = np.logaddexp(alone + np.log1p(-_NEIGHBOR_CHANCE), beside_variant + np.log(_NEIGHBOR_CHANCE))
    dirty = _log_negative_binomial(mismatches, n * _MISMATCHES_ARTEFACT, _MISMATCH_SPREAD_ARTEFACT)
    wrong = log_mean(np.stack([near_wrong + clean, near_true + dirty, near_wrong + dirty]), 0)
    either = log_mean(np.stack([near_true, near_wrong]), 0) + log_mean(np.stack([clean, dirty]), 0)
    return near_true + clean, wrong, either
