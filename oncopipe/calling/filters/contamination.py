"""Explained by the stated contamination."""

from __future__ import annotations

import numpy as np

from oncopipe.calling.filters.record import Filter, Judged
from oncopipe.data.evidence import ALT, TUMOR


def fails(j: Judged) -> np.ndarray:
    """A population allele, no more frequent than the stated contamination explains in 1 of 100 cases."""
    n_alt, depth = j.evidence.allele_depth(TUMOR, ALT), j.evidence.depth(TUMOR)
    if j.options.contamination == 0:
        return np.zeros(len(n_alt), bool)
    from scipy.special import bdtrc  # 0.2 s of import, for the few who state a contamination

    explained = bdtrc(n_alt - 1, depth, j.options.contamination) > 0.01  # this many or more
    return np.asarray((j.population > 0) & explained)


FILTER = Filter("contamination", "A population allele that the stated contamination explains", fails)
