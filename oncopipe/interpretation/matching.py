"""Variants to evidence: every statement whose gene and rule an effect fits, with why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from oncopipe.data.findings import Evidence
from oncopipe.data.variants import Effect
from oncopipe.interpretation.patient import Patient, Verdict
from oncopipe.interpretation.plausibility import KnownKinds, plausible_reason
from oncopipe.knowledge.conditions import atoms_of, format_condition
from oncopipe.knowledge.diseases import DiseaseMatch, Relation, relation
from oncopipe.knowledge.rules import Fit, fit, is_by_exon_mutation
from oncopipe.knowledge.statements import Statement
from oncopipe.knowledge.wordings import fusion_context

_OPPOSITE = {"Sensitivity/Response": "Resistance", "Resistance": "Sensitivity/Response"}
_TYPE_ORDER = {"Predictive": 0, "Diagnostic": 1, "Prognostic": 2}
_MATCH_ORDER = {"exact": 0, "class": 1, "codon": 2, "gene": 3}
_DISEASE_ORDER = {"this_tumor": 0, "unknown": 1, "other_tumor": 2}
# Kinds of evidence that say that a change matters in tumors; others name residues for inherited disease.
_KNOWN_BY = ("Predictive", "Diagnostic", "Prognostic", "Oncogenic", "Functional")


@dataclass(frozen=True)
class Matched:
    """A piece of evidence that fits a variant, with what the findings do not carry but tiers need."""

    evidence: Evidence
    relation: Relation  # of its disease to the patient's
    origin: str  # of the variants that the source observed: somatic, germline, or ""
    is_broad: bool = False  # the row means any mutation of the gene, or of an exon


class Matcher:
    """Statements of all sources by gene. `sources`: name -> statements."""

    def __init__(self, sources: dict[str, list[Statement]], diagnosis: str | None) -> None:
        self._diagnosis = diagnosis
        self._patient: Patient | None = None
        self._by_gene: dict[str, list[tuple[str, Statement]]] = defaultdict(list)
        self._known: dict[str, KnownKinds] = defaultdict(KnownKinds)
        for name, statements in sources.items():
            for row in statements:
                for gene in _genes_of(row):
                    self._by_gene[gene].append((name, row))
                if row.direction == "Supports" and row.evidence_type in _KNOWN_BY and row.origin != "germline":
                    self._known[row.gene].add(row.gene, row.rule)

    @property
    def diagnosis(self) -> str | None:
        """The OncoTree code that diseases are compared with."""
        return self._diagnosis

    @property
    def known(self) -> Mapping[str, KnownKinds]:
        """By gene, what the knowledge in use names more narrowly than "any mutation"."""
        return self._known

    def about(self, patient: Patient) -> Matcher:
        """This matcher, asking this patient whether conditions hold. Without one they are unknown."""
        self._patient = patient
        return self

    def rows(self) -> list[tuple[str, Statement]]:
        """Every statement once, with its source."""
        return list(dict.fromkeys(pair for pairs in self._by_gene.values() for pair in pairs))

    def place(self, row: Statement) -> Relation:
        """How the disease of a statement stands to the patient's."""
        return relation(self._diagnosis, row.disease, row.oncotree_terms)

    def match(self, effect: Effect | None) -> list[Matched]:
        """Evidence for an effect, strongest first; the same item of two sources once."""
        if effect is None or not effect.gene:
            return []
        rows = self._by_gene.get(effect.gene, [])
        found = (self._matched(source, row, effect) for source, row in rows)
        return _sorted_once(_specific_first([matched for matched in found if matched is not None]))

    def _matched(self, source: str, row: Statement, effect: Effect) -> Matched | None:
        found = self._part_that_fits(row, effect) if row.rule == "compound" else fit(row.rule, effect)
        if found is None:
            return None
        fits = self._with_context(self._narrowed(found, row, effect), row)
        condition = row.needs
        verdict = (self._patient.verdict(condition) if self._patient else _UNASKED) if condition else None
        return self.matched(source, row, fits, verdict)

    def _part_that_fits(self, row: Statement, effect: Effect) -> Fit | None:
        """How an effect fits a part of a compound that speaks for it; any mutation means one of the known kind there."""
        for atom, positive in atoms_of(row.needs) if row.needs else ():
            found = fit(atom.rule, effect) if positive and atom.gene == effect.gene else None
            is_broad = atom.rule == "mutation" or is_by_exon_mutation(atom.rule)
            if found and (not is_broad or plausible_reason(effect, self._known[effect.gene])):
                return found
        return None

    def matched(self, source: str, row: Statement, fits: Fit, verdict: Verdict | None) -> Matched:
        """A statement as evidence. One whose condition is not known to hold is shown like a match by gene."""
        if verdict is not None:
            fits = Fit(
                fits.match if verdict.truth == "true" else "gene",
                f"{fits.reason}; its condition is {verdict.truth}: {'; '.join(verdict.trace)}",
            )
        place = self.place(row)
        evidence = Evidence(
            source=source,
            evidence_id=row.evidence_id or None,
            evidence_type=row.evidence_type,
            direction=row.direction,
            significance=row.significance,
            level=row.level or None,
            gene=row.gene,
            variant=row.source_variant,
            disease=row.disease,
            disease_match=_disease_match(place, row),
            therapies=row.therapy_names,
            therapy_interaction=row.therapy_interaction or None,
            citation=row.citation or None,
            regulatory_label=row.regulatory_label or None,
            checked=row.checked == "yes",
            match=fits.match,
            match_reason=fits.reason,
            condition=format_condition(row.needs) if row.needs else None,
            condition_status=verdict.truth if verdict else None,
            rating=int(row.rating) if row.rating else None,
            escat=row.escat or None,
        )
        return Matched(evidence, place, row.origin, _is_broad(row))

    def _narrowed(self, found: Fit, row: Statement, effect: Effect) -> Fit:
        """A row that means any mutation matches by class where the variant is of the known kind, else by gene."""
        if not _is_broad(row):
            return found
        why = plausible_reason(effect, self._known[row.gene])
        if why:
            return Fit("class", f"{found.reason}; {why}")
        return Fit("gene", f"{found.reason}; it is not known to be of the kind that is meant")

    def _with_context(self, fits: Fit, row: Statement) -> Fit:
        fusion = fusion_context(row.source_variant)
        said = f"{fits.reason}; the source names it within {fusion}, which is not looked for here"
        return Fit(fits.match, said) if fusion else fits


_UNASKED = Verdict("unknown", ("the rest of the tumor was not looked at",))


def _genes_of(row: Statement) -> set[str]:
    """The genes whose variants may take part: of a compound, those of the parts that speak for it."""
    if row.rule == "compound" and row.needs:
        return {atom.gene for atom, positive in atoms_of(row.needs) if positive} | {row.gene}
    return {row.gene}


def _is_broad(row: Statement) -> bool:
    return row.rule == "mutation" or is_by_exon_mutation(row.rule)


def _specific_first(found: list[Matched]) -> list[Matched]:
    """A row on any mutation yields to one that names this very change and says the opposite of the same therapy.

    METHOD: "EGFR mutation: response to gefitinib" does not hold for T790M, of which other rows say resistance. What is
    said of the change itself goes before what is said of its gene, unless it is preclinical and the other is not.
    """
    named = [
        m.evidence for m in found if m.evidence.match in ("exact", "codon") and m.evidence.direction == "Supports"
    ]
    return [_yielding(m, named) if m.is_broad and m.evidence.match == "class" else m for m in found]


def _yielding(broad: Matched, named: Iterable[Evidence]) -> Matched:
    item = broad.evidence
    for other in named:
        opposite = _OPPOSITE.get(other.significance) == item.significance
        strong = (other.level or "E") <= max("C", item.level or "C")
        if opposite and strong and set(other.therapies) & set(item.therapies):
            said = f"{item.match_reason}; but {other.evidence_id or other.source} names this very change and says the opposite"
            weaker = item.model_copy(update={"match": "gene", "match_reason": said})
            return replace(broad, evidence=weaker)
    return broad


def _disease_match(place: Relation, row: Statement) -> DiseaseMatch:
    """In the words of the findings: a label for any tumor is for this one; a study of "cancer" need not be."""
    if place == "any_tumor":
        return "this_tumor" if row.regulatory_label else "unknown"
    return place


def is_by_exon(matched: Matched) -> bool:
    """Whether evidence was matched by an exon's number."""
    return matched.evidence.match == "class" and "exon " in matched.evidence.match_reason


def strength(evidence: Evidence) -> tuple[object, ...]:
    """Sort key: this tumor before others, level A first, what was checked before a bare label, exact matches first."""
    level = evidence.level or ("A" if evidence.regulatory_label else "F")
    return (
        _DISEASE_ORDER[evidence.disease_match], level, not evidence.checked, _MATCH_ORDER[evidence.match],
        _TYPE_ORDER.get(evidence.evidence_type, 3), evidence.evidence_id or "", evidence.disease, evidence.therapies,
    )  # fmt: skip


def _sorted_once(found: Iterable[Matched]) -> list[Matched]:
    kept: dict[object, Matched] = {}
    for matched in sorted(found, key=lambda m: strength(m.evidence)):
        item = matched.evidence
        key = item.evidence_id or (item.source, item.variant, item.disease, tuple(item.therapies), item.evidence_type,
                                   item.direction, item.significance, item.citation)  # fmt: skip
        kept.setdefault(key, matched)
    return list(kept.values())
