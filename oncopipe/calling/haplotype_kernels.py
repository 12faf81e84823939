# mypy: ignore-errors
# Numba types kernels; mypy cannot.
"""Reads against two haplotypes, the reference and one with a long allele written in: which explains all of a read's bases?

A haplotype is never built as a whole. Its coordinates are the reference's up to the allele; behind it they are shifted by the
allele's change of length. Penalties are Phred-scaled: ten times the negative decimal logarithm of a likelihood.
"""

from __future__ import annotations

import math

import numpy as np

from oncopipe.constants import BASE_N, CIGAR_DELETION, CIGAR_INSERTION, CIGAR_SKIP, CIGAR_SOFT_CLIP
from oncopipe.jit import kernel
from oncopipe.pileup.difference_kernels import READ_DIFFERENCES, READ_LEAD, READ_TRAIL, is_aligned
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

# Columns of the matrix of alleles (alleles, N_HAPLOTYPE_COLUMNS) int64: first base, reference bases, place and number of
# alternate bases in the pool.
HAP_POSITION, HAP_REFERENCE, HAP_AT, HAP_ALTERNATE = range(4)
N_HAPLOTYPE_COLUMNS = 4
# Columns of the matrix of comparisons (n, N_COMPARISON_COLUMNS) int64. Starts are the places of the read's first base.
(FIT_ALLELE, FIT_READ, FIT_REFERENCE, FIT_ALTERNATE, FIT_REFERENCE_START, FIT_ALTERNATE_START) = range(6)
(FIT_REFERENCE_MISMATCHES, FIT_ALTERNATE_MISMATCHES, FIT_QUALITY) = range(6, 9)
N_COMPARISON_COLUMNS = 9

# A mismatch costs its quality, at most so much.
MOST_PENALTY = 40
# METHOD: where neither haplotype explains a read within two good mismatches without gaps, and the read has indels of its own by
# its CIGAR, a pair-HMM asks again: no placing without gaps bears those. It is for reads that pass an edge of the allele only.
GAPS_FROM = 2 * MOST_PENALTY + 1
# Longer reads do not speak of long alleles.
MAX_READ = 1000
# METHOD: chances of the pair-HMM: a gap opens once in 10^4.5 bases and goes on nine times in ten, as in Mutect2's; an
# inserted base is any of four.
_OPEN, _EXTEND = 10.0**-4.5, 0.1
_INSERTED = 0.25
_AROUND = 20  # bases of the haplotype beyond the read's ends that it may shift into


@kernel
def _compare(
    buffer: np.ndarray, read: tuple[int, int, int], first: int, last: int, bases: np.ndarray, place: int
) -> tuple[int, int]:
    """Penalty and number of mismatches of read bases [first, last) with `bases` from `place` on; what is unknown is free.

    read: offsets of bases and qualities, least quality of a mismatch that is counted.
    """
    penalty, n = 0, 0
    for j in range(max(first, first - place), min(last, first + bases.size - place)):
        code = base_code(buffer, read[0], j)
        other = bases[place + j - first]
        if code < BASE_N and other < BASE_N and code != other:
            level = np.int64(buffer[read[1] + j])
            penalty += min(level, MOST_PENALTY)
            n += 1 if level >= read[2] else 0
    return penalty, n


@kernel
def _on_alternate(
    buffer: np.ndarray,
    read: tuple[int, int, int],
    length: int,
    start: int,
    codes: np.ndarray,
    codes_start: int,
    allele: np.ndarray,
    pool: np.ndarray,
) -> tuple[int, int]:
    """Penalty and mismatches of a read whose first base lies at `start` on the alternate haplotype."""
    behind = allele[HAP_POSITION] + allele[HAP_ALTERNATE]
    a, b = min(max(allele[HAP_POSITION] - start, 0), length), min(max(behind - start, 0), length)
    penalty, n = _compare(buffer, read, 0, a, codes, start - codes_start)
    if a < b:
        inside = pool[allele[HAP_AT] : allele[HAP_AT] + allele[HAP_ALTERNATE]]
        more, also = _compare(buffer, read, a, b, inside, start + a - allele[HAP_POSITION])
        penalty, n = penalty + more, n + also
    change = allele[HAP_ALTERNATE] - allele[HAP_REFERENCE]
    more, also = _compare(buffer, read, b, length, codes, start + b - change - codes_start)
    return penalty + more, n + also


@kernel
def fill_haplotype(
    codes: np.ndarray, codes_start: int, allele: np.ndarray, pool: np.ndarray, start: int, haplotype: np.ndarray
) -> None:
    """Write the alternate haplotype from `start` on; bases that are not known are N."""
    change = allele[HAP_ALTERNATE] - allele[HAP_REFERENCE]
    for i in range(haplotype.size):
        x = start + i
        inside = x - allele[HAP_POSITION]
        if 0 <= inside < allele[HAP_ALTERNATE]:
            haplotype[i] = pool[allele[HAP_AT] + inside]
            continue
        place = (x if inside < 0 else x - change) - codes_start
        haplotype[i] = codes[place] if 0 <= place < codes.size else BASE_N


@kernel
def gapped_penalty(
    buffer: np.ndarray, sequence: int, quality: int, length: int, haplotype: np.ndarray, work: np.ndarray
) -> float:
    """Phred-scaled chance of the read given the haplotype, all alignments with affine gaps together (pair-HMM, forward).

    haplotype: (bases,) uint8. work: (6, at least bases + 1) float64. The read may begin and end anywhere on it.

    Method: Durbin, Eddy, Krogh and Mitchison 1998, Biological Sequence Analysis, chapter 4; rows are scaled.
    """
    n = haplotype.size
    stay, close = 1.0 - 2 * _OPEN, 1.0 - _EXTEND
    for j in range(n + 1):
        for k in range(6):
            work[k, j] = 0.0
        work[2, j] = 1.0  # before the read's first base every place is as good, for nothing
    scaled = 0.0
    for i in range(length):
        old, new = (0, 3) if i % 2 == 0 else (3, 0)
        code = base_code(buffer, sequence, i)
        wrong = 10.0 ** (-max(np.int64(buffer[quality + i]), 1) / 10.0)
        work[new, 0], work[new + 1, 0], work[new + 2, 0] = 0.0, 0.0, 0.0
        largest = 0.0
        for j in range(1, n + 1):
            base = haplotype[j - 1]
            emitted = 0.25 if code >= BASE_N or base >= BASE_N else (1.0 - wrong if code == base else wrong / 3.0)
            before = stay * work[old, j - 1] + close * work[old + 1, j - 1]
            before += work[old + 2, j - 1] if i == 0 else close * work[old + 2, j - 1]
            match = emitted * before
            inserted = _INSERTED * (_OPEN * work[old, j] + _EXTEND * work[old + 1, j])
            deleted = _OPEN * work[new, j - 1] + _EXTEND * work[new + 2, j - 1]
            work[new, j], work[new + 1, j], work[new + 2, j] = match, inserted, deleted
            largest = max(largest, match, inserted)
        if largest <= 0.0:
            return 1e6
        if largest < 1e-100:  # denormals are slow and lose what they hold
            scaled += math.log10(largest)
            for j in range(n + 1):
                for k in range(3):
                    work[new + k, j] /= largest
    last = 3 if length % 2 else 0
    total = 0.0
    for j in range(1, n + 1):
        total += work[last, j] + work[last + 1, j]
    return -10.0 * (math.log10(max(total, 1e-300)) + scaled)


@kernel
def _ends_of(buffer: np.ndarray, columns: np.ndarray, row: int) -> tuple[int, int, bool]:
    """Where a read's first base would lie by its first and by its last aligned stretch; whether it can be placed."""
    position, query, first, last, any_aligned = columns[row, POSITION], 0, 0, 0, False
    for k in range(columns[row, N_CIGAR]):
        word = cigar_word(buffer, columns[row, CIGAR_OFFSET] + 4 * k)
        operation, size = word & 15, word >> 4
        if is_aligned(operation):
            if not any_aligned:
                first, any_aligned = position - query, True
            last = position - query
            position += size
            query += size
        elif operation == CIGAR_INSERTION or operation == CIGAR_SOFT_CLIP:
            query += size
        elif operation == CIGAR_DELETION:
            position += size
        elif operation == CIGAR_SKIP:
            return 0, 0, False
    return first, last, any_aligned


@kernel
def _fit(
    buffer: np.ndarray,
    columns: np.ndarray,
    row: int,
    codes: np.ndarray,
    codes_start: int,
    allele: np.ndarray,
    pool: np.ndarray,
    min_base_quality: int,
    work: tuple[np.ndarray, np.ndarray],
    out: np.ndarray,
) -> bool:
    """Write how well a read fits both haplotypes; whether it could be placed."""
    first, last, is_placed = _ends_of(buffer, columns, row)
    if not is_placed:
        return False
    read = (columns[row, SEQUENCE_OFFSET], columns[row, QUALITY_OFFSET], min_base_quality)
    length, change = columns[row, LENGTH], allele[HAP_ALTERNATE] - allele[HAP_REFERENCE]
    out[FIT_REFERENCE] = out[FIT_ALTERNATE] = 1 << 40
    for which in range(2 if first != last else 1):
        start = first if which == 0 else last
        penalty, n = _compare(buffer, read, 0, length, codes, start - codes_start)
        if penalty < out[FIT_REFERENCE]:
            out[FIT_REFERENCE], out[FIT_REFERENCE_MISMATCHES], out[FIT_REFERENCE_START] = penalty, n, start
        for side in range(2):
            at = start if side == 0 else start + change
            penalty, n = _on_alternate(buffer, read, length, at, codes, codes_start, allele, pool)
            if penalty < out[FIT_ALTERNATE]:
                out[FIT_ALTERNATE], out[FIT_ALTERNATE_MISMATCHES], out[FIT_ALTERNATE_START] = penalty, n, at
    if first != last and min(out[FIT_REFERENCE], out[FIT_ALTERNATE]) >= GAPS_FROM:
        low, high = min(first, last), max(first, last)
        haplotype = work[0][: high - low + length + 2 * _AROUND]
        for i in range(haplotype.size):
            place = low - _AROUND + i - codes_start
            haplotype[i] = codes[place] if 0 <= place < codes.size else BASE_N
        penalty = round(gapped_penalty(buffer, read[0], read[1], length, haplotype, work[1]))
        out[FIT_REFERENCE] = min(out[FIT_REFERENCE], penalty)
        low, high = min(low, low + change), max(high, high + change)
        haplotype = work[0][: high - low + length + 2 * _AROUND]
        fill_haplotype(codes, codes_start, allele, pool, low - _AROUND, haplotype)
        penalty = round(gapped_penalty(buffer, read[0], read[1], length, haplotype, work[1]))
        out[FIT_ALTERNATE] = min(out[FIT_ALTERNATE], penalty)
    total = 0
    for j in range(length):
        total += np.int64(buffer[read[1] + j])
    out[FIT_QUALITY] = total // length
    return True


@kernel
def fit_reads(
    buffer: np.ndarray,
    columns: np.ndarray,
    reads: np.ndarray,
    codes: np.ndarray,
    codes_start: int,
    alleles: np.ndarray,
    edges: np.ndarray,
    pool: np.ndarray,
    min_base_quality: int,
    comparisons: np.ndarray,
) -> int:
    """Compare every read that may show or lack an allele with both haplotypes; the number, also when the matrix is too small.

    reads: (records, N_READ_COLUMNS) of `find_differences`. alleles: (n, N_HAPLOTYPE_COLUMNS) int64. edges: (n, 4) int64; a
    read reaches over one of the first two, or over the allele's first base. pool: (bases,) uint8, all alternate bases.
    comparisons: (capacity, N_COMPARISON_COLUMNS) int64.
    """
    n, longest, widest = 0, 0, 0
    for row in range(columns.shape[0]):
        longest = max(longest, columns[row, END] - columns[row, POSITION])
    for i in range(alleles.shape[0]):
        widest = max(widest, alleles[i, HAP_REFERENCE] + alleles[i, HAP_ALTERNATE])
    size = 2 * MAX_READ + 2 * widest + 2 * longest + 2 * _AROUND + 2
    work = (np.empty(size, np.uint8), np.empty((6, size + 1)))
    out = np.empty(N_COMPARISON_COLUMNS, np.int64)
    for i in range(alleles.shape[0]):
        allele = alleles[i]
        position = allele[HAP_POSITION]
        # A read of a duplication may be aligned behind its first copy, one of a deletion behind what is lost.
        reach = position + max(allele[HAP_REFERENCE], allele[HAP_ALTERNATE])
        row = np.searchsorted(columns[:, POSITION], position - longest - 1)
        while row < columns.shape[0] and columns[row, POSITION] <= reach + MAX_READ:
            lead, trail = np.int64(reads[row, READ_LEAD]), np.int64(reads[row, READ_TRAIL])
            begin, end = columns[row, POSITION] - lead, columns[row, END] + trail
            touches = (
                reads[row, READ_DIFFERENCES] >= 0
                and columns[row, LENGTH] <= MAX_READ
                and (begin <= position < end or begin < edges[i, 0] < end or begin < edges[i, 1] < end)
            )
            if touches and _fit(buffer, columns, row, codes, codes_start, allele, pool, min_base_quality, work, out):
                if n < comparisons.shape[0]:
                    out[FIT_ALLELE], out[FIT_READ] = i, row
                    comparisons[n] = out
                n += 1
            row += 1
    return n
