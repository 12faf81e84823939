"""Poor base quality, or an artefact of a place that the sequencer misreads."""

from __future__ import annotations

import numpy as np

from oncopipe.calling.filters.record import Filter, Judged
from oncopipe.calling.looks import POOR
from oncopipe.data.evidence import ALT, QUALITY_BIN, TUMOR


def fails(j: Judged) -> np.ndarray:
    quality = j.evidence.quality[:, TUMOR, ALT].astype(float)
    middles = QUALITY_BIN * np.arange(quality.shape[1]) + QUALITY_BIN / 2
    n = np.maximum(quality.sum(axis=1), 1)
    return np.asarray((quality * middles).sum(axis=1) / n < 18) | j.is_artefact((POOR,))


FILTER = Filter(
    "base_qual",
    "Mean base quality of the alternate molecules is below 18, or an artefact explains it better, by their poor qualities on one"
    " strand",
    fails,
)
