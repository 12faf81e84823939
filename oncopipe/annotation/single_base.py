"""One base exchanged for another on one transcript, by tables.

PERF: nine calls of ten are such, and nothing about them needs more than a look at two borders and one codon, so that the
text is written at once. It is that of the general way (`consequences.seen_generally`, `seen.entry_of`), which a test asks
of every base of made genes.
"""

from __future__ import annotations

from bisect import bisect_right

from oncopipe.annotation import terms
from oncopipe.annotation.places import FAR, REGION_EXON, intron_terms
from oncopipe.annotation.protein import base_change
from oncopipe.annotation.seen import NO_NAME, SAME, Entry, Told, told_of
from oncopipe.annotation.transcripts import Ruler
from oncopipe.data.amino_acids import SELENOCYSTEINE, STOP, THREE_LETTERS, UNKNOWN

_UPSTREAM, _DOWNSTREAM = told_of(frozenset({terms.UPSTREAM})), told_of(frozenset({terms.DOWNSTREAM}))
_PROMOTER = told_of(frozenset({terms.UPSTREAM, terms.REGULATORY}))
_FAR = FAR + 1
_INTRON = [[told_of(intron_terms(donor, acceptor)) for acceptor in range(_FAR + 1)] for donor in range(_FAR + 1)]


def _with_and_without_region(*found: str) -> tuple[Told, Told]:
    return told_of(frozenset(found)), told_of(frozenset((*found, terms.SPLICE_REGION)))


_NON_CODING = _with_and_without_region(terms.NON_CODING_EXON)
_UTR_3 = _with_and_without_region(terms.UTR_3)
_UTR_5 = _with_and_without_region(terms.UTR_5)
_REGION = frozenset({terms.SPLICE_REGION})
_UTR_5_PROMOTER = _with_and_without_region(terms.UTR_5, terms.REGULATORY)


def base_entry(ruler: Ruler, position: int, reference: str, base: str) -> Entry:
    """What exchanging `reference` at `position` (own strand) for `base` does."""
    starts, ends, prefix = ruler.starts, ruler.ends, ruler.prefix
    exon = bisect_right(starts, position) - 1
    if exon < 0:
        distance = starts[0] - position
        name = f"{prefix}{ruler.number(-distance)}{reference}>{base}" if prefix else ""
        return _PROMOTER if distance <= ruler.promoter else _UPSTREAM, distance, f"|{name}|||||{distance}|"
    beyond = position - ends[exon] + 1
    if beyond <= 0:
        index = ruler.offsets[exon] + position - starts[exon]
        last = ruler.n_exons - 1
        near = (exon > 0 and position < starts[exon] + REGION_EXON) or (exon < last and beyond > -REGION_EXON)
        if ruler.is_coding:
            return _of_coding(ruler, exon, index, near, reference, base)
        name = f"n.{index + 1}{reference}>{base}"
        return _NON_CODING[near], None, f"{exon + 1}/{last + 1}|{name}||{index + 1}/{ruler.n_bases}||||"
    if exon == ruler.n_exons - 1:
        name = f"{prefix}{ruler.number(ruler.n_bases + beyond - 1)}{reference}>{base}" if prefix else ""
        return _DOWNSTREAM, beyond, f"|{name}|||||{beyond}|"
    before = starts[exon + 1] - position
    name = ""
    if prefix:
        offset = ruler.offsets[exon + 1]
        place = f"{ruler.number(offset - 1)}+{beyond}" if beyond <= before else f"{ruler.number(offset)}-{before}"
        name = f"{prefix}{place}{reference}>{base}"
    found = _INTRON[beyond if beyond < _FAR else _FAR][before if before < _FAR else _FAR]
    return found, None, f"{exon + 1}/{ruler.n_exons - 1}|{name}||||||"


def _of_coding(ruler: Ruler, exon: int, index: int, near: bool, reference: str, base: str) -> Entry:
    """The same of an exonic base, the `index`-th of the spliced sequence, of a transcript with a CDS."""
    within = index - ruler.cds_start + ruler.missing
    if ruler.missing <= within < ruler.n_coding:
        name = f"{ruler.prefix}{within + 1}{reference}>{base}" if ruler.prefix else ""
        return _translated(ruler, index, within, near, f"{exon + 1}/{ruler.n_exons}|{name}", base)
    utr = _UTR_3 if index >= ruler.cds_start else _UTR_5_PROMOTER if ruler.promoter and exon == 0 else _UTR_5
    name = f"{ruler.prefix}{ruler.number(index)}{reference}>{base}" if ruler.prefix else ""
    body = f"{exon + 1}/{ruler.n_exons}|{name}||{index + 1}/{ruler.n_bases}||||{ruler.warnings}"
    return utr[near], None, body


def _translated(ruler: Ruler, index: int, within: int, near: bool, head: str, base: str) -> Entry:
    """The same of the `within`-th base of the coding sequence; `head` is the entry's text up to the c. name."""
    residue, phase = divmod(within, 3)
    messages = ruler.warnings
    exchange = None
    if ruler.is_readable and 0 < residue < ruler.n_residues:
        codon = ruler.coding_bases[within - phase : within - phase + 3]
        new = ruler.code.get(codon[:phase] + base + codon[phase + 1 :], UNKNOWN)
        exchange = _EXCHANGES.get(ruler.protein[residue] + new)
    if exchange is not None:
        told, first, last = exchange[near]
        protein = f"{first}{residue + 1}{last}"
    else:
        found, protein, residue = base_change(ruler, within, base)
        told = told_of(found | _REGION if near else found)
        if not protein:
            messages = f"{messages}&{NO_NAME}" if messages else NO_NAME
        protein = protein.replace("=", SAME)
    numbers = f"{index + 1}/{ruler.n_bases}|{within + 1}/{ruler.n_coding}|{residue + 1}/{ruler.n_residues}"
    return told, None, f"{head}|{protein}|{numbers}||{messages}"


def _exchanges() -> dict[str, tuple[tuple[Told, str, str], tuple[Told, str, str]]]:
    """By the two residues: terms without and with a splice region, and the name's parts around the number."""
    found = {}
    for old in THREE_LETTERS:
        for new in THREE_LETTERS:
            if UNKNOWN in (old, new) or old == STOP or new == SELENOCYSTEINE:
                continue
            term = terms.SYNONYMOUS if old == new else terms.STOP_GAINED if new == STOP else terms.MISSENSE
            parts = f"p.{THREE_LETTERS[old]}", SAME if old == new else THREE_LETTERS[new]
            plain, near = _with_and_without_region(term)
            found[old + new] = (plain, *parts), (near, *parts)
    return found


# PERF: all but the first residue, the stop and unknown ones are answered from here.
_EXCHANGES = _exchanges()
