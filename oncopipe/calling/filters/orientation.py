"""A damage of one strand explains it."""

from __future__ import annotations

import numpy as np

from oncopipe.calling.filters.record import Filter, Judged
from oncopipe.calling.looks import LOOKS, N_SHAPES


def fails(j: Judged) -> np.ndarray:
    return j.is_artefact(range(N_SHAPES, len(LOOKS)))


FILTER = Filter(
    "orientation",
    "An artefact explains it better, by the orientation of its molecules: F1R2 or F2R1, as damaged",
    fails,
)
