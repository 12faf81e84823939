"""What is seen of a change on one transcript, as text of INFO/ANN and as a place in the order.

PERF: a call meets ten transcripts or more and most of what is told of them is only printed. So an entry is text from the
start; who wants an `Effect` reads it (`io.annotated_vcf.parse_effect`).
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from oncopipe.annotation import terms
from oncopipe.annotation.transcripts import Ruler, Site

_NO_IMPACT = len(terms.IMPACTS) - 1
# A key is one number: class (impact, coding, severity), then distance, then the transcript's standing.
_CLASS, _DISTANCE = 1 << 42, 1 << 24
NO_NAME = "WARNING_SEQUENCE_NOT_AVAILABLE"
SAME = "%3D"  # "=" as INFO may hold it


class Told(NamedTuple):
    """A set of terms as the field says it, the impact's rank, and the class of its key for coding and other genes."""

    terms: tuple[str, ...]
    text: str
    impact: int
    coding_class: int
    other_class: int


class Seen(NamedTuple):
    """An entry of INFO/ANN without its allele and transcript; numbers as in `Effect`."""

    told: Told
    rank: int | None
    n_ranks: int | None
    hgvs_c: str
    hgvs_p: str = ""
    cdna: int | None = None
    cds: int | None = None
    residue: int | None = None
    distance: int | None = None
    messages: tuple[str, ...] = ()
    others: str = ""  # other calls that are named together with this one


# What is told, the distance when outside the transcript, and the fields of INFO/ANN from the ninth on.
Entry = tuple[Told, int | None, str]


@lru_cache(maxsize=4096)
def told_of(found: frozenset[str]) -> Told:
    ordered = terms.by_severity(found)
    impact = terms.IMPACT_RANK[ordered[0]]
    severity = terms.SEVERITY[ordered[0]]
    coding = (2 * impact) << 8 | severity
    other = (2 * impact + (impact == _NO_IMPACT)) << 8 | severity
    return Told(ordered, f"{'&'.join(ordered)}|{terms.IMPACTS[impact]}", impact, coding * _CLASS, other * _CLASS)


def key_of(told: Told, distance: int | None, site: Site) -> int:
    """Smaller comes first: impact; without one, coding genes first; severity; nearness; the transcript's standing."""
    key = (told.coding_class if site.is_coding else told.other_class) + site.standing
    return key if distance is None else key + distance * _DISTANCE


def entry_of(seen: Seen, ruler: Ruler) -> Entry:
    """What is seen, as text."""
    told, rank, n_ranks, hgvs_c, hgvs_p, cdna, cds, residue, distance, messages, _ = seen
    place = "" if rank is None else f"{rank}/{n_ranks}"
    numbers = "||"
    if cds is not None:
        numbers = f"{cdna}/{ruler.n_bases}|{cds}/{ruler.n_coding}|{residue}/{ruler.n_residues}"
    elif cdna is not None:
        numbers = f"{cdna}/{ruler.n_bases}||"
    tail = f"{'' if distance is None else distance}|{'&'.join(messages)}"
    return told, distance, f"{place}|{hgvs_c}|{hgvs_p.replace('=', SAME)}|{numbers}|{tail}"
