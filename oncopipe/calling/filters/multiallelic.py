"""Too many alleles of one position."""

from __future__ import annotations

import numpy as np

from oncopipe.calling.filters.record import Filter, Judged


def fails(j: Judged) -> np.ndarray:
    """Three or more alleles of one position that would pass: a place where reads do not belong."""
    e = j.evidence
    place = e.contig.astype(np.int64) << 40 | e.position
    _, index, n = np.unique(place[~j.is_doubtful], return_inverse=True, return_counts=True)
    crowded = np.zeros(len(e), bool)
    crowded[~j.is_doubtful] = n[index] >= 3
    return crowded


FILTER = Filter("multiallelic", "Three or more alleles of this position would pass", fails)
