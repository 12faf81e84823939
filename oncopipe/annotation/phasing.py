"""Neighboring substitutions on one haplotype, which one codon reads together.

METHOD: what a codon says follows from all its bases: BRAF c.1798G>A with c.1799T>A on the same molecule is p.Val600Lys,
while p.Val600Met and p.Val600Glu are what neither cell has. Callers tell the haplotype by a phase set (PS; Mutect2 also
PGT with PID) and the side of `|`; of calls without one the tumor's reads are asked, where they are given. Calls that pass
their filters, lie within three bases and share set and side, or molecules, are joined; else nothing is assumed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from oncopipe.annotation.alleles import Change, SequenceCache
from oncopipe.annotation.read_phase import ReadPhase
from oncopipe.annotation.transcripts import Ruler
from oncopipe.io.vcf_lines import VcfLine

_CODON = 3
_PASSED = frozenset({"PASS", "."})


class Joint(NamedTuple):
    """A change made of several calls, and how INFO/ANN names the others (ANN specification: `ALT-chr:pos_REF>ALT`)."""

    change: Change
    others: str


class _Member(NamedTuple):
    change: Change
    phases: frozenset[tuple[str, int]]
    label: str


def clusters(lines: Iterable[VcfLine]) -> Iterator[list[VcfLine]]:
    """Records in order, those that one codon may read together in one list."""
    held: list[VcfLine] = []
    end = -1
    for line in lines:
        if held and (line.fields[0] != held[0].fields[0] or line.position > end + 1):
            yield held
            held, end = [], -1
        held.append(line)
        end = max(end, line.position + len(line.fields[3]))
    if held:
        yield held


def joints_of(
    sequence: SequenceCache,
    lines: Sequence[VcfLine],
    changes: Sequence[Sequence[Change | None]],
    column: int | None,
    reads: ReadPhase | None = None,
) -> dict[tuple[int, int], list[Joint]]:
    """For allele `a` of record `r` of a cluster, by (r, a): the joint changes that it is part of, those of most calls first."""
    if reads is None and (column is None or sum("|" in line.fields[9 + column] for line in lines) < 2):
        return {}
    members = {
        (r, a): member
        for r, line in enumerate(lines)
        if line.fields[6] in _PASSED
        for a, change in enumerate(changes[r])
        if change is not None and (member := _member(line, a, change, column))
    }
    found: dict[tuple[int, int], list[Joint]] = {}
    for keys in _runs(members, reads):
        joint = _joined(sequence, [members[key].change for key in keys])
        for key in keys:
            others = "&".join(members[other].label for other in keys if other != key)
            found.setdefault(key, []).append(Joint(joint, others))
    for joints in found.values():
        joints.sort(key=lambda joint: (-joint.others.count("&"), joint.change.start, joint.change.end, joint.others))
    return found


def _member(line: VcfLine, allele: int, change: Change, column: int | None) -> _Member | None:
    """A substitution of as many bases, with its phases as far as they are told; None for anything else."""
    n = change.end - change.start
    if n != len(change.inserted) or n >= _CODON:
        return None
    label = f"{line.contig}:{line.position + 1}_{line.reference}>{line.alternates[allele]}"
    return _Member(change, _phases(line, allele, column), label)


def _phases(line: VcfLine, allele: int, column: int | None) -> frozenset[tuple[str, int]]:
    if column is None:
        return frozenset()
    values = {key: value for key, value in line.samples(column).items() if value not in ("", ".")}
    name = values.get("PID") or values.get("PS")
    genotype = values.get("PGT") or values.get("GT") or ""
    if name is None or "|" not in genotype:
        return frozenset()
    # Mutect2's PGT is written for a record of one alternate: its 1 is that allele.
    wanted = str(allele + 1)
    return frozenset((name, side) for side, told in enumerate(genotype.split("|")) if told == wanted)


def _runs(members: dict[tuple[int, int], _Member], reads: ReadPhase | None) -> Iterator[list[tuple[int, int]]]:
    """Two or three members side by side on one haplotype, within three bases."""
    ordered = sorted(members, key=lambda key: (members[key].change.start, members[key].change.end, key))
    pairs = {
        (i, j)
        for i, first in enumerate(ordered)
        for j, second in enumerate(ordered[i + 1 :], i + 1)
        if _are_together(members[first], members[second], reads)
    }
    for i, j in sorted(pairs):
        yield [ordered[i], ordered[j]]
        yield from (
            [ordered[i], ordered[j], ordered[k]] for k in range(j + 1, len(ordered)) if {(i, k), (j, k)} <= pairs
        )


def _are_together(first: _Member, second: _Member, reads: ReadPhase | None) -> bool:
    if second.change.end - first.change.start > _CODON or first.change.end > second.change.start:
        return False
    if first.phases and second.phases:
        return bool(first.phases & second.phases)
    return reads is not None and reads.are_together(first.change, second.change)


def _joined(sequence: SequenceCache, changes: list[Change]) -> Change:
    contig, start = changes[0].contig, changes[0].start
    inserted, at = "", start
    for change in changes:
        inserted += (sequence.fetch(contig, at, change.start) if change.start > at else "") + change.inserted
        at = change.end
    return Change(contig, start, at, inserted)


def is_in_one_codon(ruler: Ruler, change: Change) -> bool:
    """True when every base of a change lies in the same codon of the transcript, none of it across an intron."""
    if not ruler.is_coding:
        return False
    start, end = ruler.interval(change.start, change.end)
    exon = ruler.exon_at(start)
    if exon < 0 or end > ruler.ends[exon]:
        return False
    low = ruler.offsets[exon] + start - ruler.starts[exon]
    high = low + end - start
    if low < ruler.cds_start or high > ruler.cds_end:
        return False
    first, last = (index - ruler.cds_start + ruler.missing for index in (low, high - 1))
    return first // _CODON == last // _CODON
