"""The plain, slow twin of `oncopipe.calling.long_alleles`: strings, whole haplotypes and pysam, no kernels."""

from __future__ import annotations

import math

import pysam

from tests.reference.collect import Allele, left_aligned

SEED, LONGEST = 10, 400


def with_allele(genome: str, allele: Allele) -> str:
    position, ref, alt = allele
    assert genome[position : position + len(ref)] == ref
    return genome[:position] + alt + genome[position + len(ref) :]


def starts(read: pysam.AlignedSegment) -> list[int]:
    """Where the first base would lie by the first and by the last aligned stretch."""
    found, position, query = [], read.reference_start, 0
    for operation, length in read.cigartuples or []:
        if operation in (0, 7, 8):
            found.append(position - query)
            position, query = position + length, query + length
        elif operation in (1, 4):
            query += length
        elif operation == 2:
            position += length
    return [found[0], found[-1]]


def penalty(read: pysam.AlignedSegment, haplotype: str, start: int) -> int:
    """Qualities of the mismatches of a read placed without gaps, each at most 40."""
    total = 0
    for j, (base, level) in enumerate(zip(read.query_sequence or "", read.query_qualities or [], strict=True)):
        if 0 <= start + j < len(haplotype) and base != haplotype[start + j]:
            total += min(level, 40)
    return total


def fit(read: pysam.AlignedSegment, genome: str, allele: Allele) -> tuple[int, int]:
    """Least penalty on the reference and on the haplotype with the allele, without gaps."""
    changed, change = with_allele(genome, allele), len(allele[2]) - len(allele[1])
    places = starts(read)
    return (
        min(penalty(read, genome, at) for at in places),
        min(penalty(read, changed, at + shift) for at in places for shift in (0, change)),
    )


def forward(bases: str, quality: list[int], haplotype: str) -> float:
    """Phred-scaled chance of a read on a haplotype: pair-HMM, forward, three states, in logarithms."""
    opens, extends, inserted = math.log(10**-4.5), math.log(0.1), math.log(0.25)
    stays, closes, never = math.log(1 - 2 * 10**-4.5), math.log(0.9), -math.inf
    n = len(haplotype)
    match, insert, delete = [never] * (n + 1), [never] * (n + 1), [0.0] * (n + 1)
    for i, base in enumerate(bases):
        wrong = 10 ** (-max(quality[i], 1) / 10)
        new = ([never] * (n + 1), [never] * (n + 1), [never] * (n + 1))
        for j in range(1, n + 1):
            emitted = math.log(1 - wrong) if base == haplotype[j - 1] else math.log(wrong / 3)
            free = 0.0 if i == 0 else closes
            before = (stays + match[j - 1], closes + insert[j - 1], free + delete[j - 1])
            new[0][j] = emitted + _sum(before)
            new[1][j] = inserted + _sum((opens + match[j], extends + insert[j]))
            new[2][j] = _sum((opens + new[0][j - 1], extends + new[2][j - 1]))
        match, insert, delete = new
    return -10 / math.log(10) * _sum((*match, *insert))


def _sum(logs: tuple[float, ...]) -> float:
    largest = max(logs)
    return largest if largest == -math.inf else largest + math.log(sum(math.exp(x - largest) for x in logs))


def named_by(read: pysam.AlignedSegment, genome: str) -> set[Allele]:
    """Long alleles that a read's clips name, by the ten bases beside the aligned part, all of which must fit."""
    bases, cigar = read.query_sequence or "", read.cigartuples or []
    made = set()
    start, end = read.reference_start, read.reference_end or 0
    if cigar[0][0] == 4 and cigar[0][1] >= SEED:
        clip = bases[: cigar[0][1]]
        for stop in range(max(len(clip), start - LONGEST), start + LONGEST + 1):
            if abs(stop - start) >= SEED and genome[stop - len(clip) : stop] == clip:
                made.add(_step(genome, stop, start))
    if cigar[-1][0] == 4 and cigar[-1][1] >= SEED:
        clip = bases[-cigar[-1][1] :]
        for at in range(max(0, end - LONGEST), end + LONGEST + 1):
            if abs(at - end) >= SEED and genome[at : at + len(clip)] == clip:
                made.add(_step(genome, end, at))
    return made


def _step(genome: str, left_end: int, right_begin: int) -> Allele:
    """The allele by which the sequence goes on at `right_begin` after `left_end`."""
    anchor = genome[min(left_end, right_begin) - 1]
    if right_begin > left_end:
        return left_aligned(genome, left_end - 1, anchor + genome[left_end:right_begin], anchor)
    return left_aligned(genome, right_begin - 1, anchor, anchor + genome[right_begin:left_end])
