"""AMP/ASCO/CAP tiers (Li et al. 2017, doi:10.1016/j.jmoldx.2016.10.002) from declarative rules, with a trace.

The first rule that fits gives a piece of evidence its tier; the best of all evidence is the variant's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from oncopipe.data.findings import Evidence, Tier, TierName

TierLevel = Literal["A", "B", "C", "D"] | None


@dataclass(frozen=True)
class TierRule:
    """What evidence must be to give a tier. Fields of None ask nothing."""

    tier: TierName
    level: TierLevel
    says: str
    fits: Callable[[Evidence], bool]


def _strong(evidence: Evidence) -> bool:
    return evidence.level in ("A", "B") or _is_label(evidence)


def _is_label(evidence: Evidence) -> bool:
    """Approved, by the name of its label, where no public item holds the statement."""
    return (
        not evidence.level and not evidence.checked and (evidence.regulatory_label or "").startswith(("FDA", "EMA"))
    )


def _here(evidence: Evidence) -> bool:
    return evidence.disease_match == "this_tumor"


def _named(evidence: Evidence) -> bool:
    """The change itself, its class or its residue is meant, not any change of the gene."""
    return evidence.match != "gene"


def _is_therapeutic(evidence: Evidence) -> bool:
    return evidence.evidence_type == "Predictive"


RULES: tuple[TierRule, ...] = (
    TierRule("I", "A", "validated or approved in this tumor type",
             lambda e: _here(e) and _named(e) and (e.level == "A" or _is_label(e))),
    TierRule("I", "B", "well-powered clinical evidence in this tumor type",
             lambda e: _here(e) and _named(e) and e.level == "B"),
    TierRule("II", "C", "strong evidence for any change of the gene in this tumor type; this change is not named",
             lambda e: _here(e) and not _named(e) and _strong(e) and _is_therapeutic(e)),
    TierRule("II", "C", "strong therapeutic evidence in another tumor type",
             lambda e: e.disease_match == "other_tumor" and _named(e) and _strong(e) and _is_therapeutic(e)),
    TierRule("II", "C", "strong therapeutic evidence in a tumor type that could not be compared with the diagnosis",
             lambda e: e.disease_match == "unknown" and _named(e) and _strong(e) and _is_therapeutic(e)),
    TierRule("II", "C", "case studies in this tumor type", lambda e: _here(e) and _named(e) and e.level == "C"),
    TierRule("II", "D", "preclinical evidence in this tumor type",
             lambda e: _here(e) and _named(e) and e.level == "D" and _is_therapeutic(e)),
)  # fmt: skip

_ACTIONABLE_TYPES = ("Predictive", "Diagnostic", "Prognostic")
_ORDER = {"I": 0, "II": 1, "III": 2, "IV": 3}


def rule_for(evidence: Evidence) -> TierRule | None:
    """The rule that gives this evidence a tier; None when it gives none."""
    if evidence.direction != "Supports" or evidence.evidence_type not in _ACTIONABLE_TYPES:
        return None
    if evidence.evidence_type == "Diagnostic" and evidence.significance == "Negative":
        return None
    return next((rule for rule in RULES if rule.fits(evidence)), None)


def give_tier(evidence: list[Evidence], population_frequency: float | None, max_population_frequency: float) -> Tier:
    """The tier of a variant with these pieces of evidence, and how it came about."""
    if population_frequency is not None and population_frequency >= max_population_frequency:
        said = f"population frequency {population_frequency:.4g} is at least {max_population_frequency:.4g}"
        return Tier(tier="IV", level=None, reason=f"Common in the population: {said}", trace=[f"tier IV: {said}"])
    judged = [(rule_for(item), item) for item in evidence]
    trace = [_trace(rule, item) for rule, item in judged]
    fitting = [(rule, item) for rule, item in judged if rule is not None]
    if not fitting:
        reason = (
            "Evidence matches, none that gives a higher tier" if evidence else "No evidence in the knowledge in use"
        )
        return Tier(tier="III", level=None, reason=f"{reason}: of unknown significance", trace=trace)
    best, item = min(fitting, key=lambda pair: (_ORDER[pair[0].tier], pair[0].level or "Z"))
    return Tier(tier=best.tier, level=best.level, reason=_reason(best, item), trace=trace)


def _identifier(item: Evidence) -> str:
    return item.evidence_id or item.regulatory_label or f"{item.source}: {item.variant}"


def _reason(rule: TierRule, item: Evidence) -> str:
    kind = {"Predictive": item.significance, "Diagnostic": "Diagnostic", "Prognostic": item.significance}
    therapy = f" to {', '.join(item.therapies)}" if item.therapies else ""
    text = f"{kind[item.evidence_type]}{therapy} in {item.disease} ({_identifier(item)}): {rule.says}"
    return text[0].upper() + text[1:]


def _trace(rule: TierRule | None, item: Evidence) -> str:
    what = f"{_identifier(item)} ({item.evidence_type}, level {item.level or 'none'}, {item.disease}, {item.disease_match})"
    return f"{what}: tier {rule.tier}-{rule.level}, {rule.says}" if rule else f"{what}: no tier"
