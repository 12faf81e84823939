"""Oncogenicity: cut-offs, criteria, exclusions, and what was not assessed; contradictions between systems."""

from __future__ import annotations

from dataclasses import replace

import pytest

from oncopipe.data.findings import ClinVarRecord, Evidence, Oncogenicity, Tier
from oncopipe.data.variants import Effect
from oncopipe.interpretation.disagreement import disagreements
from oncopipe.interpretation.oncogenicity import (
    CLASSES,
    NOT_BESIDE,
    POINTS,
    SINGLE_CAUSE,
    Subject,
    classify,
    oncogenicity,
)  # fmt: skip
from oncopipe.interpretation.references import Domain, References, Residue
from oncopipe.knowledge.diseases import tumor_types

# The standard's and PCGR's classes of every sum, written down a second time.
SOP = {**{n: "Benign" for n in range(-20, -6)}, **{n: "Likely Benign" for n in range(-6, 0)},
       **{n: "Uncertain Significance" for n in range(6)}, **{n: "Likely Oncogenic" for n in range(6, 10)},
       **{n: "Oncogenic" for n in range(10, 25)}}  # fmt: skip
PCGR = SOP | {5: "Likely Oncogenic", 9: "Oncogenic"}


@pytest.mark.parametrize("points", sorted(SOP))
def test_classify__every_sum(points: int) -> None:
    assert classify(points) == SOP[points] and SOP[points] in CLASSES
    assert classify(points, pcgr_compat=True) == PCGR[points]


def test_classify__pcgr_promotes_four_points() -> None:
    assert classify(4, ["OM2", "OP3", "OP4"], pcgr_compat=True) == "Likely Oncogenic"
    assert classify(4, ["OS1"], pcgr_compat=True) == "Likely Oncogenic"
    assert classify(4, ["OS2"], pcgr_compat=True) == "Uncertain Significance"
    assert classify(4, ["OM2", "OP3", "OP4"]) == "Uncertain Significance"


def subject(
    gene: str = "BRAF", p: str = "p.Val600Glu", consequence: str = "missense_variant", *, frequency: float | None = None,
    has_population: bool = True, hotspot: Residue | None = None, imported: bool = True, evidence: tuple[Evidence, ...] = (),
    oncogenic: frozenset[str] = frozenset(), position: int = 600,
) -> Subject:  # fmt: skip
    effect = Effect(
        "A", (consequence,), "MODERATE", gene=gene, hgvs_p=p, protein_position=position, protein_length=766
    )
    found = {(gene, "V600"): hotspot} if hotspot else {}
    kinds = frozenset({"Oncogenic", "Functional"} if evidence or oncogenic else set())
    return Subject(effect, evidence, frequency, has_population, References(found if imported else None), kinds,
                   {gene: oncogenic})  # fmt: skip


def status(scored: Oncogenicity) -> dict[str, str]:
    return {c.code: c.status for c in scored.criteria}


def said(kind: str, significance: str, match: str = "exact", direction: str = "Supports", **more: object) -> Evidence:
    values: dict[str, object] = {
        "source": "s", "evidence_id": "EID1", "evidence_type": kind, "direction": direction, "significance": significance,
        "gene": "BRAF", "variant": "V600E", "disease": "Cancer", "disease_match": "unknown", "checked": True, "match": match,
        "match_reason": "r",
    }  # fmt: skip
    return Evidence(**(values | more))


STRONG, MODERATE, RARE = Residue(897, {"E": 833, "K": 24}), Residue(49, {"E": 10}), Residue(897, {"E": 9})


@pytest.mark.parametrize(
    ("hotspot", "code"),
    [(STRONG, "OS3"), (Residue(50, {"E": 10}), "OS3"), (MODERATE, "OM4"), (RARE, "OP3"), (Residue(20, {"E": 1}), "OP3"),
     (Residue(20, {"K": 20}), None),
     (None, None)],
)  # fmt: skip
def test_oncogenicity__one_criterion_of_the_hotspots(hotspot: Residue | None, code: str | None) -> None:
    scored = oncogenicity(subject(hotspot=hotspot))
    met = [c.code for c in scored.criteria if c.status == "met" and c.code in ("OS3", "OM4", "OP3")]
    assert met == ([code] if code else [])
    assert {
        c.status
        for c in oncogenicity(subject(hotspot=hotspot, imported=False)).criteria
        if c.code in ("OS3", "OM4", "OP3")
    } == {"not_assessed"}


def test_oncogenicity__a_null_variant_of_a_suppressor() -> None:
    scored = oncogenicity(subject("TP53", "p.Arg213Ter", "stop_gained", position=213))
    assert (scored.classification, scored.points, scored.vector) == ("Likely Oncogenic", 9, "OVS1 +8, OP4 +1 = 9")
    assert (
        oncogenicity(subject("TP53", "p.Arg213Ter", "stop_gained", position=213), pcgr_compat=True).classification
        == "Oncogenic"
    )
    for other in (
        subject("TP53", "p.Arg760Ter", "stop_gained", position=760),
        subject("KRAS", "p.Gly12Ter", "stop_gained"),
    ):
        assert status(oncogenicity(other))["OVS1"] == "not_met"


@pytest.mark.parametrize(
    ("gene", "consequence", "expected"),
    [("EGFR", "inframe_deletion", "met"), ("TP53", "inframe_insertion", "met"), ("TP53", "stop_lost", "met"),
     ("KRAS", "stop_lost", "not_met"), ("OR4F5", "inframe_deletion", "not_met"), ("EGFR", "missense_variant", "not_met")],
)  # fmt: skip
def test_oncogenicity__changes_of_length(gene: str, consequence: str, expected: str) -> None:
    assert status(oncogenicity(subject(gene, "p.Lys745del", consequence)))["OM2"] == expected


@pytest.mark.parametrize(
    ("frequency", "met"),
    [(None, {"OP4"}), (0.0, {"OP4"}), (1e-6, set()), (0.01, set()), (0.0101, {"SBS1"}), (0.0501, {"SBVS1", "SBS1"})],
)
def test_oncogenicity__population(frequency: float | None, met: set[str]) -> None:
    codes = {"OP4", "SBVS1", "SBS1"}
    scored = oncogenicity(subject(frequency=frequency))
    assert {c for c, s in status(scored).items() if s == "met" and c in codes} == met
    if "SBVS1" in met:
        assert scored.points == -8  # SBS1 is met, but says nothing more
    unasked = oncogenicity(subject(frequency=frequency, has_population=False))
    assert {status(unasked)[c] for c in codes} == {"not_assessed"} and unasked.points == 0


def test_oncogenicity__what_sources_say_of_the_change() -> None:
    scored = oncogenicity(
        subject(evidence=(said("Oncogenic", "Oncogenicity"), said("Functional", "Gain of Function")), hotspot=STRONG)
    )
    points = {c.code: c.points for c in scored.criteria}
    assert (points["OS1"], points["OS2"], points["OS3"]) == (4, 4, 0)  # a hotspot does not count beside OS1
    assert status(scored)["OS3"] == "met" and scored.classification == "Likely Oncogenic"
    neutral = oncogenicity(subject(evidence=(said("Functional", "Neutral"),), frequency=0.02))
    assert (neutral.points, neutral.classification) == (-8, "Benign")
    for other in (
        said("Oncogenic", "Oncogenicity", "codon"),
        said("Oncogenic", "Oncogenicity", direction="Does Not Support"),
    ):
        assert status(oncogenicity(subject(evidence=(other,))))["OS1"] == "not_met"
    assert status(oncogenicity(subject()))["OS1"] == "not_assessed"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"V600K"}, "met"),
        ({"V600E"}, "not_met"),
        ({"V600*"}, "not_met"),
        ({"K601E"}, "not_met"),
        (set(), "not_assessed"),
    ],
)
def test_oncogenicity__another_change_of_the_residue(changes: set[str], expected: str) -> None:
    scored = oncogenicity(subject(oncogenic=frozenset(changes)))
    assert status(scored)["OM3"] == expected


def test_oncogenicity__points_are_the_sum_and_every_criterion_is_there() -> None:
    for s in (
        subject(hotspot=STRONG),
        subject(frequency=0.3),
        subject("PTEN", "p.Arg130Ter", "stop_gained"),
        subject(hotspot=RARE, imported=False),
    ):
        scored = oncogenicity(s)
        assert [c.code for c in scored.criteria] == list(POINTS)
        assert scored.points == sum(c.points for c in scored.criteria)
        assert all(c.points in (0, POINTS[c.code]) and c.reason for c in scored.criteria)
        assert all(c.points == 0 for c in scored.criteria if c.status != "met")
        assert {"OM1", "OP1", "OP2", "SBP1"} <= set(scored.not_assessed)


def test_not_beside__names_stronger_criteria() -> None:
    for code, stronger in NOT_BESIDE.items():
        assert all(abs(POINTS[other]) >= abs(POINTS[code]) for other in stronger)


def test_disagreements__are_said() -> None:
    tier = Tier(tier="I", level="A", reason="r")
    # All that was asked says no, and what was not asked could not make it likely oncogenic.
    scored = oncogenicity(replace(subject(frequency=1e-5), sources_say=frozenset({"Oncogenic", "Functional"})))
    here = {"disease_match": "this_tumor", "therapies": ["Drug"]}
    items = [
        said("Predictive", "Sensitivity/Response", level="A", source="civic", evidence_id="EID1", **here),
        said("Predictive", "Resistance", level="C", source="civic", evidence_id="EID2", **here),
        said(
            "Predictive", "Sensitivity/Response", direction="Does Not Support", level="B", evidence_id="EID3", **here
        ),
        said("Predictive", "Sensitivity/Response", level="D", source="oncokb", evidence_id=None, **here),
    ]
    clinvar = ClinVarRecord(id="7", significance="Likely_benign", review="r", stars=1)
    found = disagreements(items, tier, "II-B", scored, clinvar)
    assert found == [
        "Drug: response by EID1 (level A), oncokb (level D), resistance by EID2 (level C)",
        "Drug: response by EID1 (level A), oncokb (level D), no response by EID3 (level B)",
        "Sensitivity/Response to Drug: level A in civic, level D in oncokb",
        "AMP/ASCO/CAP tier I-A, but oncogenicity Uncertain Significance (0 points, 4 criteria not assessed)",
        "ClinVar 7 says Likely_benign",
        "ESCAT II-B, AMP/ASCO/CAP tier I-A",
    ]
    unsettled = disagreements([], tier, None, oncogenicity(subject()), None)
    assert unsettled == []
    by_gene = [item.model_copy(update={"match": "gene"}) for item in items]
    oncogenic = replace(
        subject(),
        evidence=(said("Oncogenic", "Oncogenicity"), said("Functional", "Gain of Function")),
        sources_say=frozenset({"Oncogenic", "Functional"}),
    )
    assert disagreements(by_gene, tier, "I-A", oncogenicity(oncogenic), None) == []


REGION = {"BRAF": (Domain(594, 623, "the activation segment", "PMID:1"),)}


@pytest.mark.parametrize(
    ("domains", "position", "consequence", "expected"),
    [
        (None, 600, "missense_variant", "not_assessed"),
        ({"KIT": REGION["BRAF"]}, 600, "missense_variant", "not_assessed"),
        (REGION, 600, "missense_variant", "met"),
        (REGION, 594, "inframe_deletion", "met"),
        (REGION, 624, "missense_variant", "not_met"),
        (REGION, 600, "stop_gained", "not_met"),
    ],
)
def test_oncogenicity__critical_regions_of_the_sites_own_table(
    domains: dict[str, tuple[Domain, ...]] | None, position: int, consequence: str, expected: str
) -> None:
    asked = replace(subject(position=position, consequence=consequence), references=References(domains=domains))
    scored = oncogenicity(asked)
    assert status(scored)["OM1"] == expected
    assert ("OM1 +2" in scored.vector) == (expected == "met")


def test_oncogenicity__om1_yields_to_stronger_criteria() -> None:
    references = References({("BRAF", "V600"): STRONG}, domains=REGION)
    scored = oncogenicity(replace(subject(), references=references))
    assert status(scored)["OM1"] == "met" and "OM1" not in scored.vector and "OS3 +4" in scored.vector


@pytest.mark.parametrize(
    ("diagnosis", "gene", "expected"),
    [(None, "RB1", "not_assessed"), ("RBL", "RB1", "met"), ("RBL", "BRAF", "not_met"), ("ATRT", "SMARCB1", "met"),
     ("LUAD", "RB1", "not_met")],
)  # fmt: skip
def test_oncogenicity__a_tumor_with_a_single_cause(diagnosis: str | None, gene: str, expected: str) -> None:
    asked = replace(subject(gene, "p.Arg255Ter", "stop_gained", position=255), diagnosis=diagnosis)
    assert status(oncogenicity(asked))["OP2"] == expected
    assert set(SINGLE_CAUSE) <= set(tumor_types())
