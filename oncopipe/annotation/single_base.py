"""One base exchanged for another on one transcript, by tables.

PERF: nine calls of ten are such, and nothing about them needs more than a look at two borders and one codon, so that the
text is written at once. It is that of the general way (`consequences.seen_generally`, `seen.entry_of`), which a test asks
of every base of made genes.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from itertools import product

from oncopipe.annotation import terms
from oncopipe.annotation.places import FAR, REGION_EXON, intron_terms
from oncopipe.annotation.protein import base_change
from oncopipe.annotation.seen import NO_NAME, SAME, Entry, Told, told_of
from oncopipe.annotation.transcripts import Ruler
from oncopipe.data.amino_acids import MITOCHONDRIAL_CODE, STANDARD_CODE, STOP, THREE_LETTERS

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
            within = index - ruler.cds_start + ruler.missing
            if ruler.missing <= within < ruler.n_coding:
                name = f"{prefix}{within + 1}{reference}>{base}" if prefix else ""
                return _translated(ruler, index, within, near, f"{exon + 1}/{last + 1}|{name}", base)
            return _untranslated(ruler, exon, index, near, f"{reference}>{base}")
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


def _untranslated(ruler: Ruler, exon: int, index: int, near: bool, change: str) -> Entry:
    """The same of the `index`-th base of the spliced sequence, in a UTR."""
    if index >= ruler.cds_start:
        utr, number = _UTR_3, f"*{index - ruler.cds_end + 1}"
    else:
        utr = _UTR_5_PROMOTER if ruler.promoter and exon == 0 else _UTR_5
        number = str(index - ruler.cds_start)
    name = f"{ruler.prefix}{number}{change}" if ruler.prefix else ""
    body = f"{exon + 1}/{ruler.n_exons}|{name}||{index + 1}/{ruler.n_bases}||||{ruler.warnings}"
    return utr[near], None, body


def _translated(ruler: Ruler, index: int, within: int, near: bool, head: str, base: str) -> Entry:
    """The same of the `within`-th base of the coding sequence; `head` is the entry's text up to the c. name."""
    residue, phase = divmod(within, 3)
    messages = ruler.warnings
    exchange = None
    if ruler.is_readable and 0 < residue < ruler.n_residues:
        codon = ruler.coding_bases[within - phase : within - phase + 3]
        exchange = _EXCHANGES[ruler.code is STANDARD_CODE].get((codon, phase, base))
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


def _exchanges(
    code: Mapping[str, str],
) -> dict[tuple[str, int, str], tuple[tuple[Told, str, str], tuple[Told, str, str]]]:
    """By codon, place in it and new base: terms without and with a splice region, and the name's parts around the number."""
    found = {}
    for codon, phase, base in product(code, range(3), "ACGT"):
        old, new = code[codon], code[codon[:phase] + base + codon[phase + 1 :]]
        if old == STOP:
            continue
        term = terms.SYNONYMOUS if old == new else terms.STOP_GAINED if new == STOP else terms.MISSENSE
        parts = f"p.{THREE_LETTERS[old]}", SAME if old == new else THREE_LETTERS[new]
        plain, near = _with_and_without_region(term)
        found[codon, phase, base] = (plain, *parts), (near, *parts)
    return found


# PERF: all but the first residue, stops (selenocysteine is read from one) and unknown bases are answered from here.
_EXCHANGES = _exchanges(MITOCHONDRIAL_CODE), _exchanges(STANDARD_CODE)
