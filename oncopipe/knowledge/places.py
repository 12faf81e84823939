"""Places of rules on the genome: codons and exons of the chosen transcript, as sites to measure a limit of detection at."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from oncopipe.annotation.alleles import SequenceCache
from oncopipe.annotation.transcripts import GeneModels, Ruler
from oncopipe.data.transcripts import Transcript
from oncopipe.io.limits import Site
from oncopipe.knowledge.units import Unit

_CODON = re.compile(r"codon ([A-Z])(\d+)")
_EXON = re.compile(r"exon (\d+)")
# Bases on either side of an exon that belong to it: its splice sites.
SPLICE_BASES = 2


@dataclass(frozen=True)
class Placed:
    """Sites in the order of genes and targets, and why the others have none."""

    sites: list[Site]
    unplaced: list[tuple[Unit, str]]


def place_units(units: Iterable[Unit], models: GeneModels, sequence: SequenceCache) -> Placed:
    """Where the units lie on the chosen transcript of their gene.

    A codon whose residue is another one there (a source that counts on another isoform) has no place. A codon that an
    intron splits is two sites; `exons` is one site for each coding exon.
    """
    chosen = chosen_transcripts(models)
    rulers: dict[str, Ruler] = {}
    sites: list[Site] = []
    unplaced: list[tuple[Unit, str]] = []
    for unit in sorted(set(units)):
        transcript = chosen.get(unit.gene)
        if transcript is None:
            unplaced.append((unit, "the gene models hold no coding transcript of the gene"))
            continue
        if unit.gene not in rulers:
            rulers[unit.gene] = Ruler(transcript, sequence)
        blocks = _blocks(unit, rulers[unit.gene])
        if isinstance(blocks, str):
            unplaced.append((unit, blocks))
        else:
            sites += [Site(unit.gene, unit.target, unit.kind, transcript.contig, *block) for block in blocks]
    return Placed(sites, unplaced)


def codon_of(ruler: Ruler, residue: int) -> list[tuple[int, int]]:
    """The bases of a codon, in runs on the genome, 0-based half-open; none outside the protein."""
    first = ruler.cds_start - ruler.missing + 3 * (residue - 1)
    if residue < 1 or first < ruler.cds_start or first + 3 > ruler.cds_end:
        return []
    own = sorted(ruler.position(first + i) for i in range(3))
    genomic = sorted(p if ruler.is_forward else -1 - p for p in own)
    runs: list[tuple[int, int]] = []
    for position in genomic:
        if runs and runs[-1][1] == position:
            runs[-1] = (runs[-1][0], position + 1)
        else:
            runs.append((position, position + 1))
    return runs


def chosen_transcripts(models: GeneModels) -> dict[str, Transcript]:
    """The first chosen coding transcript of each gene; genes on alternative contigs come last by their order."""
    found: dict[str, tuple[int, Transcript]] = {}
    for transcript in models.transcripts:
        choice = models.chosen.get(id(transcript))
        if choice is not None and transcript.is_coding and choice[0] == 0:
            found.setdefault(transcript.gene, (choice[0], transcript))
    return {gene: transcript for gene, (_, transcript) in found.items()}


def _blocks(unit: Unit, ruler: Ruler) -> list[tuple[int, int]] | str:
    if unit.target == "exons":
        return list(_coding_exons(ruler))
    if exon := _EXON.fullmatch(unit.target):
        return _one_exon(ruler, int(exon[1]))
    codon = _CODON.fullmatch(unit.target)
    if codon is None:
        return f"{unit.target} is no place"
    letter, residue = codon[1], int(codon[2])
    name = ruler.transcript.identifier
    if residue > len(ruler.protein):
        return f"{name} has no residue {residue}"
    # X: the reference is unknown here, so the residue cannot be compared.
    if ruler.protein[residue - 1] not in (letter, "X"):
        return f"residue {residue} of {name} is {ruler.protein[residue - 1]}, not {letter}"
    return codon_of(ruler, residue) or f"{name} has no whole codon {residue}"


def _one_exon(ruler: Ruler, number: int) -> list[tuple[int, int]] | str:
    if not 1 <= number <= ruler.n_exons:
        return f"{ruler.transcript.identifier} has {ruler.n_exons} exons"
    block = _coding_part(ruler, number - 1)
    return [block] if block else f"exon {number} of {ruler.transcript.identifier} is not coding"


def _coding_exons(ruler: Ruler) -> Iterator[tuple[int, int]]:
    for index in range(ruler.n_exons):
        if block := _coding_part(ruler, index):
            yield block


def _coding_part(ruler: Ruler, index: int) -> tuple[int, int] | None:
    """The coding part of an exon with its splice sites, on the genome; None when it has none."""
    t = ruler.transcript
    start, end = ruler.interval(ruler.starts[index], ruler.ends[index])
    low, high = max(start, t.cds_start), min(end, t.cds_end)
    if low >= high:
        return None
    return (low - SPLICE_BASES if low == start else low), (high + SPLICE_BASES if high == end else high)
