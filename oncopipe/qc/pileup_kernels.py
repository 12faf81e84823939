# mypy: ignore-errors
# Numba types kernels; mypy cannot.
"""Walks over the records of a batch: read classes, depth, bases by position, fragments at sites.

Axes: `buffer` (bytes,) uint8; `columns` (records, 16) int64, rows as `data.reads.ReadBatch` names them; positions
are indices into `[start, end)` of the piece. A record is *owned* by the piece in which it begins, a base by the
piece in which it lies, so that sums over pieces are the whole.
"""

from __future__ import annotations

import numpy as np

from oncopipe.constants import (
    CIGAR_DELETION,
    CIGAR_DIFFERENT,
    CIGAR_EQUAL,
    CIGAR_INSERTION,
    CIGAR_MATCH,
    CIGAR_SKIP,
    CIGAR_SOFT_CLIP,
    FLAG_DUPLICATE,
    FLAG_PAIRED,
    FLAG_PROPER_PAIR,
    FLAG_QC_FAIL,
    FLAG_READ2,
    FLAG_REVERSE,
    FLAG_SECONDARY,
    FLAG_SUPPLEMENTARY,
    FLAG_UNMAPPED,
)
from oncopipe.jit import kernel
from oncopipe.read_kernels import base_code, cigar_word

POSITION, END, FLAG, MAPPING_QUALITY, TEMPLATE_LENGTH, NAME_HASH = 1, 2, 3, 4, 7, 9
CIGAR_OFFSET, N_CIGAR, SEQUENCE_OFFSET, LENGTH, QUALITY_OFFSET = 10, 11, 12, 13, 14
UNUSED = FLAG_UNMAPPED | FLAG_SECONDARY | FLAG_SUPPLEMENTARY | FLAG_DUPLICATE | FLAG_QC_FAIL
MISSING_QUALITY = 255
N_GROUPS = 16  # (read 1 or 2, forward or reverse, base)


@kernel
def is_used(columns: np.ndarray, record: int, min_mapping_quality: int) -> bool:
    return columns[record, FLAG] & UNUSED == 0 and columns[record, MAPPING_QUALITY] >= min_mapping_quality


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
def add_depth(
    buffer: np.ndarray, columns: np.ndarray, start: int, min_mapping_quality: int, change: np.ndarray
) -> None:
    """Add aligned bases (M, =, X) of used reads to the change of depth. change: (length + 1,) int32."""
    length = change.size - 1
    for i in range(columns.shape[0]):
        if not is_used(columns, i, min_mapping_quality):
            continue
        at = columns[i, POSITION] - start
        for c in range(columns[i, N_CIGAR]):
            word = cigar_word(buffer, columns[i, CIGAR_OFFSET] + 4 * c)
            kind, n = word & 15, word >> 4
            if kind in (CIGAR_MATCH, CIGAR_EQUAL, CIGAR_DIFFERENT):
                low, high = max(at, 0), min(at + n, length)
                if low < high:
                    change[low] += 1
                    change[high] -= 1
                at += n
            elif kind in (CIGAR_DELETION, CIGAR_SKIP):
                at += n


@kernel
def add_bases(
    buffer: np.ndarray,
    columns: np.ndarray,
    start: int,
    min_mapping_quality: int,
    min_base_quality: int,
    bases: np.ndarray,
) -> None:
    """Add the good bases of used reads by position. bases: (length, N_GROUPS) int32, on the reference's strand."""
    length = bases.shape[0]
    for i in range(columns.shape[0]):
        quality = columns[i, QUALITY_OFFSET]
        if not is_used(columns, i, min_mapping_quality) or columns[i, LENGTH] == 0:
            continue
        if buffer[quality] == MISSING_QUALITY:
            continue
        flag = columns[i, FLAG]
        group = 8 * ((flag & FLAG_READ2) != 0) + 4 * ((flag & FLAG_REVERSE) != 0)
        at, in_read = columns[i, POSITION] - start, 0
        for c in range(columns[i, N_CIGAR]):
            word = cigar_word(buffer, columns[i, CIGAR_OFFSET] + 4 * c)
            kind, n = word & 15, word >> 4
            if kind in (CIGAR_MATCH, CIGAR_EQUAL, CIGAR_DIFFERENT):
                for k in range(max(0, -at), min(n, length - at)):
                    if buffer[quality + in_read + k] >= min_base_quality:
                        base = base_code(buffer, columns[i, SEQUENCE_OFFSET], in_read + k)
                        if base < 4:
                            bases[at + k, group + base] += 1
                at += n
                in_read += n
            elif kind in (CIGAR_DELETION, CIGAR_SKIP):
                at += n
            elif kind in (CIGAR_INSERTION, CIGAR_SOFT_CLIP):
                in_read += n


@kernel
def find_variants(
    bases: np.ndarray, reference: np.ndarray, min_reads: int, min_fraction: float, variants: np.ndarray
) -> None:
    """Mark alternate bases that are no errors. variants: (length,) uint8, bit 1 << base for each of them."""
    for i in range(bases.shape[0]):
        if reference[i] > 3:
            continue
        depth = 0
        for group in range(N_GROUPS):
            depth += bases[i, group]
        for base in range(4):
            count = bases[i, base] + bases[i, 4 + base] + bases[i, 8 + base] + bases[i, 12 + base]
            if base != reference[i] and count >= min_reads and count >= min_fraction * depth:
                variants[i] |= 1 << base


@kernel
def fold_substitutions(bases: np.ndarray, reference: np.ndarray, skip: np.ndarray, substitutions: np.ndarray) -> None:
    """Add bases to (read 1 or 2, reference base, read base), both as sequenced. skip: (length,), 0 where counted."""
    for i in range(bases.shape[0]):
        if skip[i] != 0 or reference[i] > 3:
            continue
        expected = np.int64(reference[i])
        for group in range(N_GROUPS):
            count, base = bases[i, group], group & 3
            if count == 0:
                continue
            if group & 4:
                substitutions[group >> 3, 3 - expected, 3 - base] += count
            else:
                substitutions[group >> 3, expected, base] += count


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
            if kind in (CIGAR_MATCH, CIGAR_EQUAL, CIGAR_DIFFERENT):
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
