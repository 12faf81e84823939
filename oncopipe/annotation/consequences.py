"""What a change does to a transcript: Sequence Ontology terms, names and numbers, as one entry of INFO/ANN.

METHOD: names follow the most 3' of all equal places on the transcript's strand, and so do terms, with two exceptions
where the most 5' place shows that what the 3' place seems to break is whole in the changed genome: an essential splice
site, when the 5' place lies in the intron (site and exon are both as before); and the start codon, when the 5' place
lies before it. A change that is exonic at its 5' place and breaks the donor at its 3' place (a c.9+1del that
would be c.9del) stays a splice variant: the exon's last bases are part of the donor's signal, and a missed exon skipping
is the worse error. All this is a property of the change, not of the alignment that was called.
"""

from __future__ import annotations

from collections.abc import Sequence

from oncopipe.annotation import terms
from oncopipe.annotation.alleles import Change, reverse_complement
from oncopipe.annotation.hgvs import coding_name
from oncopipe.annotation.places import Place, place_of
from oncopipe.annotation.protein import ProteinChange, protein_change
from oncopipe.annotation.seen import NO_NAME, Seen, told_of
from oncopipe.annotation.transcripts import Ruler
from oncopipe.data.variants import Effect

_SITES = frozenset({terms.SPLICE_DONOR, terms.SPLICE_ACCEPTOR})
_BROKEN = _SITES | {terms.START_LOST}
_LOST = frozenset({terms.EXON_LOSS, terms.TRANSCRIPT_ABLATION})


def seen_generally(change: Change, ruler: Ruler) -> Seen:
    """What any change does to one transcript."""
    towards_3, towards_5 = (change.n_shifts, 0) if ruler.is_forward else (0, change.n_shifts)
    named = _on_strand(change, ruler, towards_3)
    place, protein, found = _look(ruler, *named)
    if change.n_shifts and found & _BROKEN:
        other = _look(ruler, *_on_strand(change, ruler, towards_5))
        if not other[2] & _BROKEN and not (other[0].is_exonic and found & _SITES):
            place, protein, found = other
    return _seen(ruler, named, place, protein, found)


def seen_across(seen: Seen, ruler: Ruler, parts: Sequence[Change]) -> Seen:
    """What a substitution does when its codon reads others of the same haplotype with it, behind an intron.

    Its c. name stays its own: bases on two sides of an intron are no one change of DNA. Protein and terms are those of the
    codon with all of them.
    """
    low = high = -1
    bases = list(ruler.spliced_bases)
    for part in parts:
        start, _, inserted = _on_strand(part, ruler, 0)
        index = ruler.spliced(start)
        bases[index : index + len(inserted)] = inserted
        low = index if low < 0 else min(low, index)
        high = max(high, index + len(inserted))
    protein = protein_change(ruler, low, high, "".join(bases[low:high]))
    region = {terms.SPLICE_REGION} & set(seen.told.terms)
    messages = seen.messages if protein.name or NO_NAME in seen.messages else (*seen.messages, NO_NAME)
    return seen._replace(told=told_of(protein.terms | region), hgvs_p=protein.name, messages=messages)


def _on_strand(change: Change, ruler: Ruler, n: int) -> tuple[int, int, str]:
    """The change at its n-th place, on the transcript's strand."""
    start, end, inserted = change.shifted(n)
    if ruler.is_forward:
        return start, end, inserted
    return -end, -start, reverse_complement(inserted)


def _look(ruler: Ruler, start: int, end: int, inserted: str) -> tuple[Place, ProteinChange | None, frozenset[str]]:
    place = place_of(ruler, start, end, is_replaced=bool(inserted))
    if not place.is_exonic:
        return place, None, place.terms
    low, high = place.spliced_start, place.spliced_end
    if not ruler.is_coding:
        return place, None, place.terms | {terms.NON_CODING_EXON}
    if place.is_whole and not place.terms & _LOST and _inside_cds(ruler, low, high):
        protein = protein_change(ruler, low, high, inserted)
        return place, protein, place.terms | protein.terms
    return place, None, place.terms | _border_terms(ruler, place)


def _inside_cds(ruler: Ruler, low: int, high: int) -> bool:
    """True when a change is coding throughout; an insertion at either end of the CDS is not."""
    if low == high:
        return ruler.cds_start < low < ruler.cds_end
    return ruler.cds_start <= low and high <= ruler.cds_end


def _border_terms(ruler: Ruler, place: Place) -> set[str]:
    """Terms of exonic bases that are UTR, or coding without a protein to tell."""
    low, high = place.spliced_start, place.spliced_end
    found: set[str] = set()
    if low < ruler.cds_start or low == high == ruler.cds_start:
        found.add(terms.UTR_5)
        if ruler.promoter and place.rank == 1:
            found.add(terms.REGULATORY)
    if high > ruler.cds_end or low == high == ruler.cds_end:
        found.add(terms.UTR_3)
    if low < ruler.cds_end and high > ruler.cds_start:
        found.add(terms.CODING_SEQUENCE)
        if low < ruler.cds_start + 3 and high > ruler.cds_start and not ruler.missing:
            found.add(terms.START_LOST)
        if high > ruler.cds_end - 3 and low < ruler.cds_end and ruler.has_stop:
            found.add(terms.STOP_LOST)
    return found


def _seen(
    ruler: Ruler, named: tuple[int, int, str], place: Place, protein: ProteinChange | None, found: frozenset[str]
) -> Seen:
    cdna = cds = residue = None
    if place.is_exonic:
        # An insertion lies after the base that is told.
        cdna = max(1, place.spliced_start + (place.spliced_end > place.spliced_start))
        if ruler.is_coding and ruler.cds_start <= cdna - 1 < ruler.cds_end:
            cds = cdna - ruler.cds_start + ruler.missing
            residue = protein.residue + 1 if protein else -(-cds // 3)
    messages = ruler.messages if place.is_exonic else ()
    name = protein.name if protein else ""
    if protein is None and terms.START_LOST in found and not found & _SITES:
        name = "p.Met1?"
    if protein is not None and not name:
        messages = (*messages, NO_NAME)
    hgvs_c = coding_name(ruler, *named)
    return Seen(told_of(found), place.rank, place.n_ranks, hgvs_c, name, cdna, cds, residue, place.distance, messages)


def intergenic_effect(allele: str) -> Effect:
    """The entry of an allele that is near no transcript."""
    return Effect(allele, (terms.INTERGENIC,), terms.IMPACT[terms.INTERGENIC], feature_type="intergenic_region")
