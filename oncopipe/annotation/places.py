"""Where a change lies on a transcript: exons, introns, splice sites, flanks. No sequence is looked at here.

All positions are on the transcript's own strand (`transcripts.Ruler`); an insertion lies *between* two bases
(`start == end`) and touches a stretch only when it is inside it.
"""

from __future__ import annotations

from typing import NamedTuple

from oncopipe.annotation import terms
from oncopipe.annotation.transcripts import Ruler

# Source: Sequence Ontology SO:0001630 (splice region: 1-3 bases of the exon, 3-8 of the intron), SO:0001787 (donor
# 5th base), SO:0002169 (polypyrimidine tract: 3-17 bases before the acceptor's end).
_ESSENTIAL = 2
REGION_EXON, _REGION_INTRON = 3, 8
_FIFTH = 5
_TRACT_FAR, _TRACT_NEAR = 17, 2
FAR = _TRACT_FAR  # further from both borders an intron has no terms but its own

_NOTHING: frozenset[str] = frozenset()
_REGION = frozenset({terms.SPLICE_REGION})


class Place(NamedTuple):
    """`terms` that follow from the place alone; spliced interval of the touched exonic bases, -1 when there are none.

    `rank` (1-based) counts exons when an exon is touched, else introns; `is_whole` is true when every base of the
    change lies in one exon, so that the spliced sequence says it all.
    """

    terms: frozenset[str]
    spliced_start: int
    spliced_end: int
    rank: int | None
    n_ranks: int | None
    is_whole: bool
    distance: int | None = None

    @property
    def is_exonic(self) -> bool:
        return self.spliced_start >= 0


def place_of(ruler: Ruler, start: int, end: int, *, is_replaced: bool = False) -> Place:
    """Where `[start, end)` on the own strand lies. An exon whose bases are replaced by others is not lost."""
    first, last = ruler.starts[0], ruler.ends[-1]
    if (end <= first and end > start) or (start == end and end <= first):
        distance = max(1, first - end + 1)
        found = {terms.UPSTREAM, terms.REGULATORY} if distance <= ruler.promoter else {terms.UPSTREAM}
        return Place(frozenset(found), -1, -1, None, None, False, distance)
    if start >= last:
        return Place(frozenset({terms.DOWNSTREAM}), -1, -1, None, None, False, max(1, start - last + 1))
    exon = max(0, ruler.exon_at(start))
    if start == end and start > ruler.ends[exon]:
        return _intronic(ruler, exon, start, end)
    if start == end:
        return _in_one_exon(ruler, exon, start, end, is_replaced)
    if start >= ruler.starts[exon] and end <= ruler.ends[exon]:
        return _in_one_exon(ruler, exon, start, end, is_replaced)
    if start >= ruler.ends[exon] and end <= ruler.starts[exon + 1]:
        return _intronic(ruler, exon, start, end)
    return _across(ruler, exon, start, end)


def _in_one_exon(ruler: Ruler, exon: int, start: int, end: int, is_replaced: bool) -> Place:
    offset = ruler.offsets[exon] - ruler.starts[exon]
    # An insertion at the border of an exon leaves both essential dinucleotides as they are when it is read as exonic.
    near_end = end > ruler.ends[exon] - REGION_EXON
    near_start = start < ruler.starts[exon] + REGION_EXON
    found = _REGION if (near_end and exon < ruler.n_exons - 1) or (near_start and exon > 0) else _NOTHING
    if start <= ruler.starts[exon] and end >= ruler.ends[exon] and not is_replaced:
        found = found | {terms.EXON_LOSS if ruler.n_exons > 1 else terms.TRANSCRIPT_ABLATION}
    return Place(found, start + offset, end + offset, exon + 1, ruler.n_exons, True)


def _intronic(ruler: Ruler, intron: int, start: int, end: int) -> Place:
    found = {terms.INTRON} | _splice_terms(ruler.ends[intron], ruler.starts[intron + 1], start, end)
    return Place(frozenset(found), -1, -1, intron + 1, ruler.n_exons - 1, False)


def intron_terms(donor: int, acceptor: int) -> frozenset[str]:
    """Terms of the base that is the `donor`-th of its intron, counted from 1, and the `acceptor`-th from its end."""
    return frozenset({terms.INTRON} | _splice_terms(0, donor + acceptor - 1, donor - 1, donor))


def _touches(start: int, end: int, low: int, high: int) -> bool:
    """True when `[start, end)` shares a base with `[low, high)`, or an insertion lies inside it."""
    return start < high and end > low


def _splice_terms(donor: int, acceptor: int, start: int, end: int) -> set[str]:
    """Terms from the intron `[donor, acceptor)`."""
    found: set[str] = set()
    if _touches(start, end, donor, donor + _ESSENTIAL):
        found.add(terms.SPLICE_DONOR)
    if _touches(start, end, acceptor - _ESSENTIAL, acceptor):
        found.add(terms.SPLICE_ACCEPTOR)
    # The two essential bases lie inside the region, so that an insertion next to them counts.
    if not found and (
        _touches(start, end, donor, donor + _REGION_INTRON)
        or _touches(start, end, acceptor - _REGION_INTRON, acceptor)
    ):
        found.add(terms.SPLICE_REGION)
    if _touches(start, end, donor + _FIFTH - 1, donor + _FIFTH):
        found.add(terms.DONOR_5TH_BASE)
    if _touches(start, end, acceptor - _TRACT_FAR, acceptor - _TRACT_NEAR):
        found.add(terms.POLYPYRIMIDINE)
    return found


def _across(ruler: Ruler, exon: int, start: int, end: int) -> Place:
    """A deletion or replacement over at least one border of an exon or of the transcript."""
    found: set[str] = set()
    if start <= ruler.starts[0] and end >= ruler.ends[-1]:
        found.add(terms.TRANSCRIPT_ABLATION)
    spliced: list[int] = []
    rank = None
    while exon < ruler.n_exons and ruler.starts[exon] < end:
        low, high = max(start, ruler.starts[exon]), min(end, ruler.ends[exon])
        if low < high:
            offset = ruler.offsets[exon] - ruler.starts[exon]
            spliced += [low + offset, high + offset]
            rank = rank or exon + 1
            if high - low == ruler.ends[exon] - ruler.starts[exon] and ruler.n_exons > 1:
                found.add(terms.EXON_LOSS)
        if exon + 1 < ruler.n_exons and _touches(start, end, ruler.ends[exon], ruler.starts[exon + 1]):
            found |= {terms.INTRON} | _splice_terms(ruler.ends[exon], ruler.starts[exon + 1], start, end)
        exon += 1
    if start < ruler.starts[0]:
        found |= {terms.UPSTREAM, terms.REGULATORY} if ruler.promoter else {terms.UPSTREAM}
    if end > ruler.ends[-1]:
        found.add(terms.DOWNSTREAM)
    return Place(frozenset(found), spliced[0], spliced[-1], rank, ruler.n_exons, False)
