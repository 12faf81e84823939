"""A damage of one strand explains it."""

from __future__ import annotations

import numpy as np

from oncopipe.calling.filters.position import is_near_end
from oncopipe.calling.filters.record import Filter, Judged
from oncopipe.calling.hypotheses import ARTEFACT
from oncopipe.calling.looks import one_orientation


def fails(j: Judged) -> np.ndarray:
    return j.outweighed_by(ARTEFACT) & looks_damaged(j)


def looks_damaged(j: Judged) -> np.ndarray:
    """Molecules of one orientation and nothing else odd about them."""
    return one_orientation(j.evidence) & j.is_plain & ~is_near_end(j)


FILTER = Filter(
    "orientation",
    "An artefact explains it better: all its molecules are F1R2 or all F2R1, as damaged bases are",
    fails,
)
