"""Another person's DNA explains it."""

from __future__ import annotations

import numpy as np

from oncopipe.calling.contamination import RARE
from oncopipe.calling.filters.record import Filter, Judged
from oncopipe.data.evidence import ALT, TUMOR


def fails(j: Judged) -> np.ndarray:
    """Likelier another person's than not; tumor-only, a population allele that the stated share explains in 1 of 100 cases.

    METHOD: as with a normal, rare alleles are no evidence of a person: hotspots stand in resources as mosaics.
    """
    if j.has_normal or not j.options.contamination:
        return np.asarray(j.brought >= 0.5)
    from scipy.special import bdtrc  # 0.2 s of import, for the few who state a contamination

    n_alt, depth = j.evidence.allele_depth(TUMOR, ALT), j.evidence.depth(TUMOR)
    explained = bdtrc(n_alt - 1, depth, j.options.contamination) > 0.01  # this many or more
    return np.asarray((j.population >= RARE) & explained)


FILTER = Filter("contamination", "A population allele that another person's DNA in the tumor explains", fails)
