"""What a change makes of a transcript, by walking its bases. Plain and slow."""

from __future__ import annotations

from oncopipe.annotation.alleles import Change
from tests.gene_models import MadeGene, reverse_complement
from tests.reference.hgvs import translate


def is_coding_place(gene: MadeGene, change: Change, n: int) -> bool:
    """True when the n-th place of the change lies within the coding bases of one exon."""
    start, end, _ = change.shifted(n)
    assert gene.coding is not None
    low, high = gene.coding
    for s, e in ((max(s, low), min(e, high)) for s, e in gene.exons):
        inside = s < start < e or (s == start > low and s < e) or (e == start < high and s < e)
        if inside if start == end else s <= start and end <= e:
            return True
    return False


def mutated_protein(contig: str, gene: MadeGene, change: Change, n: int) -> str:
    """The protein after the n-th place of a change that lies within the coding bases of one exon."""
    start, end, inserted = change.shifted(n)
    assert gene.coding is not None
    bases, done, n_before, n_after = "", False, 0, 0
    for s, e in gene.exons:
        for p in range(s, e):
            if p == start and not done:
                bases, done = bases + inserted, True
            bases += contig[p] if not start <= p < end else ""
            n_before += p < gene.coding[0]
            n_after += p >= gene.coding[1]
        if e == start and not done:
            bases, done = bases + inserted, True
    assert done
    return translate(bases[n_before:] if gene.strand == "+" else reverse_complement(bases)[n_after:])
