"""An allele that was asked for by its place, as the calls write it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from oncopipe.annotation.alleles import Change, SequenceCache, change_of
from oncopipe.errors import InputError
from oncopipe.io.fasta import Reference


@dataclass(frozen=True, order=True)
class Allele:
    """One allele, 0-based. `reference` and `alternate` are None where only a place was named."""

    chromosome: str
    position: int
    reference: str | None = None
    alternate: str | None = None

    @property
    def where(self) -> str:
        change = f" {self.reference}>{self.alternate}" if self.reference else ""
        return f"{self.chromosome}:{self.position + 1}{change}"


def trimmed(allele: Allele) -> Allele:
    """The same allele without the bases that both sides share, at least one left on each: CAT>CAG is T>G.

    >>> trimmed(Allele("7", 10, "CAT", "CAG")).where, trimmed(Allele("7", 10, "GAAA", "GAA")).where
    ('7:13 T>G', '7:11 GA>G')
    """
    reference, alternate = allele.reference, allele.alternate
    if reference is None or alternate is None:
        return allele
    n = 0
    while min(len(reference), len(alternate)) - n > 1 and reference[-1 - n] == alternate[-1 - n]:
        n += 1
    reference, alternate = reference[: len(reference) - n], alternate[: len(alternate) - n]
    n = 0
    while min(len(reference), len(alternate)) - n > 1 and reference[n] == alternate[n]:
        n += 1
    return replace(allele, position=allele.position + n, reference=reference[n:], alternate=alternate[n:])


def left_aligned(allele: Allele, fasta: Reference) -> Allele:
    """The allele as the calls have it: an indel at the leftmost of its equal places.

    Raises: InputError where the reference has no such place, or other bases there.
    """
    contig = checked_contig(allele, fasta)
    if allele.reference is None or allele.alternate is None:
        return allele
    sequence = SequenceCache(fasta)
    change = change_of(sequence, contig, allele.position, allele.reference, allele.alternate)
    # Before the contig's first base there is none to write an indel with.
    return as_in_vcf(change, sequence) if change and change.start else allele


def checked_contig(allele: Allele, fasta: Reference) -> str:
    """What the reference calls the allele's contig.

    Raises: InputError where the reference has no such place, or other bases there than the allele says.
    """
    contig = contig_of(allele.chromosome, fasta.lengths)
    if contig is None:
        raise InputError(
            f"the reference has no contig {allele.chromosome[:60]}", where="the variant asked for",
            fix="check the place and the build of the reference",
        )  # fmt: skip
    end = allele.position + len(allele.reference or "N")
    if end > fasta.lengths[contig]:
        raise InputError(
            f"{allele.where[:90]} lies behind the end of {contig}, which has {fasta.lengths[contig]:,} bases",
            where="the variant asked for", fix="check the place and the build of the reference",
        )  # fmt: skip
    bases = fasta.fetch(contig, allele.position, end)
    if allele.reference is not None and bases != allele.reference:
        raise InputError(
            f"the reference has {bases[:60]} at {contig}:{allele.position + 1}, not {allele.reference[:60]}",
            where="the variant asked for",
            fix="check the alleles and the build of the reference",
        )
    return contig


def contig_of(name: str, contigs: Iterable[str]) -> str | None:
    """The contig that a name means, with or without `chr`; None when there is none."""
    contigs = list(contigs)
    others = [name, name.removeprefix("chr"), f"chr{name}"]
    return next((other for other in others if other in contigs), None)


def as_in_vcf(change: Change, sequence: SequenceCache) -> Allele:
    """A change as a VCF allele, with the base before it where one side is empty."""
    contig = change.contig
    first = change.start - (not change.inserted or change.start == change.end)
    before = sequence.fetch(contig, first, change.start) if first < change.start else ""
    reference = sequence.fetch(contig, first, change.end)
    return Allele(contig, first, reference, before + change.inserted)
