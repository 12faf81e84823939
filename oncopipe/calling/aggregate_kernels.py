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
    O_NEXT,
    O_QUALITY,
    O_READ2,
    O_REVERSE,
    O_SECOND,
    O_START,
)
from oncopipe.jit import kernel

# The bins and caps of data.evidence; a test holds them equal.
QUALITY_BIN, N_QUALITY_BINS, MAX_END_DISTANCE, NEAR_END, MAX_MISMATCHES = 3, 16, 40, 10, 10


@kernel
def _spokesman(fragments: np.ndarray, order: np.ndarray, first: int, last: int) -> int:
    """The copy that speaks for its molecule: of the allele with the most quality in sum, the best."""
    if last - first == 1:
        return order[first]
    reference, alternate, other = 0, 0, 0
    for i in range(first, last):
        row = order[i]
        quality = fragments[row, O_QUALITY]
        if fragments[row, O_ALLELE] == 0:
            reference += quality
        elif fragments[row, O_ALLELE] == 1:
            alternate += quality
        else:
            other += quality
    allele = 0 if reference >= max(alternate, other) else (1 if alternate >= other else 2)
    best = -1
    for i in range(first, last):
        row = order[i]
        if fragments[row, O_ALLELE] == allele and (
            best < 0 or fragments[row, O_QUALITY] > fragments[best, O_QUALITY]
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
            and fragments[order[last], O_CANDIDATE] == fragments[row, O_CANDIDATE]
            and fragments[order[last], O_START] == fragments[row, O_START]
            and fragments[order[last], O_END] == fragments[row, O_END]
        ):
            last += 1
        row = _spokesman(fragments, order, first, last)
        candidate, allele = fragments[row, O_CANDIDATE], fragments[row, O_ALLELE]
        counts[candidate, allele, fragments[row, O_REVERSE], fragments[row, O_READ2]] += 1
        if allele < 2:
            quality[candidate, allele, min(fragments[row, O_QUALITY] // QUALITY_BIN, N_QUALITY_BINS - 1)] += 1
            copies[candidate, allele] += last - first
            sums[candidate, allele, 0] += fragments[row, O_MAPPING_QUALITY]
            sums[candidate, allele, 1] += min(fragments[row, O_MISMATCHES], MAX_MISMATCHES)
            sums[candidate, allele, 2] += min(fragments[row, O_END_DISTANCE], MAX_END_DISTANCE)
            sums[candidate, allele, 3] += 1 if fragments[row, O_CLIPPED] > 0 else 0
            sums[candidate, allele, 4] += fragments[row, O_BOTH]
            sums[candidate, allele, 5] += 1 if fragments[row, O_END_DISTANCE] < NEAR_END else 0
            sums[candidate, allele, 6] += fragments[row, O_NEXT]
            sums[candidate, allele, 7] += fragments[row, O_SECOND]
        first = last
