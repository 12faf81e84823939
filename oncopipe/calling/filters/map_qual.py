"""Poor mapping quality."""

from __future__ import annotations

import numpy as np

from oncopipe.calling.filters.record import Filter, Judged
from oncopipe.data.evidence import ALT, REF, SUM_MAPPING_QUALITY, TUMOR

POOR, WORSE_BY = 30, 5


def fails(j: Judged) -> np.ndarray:
    """The alternate molecules map poorly, and worse than the reference ones.

    METHOD: where all molecules of a place map poorly, a normal shows what comes from its copies (the noise hypothesis),
    and the place alone is no reason to lose an allele. Without a normal it is.
    """
    alt, ref = (
        j.evidence.sums[:, TUMOR, allele, SUM_MAPPING_QUALITY] / np.maximum(j.evidence.allele_depth(TUMOR, allele), 1)
        for allele in (ALT, REF)
    )
    none_to_compare = j.evidence.allele_depth(TUMOR, REF) == 0
    return np.asarray((alt < POOR) & ((ref - alt > WORSE_BY) | none_to_compare | (not j.has_normal)))


FILTER = Filter(
    "map_qual",
    f"Mean mapping quality of the alternate molecules is below {POOR}, and (with a normal) that of the reference ones is"
    f" better by more than {WORSE_BY}",
    fails,
)
