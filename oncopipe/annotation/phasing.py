"""Substitutions on one haplotype, which one codon reads together, across an intron too.

METHOD: what a codon says follows from all its bases: BRAF c.1798G>A with c.1799T>A on the same molecule is p.Val600Lys,
while p.Val600Met and p.Val600Glu are what neither cell has. Callers tell the haplotype by a phase set (PS; Mutect2 also
PGT with PID) and the side of `|`; of calls without one the tumor's reads are asked, where they are given. Calls that pass
their filters, lie within three bases of the genome or in one codon that an intron splits, and share set and side, or
molecules, are joined; else nothing is assumed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

from oncopipe.annotation.alleles import Change, SequenceCache
from oncopipe.annotation.read_phase import ReadPhase
from oncopipe.annotation.transcripts import Ruler
from oncopipe.io.vcf_lines import VcfLine

_CODON = 3
_PASSED = frozenset({"PASS", "."})
# Reads are asked across an intron only where one read can show both sides of it.
_SHORT_INTRON = 300
Codon = tuple[int, ...]  # positions on the genome of its three bases, in order
SplitCodons = Callable[[str, int], Iterable[Codon]]


class Joint(NamedTuple):
    """A change made of several calls, and how INFO/ANN names the others (ANN specification: `ALT-chr:pos_REF>ALT`).

    Across an intron the calls are no one change: `parts` are what `codon` reads together, `change` is the first of them.
    """

    change: Change
    others: str = ""
    parts: tuple[Change, ...] = ()
    codon: Codon = ()


class _Member(NamedTuple):
    change: Change
    phases: frozenset[tuple[str, int]]
    label: str


def clusters(lines: Iterable[VcfLine], reach: Callable[[VcfLine], int]) -> Iterator[list[VcfLine]]:
    """Records in order, those that one codon may read together in one list.

    `reach`: how far a codon of this record goes beyond it, across an intron; -1 where it does not.
    """
    held: list[VcfLine] = []
    end = -1
    for line in lines:
        if held and (line.fields[0] != held[0].fields[0] or line.position > end + 1):
            yield held
            held, end = [], -1
        held.append(line)
        end = max(end, line.position + len(line.fields[3]), reach(line))
    if held:
        yield held


def joints_of(
    sequence: SequenceCache,
    lines: Sequence[VcfLine],
    changes: Sequence[Sequence[Change | None]],
    column: int | None,
    reads: ReadPhase | None = None,
    split: SplitCodons = lambda contig, position: (),
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
    runs = [(keys, Joint(_joined(sequence, [members[key].change for key in keys]))) for keys in _runs(members, reads)]
    for codon, keys in _runs_across(members, reads, split):
        parts = tuple(members[key].change for key in keys)
        runs.append((keys, Joint(parts[0], parts=parts, codon=codon)))
    for keys, joint in runs:
        for key in keys:
            others = "&".join(members[other].label for other in keys if other != key)
            found.setdefault(key, []).append(joint._replace(others=others))
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


def _runs_across(
    members: dict[tuple[int, int], _Member], reads: ReadPhase | None, split: SplitCodons
) -> Iterator[tuple[Codon, list[tuple[int, int]]]]:
    """Members of one codon that an intron splits, all on one haplotype and not all on one side of the intron."""
    by_codon: dict[Codon, list[tuple[int, int]]] = defaultdict(list)
    for key in sorted(members, key=lambda key: (members[key].change.start, members[key].change.end, key)):
        change = members[key].change
        for codon in split(change.contig, change.start):
            if all(position in codon for position in range(change.start, change.end)):
                by_codon[codon].append(key)
    for codon, keys in sorted(by_codon.items()):
        for n in range(len(keys), 1, -1):
            for some in combinations(keys, n):
                changes = [members[key].change for key in some]
                is_across = changes[-1].end - changes[0].start > _CODON
                if is_across and all(
                    _are_of_one_haplotype(members[a], members[b], reads) for a, b in combinations(some, 2)
                ):
                    yield codon, list(some)


def _are_together(first: _Member, second: _Member, reads: ReadPhase | None) -> bool:
    if second.change.end - first.change.start > _CODON:
        return False
    return _are_of_one_haplotype(first, second, reads)


def _are_of_one_haplotype(first: _Member, second: _Member, reads: ReadPhase | None) -> bool:
    if first.change.end > second.change.start:
        return False
    if first.phases and second.phases:
        return bool(first.phases & second.phases)
    if reads is None or second.change.end - first.change.start > _SHORT_INTRON:
        return False
    return reads.are_together(first.change, second.change)


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


def split_codon(ruler: Ruler, position: int) -> Codon | None:
    """The codon of a base of the genome, where an intron splits it; else None."""
    own = position if ruler.is_forward else -1 - position
    exon = ruler.exon_at(own)
    if not ruler.is_coding or exon < 0 or own >= ruler.ends[exon]:
        return None
    into, left = own - ruler.starts[exon], ruler.ends[exon] - 1 - own
    if into >= _CODON - 1 and left >= _CODON - 1:
        return None
    index = ruler.offsets[exon] + into
    first = index - (index - ruler.cds_start + ruler.missing) % _CODON
    if not ruler.cds_start <= index < ruler.cds_end or first < ruler.cds_start or first + _CODON > ruler.cds_end:
        return None
    if index - first <= into and first + _CODON - 1 - index <= left:
        return None
    bases = [ruler.position(i) for i in range(first, first + _CODON)]
    return tuple(bases if ruler.is_forward else [-1 - base for base in reversed(bases)])


def reach_of(line: VcfLine, column: int | None, reads: ReadPhase | None, split: SplitCodons) -> int:
    """How far a codon of a substitution goes on behind an intron, where its phase can be told; else -1."""
    is_phased = column is not None and "|" in line.fields[9 + column]
    if not is_phased and reads is None:
        return -1
    if line.fields[6] not in _PASSED or not any(len(a) == len(line.fields[3]) for a in line.alternates):
        return -1
    end = max((codon[-1] for at in _places(line) for codon in split(line.fields[0], at)), default=-1)
    return end if is_phased or end - line.position <= _SHORT_INTRON else -1


def _places(line: VcfLine) -> range:
    return range(line.position, line.position + min(len(line.fields[3]), _CODON))
