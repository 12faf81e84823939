"""Counts of tumor and normal at common sites in, their identity out: 1 the same person, 0 unrelated people.

METHOD: at sites where the normal is homozygous, the tumor's counts come with probability `identity` from the
normal's genotype and else from a random genotype of the population, both seen through a contamination that is
estimated beside it. Few reads or a few percent of foreign DNA widen the interval but do not move the estimate.
Heterozygous sites of the normal are left out: loss of one allele is what tumors do, not who they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from oncopipe.qc.contamination import LOG_LIKELIHOOD_DROP, OUTLIER_SHARE
from oncopipe.qc.site_model import (
    SiteCounts,
    alternate_probability,
    error_rate,
    genotype_posterior,
    hardy_weinberg,
    log_binomial,
)

IDENTITIES = np.linspace(0.0, 1.0, 201)
# METHOD: half and half is the most that can be called a contamination of the host.
CONTAMINATIONS = np.concatenate([[0.0], np.geomspace(0.002, 0.5, 24)])


@dataclass(frozen=True)
class Identity:
    """How much of the genotypes two samples share beyond chance, with its 95 % profile-likelihood interval."""

    identity: float
    low: float
    high: float
    n_sites: float  # expected number of sites covered in both at which the normal is homozygous


def estimate_identity(tumor: SiteCounts, normal: SiteCounts, frequency: np.ndarray) -> Identity:
    """Identity of the tumor's and the normal's person; frequency of NaN counts as one half."""
    covered = (tumor.depth > 0) & (normal.depth > 0)
    tumor, normal, frequency = tumor.select(covered), normal.select(covered), frequency[covered]
    posterior = genotype_posterior(normal, frequency)
    homozygous = posterior[:, 0] + posterior[:, 2]
    profile = np.full(len(IDENTITIES), -np.inf)
    for contamination in CONTAMINATIONS:
        same, random = _site_likelihoods(tumor, frequency, posterior, float(contamination))
        mixed = IDENTITIES[:, None] * same[None, :] + (1.0 - IDENTITIES)[:, None] * random[None, :]
        flat = 1.0 / (tumor.depth + 1.0)
        total = (1.0 - OUTLIER_SHARE) * (mixed + (1.0 - homozygous) * flat) + OUTLIER_SHARE * flat
        profile = np.maximum(profile, np.log(total).sum(axis=1))
    inside = IDENTITIES[profile >= profile.max() - LOG_LIKELIHOOD_DROP]
    best = float(IDENTITIES[len(profile) - 1 - int(profile[::-1].argmax())])
    return Identity(best, float(inside.min()), float(inside.max()), float(homozygous.sum()))


def _site_likelihoods(
    tumor: SiteCounts, frequency: np.ndarray, normal_posterior: np.ndarray, contamination: float
) -> tuple[np.ndarray, np.ndarray]:
    """Probability of the tumor's counts at homozygous sites of the normal, from its genotype or from a random one."""
    prior = hardy_weinberg(frequency)
    host, other = np.meshgrid(np.arange(3), np.arange(3), indexing="ij")
    fraction = ((1.0 - contamination) * host + contamination * other) / 2.0
    share = alternate_probability(fraction, error_rate(tumor))
    # (host, other, sites), then summed over the other person's genotype: (sites, host)
    likelihood = np.exp(log_binomial(tumor.alternate, tumor.depth, share[:, :, None]))
    by_host = np.einsum("hos,so->sh", likelihood, prior)
    homozygous = normal_posterior[:, [0, 2]]
    same = (homozygous * by_host[:, [0, 2]]).sum(axis=1)
    random = homozygous.sum(axis=1) * (prior * by_host).sum(axis=1)
    return same, random
