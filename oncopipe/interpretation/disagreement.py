"""Where sources, or systems of grading, contradict each other: said in words, nothing is left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from oncopipe.data.findings import ClinVarRecord, Evidence, Oncogenicity, Tier
from oncopipe.interpretation.oncogenicity import POINTS

LIKELY_ONCOGENIC = 6  # points of the standard
_SENSITIVE, _RESISTANT = "Sensitivity/Response", "Resistance"
_STRONG = ("A", "B")


def disagreements(
    evidence: Sequence[Evidence],
    tier: Tier,
    escat: str | None,
    scored: Oncogenicity | None,
    clinvar: ClinVarRecord | None,
) -> list[str]:
    """One sentence for each contradiction. Evidence that matches by gene alone, or whose condition fails, is left out."""
    used = [item for item in evidence if item.match != "gene"]
    return [
        *_of_therapies(used),
        *_of_sources(used),
        *_of_oncogenicity(used, tier, scored),
        *_of_clinvar(tier, scored, clinvar),
        *_of_escat(tier, escat),
    ]


def _of_therapies(evidence: Sequence[Evidence]) -> list[str]:
    """Response against resistance, and support against its denial, of the same therapies in this tumor."""
    here = [e for e in evidence if e.evidence_type == "Predictive" and e.disease_match == "this_tumor"]
    found = []
    for therapies in sorted({tuple(sorted(e.therapies)) for e in here}):
        own = [e for e in here if tuple(sorted(e.therapies)) == therapies]
        name = " + ".join(therapies)
        responds = [e for e in own if e.significance == _SENSITIVE and e.direction == "Supports"]
        resists = [e for e in own if e.significance == _RESISTANT and e.direction == "Supports"]
        denied = [e for e in own if e.significance == _SENSITIVE and e.direction == "Does Not Support"]
        if responds and resists:
            found.append(f"{name}: response by {_named(responds)}, resistance by {_named(resists)}")
        if responds and denied:
            found.append(f"{name}: response by {_named(responds)}, no response by {_named(denied)}")
    return found


def _of_sources(evidence: Sequence[Evidence]) -> list[str]:
    """The same effect of the same therapies, strong in one source and weak in another."""
    best: dict[tuple[str, tuple[str, ...]], dict[str, str]] = {}
    for item in evidence:
        if item.evidence_type == "Predictive" and item.direction == "Supports" and item.disease_match == "this_tumor":
            by_source = best.setdefault((item.significance, tuple(sorted(item.therapies))), {})
            level = item.level or "F"
            by_source[item.source] = min(by_source.get(item.source, "F"), level)
    found = []
    for (significance, therapies), levels in sorted(best.items()):
        graded = {source: level for source, level in sorted(levels.items()) if level != "F"}
        if len({level in _STRONG for level in graded.values()}) > 1:
            said = ", ".join(f"level {level} in {source}" for source, level in graded.items())
            found.append(f"{significance} to {' + '.join(therapies)}: {said}")
    return found


def _of_oncogenicity(evidence: Sequence[Evidence], tier: Tier, scored: Oncogenicity | None) -> list[str]:
    if scored is None:
        return []
    found = []
    is_oncogenic = scored.classification.endswith("Oncogenic")
    name = f"tier {tier.tier}" + (f"-{tier.level}" if tier.level else "")
    unasked = f"{len(scored.not_assessed)} criteria not assessed"
    # What no source in use could answer might still make it oncogenic: that is not settled, not a contradiction.
    could_be = scored.points + sum(max(0, POINTS[code]) for code in scored.not_assessed) >= LIKELY_ONCOGENIC
    if tier.is_actionable and not is_oncogenic and not could_be:
        found.append(
            f"AMP/ASCO/CAP {name}, but oncogenicity {scored.classification} ({scored.points} points, {unasked})"
        )
    if tier.tier == "IV" and is_oncogenic:
        found.append(f"AMP/ASCO/CAP {name}, but oncogenicity {scored.classification} ({scored.points} points)")
    for item in evidence:
        if item.evidence_type == "Oncogenic":
            says = item.direction == "Supports"
            if says != is_oncogenic and not (says and could_be):
                word = item.significance if says else f"not {item.significance}"
                found.append(f"{_one(item)} says {word}, the points say {scored.classification} ({unasked})")
    return list(dict.fromkeys(found))


def _of_clinvar(tier: Tier, scored: Oncogenicity | None, clinvar: ClinVarRecord | None) -> list[str]:
    if clinvar is None:
        return []
    words = clinvar.significance.lower()
    is_benign = "benign" in words and "pathogenic" not in words
    if is_benign and (tier.is_actionable or (scored and scored.classification.endswith("Oncogenic"))):
        return [f"ClinVar {clinvar.id} says {clinvar.significance}"]
    if tier.tier == "IV" and "pathogenic" in words and "conflicting" not in words and not is_benign:
        return [f"tier IV by frequency, but ClinVar {clinvar.id} says {clinvar.significance}"]
    return []


def _of_escat(tier: Tier, escat: str | None) -> list[str]:
    if escat is None:
        return []
    is_ready = escat.startswith("I-")
    if is_ready != (tier.tier == "I"):
        level = f"-{tier.level}" if tier.level else ""
        return [f"ESCAT {escat}, AMP/ASCO/CAP tier {tier.tier}{level}"]
    return []


def _named(items: Iterable[Evidence]) -> str:
    return ", ".join(sorted({f"{_one(item)} (level {item.level or 'none'})" for item in items}))


def _one(item: Evidence) -> str:
    return item.evidence_id or item.regulatory_label or item.source
