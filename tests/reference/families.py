"""The plain, slow twin of `oncopipe.families`: pysam, strings and dictionaries.

Which reads are copies of one molecule's end, and what they agree on: that is the law.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from pathlib import Path

import pysam

Stack = tuple[object, bool, int]
# Quality, and how many reads agree, of each base of a strand that is called.
Call = tuple[str, int, int]


def unclipped(read: pysam.AlignedSegment) -> int:
    """The read's 5' end, clips included."""
    cigar = read.cigartuples or []
    if read.is_reverse:
        return (read.reference_end or 0) + (cigar[-1][1] if cigar[-1][0] == 4 else 0)
    return read.reference_start - (cigar[0][1] if cigar[0][0] == 4 else 0)


def mate_unclipped(read: pysam.AlignedSegment) -> int:
    mate = pysam.AlignedSegment(read.header)
    mate.cigarstring = str(read.get_tag("MC"))
    mate.reference_start, mate.is_reverse = read.next_reference_start, read.mate_is_reverse
    return unclipped(mate)


def family(read: pysam.AlignedSegment, *, is_duplex: bool) -> object:
    """What names a read's molecule."""
    if read.has_tag("MI"):
        return str(read.get_tag("MI")).removesuffix("/A").removesuffix("/B")
    is_second = read.is_reverse != read.is_read2
    ends: tuple[int, ...]
    if read.has_tag("MC"):
        ends = tuple(sorted((unclipped(read), mate_unclipped(read))))
    elif read.template_length < 0:
        ends = ((read.reference_end or 0) + read.template_length, read.reference_end or 0)
    else:
        ends = (read.reference_start, read.reference_start + read.template_length)
    barcode = str(read.get_tag("RX")) if read.has_tag("RX") else ""
    if is_duplex and is_second:
        barcode = "-".join(reversed(barcode.split("-")))
    return (ends, barcode, None if is_duplex else is_second)


def stacks(path: Path, *, is_duplex: bool, least: int = 20) -> dict[Stack, list[pysam.AlignedSegment]]:
    """Reads by the molecule's end that they are copies of."""
    found: dict[Stack, list[pysam.AlignedSegment]] = defaultdict(list)
    with pysam.AlignmentFile(str(path)) as file:
        for read in file:
            if not (read.flag & (0x4 | 0x100 | 0x200 | 0x800)) and read.mapping_quality >= least:
                found[family(read, is_duplex=is_duplex), read.is_reverse, unclipped(read)].append(read)
    return found


def indels(read: pysam.AlignedSegment) -> tuple[tuple[int, int, int], ...]:
    made, position = [], read.reference_start
    for operation, length in read.cigartuples or []:
        if operation in (1, 2):
            made.append((operation, position, length))
        position += length if operation in (0, 2) else 0
    return tuple(made)


def gain(quality: int) -> int:
    claimed = min(10 ** (-quality / 10), 0.75)
    wrong = claimed + 1e-4 - 4 / 3 * claimed * 1e-4
    return max(round(1000 * math.log((1 - wrong) / (wrong / 3))), 0)


def clips(read: pysam.AlignedSegment) -> tuple[int, int]:
    cigar = read.cigartuples or []
    first, last = (cigar[i][1] if cigar[i][0] == 4 else 0 for i in (0, -1))
    return first, last


def called(votes: list[tuple[str, int]]) -> Call:
    """What the reads of one strand say at a base; '' for nothing."""
    evidence: Counter[str] = Counter()
    for base, quality in votes:
        evidence[base] += gain(quality)
    if not evidence or max(evidence.values()) <= 0:
        return "", 0, 0
    best = max("ACGT", key=lambda base: (evidence[base], -"ACGT".index(base)))
    others = [evidence[base] for base in "ACGT" if base != best]
    if max(others) == evidence[best]:
        return "", 0, 0
    wrong = sum(math.exp((other - evidence[best]) / 1000) for other in others)
    wrong /= 1 + wrong
    before = 10**-4.5
    quality = min(44, int(-10 * math.log10(wrong + before - 4 / 3 * wrong * before)))
    if 4 * sum(others) > evidence[best]:
        quality = min(quality, 20)
    return best, quality, sum(base == best for base, _ in votes)


def one_strand(call: Call) -> tuple[str, int]:
    base, quality, n = call
    return (base, min(quality, {1: 35, 2: 38}.get(n, 41))) if base else ("N", 0)


def both(first: Call, second: Call) -> tuple[str, int]:
    if not first[0] or not second[0]:
        return one_strand(first if first[0] else second)
    if first[0] != second[0]:
        return "N", 0
    qualities = one_strand(first)[1], one_strand(second)[1]
    if min(qualities) < 25:
        return first[0], min(sum(qualities), 38)
    return first[0], 47 if first[2] > 1 and second[2] > 1 else 43


def consensus(reads: list[pysam.AlignedSegment], *, is_duplex: bool) -> tuple[int, str, str, list[int]]:
    """Position, CIGAR, bases and qualities of what the reads of one end agree on."""
    strands: list[list[pysam.AlignedSegment]] = [[], []]
    for read in reads:
        strands[int(is_duplex and (read.is_reverse != read.is_read2))].append(read)
    for i, some in enumerate(strands):
        patterns = Counter(indels(read) for read in some)
        if patterns and 2 * patterns[()] < len(some):
            most = max(patterns.values())
            assert sum(n == most for n in patterns.values()) == 1, "the twin cannot choose between equals"
            strands[i] = [read for read in some if patterns[indels(read)] == most]
        else:
            strands[i] = [read for read in some if indels(read) == ()]
    if strands[0] and strands[1] and indels(strands[0][0]) != indels(strands[1][0]):
        shows = [indels(some[0]) for some in strands]
        keep = 0 if shows[0] == () or (shows[1] != () and len(strands[0]) >= len(strands[1])) else 1
        strands[1 - keep] = []
    used = strands[0] + strands[1]
    least = min(sum(clips(read)) for read in used)
    longest = max(read.query_length for read in used if sum(clips(read)) == least)
    kept = next(read for read in used if (sum(clips(read)), read.query_length) == (least, longest))
    bases, quality = kept.query_sequence or "", list(kept.query_qualities or [])
    if len(used) == 1:
        return kept.reference_start, kept.cigarstring or "", bases, [min(q, 35) for q in quality]
    lead, trail = clips(kept)
    text, levels = "", []
    for q in range(len(bases)):
        if q < lead or q >= len(bases) - trail:
            text, levels = text + bases[q], [*levels, min(quality[q], 35)]
            continue
        calls = []
        for some in strands:
            votes = []
            for read in some:
                at = q - (len(bases) - read.query_length if read.is_reverse else 0)
                first, last = clips(read)
                if first <= at < read.query_length - last and (read.query_sequence or "")[at] != "N":
                    votes.append(((read.query_sequence or "")[at], (read.query_qualities or [])[at]))
            calls.append(called(votes))
        base, level = both(calls[0], calls[1])
        text, levels = text + base, [*levels, level]
    return kept.reference_start, kept.cigarstring or "", text, levels
