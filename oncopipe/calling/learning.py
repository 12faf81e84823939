"""Expectation-maximization: how common each hypothesis is in a sample, how its alleles look, how noise clusters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from oncopipe.calling.hypotheses import ARTEFACT, ERROR, GERMLINE, HYPOTHESES, NOISE, expected_looks
from oncopipe.calling.looks import BOTH, LOOKS, MISMATCHED, N_SHAPES

# Rounds between which the noise around each candidate is counted anew, and steps of each.
ROUNDS, STEPS = 4, 50
# METHOD: half a candidate of each kind is assumed beforehand, so that a sample without any keeps a prior above zero.
_PSEUDO = 0.5
# METHOD: so many candidates of each hypothesis are assumed to look as expected, before the sample's own are counted.
_PSEUDO_LOOKS = 2.0
# METHOD: at least a fifth of all noise is taken to come alone: in a sample whose noise all lies in clusters a lone allele that
# the normal happened to miss would else be called. Between a tenth and a half the log-loss hardly moves.
_LEAST_ALONE = 0.2
# METHOD: noisy alleles that follow each one nearby: a tenth, of ten candidates beforehand, and three in ten at the most, since
# a true allele inside a cluster would else need more evidence than a tumor shows.
FOLLOWS, _PSEUDO_NOISE, _MOST_FOLLOW = 0.1, 10.0, 0.3


@dataclass(frozen=True)
class Priors:
    """What learning starts from: positions, alleles that a base can show, the germline rate where it is fixed."""

    n: int
    n_alleles: int
    germline: float | None
    damaged: bool = False


@dataclass(frozen=True)
class Learned:
    """weights: (hypotheses,), per base. looks: (hypotheses, LOOKS).

    noise: (n,) probability that each candidate is noise, and of it the part that has none of its likes nearby.
    misplaced: (n,) probability that its molecules are misplaced ones with many mismatches.
    """

    weights: np.ndarray
    looks: np.ndarray
    noise: np.ndarray
    alone: np.ndarray
    misplaced: np.ndarray


def unlearned(priors: Priors, n: int) -> Learned:
    """Where learning starts for n candidates."""
    weights = completed(np.full(len(HYPOTHESES), 1e-5), priors.germline)
    return Learned(weights, expected_looks(damaged=priors.damaged), np.zeros(n), np.zeros(n), np.zeros(n))


def learn(
    fractions: np.ndarray,
    looks: np.ndarray,
    priors: Priors,
    before: Learned,
    nearby: np.ndarray,
) -> Learned:
    """Some more steps from what was learned before.

    fractions: (n, hypotheses) and looks: (n, hypotheses, looks) log-likelihoods.
    nearby: (n,) rate of noise that follows other noise nearby.

    METHOD: a candidate counts for each pair of hypothesis and look by its probability. Somatic and germline alleles look
    plain by definition; how the others look is the sample's: a library with hidden copies shows noise with many
    mismatches, one without shows plain noise, and two clean molecules mean more in the first than in the second.
    """
    n_looks = len(LOOKS) if priors.damaged else N_SHAPES
    expected = expected_looks(damaged=priors.damaged)[:, :n_looks]
    weights, shares = before.weights, before.looks[:, :n_looks].copy()
    changing = [ERROR, NOISE, ARTEFACT]
    # PERF: likelihoods of each possible pair, (pairs, n), over the largest of their candidate; what is learned then needs
    # products and sums, no logarithms, and candidates lie beside each other.
    of, look = np.nonzero(expected)
    joint = fractions.T[of] + looks.transpose(1, 2, 0)[of, look]
    likelihoods = np.exp(joint - joint.max(axis=0)) if joint.size else joint
    noisy = np.flatnonzero(of == NOISE)
    noise = alone = misplaced = np.zeros(fractions.shape[0])
    mismatched = np.flatnonzero(np.isin(of, (NOISE, ARTEFACT)) & np.isin(look, (MISMATCHED, BOTH)))
    for _ in range(STEPS):
        posterior = likelihoods * (per_allele(weights, priors.n_alleles)[of] * shares[of, look])[:, None]
        posterior[noisy] += likelihoods[noisy] * shares[NOISE, look[noisy], None] * nearby
        posterior /= posterior.sum(axis=0)
        sums = np.zeros(expected.shape)
        sums[of, look] = posterior.sum(axis=1)
        noise = posterior[noisy].sum(axis=0)
        alone = noise * (weights[NOISE] / priors.n_alleles / (weights[NOISE] / priors.n_alleles + nearby))
        counts = sums.sum(axis=1)
        counts[NOISE] = max(alone.sum(), _LEAST_ALONE * noise.sum())
        weights = completed((counts + _PSEUDO) / priors.n, priors.germline)
        seen = _PSEUDO_LOOKS * expected[changing] + sums[changing]
        shares[changing] = seen / seen.sum(axis=1, keepdims=True)
    if len(likelihoods):
        misplaced = posterior[mismatched].sum(axis=0)
    whole = np.zeros((len(HYPOTHESES), len(LOOKS)))
    whole[:, :n_looks] = shares
    return Learned(weights, whole, noise, alone, misplaced)


def following(learned: Learned, noise: float) -> float:
    """Noisy alleles of this type that follow each noisy one of any type. noise: the sum of those."""
    followers = float((learned.noise - learned.alone).sum())
    return min((_PSEUDO_NOISE * FOLLOWS + followers) / (_PSEUDO_NOISE + noise), _MOST_FOLLOW)


def per_allele(weights: np.ndarray, n_alleles: int) -> np.ndarray:
    """Weights of one allele from weights of a base; error keeps what remains."""
    shared = weights / n_alleles
    shared[ERROR] = weights[ERROR]
    return shared


def completed(weights: np.ndarray, germline: float | None) -> np.ndarray:
    """The weights with the germline one put in where it is given; error takes what is left of one."""
    weights = weights.copy()
    if germline is not None:
        weights[GERMLINE] = germline
    weights[ERROR] = max(1.0 - np.delete(weights, ERROR).sum(), 0.5)
    return weights
