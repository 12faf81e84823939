"""Phase: which alleles of a tumor lie on the same molecules, by counts of molecules."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

# Contig (index into the reference's), 0-based position, reference, alternate.
AlleleKey = tuple[int, int, str, str]
Relation = Literal["cis", "trans", "mixed", "unknown"]

# METHOD: chance that a molecule tells the wrong side of a pair (a chimera of the PCR, a misread base, a mate of another
# fragment), and the likelihood ratio at which a relation is told.
_WRONG, _PLAINLY = 0.02, 100.0
# METHOD: alleles are one event (a phase set) where at least four of five molecules with one of them have the other.
_ONE_EVENT = 0.8


def relation_of(both: int, this_only: int, other_only: int) -> Relation:
    """What molecules that show both places, and carry at least one of two alleles, say of the pair.

    METHOD: the molecules of the rarer allele decide: in cis they carry the other one too (a clone within a clone is cis),
    in trans they do not. `k` of `n` carry it with the likelihood (1 - w)^k w^(n - k) in cis, the reverse in trans, and
    k! (n - k)! / (n + 1)! where any share may (clones that overlap). Cis and trans are told where they are the likeliest and
    100 times likelier than each other; mixed where it is likelier than cis and 100 times likelier than trans.

    >>> relation_of(2, 0, 0), relation_of(1, 0, 0), relation_of(0, 9, 3), relation_of(8, 30, 0), relation_of(9, 8, 12)
    ('cis', 'unknown', 'trans', 'cis', 'mixed')
    """
    apart = min(this_only, other_only)
    right, wrong, plainly = math.log1p(-_WRONG), math.log(_WRONG), math.log(_PLAINLY)
    cis, trans = both * right + apart * wrong, both * wrong + apart * right
    mixed = math.lgamma(both + 1) + math.lgamma(apart + 1) - math.lgamma(both + apart + 2)
    if cis >= mixed and cis >= trans + plainly:
        return "cis"
    if trans >= mixed and trans >= cis + plainly:
        return "trans"
    return "mixed" if mixed > cis and mixed >= trans + plainly else "unknown"


@dataclass(frozen=True)
class Link:
    """One neighbor of an allele: of the molecules that show both places, those with both alleles and with one alone."""

    other: AlleleKey
    both: int
    this_only: int
    other_only: int

    @property
    def relation(self) -> Relation:
        return relation_of(self.both, self.this_only, self.other_only)

    @property
    def is_one_event(self) -> bool:
        """In cis, and hardly one without the other."""
        seen = self.both + self.this_only + self.other_only
        return self.relation == "cis" and self.both >= _ONE_EVENT * seen


@dataclass(frozen=True)
class Phases:
    """Neighbors of each allele that has some, in genome order; and, of alleles that are one event, its first allele."""

    links: dict[AlleleKey, tuple[Link, ...]] = field(default_factory=dict)
    events: dict[AlleleKey, AlleleKey] = field(default_factory=dict)


def phases_of(pairs: dict[tuple[AlleleKey, AlleleKey], tuple[int, int, int]]) -> Phases:
    """Phases from counts of each pair (first allele before the second in the genome): both, first only, second only."""
    links: dict[AlleleKey, list[Link]] = {}
    for (first, second), (both, first_only, second_only) in sorted(pairs.items()):
        links.setdefault(first, []).append(Link(second, both, first_only, second_only))
        links.setdefault(second, []).append(Link(first, both, second_only, first_only))
    return Phases({key: tuple(links[key]) for key in sorted(links)}, _events(links))


def _events(links: dict[AlleleKey, list[Link]]) -> dict[AlleleKey, AlleleKey]:
    """Alleles joined where each pair of them that molecules show is one event, nearest pairs first."""
    members: dict[AlleleKey, set[AlleleKey]] = {}
    apart = {(key, link.other) for key, some in links.items() for link in some if not link.is_one_event}
    joined = [(link.other[1] - key[1], key, link.other) for key, some in links.items() for link in some
              if link.is_one_event and key < link.other]  # fmt: skip
    for _, first, second in sorted(joined):
        ours, theirs = (members.get(key, {key}) for key in (first, second))
        if ours is not theirs and not any((a, b) in apart for a in ours for b in theirs):
            both = ours | theirs
            members.update(dict.fromkeys(both, both))
    return {key: min(members[key]) for key in sorted(members)}
