"""Tiers by exhaustive truth table, matching, and findings from an annotated call set."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from oncopipe.data.findings import Evidence, Findings, Quality, schema_text
from oncopipe.data.samples import Sample
from oncopipe.data.variants import AlleleCounts, AnnotatedCalls, AnnotatedVariant, CallSet, Effect
from oncopipe.interpretation import interpret
from oncopipe.interpretation.interpret import identity_of
from oncopipe.interpretation.matching import Matched, Matcher
from oncopipe.interpretation.tiers import give_tier
from oncopipe.interpretation.variants import support_of
from oncopipe.knowledge.diseases import Relation
from oncopipe.knowledge.sources import read_knowledge
from oncopipe.knowledge.statements import Statement
from oncopipe.options import InterpretOptions

QUALITY = Quality(status="PASS", sentence="Data quality PASS.", metrics=[])


def evidence(**fields: object) -> Evidence:
    values: dict[str, object] = {
        "source": "civic", "evidence_id": "EID1", "evidence_type": "Predictive", "direction": "Supports",
        "significance": "Resistance", "level": "A", "gene": "G", "variant": "V600E", "disease": "Melanoma",
        "disease_match": "this_tumor", "therapies": ["Drug"], "checked": True, "match": "exact", "match_reason": "r",
    }  # fmt: skip
    return Evidence(**(values | fields))


def matched(place: Relation = "this_tumor", origin: str = "somatic", **fields: object) -> Matched:
    said = {"this_tumor": "this_tumor", "other_tumor": "other_tumor"}.get(place, "unknown")
    return Matched(evidence(disease_match=said, **fields), place, origin)


def tier_of(*items: Matched, frequency: float | None = None) -> tuple[str, str | None]:
    tier, _ = give_tier(items, frequency, 0.001)
    return tier.tier, tier.level


def expected(level: str | None, place: str, match: str, kind: str, rating: int | None) -> tuple[str, str | None]:
    """The table of docs/interpretation.md, written down a second time."""
    b = ("I", "B") if rating in (4, 5) else ("II", "C")
    therapy, strong = kind == "Predictive", level in ("A", "B")
    if match == "gene":
        return "III", None
    if place == "this_tumor":
        here = {"A": ("I", "A"), "B": b, "C": ("II", "D"), "D": ("II", "D") if therapy else ("III", None)}
        return here.get(level or "", ("III", None))
    return ("II", "C") if strong and therapy else ("III", None)


PLACES: list[Relation] = ["this_tumor", "any_tumor", "other_tumor", "unknown"]
LEVELS = ["A", "B", "C", "D", "E", None]
MATCHES = ["exact", "class", "codon", "gene"]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("match", MATCHES)
@pytest.mark.parametrize("kind", ["Predictive", "Diagnostic", "Prognostic"])
@pytest.mark.parametrize("rating", [None, 3, 4])
def test_give_tier__exhaustive(level: str | None, place: Relation, match: str, kind: str, rating: int | None) -> None:
    fields = {"level": level, "match": match, "evidence_type": kind, "rating": rating}
    item = matched(place, **fields)
    wanted = expected(level, place, match, kind, rating)
    assert tier_of(item) == wanted
    tier, _ = give_tier([item], None, 0.001)
    assert "EID1" in tier.trace[-1]
    # What needs more than is known gives nothing.
    for status in ("unknown", "false"):
        assert tier_of(matched(place, condition="A[any]", condition_status=status, **fields)) == ("III", None)
    # Resistance counts as response does; what speaks against gives nothing; the germline only by class.
    assert tier_of(matched(place, significance="Sensitivity/Response", **fields)) == wanted
    assert tier_of(matched(place, direction="Does Not Support", **fields)) == ("III", None)
    assert tier_of(matched(place, "germline", **fields)) == (wanted if match == "class" else ("III", None))
    # A common allele is benign, but for a change that strong evidence names, below 1 %.
    spared = match in ("exact", "codon") and level in ("A", "B") and wanted[0] != "III"
    assert tier_of(item, frequency=0.002) == (wanted if spared else ("IV", None))
    assert tier_of(item, frequency=0.01) == ("IV", None)
    assert tier_of(item, frequency=0.0009) == wanted


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("match", MATCHES)
def test_give_tier__an_unchecked_label_counts_as_approved(place: Relation, match: str) -> None:
    label = {"level": None, "evidence_id": None, "checked": False, "match": match}
    wanted = ("III", None) if match == "gene" else ("I", "A") if place in ("this_tumor", "any_tumor") else ("II", "C")
    assert tier_of(matched(place, regulatory_label="FDA label: X", **label)) == wanted
    assert tier_of(matched(place, regulatory_label="CIViC without ids", **label)) == ("III", None)


@pytest.mark.parametrize("kind", ["Predisposing", "Functional", "Oncogenic"])
def test_give_tier__other_kinds_of_evidence_give_none(kind: str) -> None:
    assert tier_of(matched(evidence_type=kind)) == ("III", None)


@pytest.mark.parametrize("significance", ["N/A", "Uncertain Significance", "Unknown"])
def test_give_tier__an_unknown_significance_gives_none(significance: str) -> None:
    assert tier_of(matched(significance=significance)) == ("III", None)


def test_give_tier__evidence_against_a_diagnosis_gives_none() -> None:
    assert tier_of(matched(evidence_type="Diagnostic", significance="Negative")) == ("III", None)
    assert tier_of(matched(evidence_type="Diagnostic", significance="Positive")) == ("I", "A")


def test_give_tier__two_publications_that_agree_make_case_studies_level_c() -> None:
    first, again = matched(level="C", citation="PMID:1"), matched(level="C", citation="PMID:1", evidence_id="EID2")
    other = matched(level="C", citation="PMID:2", evidence_id="EID3")
    assert tier_of(first, again) == ("II", "D")
    assert tier_of(first, other) == ("II", "C")
    for unlike in (
        matched(level="C", citation="PMID:2", significance="Sensitivity/Response"),
        matched(level="C", citation="PMID:2", therapies=["Other"]),
        matched(level="C", citation="PMID:2", direction="Does Not Support"),
        matched("other_tumor", level="C", citation="PMID:2"),
    ):
        assert tier_of(first, unlike) == ("II", "D")


def test_give_tier__a_clinical_study_alone_must_be_rated_as_well_done() -> None:
    weak, again = (
        matched(level="B", citation="PMID:1", rating=3),
        matched(level="B", citation="PMID:1", evidence_id="EID2"),
    )
    assert tier_of(weak) == tier_of(weak, again) == ("II", "C")
    for level, wanted in (("B", ("I", "B")), ("C", ("II", "C"))):
        assert tier_of(weak, matched(level=level, citation="PMID:2", evidence_id="EID3")) == wanted
    assert tier_of(matched(level="B", rating=4)) == ("I", "B")
    # An assertion is what editors conclude from several items.
    assert tier_of(matched(level="B", evidence_id="AID7")) == ("I", "B")
    assert tier_of(matched(level="C", evidence_id="AID7")) == ("II", "C")


def test_give_tier__the_best_evidence_wins_and_each_kind_is_told() -> None:
    items = [
        matched(level="D"),
        matched(
            level="B",
            evidence_id="EID2",
            rating=4,
            evidence_type="Prognostic",
            significance="Poor Outcome",
            therapies=[],
        ),
        matched("other_tumor", level="A", evidence_id="EID3"),
    ]
    tier, _ = give_tier(items, None, 0.001)
    assert (tier.tier, tier.level) == ("I", "B") and "EID2" in tier.reason
    assert tier.trace[:2] == ["therapy: tier II-C by EID3", "prognosis: tier I-B by EID2"]
    assert len(tier.trace) == 5


def test_give_tier__a_spared_hotspot_carries_a_caution() -> None:
    _, cautions = give_tier([matched()], 0.002, 0.001)
    assert cautions == ["common in the population (0.002): germline or clonal hematopoiesis?"]
    assert give_tier([matched()], None, 0.001)[1] == []


@pytest.mark.parametrize(("k", "n"), [(0, 0), (0, 10), (10, 10), (3, 60)])
def test_support_of__interval_holds_the_fraction(k: int, n: int) -> None:
    support = support_of(AlleleCounts(n, n - k, k))
    assert 0 <= support.vaf_low <= support.vaf <= support.vaf_high <= 1


def variant(gene: str, p: str, consequence: str, exon: int, filters: tuple[str, ...] = ("PASS",)) -> AnnotatedVariant:
    effect = Effect("T", (consequence,), "MODERATE", gene=gene, transcript="T1", rank=exon, n_ranks=28, hgvs_c="c.1A>T",
                    hgvs_p=p, cdna_position=1)  # fmt: skip
    return AnnotatedVariant("chr7", 100 + exon, None, "A", "T", 30.0, filters, AlleleCounts(100, 80, 20),
                            AlleleCounts(50, 50, 0), (effect,), "MANE_Select", None)  # fmt: skip


def findings(diagnosis: str, *variants: AnnotatedVariant) -> Findings:
    calls = AnnotatedCalls(CallSet("T", "N", "OncoPipe", True, False, {"chr7": 1000}), variants)
    identity = identity_of(Sample("P", "T", "tumor", diagnosis=diagnosis, specimen="SYNTHETIC"), "N", None)
    return interpret(calls, identity, QUALITY, read_knowledge(None), InterpretOptions())


@pytest.mark.parametrize(
    ("diagnosis", "gene", "p", "consequence", "exon", "tier", "level"),
    [
        ("SKCM", "BRAF", "p.Val600Glu", "missense_variant", 15, "I", "A"),
        ("LUAD", "BRAF", "p.Val600Glu", "missense_variant", 15, "I", "A"),
        ("LUAD", "EGFR", "p.Glu746_Ala750del", "inframe_deletion", 19, "I", "A"),
        ("LUAD", "EGFR", "p.Leu858Arg", "missense_variant", 21, "I", "A"),
        ("LUAD", "EGFR", "p.Thr790Met", "missense_variant", 20, "I", "A"),
        ("COADREAD", "KRAS", "p.Gly12Cys", "missense_variant", 2, "I", "A"),
        ("LUAD", "KRAS", "p.Gly12Cys", "missense_variant", 2, "I", "A"),
        ("MEL", "BRAF", "p.Val600Glu", "missense_variant", 15, "I", "A"),
        ("UM", "BRAF", "p.Val600Glu", "missense_variant", 15, "II", "C"),
        ("THAP", "BRAF", "p.Val600Glu", "missense_variant", 15, "I", "B"),
        ("NOCODE", "BRAF", "p.Val600Glu", "missense_variant", 15, "II", "C"),
        ("SKCM", "BRAF", "p.Leu3Val", "missense_variant", 1, "III", None),
        ("LUAD", "EGFR", "p.Asp770_Asn771insGly", "inframe_insertion", 20, "I", "A"),
        ("LUAD", "MET", "", "splice_donor_variant", 14, "I", "A"),
        ("COADREAD", "KRAS", "p.Ala146Thr", "missense_variant", 4, "I", "A"),
        ("COADREAD", "KRAS", "p.Lys5Asn", "missense_variant", 2, "III", None),
        ("COADREAD", "NRAS", "p.Gln61Lys", "missense_variant", 3, "I", "A"),
        ("GIST", "KIT", "p.Trp557_Lys558del", "inframe_deletion", 11, "I", "B"),
        ("GIST", "KIT", "p.Val559Asp", "missense_variant", 11, "I", "B"),
        ("GIST", "KIT", "p.Pro585Ser", "missense_variant", 11, "III", None),
        ("GIST", "PDGFRA", "p.Asp842Val", "missense_variant", 18, "I", "A"),
        ("SM", "KIT", "p.Asp816Val", "missense_variant", 17, "I", "B"),
        ("AML", "NPM1", "p.Trp288CysfsTer12", "frameshift_variant", 11, "I", "A"),
        ("AML", "FLT3", "p.Glu598_Tyr599insAspTyr", "inframe_insertion", 14, "I", "A"),
        ("AML", "FLT3", "p.Asp835Tyr", "missense_variant", 20, "I", "A"),
        ("AML", "IDH2", "p.Arg140Gln", "missense_variant", 4, "I", "B"),
        ("CML", "ABL1", "p.Thr315Ile", "missense_variant", 6, "I", "B"),
        ("WM", "MYD88", "p.Leu265Pro", "missense_variant", 5, "I", "B"),
        ("HGSOC", "BRCA1", "p.Gln1756Ter", "stop_gained", 19, "I", "B"),
        ("HGSOC", "BRCA1", "p.Ala5Thr", "missense_variant", 2, "III", None),
        ("IDC", "PIK3CA", "p.His1047Arg", "missense_variant", 21, "I", "A"),
        ("IDC", "PIK3CA", "p.Gln7Glu", "missense_variant", 2, "III", None),
        ("IDC", "ESR1", "p.Asp538Gly", "missense_variant", 8, "II", "D"),  # elacestrant needs the receptors
        ("LUAD", "EGFR", "p.Ala763_Tyr764insPheGlnGluAla", "inframe_insertion", 20, "I", "A"),
        ("BLCA", "FGFR3", "p.Ser249Cys", "missense_variant", 7, "I", "A"),
        ("CHOL", "IDH1", "p.Arg132Cys", "missense_variant", 4, "I", "A"),
        ("UM", "GNA11", "p.Gln209Leu", "missense_variant", 5, "II", "C"),
        ("BLCA", "FGFR3", "p.Tyr373Cys", "missense_variant", 9, "I", "A"),
        ("CLLSLL", "SF3B1", "p.Lys700Glu", "missense_variant", 15, "I", "A"),
        ("UM", "GNAQ", "p.Gln209Leu", "missense_variant", 5, "II", "C"),
        ("COADREAD", "TP53", "p.Arg213Ter", "stop_gained", 6, "III", None),
        ("SKCM", "EGFR", "p.Leu858Arg", "missense_variant", 21, "II", "C"),
        ("LUAD", "TP53", "p.Arg213Ter", "stop_gained", 6, "III", None),
        ("LUAD", "EGFR", "p.Val600=", "synonymous_variant", 15, "III", None),
        ("LUAD", "NOGENE", "p.Val600Glu", "missense_variant", 15, "III", None),
    ],
)
def test_interpret__tiers_of_what_a_board_meets(
    diagnosis: str, gene: str, p: str, consequence: str, exon: int, tier: str, level: str | None
) -> None:
    (found,) = findings(diagnosis, variant(gene, p, consequence, exon)).variants
    assert (found.tier.tier, found.tier.level) == (tier, level)


def test_interpret__sorts_and_counts_what_did_not_pass() -> None:
    made = findings(
        "SKCM",
        variant("TP53", "p.Arg213Ter", "stop_gained", 6),
        variant("BRAF", "p.Val600Glu", "missense_variant", 15),
        variant("BRAF", "p.Val600Glu", "missense_variant", 15, ("weak_evidence",)),
    )
    assert [v.gene for v in made.variants] == ["BRAF", "TP53"]
    assert made.n_filtered == 1 and made.identity.synthetic
    assert [v.gene for v in made.actionable()] == ["BRAF"]
    assert made.identity.diagnosis_name == "Cutaneous Melanoma"
    jsonschema.validate(json.loads(made.model_dump_json()), json.loads(schema_text()))


@pytest.mark.parametrize(
    ("rows", "escat"),
    [
        ((), None),
        (({"escat": ""},), None),  # level A of this tumor: no ESCAT is worked out from it
        (({"escat": "II-B"},), "II-B"),
        (({"escat": "II-B"}, {"escat": "I-C"}, {"escat": "X"}), "I-C"),
        (({"escat": "I-A", "disease": "Colorectal Cancer", "oncotree": ""},), None),  # curated for another tumor
        (({"escat": "I-A", "disease": "Colorectal Cancer", "oncotree": ""}, {"escat": "III-A"}), "III-A"),
        (({"escat": "I-A", "direction": "Does Not Support"},), None),
        (({"escat": "I-A", "rule": "V600K"},), None),
        (({"escat": "I-A", "rule": "any"},), "I-A"),  # the curator meant any change of the protein
        (({"escat": "I-A", "condition": "biomarker[x positive]"},), None),  # not known to hold
        (({"escat": "IV-A", "level": "D"},), "IV-A"),
    ],
)
def test_interpret__escat_is_what_a_curator_wrote_for_this_change_and_tumor(
    rows: tuple[dict[str, str], ...], escat: str | None
) -> None:
    (model, *_) = (
        r for r in read_knowledge(None)[0]["targets"] if r.evidence_id == "EID1409"
    )  # BRAF V600E, melanoma
    own = [replace(model, evidence_id=f"EID{i}", **row) for i, row in enumerate(rows, 1)]
    calls = AnnotatedCalls(
        CallSet("T", "N", "OncoPipe", True, False, {"chr7": 1000}),
        (variant("BRAF", "p.Val600Glu", "missense_variant", 15),),
    )
    identity = identity_of(Sample("P", "T", "tumor", diagnosis="SKCM", specimen="SYNTHETIC"), "N", None)
    (found,) = interpret(calls, identity, QUALITY, ({"table": own}, []), InterpretOptions()).variants
    assert found.escat == escat
    assert any(text.startswith("ESCAT") for text in found.disagreements) == (
        escat is not None and escat.startswith("I-") != (found.tier.tier == "I")
    )


def test_schema__is_the_published_one() -> None:
    import oncopipe.data

    assert (Path(oncopipe.data.__file__).parent / "findings.schema.json").read_text() == schema_text()


def test_interpret__a_checked_item_speaks_before_a_bare_label() -> None:
    """KRAS G12C in colorectal cancer: the resistance that CIViC holds is named, not the label that was not checked."""
    (found,) = findings("COADREAD", variant("KRAS", "p.Gly12Cys", "missense_variant", 2)).variants
    assert found.evidence[0].checked and found.evidence[0].evidence_id
    assert found.evidence[0].evidence_id in found.tier.reason


def test_interpret__two_calls_in_one_codon_carry_a_caution() -> None:
    """V600K is two substitutions in one codon; called one by one they read as V600M and V600E."""
    pair = [
        replace(variant("BRAF", p, "missense_variant", 15), position=place)
        for p, place in (("p.Val600Met", 100), ("p.Val600Glu", 101))
    ]
    pair = [replace(v, effects=(replace(v.effects[0], protein_position=600),)) for v in pair]
    for found in findings("SKCM", *pair).variants:
        assert any("same codon" in flag for flag in found.flags)
    (alone,) = findings("SKCM", pair[0]).variants
    assert not any("same codon" in flag for flag in alone.flags)


def test_interpret__exon_numbers_of_an_unusual_transcript_carry_a_caution() -> None:
    usual = variant("EGFR", "p.Glu746_Ala750del", "inframe_deletion", 19)
    for choice, flagged in (("MANE_Select", False), ("listed", False), ("longest", True), (None, True)):
        (found,) = findings("LUAD", replace(usual, transcript_choice=choice)).variants
        assert any("exon number" in flag for flag in found.flags) is flagged


@pytest.mark.parametrize(
    ("gene", "p", "consequence", "exon", "match"),
    [
        ("KRAS", "p.Gly12Asp", "missense_variant", 2, "class"),
        ("KRAS", "p.Lys5Asn", "missense_variant", 2, "gene"),
        ("KRAS", "p.Gly10dup", "inframe_insertion", 2, "gene"),
        ("KRAS", "p.Gly12Ter", "stop_gained", 2, "gene"),
        ("KIT", "p.Pro577del", "inframe_deletion", 11, "class"),
        ("FLT3", "p.Glu598_Tyr599insAspTyr", "inframe_insertion", 14, "class"),
        ("FLT3", "p.Glu2Asp", "missense_variant", 1, "gene"),
        ("STK11", "p.Gln37Ter", "stop_gained", 1, "class"),
        ("PIK3CA", "p.Arg38Ter", "stop_gained", 2, "gene"),
    ],
)
def test_matcher__any_mutation_means_one_of_the_known_kind(
    gene: str, p: str, consequence: str, exon: int, match: str
) -> None:
    matcher = Matcher(read_knowledge(None)[0], "LUAD")
    effect = variant(gene, p, consequence, exon).effects[0]
    broad = [m.evidence for m in matcher.match(effect) if "mutation" in m.evidence.variant.lower()]
    assert broad and {item.match for item in broad} == {match}


def test_matcher__names_the_fusion_that_is_not_looked_for() -> None:
    matcher = Matcher(read_knowledge(None)[0], "CML")
    found = matcher.match(variant("ABL1", "p.Thr315Ile", "missense_variant", 6).effects[0])
    assert found and all("within BCR-ABL, which is not looked for here" in m.evidence.match_reason for m in found)


def test_tier__therapies_in_sequence_have_no_order() -> None:
    item = matched(therapies=["A", "B"], therapy_interaction="Sequential")
    assert "A, B (in sequence)" in give_tier([item], None, 0.001)[0].reason


def statement(rule: str, significance: str, level: str, therapies: str = "Gefitinib", number: int = 1) -> Statement:
    return Statement("EGFR", rule, rule.upper(), "Lung Adenocarcinoma", therapies, "", "Predictive", "Supports", significance,
                     level, f"EID{number}", f"PMID:{number}", "", "yes")  # fmt: skip


@pytest.mark.parametrize(
    ("named", "yields"),
    [
        (statement("T790M", "Resistance", "B", number=2), True),
        (statement("codon T790", "Resistance", "C", number=2), True),
        (statement("T790M", "Resistance", "B", "Erlotinib,Gefitinib", number=2), True),
        (statement("T790M", "Resistance", "D", number=2), False),  # preclinical does not outweigh clinical
        (statement("T790M", "Sensitivity/Response", "B", number=2), False),
        (statement("T790M", "Resistance", "B", "Osimertinib", number=2), False),
        (statement("L858R", "Resistance", "B", number=2), False),
    ],
)
def test_matcher__what_is_said_of_the_change_goes_before_what_is_said_of_its_gene(
    named: Statement, yields: bool
) -> None:
    rows = [
        statement("mutation", "Sensitivity/Response", "B"),
        statement("T790M", "Poor Outcome", "B", number=3),
        named,
    ]
    found = Matcher({"civic": rows}, "LUAD").match(variant("EGFR", "p.Thr790Met", "missense_variant", 20).effects[0])
    (broad,) = [m.evidence for m in found if m.evidence.evidence_id == "EID1"]
    assert (broad.match == "gene") is yields
    assert ("says the opposite" in broad.match_reason) is yields


def test_matcher__therapy_speaks_before_diagnosis_and_prognosis() -> None:
    (found,) = findings("THPA", variant("BRAF", "p.Val600Glu", "missense_variant", 15)).variants
    assert found.tier.reason.startswith("Sensitivity/Response to Vemurafenib in Thyroid Gland Papillary Carcinoma")
