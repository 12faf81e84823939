"""Names on a transcript: HGVS c. (n. without a CDS), with intron offsets, UTR signs and dup, del, ins, inv, delins.

The caller brings the most 3' of all equal places on the transcript's strand (HGVS, General recommendations: the
3' rule). Numbers run on into the flanks, so that the TERT promoter change is called c.-124C>T.
"""

from __future__ import annotations

from oncopipe.annotation.alleles import reverse_complement
from oncopipe.annotation.transcripts import Ruler


def coding_name(ruler: Ruler, start: int, end: int, inserted: str) -> str:
    """The name of replacing `[start, end)` (own strand) by `inserted`; "" where numbers cannot be trusted.

    Source: HGVS nomenclature, DNA recommendations (substitution, deletion, inversion, duplication, insertion,
    deletion-insertion, in this order of precedence).
    """
    if not (prefix := ruler.prefix):
        return ""
    n_deleted, n_inserted = end - start, len(inserted)
    if n_deleted == 1 == n_inserted:
        return f"{prefix}{position_name(ruler, start)}{ruler.bases(start, end)}>{inserted}"
    if not n_inserted:
        return f"{prefix}{_range(ruler, start, end)}del"
    if n_deleted:
        if n_deleted == n_inserted and ruler.bases(start, end) == reverse_complement(inserted):
            return f"{prefix}{_range(ruler, start, end)}inv"
        return f"{prefix}{_range(ruler, start, end)}delins{inserted}"
    if ruler.bases(start - n_inserted, start) == inserted:
        return f"{prefix}{_range(ruler, start - n_inserted, start)}dup"
    return f"{prefix}{_range(ruler, start - 1, start + 1)}ins{inserted}"


def _range(ruler: Ruler, start: int, end: int) -> str:
    first = position_name(ruler, start)
    return first if end - start == 1 else f"{first}_{position_name(ruler, end - 1)}"


def position_name(ruler: Ruler, position: int) -> str:
    """How HGVS counts a base (own strand): 1799, -124, *35, 1799+5, 1800-12, -15+3.

    An intron's first half counts from the exon before it, its second half from the exon after it.
    """
    exon = ruler.exon_at(position)
    if exon < 0:
        return ruler.number(position - ruler.starts[0])
    into = position - ruler.starts[exon]
    beyond = position - ruler.ends[exon] + 1
    if beyond <= 0 or exon == ruler.n_exons - 1:
        return ruler.number(ruler.offsets[exon] + into)
    before = ruler.starts[exon + 1] - position
    if beyond <= before:
        return f"{ruler.number(ruler.offsets[exon + 1] - 1)}+{beyond}"
    return f"{ruler.number(ruler.offsets[exon + 1])}-{before}"
