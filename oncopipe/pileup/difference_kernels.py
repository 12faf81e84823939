# mypy: ignore-errors
# Numba types kernels; mypy cannot.
"""One walk over the reads of a piece: only what differs from the reference is written; depth and bases are counted.

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
    FLAG_READ2,
    FLAG_REVERSE,
    FLAG_SECONDARY,
    FLAG_SUPPLEMENTARY,
    FLAG_UNMAPPED,
)
from oncopipe.jit import kernel
from oncopipe.read_kernels import (
    CIGAR_OFFSET,
    FLAG,
    LENGTH,
    MAPPING_QUALITY,
    N_CIGAR,
    NAME_HASH,
    POSITION,
    QUALITY_OFFSET,
    SEQUENCE_OFFSET,
    base_code,
    cigar_word,
    load_u64,
    trailing_zeros,
)

# Rows of the mismatch matrix (N_MISMATCH_ROWS, mismatches), int32. Position counts from the window's start.
(MISMATCH_POSITION, MISMATCH_CODE, MISMATCH_QUALITY, MISMATCH_GROUP, MISMATCH_READ) = range(5)
N_MISMATCH_ROWS = 5
# Rows of the indel matrix (N_INDEL_ROWS, indels), int64. Position is the anchor's, on the contig.
(INDEL_POSITION, INDEL_KIND, INDEL_LENGTH, INDEL_CODE, INDEL_QUALITY, INDEL_READ, INDEL_QUERY, INDEL_SHIFT) = range(8)
N_INDEL_ROWS = 8
KIND_SNV, KIND_INSERTION, KIND_DELETION = 0, 1, 2
# Columns of what is known of each read (records, N_READ_COLUMNS), int32; differences are -1 where a read is silent.
READ_DIFFERENCES, READ_LEAD, READ_TRAIL = 0, 1, 2
N_READ_COLUMNS = 3
# Bases are counted by group (read 1 or 2, forward or reverse), reference code and quality, in one fragment of 16.
# METHOD: the hash of the name says which, so the choice depends neither on the partition nor on the place. Errors are counted
# in all reads: they are few, and the error of a rate is theirs. A panel of 10 kb at 500x has 30,000 fragments, of which
# 1,900 tell how often each quality was given.
# PERF: to count every base would cost half of what inflating the file does.
N_GROUPS, N_LEVELS = 4, 5 * 256
COUNTED_SHARE = 16


UNUSED_FLAGS = FLAG_UNMAPPED | FLAG_SECONDARY | FLAG_SUPPLEMENTARY | FLAG_DUPLICATE | FLAG_QC_FAIL
MISSING_QUALITY = 255
# An indel is shifted left by at most this much, so that what a piece owns depends on a bounded neighborhood.
MAX_SHIFT = 200
MAX_INSERTION = 500

HASH_OFFSET = np.int64(1469598103934665603)
HASH_PRIME = np.int64(1099511628211)
_LOW_HALVES = np.uint64(0x0F0F0F0F0F0F0F0F)
_NIBBLE_OF_CODE = np.array([1, 2, 4, 8, 15], np.uint8)  # BAM's 4-bit bases


@kernel
def is_aligned(operation: int) -> bool:
    return operation == CIGAR_MATCH or operation == CIGAR_EQUAL or operation == CIGAR_DIFFERENT


@kernel
def is_used(columns: np.ndarray, row: int, min_mapping_quality: int) -> bool:
    """Whether a record counts at all: primary, mapped well, no marked duplicate, not failed by the vendor."""
    return columns[row, FLAG] & UNUSED_FLAGS == 0 and columns[row, MAPPING_QUALITY] >= min_mapping_quality


@kernel
def is_usable(buffer: np.ndarray, columns: np.ndarray, row: int, min_mapping_quality: int) -> bool:
    """Whether a record speaks of alleles: it counts, and has bases with qualities and a CIGAR."""
    return (
        is_used(columns, row, min_mapping_quality)
        and columns[row, LENGTH] > 0
        and columns[row, N_CIGAR] > 0
        and buffer[columns[row, QUALITY_OFFSET]] != MISSING_QUALITY
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
    hashed = HASH_OFFSET
    for j in range(length):
        code = base_code(buffer, sequence, query + (j - shifted) % length)
        if code == BASE_N:
            return shifted, -1
        hashed = (hashed ^ code) * HASH_PRIME
    return shifted, hashed & np.int64(0x7FFFFFFFFFFFFFFF)


@kernel
def indel_quality(buffer: np.ndarray, quality: int, query: int, length: int, read_length: int) -> int:
    """The smallest base quality within one base of an event that takes `length` read bases from `query` on."""
    smallest = 255
    for q in range(max(0, query - 1), min(read_length, query + length + 1)):
        smallest = min(smallest, np.int64(buffer[quality + q]))
    return smallest


@kernel
def packed_size(n: int) -> int:
    """Bytes of n packed bases, with room for a word that begins at the last."""
    return n // 2 + 10


@kernel
def pack_codes(codes: np.ndarray, packed: np.ndarray) -> None:
    """The reference as BAM packs bases, once with base 0 in the high half of the first byte and once in the low half.

    packed: (2 * packed_size(codes.size),) uint8, one after the other. So any stretch of a read can be compared by whole
    bytes with one of both.
    """
    packed[:] = 0
    for i in range(codes.size):
        nibble = _NIBBLE_OF_CODE[min(codes[i], BASE_N)]
        for phase in range(2):
            at = 2 * phase * packed_size(codes.size) + i + phase
            packed[at >> 1] |= nibble if at & 1 else nibble << 4


@kernel
def _count_bases(
    buffer: np.ndarray, quality: int, codes: np.ndarray, first: int, n: int, bases: np.ndarray, group: int
) -> None:
    """Add n aligned bases, whose reference begins at codes[first], to their group's row by reference and quality."""
    # PERF: unsigned indices spare the check for negative ones.
    at, place, row = np.uintp(quality), np.uintp(first), np.uintp(group) * np.uintp(bases.shape[1])
    flat = bases.ravel()
    for i in range(np.uintp(n)):
        flat[row + (np.uintp(codes[place + i]) << np.uintp(8)) + np.uintp(buffer[at + i])] += 1


@kernel
def _compare(
    buffer: np.ndarray,
    offsets: tuple[int, int, int],
    place: int,
    n: int,
    codes: np.ndarray,
    packed: np.ndarray,
    found: np.ndarray,
) -> int:
    """Write to `found` the read offsets of aligned bases that differ from a known reference base, both in ACGT.

    offsets: of the packed bases in `buffer`, of the first aligned base in the read, and the read's length.
    place: of its reference base in the codes. Returns how many there are.
    """
    sequence, query, length = offsets
    n_found, i = 0, 0
    # Words are read where the record is known to go on for eight bytes: its qualities follow its bases.
    n_single = n if length < 16 else min(n, query & 1)
    while i < n_single:
        code = base_code(buffer, sequence, query + i)
        if code != codes[place + i] and code < BASE_N and codes[place + i] < BASE_N:
            found[n_found] = query + i
            n_found += 1
        i += 1
    phase = place + i & 1
    read_at, reference_at = sequence + (query + i >> 1), phase * packed_size(codes.size) + (place + i + phase >> 1)
    a, b = np.uintp(read_at), np.uintp(reference_at)
    while i < n:
        word = load_u64(buffer, a) ^ load_u64(packed, b)
        a += np.uintp(8)
        b += np.uintp(8)
        if word != 0:
            # The first base of a byte stands in its higher half: halves are turned, so that bits ascend with bases.
            word = (word & _LOW_HALVES) << np.uint64(4) | word >> np.uint64(4) & _LOW_HALVES
            if n - i < 16:
                word &= (np.uint64(1) << np.uint64(4 * (n - i))) - np.uint64(1)
            while word != 0:
                j = trailing_zeros(word) >> 2
                word &= ~(np.uint64(15) << np.uint64(4 * j))
                if base_code(buffer, sequence, query + i + j) < BASE_N and codes[place + i + j] < BASE_N:
                    found[n_found] = query + i + j
                    n_found += 1
        i += 16
    return n_found


@kernel
def _read_indel(
    buffer: np.ndarray,
    columns: np.ndarray,
    row: int,
    step: tuple[int, int, int, int],
    codes: np.ndarray,
    place: tuple[int, int, int],
    min_base_quality: int,
    indels: np.ndarray,
    n_indels: int,
    first_row: int,
) -> int:
    """Write one insertion or deletion of a read if its anchor is owned; the number of indels then."""
    operation, size, position, query = step
    codes_start, start, end = place
    sequence, quality, length = columns[row, SEQUENCE_OFFSET], columns[row, QUALITY_OFFSET], columns[row, LENGTH]
    if operation == CIGAR_INSERTION:
        inside = position - codes_start
        if not (0 < query and query + size < length and size <= MAX_INSERTION and 0 < inside < codes.size):
            return n_indels
        shifted, code = shift_insertion(buffer, sequence, query, size, codes, inside)
        anchor, taken, kind = position - shifted - 1, size, KIND_INSERTION
    else:
        if not (0 < query < length and position > codes_start):
            return n_indels
        anchor, taken, kind = shift_deletion(codes, codes_start, position, size) - 1, 0, KIND_DELETION
        shifted, code = 0, 0
    level = indel_quality(buffer, quality, query, taken, length)
    if code < 0 or anchor < start or anchor >= end or level < min_base_quality:
        return n_indels
    indels[INDEL_POSITION, n_indels], indels[INDEL_KIND, n_indels] = anchor, kind
    indels[INDEL_LENGTH, n_indels], indels[INDEL_CODE, n_indels] = size, code
    indels[INDEL_QUALITY, n_indels], indels[INDEL_READ, n_indels] = level, first_row + row
    indels[INDEL_QUERY, n_indels], indels[INDEL_SHIFT, n_indels] = query, shifted
    return n_indels + 1


@kernel
def _write_mismatch(
    buffer: np.ndarray,
    offsets: tuple[int, int],
    read: tuple[int, int, int],
    at: int,
    alleles: np.ndarray,
    mismatches: np.ndarray,
    n_mismatches: int,
) -> int:
    """Write and count one mismatch if it lies in the window; the number of mismatches then.

    offsets: of the read's bases and qualities in `buffer`. read: its row, the base's place in it, its group. at: the
    position from the window's start.
    """
    if at < 0 or at >= alleles.shape[0]:
        return n_mismatches
    row, query, group = read
    code = base_code(buffer, offsets[0], query)
    alleles[at, code] += 1
    mismatches[MISMATCH_POSITION, n_mismatches], mismatches[MISMATCH_CODE, n_mismatches] = at, code
    mismatches[MISMATCH_QUALITY, n_mismatches] = buffer[offsets[1] + query]
    mismatches[MISMATCH_GROUP, n_mismatches], mismatches[MISMATCH_READ, n_mismatches] = group, row
    return n_mismatches + 1


@kernel
def find_differences(
    buffer: np.ndarray,
    columns: np.ndarray,
    codes: np.ndarray,
    packed: np.ndarray,
    place: tuple[int, int, int],
    limits: tuple[int, int],
    counters: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
    tables: tuple[np.ndarray, np.ndarray, np.ndarray],
    n_before: tuple[int, int, int],
) -> tuple[int, int]:
    """Write what the reads say differently in the window; how many mismatches and indels there are then.

    packed: the codes as `pack_codes` packs them. place: codes_start, window start, window end. limits: least mapping and
    base quality.
    counters: depth (window + 1,) int32, its changes; alleles (window, 4) int32, reads with each mismatching base; bases
    (N_GROUPS, N_LEVELS) int64, aligned bases in the window of one fragment in COUNTED_SHARE; poor (256,) int64, differing
    bases in the window of a lower quality than the least, by quality.
    tables: reads (records, N_READ_COLUMNS) int32, differences over the whole read, clipped bases at its left and right;
    mismatches and indels (rows, capacity), with room for every base and every operation.
    n_before: reads, mismatches and indels there already.

    PERF: what is done for every read stays in one kernel; a call of another with all these arrays costs a tenth of the pass.
    """
    depth, alleles, bases, poor = counters
    reads, mismatches, indels = tables
    codes_start, start, end = place
    min_mapping_quality, min_base_quality = limits
    first_row, n_mismatches, n_indels = n_before
    longest = 0
    for row in range(columns.shape[0]):
        longest = max(longest, columns[row, LENGTH])
    found = np.empty(longest + 1, np.int64)
    for row in range(columns.shape[0]):
        reads[first_row + row, READ_DIFFERENCES] = -1
        if not is_used(columns, row, min_mapping_quality):
            continue
        speaks = is_usable(buffer, columns, row, min_mapping_quality)
        sequence, quality, length = (
            columns[row, SEQUENCE_OFFSET], columns[row, QUALITY_OFFSET], columns[row, LENGTH]
        )  # fmt: skip
        is_counted = speaks and columns[row, NAME_HASH] % COUNTED_SHARE == 0
        flag = columns[row, FLAG]
        group = (2 if flag & FLAG_READ2 else 0) + (1 if flag & FLAG_REVERSE else 0)
        position, query, differences, lead, trail = columns[row, POSITION], 0, 0, 0, 0
        for k in range(columns[row, N_CIGAR]):
            word = cigar_word(buffer, columns[row, CIGAR_OFFSET] + 4 * k)
            operation, size = word & 15, word >> 4
            if is_aligned(operation):
                first, last = max(position, start), min(position + size, end)
                if first < last:
                    depth[first - start] += 1
                    depth[last - start] -= 1
                    if is_counted:
                        at = quality + query + first - position
                        _count_bases(buffer, at, codes, first - codes_start, last - first, bases, group)
                # A read may hang over the end of its contig; nothing is known of the bases there.
                low, high = max(position, codes_start), min(position + size, codes_start + codes.size)
                if speaks and low < high:
                    offsets = (sequence, query + low - position, length)
                    n = _compare(buffer, offsets, low - codes_start, high - low, codes, packed, found)
                    for j in range(n):
                        if buffer[quality + found[j]] >= min_base_quality:
                            differences += 1
                            read = (first_row + row, found[j], group)
                            at = position + found[j] - query - start
                            n_mismatches = _write_mismatch(
                                buffer, (sequence, quality), read, at, alleles, mismatches, n_mismatches
                            )
                        elif start <= position + found[j] - query < end:
                            poor[buffer[quality + found[j]]] += 1
                position += size
                query += size
            elif operation == CIGAR_INSERTION or operation == CIGAR_DELETION:
                differences += 1
                if speaks:
                    step = (operation, size, position, query)
                    n_indels = _read_indel(
                        buffer, columns, row, step, codes, place, min_base_quality, indels, n_indels, first_row
                    )
                if operation == CIGAR_INSERTION:
                    query += size
                else:
                    position += size
            elif operation == CIGAR_SKIP:
                position += size
            elif operation == CIGAR_SOFT_CLIP:
                if query == 0:
                    lead = size
                else:
                    trail = size
                query += size
        if speaks:
            out = first_row + row
            reads[out, READ_DIFFERENCES], reads[out, READ_LEAD], reads[out, READ_TRAIL] = differences, lead, trail
    return n_mismatches, n_indels
