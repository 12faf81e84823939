"""Alleles of anyone's VCF to the one form in which alleles are compared."""

from __future__ import annotations

from oncopipe.errors import InputError, ReferenceMismatchError
from oncopipe.io.fasta import Reference

# Contig, 0-based position, reference, alternate.
Allele = tuple[str, int, str, str]
# An indel is shifted left by at most this many bases.
_WINDOW = 1000


def normalize(reference: Reference, allele: Allele) -> list[Allele]:
    """The left-aligned, parsimonious form (Tan et al. 2015, doi:10.1093/bioinformatics/btv112), in genome order.

    Substitutions of several bases come apart into one allele per changed base; everything else is one allele, and
    an allele that changes nothing is none.

    Raises: InputError when the allele's reference bases are not the genome's; ReferenceMismatchError for a contig
    that the reference does not have.
    """
    contig, position, ref, alt = allele
    if contig not in reference.lengths:
        raise ReferenceMismatchError(
            f"contig {contig} is not in the reference",
            where=f"{contig}:{position + 1}",
            fix="use VCFs and a FASTA of the same genome build and contig names",
        )
    if reference.fetch(contig, position, position + len(ref)) != ref:
        raise InputError(
            f"the reference allele {ref[:20]} is not the genome's",
            where=f"{contig}:{position + 1}",
            fix="use VCFs and a FASTA of the same genome build",
        )
    if len(ref) == len(alt):
        pairs = enumerate(zip(ref, alt, strict=True))
        return [(contig, position + i, r, a) for i, (r, a) in pairs if r != a]
    before = reference.fetch(contig, max(0, position - _WINDOW), position)
    while ref[-1] == alt[-1] and ((len(ref) > 1 and len(alt) > 1) or before):
        ref, alt = ref[:-1], alt[:-1]
        if not ref or not alt:
            ref, alt, position, before = before[-1] + ref, before[-1] + alt, position - 1, before[:-1]
    while len(ref) > 1 and len(alt) > 1 and ref[0] == alt[0]:
        ref, alt, position = ref[1:], alt[1:], position + 1
    return [(contig, position, ref, alt)]
