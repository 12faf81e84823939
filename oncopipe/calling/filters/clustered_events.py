"""Many odd alleles side by side."""

from __future__ import annotations

import numpy as np

from oncopipe.calling.filters.record import Filter, Judged


def fails(j: Judged) -> np.ndarray:
    """Many likely alleles within 100 bases whose molecules look like misplaced ones."""
    e = j.evidence
    likely = np.flatnonzero(~j.is_doubtful)
    place = e.contig[likely].astype(np.int64) << 40 | e.position[likely]
    n_near = np.searchsorted(place, place + 100, side="right") - np.searchsorted(place, place - 100)
    crowded = np.zeros(len(e), bool)
    crowded[likely] = (n_near > 4) & ~j.is_plain[likely]
    return crowded


FILTER = Filter("clustered_events", "More than four likely alleles within 100 bases, on odd molecules", fails)
