"""An artefact of read ends explains it."""

from __future__ import annotations

import numpy as np

from oncopipe.calling.filters.record import Filter, Judged
from oncopipe.calling.looks import AT_ENDS, BOTH


def fails(j: Judged) -> np.ndarray:
    return j.is_artefact((AT_ENDS, BOTH))


FILTER = Filter(
    "position", "An artefact explains it better, by where in its molecules the allele lies: near their ends", fails
)
