# mypy: ignore-errors
# Numba types kernels; mypy cannot.
"""Walk BAM records in an inflated buffer: find them, check every length against the record, fill columns.

Nothing is read outside `[0, n)` of the buffer, whatever its bytes say (SAMv1, section 4.2).
"""

from __future__ import annotations

import numpy as np

from oncopipe.constants import (
    CIGAR_DELETION,
    CIGAR_DIFFERENT,
    CIGAR_SOFT_CLIP,
    FLAG_UNMAPPED,
)
from oncopipe.jit import kernel
from oncopipe.read_kernels import (
    CIGAR_OFFSET,
    CONTIG,
    END,
    FLAG,
    LENGTH,
    MAPPING_QUALITY,
    MATE_CONTIG,
    MATE_POSITION,
    N_CIGAR,
    N_MISMATCHES,
    NAME_HASH,
    OFFSET,
    POSITION,
    QUALITY_OFFSET,
    SEQUENCE_OFFSET,
    TEMPLATE_LENGTH,
    load_u64,
)

OK, BAD_BLOCK_SIZE, BAD_FIELDS, BAD_AUX, BAD_CIGAR, UNSORTED, BAD_PLACE = 0, 1, 2, 3, 4, 5, 6
MIN_RECORD = 32
MAX_RECORD = 1 << 28
_LAST = 1 << 40  # reads without a contig stand behind all contigs

_FNV_OFFSET = np.uint64(14695981039346656037)
_FNV_PRIME = np.uint64(1099511628211)
_MIXER = np.uint64(0x9E3779B97F4A7C15)
_LOW_BITS, _HIGH_BITS = np.uint64(0x0101010101010101), np.uint64(0x8080808080808080)
# Bit i is set where operation i covers bases of the reference (M D N = X) or of the read (M I S = X).
_ON_REFERENCE, _IN_READ = 0b110001101, 0b110010011


@kernel
def u16(buffer: np.ndarray, at: int) -> int:
    return np.int64(buffer[at]) | np.int64(buffer[at + 1]) << 8


@kernel
def u32(buffer: np.ndarray, at: int) -> int:
    return u16(buffer, at) | u16(buffer, at + 2) << 16


@kernel
def i32(buffer: np.ndarray, at: int) -> int:
    return np.int64(np.int32(u32(buffer, at)))


@kernel
def find_records(buffer: np.ndarray, n: int, at: int, offsets: np.ndarray) -> tuple[int, int, int]:
    """Offsets of the whole records in `buffer[at:n]`: status, number found, offset behind the last.

    offsets: (records,) int64, large enough for (n - at) // 36 + 1. A record that goes past `n` is left for later.
    """
    found = 0
    while at + 4 <= n:
        size = u32(buffer, at)
        if size < MIN_RECORD or size > MAX_RECORD:
            return BAD_BLOCK_SIZE, found, at
        if at + 4 + size > n:
            break
        name, n_cigar, length = np.int64(buffer[at + 12]), u16(buffer, at + 16), u32(buffer, at + 20)
        if name < 1 or length > MAX_RECORD or MIN_RECORD + name + 4 * n_cigar + (length + 1) // 2 + length > size:
            return BAD_FIELDS, found, at
        if buffer[at + 36 + name - 1] != 0:
            return BAD_FIELDS, found, at
        offsets[found] = at
        found += 1
        at += 4 + size
    return OK, found, at


@kernel
def _aux_size(kind: int) -> int:
    """Bytes of a fixed-size aux value, 0 for strings and arrays, -1 for an unknown type."""
    if kind == 65 or kind == 99 or kind == 67:  # A c C
        return 1
    if kind == 115 or kind == 83:  # s S
        return 2
    if kind == 105 or kind == 73 or kind == 102:  # i I f
        return 4
    if kind == 90 or kind == 72 or kind == 66:  # Z H B
        return 0
    return -1


@kernel
def _aux_value(buffer: np.ndarray, at: int, kind: int) -> int:
    if kind == 67:
        return np.int64(buffer[at])
    if kind == 99:
        return np.int64(np.int8(buffer[at]))
    if kind == 83:
        return u16(buffer, at)
    if kind == 115:
        return np.int64(np.int16(u16(buffer, at)))
    if kind == 73:
        return u32(buffer, at)
    if kind == 105:
        return i32(buffer, at)
    return -1


@kernel
def find_zero(buffer: np.ndarray, at: int, end: int) -> int:
    """Where the first zero byte from `at` on is; `end` when there is none before it."""
    # PERF: eight bytes at a time; the word's highest bits tell whether it holds a zero (Mycroft's test).
    while at + 8 <= end:
        word = load_u64(buffer, at)
        if (word - _LOW_BITS) & ~word & _HIGH_BITS:
            break
        at += 8
    while at < end and buffer[at] != 0:
        at += 1
    return at


@kernel
def hash_name(buffer: np.ndarray, at: int, n: int) -> int:
    """A 64-bit hash of the n bytes of a read's name: words mixed by multiplication, as in FNV-1a, eight bytes a step."""
    hashed = _FNV_OFFSET ^ np.uint64(n)
    for i in range(0, n - 7, 8):
        hashed = (hashed ^ load_u64(buffer, at + i)) * _FNV_PRIME
        hashed ^= hashed >> np.uint64(32)
    if n >= 8:
        if n & 7:
            hashed = (hashed ^ load_u64(buffer, at + n - 8)) * _FNV_PRIME
    else:
        for i in range(n):
            hashed = (hashed ^ np.uint64(buffer[at + i])) * _FNV_PRIME
    hashed = (hashed ^ hashed >> np.uint64(29)) * _MIXER
    return np.int64(hashed ^ hashed >> np.uint64(32))


@kernel
def scan_aux(buffer: np.ndarray, at: int, end: int) -> tuple[bool, int, int, int]:
    """What we need of a record's tags: whether all are well formed, NM (-1 absent), and where a long CIGAR is.

    The CG tag (B,I) holds the CIGAR of a record with more than 65,535 operations: offset and count, or -1, 0.
    Of a tag that is there twice the first counts, whatever its type.
    """
    has_mismatches, has_cigar = False, False
    n_mismatches, cg_offset, cg_count = -1, -1, 0
    while at < end:
        if at + 3 > end:
            return False, n_mismatches, cg_offset, cg_count
        first, second, kind = buffer[at], buffer[at + 1], np.int64(buffer[at + 2])
        at += 3
        is_mismatches = first == 78 and second == 77 and not has_mismatches
        is_cigar = first == 67 and second == 71 and not has_cigar
        has_mismatches |= is_mismatches
        has_cigar |= is_cigar
        size = _aux_size(kind)
        if size > 0:
            if at + size > end:
                return False, n_mismatches, cg_offset, cg_count
            if is_mismatches:
                n_mismatches = _aux_value(buffer, at, kind)
        elif kind == 66:
            if at + 5 > end:
                return False, n_mismatches, cg_offset, cg_count
            width, count = _aux_size(np.int64(buffer[at])), u32(buffer, at + 1)
            if width <= 0 or buffer[at] == 65 or at + 5 + width * count > end:
                return False, n_mismatches, cg_offset, cg_count
            if is_cigar and (buffer[at] == 73 or buffer[at] == 105):
                cg_offset, cg_count = at + 5, count
            size = 5 + width * count
        elif size == 0:
            size = find_zero(buffer, at, end) - at + 1
            if at + size > end:
                return False, n_mismatches, cg_offset, cg_count
        else:
            return False, n_mismatches, cg_offset, cg_count
        at += size
    return True, n_mismatches, cg_offset, cg_count


@kernel
def cigar_spans(buffer: np.ndarray, at: int, n: int) -> tuple[int, int]:
    """Bases that a CIGAR covers on the reference and in the read; -1 for an unknown operation."""
    on_reference, in_read = 0, 0
    for i in range(n):
        word = u32(buffer, at + 4 * i)
        operation, length = word & 15, word >> 4
        # An insertion or deletion of nothing says nothing, and would be an allele that is the reference.
        if operation > CIGAR_DIFFERENT or (length == 0 and operation in (1, CIGAR_DELETION)):
            return -1, -1
        on_reference += length * (_ON_REFERENCE >> operation & 1)
        in_read += length * (_IN_READ >> operation & 1)
    return on_reference, in_read


@kernel
def _first_unsorted(buffer: np.ndarray, offsets: np.ndarray, row: int) -> int:
    """The first record behind `row` that should stand in front of its neighbor, or -1.

    A record out of its place, far behind the interval, must not end the reading unseen.
    """
    before, position = i32(buffer, offsets[row] + 4), i32(buffer, offsets[row] + 8)
    before = before if before >= 0 else _LAST
    for later in range(row + 1, offsets.size):
        ref, place = i32(buffer, offsets[later] + 4), i32(buffer, offsets[later] + 8)
        ref = ref if ref >= 0 else _LAST
        if ref < before or (ref == before and place < position):
            return later
        before, position = ref, place
    return -1


@kernel
def fill_columns(
    buffer: np.ndarray,
    offsets: np.ndarray,
    lengths: np.ndarray,
    bounds: np.ndarray,
    columns: np.ndarray,
    state: np.ndarray,
) -> tuple[int, int, int]:
    """Columns of the records that overlap an interval: status, records looked at, records kept.

    offsets: (records,) int64. lengths: (contigs,) int64, bases of each contig. bounds: (3,) int64, contig, start,
    end; contig -2 keeps every record. columns: (records, N_COLUMNS) int64. state: (3,) int64, contig and position of
    the record before, to see that the file is sorted, and the furthest end of those kept.
    Looks no further than the first record that starts behind the interval.
    """
    kept = 0
    contig, start, stop = bounds[0], bounds[1], bounds[2]
    for row in range(offsets.size):
        at = offsets[row]
        ref, position, mate = i32(buffer, at + 4), i32(buffer, at + 8), i32(buffer, at + 24)
        if ref < -1 or ref >= lengths.size or mate < -1 or mate >= lengths.size or position < -1:
            return BAD_PLACE, row, kept
        if contig != -2:
            placed = ref if ref >= 0 else _LAST
            if placed < state[0] or (placed == state[0] and position < state[1]):
                return UNSORTED, row, kept
            state[0], state[1] = placed, position
            if placed > contig or (placed == contig and position >= stop):
                unsorted = _first_unsorted(buffer, offsets, row)
                return (OK, -1, kept) if unsorted < 0 else (UNSORTED, unsorted, kept)
            if ref != contig:
                continue
        name, n_cigar, length = np.int64(buffer[at + 12]), u16(buffer, at + 16), u32(buffer, at + 20)
        cigar = at + 36 + name
        sequence = cigar + 4 * n_cigar
        quality = sequence + (length + 1) // 2
        # The SAM specification's sign that the CIGAR stands in the CG tag: the whole read is clipped.
        is_long = n_cigar > 0 and u32(buffer, cigar) == (length << 4 | CIGAR_SOFT_CLIP) and min(ref, position) >= 0
        n_mismatches = -1
        if is_long or bounds[3] != 0:
            good, n_mismatches, cg_offset, cg_count = scan_aux(buffer, quality + length, at + 4 + u32(buffer, at))
            if not good:
                return BAD_AUX, row, kept
            if is_long and cg_count >= n_cigar:
                cigar, n_cigar = cg_offset, cg_count
        on_reference, in_read = cigar_spans(buffer, cigar, n_cigar)
        if on_reference < 0 or (n_cigar > 0 and length > 0 and in_read != length):
            return BAD_CIGAR, row, kept
        # The SAM specification counts an unmapped record, and one without a CIGAR, as one base long.
        is_unmapped = u16(buffer, at + 18) & FLAG_UNMAPPED != 0
        end = position + (1 if is_unmapped else max(on_reference, 1))
        # What hangs over an end of its contig would be compared with bases that are not there.
        if ref >= 0 and not is_unmapped and (position < 0 or end > lengths[ref]):
            return BAD_PLACE, row, kept
        if contig != -2 and end <= start:
            continue
        state[2] = max(state[2], end)
        columns[kept, CONTIG], columns[kept, POSITION], columns[kept, END] = ref, position, end
        columns[kept, FLAG], columns[kept, MAPPING_QUALITY] = u16(buffer, at + 18), np.int64(buffer[at + 13])
        columns[kept, MATE_CONTIG], columns[kept, MATE_POSITION] = mate, i32(buffer, at + 28)
        columns[kept, TEMPLATE_LENGTH], columns[kept, N_MISMATCHES] = i32(buffer, at + 32), n_mismatches
        columns[kept, NAME_HASH] = hash_name(buffer, at + 36, name - 1)
        columns[kept, CIGAR_OFFSET], columns[kept, N_CIGAR] = cigar, n_cigar
        columns[kept, SEQUENCE_OFFSET], columns[kept, LENGTH] = sequence, length
        columns[kept, QUALITY_OFFSET], columns[kept, OFFSET] = quality, at
        kept += 1
    return OK, offsets.size, kept
