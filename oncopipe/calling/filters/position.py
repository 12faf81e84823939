"""An artefact of read ends explains it."""

from __future__ import annotations

import numpy as np

from oncopipe.calling.filters.record import Filter, Judged
from oncopipe.calling.hypotheses import ARTEFACT
from oncopipe.data.evidence import ALT, SUM_NEAR_END, TUMOR


def fails(j: Judged) -> np.ndarray:
    return j.outweighed_by(ARTEFACT) & is_near_end(j)


def is_near_end(j: Judged) -> np.ndarray:
    n = np.maximum(j.evidence.allele_depth(TUMOR, ALT), 1)
    return np.asarray(j.evidence.sums[:, TUMOR, ALT, SUM_NEAR_END] / n > 0.5)


FILTER = Filter("position", "An artefact explains it better: the allele lies near the ends of its molecules", fails)
