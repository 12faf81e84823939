"""One base exchanged for another on one transcript, by tables.

PERF: nine calls of ten are such, and nothing about them needs more than a look at two borders and one codon. The answer
is that of the general way (`consequences.seen_generally`), which a test asks of every base of made genes.
"""

from __future__ import annotations

from bisect import bisect_right

from oncopipe.annotation import terms
from oncopipe.annotation.places import FAR, REGION_EXON, intron_terms
from oncopipe.annotation.protein import base_change
from oncopipe.annotation.seen import Seen, Told, told_of
from oncopipe.annotation.transcripts import Ruler
from oncopipe.data.amino_acids import SELENOCYSTEINE, STOP, THREE_LETTERS, UNKNOWN

_UPSTREAM, _DOWNSTREAM = told_of(frozenset({terms.UPSTREAM})), told_of(frozenset({terms.DOWNSTREAM}))
_PROMOTER = told_of(frozenset({terms.UPSTREAM, terms.REGULATORY}))
_FAR = FAR + 1
_INTRON = [[told_of(intron_terms(donor, acceptor)) for acceptor in range(_FAR + 1)] for donor in range(_FAR + 1)]
# PERF: half of what `Seen(...)` costs, for what is made most often.
_new = tuple.__new__
_NO_NAME = ("WARNING_SEQUENCE_NOT_AVAILABLE",)


def _with_and_without_region(*found: str) -> tuple[Told, Told]:
    return told_of(frozenset(found)), told_of(frozenset((*found, terms.SPLICE_REGION)))


_NON_CODING = _with_and_without_region(terms.NON_CODING_EXON)
_UTR_3 = _with_and_without_region(terms.UTR_3)
_UTR_5 = _with_and_without_region(terms.UTR_5)
_REGION = frozenset({terms.SPLICE_REGION})
_UTR_5_PROMOTER = _with_and_without_region(terms.UTR_5, terms.REGULATORY)


def seen_base(ruler: Ruler, position: int, reference: str, base: str) -> Seen:
    """What exchanging `reference` at `position` (own strand) for `base` does."""
    starts, ends = ruler.starts, ruler.ends
    exon = bisect_right(starts, position) - 1
    if exon < 0:
        distance = starts[0] - position
        name = f"{ruler.prefix}{ruler.number(-distance)}{reference}>{base}" if ruler.prefix else ""
        found = _PROMOTER if distance <= ruler.promoter else _UPSTREAM
        return Seen(found, None, None, name, "", None, None, None, distance)
    beyond = position - ends[exon] + 1
    if beyond <= 0:
        return _exonic(ruler, exon, position, reference, base)
    if exon == ruler.n_exons - 1:
        name = f"{ruler.prefix}{ruler.number(ruler.n_bases + beyond - 1)}{reference}>{base}" if ruler.prefix else ""
        return _new(Seen, (_DOWNSTREAM, None, None, name, "", None, None, None, beyond, (), ""))
    before = starts[exon + 1] - position
    found = _INTRON[beyond if beyond < _FAR else _FAR][before if before < _FAR else _FAR]
    name = ""
    if ruler.prefix:
        offset = ruler.offsets[exon + 1]
        place = f"{ruler.number(offset - 1)}+{beyond}" if beyond <= before else f"{ruler.number(offset)}-{before}"
        name = f"{ruler.prefix}{place}{reference}>{base}"
    return _new(Seen, (found, exon + 1, ruler.n_exons - 1, name, "", None, None, None, None, (), ""))


def _exonic(ruler: Ruler, exon: int, position: int, reference: str, base: str) -> Seen:
    n = ruler.n_exons
    index = ruler.offsets[exon] + position - ruler.starts[exon]
    near = (exon > 0 and position < ruler.starts[exon] + REGION_EXON) or (
        exon < n - 1 and position >= ruler.ends[exon] - REGION_EXON
    )
    within = index - ruler.cds_start + ruler.missing
    if ruler.is_coding and ruler.missing <= within < ruler.n_coding:
        name = f"{ruler.prefix}{within + 1}{reference}>{base}" if ruler.prefix else ""
        return _coding(ruler, exon, within, near, name, base)
    name = f"{ruler.prefix}{ruler.number(index)}{reference}>{base}" if ruler.prefix else ""
    if not ruler.is_coding:
        return _new(Seen, (_NON_CODING[near], exon + 1, n, name, "", index + 1, None, None, None, (), ""))
    if index < ruler.cds_start:
        utr = _UTR_5_PROMOTER if ruler.promoter and exon == 0 else _UTR_5
        return Seen(utr[near], exon + 1, n, name, "", index + 1, None, None, None, ruler.messages)
    return Seen(_UTR_3[near], exon + 1, n, name, "", index + 1, None, None, None, ruler.messages)


def _coding(ruler: Ruler, exon: int, within: int, near: bool, name: str, base: str) -> Seen:
    n, cdna = ruler.n_exons, within - ruler.missing + ruler.cds_start + 1
    residue, phase = divmod(within, 3)
    if ruler.is_readable and 0 < residue < ruler.n_residues:
        codon = ruler.coding_bases[within - phase : within - phase + 3]
        new = ruler.code.get(codon[:phase] + base + codon[phase + 1 :], UNKNOWN)
        if (exchange := _EXCHANGES.get(ruler.protein[residue] + new)) is not None:
            told, first, last = exchange[near]
            return _new(
                Seen,
                (told, exon + 1, n, name, f"{first}{residue + 1}{last}", cdna, within + 1, residue + 1, None,
                 ruler.messages, ""),
            )  # fmt: skip
    found, protein, residue = base_change(ruler, within, base)
    told = told_of(found | _REGION if near else found)
    messages = ruler.messages if protein else ruler.messages + _NO_NAME
    return Seen(told, exon + 1, n, name, protein, cdna, within + 1, residue + 1, None, messages)


def _exchanges() -> dict[str, tuple[tuple[Told, str, str], tuple[Told, str, str]]]:
    """By the two residues: terms without and with a splice region, and the name's parts around the number."""
    found = {}
    for old in THREE_LETTERS:
        for new in THREE_LETTERS:
            if UNKNOWN in (old, new) or old == STOP or new == SELENOCYSTEINE:
                continue
            term = terms.SYNONYMOUS if old == new else terms.STOP_GAINED if new == STOP else terms.MISSENSE
            parts = f"p.{THREE_LETTERS[old]}", "=" if old == new else THREE_LETTERS[new]
            plain, near = _with_and_without_region(term)
            found[old + new] = (plain, *parts), (near, *parts)
    return found


# PERF: all but the first residue, the stop and unknown ones are answered from here.
_EXCHANGES = _exchanges()
