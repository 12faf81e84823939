"""What was looked for and not found: targets of a diagnosis with the fraction down to which they would have been found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from oncopipe.annotation.alleles import SequenceCache
from oncopipe.annotation.annotator import read_listed
from oncopipe.annotation.transcripts import GeneModels
from oncopipe.data.findings import Negative
from oncopipe.interpretation.callable import Callability, LimitTable
from oncopipe.interpretation.matching import Matcher
from oncopipe.interpretation.patient import Patient
from oncopipe.io.fasta import open_reference
from oncopipe.io.gff3 import read_gff3
from oncopipe.knowledge.conditions import atoms_of
from oncopipe.knowledge.places import Placed, place_units
from oncopipe.knowledge.rules import NEVER
from oncopipe.knowledge.statements import Statement
from oncopipe.knowledge.units import Unit

Status = Literal["detected", "not_detected", "not_assessable"]

_KINDS = ("Predictive", "Diagnostic", "Prognostic")
_KIND_ORDER = {kind: i for i, kind in enumerate(_KINDS)}


Residues = Mapping[str, frozenset[str]]


def negatives_of(
    matcher: Matcher, patient: Patient, serves: float, hotspots: Residues | None = None
) -> list[Negative]:
    """Targets that strong evidence names in this tumor, most important first; then its other hotspots by gene.

    A limit above `serves` is none: the target is not assessable. Empty where no limits of detection were computed. A
    target whose places all belong to another one that says the same is left out: G12D beside codons 12 and 13.
    """
    if not patient.limits.is_given:
        return []
    targets: dict[tuple[str, str], tuple[str, int]] = {}
    for _, row in matcher.rows():
        if is_target(row) and _is_here(matcher, row):
            order, key = (row.level or "A", _KIND_ORDER[row.evidence_type]), (row.gene, row.rule)
            targets[key] = min(targets.get(key, order), order)
    told = [
        _Told(_negative(*key, patient, serves), frozenset(patient.units(*key)))
        for key in sorted(targets, key=lambda key: (targets[key], key))
    ]
    kept = [target for i, target in enumerate(told) if not any(_covers(told, j, i) for j in range(len(told)))]
    named = {(unit.gene, unit.target) for target in told for unit in target.units}
    return [target.negative for target in kept] + _other_hotspots(patient, serves, hotspots or {}, named)


def _other_hotspots(
    patient: Patient, serves: float, hotspots: Residues, named: set[tuple[str, str]]
) -> list[Negative]:
    """The hotspots that no target names, one row a gene."""
    found = []
    for gene, residues in sorted(hotspots.items()):
        others = sorted((r for r in residues if (gene, f"codon {r}") not in named), key=lambda r: (int(r[1:]), r))
        if others:
            found.append(_negative(gene, "codons " + " ".join(others), patient, serves))
    return found


@dataclass(frozen=True)
class _Told:
    negative: Negative
    units: frozenset[Unit]


def _covers(told: list[_Told], this: int, that: int) -> bool:
    """Whether what is told of this target makes the row of that one needless."""
    a, b = told[this].negative, told[that].negative
    if this == that or a.gene != b.gene:
        return False
    if a.status == b.status == "detected":  # the most important row of one finding stands for all
        return this < that and a.reason == b.reason
    is_wider = told[that].units < told[this].units or (told[that].units == told[this].units and this < that)
    return is_wider and (a.status == b.status or (a.status == "detected" and b.status == "not_detected"))


def target_sites(
    sources: dict[str, list[Statement]],
    hotspots: Residues,
    reference: Path,
    genes: Path,
    transcripts: Path | None = None,
) -> Placed:
    """The sites of every target that the sources name, and of the hotspots, on the chosen transcripts."""
    matcher = Matcher(sources, None)
    units = units_wanted(matcher, Patient((), matcher.known, LimitTable(None), 1.0))
    units += [Unit(gene, f"codon {residue}", "snv") for gene in hotspots for residue in hotspots[gene]]
    with open_reference(reference) as fasta:
        models = GeneModels(read_gff3(genes, fasta.lengths), read_listed(transcripts) if transcripts else ())
        return place_units(units, models, SequenceCache(fasta))


def is_target(row: Statement) -> bool:
    """Whether absence of what the row names matters: strong evidence on small variants."""
    is_strong = row.level in ("A", "B") or bool(row.regulatory_label)
    return row.direction == "Supports" and row.evidence_type in _KINDS and is_strong and row.rule not in NEVER


def units_wanted(matcher: Matcher, patient: Patient) -> list[Unit]:
    """The places at which a limit of detection is asked for, whatever the diagnosis: targets, and parts of conditions."""
    wanted: set[Unit] = set()
    for _, row in matcher.rows():
        if is_target(row):
            wanted.update(patient.units(row.gene, row.rule))
        for atom, _ in atoms_of(row.needs) if row.needs else ():
            wanted.update(patient.units(atom.gene, atom.rule))
    return sorted(wanted)


def _is_here(matcher: Matcher, row: Statement) -> bool:
    place = matcher.place(row)
    return place == "this_tumor" or (place == "any_tumor" and bool(row.regulatory_label))


def _negative(gene: str, rule: str, patient: Patient, serves: float) -> Negative:
    units = patient.units(gene, rule)
    seen = patient.limits.callability(units, serves)
    status, limit, reason = _told(gene, rule, patient, seen)
    counted = patient.counted(gene, rule) if status != "detected" else None
    return Negative(
        gene=gene,
        target=_words(rule, units),
        status=status,
        limit=limit,
        depth=seen.depth,
        n_sites=seen.n_sites,
        n_assessable=seen.n_assessable,
        reason=reason,
        alternate=counted[0] if counted else None,
        molecules=counted[1] if counted else None,
    )


def _told(gene: str, rule: str, patient: Patient, seen: Callability) -> tuple[Status, float | None, str | None]:
    if found := patient.found(gene, rule):
        return ("detected" if found[0] == "true" else "not_assessable"), None, found[1]
    if doubt := patient.doubt(gene, rule):
        return "not_assessable", None, doubt
    if seen.is_whole and seen.worst is not None:
        return "not_detected", seen.worst, None
    return "not_assessable", None, seen.reason


def _words(rule: str, units: Iterable[Unit]) -> str:
    """A rule in words; of "mutation" the residues that it means."""
    if rule != "mutation":
        return rule
    codons = [unit.target.removeprefix("codon ") for unit in units if unit.target.startswith("codon")]
    return f"mutation ({', '.join(codons)})" if codons else "mutation (any coding exon)"
