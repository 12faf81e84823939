"""Reported variants to what is known of their phase: on the same molecules, on different ones, or unknown."""

from __future__ import annotations

from itertools import combinations

from oncopipe.data.findings import Phase
from oncopipe.data.phase import Relation
from oncopipe.data.variants import AnnotatedVariant, Neighbor

# Contig, 0-based position, reference, alternate.
Allele = tuple[str, int, str, str]
# A gene with more changes is not one whose hits a board counts; its pairs would fill a report.
_MOST_OF_A_GENE = 6


def allele_of(v: AnnotatedVariant) -> Allele:
    return v.contig, v.position, v.reference, v.alternate


def phases_between(reported: list[AnnotatedVariant]) -> dict[Allele, list[Phase]]:
    """For each reported variant the others that the molecules tell of, nearest first, and then the other changes of its
    gene's protein whose phase nobody knows.

    Two hits in one gene matter whether their phase is known or not: in trans they leave no whole copy, in cis they may.
    """
    known = {allele_of(v): v for v in reported}
    told: dict[Allele, dict[Allele, Neighbor | None]] = {key: {} for key in known}
    for key, v in known.items():
        for neighbor in v.neighbors:
            other = (v.contig, neighbor.position, neighbor.reference, neighbor.alternate)
            if other in known and (neighbor.relation != "unknown" or _are_of_one_gene(v, known[other])):
                told[key][other] = neighbor
    for first, second in _hits(reported):
        told[allele_of(first)].setdefault(allele_of(second), None)
        told[allele_of(second)].setdefault(allele_of(first), None)
    return {
        key: [_phase(known[other], others[other]) for other in sorted(others, key=lambda o: (abs(o[1] - key[1]), o))]
        for key, others in told.items()
        if others
    }


def _hits(reported: list[AnnotatedVariant]) -> list[tuple[AnnotatedVariant, AnnotatedVariant]]:
    """Pairs of changes of one gene's protein."""
    by_gene: dict[str, list[AnnotatedVariant]] = {}
    for v in reported:
        if v.effect and v.effect.gene and v.effect.changes_protein:
            by_gene.setdefault(v.effect.gene, []).append(v)
    return [pair for some in by_gene.values() if len(some) <= _MOST_OF_A_GENE for pair in combinations(some, 2)]


def relation_between(v: AnnotatedVariant, other: AnnotatedVariant) -> Relation:
    """What the molecules say of two alleles of one contig."""
    at = (other.position, other.reference, other.alternate)
    return next((n.relation for n in v.neighbors if (n.position, n.reference, n.alternate) == at), "unknown")


def _are_of_one_gene(first: AnnotatedVariant, second: AnnotatedVariant) -> bool:
    genes = [v.effect.gene for v in (first, second) if v.effect]
    return len(genes) == 2 and genes[0] == genes[1] != ""


def _phase(other: AnnotatedVariant, neighbor: Neighbor | None) -> Phase:
    effect = other.effect
    change = (effect.hgvs_p_short or effect.hgvs_c) if effect else ""
    return Phase(
        chromosome=other.contig,
        position=other.position + 1,
        reference=other.reference,
        alternate=other.alternate,
        name=f"{effect.gene} {change}" if effect and effect.gene and change else other.where,
        relation=neighbor.relation if neighbor else "unknown",
        both=neighbor.both if neighbor else 0,
        this_only=neighbor.this_only if neighbor else 0,
        other_only=neighbor.other_only if neighbor else 0,
    )
