"""One strand only."""

from __future__ import annotations

import numpy as np
from scipy.stats import hypergeom

from oncopipe.calling.filters.record import Filter, Judged
from oncopipe.data.evidence import ALT, REF, TUMOR


def fails(j: Judged) -> np.ndarray:
    """One strand only, and less likely than 1 in 1,000 given the strands of the reference molecules."""
    strands = j.evidence.counts[:, TUMOR].sum(axis=3)
    alt, both = strands[:, ALT], strands[:, ALT] + strands[:, REF]
    total, n_alt, forward = both.sum(axis=1), alt.sum(axis=1), both[:, 0]
    low = hypergeom.cdf(alt[:, 0], total, forward, n_alt)
    high = hypergeom.sf(alt[:, 0] - 1, total, forward, n_alt)
    return np.asarray((alt.min(axis=1) == 0) & (np.minimum(low, high) < 1e-3))


FILTER = Filter("strand_bias", "Alternate molecules on one strand only, against odds of 1 in 1,000", fails)
