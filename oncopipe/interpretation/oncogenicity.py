"""Oncogenicity by the standard of ClinGen, CGC and VICC (Horak et al. 2022).

Each criterion is met, not met, or not assessed, with its reason: what no source in use can answer is never a silent zero.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from oncopipe.data.findings import Criterion, CriterionStatus, Evidence, Oncogenicity
from oncopipe.data.variants import Effect
from oncopipe.interpretation.plausibility import HOTSPOTS, INDEL_GENES, SUPPRESSORS
from oncopipe.interpretation.references import References, Residue
from oncopipe.knowledge.rules import IN_FRAME, RESIDUE, TRUNCATING, is_at_the_end, short_change

# In the order of the standard: code, points, and the criteria beside which it does not count.
POINTS: dict[str, int] = {
    "OVS1": 8, "OS1": 4, "OS2": 4, "OS3": 4, "OM1": 2, "OM2": 2, "OM3": 2, "OM4": 2,
    "OP1": 1, "OP2": 1, "OP3": 1, "OP4": 1, "SBVS1": -8, "SBS1": -4, "SBS2": -4, "SBP1": -1, "SBP2": -1,
}  # fmt: skip
NOT_BESIDE: dict[str, tuple[str, ...]] = {
    "OS3": ("OS1",), "OM1": ("OS1", "OS3"), "OM2": ("OVS1",), "OM3": ("OS1", "OS3", "OM1"), "OM4": ("OM1", "OM3"),
    "OP3": ("OM1", "OM3"), "SBS1": ("SBVS1",),
}  # fmt: skip
CLASSES = ("Benign", "Likely Benign", "Uncertain Significance", "Likely Oncogenic", "Oncogenic")
MANY_SAMPLES, SAME_CHANGE = 50, 10
COMMON, FREQUENT = 0.05, 0.01
ONCOGENES = frozenset(HOTSPOTS) - SUPPRESSORS | INDEL_GENES
_FUNCTION = ("Gain of Function", "Loss of Function", "Neomorphic", "Dominant Negative")
_NO_FUNCTION = ("Neutral", "Unaltered Function")
# METHOD: tumors with a single genetic cause, by OncoTree code: retinoblastoma and RB1 (the example of Horak et al.), rhabdoid
# tumors and SMARCB1. Chosen narrowly: both are lost in nearly every such tumor, by textbook knowledge.
SINGLE_CAUSE = {"RBL": "RB1", "MRT": "SMARCB1", "ATRT": "SMARCB1"}
_CHANGES_PROTEIN = IN_FRAME | {"missense_variant"}


@dataclass(frozen=True)
class Subject:
    """What the criteria look at.

    `sources_say`: kinds of evidence that any source in use holds at all. `oncogenic`: by gene, the changes that a source
    in use calls oncogenic.
    """

    effect: Effect
    evidence: Sequence[Evidence]
    population_frequency: float | None
    has_population: bool
    references: References
    sources_say: frozenset[str]
    oncogenic: Mapping[str, frozenset[str]]
    diagnosis: str | None = None  # OncoTree code

    @property
    def hotspot(self) -> Residue | None:
        found = RESIDUE.match(short_change(self.effect))
        hotspots = self.references.hotspots or {}
        return hotspots.get((self.effect.gene, found.group())) if found and self.is_missense else None

    @property
    def n_same(self) -> int:
        """Samples with the very same change, of the hotspot statistics."""
        return self.hotspot.changes.get(short_change(self.effect)[-1:], 0) if self.hotspot else 0

    @property
    def is_missense(self) -> bool:
        return "missense_variant" in self.effect.consequences

    @property
    def is_null(self) -> bool:
        return bool(TRUNCATING & set(self.effect.consequences))


Answer = tuple[CriterionStatus, str]


def oncogenicity(subject: Subject, *, pcgr_compat: bool = False) -> Oncogenicity:
    """The class of a variant with its points vector. `pcgr_compat` uses PCGR's cut-offs, which differ at 4, 5 and 9."""
    answers = {code: ask(subject) for code, ask in _CRITERIA.items()}
    met = [code for code, (status, _) in answers.items() if status == "met"]
    criteria = [_criterion(code, *answers[code], met) for code in POINTS]
    points = sum(c.points for c in criteria)
    counted = [c for c in criteria if c.points]
    vector = ", ".join(f"{c.code} {c.points:+d}" for c in counted) or "no criterion met"
    return Oncogenicity(
        classification=classify(points, [c.code for c in counted], pcgr_compat=pcgr_compat),
        points=points,
        cutoffs="PCGR" if pcgr_compat else "SOP",
        vector=f"{vector} = {points}" if counted else f"{vector} = 0",
        criteria=criteria,
    )


def classify(points: int, counted: Iterable[str] = (), *, pcgr_compat: bool = False) -> str:
    """The class of a sum of points.

    METHOD: Horak et al.: Oncogenic from 10, likely from 6, benign to -7, likely benign to -1. PCGR: from 9 and from 5, and 4
    points are likely oncogenic with three criteria that speak for it, or with OS1.

    >>> classify(9), classify(9, pcgr_compat=True), classify(-1), classify(4, ["OS1"], pcgr_compat=True)
    ('Likely Oncogenic', 'Oncogenic', 'Likely Benign', 'Likely Oncogenic')
    """
    positive = [code for code in counted if POINTS[code] > 0]
    if pcgr_compat and points == 4 and (len(positive) >= 3 or "OS1" in positive):
        return "Likely Oncogenic"
    bounds = (-6, 0, 5, 9) if pcgr_compat else (-6, 0, 6, 10)
    return CLASSES[sum(points >= bound for bound in bounds)]


def _criterion(code: str, status: CriterionStatus, reason: str, met: list[str]) -> Criterion:
    """Its points, but for a criterion that does not count beside a stronger one."""
    beside = [other for other in NOT_BESIDE.get(code, ()) if other in met]
    if status == "met" and beside:
        return Criterion(code=code, status=status, points=0, reason=f"{reason}; not counted beside {beside[0]}")
    return Criterion(code=code, status=status, points=POINTS[code] if status == "met" else 0, reason=reason)


def _ovs1(s: Subject) -> Answer:
    if not s.is_null:
        return "not_met", "no null variant"
    if s.effect.gene not in SUPPRESSORS:
        return "not_met", f"{s.effect.gene} is on no list of tumor suppressors used here"
    if is_at_the_end(s.effect):
        return "not_met", "the change lies in the last part of the protein"
    return "met", f"{s.effect.consequence} in the tumor suppressor {s.effect.gene}"


def _os1(s: Subject) -> Answer:
    return _said(s, "Oncogenic", ("Oncogenic", "Likely Oncogenic", "Oncogenicity"), "the same change is established")


def _os2(s: Subject) -> Answer:
    return _said(s, "Functional", _FUNCTION, "functional studies show an effect")


def _sbs2(s: Subject) -> Answer:
    return _said(s, "Functional", _NO_FUNCTION, "functional studies show none")


def _said(s: Subject, kind: str, significances: tuple[str, ...], meaning: str) -> Answer:
    """Whether a source says it of this very change."""
    if kind not in s.sources_say:
        return "not_assessed", f"no source in use holds {kind.lower()} evidence"
    for item in s.evidence:
        is_said = item.evidence_type == kind and item.direction == "Supports" and item.significance in significances
        if is_said and item.match == "exact":
            return "met", f"{meaning} ({item.evidence_id or item.source}: {item.significance})"
    return "not_met", f"no source in use says so of this change ({kind.lower()} evidence)"


def _hotspot(wanted: Callable[[Residue, int], bool], meaning: str) -> Callable[[Subject], Answer]:
    def ask(s: Subject) -> Answer:
        if s.references.hotspots is None:
            return "not_assessed", "no table of hotspots was imported"
        if not s.is_missense:
            return "not_met", "no missense change"
        if s.hotspot is None:
            return "not_met", "no hotspot at this residue"
        said = f"{s.hotspot.n_samples} samples at this residue, {s.n_same} with this change"
        return ("met", f"{said}: {meaning}") if wanted(s.hotspot, s.n_same) else ("not_met", said)

    return ask


def _om1(s: Subject) -> Answer:
    domains = s.references.domains
    if domains is None:
        return "not_assessed", "no table of critical domains was imported"
    if s.effect.gene not in domains:
        return "not_assessed", f"the table of critical domains says nothing of {s.effect.gene}"
    if not _CHANGES_PROTEIN & set(s.effect.consequences) or s.effect.protein_position is None:
        return "not_met", "no missense or in-frame change"
    at = s.effect.protein_position
    region = next((d for d in domains[s.effect.gene] if d.first <= at <= d.last), None)
    if region is None:
        return "not_met", f"residue {at} lies in no critical domain of the table"
    return "met", f"residue {at} lies in {region.name} ({region.first}-{region.last}; {region.citation})"


def _op2(s: Subject) -> Answer:
    if s.diagnosis is None:
        return "not_assessed", "no diagnosis was given"
    cause = SINGLE_CAUSE.get(s.diagnosis)
    if cause is None:
        return "not_met", f"{s.diagnosis} is on no list of tumors with a single genetic cause used here"
    if cause != s.effect.gene or not (s.is_null or _CHANGES_PROTEIN & set(s.effect.consequences)):
        return "not_met", f"the single cause of {s.diagnosis} is {cause}"
    return "met", f"{cause} is the single genetic cause of {s.diagnosis}"


def _om2(s: Subject) -> Answer:
    terms = set(s.effect.consequences)
    gene = s.effect.gene
    if IN_FRAME & terms:
        is_driver = gene in ONCOGENES or gene in SUPPRESSORS
        return (
            ("met", f"length of {gene} changes in frame")
            if is_driver
            else ("not_met", f"{gene} is on no list used here")
        )
    if "stop_lost" in terms and gene in SUPPRESSORS:
        return "met", f"the stop of the tumor suppressor {gene} is lost"
    return "not_met", "the length of the protein does not change in frame"


def _om3(s: Subject) -> Answer:
    if "Oncogenic" not in s.sources_say:
        return "not_assessed", "no source in use holds oncogenic evidence"
    if not s.is_missense:
        return "not_met", "no missense change"
    own = short_change(s.effect)
    for change in sorted(s.oncogenic.get(s.effect.gene, ())):
        if change != own and change[:-1] == own[:-1] and change[-1] != "*":
            return "met", f"another change of this residue, {change}, is established as oncogenic"
    return "not_met", "no other change of this residue is established in the sources in use"


def _op4(s: Subject) -> Answer:
    if not s.has_population:
        return "not_assessed", "no population frequencies were annotated"
    if s.population_frequency:
        return "not_met", f"population frequency {s.population_frequency:.3g}"
    return "met", "not listed in the population resource in use"


def _frequency(least: float) -> Callable[[Subject], Answer]:
    def ask(s: Subject) -> Answer:
        if not s.has_population:
            return "not_assessed", "no population frequencies were annotated"
        frequency = s.population_frequency or 0.0
        return ("met" if frequency > least else "not_met"), f"highest population frequency {frequency:.3g}"

    return ask


def _unanswered(why: str) -> Callable[[Subject], Answer]:
    return lambda s: ("not_assessed", why)


def _sbp2(s: Subject) -> Answer:
    if "synonymous_variant" not in s.effect.consequences:
        return "not_met", "not silent"
    return "not_assessed", "silent, but splicing and conservation are not predicted here"


_CRITERIA: dict[str, Callable[[Subject], Answer]] = {
    "OVS1": _ovs1,
    "OS1": _os1,
    "OS2": _os2,
    "OS3": _hotspot(lambda h, n: h.n_samples >= MANY_SAMPLES and n >= SAME_CHANGE, "a strong hotspot"),
    "OM1": _om1,
    "OM2": _om2,
    "OM3": _om3,
    "OM4": _hotspot(lambda h, n: h.n_samples < MANY_SAMPLES and n >= SAME_CHANGE, "a moderate hotspot"),
    "OP1": _unanswered("no computational predictions are in use"),
    "OP2": _op2,
    "OP3": _hotspot(lambda h, n: 0 < n < SAME_CHANGE, "a hotspot in which this change is rare"),
    "OP4": _op4,
    "SBVS1": _frequency(COMMON),
    "SBS1": _frequency(FREQUENT),
    "SBS2": _sbs2,
    "SBP1": _unanswered("no computational predictions are in use"),
    "SBP2": _sbp2,
}
