"""Poor mapping quality."""

from __future__ import annotations

import numpy as np

from oncopipe.calling.filters.record import Filter, Judged
from oncopipe.data.evidence import ALT, SUM_MAPPING_QUALITY, TUMOR


def fails(j: Judged) -> np.ndarray:
    n = np.maximum(j.evidence.allele_depth(TUMOR, ALT), 1)
    return np.asarray(j.evidence.sums[:, TUMOR, ALT, SUM_MAPPING_QUALITY] / n < 30)


FILTER = Filter("map_qual", "Mean mapping quality of the alternate molecules is below 30", fails)
