# mypy: ignore-errors
# Numba types kernels; mypy cannot.
"""The reads of one end of a molecule to one read: what they agree on, and how well.

METHOD: docs/calling.md derives the likelihoods. All sums are integers (thousandths of a nat), so that the order of reads
does not matter.
"""

from __future__ import annotations

import math

import numpy as np

from oncopipe.constants import BASE_N, FLAG_DUPLICATE, FLAG_PAIRED, FLAG_READ1, FLAG_READ2, FLAG_REVERSE
from oncopipe.families.tag_kernels import (
    K_DEPTH,
    K_DEPTH_A,
    K_DEPTH_B,
    K_FAMILY,
    K_LEAD,
    K_PATTERN,
    K_STACK,
    K_STRAND,
    K_TRAIL,
)
from oncopipe.jit import kernel
from oncopipe.read_kernels import (
    CIGAR_OFFSET,
    CODE_OF_NIBBLE,
    FLAG,
    LENGTH,
    MAPPING_QUALITY,
    N_CIGAR,
    N_MISMATCHES,
    NAME_HASH,
    OFFSET,
    QUALITY_OFFSET,
    SEQUENCE_OFFSET,
    base_code,
)

# METHOD: the quality of a consensus base is its likelihood's, but no more than the class says that it belongs to. Classes
# fill quality bins of their own (data.evidence), so that the error of each is measured apart: what an early cycle or a
# damaged strand put into all copies no likelihood of the copies can see.
SINGLE, PAIR, SIMPLEX = 35, 38, 41  # one read, two reads that agree, more
THIN_DUPLEX, DUPLEX = 43, 47  # both strands agree; each of them by two reads or more
MIXED = 20  # a fifth or more of the evidence speaks for other bases
# METHOD: errors before the barcode stand in all copies: 10^-4.5 a base (fgbio's default), until measured.
BEFORE_BARCODE = 10.0**-4.5
_CERTAIN = 16_000  # thousandths of a nat by which a base must lead to be as certain as it can be
_HIGHEST = 44  # quality of BEFORE_BARCODE and as much of a likelihood that is certain

# Columns of the plan of a stack: row of the read whose alignment stands for all, members that are used by strand, and
# their pattern of indels, by strand.
(P_REP, P_N0, P_N1, P_PATTERN0, P_PATTERN1, P_SIZE) = range(6)
N_PLAN = 6

_NIBBLE_OF_CODE = np.array([1, 2, 4, 8, 15], np.uint8)
_BASES_IN_STACK, _SLOTS = 4, 8
VOTE_BITS = 20


@kernel
def find_stacks(keys: np.ndarray, order: np.ndarray, starts: np.ndarray) -> int:
    """Where each stack begins in `order` (rows sorted by K_STACK), and the end; the number of stacks. starts: (n + 1,)."""
    n = 0
    for i in range(order.size):
        if i == 0 or keys[order[i], K_STACK] != keys[order[i - 1], K_STACK]:
            starts[n] = i
            n += 1
    starts[n] = order.size
    return n


@kernel
def _modal_pattern(keys: np.ndarray, members: np.ndarray, strand: int) -> tuple[int, int]:
    """The pattern of indels that most reads of a strand show, and how many do; no indel where that is half of them.

    Of equal ones the smaller hash: a choice that depends on nothing else.
    """
    n, plain = 0, 0
    for i in range(members.size):
        if keys[members[i], K_STRAND] == strand:
            n += 1
            plain += 1 if keys[members[i], K_PATTERN] == 0 else 0
    if 2 * plain >= n:
        return 0, plain
    best, most = 0, plain
    for i in range(members.size):
        pattern = keys[members[i], K_PATTERN]
        if keys[members[i], K_STRAND] != strand or pattern == 0:
            continue
        same = 0
        for j in range(members.size):
            same += 1 if keys[members[j], K_STRAND] == strand and keys[members[j], K_PATTERN] == pattern else 0
        if same > most or (same == most and (best == 0 or pattern < best)):
            best, most = pattern, same
    return best, most


@kernel
def _is_better(columns: np.ndarray, keys: np.ndarray, row: int, other: int) -> bool:
    """Whether a read's alignment stands for its stack rather than another's: fewer clips, more bases, smaller hash."""
    clips = keys[row, K_LEAD] + keys[row, K_TRAIL], keys[other, K_LEAD] + keys[other, K_TRAIL]
    if clips[0] != clips[1]:
        return clips[0] < clips[1]
    if columns[row, LENGTH] != columns[other, LENGTH]:
        return columns[row, LENGTH] > columns[other, LENGTH]
    return columns[row, NAME_HASH] < columns[other, NAME_HASH]


@kernel
def plan_stacks(
    columns: np.ndarray, keys: np.ndarray, order: np.ndarray, starts: np.ndarray, plans: np.ndarray
) -> int:
    """Which reads of each stack are used and which one's alignment is kept; bytes that all consensus reads take.

    Reads with other indels than most of their strand are left out. Where both strands show other indels than each other, only
    the one without any is used, else the one with more reads. plans: (stacks, N_PLAN) int64.
    """
    n_bytes = 0
    for s in range(plans.shape[0]):
        members = order[starts[s] : starts[s + 1]]
        plan = plans[s]
        plan[P_PATTERN0], plan[P_N0] = _modal_pattern(keys, members, 0)
        plan[P_PATTERN1], plan[P_N1] = _modal_pattern(keys, members, 1)
        plan[P_SIZE] = members.size
        if plan[P_N0] > 0 and plan[P_N1] > 0 and plan[P_PATTERN0] != plan[P_PATTERN1]:
            if plan[P_PATTERN0] == 0 or (plan[P_PATTERN1] != 0 and plan[P_N0] >= plan[P_N1]):
                plan[P_N1] = 0
            else:
                plan[P_N0] = 0
        rep = -1
        for i in range(members.size):
            row = members[i]
            if _is_member(keys, row, plan) and (rep < 0 or _is_better(columns, keys, row, rep)):
                rep = row
        plan[P_REP] = rep
        n_bytes += 4 * columns[rep, N_CIGAR] + (columns[rep, LENGTH] + 1) // 2 + columns[rep, LENGTH] + 8
    return n_bytes


@kernel
def _is_member(keys: np.ndarray, row: int, plan: np.ndarray) -> bool:
    if keys[row, K_STRAND] == 0:
        return plan[P_N0] > 0 and keys[row, K_PATTERN] == plan[P_PATTERN0]
    return plan[P_N1] > 0 and keys[row, K_PATTERN] == plan[P_PATTERN1]


@kernel
def _add_votes(
    buffer: np.ndarray,
    columns: np.ndarray,
    keys: np.ndarray,
    row: int,
    shift: int,
    length: int,
    gain: np.ndarray,
    tally: np.ndarray,
) -> None:
    """Add what a read's aligned bases say. shift: from its bases to the consensus's. tally: (bases * _SLOTS,).

    PERF: evidence and votes are one sum, bases without a code have a slot of their own, and indices are unsigned.
    """
    sequence, quality = np.uintp(columns[row, SEQUENCE_OFFSET]), np.uintp(columns[row, QUALITY_OFFSET])
    first = max(keys[row, K_LEAD], -shift)
    last = min(columns[row, LENGTH] - keys[row, K_TRAIL], length - shift)
    if first >= last:
        return
    at = np.uintp(first + shift) << np.uintp(3)
    for q in range(np.uintp(first), np.uintp(last)):
        packed = np.uintp(buffer[sequence + (q >> np.uintp(1))])
        nibble = packed >> (np.uintp(4) * (np.uintp(1) - (q & np.uintp(1)))) & np.uintp(15)
        tally[at + np.uintp(CODE_OF_NIBBLE[nibble])] += gain[buffer[quality + q]]
        at += np.uintp(8)


@kernel
def call_base(tally: np.ndarray, at: int, highest: int) -> tuple[int, int, int]:
    """Base code (4: none), quality and number of reads that agree, of one column of a strand.

    tally: from `at` on, for each base, its log-likelihood ratio against its being misread, in thousandths of a nat, and (in
    the low bits) the reads that show it.
    """
    best, others = 0, 0
    for b in range(_BASES_IN_STACK):
        others += tally[at + b] >> VOTE_BITS
        if tally[at + b] >> VOTE_BITS > tally[at + best] >> VOTE_BITS:
            best = b
    most = tally[at + best] >> VOTE_BITS
    others -= most
    if most <= 0:
        return BASE_N, 0, 0
    votes = tally[at + best] & ((1 << VOTE_BITS) - 1)
    if others == 0 and most >= _CERTAIN:
        return best, highest, votes
    wrong = 0.0
    for b in range(_BASES_IN_STACK):
        if b != best:
            if tally[at + b] >> VOTE_BITS == most:
                return BASE_N, 0, 0
            wrong += math.exp(((tally[at + b] >> VOTE_BITS) - most) / 1000.0)
    wrong = wrong / (1.0 + wrong)
    wrong = wrong + BEFORE_BARCODE - 4.0 / 3.0 * wrong * BEFORE_BARCODE
    quality = min(highest, np.int64(-10.0 * math.log10(wrong)))
    if 4 * others > most:
        quality = min(quality, MIXED)
    return best, quality, votes


@kernel
def simplex_quality(quality: int, n: int) -> int:
    """Quality of a base that one strand says. n: reads that agree."""
    return min(quality, SINGLE if n == 1 else (PAIR if n == 2 else SIMPLEX))


@kernel
def both_strands(first: tuple[int, int, int], second: tuple[int, int, int]) -> tuple[int, int]:
    """Base code and quality of what two strands say, each as `call_base` gives it. Strands that disagree say nothing."""
    if first[0] == BASE_N or second[0] == BASE_N:
        one = second if first[0] == BASE_N else first
        return one[0], simplex_quality(one[1], one[2])
    if first[0] != second[0]:
        return BASE_N, 0
    qualities = simplex_quality(first[1], first[2]), simplex_quality(second[1], second[2])
    if min(qualities) < 25:
        return first[0], min(qualities[0] + qualities[1], PAIR)
    return first[0], DUPLEX if first[2] > 1 and second[2] > 1 else THIN_DUPLEX


@kernel
def known_quality(quality: int, depth: int, depth_a: int, depth_b: int) -> int:
    """Quality of a base of a read that is a consensus already, of so many reads, and of so many of each strand."""
    if depth_a > 0 and depth_b > 0 and quality > SIMPLEX:
        return DUPLEX if depth_a > 1 and depth_b > 1 else THIN_DUPLEX
    return simplex_quality(quality, max(depth, 1))


@kernel
def write_consensus(
    buffer: np.ndarray,
    columns: np.ndarray,
    keys: np.ndarray,
    order: np.ndarray,
    starts: np.ndarray,
    plans: np.ndarray,
    gain: np.ndarray,
    out: np.ndarray,
    made: np.ndarray,
) -> int:
    """Write one read a stack: CIGAR, bases and qualities to `out`, columns to `made`.

    gain: (256,) int64, log-likelihood ratio that a base of a quality brings, above VOTE_BITS, and one vote. Returns the
    offset behind the last.
    """
    longest, at = 0, 0
    for row in range(columns.shape[0]):
        longest = max(longest, columns[row, LENGTH])
    tally = np.empty((2, longest * _SLOTS), np.int64)
    for s in range(plans.shape[0]):
        plan, rep = plans[s], plans[s, P_REP]
        length, n_cigar = columns[rep, LENGTH], columns[rep, N_CIGAR]
        for k in range(made.shape[1]):
            made[s, k] = columns[rep, k]
        made[s, OFFSET], made[s, CIGAR_OFFSET] = at, at
        made[s, SEQUENCE_OFFSET], made[s, N_MISMATCHES] = at + 4 * n_cigar, -1
        made[s, QUALITY_OFFSET] = made[s, SEQUENCE_OFFSET] + (length + 1) // 2
        made[s, NAME_HASH] = keys[rep, K_FAMILY]
        made[s, FLAG] = _flag(columns[rep, FLAG], keys[rep, K_FAMILY], plan[P_N0] > 0 and plan[P_N1] > 0)
        for k in range(4 * n_cigar):
            out[at + k] = buffer[columns[rep, CIGAR_OFFSET] + k]
        if plan[P_N0] + plan[P_N1] == 1:
            _copy_one(buffer, columns, keys, rep, out, made[s])
        else:
            has = (plan[P_N0] > 0, plan[P_N1] > 0)
            for strand in range(2):
                if has[strand]:
                    tally[strand, : length * _SLOTS] = 0
            mapping = 0
            for j in range(starts[s], starts[s + 1]):
                row = order[j]
                if _is_member(keys, row, plan):
                    shift = length - columns[row, LENGTH] if columns[row, FLAG] & FLAG_REVERSE else 0
                    _add_votes(buffer, columns, keys, row, shift, length, gain, tally[keys[row, K_STRAND]])
                    mapping += columns[row, MAPPING_QUALITY]
            made[s, MAPPING_QUALITY] = mapping // (plan[P_N0] + plan[P_N1])
            _write_bases(buffer, columns, keys, rep, tally, has, out, made[s])
        at = made[s, QUALITY_OFFSET] + length
    return at


@kernel
def _flag(flag: int, family: int, has_both: bool) -> int:
    """The kept read's flag, no duplicate; of a molecule with both strands either orientation, by a bit of its name."""
    flag &= ~FLAG_DUPLICATE
    if has_both and flag & FLAG_PAIRED:
        is_read2 = (flag & FLAG_REVERSE != 0) != (family >> 7 & 1 != 0)
        flag = flag & ~(FLAG_READ1 | FLAG_READ2) | (FLAG_READ2 if is_read2 else FLAG_READ1)
    return flag


@kernel
def _put(out: np.ndarray, made: np.ndarray, q: int, code: int, quality: int) -> None:
    at, nibble = made[SEQUENCE_OFFSET] + (q >> 1), _NIBBLE_OF_CODE[code]
    if q & 1:
        out[at] |= nibble
    else:
        out[at] = nibble << 4
    out[made[QUALITY_OFFSET] + q] = quality


@kernel
def _copy_one(
    buffer: np.ndarray, columns: np.ndarray, keys: np.ndarray, row: int, out: np.ndarray, made: np.ndarray
) -> None:
    """A read without copies, or one that is a consensus already, with the quality of its class."""
    depth, depth_a, depth_b = keys[row, K_DEPTH], keys[row, K_DEPTH_A], keys[row, K_DEPTH_B]
    for q in range(columns[row, LENGTH]):
        quality = known_quality(np.int64(buffer[columns[row, QUALITY_OFFSET] + q]), depth, depth_a, depth_b)
        _put(out, made, q, base_code(buffer, columns[row, SEQUENCE_OFFSET], q), quality)


@kernel
def _write_bases(
    buffer: np.ndarray,
    columns: np.ndarray,
    keys: np.ndarray,
    rep: int,
    tally: np.ndarray,
    has: tuple[bool, bool],
    out: np.ndarray,
    made: np.ndarray,
) -> None:
    """Call each aligned base of the kept read's stack; clipped ones stay its own. has: which strands have reads."""
    length = columns[rep, LENGTH]
    for q in range(length):
        if q < keys[rep, K_LEAD] or q >= length - keys[rep, K_TRAIL]:
            quality = min(np.int64(buffer[columns[rep, QUALITY_OFFSET] + q]), SINGLE)
            _put(out, made, q, base_code(buffer, columns[rep, SEQUENCE_OFFSET], q), quality)
            continue
        if has[0] and has[1]:
            first = call_base(tally[0], q * _SLOTS, _HIGHEST)
            second = call_base(tally[1], q * _SLOTS, _HIGHEST)
            code, quality = both_strands(first, second)
        else:
            code, quality, n = call_base(tally[0 if has[0] else 1], q * _SLOTS, _HIGHEST)
            quality = simplex_quality(quality, n)
        _put(out, made, q, code, quality)


@kernel
def record_sizes(buffer: np.ndarray, columns: np.ndarray, sizes: np.ndarray) -> None:
    """Bytes of each record as it lies in the file, its size's own four with them."""
    for i in range(sizes.size):
        at = columns[i, OFFSET]
        size = np.int64(buffer[at]) | np.int64(buffer[at + 1]) << 8 | np.int64(buffer[at + 2]) << 16
        sizes[i] = 4 + (size | np.int64(buffer[at + 3]) << 24)


@kernel
def copy_records(
    buffer: np.ndarray, columns: np.ndarray, sizes: np.ndarray, out: np.ndarray, made: np.ndarray
) -> None:
    """Put records one behind the other; columns with the offsets there."""
    at = 0
    for i in range(sizes.size):
        _move(buffer, columns, i, sizes[i], at, out, made[i])
        at += sizes[i]


@kernel
def lay_out(buffer: np.ndarray, columns: np.ndarray, places: np.ndarray, out: np.ndarray, made: np.ndarray) -> None:
    """Put consensus reads at their places in `out` (-1: nowhere); columns with the offsets there."""
    for i in range(places.size):
        if places[i] >= 0:
            size = columns[i, QUALITY_OFFSET] + columns[i, LENGTH] - columns[i, OFFSET]
            _move(buffer, columns, i, size, places[i], out, made[i])


@kernel
def _move(
    buffer: np.ndarray, columns: np.ndarray, row: int, size: int, at: int, out: np.ndarray, made: np.ndarray
) -> None:
    shift = at - columns[row, OFFSET]
    for k in range(made.size):
        made[k] = columns[row, k]
    made[OFFSET] += shift
    made[CIGAR_OFFSET] += shift
    made[SEQUENCE_OFFSET] += shift
    made[QUALITY_OFFSET] += shift
    source, target = np.uintp(columns[row, OFFSET]), np.uintp(at)
    for k in range(np.uintp(size)):
        out[target + k] = buffer[source + k]
