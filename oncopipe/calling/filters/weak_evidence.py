"""Misread molecules explain the allele."""

from __future__ import annotations

import numpy as np

from oncopipe.calling.filters.record import Filter, Judged
from oncopipe.calling.filters.slippage import in_long_repeat
from oncopipe.calling.hypotheses import ERROR


def fails(j: Judged) -> np.ndarray:
    return j.outweighed_by(ERROR) & ~in_long_repeat(j)


FILTER = Filter("weak_evidence", "Misread molecules explain the allele at least as well", fails)
