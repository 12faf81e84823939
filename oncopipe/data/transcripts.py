"""Transcript models: what a gene file says about where a transcript's exons and its reading frame lie."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Transcript:
    """One transcript on the genome, coordinates 0-based half-open.

    `exons` are in genomic order, disjoint. `cds_start` and `cds_end` are the outermost coding bases (stop codon
    included) on the genome, both -1 without a CDS. `missing_bases` (0-2) is how many bases of the first codon lie
    before the annotated CDS, when its 5' end is not known.
    """

    identifier: str  # with version where the file gives one
    gene: str  # symbol
    gene_id: str
    contig: str
    strand: int  # +1 or -1
    biotype: str
    tags: frozenset[str]
    exons: tuple[tuple[int, int], ...]
    cds_start: int = -1
    cds_end: int = -1
    missing_bases: int = 0
    # False: the CDS parts are not the exons between cds_start and cds_end (ribosomal slippage, alignment gaps), so
    # reading the genome does not give the protein.
    is_plain: bool = True

    @property
    def start(self) -> int:
        return self.exons[0][0]

    @property
    def end(self) -> int:
        return self.exons[-1][1]

    @property
    def is_coding(self) -> bool:
        return self.cds_start >= 0

    @property
    def unversioned(self) -> str:
        """The identifier without its version: ENST00000288602 for ENST00000288602.11."""
        return self.identifier.partition(".")[0]

    @property
    def n_coding_bases(self) -> int:
        if not self.is_coding:
            return 0
        return sum(max(0, min(end, self.cds_end) - max(start, self.cds_start)) for start, end in self.exons)

    @property
    def n_bases(self) -> int:
        return sum(end - start for start, end in self.exons)
