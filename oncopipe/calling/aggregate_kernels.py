# mypy: ignore-errors
# Numba types kernels; mypy cannot.
"""From fragments to integers: copies of a molecule taken together, then counts, quality histograms and sums."""

from __future__ import annotations

import numpy as np

from oncopipe.calling.gather_kernels import (
    O_ALLELE,
    O_BOTH,
    O_CANDIDATE,
    O_CLIPPED,
    O_END,
    O_END_DISTANCE,
    O_MAPPING_QUALITY,
    O_MISMATCHES,
    O_QUALITY,
    O_READ2,
    O_REVERSE,
    O_START,
)
from oncopipe.jit import kernel

# The bins and caps of data.evidence; a test holds them equal.
QUALITY_BIN, N_QUALITY_BINS, MAX_END_DISTANCE, NEAR_END, MAX_MISMATCHES = 3, 16, 40, 10, 10


@kernel
def _spokesman(fragments: np.ndarray, order: np.ndarray, first: int, last: int) -> int:
    """The copy that speaks for its molecule: of the allele with the most quality in sum, the best."""
    weight = np.zeros(3, np.int64)
    for i in range(first, last):
        weight[fragments[O_ALLELE, order[i]]] += fragments[O_QUALITY, order[i]]
    allele = 0
    for a in range(1, 3):
        if weight[a] > weight[allele]:
            allele = a
    best = -1
    for i in range(first, last):
        row = order[i]
        if fragments[O_ALLELE, row] == allele and (
            best < 0 or fragments[O_QUALITY, row] > fragments[O_QUALITY, best]
        ):
            best = row
    return best if best >= 0 else order[first]


@kernel
def aggregate(
    fragments: np.ndarray,
    order: np.ndarray,
    collapse: bool,
    counts: np.ndarray,
    quality: np.ndarray,
    sums: np.ndarray,
    copies: np.ndarray,
) -> None:
    """Add one sample's fragments to the integers of its candidates.

    order: rows of `fragments` sorted by candidate, start, end, name. counts: (candidates, alleles, strands, reads).
    quality: (candidates, 2, bins). sums: (candidates, 2, N_SUMS). copies: (candidates, 2).
    """
    first = 0
    while first < order.size:
        row, last = order[first], first + 1
        while (
            collapse
            and last < order.size
            and fragments[O_CANDIDATE, order[last]] == fragments[O_CANDIDATE, row]
            and fragments[O_START, order[last]] == fragments[O_START, row]
            and fragments[O_END, order[last]] == fragments[O_END, row]
        ):
            last += 1
        row = _spokesman(fragments, order, first, last)
        candidate, allele = fragments[O_CANDIDATE, row], fragments[O_ALLELE, row]
        counts[candidate, allele, fragments[O_REVERSE, row], fragments[O_READ2, row]] += 1
        if allele < 2:
            quality[candidate, allele, min(fragments[O_QUALITY, row] // QUALITY_BIN, N_QUALITY_BINS - 1)] += 1
            copies[candidate, allele] += last - first
            sums[candidate, allele, 0] += fragments[O_MAPPING_QUALITY, row]
            sums[candidate, allele, 1] += min(fragments[O_MISMATCHES, row], MAX_MISMATCHES)
            sums[candidate, allele, 2] += min(fragments[O_END_DISTANCE, row], MAX_END_DISTANCE)
            sums[candidate, allele, 3] += 1 if fragments[O_CLIPPED, row] > 0 else 0
            sums[candidate, allele, 4] += fragments[O_BOTH, row]
            sums[candidate, allele, 5] += 1 if fragments[O_END_DISTANCE, row] < NEAR_END else 0
        first = last
