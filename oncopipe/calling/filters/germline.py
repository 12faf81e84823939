"""A germline allele explains it, or cannot be excluded."""

from __future__ import annotations

import numpy as np

from oncopipe.calling.filters.record import Filter, Judged
from oncopipe.calling.hypotheses import GERMLINE

# METHOD: what the normal's molecules alone must say. A person carries a variant at one base in 1,000, and a tumor of ten
# mutations per megabase has one at one in 100,000: the normal must speak 100 to 1 against a heterozygous allele before a
# somatic one is as likely, which takes seven molecules. A learned prior cannot replace it: in a small region or a
# spiked sample somatic alleles are common, and germline ones that a shallow normal missed would pass as such.
NORMAL_LOG_ODDS = 2.0


def fails(j: Judged) -> np.ndarray:
    """Germline is likelier, or the normal is too shallow to say, or (tumor-only) the allele is common."""
    if not j.has_normal:
        return j.outweighed_by(GERMLINE) | (j.population >= j.options.max_population_frequency)
    return (j.outweighed_by(GERMLINE) & (j.brought < 0.5)) | (j.normal_log_odds < NORMAL_LOG_ODDS)


FILTER = Filter(
    "germline",
    f"A germline allele explains it better, or the normal is too shallow to exclude one (NLOD below {NORMAL_LOG_ODDS}),"
    " or (tumor-only) it is common in the population",
    fails,
)
