"""Tiers by exhaustive truth table, matching, and findings from an annotated call set."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import jsonschema
import pytest

from oncopipe.data.findings import Evidence, Findings, Quality, schema_text
from oncopipe.data.samples import Sample
from oncopipe.data.variants import AlleleCounts, AnnotatedCalls, AnnotatedVariant, CallSet, Effect
from oncopipe.interpretation import interpret
from oncopipe.interpretation.interpret import identity_of, support_of
from oncopipe.interpretation.tiers import give_tier, rule_for
from oncopipe.knowledge.sources import read_knowledge
from oncopipe.options import InterpretOptions

QUALITY = Quality(status="PASS", sentence="Data quality PASS.", metrics=[])


def evidence(**fields: object) -> Evidence:
    values: dict[str, object] = {
        "source": "civic", "evidence_id": "EID1", "evidence_type": "Predictive", "direction": "Supports",
        "significance": "Resistance", "level": "A", "gene": "G", "variant": "V600E", "disease": "Melanoma",
        "disease_match": "this_tumor", "therapies": ["Drug"], "checked": True, "match": "exact", "match_reason": "r",
    }  # fmt: skip
    return Evidence(**(values | fields))  # type: ignore[arg-type]


def expected(level: str | None, disease: str, match: str, kind: str) -> tuple[str, str | None]:
    """The table of docs/interpretation.md, written down a second time."""
    named, therapy = match != "gene", kind == "Predictive"
    if disease == "this_tumor":
        if named:
            by_level = {"A": ("I", "A"), "B": ("I", "B"), "C": ("II", "C")}
            if level in by_level:
                return by_level[level]
            return ("II", "D") if level == "D" and therapy else ("III", None)
        return ("II", "C") if level in ("A", "B") and therapy else ("III", None)
    return ("II", "C") if named and level in ("A", "B") and therapy else ("III", None)


@pytest.mark.parametrize(
    ("level", "disease", "match", "kind"),
    list(product(["A", "B", "C", "D", "E", None], ["this_tumor", "other_tumor", "unknown"],
                 ["exact", "class", "codon", "gene"], ["Predictive", "Diagnostic", "Prognostic"])),
)  # fmt: skip
def test_give_tier__exhaustive(level: str | None, disease: str, match: str, kind: str) -> None:
    item = evidence(level=level, disease_match=disease, match=match, evidence_type=kind)
    tier = give_tier([item], None, 0.001)
    assert (tier.tier, tier.level) == expected(level, disease, match, kind)
    assert len(tier.trace) == 1 and "EID1" in tier.trace[0]
    assert rule_for(evidence(level=level, disease_match=disease, match=match, direction="Does Not Support")) is None
    assert give_tier([item], 0.01, 0.001).tier == "IV"


@pytest.mark.parametrize("kind", ["Predisposing", "Functional", "Oncogenic"])
def test_give_tier__other_kinds_of_evidence_give_none(kind: str) -> None:
    assert give_tier([evidence(evidence_type=kind)], None, 0.001).tier == "III"


def test_give_tier__the_best_evidence_wins() -> None:
    weak, strong = evidence(level="C", evidence_id="EID2"), evidence(level="A", evidence_id="EID3")
    tier = give_tier([weak, strong], None, 0.001)
    assert (tier.tier, tier.level) == ("I", "A") and "EID3" in tier.reason


def test_give_tier__an_unchecked_label_counts_as_approved() -> None:
    item = evidence(level=None, evidence_id=None, checked=False, regulatory_label="FDA label: X")
    assert give_tier([item], None, 0.001).level == "A"
    old = evidence(level=None, evidence_id=None, checked=False, regulatory_label="CIViC release without evidence ids")
    assert give_tier([old], None, 0.001).tier == "III"


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
        ("IDC", "PIK3CA", "p.His1047Arg", "missense_variant", 21, "II", "C"),
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


def test_schema__is_the_published_one() -> None:
    import oncopipe.data

    assert (Path(oncopipe.data.__file__).parent / "findings.schema.json").read_text() == schema_text()
