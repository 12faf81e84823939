"""A germline allele explains it, or cannot be excluded."""

from __future__ import annotations

import numpy as np

from oncopipe.calling.filters.record import Filter, Judged
from oncopipe.calling.hypotheses import GERMLINE

# METHOD: Mutect2's threshold: about eight molecules without the allele where a heterozygous one would show four. A
# learned prior cannot replace it: in a small region, germline alleles that a shallow normal missed would raise it.
NORMAL_LOG_ODDS = 2.2


def fails(j: Judged) -> np.ndarray:
    """Germline is likelier, or the normal is too shallow to say, or (tumor-only) the allele is common."""
    if not j.has_normal:
        return j.outweighed_by(GERMLINE) | (j.population >= j.options.max_population_frequency)
    return j.outweighed_by(GERMLINE) | (j.normal_log_odds < NORMAL_LOG_ODDS)


FILTER = Filter(
    "germline",
    f"A germline allele explains it better, or the normal is too shallow to exclude one (NLOD below {NORMAL_LOG_ODDS}),"
    " or (tumor-only) it is common in the population",
    fails,
)
