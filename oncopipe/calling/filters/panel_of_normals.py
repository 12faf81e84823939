"""Listed in the panel of normals."""

from __future__ import annotations

import numpy as np

from oncopipe.calling.filters.record import Filter, Judged


def fails(j: Judged) -> np.ndarray:
    return j.in_panel


FILTER = Filter("panel_of_normals", "The allele is in the panel of normals", fails)
