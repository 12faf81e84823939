# mypy: ignore-errors
# Numba types kernels; mypy cannot.
"""Where reads break: long indels of the CIGAR, and soft clips whose bases go on elsewhere in the neighborhood.

A clipped read of a deletion goes on behind what is lost, one of a tandem duplication goes on at its beginning. Either is
found by the bases of the clip themselves, so such a read names its allele as one with the indel in its CIGAR does.
"""

from __future__ import annotations

import numpy as np

from oncopipe.constants import BASE_N, CIGAR_DELETION, CIGAR_INSERTION, CIGAR_SKIP, CIGAR_SOFT_CLIP
from oncopipe.jit import kernel
from oncopipe.pileup.difference_kernels import (
    HASH_OFFSET,
    HASH_PRIME,
    KIND_DELETION,
    KIND_INSERTION,
    READ_DIFFERENCES,
    READ_LEAD,
    READ_TRAIL,
    is_aligned,
    shift_deletion,
    shift_insertion,
)
from oncopipe.read_kernels import (
    CIGAR_OFFSET,
    END,
    LENGTH,
    N_CIGAR,
    POSITION,
    QUALITY_OFFSET,
    SEQUENCE_OFFSET,
    base_code,
    cigar_word,
)

# Indels of so many bases are judged by haplotypes; longer deletions by their CIGAR, longer insertions not at all.
MIN_LONG, MAX_LONG = 10, 400
# METHOD: ten bases of a clip find their place. Within 400 bases on either side ten random bases occur once in 1,300 clips;
# two fragments must name the same allele before it is looked at.
SEED = 10
# A clip must differ from the reference where it was cut off by at least so many bases of fair quality.
MIN_CLIP = SEED
_NO_WORD = np.uint32(0xFFFFFFFF)
# One more mismatch is borne for each so many bases of a clip.
_BASES_PER_MISMATCH = 16

# Rows of the matrix of breaks (N_BREAK_ROWS, n) int64. Position is the anchor's, or of the first (last + 1) aligned base.
(BREAK_POSITION, BREAK_KIND, BREAK_LENGTH, BREAK_CODE, BREAK_READ, BREAK_QUERY, BREAK_SHIFT) = range(7)
N_BREAK_ROWS = 7
# Kinds beside insertion and deletion: clips at the left and right of a read that go on nowhere.
CLIP_LEFT, CLIP_RIGHT = 3, 4


@kernel
def seed_words(codes: np.ndarray, words: np.ndarray) -> None:
    """The `SEED` bases from each place on as a number. words: (bases,) uint32; where a base is unknown, no seed's."""
    word, known, mask = np.uint32(0), 0, np.uint32((1 << 2 * SEED) - 1)
    for i in range(codes.size):
        known = known + 1 if codes[i] < BASE_N else 0
        word = (word << np.uint32(2) | np.uint32(codes[i] & 3)) & mask
        if i >= SEED - 1:
            words[i - SEED + 1] = word if known >= SEED else _NO_WORD
    for i in range(max(0, codes.size - SEED + 1), codes.size):
        words[i] = _NO_WORD


@kernel
def _seed_of(buffer: np.ndarray, sequence: int, query: int) -> int:
    word = 0
    for j in range(SEED):
        code = base_code(buffer, sequence, query + j)
        if code >= BASE_N:
            return -1
        word = word << 2 | code
    return word


@kernel
def _differences(
    buffer: np.ndarray, read: tuple[int, int, int], query: int, place: int, codes: np.ndarray, n: int
) -> int:
    """How many of n bases from `query` on differ from the reference from `place` on, all of them where it ends.

    read: offsets of bases and qualities, least quality of a base that counts.
    """
    if place < 0 or place + n > codes.size:
        return n
    differ = 0
    for j in range(n):
        if buffer[read[1] + query + j] >= read[2]:
            code = base_code(buffer, read[0], query + j)
            differ += 1 if code < BASE_N and code != codes[place + j] else 0
    return differ


@kernel
def _goes_on(
    buffer: np.ndarray,
    read: tuple[int, int, int],
    clip: tuple[int, int, int],
    codes: np.ndarray,
    words: np.ndarray,
    seeded: int,
) -> tuple[int, int]:
    """How far from its place on the reference a clip goes on (0: nowhere), and mismatches there.

    clip: first base, number of bases, place in `codes` of its first base if nothing were wrong. seeded: base from which
    the seed is taken. Of several places the one with fewest mismatches counts, then the nearest, then the left one.
    """
    query, n, place = clip
    word = _seed_of(buffer, read[0], seeded)
    if word < 0:
        return 0, n
    sought, best, least, nearest = np.uint32(word), 0, n // _BASES_PER_MISMATCH + 1, 0
    own = place + seeded - query
    low, high = max(0, own - MAX_LONG), min(words.size, own + MAX_LONG + 1)
    at = low
    while at < high:
        stop = min(at + 64, high)
        hits = 0
        for i in range(at, stop):  # PERF: without a branch, so that it is vectorized
            hits += words[i] == sought
        if hits > 0:
            for i in range(at, stop):
                shift = i - own
                if words[i] == sought and abs(shift) >= MIN_LONG:
                    differ = _differences(buffer, read, query, place + shift, codes, n)
                    if differ < least or (differ == least and best != 0 and abs(shift) < nearest):
                        best, least, nearest = shift, differ, abs(shift)
        at = stop
    return best, least


@kernel
def _turned(word: int) -> int:
    """The seed of the other strand."""
    turned = 0
    for _ in range(SEED):
        turned = turned << 2 | 3 - (word & 3)
        word >>= 2
    return turned


@kernel
def _folds_back(buffer: np.ndarray, sequence: int, clip: tuple[int, int], place: int, words: np.ndarray) -> bool:
    """Whether a clip (first base, number of bases) holds the other strand of the neighborhood of `place`.

    METHOD: single strands fold back on themselves and are copied from there, so that a library is full of reads that go on with
    their own other strand. Three seeds are asked: both ends of the clip and its middle.
    """
    low, high = max(0, place - MAX_LONG), min(words.size, place + MAX_LONG + 1)
    for which in range(3):
        word = _seed_of(buffer, sequence, clip[0] + which * (clip[1] - SEED) // 2)
        if word < 0:
            continue
        sought, hits = np.uint32(_turned(word)), 0
        for i in range(low, high):  # PERF: without a branch, so that it is vectorized
            hits += words[i] == sought
        if hits > 0:
            return True
    return False


@kernel
def _write(breaks: np.ndarray, n: int, row: tuple[int, int, int, int, int, int, int]) -> int:
    if n < breaks.shape[1]:
        for k in range(N_BREAK_ROWS):
            breaks[k, n] = row[k]
    return n + 1


@kernel
def _write_split(
    codes: np.ndarray, codes_start: int, place: int, shift: int, row: int, breaks: np.ndarray, n: int
) -> int:
    """Write the allele by which the reference at `place` (where aligned bases end) goes on `shift` bases further."""
    length = abs(shift)
    first = min(place, place + shift)
    if first < 1 or first + length > codes.size:
        return n
    anchor = shift_deletion(codes, codes_start, first + codes_start, length) - 1
    if shift > 0:
        return _write(breaks, n, (anchor, KIND_DELETION, length, 0, row, 0, 0))
    hashed, begin = HASH_OFFSET, anchor + 1 - codes_start
    for j in range(length):
        if codes[begin + j] >= BASE_N:
            return n
        hashed = (hashed ^ np.int64(codes[begin + j])) * HASH_PRIME
    return _write(breaks, n, (anchor, KIND_INSERTION, length, hashed & np.int64(0x7FFFFFFFFFFFFFFF), row, -1, 0))


@kernel
def _clip_left(
    buffer: np.ndarray, read: tuple[int, int, int], row: int, lead: int, at: tuple[int, int],
    codes: np.ndarray, words: np.ndarray, breaks: np.ndarray, n: int,
) -> int:  # fmt: skip
    """Write what the clip at a read's left says. at: codes_start, the read's position."""
    place = at[1] - at[0]
    clip = (0, lead, place - lead)
    shift, differ = _goes_on(buffer, read, clip, codes, words, lead - SEED)
    if shift == 0 and lead >= 2 * SEED:
        shift, differ = _goes_on(buffer, read, clip, codes, words, lead // 2 - SEED // 2)
    if shift != 0:
        # What lies left of `place` goes on at `place`: seen from the left the step is the other way round.
        return _write_split(codes, at[0], place + shift, -shift, row, breaks, n)
    if _folds_back(buffer, read[0], (0, lead), place, words):
        return n
    return _write(breaks, n, (at[1], CLIP_LEFT, lead, differ, row, 0, 0))


@kernel
def _clip_right(
    buffer: np.ndarray, read: tuple[int, int, int], row: int, trail: tuple[int, int], at: tuple[int, int],
    codes: np.ndarray, words: np.ndarray, breaks: np.ndarray, n: int,
) -> int:  # fmt: skip
    """Write what the clip at a read's right says. trail: its first base and bases. at: codes_start, the read's end."""
    place = at[1] - at[0]
    clip = (trail[0], trail[1], place)
    shift, differ = _goes_on(buffer, read, clip, codes, words, trail[0])
    if shift == 0 and trail[1] >= 2 * SEED:
        shift, differ = _goes_on(buffer, read, clip, codes, words, trail[0] + trail[1] // 2 - SEED // 2)
    if shift != 0:
        return _write_split(codes, at[0], place, shift, row, breaks, n)
    if _folds_back(buffer, read[0], trail, place, words):
        return n
    return _write(breaks, n, (at[1], CLIP_RIGHT, trail[1], differ, row, trail[0], 0))


@kernel
def find_breaks(
    buffer: np.ndarray,
    columns: np.ndarray,
    reads: np.ndarray,
    codes: np.ndarray,
    codes_start: int,
    words: np.ndarray,
    min_base_quality: int,
    breaks: np.ndarray,
) -> int:
    """Write each long indel and each clip of reads that speak; the number, also when the matrix is too small.

    reads: (records, N_READ_COLUMNS) of `find_differences`. words: of `seed_words`. breaks: (N_BREAK_ROWS, capacity) int64.
    """
    n = 0
    for row in range(columns.shape[0]):
        if columns[row, N_CIGAR] < 2 or reads[row, READ_DIFFERENCES] < 0:
            continue
        sequence, length = columns[row, SEQUENCE_OFFSET], columns[row, LENGTH]
        lead, trail = np.int64(reads[row, READ_LEAD]), np.int64(reads[row, READ_TRAIL])
        position, query, skips = columns[row, POSITION], 0, False
        for k in range(columns[row, N_CIGAR]):
            word = cigar_word(buffer, columns[row, CIGAR_OFFSET] + 4 * k)
            operation, size = word & 15, word >> 4
            if is_aligned(operation):
                position += size
                query += size
            elif operation == CIGAR_INSERTION:
                inside = position - codes_start
                if MIN_LONG <= size <= MAX_LONG and 0 < query and query + size < length and 0 < inside < codes.size:
                    shifted, code = shift_insertion(buffer, sequence, query, size, codes, inside)
                    if code >= 0:
                        found = (position - shifted - 1, KIND_INSERTION, size, code, row, query, shifted)
                        n = _write(breaks, n, found)
                query += size
            elif operation == CIGAR_DELETION:
                if MIN_LONG <= size <= MAX_LONG and 0 < query < length and position > codes_start:
                    anchor = shift_deletion(codes, codes_start, position, size) - 1
                    n = _write(breaks, n, (anchor, KIND_DELETION, size, 0, row, query, 0))
                position += size
            elif operation == CIGAR_SKIP:
                skips = True
                position += size
            elif operation == CIGAR_SOFT_CLIP:
                query += size
        if skips:
            continue
        read = (sequence, columns[row, QUALITY_OFFSET], min_base_quality)
        if lead >= MIN_CLIP:
            n = _clip_left(buffer, read, row, lead, (codes_start, columns[row, POSITION]), codes, words, breaks, n)
        if trail >= MIN_CLIP:
            cut = (length - trail, trail)
            n = _clip_right(buffer, read, row, cut, (codes_start, columns[row, END]), codes, words, breaks, n)
    return n
