"""Alleles that are always reported: from a VCF, or from the sites of `oncopipe knowledge sites`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from oncopipe.constants import BASES
from oncopipe.errors import InputError, ReferenceMismatchError
from oncopipe.io.fasta import Reference
from oncopipe.io.limits import read_sites
from oncopipe.io.normalized import Allele, normalize
from oncopipe.io.vcf_lines import VcfText, is_sequence

# Bases of a site of substitutions whose alleles are spelled out: a codon, or what an intron leaves of one.
_CODON = 3
# Longer ones are what `call` finds by other means than a CIGAR operation of one read.
_LONGEST = 500


@dataclass(frozen=True)
class Hotspots:
    """By contig, alleles as (position, reference, alternate), left-aligned, sorted; and what was listed but is no such
    allele: other places of a gene, symbolic and complex alleles.
    """

    alleles: dict[str, list[tuple[int, str, str]]]
    n_left_out: int

    def __len__(self) -> int:
        return sum(map(len, self.alleles.values()))


def read_hotspots(path: Path | str, reference: Reference) -> Hotspots:
    """The alleles that a file lists: a VCF's (its substitutions of several bases one by one), or of a table of sites every
    substitution in each codon. Exons list no alleles.

    Raises: MissingInputError; InputError, ReferenceMismatchError (unknown contig, another REF).
    """
    path = Path(path)
    listed = _of_sites(path, reference) if path.suffix == ".tsv" else _of_vcf(path, reference)
    found: dict[str, set[tuple[int, str, str]]] = {}
    n_left_out = 0
    for allele in listed:
        if allele is None or not _is_simple(allele):
            n_left_out += 1
        else:
            found.setdefault(allele[0], set()).add(allele[1:])
    return Hotspots({contig: sorted(found[contig]) for contig in sorted(found)}, n_left_out)


def _of_vcf(path: Path, reference: Reference) -> Iterator[Allele | None]:
    with VcfText(path, role="the VCF of hotspots") as vcf:
        for line in vcf:
            for alternate in line.alternates:
                if not is_sequence(alternate):
                    yield None
                    continue
                try:
                    yield from normalize(
                        reference, (line.contig, line.position, line.reference.upper(), alternate.upper())
                    )
                except InputError as error:
                    raise type(error)(error.what, where=line.where, fix=error.fix) from error


def _of_sites(path: Path, reference: Reference) -> Iterator[Allele | None]:
    for site in read_sites(path):
        if site.chromosome not in reference.lengths:
            raise ReferenceMismatchError(
                f"contig {site.chromosome} is not in the reference",
                where=str(path),
                fix="make the sites with the same reference",
            )
        if site.kind != "snv" or site.end - site.start > _CODON:
            yield None
            continue
        for position, base in enumerate(reference.fetch(site.chromosome, site.start, site.end).upper(), site.start):
            for other in BASES:
                if base in BASES and other != base:
                    yield site.chromosome, position, base, other


def _is_simple(allele: Allele) -> bool:
    """A substitution of one base, or an indel behind one shared base."""
    _, _, reference, alternate = allele
    if set(reference + alternate) - set(BASES):
        return False
    short, long = sorted((reference, alternate), key=len)
    return len(short) == 1 and len(long) <= _LONGEST and (len(long) == 1 or short == long[0])
