"""Other alleles outnumber this one."""

from __future__ import annotations

import numpy as np

from oncopipe.calling.filters.record import Filter, Judged
from oncopipe.data.evidence import ALT, OTHER, TUMOR


def fails(j: Judged) -> np.ndarray:
    """More molecules of other alleles than of this one: several alleles where one is expected."""
    return j.evidence.allele_depth(TUMOR, OTHER) > 2 * j.evidence.allele_depth(TUMOR, ALT) + 2


FILTER = Filter("haplotype", "Molecules of other alleles outnumber this one's two to one", fails)
