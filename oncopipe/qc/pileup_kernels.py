# mypy: ignore-errors
# Numba types kernels; mypy cannot.
"""Walks over the records of a batch: read classes, depth of targets, fragments at sites.

Axes: `buffer` (bytes,) uint8; `columns` (records, 16) int64, columns as `data.reads.ReadBatch` names them; positions
are indices into `[start, end)` of the piece. A record is *owned* by the piece in which it begins, a base by the
piece in which it lies, so that sums over pieces are the whole.
"""

from __future__ import annotations

import numpy as np

from oncopipe.constants import (
    CIGAR_DELETION,
    CIGAR_INSERTION,
    CIGAR_SKIP,
    CIGAR_SOFT_CLIP,
    FLAG_DUPLICATE,
    FLAG_PAIRED,
    FLAG_PROPER_PAIR,
    FLAG_SECONDARY,
    FLAG_SUPPLEMENTARY,
    FLAG_UNMAPPED,
)
from oncopipe.jit import kernel
from oncopipe.pileup.difference_kernels import MISSING_QUALITY, is_aligned, is_used
from oncopipe.read_kernels import (
    CIGAR_OFFSET,
    END,
    FLAG,
    LENGTH,
    N_CIGAR,
    NAME_HASH,
    POSITION,
    QUALITY_OFFSET,
    SEQUENCE_OFFSET,
    TEMPLATE_LENGTH,
    base_code,
    cigar_word,
)


@kernel
def tally_reads(
    columns: np.ndarray, start: int, end: int, min_mapping_quality: int, reads: np.ndarray, insert_size: np.ndarray
) -> None:
    """Add the records that begin in the piece to read classes (order of `counts.READ_CLASSES`) and insert sizes."""
    for i in range(columns.shape[0]):
        if columns[i, POSITION] < start or columns[i, POSITION] >= end:
            continue
        flag = columns[i, FLAG]
        if flag & FLAG_SECONDARY:
            reads[5] += 1
            continue
        if flag & FLAG_SUPPLEMENTARY:
            reads[6] += 1
            continue
        reads[0] += 1
        reads[2] += (flag & FLAG_PAIRED) != 0
        if flag & FLAG_UNMAPPED:
            continue
        reads[1] += 1
        is_proper = flag & FLAG_PAIRED != 0 and flag & FLAG_PROPER_PAIR != 0
        reads[3] += is_proper
        reads[4] += (flag & FLAG_DUPLICATE) != 0
        if is_used(columns, i, min_mapping_quality):
            reads[7] += 1
            size = columns[i, TEMPLATE_LENGTH]
            # The leftmost mate has the positive length: one count a pair.
            if is_proper and size > 0:
                insert_size[min(size, insert_size.size - 1)] += 1


@kernel
def fold_targets(
    depth: np.ndarray,
    reference: np.ndarray,
    spans: np.ndarray,
    thresholds: np.ndarray,
    targets: np.ndarray,
    histogram: np.ndarray,
) -> None:
    """Add the known bases of each target to its row. spans: (targets, 2) within the piece; targets: (targets,
    3 + thresholds) int64 = known bases, sum and minimum of depth, bases at or above each threshold.
    """
    for t in range(spans.shape[0]):
        for i in range(spans[t, 0], spans[t, 1]):
            if reference[i] > 3:
                continue
            d = np.int64(depth[i])
            targets[t, 0] += 1
            targets[t, 1] += d
            targets[t, 2] = min(targets[t, 2], d)
            for k in range(thresholds.size):
                targets[t, 3 + k] += d >= thresholds[k]
            histogram[min(d, histogram.size - 1)] += 1


@kernel
def bases_at_sites(
    buffer: np.ndarray,
    columns: np.ndarray,
    positions: np.ndarray,
    min_mapping_quality: int,
    min_base_quality: int,
    rows: np.ndarray,
) -> int:
    """Write one row (site, name hash, base) for each good base of a used read at a site; returns their number.

    positions: (sites,) int64, sorted; rows: (capacity, 3) int64. A row beyond the capacity is counted, not written.
    """
    n_rows = 0
    for i in range(columns.shape[0]):
        quality = columns[i, QUALITY_OFFSET]
        if not is_used(columns, i, min_mapping_quality) or columns[i, LENGTH] == 0:
            continue
        if buffer[quality] == MISSING_QUALITY:
            continue
        site = np.searchsorted(positions, columns[i, POSITION])
        at, in_read = columns[i, POSITION], 0
        for c in range(columns[i, N_CIGAR]):
            if site == positions.size or positions[site] >= columns[i, END]:
                break
            word = cigar_word(buffer, columns[i, CIGAR_OFFSET] + 4 * c)
            kind, n = word & 15, word >> 4
            if is_aligned(kind):
                while site < positions.size and positions[site] < at + n:
                    k = in_read + positions[site] - at
                    if buffer[quality + k] >= min_base_quality:
                        if n_rows < rows.shape[0]:
                            rows[n_rows, 0] = site
                            rows[n_rows, 1] = columns[i, NAME_HASH]
                            rows[n_rows, 2] = base_code(buffer, columns[i, SEQUENCE_OFFSET], k)
                        n_rows += 1
                    site += 1
                at += n
                in_read += n
            elif kind in (CIGAR_DELETION, CIGAR_SKIP):
                at += n
                while site < positions.size and positions[site] < at:
                    site += 1
            elif kind in (CIGAR_INSERTION, CIGAR_SOFT_CLIP):
                in_read += n
    return n_rows
