"""One strand only."""

from __future__ import annotations

import numpy as np

from oncopipe.calling.filters.record import Filter, Judged
from oncopipe.calling.likelihoods import log_gamma
from oncopipe.data.evidence import ALT, REF, TUMOR


def fails(j: Judged) -> np.ndarray:
    """One strand only, and less likely than 1 in 1,000 given the strands of the reference molecules."""
    strands = j.evidence.counts[:, TUMOR].sum(axis=3, dtype=np.int64)
    alt, ref = strands[:, ALT], strands[:, REF]
    return np.asarray((alt.min(axis=1) == 0) & (one_strand_chance(alt, ref) < 1e-3))


def one_strand_chance(alt: np.ndarray, ref: np.ndarray) -> np.ndarray:
    """Chance that the alternate molecules all lie on the strand they lie on, (n,); of use where they do.

    alt, ref: molecules by strand, (n, 2).
    METHOD: drawn from all molecules without their strand in mind: the end of the hypergeometric distribution,
    C(molecules of that strand, n_alt) / C(molecules, n_alt).
    """
    both, n_alt = alt + ref, alt.sum(axis=1)
    of_strand = np.where(alt[:, 0] > 0, both[:, 0], both[:, 1])
    return np.asarray(np.exp(_log_choose(of_strand, n_alt) - _log_choose(both.sum(axis=1), n_alt)))


def _log_choose(n: np.ndarray, k: np.ndarray) -> np.ndarray:
    """Logarithm of the binomial coefficient; meaningless where k > n."""
    return np.asarray(log_gamma(n, 1.0) - log_gamma(k, 1.0) - log_gamma(np.maximum(n - k, 0), 1.0))


FILTER = Filter("strand_bias", "Alternate molecules on one strand only, against odds of 1 in 1,000", fails)
