"""AMP/ASCO/CAP tiers (Li et al. 2017, doi:10.1016/j.jmoldx.2016.10.002) from declarative rules, with a trace.

The first rule that fits gives a piece of evidence its tier. Therapy, diagnosis and prognosis are judged apart; the
variant's tier is the best of the three, and the trace says what each gave. docs/interpretation.md holds the table.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from oncopipe.data.findings import Evidence, KindTier, Tier, TierName
from oncopipe.interpretation.matching import Matched

TierLevel = Literal["A", "B", "C", "D"] | None

# METHOD: a hotspot of clonal hematopoiesis (JAK2 p.V617F) reaches population resources at a few in a thousand. A
# change that strong evidence names keeps its tier below 1 %, where ClinGen/CGC/VICC (Horak et al. 2022) see strong
# evidence of a benign allele (SBS1), and carries a caution.
MAX_HOTSPOT_FREQUENCY = 0.01
# METHOD: Li et al. ask for "well-powered studies with consensus from experts" for level B; CIViC's level B is any clinical
# study, large or small. Its curators' rating of four stars or five, or a second publication of level A or B that says the
# same, stands for that; else the study counts as one of the small ones of level C.
WELL_DONE = 4
Kind = Literal["therapy", "diagnosis", "prognosis"]
KINDS: tuple[tuple[str, Kind], ...] = (
    ("Predictive", "therapy"),
    ("Diagnostic", "diagnosis"),
    ("Prognostic", "prognosis"),
)


@dataclass(frozen=True)
class Judged:
    """A piece of evidence with what the rules ask about it."""

    evidence: Evidence
    place: str  # this_tumor, any_tumor, other_tumor, unknown
    n_agreeing: int  # publications that say the same of this variant in this tumor, this one included
    n_strong: int = 1  # those of them of level A or B

    @property
    def is_label(self) -> bool:
        """Approved, by the name of its label, where no public item holds the statement."""
        label = self.evidence.regulatory_label or ""
        return not self.evidence.level and label.startswith(("FDA", "EMA"))

    @property
    def is_strong(self) -> bool:
        return self.evidence.level in ("A", "B") or self.is_label

    @property
    def is_well_founded(self) -> bool:
        """A clinical study that its curators found well done, several that agree, or what editors conclude from several."""
        return (self.evidence.rating or 0) >= WELL_DONE or self.n_strong > 1 or self.is_assertion

    @property
    def is_assertion(self) -> bool:
        """CIViC's editors concluded it from several items, with an AMP/ASCO/CAP level that is theirs."""
        return (self.evidence.evidence_id or "").startswith("AID")

    @property
    def is_therapeutic(self) -> bool:
        return self.evidence.evidence_type == "Predictive"


@dataclass(frozen=True)
class TierRule:
    """What evidence must be to give a tier."""

    tier: TierName
    level: TierLevel
    says: str
    fits: Callable[[Judged], bool]


# METHOD: evidence of another tumor carries over for therapies alone: "FDA-approved therapies for different tumor types"
# is level C of the therapeutic column of Li et al.; their diagnostic and prognostic columns have no such line.
# METHOD: a source that says "cancer" mostly means a basket study; that is less than evidence for this tumor type.
# METHOD: CIViC's level C are case studies. Li et al. put "multiple small published studies with some consensus" into
# level C and "a few case reports" into D: two publications that agree make C.
RULES: tuple[TierRule, ...] = (
    TierRule("I", "A", "validated or approved in this tumor type",
             lambda j: j.place == "this_tumor" and (j.evidence.level == "A" or j.is_label)),
    TierRule("I", "A", "approved whatever the tumor type", lambda j: j.place == "any_tumor" and j.is_label),
    TierRule("I", "B", "clinical evidence in this tumor type, well founded",
             lambda j: j.place == "this_tumor" and j.evidence.level == "B" and j.is_well_founded),
    TierRule("II", "C", "clinical evidence in this tumor type, of one study that is not rated as well done",
             lambda j: j.place == "this_tumor" and j.evidence.level == "B"),
    TierRule("II", "C", "validated or clinical evidence of a source that names no tumor type",
             lambda j: j.place == "any_tumor" and j.is_strong and j.is_therapeutic),
    TierRule("II", "C", "validated, approved or clinical evidence in another tumor type",
             lambda j: j.place == "other_tumor" and j.is_strong and j.is_therapeutic),
    TierRule("II", "C", "validated, approved or clinical evidence in a tumor type that could not be compared with the "
             "diagnosis", lambda j: j.place == "unknown" and j.is_strong and j.is_therapeutic),
    TierRule("II", "C", "several case studies in this tumor type that agree",
             lambda j: j.place == "this_tumor" and j.evidence.level == "C" and (j.n_agreeing > 1 or j.is_assertion)),
    TierRule("II", "D", "a case study in this tumor type",
             lambda j: j.place == "this_tumor" and j.evidence.level == "C"),
    TierRule("II", "D", "preclinical evidence in this tumor type",
             lambda j: j.place == "this_tumor" and j.evidence.level == "D" and j.is_therapeutic),
)  # fmt: skip

_TIER_ORDER = {"I": 0, "II": 1, "III": 2, "IV": 3}


def why_none(matched: Matched) -> str | None:
    """Why a piece of evidence gives no tier whatever its level; None when the rules are to be asked."""
    item = matched.evidence
    if item.direction != "Supports":
        return "it speaks against the effect"
    if item.evidence_type not in ("Predictive", "Diagnostic", "Prognostic"):
        return f"{item.evidence_type.lower()} evidence gives none"
    if item.condition_status not in (None, "true"):
        return f"its condition ({item.condition}) is {item.condition_status}"
    if item.match == "gene":
        return "any change of the gene is meant, and this one is not known to be of that kind"
    if item.evidence_type == "Diagnostic" and item.significance == "Negative":
        return "it speaks against a diagnosis"
    if item.significance in ("N/A", "Uncertain Significance", "Unknown"):
        return "its significance is not known"
    if matched.origin == "germline" and item.match != "class":
        return "the source observed it in the germline"
    return None


def rule_for(judged: Judged) -> TierRule | None:
    """The first rule that fits; None when none does."""
    return next((rule for rule in RULES if rule.fits(judged)), None)


def give_tier(
    matched: Sequence[Matched], population_frequency: float | None, max_population_frequency: float
) -> tuple[Tier, list[str]]:
    """The tier of a variant with these pieces of evidence and how it came about, and cautions in words."""
    judged = [_judged(item, matched) for item in matched]
    reasons = [why_none(item) for item in matched]
    rules = [None if why else rule_for(item) for item, why in zip(judged, reasons, strict=True)]
    trace = [_trace(*found) for found in zip(judged, rules, reasons, strict=True)]
    fitting = [(rule, item) for rule, item in zip(rules, judged, strict=True) if rule is not None]
    cautions = []
    if population_frequency is not None and population_frequency >= max_population_frequency:
        if not _is_spared(fitting, population_frequency):
            said = f"population frequency {population_frequency:.4g} is at least {max_population_frequency:.4g}"
            reason = f"Common in the population: {said}"
            return Tier(tier="IV", level=None, reason=reason, trace=[f"tier IV: {said}", *trace]), []
        cautions = [f"common in the population ({population_frequency:.2g}): germline or clonal hematopoiesis?"]
    if not fitting:
        why = "Evidence matches, none that gives a higher tier" if matched else "No evidence in the knowledge in use"
        return Tier(tier="III", level=None, reason=f"{why}: of unknown significance", trace=trace), cautions
    rule, item = _best(fitting)
    trace = [*_by_kind(matched), *trace]
    return Tier(tier=rule.tier, level=rule.level, reason=_reason(rule, item), trace=trace), cautions


def _judged(matched: Matched, all_matched: Sequence[Matched]) -> Judged:
    item = matched.evidence
    agreeing = [
        other.evidence
        for other in all_matched
        if other.relation == matched.relation
        and why_none(other) is None
        and other.evidence.evidence_type == item.evidence_type
        and other.evidence.significance == item.significance
        and sorted(other.evidence.therapies) == sorted(item.therapies)
    ]
    publications = {other.citation or other.evidence_id for other in agreeing}
    strong = {other.citation or other.evidence_id for other in agreeing if other.level in ("A", "B")}
    return Judged(item, matched.relation, max(1, len(publications)), max(1, len(strong)))


def _is_spared(fitting: Sequence[tuple[TierRule, Judged]], frequency: float) -> bool:
    """Whether strong evidence names the very change, so that a low population frequency does not make it benign."""
    return frequency < MAX_HOTSPOT_FREQUENCY and any(
        item.is_strong and item.evidence.match in ("exact", "codon") for _, item in fitting
    )


def _rank(rule: TierRule) -> tuple[int, str]:
    return _TIER_ORDER[rule.tier], rule.level or "Z"


def _best(fitting: Sequence[tuple[TierRule, Judged]]) -> tuple[TierRule, Judged]:
    """The best of the pairs, the first of equals."""
    return min(fitting, key=lambda pair: _rank(pair[0]))


def tiers_by_kind(matched: Sequence[Matched]) -> list[KindTier]:
    """The best tier of therapy, diagnosis and prognosis apart; none for a kind without evidence that gives one."""
    judged = [_judged(item, matched) for item in matched if why_none(item) is None]
    fitting = [(rule, item) for item in judged if (rule := rule_for(item)) is not None]
    tiers = []
    for kind, name in KINDS:
        own = [pair for pair in fitting if pair[1].evidence.evidence_type == kind]
        if own:
            rule, item = _best(own)
            tiers.append(KindTier(kind=name, tier=rule.tier, level=rule.level, by=_identifier(item.evidence)))
    return tiers


def _by_kind(matched: Sequence[Matched]) -> list[str]:
    """One line for each kind of evidence that gave a tier."""
    return [f"{t.kind}: tier {t.tier}-{t.level} by {t.by}" for t in tiers_by_kind(matched)]


def _identifier(item: Evidence) -> str:
    return item.evidence_id or item.regulatory_label or f"{item.source}: {item.variant}"


def _reason(rule: TierRule, judged: Judged) -> str:
    item = judged.evidence
    therapy = f" to {_therapies(item)}" if item.therapies else ""
    what = "Diagnostic" if item.evidence_type == "Diagnostic" else item.significance
    place = "in any tumor" if judged.place == "any_tumor" else f"in {item.disease}"
    text = f"{what}{therapy} {place} ({_identifier(item)}): {rule.says}"
    return text[0].upper() + text[1:]


def _therapies(item: Evidence) -> str:
    """Therapies in words. The order in which a source lists those given one after another is not that of giving."""
    joint = {"Combination": " + ", "Substitutes": " or "}.get(item.therapy_interaction or "", ", ")
    return joint.join(item.therapies) + (" (in sequence)" if item.therapy_interaction == "Sequential" else "")


def _trace(judged: Judged, rule: TierRule | None, why: str | None) -> str:
    item = judged.evidence
    about = (item.evidence_type, f"level {item.level or 'none'}", item.disease, judged.place, item.match)
    what = f"{_identifier(item)} ({', '.join(about)})"
    if rule is not None:
        return f"{what}: tier {rule.tier}-{rule.level}, {rule.says}"
    return f"{what}: no tier, {why or 'no rule fits its level and tumor type'}"
