"""Copies of too few molecules."""

from __future__ import annotations

import numpy as np

from oncopipe.calling.filters.record import Filter, Judged
from oncopipe.data.evidence import ALT, TUMOR


def fails(j: Judged) -> np.ndarray:
    return j.evidence.allele_depth(TUMOR, ALT) < j.options.min_alternate_fragments


FILTER = Filter("duplicate", "Too few distinct molecules once copies are taken together", fails)
