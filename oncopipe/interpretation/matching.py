"""Variants to evidence: every statement whose gene and rule an effect fits, with why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from oncopipe.data.findings import Evidence
from oncopipe.data.variants import Effect
from oncopipe.knowledge.diseases import disease_match
from oncopipe.knowledge.rules import fit
from oncopipe.knowledge.statements import Statement

_MATCH_ORDER = {"exact": 0, "class": 1, "codon": 2, "gene": 3}
_DISEASE_ORDER = {"this_tumor": 0, "unknown": 1, "other_tumor": 2}


class Matcher:
    """Statements of all sources by gene. `sources`: name -> statements."""

    def __init__(self, sources: dict[str, list[Statement]], diagnosis: str | None) -> None:
        self._diagnosis = diagnosis
        self._by_gene: dict[str, list[tuple[str, Statement]]] = defaultdict(list)
        for name, statements in sources.items():
            for statement in statements:
                self._by_gene[statement.gene].append((name, statement))

    def match(self, effect: Effect | None) -> list[Evidence]:
        """Evidence for an effect, strongest first; the same item of two sources once."""
        if effect is None:
            return []
        found = (
            self._evidence(source, statement, effect) for source, statement in self._by_gene.get(effect.gene, [])
        )
        return _sorted_once(evidence for evidence in found if evidence is not None)

    def _evidence(self, source: str, statement: Statement, effect: Effect) -> Evidence | None:
        fits = fit(statement.rule, effect)
        if fits is None:
            return None
        return Evidence(
            source=source,
            evidence_id=statement.evidence_id or None,
            evidence_type=statement.evidence_type,
            direction=statement.direction,
            significance=statement.significance,
            level=statement.level or None,
            gene=statement.gene,
            variant=statement.source_variant,
            disease=statement.disease,
            disease_match=disease_match(self._diagnosis, statement.disease),
            therapies=statement.therapy_names,
            therapy_interaction=statement.therapy_interaction or None,
            citation=statement.citation or None,
            regulatory_label=statement.regulatory_label or None,
            checked=statement.checked == "yes",
            match=fits.match,
            match_reason=fits.reason,
        )


def strength(evidence: Evidence) -> tuple[object, ...]:
    """Sort key: this tumor before others, level A first, exact matches first."""
    level = evidence.level or ("A" if evidence.regulatory_label else "F")
    return (
        _DISEASE_ORDER[evidence.disease_match], level, _MATCH_ORDER[evidence.match], evidence.evidence_type,
        evidence.evidence_id or "", evidence.disease, evidence.therapies,
    )  # fmt: skip


def _sorted_once(found: Iterable[Evidence]) -> list[Evidence]:
    kept: dict[object, Evidence] = {}
    for evidence in sorted(found, key=strength):
        key = evidence.evidence_id or (evidence.source, evidence.variant, evidence.disease, tuple(evidence.therapies))
        kept.setdefault(key, evidence)
    return list(kept.values())
