"""Variants to evidence: every statement whose gene and rule an effect fits, with why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from oncopipe.data.findings import Evidence
from oncopipe.data.variants import Effect
from oncopipe.interpretation.plausibility import KnownKinds, plausible_reason
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
        self._by_gene: dict[str, list[tuple[str, Statement]]] = defaultdict(list)
        self._known: dict[str, KnownKinds] = defaultdict(KnownKinds)
        for name, statements in sources.items():
            for row in statements:
                self._by_gene[row.gene].append((name, row))
                if row.direction == "Supports" and row.evidence_type in _KNOWN_BY and row.origin != "germline":
                    self._known[row.gene].add(row.gene, row.rule)

    def match(self, effect: Effect | None) -> list[Matched]:
        """Evidence for an effect, strongest first; the same item of two sources once."""
        if effect is None or not effect.gene:
            return []
        rows = self._by_gene.get(effect.gene, [])
        found = (self._matched(source, row, effect) for source, row in rows)
        return _sorted_once(_specific_first([matched for matched in found if matched is not None]))

    def _matched(self, source: str, row: Statement, effect: Effect) -> Matched | None:
        found = fit(row.rule, effect)
        if found is None:
            return None
        fits = self._with_context(self._narrowed(found, row, effect), row)
        place = relation(self._diagnosis, row.disease, row.oncotree_terms)
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
