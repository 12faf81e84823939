"""Counts at common sites in, the fraction of another person's DNA with its 95 % interval out.

METHOD: maximum likelihood of the fraction at sites where the host is homozygous, the contaminating person's
genotype summed over its Hardy-Weinberg probabilities, as in VerifyBamID (Jun 2012, 10.1016/j.ajhg.2012.09.004)
and ContEst (Cibulskis 2011, 10.1093/bioinformatics/btr446). Derived in `docs/qc.md`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from oncopipe.qc.site_model import (
    FREQUENCY_MARGIN,
    SiteCounts,
    alternate_probability,
    error_rate,
    genotype_posterior,
    hardy_weinberg,
    log_binomial,
)

# METHOD: half of the 95 % quantile of chi-squared with one degree of freedom (Wilks).
LOG_LIKELIHOOD_DROP = 1.920729
# METHOD: the share of sites that mapping artefacts, copy number or private variants may spoil without being heard.
OUTLIER_SHARE = 0.01
# Foreign-allele frequencies learned from the sample stay in this range: a site list is common or it is useless.
LEARNED_RANGE = (0.1, 0.9)
MAX_EM_ROUNDS = 100
EM_TOLERANCE = 1e-4
GRID = np.concatenate([[0.0], np.geomspace(5e-4, 1.0, 32)])


@dataclass(frozen=True)
class Contamination:
    """The estimated fraction of another person's DNA, 0 to 1, and what it rests on."""

    fraction: float
    low: float
    high: float
    n_sites: float  # expected number of covered sites at which the host is homozygous
    is_frequency_known: bool


def contamination_with_normal(counts: SiteCounts, normal: SiteCounts, frequency: np.ndarray) -> Contamination:
    """Contamination of a tumor; its normal says at which sites the host is homozygous, the others say nothing.

    frequency: (sites,) of the alternate allele in the population, NaN where unknown.
    """
    return _estimate(counts, frequency, genotype_posterior(normal, frequency), knows_host=True)


def contamination_alone(counts: SiteCounts, frequency: np.ndarray) -> Contamination:
    """Contamination of a sample from itself: the host's genotype is summed over its Hardy-Weinberg probabilities.

    METHOD: the host is whoever has more, so the fraction is at most one half. Heterozygous sites must show both
    alleles in balance, but for a learned share of them: tumors lose and gain alleles.
    """
    return _estimate(counts, frequency, hardy_weinberg(frequency), knows_host=False)


def _estimate(
    counts: SiteCounts, frequency: np.ndarray, host_prior: np.ndarray, *, knows_host: bool
) -> Contamination:
    """The maximum of the profile likelihood and its interval. host_prior: (sites, 3)."""
    covered = counts.depth > 0
    highest = 1.0 if knows_host else 0.5
    model = _Model(counts.select(covered), frequency[covered], host_prior[covered], knows_host)
    grid = GRID[highest >= GRID] if highest < 1.0 else GRID
    grid = np.unique(np.append(grid, highest))
    values = np.array([model.profile(c) for c in grid])
    best = int(values.argmax())
    fraction = _refine(model.profile, grid, best)
    peak = model.profile(fraction)
    if values[best] > peak:
        fraction, peak = float(grid[best]), float(values[best])
    low, high = _interval(model.profile, fraction, peak, highest)
    n_sites = float((host_prior[covered, 0] + host_prior[covered, 2]).sum())
    return Contamination(fraction, low, high, n_sites, bool(not model.is_learned.any()))


class _Model:
    """The likelihood of the contamination fraction; allele frequencies that nobody gave and the share of
    heterozygous sites whose alleles are out of balance are learned beside it."""

    def __init__(self, counts: SiteCounts, frequency: np.ndarray, host_prior: np.ndarray, knows_host: bool) -> None:
        # METHOD: where the host is known, heterozygous sites are silent altogether (copy number, reference bias).
        self.fixed_imbalance = 1.0 if knows_host else None
        self.error = error_rate(counts)
        self.depth = counts.depth.astype(float)
        # Folded so that a homozygous host shows no foreign allele. Axes: (host class 0/0 or 1/1, sites).
        self.foreign = np.stack([counts.alternate, counts.reference]).astype(float)
        self.host = np.stack([host_prior[:, 0], host_prior[:, 2]]) * (1.0 - OUTLIER_SHARE)
        self.heterozygous = host_prior[:, 1] * (1.0 - OUTLIER_SHARE)
        self.flat = 1.0 / (self.depth + 1.0)
        self.is_learned = np.isnan(frequency)
        known = np.clip(frequency, FREQUENCY_MARGIN, 1.0 - FREQUENCY_MARGIN)
        self.known_foreign = np.stack([known, 1.0 - known])

    def profile(self, fraction: float) -> float:
        """Natural log likelihood at a fraction, maximized over what is learned by expectation-maximization."""
        homozygous, balanced = self._likelihoods(fraction)
        frequency = np.array([0.5, 0.5])
        imbalance = 0.2 if self.fixed_imbalance is None else self.fixed_imbalance
        value = -np.inf
        for _ in range(MAX_EM_ROUNDS):
            prior = self._other_prior(frequency)
            own = self.host * (prior * homozygous)
            even = (1.0 - imbalance) * self.heterozygous * (prior[:, 0] * balanced).sum(axis=0)
            uneven = imbalance * self.heterozygous * self.flat
            total = own.sum(axis=(0, 1)) + even + uneven + OUTLIER_SHARE * self.flat
            previous, value = value, float(np.log(total).sum())
            if value - previous < EM_TOLERANCE:
                break
            if self.fixed_imbalance is None:
                imbalance = _share(float((uneven / total).sum()), float((even / total).sum()))
            if self.is_learned.any():
                frequency = self._update(own / total)
        return value

    def _likelihoods(self, fraction: float) -> tuple[np.ndarray, np.ndarray]:
        """Probability of the counts when the other person has 0, 1, 2 foreign alleles.

        Axes: (3, host class, sites) at homozygous sites and (3, sites) at heterozygous ones, the alternate allele
        being the foreign one.
        """
        other = fraction * np.array([0.0, 0.5, 1.0])
        share = alternate_probability(other, self.error)[:, None, None]
        homozygous = np.exp(log_binomial(self.foreign[None], self.depth[None, None], share))
        share = alternate_probability(0.5 * (1.0 - fraction) + other, self.error)[:, None]
        return homozygous, np.exp(log_binomial(self.foreign[0][None], self.depth[None], share))

    def _other_prior(self, learned: np.ndarray) -> np.ndarray:
        """Prior of 0, 1, 2 foreign alleles in the other person. Axes: (3, host class, sites)."""
        q = np.where(self.is_learned, learned[:, None], self.known_foreign)
        return np.stack([hardy_weinberg(q[0]).T, hardy_weinberg(q[1]).T], axis=1)

    def _update(self, responsibility: np.ndarray) -> np.ndarray:
        """The next learned frequency of each host class: expected foreign alleles over expected alleles."""
        r = responsibility[:, :, self.is_learned]
        alleles = 2.0 * r.sum(axis=(0, 2))
        foreign = r[1].sum(axis=1) + 2.0 * r[2].sum(axis=1)
        return np.clip(np.divide(foreign, alleles, out=np.full(2, 0.5), where=alleles > 0), *LEARNED_RANGE)


def _share(part: float, rest: float) -> float:
    """The learned share of unbalanced heterozygous sites, kept off 0 and 1 by one pseudo-site each way."""
    return (part + 1.0) / (part + rest + 2.0)


def _refine(profile: Callable[[float], float], grid: np.ndarray, best: int) -> float:
    """The maximum near a grid point, between its neighbours."""
    from scipy.optimize import minimize_scalar  # 0.4 s of import, for who measures sites

    low, high = grid[max(0, best - 1)], grid[min(len(grid) - 1, best + 1)]
    found = minimize_scalar(
        lambda c: -profile(float(c)), bounds=(low, high), method="bounded", options={"xatol": 1e-6}
    )
    return float(found.x)


def _interval(profile: Callable[[float], float], fraction: float, peak: float, highest: float) -> tuple[float, float]:
    """Where the profile likelihood has dropped by half a chi-squared quantile, on both sides."""

    from scipy.optimize import brentq

    def drop(c: float) -> float:
        return profile(c) - peak + LOG_LIKELIHOOD_DROP

    low = 0.0 if fraction <= 0.0 or drop(0.0) >= 0.0 else float(brentq(drop, 0.0, fraction, xtol=1e-6))
    high = (
        highest if fraction >= highest or drop(highest) >= 0.0 else float(brentq(drop, fraction, highest, xtol=1e-6))
    )
    return low, high
