"""Identity and contamination on counts drawn from the very model that docs/qc.md states, seeds explicit."""

from __future__ import annotations

import numpy as np
import pytest

from oncopipe.qc.contamination import contamination_alone, contamination_with_normal
from oncopipe.qc.identity import estimate_identity
from oncopipe.qc.site_model import (
    SiteCounts,
    error_rate,
    genotype_posterior,
    hardy_weinberg,
    independent_sites,
    log_binomial,
)

ERROR = 5e-4


def people(seed: int, n: int) -> tuple[np.random.Generator, np.ndarray, np.ndarray, np.ndarray]:
    """A generator, population frequencies, and the genotypes of two unrelated people."""
    rng = np.random.default_rng(seed)
    frequency = rng.uniform(0.1, 0.9, n)
    return rng, frequency, rng.binomial(2, frequency), rng.binomial(2, frequency)


def draw(
    rng: np.random.Generator, host: np.ndarray, other: np.ndarray, share: float, depth: float, loh: bool = False
) -> SiteCounts:
    """Fragments of a sample with a share of another person; with `loh` half of the heterozygous sites are lost."""
    host = host.astype(float)
    if loh:
        lost = (host == 1) & (rng.random(len(host)) < 0.5)
        host[lost] = np.where(rng.random(int(lost.sum())) < 0.5, 0.3, 1.7)
    n = rng.poisson(depth, len(host))
    fraction = ((1 - share) * host + share * other) / 2
    n_other = rng.binomial(n, 2 * ERROR)
    alternate = rng.binomial(n - n_other, fraction * (1 - ERROR) + (1 - fraction) * ERROR)
    return SiteCounts(n - n_other - alternate, alternate, n_other)


@pytest.mark.parametrize("share", [0.0, 0.005, 0.02, 0.1, 0.3, 0.5, 0.9])
@pytest.mark.parametrize("knows_frequency", [True, False])
def test_contamination_with_normal__recovers_the_share(share: float, knows_frequency: bool) -> None:
    rng, frequency, host, other = people(7, 1500)
    tumor, normal = draw(rng, host, other, share, 80, loh=True), draw(rng, host, other, 0.0, 30)
    given = frequency if knows_frequency else np.full(len(frequency), np.nan)
    found = contamination_with_normal(tumor, normal, given)
    # One learned frequency for sites that differ costs accuracy, not the verdict.
    tolerance = 0.1 if knows_frequency else 0.3
    assert found.fraction == pytest.approx(share, rel=tolerance, abs=0.001)
    assert found.low <= found.fraction <= found.high
    assert found.high - found.low < 0.04
    assert found.is_frequency_known is knows_frequency


def test_contamination_with_normal__interval_holds_the_truth_as_often_as_it_says() -> None:
    hits = 0
    for seed in range(60):
        rng, frequency, host, other = people(seed, 150)
        found = contamination_with_normal(
            draw(rng, host, other, 0.03, 40), draw(rng, host, other, 0.0, 25), frequency
        )
        hits += found.low <= 0.03 <= found.high
    # 95 % of 60 are 57; 52 or fewer would happen by chance once in fifty times.
    assert hits >= 53


@pytest.mark.parametrize("share", [0.0, 0.01, 0.05, 0.2])
def test_contamination_alone__recovers_the_share_without_a_normal(share: float) -> None:
    rng, frequency, host, other = people(11, 2000)
    found = contamination_alone(draw(rng, host, other, share, 80), frequency)
    assert found.fraction == pytest.approx(share, rel=0.1, abs=0.001)
    assert found.high <= 0.5


def test_contamination_alone__lost_alleles_are_no_foreign_dna() -> None:
    rng, frequency, host, other = people(5, 2000)
    found = contamination_alone(draw(rng, host, other, 0.0, 100, loh=True), frequency)
    assert found.fraction < 0.002


def test_contamination_alone__mirrors_when_alleles_change_names() -> None:
    rng, frequency, host, other = people(3, 600)
    counts = draw(rng, host, other, 0.08, 50)
    mirrored = contamination_alone(SiteCounts(counts.alternate, counts.reference, counts.other), 1 - frequency)
    assert mirrored.fraction == pytest.approx(contamination_alone(counts, frequency).fraction, abs=1e-4)


def test_contamination_with_normal__few_reads_give_a_wide_interval() -> None:
    rng, frequency, host, other = people(1, 40)
    found = contamination_with_normal(draw(rng, host, other, 0.0, 3), draw(rng, host, other, 0.0, 20), frequency)
    assert found.low == 0.0
    assert found.high > 0.02


def test_contamination_with_normal__one_odd_site_is_not_heard() -> None:
    rng, frequency, host, other = people(9, 400)
    host[0], frequency[0] = 0, 0.3
    tumor, normal = draw(rng, host, other, 0.0, 60), draw(rng, host, other, 0.0, 30)
    tumor.reference[0], tumor.alternate[0] = 40, 20  # a somatic or mismapped allele at a common site
    assert contamination_with_normal(tumor, normal, frequency).fraction < 0.002


@pytest.mark.parametrize(("depth", "share"), [(4, 0.0), (30, 0.05), (30, 0.3)])
def test_estimate_identity__low_depth_and_contamination_do_not_fool_it(depth: float, share: float) -> None:
    rng, frequency, host, other = people(13, 500)
    normal = draw(rng, host, other, 0.0, 25)
    same = estimate_identity(draw(rng, host, other, share, depth, loh=True), normal, frequency)
    assert same.identity >= 0.95
    different = estimate_identity(draw(rng, other, host, 0.0, depth), normal, frequency)
    assert different.identity <= 0.4
    assert different.high < 0.8


def test_estimate_identity__without_frequencies_different_people_still_differ() -> None:
    rng, frequency, host, other = people(17, 500)
    unknown = np.full(len(frequency), np.nan)
    found = estimate_identity(draw(rng, other, host, 0.0, 30), draw(rng, host, other, 0.0, 25), unknown)
    assert found.high < 0.8


def test_estimate_identity__a_child_is_not_the_parent() -> None:
    rng, frequency, parent, other = people(19, 800)
    child = rng.binomial(1, parent / 2) + rng.binomial(1, other / 2)
    found = estimate_identity(draw(rng, child, other, 0.0, 40), draw(rng, parent, other, 0.0, 30), frequency)
    assert found.high < 0.8


def test_genotype_posterior__sums_to_one_and_follows_the_reads() -> None:
    counts = SiteCounts(np.array([30, 15, 0, 0]), np.array([0, 15, 30, 0]), np.array([0, 0, 1, 0]))
    posterior = genotype_posterior(counts, np.full(4, 0.5))
    assert posterior.sum(axis=1) == pytest.approx(np.ones(4))
    assert posterior.argmax(axis=1).tolist()[:3] == [0, 1, 2]
    assert posterior[3] == pytest.approx([0.25, 0.5, 0.25])


def test_hardy_weinberg__unknown_is_one_half_and_the_ends_stay_possible() -> None:
    prior = hardy_weinberg(np.array([np.nan, 0.0, 1.0]))
    assert prior[0] == pytest.approx([0.25, 0.5, 0.25])
    assert (prior > 0).all()
    assert prior.sum(axis=1) == pytest.approx(np.ones(3))


def test_log_binomial__is_a_distribution() -> None:
    k = np.arange(13.0)
    assert np.exp(log_binomial(k, np.full(13, 12.0), 0.3)).sum() == pytest.approx(1.0)


def test_error_rate__is_half_the_third_alleles_and_never_zero() -> None:
    zeros = np.zeros(2, np.int64)
    assert 0 < error_rate(SiteCounts(np.array([500, 500]), zeros, zeros)) < 1e-3
    counts = SiteCounts(np.array([49_000, 49_000]), zeros, np.array([1_000, 1_000]))
    assert error_rate(counts) == pytest.approx(0.01, rel=1e-3)


def test_independent_sites__are_far_apart_on_a_contig() -> None:
    contig = np.array([0, 0, 0, 0, 1])
    position = np.array([10, 400, 520, 1100, 1101])
    usable = np.array([True, True, True, True, True])
    assert independent_sites(contig, position, usable).tolist() == [0, 2, 3, 4]
    assert independent_sites(contig, position, ~usable).tolist() == []
