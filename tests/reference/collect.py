"""The plain, slow twin of `oncopipe.calling.collect`: pysam, strings and dictionaries, no kernels.

What it counts is the law: which molecules say what at each candidate.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path

import pysam

Allele = tuple[int, str, str]
UNUSED = 0x4 | 0x100 | 0x200 | 0x400 | 0x800


def left_aligned(genome: str, position: int, ref: str, alt: str) -> Allele:
    """The leftmost equal form of an anchored indel."""
    while position > 0 and len(ref) != len(alt):
        if ref[-1] == alt[-1] and min(len(ref), len(alt)) > 1:
            ref, alt = ref[:-1], alt[:-1]
        elif ref[-1] == alt[-1]:
            before = genome[position - 1]
            position, ref, alt = position - 1, before + ref[:-1], before + alt[:-1]
        else:
            break
    return position, ref, alt


def differences(read: pysam.AlignedSegment, genome: str, min_quality: int) -> list[tuple[Allele, int, int, int]]:
    """Alleles of a read with quality, query offset and bases taken; mismatches below `min_quality` are left out."""
    made, position, query = [], read.reference_start, 0
    sequence, quality = read.query_sequence or "", list(read.query_qualities or [])
    for operation, length in read.cigartuples or []:
        if operation in (0, 7, 8):
            for i in range(length):
                if sequence[query + i] != genome[position + i] and quality[query + i] >= min_quality:
                    allele = (position + i, genome[position + i], sequence[query + i])
                    made.append((allele, quality[query + i], query + i, 1))
            position += length
            query += length
        elif operation == 1:
            anchor = genome[position - 1]
            allele = left_aligned(genome, position - 1, anchor, anchor + sequence[query : query + length])
            made.append((allele, min(quality[max(0, query - 1) : query + length + 1]), query, length))
            query += length
        elif operation == 2:
            allele = left_aligned(
                genome, position - 1, genome[position - 1 : position + length], genome[position - 1]
            )
            made.append((allele, min(quality[max(0, query - 1) : query + 1]), query, 0))
            position += length
        elif operation == 4:
            query += length
    return made


def usable(path: Path, min_mapping_quality: int) -> list[pysam.AlignedSegment]:
    with pysam.AlignmentFile(str(path)) as file:
        return [r for r in file if not r.flag & UNUSED and r.mapping_quality >= min_mapping_quality]


def candidates(tumor: Path, genome: str, min_fragments: int = 2) -> list[Allele]:
    """Alleles that enough distinct fragments show."""
    names = defaultdict(set)
    for read in usable(tumor, 20):
        for allele, quality, _, _ in differences(read, genome, 13):
            if quality >= 13:
                names[allele].add(read.query_name)
    return sorted(allele for allele, seen in names.items() if len(seen) >= min_fragments)


def reach(genome: str, allele: Allele) -> int:
    """The last base a read must cover to speak of an indel: the one behind where it could as well lie."""
    position, ref, alt = allele
    changed, n = (ref if len(ref) > len(alt) else alt)[1:], 0
    while genome[position + 1 + n] == changed[n % len(changed)]:
        n += 1
    return position + 1 + n


def says(read: pysam.AlignedSegment, genome: str, allele: Allele) -> tuple[str, int] | None:
    """'ref', 'alt' or 'other' and a quality; None where the read does not speak."""
    position, ref, alt = allele
    pairs = {p: q for q, p in read.get_aligned_pairs(matches_only=True)}
    quality = list(read.query_qualities or [])
    if len(ref) == len(alt):
        if position in pairs:
            level = quality[pairs[position]]
            base = (read.query_sequence or "")[pairs[position]]
            return None if level < 10 else ({ref: "ref", alt: "alt"}.get(base, "other"), level)
        if read.reference_start <= position < (read.reference_end or 0):
            gap = pairs[max(p for p in pairs if p < position)] + 1
            level = min(quality[gap - 1 : gap + 1])
            return None if level < 10 else ("other", level)
        return None
    behind = reach(genome, allele)
    found = None
    at = read.reference_start
    for operation, length in read.cigartuples or []:
        touches = (position < at <= behind + 1) if operation == 1 else (at <= behind and at + length > position)
        if operation in (1, 2) and touches:
            found = found or "other"
        at += length if operation in (0, 2, 7, 8) else 0
    made = [d for d in differences(read, genome, 94) if len(d[0][1]) != len(d[0][2])]
    for event, level, _, _ in made:
        if event == allele:
            return ("alt", level) if level >= 10 and read.reference_start <= position else None
    if read.reference_start > position or position not in pairs or behind not in pairs:
        return None
    if found:
        return ("other", 0)
    level = min(quality[max(0, pairs[position] - 1) : pairs[position] + 3])
    return ("ref", level) if level >= 10 else None


def count(path: Path, genome: str, alleles: list[Allele]) -> dict[Allele, Counter[str]]:
    """Molecules by allele: mates merged, copies with the same ends taken together."""
    reads = usable(path, 20)
    counts: dict[Allele, Counter[str]] = {}
    for allele in alleles:
        fragments: dict[str, list[tuple[str, int, int, int]]] = defaultdict(list)
        for read in reads:
            if read.reference_start <= allele[0] < (read.reference_end or 0):
                said = says(read, genome, allele)
                if said is not None:
                    fragments[read.query_name or ""].append((*said, *_ends(read)))
        molecules: dict[tuple[int, int], list[tuple[str, int]]] = defaultdict(list)
        for said_by_mates in fragments.values():
            kind, level, start, end = said_by_mates[0]
            if len(said_by_mates) > 1:
                agree = said_by_mates[0][0] == said_by_mates[1][0]
                kind = kind if agree else "other"
                level = max(s[1] for s in said_by_mates) if agree else 0
                start, end = min(s[2] for s in said_by_mates), max(s[3] for s in said_by_mates)
            molecules[start, end].append((kind, level))
        counts[allele] = Counter(_majority(copies) for copies in molecules.values())
    return counts


def _ends(read: pysam.AlignedSegment) -> tuple[int, int]:
    start, end = read.reference_start, read.reference_end or 0
    if read.is_reverse:
        return (end + read.template_length if read.template_length < 0 else start), end
    return start, (start + read.template_length if read.template_length > 0 else end)


def _majority(copies: list[tuple[str, int]]) -> str:
    weight = {kind: sum(level for k, level in copies if k == kind) for kind in ("ref", "alt", "other")}
    # Of alleles that a copy shows, the heaviest; the earlier one where they weigh the same.
    shown = [kind for kind in weight if any(k == kind for k, _ in copies)]
    return max(shown, key=lambda kind: weight[kind])
