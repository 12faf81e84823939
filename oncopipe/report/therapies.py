"""Evidence of one variant to therapy lines: which therapy, in which tumor, how well supported."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from oncopipe.data.findings import Evidence
from oncopipe.report.catalogue import Text, text, words

Kind = Literal["this_tumor", "other_tumor", "unknown", "resistance"]

_MATCH_RANK = {"this_tumor": 0, "other_tumor": 1, "unknown": 2}
_JOIN = {"Combination": " + "}
_LAST_LEVEL = "Z"
# What a knowledge source calls a benefit, and what a loss of it (CIViC's words).
SENSITIVE = frozenset({"Sensitivity/Response"})
RESISTANT = frozenset({"Resistance", "Reduced Sensitivity", "Adverse Response"})


@dataclass(frozen=True)
class TherapyLine:
    """One therapy under one heading. `diseases` is never empty: no therapy without its tumor context."""

    kind: Kind
    therapy: str | Text
    significance: str
    match: str  # whether the diseases are this patient's: this_tumor, other_tumor, unknown
    diseases: tuple[str, ...]
    level: str | None  # the best of the evidence
    evidence: tuple[str, ...]  # ids as the source gives them, or the regulatory label
    checked: bool  # every evidence was verified against a public item


def therapy_lines(evidence: Iterable[Evidence]) -> list[TherapyLine]:
    """Therapy lines, this tumor's first, then by level and name.

    Only evidence that supports an effect of a named therapy in a named disease makes a line; what speaks
    against is a conflict (`conflicts`) and stands in the evidence table.
    """
    groups: dict[tuple[Kind, str | Text, str, str], list[Evidence]] = {}
    for item in evidence:
        kind = _kind_of(item)
        if kind is not None:
            key = (kind, therapy_name(item), item.significance, item.disease_match)
            groups.setdefault(key, []).append(item)
    lines = [_line(*key, items) for key, items in groups.items()]
    return sorted(lines, key=lambda x: (_MATCH_RANK[x.match], x.level or _LAST_LEVEL, words(x.therapy), x.diseases))


def therapy_name(item: Evidence) -> str | Text:
    """The therapies of an evidence in words: 'Dabrafenib + Trametinib' for a combination.

    The order in which a source lists therapies that are given one after another is not the order of giving.
    """
    names = sorted(item.therapies)
    if item.therapy_interaction == "Substitutes" and len(names) > 1:
        return text("therapy.either", names=", ".join(names[:-1]), last=names[-1])
    joined = _JOIN.get(item.therapy_interaction or "", ", ").join(names)
    return text("therapy.sequence", names=joined) if item.therapy_interaction == "Sequential" else joined


@dataclass(frozen=True)
class Conflict:
    """A therapy on which the evidence of one kind of tumor match disagrees."""

    match: str
    words: Text  # Vemurafenib (A for, D against)


def conflicts(evidence: Iterable[Evidence]) -> list[Conflict]:
    """Therapies whose evidence disagrees within one kind of tumor match, with the best level of either side.

    Supported benefit stands against supported resistance, and against evidence that does not support the benefit.
    """
    saying: dict[tuple[str, str | Text], dict[bool, str]] = {}
    for item in evidence:
        benefit = _speaks_for_benefit(item)
        if benefit is not None:
            levels = saying.setdefault((item.disease_match, therapy_name(item)), {})
            levels[benefit] = min(levels.get(benefit, _LAST_LEVEL), item.level or _LAST_LEVEL)
    return [
        Conflict(match, _conflict_words(therapy, levels))
        for (match, therapy), levels in sorted(saying.items(), key=lambda x: (_MATCH_RANK[x[0][0]], words(x[0][1])))
        if len(levels) > 1
    ]


@dataclass(frozen=True)
class Statement:
    """What evidence other than of therapies says."""

    match: str
    words: Text  # Prognostic: Poor Outcome in this tumor (Melanoma), EID104


def besides(evidence: Iterable[Evidence]) -> list[Statement]:
    """Prognostic, diagnostic and other statements that evidence supports, this tumor's first."""
    groups: dict[tuple[str, str, str, str], list[Evidence]] = {}
    for item in sorted(evidence, key=evidence_order):
        if item.evidence_type != "Predictive" and item.direction == "Supports":
            key = (item.evidence_type, item.significance, item.disease, item.disease_match)
            groups.setdefault(key, []).append(item)
    return [Statement(key[3], _statement_words(*key, items)) for key, items in groups.items()]


def _statement_words(kind: str, significance: str, disease: str, match: str, items: list[Evidence]) -> Text:
    n_more = len(items) - 2
    said = text(
        "besides.said_more" if n_more > 0 else "besides.said",
        kind=kind,
        significance=significance,
        place=text(f"place.{match}"),
        disease=disease,
        evidence=", ".join(evidence_name(item) for item in items[:2]),
        **({"n": n_more} if n_more > 0 else {}),
    )
    return said if all(item.checked for item in items) else text("besides.unverified", statement=said)


def evidence_order(item: Evidence) -> tuple[int, str, str, str]:
    """Sort key of an evidence table: this tumor first, then the level, then source and id."""
    return (_MATCH_RANK[item.disease_match], item.level or _LAST_LEVEL, item.source, evidence_name(item))


def evidence_name(item: Evidence) -> str:
    """What an evidence is called: its id, else the regulatory label that it names, else its source."""
    return item.evidence_id or item.regulatory_label or item.source


def _speaks_for_benefit(item: Evidence) -> bool | None:
    if item.evidence_type != "Predictive" or not item.therapies or item.match == "gene":
        return None
    if item.significance in SENSITIVE:
        return item.direction == "Supports"
    return False if item.significance in RESISTANT and item.direction == "Supports" else None


def _conflict_words(therapy: str | Text, levels: dict[bool, str]) -> Text:
    benefit, harm = (text("caution.no_level") if levels[k] == _LAST_LEVEL else levels[k] for k in (True, False))
    return text("caution.conflict_one", therapy=therapy, level_for=benefit, level_against=harm)


def _kind_of(item: Evidence) -> Kind | None:
    if item.match == "gene":  # any change of the gene is meant, and this one is not known to be of that kind
        return None
    named = any(name.strip() for name in item.therapies) and bool(item.disease.strip())
    if item.evidence_type != "Predictive" or item.direction != "Supports" or not named:
        return None
    if item.significance in RESISTANT:
        return "resistance"
    return item.disease_match if item.significance in SENSITIVE else None


def _line(kind: Kind, therapy: str | Text, significance: str, match: str, items: list[Evidence]) -> TherapyLine:
    items = sorted(items, key=evidence_order)
    return TherapyLine(
        kind=kind,
        therapy=therapy,
        significance=significance,
        match=match,
        diseases=tuple(dict.fromkeys(item.disease for item in items)),
        level=min((item.level for item in items if item.level), default=None),
        evidence=tuple(dict.fromkeys(evidence_name(item) for item in items)),
        checked=all(item.checked for item in items),
    )
