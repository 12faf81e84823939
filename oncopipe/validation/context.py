"""The kind of sequence an allele lies in: what reads get wrong most, a run of one base or of two in turn, or neither."""

from __future__ import annotations

import re

from oncopipe.io.fasta import Reference

Allele = tuple[str, int, str, str]  # contig, 0-based position, reference, alternate

CONTEXTS = ("homopolymer", "dinucleotide", "unique")
# METHOD: a run from five bases, a dinucleotide tract from four units: from there on slippage outweighs other errors on
# real reads (docs/calling.md). Tracts longer than the window are still found, since they cover its middle.
_RUN = re.compile(r"([ACGT])\1{4,}")
_TRACT = re.compile(r"(([ACGT])(?!\2)[ACGT])\1{3,}")
_WINDOW = 60


def context_of(reference: Reference, allele: Allele) -> str:
    """`homopolymer`, `dinucleotide` or `unique`, by what an allele (left-aligned) or a base beside it touches."""
    contig, position, ref, _ = allele
    start = max(0, position - _WINDOW)
    bases = reference.fetch(contig, start, position + len(ref) + _WINDOW)
    first, last = position - 1 - start, position + len(ref) - start
    for name, pattern in zip(CONTEXTS, (_RUN, _TRACT), strict=False):
        if any(m.start() <= last and first < m.end() for m in pattern.finditer(bases)):
            return name
    return "unique"
