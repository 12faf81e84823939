"""What the bases at common sites say about genotypes: error rate, likelihoods, and who the host is.

Genotypes are counted in alternate alleles: 0, 1, 2. Probabilities of a site's counts are those of its reads
with the reference or the alternate base; other bases only teach the error rate.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# METHOD: where a resource gives no frequency, a common site is as likely to show one allele as the other.
UNKNOWN_FREQUENCY = 0.5
# A frequency of 0 or 1 would forbid what a person may carry.
FREQUENCY_MARGIN = 0.001
MAX_ERROR = 0.05
# METHOD: sites that one molecule can span would count its word twice; farther apart they are taken as independent.
MIN_SITE_DISTANCE = 500


@dataclass(frozen=True)
class SiteCounts:
    """Fragments at common sites. Axes: (sites,), int64."""

    reference: np.ndarray  # fragments that show the reference base
    alternate: np.ndarray  # fragments that show the site's alternate base
    other: np.ndarray  # fragments that show any other base

    @property
    def depth(self) -> np.ndarray:
        """Fragments with the reference or the alternate base."""
        return self.reference + self.alternate

    def select(self, rows: np.ndarray) -> SiteCounts:
        """Some sites, by mask or index."""
        return SiteCounts(self.reference[rows], self.alternate[rows], self.other[rows])


def error_rate(counts: SiteCounts) -> float:
    """Probability that a base is read as one particular other base, learned from third alleles.

    METHOD: two of the three wrong bases are neither reference nor alternate, so each wrong base has half their
    share; one pseudo-fragment keeps the rate above zero where none was seen.
    """
    total = float(counts.depth.sum() + counts.other.sum())
    return min(MAX_ERROR, (float(counts.other.sum()) + 1.0) / (2.0 * total + 2.0))


def log_binomial(alternate: np.ndarray, depth: np.ndarray, fraction: np.ndarray | float) -> np.ndarray:
    """Natural log of the binomial probability of `alternate` in `depth`, by broadcasting."""
    from scipy.special import gammaln  # 0.2 s of import, for who measures sites

    fraction = np.clip(fraction, 1e-12, 1.0 - 1e-12)
    choose = gammaln(depth + 1.0) - gammaln(alternate + 1.0) - gammaln(depth - alternate + 1.0)
    return choose + alternate * np.log(fraction) + (depth - alternate) * np.log1p(-fraction)


def alternate_probability(allele_fraction: np.ndarray | float, error: float) -> np.ndarray:
    """Probability that a read shows the alternate base when `allele_fraction` of the molecules carry it."""
    return np.asarray(allele_fraction) * (1.0 - error) + (1.0 - np.asarray(allele_fraction)) * error


def hardy_weinberg(frequency: np.ndarray) -> np.ndarray:
    """Prior of a person's genotype from the alternate allele's frequency; NaN means unknown. Axes: (sites, 3)."""
    q = np.where(np.isnan(frequency), UNKNOWN_FREQUENCY, frequency)
    q = np.clip(q, FREQUENCY_MARGIN, 1.0 - FREQUENCY_MARGIN)
    return np.stack([(1.0 - q) ** 2, 2.0 * q * (1.0 - q), q**2], axis=1)


def genotype_posterior(counts: SiteCounts, frequency: np.ndarray) -> np.ndarray:
    """Posterior of a diploid, clean sample's genotype. Axes: (sites, 3); rows without reads are the prior."""
    fractions = alternate_probability(np.array([0.0, 0.5, 1.0]), error_rate(counts))
    log_likelihood = log_binomial(counts.alternate[:, None], counts.depth[:, None], fractions[None, :])
    weight = hardy_weinberg(frequency) * np.exp(log_likelihood - log_likelihood.max(axis=1, keepdims=True))
    return np.asarray(weight / weight.sum(axis=1, keepdims=True))


def independent_sites(contig: np.ndarray, position: np.ndarray, is_usable: np.ndarray) -> np.ndarray:
    """Rows of usable sites no two of which are nearer than `MIN_SITE_DISTANCE`, taken from left to right."""
    kept: list[int] = []
    for row in np.flatnonzero(is_usable).tolist():
        last = kept[-1] if kept else -1
        if last < 0 or contig[last] != contig[row] or position[row] - position[last] >= MIN_SITE_DISTANCE:
            kept.append(row)
    return np.array(kept, np.int64)
