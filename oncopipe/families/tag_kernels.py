# mypy: ignore-errors
# Numba types kernels; mypy cannot.
"""Which molecule a read is a copy of: its barcode tags, the ends of its template, the strand that was copied."""

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
    FLAG_MATE_REVERSE,
    FLAG_MATE_UNMAPPED,
    FLAG_PAIRED,
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
    END,
    FLAG,
    LENGTH,
    MAPPING_QUALITY,
    MATE_CONTIG,
    MATE_POSITION,
    N_CIGAR,
    NAME_HASH,
    OFFSET,
    POSITION,
    QUALITY_OFFSET,
    TEMPLATE_LENGTH,
    cigar_word,
)

# Columns of the key matrix (records, N_KEYS), int64. Reads of equal family, side and (unclipped 5') end are copies of one end
# of a molecule, a stack (hash of the three). strand: which strand of the molecule was copied (0 where they are not told
# apart). pattern: hash of the read's indels, 0 without any. depths: reads that a read is the consensus of already (cD, aD, bD;
# -1 absent).
(K_FAMILY, K_SIDE, K_END, K_STRAND, K_PATTERN, K_LEAD, K_TRAIL, K_USED) = range(8)
(K_DEPTH, K_DEPTH_A, K_DEPTH_B, K_BARCODE, K_STACK) = range(8, 13)
N_KEYS = 13
# What `count_tags` counts: primary reads, those with a barcode, those whose tags tell two strands of a molecule apart.
N_COUNTS = 3
# How a read was assigned (K_BARCODE).
BY_ENDS, BY_RX, BY_MI = 0, 1, 2

# What is longer than this (aligned bases and clips) is nobody's copy, but a molecule by its own name: copies of one end lie
# within so many bases, so that they can be taken together while reading goes on, and in whatever pieces.
LONGEST = 700

_UNUSED = FLAG_UNMAPPED | FLAG_SECONDARY | FLAG_SUPPLEMENTARY | FLAG_QC_FAIL
_OFFSET, _PRIME = np.int64(1469598103934665603), np.int64(1099511628211)
_MIXER = np.int64(-7046029254386353131)
_MISSING_QUALITY = 255


@kernel
def mix(hashed: int, value: int) -> int:
    """A hash with one more value in it."""
    hashed = (hashed ^ np.int64(value)) * _MIXER
    return hashed ^ (hashed >> np.int64(29))


@kernel
def _hash_bytes(buffer: np.ndarray, at: int, end: int) -> int:
    hashed = _OFFSET
    for i in range(at, end):
        hashed = (hashed ^ np.int64(buffer[i])) * _PRIME
    return mix(hashed, end - at)


@kernel
def _value_size(buffer: np.ndarray, at: int, end: int, kind: int) -> int:
    """Bytes of a tag's value at `at`, the zero of a text with it; -1 where it makes no sense."""
    if kind == 65 or kind == 99 or kind == 67:  # A c C
        return 1
    if kind == 115 or kind == 83:  # s S
        return 2
    if kind == 105 or kind == 73 or kind == 102:  # i I f
        return 4
    if kind == 90 or kind == 72:  # Z H
        stop = at
        while stop < end and buffer[stop] != 0:
            stop += 1
        return stop - at + 1
    if kind == 66 and at + 5 <= end:  # B
        width = _value_size(buffer, at, end, np.int64(buffer[at])) if buffer[at] != 90 and buffer[at] != 66 else -1
        count = np.int64(buffer[at + 1]) | np.int64(buffer[at + 2]) << 8 | np.int64(buffer[at + 3]) << 16
        return 5 + width * (count | np.int64(buffer[at + 4]) << 24) if width > 0 else -1
    return -1


@kernel
def _whole_number(buffer: np.ndarray, at: int, kind: int) -> int:
    """Value of a whole-number tag, not below zero; -1 of another type."""
    if kind == 67 or kind == 99:
        return np.int64(buffer[at])
    if kind == 83 or kind == 115:
        return np.int64(buffer[at]) | np.int64(buffer[at + 1]) << 8
    if kind == 73 or kind == 105:
        low = np.int64(buffer[at]) | np.int64(buffer[at + 1]) << 8
        return low | np.int64(buffer[at + 2]) << 16 | np.int64(buffer[at + 3] & 127) << 24
    return -1


@kernel
def find_tags(buffer: np.ndarray, at: int, end: int, found: np.ndarray) -> None:
    """Where the tags are that families are told by. found: (9,) int64: start and end of MI, RX and MC (start -1: absent),
    and the numbers cD, aD, bD (-1: absent). Of a tag that is there twice the first counts.
    """
    for i in range(9):
        found[i] = -1
    while at + 3 < end:
        first, second, kind = buffer[at], buffer[at + 1], np.int64(buffer[at + 2])
        at += 3
        size = _value_size(buffer, at, end, kind)
        if size < 0 or at + size > end:
            return
        if kind == 90:
            slot = -1
            if first == 77 and second == 73:  # MI
                slot = 0
            elif first == 82 and second == 88:  # RX
                slot = 2
            elif first == 77 and second == 67:  # MC
                slot = 4
            if slot >= 0 and found[slot] < 0:
                found[slot], found[slot + 1] = at, at + size - 1
        elif second == 68:  # D
            slot = 6 if first == 99 else (7 if first == 97 else (8 if first == 98 else -1))
            if slot >= 0 and found[slot] < 0:
                found[slot] = _whole_number(buffer, at, kind)
        at += size


@kernel
def _record_end(buffer: np.ndarray, columns: np.ndarray, row: int) -> int:
    """Offset behind a record."""
    at = columns[row, OFFSET]
    size = np.int64(buffer[at]) | np.int64(buffer[at + 1]) << 8 | np.int64(buffer[at + 2]) << 16
    return at + 4 + (size | np.int64(buffer[at + 3]) << 24)


@kernel
def _mate_end(buffer: np.ndarray, at: int, end: int, position: int, is_reverse: bool) -> int:
    """The mate's unclipped 5' end from its position and its CIGAR in text (the MC tag)."""
    number, lead, trail, span, seen = 0, 0, 0, 0, False
    for i in range(at, end):
        c = np.int64(buffer[i])
        if 48 <= c <= 57:
            number = number * 10 + c - 48
            continue
        if c == 83 or c == 72:  # S H
            if seen:
                trail += number
            else:
                lead += number
        elif c == 77 or c == 68 or c == 78 or c == 61 or c == 88:  # M D N = X
            span += number
            seen = True
        number = 0
    return position + span + trail if is_reverse else position - lead


@kernel
def _shape(buffer: np.ndarray, columns: np.ndarray, row: int, keys: np.ndarray) -> None:
    """Clips and indels of a read: K_LEAD, K_TRAIL, K_PATTERN."""
    position, lead, trail, pattern, seen = columns[row, POSITION], 0, 0, 0, False
    for k in range(columns[row, N_CIGAR]):
        word = cigar_word(buffer, columns[row, CIGAR_OFFSET] + 4 * k)
        operation, size = word & 15, word >> 4
        if operation == CIGAR_SOFT_CLIP:
            if seen:
                trail = size
            else:
                lead = size
        elif operation == CIGAR_MATCH or operation == CIGAR_EQUAL or operation == CIGAR_DIFFERENT:
            position += size
            seen = True
        elif operation == CIGAR_INSERTION or operation == CIGAR_DELETION or operation == CIGAR_SKIP:
            pattern = mix(mix(mix(pattern, operation + 1), position), size)
            if operation != CIGAR_INSERTION:
                position += size
            seen = True
    keys[row, K_LEAD], keys[row, K_TRAIL], keys[row, K_PATTERN] = lead, trail, pattern


@kernel
def _hash_barcode(buffer: np.ndarray, at: int, end: int, is_second: bool) -> int:
    """Hash of RX; of the second strand its two halves are turned, as the other strand reads them."""
    if is_second:
        for i in range(at, end):
            if buffer[i] == 45:  # A-B
                return mix(_hash_bytes(buffer, i + 1, end), _hash_bytes(buffer, at, i))
    else:
        for i in range(at, end):
            if buffer[i] == 45:
                return mix(_hash_bytes(buffer, at, i), _hash_bytes(buffer, i + 1, end))
    return _hash_bytes(buffer, at, end)


@kernel
def assign(
    buffer: np.ndarray, columns: np.ndarray, min_mapping_quality: int, is_duplex: bool, keys: np.ndarray
) -> None:
    """Say of each read which molecule, strand and end it is a copy of. keys: (records, N_KEYS) int64.

    By MI without its strand (`/A`, `/B`) where there is one; else by the ends of the template and RX, turned on the second
    strand; else by the ends. The strand is F1R2 or F2R1. In simplex data reads of the same MI are one strand, and without
    MI the strand is part of the molecule's name.
    """
    found = np.empty(9, np.int64)
    for row in range(columns.shape[0]):
        flag = columns[row, FLAG]
        keys[row, K_USED] = 0
        if (
            flag & _UNUSED != 0
            or columns[row, MAPPING_QUALITY] < min_mapping_quality
            or columns[row, LENGTH] <= 0
            or columns[row, N_CIGAR] <= 0
            or buffer[columns[row, QUALITY_OFFSET]] == _MISSING_QUALITY
        ):
            continue
        keys[row, K_USED] = 1
        _shape(buffer, columns, row, keys)
        find_tags(
            buffer, columns[row, QUALITY_OFFSET] + columns[row, LENGTH], _record_end(buffer, columns, row), found
        )
        reverse = flag & FLAG_REVERSE != 0
        lead, trail = keys[row, K_LEAD], keys[row, K_TRAIL]
        own = columns[row, END] + trail if reverse else columns[row, POSITION] - lead
        is_second = reverse if flag & FLAG_PAIRED == 0 else reverse != (flag & FLAG_READ2 != 0)
        keys[row, K_SIDE], keys[row, K_END] = (1 if reverse else 0), own
        keys[row, K_STRAND] = 1 if is_duplex and is_second else 0
        keys[row, K_DEPTH], keys[row, K_DEPTH_A], keys[row, K_DEPTH_B] = found[6], found[7], found[8]
        if found[0] >= 0 and found[1] > found[0]:
            stop = found[1]
            if stop - found[0] > 2 and buffer[stop - 2] == 47 and (buffer[stop - 1] == 65 or buffer[stop - 1] == 66):
                stop -= 2
            keys[row, K_FAMILY], keys[row, K_BARCODE] = _hash_bytes(buffer, found[0], stop), BY_MI
        else:
            _by_ends(buffer, columns, row, found, is_duplex, is_second, keys)
        if columns[row, END] - columns[row, POSITION] + lead + trail > LONGEST or columns[row, LENGTH] > LONGEST:
            keys[row, K_FAMILY] = columns[row, NAME_HASH]
        keys[row, K_STACK] = mix(mix(keys[row, K_FAMILY], keys[row, K_SIDE]), own)


@kernel
def _by_ends(
    buffer: np.ndarray,
    columns: np.ndarray,
    row: int,
    found: np.ndarray,
    is_duplex: bool,
    is_second: bool,
    keys: np.ndarray,
) -> None:
    """The family of a read without MI: template's ends, strand (unless both are one molecule) and RX.

    Ends are unclipped where the MC tag tells the mate's; else both are as aligned, so that mates agree.
    """
    flag, own = columns[row, FLAG], keys[row, K_END]
    reverse = flag & FLAG_REVERSE != 0
    left, right = columns[row, POSITION] - keys[row, K_LEAD], columns[row, END] + keys[row, K_TRAIL]
    has_mate = flag & FLAG_PAIRED != 0 and flag & FLAG_MATE_UNMAPPED == 0
    if has_mate and found[4] >= 0:
        other = _mate_end(buffer, found[4], found[5], columns[row, MATE_POSITION], flag & FLAG_MATE_REVERSE != 0)
        left, right = min(own, other), max(own, other)
    elif has_mate and columns[row, TEMPLATE_LENGTH] != 0:
        span = columns[row, TEMPLATE_LENGTH]
        left = columns[row, END] + span if span < 0 else columns[row, POSITION]
        right = columns[row, END] if span < 0 else columns[row, POSITION] + span
    family = mix(mix(mix(_OFFSET, left), right), columns[row, MATE_CONTIG] if has_mate else -1)
    if not is_duplex:
        family = mix(family, 2 if is_second else 1)
    keys[row, K_BARCODE] = BY_ENDS
    if found[2] >= 0 and found[3] > found[2]:
        family = mix(family, _hash_barcode(buffer, found[2], found[3], is_duplex and is_second))
        keys[row, K_BARCODE] = BY_RX
    if not has_mate and flag & FLAG_PAIRED == 0:
        family = mix(family, 1 if reverse else 0)
    keys[row, K_FAMILY] = family


@kernel
def count_tags(buffer: np.ndarray, columns: np.ndarray, counts: np.ndarray) -> None:
    """Add to `counts` (N_COUNTS,) what the tags of some reads say."""
    found = np.empty(9, np.int64)
    for row in range(columns.shape[0]):
        if columns[row, FLAG] & _UNUSED != 0:
            continue
        find_tags(
            buffer, columns[row, QUALITY_OFFSET] + columns[row, LENGTH], _record_end(buffer, columns, row), found
        )
        counts[0] += 1
        counts[1] += 1 if found[1] > found[0] or found[3] > found[2] else 0
        stop = found[1]
        has_strand = stop - found[0] > 2 and buffer[stop - 2] == 47 and 65 <= buffer[stop - 1] <= 66
        counts[2] += 1 if has_strand or (found[7] >= 0 and found[8] >= 0) else 0
