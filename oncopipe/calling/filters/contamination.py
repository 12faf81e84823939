"""Explained by the stated contamination."""

from __future__ import annotations

import numpy as np
from scipy.stats import binom

from oncopipe.calling.filters.record import Filter, Judged
from oncopipe.data.evidence import ALT, TUMOR


def fails(j: Judged) -> np.ndarray:
    """A population allele, no more frequent than the stated contamination explains in 1 of 100 cases."""
    n_alt, depth = j.evidence.allele_depth(TUMOR, ALT), j.evidence.depth(TUMOR)
    explained = binom.sf(n_alt - 1, depth, j.options.contamination) > 0.01
    return np.asarray((j.options.contamination > 0) & (j.population > 0) & explained)


FILTER = Filter("contamination", "A population allele that the stated contamination explains", fails)
