"""The normal shows it at the same low fraction."""

from __future__ import annotations

import numpy as np

from oncopipe.calling.filters.record import Filter, Judged
from oncopipe.calling.hypotheses import NOISE


def fails(j: Judged) -> np.ndarray:
    return j.outweighed_by(NOISE)


FILTER = Filter("normal_artifact", "The same low fraction in the normal explains the allele better", fails)
