"""Evidence on no single variant: compounds, wild type, and states of the tumor that were given."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from oncopipe.data.findings import Profile
from oncopipe.data.variants import AnnotatedVariant, Effect
from oncopipe.interpretation.matching import Matched, Matcher, strength
from oncopipe.interpretation.patient import Patient, Verdict
from oncopipe.interpretation.tiers import give_tier
from oncopipe.knowledge.conditions import Condition, atoms_of
from oncopipe.knowledge.rules import NEVER, Fit, fit
from oncopipe.knowledge.statements import Statement

_RANK = {"true": 0, "unknown": 1, "false": 2}
_STRONG = ("A", "B")


def profiles_of(matcher: Matcher, patient: Patient, variants: Iterable[AnnotatedVariant]) -> list[Profile]:
    """Profiles that hold, and those of which a part holds or that matter in this tumor, with what is missing.

    Amplification, fusion and expression are told only where the state was given: what nobody measured is no finding.
    """
    by_gene: dict[str, list[Effect]] = defaultdict(list)
    for v in variants:
        if v.is_pass and v.effect is not None:
            by_gene[v.effect.gene].append(v.effect)
    found: dict[object, tuple[Profile, tuple[object, ...]]] = {}
    for source, row in matcher.rows():
        condition = row.needs
        if row.rule not in NEVER or condition is None or not _is_used(row):
            continue
        verdict = patient.verdict(condition)
        taking_part = _taking_part(condition, by_gene)
        matched = matcher.matched(
            source, row, Fit("class", f"the profile of the tumor: {row.source_variant}"), verdict
        )
        if _is_told(row, verdict, taking_part, matched):
            profile = _profile(matched, verdict, taking_part)
            key = row.evidence_id or (source, row)
            found.setdefault(key, (profile, _order(profile)))
    return [profile for profile, _ in sorted(found.values(), key=lambda pair: pair[1])]


def _is_used(row: Statement) -> bool:
    return row.direction == "Supports" and row.evidence_type in ("Predictive", "Diagnostic", "Prognostic")


def _is_told(row: Statement, verdict: Verdict, taking_part: list[str], matched: Matched) -> bool:
    if verdict.truth == "true":
        return True
    if taking_part:
        return row.rule == "compound"
    is_strong = row.level in _STRONG or bool(row.regulatory_label)
    is_absence = verdict.truth == "unknown" and _asks_for_absence(row)
    return is_absence and is_strong and matched.relation == "this_tumor"


def _asks_for_absence(row: Statement) -> bool:
    """Whether a statement is on what a tumor lacks: wild type, or the absence of changes."""
    atoms = list(atoms_of(row.needs)) if row.needs else []
    return bool(atoms) and all(not positive or atom.rule == "wild type" for atom, positive in atoms)


def _taking_part(condition: Condition, by_gene: Mapping[str, list[Effect]]) -> list[str]:
    """The changes that fit a part which speaks for the condition, as people write them."""
    names = [
        f"{effect.gene} {effect.hgvs_p_short or effect.hgvs_c}"
        for atom, positive in atoms_of(condition)
        for effect in (by_gene.get(atom.gene, []) if positive else [])
        if fit(atom.rule, effect)
    ]
    return list(dict.fromkeys(names))


def _profile(matched: Matched, verdict: Verdict, variants: list[str]) -> Profile:
    item = matched.evidence
    tier = give_tier([matched], None, 1.0)[0] if verdict.truth == "true" else None
    return Profile(
        condition=item.condition or "",
        truth=verdict.truth,
        trace=list(verdict.trace),
        variants=variants,
        evidence=item,
        tier=tier,
    )


def _order(profile: Profile) -> tuple[object, ...]:
    tier = (profile.tier.tier, profile.tier.level or "Z") if profile.tier else ("IV", "Z")
    return _RANK[profile.truth], *tier, *map(str, strength(profile.evidence)), profile.condition
