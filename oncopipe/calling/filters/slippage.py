"""Misread molecules explain the indel, and it lies in a repeat."""

from __future__ import annotations

import numpy as np

from oncopipe.calling.filters.record import Filter, Judged
from oncopipe.calling.hypotheses import ERROR


def fails(j: Judged) -> np.ndarray:
    return j.outweighed_by(ERROR) & in_long_repeat(j)


def in_long_repeat(j: Judged) -> np.ndarray:
    return (
        j.evidence.is_indel & (j.evidence.repeat_count * j.evidence.repeat_unit >= 6) & (j.evidence.repeat_count > 2)
    )


FILTER = Filter(
    "slippage", "Misread molecules explain the allele at least as well, in a repeat of 6 bases or more", fails
)
