"""What is seen of a change on one transcript, as text of INFO/ANN, as an `Effect`, and as a place in the order.

PERF: a call meets ten transcripts or more and most of what is told of them is only printed. So an entry is kept as
`Seen`, a tuple without what the transcript says of itself; `entry_text` prints it with what the ruler has ready. The
law `entry_text(...) == format_effect(effect_of(...))` is tested.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from oncopipe.annotation import terms
from oncopipe.annotation.transcripts import FEATURE, Ruler, Site
from oncopipe.data.variants import Effect

_NO_IMPACT = len(terms.IMPACTS) - 1
# A key is one number: class (impact, coding, severity), then distance, then the transcript's standing.
_CLASS, _DISTANCE = 1 << 42, 1 << 24


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


@lru_cache(maxsize=4096)
def told_of(found: frozenset[str]) -> Told:
    ordered = terms.by_severity(found)
    impact = terms.IMPACT_RANK[ordered[0]]
    severity = terms.SEVERITY[ordered[0]]
    coding = (2 * impact) << 8 | severity
    other = (2 * impact + (impact == _NO_IMPACT)) << 8 | severity
    return Told(ordered, f"{'&'.join(ordered)}|{terms.IMPACTS[impact]}", impact, coding * _CLASS, other * _CLASS)


def key_of(seen: Seen, site: Site) -> int:
    """Smaller comes first: impact; without one, coding genes first; severity; nearness; the transcript's standing."""
    told = seen[0]
    key = (told.coding_class if site.is_coding else told.other_class) + site.standing
    return key if seen[8] is None else key + seen[8] * _DISTANCE


def entry_text(seen: Seen, ruler: Ruler, allele: str) -> str:
    """The entry of INFO/ANN, 16 fields."""
    told, rank, n_ranks, hgvs_c, hgvs_p, cdna, cds, residue, distance, messages, others = seen
    if others:
        allele = f"{allele}-{others}"
    head = f"{allele}|{told.text}|{ruler.label}|"
    where = f"{rank}/{n_ranks}|{hgvs_c}" if rank is not None else f"|{hgvs_c}"
    if cdna is None:
        return f"{head}{where}|||||{'' if distance is None else distance}|{'&'.join(messages)}"
    if "=" in hgvs_p:
        hgvs_p = hgvs_p.replace("=", "%3D")
    tail = f"|{'' if distance is None else distance}|{'&'.join(messages)}"
    if cds is None:
        return f"{head}{where}|{hgvs_p}|{cdna}/{ruler.n_bases}||{tail}"
    return f"{head}{where}|{hgvs_p}|{cdna}/{ruler.n_bases}|{cds}/{ruler.n_coding}|{residue}/{ruler.n_residues}{tail}"


def effect_of(seen: Seen, ruler: Ruler, allele: str) -> Effect:
    """The same entry as an `Effect`."""
    transcript = ruler.transcript
    ordered = seen.told.terms
    return Effect(
        allele=f"{allele}-{seen.others}" if seen.others else allele,
        consequences=ordered,
        impact=terms.IMPACT[ordered[0]],
        gene=transcript.gene,
        gene_id=transcript.gene_id,
        feature_type=FEATURE,
        transcript=transcript.identifier,
        biotype=transcript.biotype,
        rank=seen.rank,
        n_ranks=seen.n_ranks,
        hgvs_c=seen.hgvs_c,
        hgvs_p=seen.hgvs_p,
        cdna_position=seen.cdna,
        cdna_length=ruler.n_bases if seen.cdna else None,
        cds_position=seen.cds,
        cds_length=ruler.n_coding if seen.cds else None,
        protein_position=seen.residue,
        protein_length=ruler.n_residues if seen.residue else None,
        distance=seen.distance,
        messages=seen.messages,
    )
