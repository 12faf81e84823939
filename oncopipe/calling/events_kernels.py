# mypy: ignore-errors
# Numba types kernels; mypy cannot.
"""What a read says differently from the reference: mismatches, insertions, deletions; and depth by differences.

Axes: buffer (bytes,) and columns (records, N_COLUMNS) as in `data.reads.ReadBatch`; codes (bases,) uint8 of the
reference from `codes_start`; window (2,) the owned interval. Alleles are keyed by position, kind, length and code.
"""

from __future__ import annotations

import numpy as np

from oncopipe.constants import (
    BASE_N,
    CIGAR_DELETION,
    CIGAR_DIFFERENT,
    CIGAR_EQUAL,
    CIGAR_INSERTION,
    CIGAR_MATCH,
    CIGAR_SKIP,
    CIGAR_SOFT_CLIP,
    FLAG_DUPLICATE,
    FLAG_QC_FAIL,
    FLAG_SECONDARY,
    FLAG_SUPPLEMENTARY,
    FLAG_UNMAPPED,
)
from oncopipe.jit import kernel
from oncopipe.read_kernels import base_code, cigar_word

# Rows of the event matrix (N_EVENT_ROWS, events).
(EVENT_POSITION, EVENT_KIND, EVENT_LENGTH, EVENT_CODE, EVENT_QUALITY, EVENT_READ, EVENT_QUERY, EVENT_SHIFT) = range(8)
N_EVENT_ROWS = 8
KIND_SNV, KIND_INSERTION, KIND_DELETION = 0, 1, 2

# Rows of ReadBatch.columns that are read here.
_POSITION, _FLAG, _MAPPING_QUALITY = 1, 3, 4
_CIGAR_OFFSET, _N_CIGAR, _SEQUENCE_OFFSET, _LENGTH, _QUALITY_OFFSET = 10, 11, 12, 13, 14

UNUSED_FLAGS = FLAG_UNMAPPED | FLAG_SECONDARY | FLAG_SUPPLEMENTARY | FLAG_DUPLICATE | FLAG_QC_FAIL
# An indel is shifted left by at most this much, so that what a piece owns depends on a bounded neighborhood.
MAX_SHIFT = 200
MAX_INSERTION = 500

_HASH_OFFSET = np.int64(1469598103934665603)
_HASH_PRIME = np.int64(1099511628211)


@kernel
def is_usable(columns: np.ndarray, row: int, min_mapping_quality: int) -> bool:
    """Whether a record speaks at all: primary, not a marked duplicate, well mapped, with bases and qualities."""
    return (
        columns[row, _FLAG] & UNUSED_FLAGS == 0
        and columns[row, _MAPPING_QUALITY] >= min_mapping_quality
        and columns[row, _LENGTH] > 0
        and columns[row, _N_CIGAR] > 0
    )


@kernel
def shift_deletion(codes: np.ndarray, codes_start: int, first: int, length: int) -> int:
    """Leftmost equal place of a deletion whose first deleted base is `first`."""
    i, shifted = first - codes_start, 0
    while (
        shifted < MAX_SHIFT and i >= 1 and i + length - 1 < codes.size and codes[i - 1] < BASE_N
        and codes[i - 1] == codes[i + length - 1]
    ):  # fmt: skip
        i -= 1
        shifted += 1
    return i + codes_start


@kernel
def shift_insertion(
    buffer: np.ndarray, sequence: int, query: int, length: int, codes: np.ndarray, place: int
) -> tuple[int, int]:
    """How far an insertion before `codes[place]` shifts left, and the code of its rotated bases (-1: has an N)."""
    shifted = 0
    while shifted < MAX_SHIFT and place - shifted >= 1:
        last = base_code(buffer, sequence, query + (length - 1 - shifted) % length)
        if last == BASE_N or codes[place - shifted - 1] != last:
            break
        shifted += 1
    hashed = _HASH_OFFSET
    for j in range(length):
        code = base_code(buffer, sequence, query + (j - shifted) % length)
        if code == BASE_N:
            return shifted, -1
        hashed = (hashed ^ code) * _HASH_PRIME
    return shifted, hashed & np.int64(0x7FFFFFFFFFFFFFFF)


@kernel
def indel_quality(buffer: np.ndarray, quality: int, query: int, length: int, read_length: int) -> int:
    """The smallest base quality within one base of an event that takes `length` read bases from `query` on."""
    smallest = 255
    for q in range(max(0, query - 1), min(read_length, query + length + 1)):
        smallest = min(smallest, np.int64(buffer[quality + q]))
    return smallest


@kernel
def find_events(
    buffer: np.ndarray,
    columns: np.ndarray,
    codes: np.ndarray,
    place: tuple[int, int, int],
    limits: tuple[int, int],
    events: np.ndarray,
    depth: np.ndarray,
    bases_by_quality: np.ndarray,
) -> int:
    """Write the events whose allele is owned by the window; the number found, also when `events` is too small.

    place: codes_start, window start, window end. limits: least mapping and base quality.
    events: (N_EVENT_ROWS, capacity) int64. depth: (strands, window + 1) int32, differences; sum to get reads.
    bases_by_quality: (256,) int64, aligned bases in the window at each quality, of known reference base.
    """
    codes_start, start, end = place
    min_mapping_quality, min_base_quality = limits
    n, capacity = 0, events.shape[1]
    for row in range(columns.shape[0]):
        if not is_usable(columns, row, min_mapping_quality):
            continue
        sequence, quality = columns[row, _SEQUENCE_OFFSET], columns[row, _QUALITY_OFFSET]
        if buffer[quality] == 255:
            continue
        length = columns[row, _LENGTH]
        strand = 1 if columns[row, _FLAG] & 16 else 0
        position, query = columns[row, _POSITION], 0
        for k in range(columns[row, _N_CIGAR]):
            word = cigar_word(buffer, columns[row, _CIGAR_OFFSET] + 4 * k)
            operation, size = word & 15, word >> 4
            if operation == CIGAR_MATCH or operation == CIGAR_EQUAL or operation == CIGAR_DIFFERENT:
                first, last = max(position, start), min(position + size, end)
                if first < last:
                    depth[strand, first - start] += 1
                    depth[strand, last - start] -= 1
                for p in range(first, last):
                    q = query + p - position
                    known = codes[p - codes_start]
                    level = np.int64(buffer[quality + q])
                    if known < BASE_N:
                        bases_by_quality[level] += 1
                    code = base_code(buffer, sequence, q)
                    if code != known and code < BASE_N and known < BASE_N and level >= min_base_quality:
                        if n < capacity:
                            events[EVENT_POSITION, n], events[EVENT_KIND, n] = p, KIND_SNV
                            events[EVENT_LENGTH, n], events[EVENT_CODE, n] = 1, code
                            events[EVENT_QUALITY, n], events[EVENT_READ, n] = level, row
                        n += 1
                position += size
                query += size
            elif operation == CIGAR_INSERTION:
                inside = position - codes_start
                if 0 < query and query + size < length and size <= MAX_INSERTION and 0 < inside < codes.size:
                    shifted, code = shift_insertion(buffer, sequence, query, size, codes, inside)
                    anchor = position - shifted - 1
                    level = indel_quality(buffer, quality, query, size, length)
                    if code >= 0 and start <= anchor < end and level >= min_base_quality:
                        if n < capacity:
                            events[EVENT_POSITION, n], events[EVENT_KIND, n] = anchor, KIND_INSERTION
                            events[EVENT_LENGTH, n], events[EVENT_CODE, n] = size, code
                            events[EVENT_QUALITY, n], events[EVENT_READ, n] = level, row
                            events[EVENT_QUERY, n], events[EVENT_SHIFT, n] = query, shifted
                        n += 1
                query += size
            elif operation == CIGAR_DELETION:
                if query > 0 and query < length and position > codes_start:
                    anchor = shift_deletion(codes, codes_start, position, size) - 1
                    level = indel_quality(buffer, quality, query, 0, length)
                    if start <= anchor < end and level >= min_base_quality:
                        if n < capacity:
                            events[EVENT_POSITION, n], events[EVENT_KIND, n] = anchor, KIND_DELETION
                            events[EVENT_LENGTH, n], events[EVENT_CODE, n] = size, 0
                            events[EVENT_QUALITY, n], events[EVENT_READ, n] = level, row
                        n += 1
                position += size
            elif operation == CIGAR_SKIP:
                position += size
            elif operation == CIGAR_SOFT_CLIP:
                query += size
    return n
