"""The distributions that calling writes out itself, so as not to import SciPy, against SciPy."""

from __future__ import annotations

import numpy as np
from scipy.special import betaln, gammaln
from scipy.stats import hypergeom, nbinom

from oncopipe.calling.filters.strand_bias import one_strand_chance
from oncopipe.calling.likelihoods import log_gamma
from oncopipe.calling.looks import (
    _ENDS_SCATTER,
    _log_beta_binomial,
    _log_beta_binomial_around,
    _log_negative_binomial,
)


def test_log_gamma__equals_scipy() -> None:
    for counts in (np.arange(2000.0).reshape(2, -1), np.array([0.0, 10_000.0, 3e8]), np.zeros(0)):
        for offset in (0.5, 1.0, 1.5, 3.0):
            np.testing.assert_allclose(log_gamma(counts, offset), gammaln(counts + offset), rtol=1e-14, atol=1e-14)


def test_log_beta_binomial__equals_scipy() -> None:
    n = np.repeat(np.arange(0, 400, 7), 2).astype(float)
    k = np.where(np.arange(n.size) % 2, n, n // 3)
    expected = betaln(k + 1.5, n - k + 0.5) - betaln(1.5, 0.5)
    np.testing.assert_allclose(_log_beta_binomial(k, n), expected, rtol=1e-10, atol=1e-10)
    share = np.linspace(0.01, 0.4, n.size)
    a, b = _ENDS_SCATTER * share, _ENDS_SCATTER * (1 - share)
    expected = betaln(k + a, n - k + b) - betaln(a, b)
    np.testing.assert_allclose(_log_beta_binomial_around(k, n, share, _ENDS_SCATTER), expected, rtol=1e-9, atol=1e-9)


def test_log_negative_binomial__equals_scipy() -> None:
    k, mean = np.arange(0, 90, dtype=float), np.linspace(0.1, 60, 90)
    for spread in (1.0, 2.0):
        expected = nbinom.logpmf(k, spread, spread / (spread + mean))
        np.testing.assert_allclose(_log_negative_binomial(k, mean, spread), expected, rtol=1e-10)


def test_one_strand_chance__is_the_tail_of_the_hypergeometric() -> None:
    rng = np.random.default_rng(4)
    alt, ref = rng.integers(1, 30, (800, 2)), rng.integers(0, 60, (800, 2))
    alt[np.arange(800), rng.integers(0, 2, 800)] = 0
    both, n_alt = alt + ref, alt.sum(axis=1)
    total, forward = both.sum(axis=1), both[:, 0]
    low = hypergeom.cdf(alt[:, 0], total, forward, n_alt)
    high = hypergeom.sf(alt[:, 0] - 1, total, forward, n_alt)
    np.testing.assert_allclose(one_strand_chance(alt, ref), np.minimum(low, high), rtol=1e-9)
