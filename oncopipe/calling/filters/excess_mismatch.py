"""An artefact of misplaced molecules explains it."""

from __future__ import annotations

import numpy as np

from oncopipe.calling.filters.record import Filter, Judged
from oncopipe.calling.looks import BOTH, MISMATCHED


def fails(j: Judged) -> np.ndarray:
    return j.is_artefact((MISMATCHED, BOTH))


FILTER = Filter(
    "excess_mismatch", "An artefact explains it better, by the other mismatches of its molecules: misplaced", fails
)
