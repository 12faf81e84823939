"""An artefact of misplaced molecules explains it."""

from __future__ import annotations

import numpy as np

from oncopipe.calling.filters.orientation import looks_damaged
from oncopipe.calling.filters.position import is_near_end
from oncopipe.calling.filters.record import Filter, Judged
from oncopipe.calling.hypotheses import ARTEFACT


def fails(j: Judged) -> np.ndarray:
    return j.outweighed_by(ARTEFACT) & ~is_near_end(j) & ~looks_damaged(j)


FILTER = Filter(
    "excess_mismatch",
    "An artefact explains it better: its molecules carry other mismatches, or more of them (no majority) lie near their ends",
    fails,
)
