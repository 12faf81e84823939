"""Three-valued logic, conditions as text, and whether they hold of a patient."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncopipe.data.findings import Findings, Profile, Quality
from oncopipe.data.samples import Sample
from oncopipe.data.variants import AlleleCounts, AnnotatedCalls, AnnotatedVariant, CallSet, Effect
from oncopipe.errors import InputError
from oncopipe.interpretation import interpret
from oncopipe.interpretation.biomarkers import read_biomarkers
from oncopipe.interpretation.callable import LimitTable
from oncopipe.interpretation.interpret import TumorFacts, identity_of
from oncopipe.interpretation.logic import Truth, conjunction, disjunction, negation
from oncopipe.interpretation.matching import Matcher
from oncopipe.interpretation.negatives import units_wanted
from oncopipe.interpretation.patient import Patient
from oncopipe.io.limits import Limits, Site, SiteLimit, read_limits, read_sites, write_limits, write_sites
from oncopipe.knowledge.conditions import (
    AllOf,
    AnyOf,
    Atom,
    Condition,
    Not,
    atoms_of,
    format_condition,
    parse_condition,
    profile_condition,
)
from oncopipe.knowledge.sources import read_knowledge
from oncopipe.knowledge.statements import Statement
from oncopipe.knowledge.units import units_of
from oncopipe.options import InterpretOptions

TRUTHS: list[Truth] = ["true", "unknown", "false"]
VALUE: dict[Truth, float] = {"true": 1.0, "unknown": 0.5, "false": 0.0}
truths = st.sampled_from(TRUTHS)


@given(st.lists(truths))
def test_kleene__is_least_and_greatest_of_the_values(of: list[Truth]) -> None:
    """Kleene's strong logic written a second time, as numbers: and is the least, or the greatest, not 1 - x."""
    assert VALUE[conjunction(of)] == min([VALUE[t] for t in of], default=1.0)
    assert VALUE[disjunction(of)] == max([VALUE[t] for t in of], default=0.0)
    assert negation(conjunction(of)) == disjunction([negation(t) for t in of])  # De Morgan


@given(truths, truths, truths)
def test_kleene__knowing_more_never_turns_an_answer(a: Truth, b: Truth, c: Truth) -> None:
    """What was true or false stays so when an unknown part becomes known."""
    for join, known in product((conjunction, disjunction), TRUTHS):
        before = join([a, b, "unknown"])
        assert before in ("unknown", join([a, b, known]))
    assert conjunction([a, disjunction([b, c])]) == disjunction([conjunction([a, b]), conjunction([a, c])])


atoms = st.builds(
    Atom, st.sampled_from(["BRAF", "KRAS"]), st.sampled_from(["V600E", "codon G12", "any", "wild type"])
)
trees = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(lambda a: AllOf(tuple(a)), st.lists(inner, min_size=2, max_size=3)),
        st.builds(lambda a: AnyOf(tuple(a)), st.lists(inner, min_size=2, max_size=3)),
    ),
    max_leaves=8,
)


@given(trees)
def test_parse_condition__reads_what_was_written(tree: Condition) -> None:
    text = format_condition(tree)
    again = parse_condition(text)
    assert format_condition(again) == text
    assert list(atoms_of(again)) == list(atoms_of(tree))


@pytest.mark.parametrize(
    "text", ["", "AND", "BRAF[V600E] AND", "NOT", "(BRAF[V600E]", "BRAF[V600E])", "BRAF V600E", "BRAF[V600]",
             "BRAF[V600E] BRAF[any]", "BRAF[other]", "[any]", "(" * 50 + "A[any]" + ")" * 50]
)  # fmt: skip
def test_parse_condition__refuses(text: str) -> None:
    with pytest.raises(ValueError, match=r"too early|stands where|not closed|is no|too deeply"):
        parse_condition(text)


@pytest.mark.parametrize(
    ("profile", "gene", "condition"),
    [
        ("EGFR L858R AND EGFR T790M", "", "EGFR[L858R] AND EGFR[T790M]"),
        ("NOT KRAS G12C", "", "NOT KRAS[codon G12]".replace("codon G12", "G12C")),
        ("KRAS Wildtype AND (BRAF V600E OR BRAF V600K)", "", "KRAS[wild type] AND (BRAF[V600E] OR BRAF[V600K])"),
        ("VHL Splicing alteration (c.340+1G>A) AND VHL R167Q", "", None),  # a coding name without its transcript
        ("EGFR Exon 19 Deletion OR EGFR L858R", "", "EGFR[exon 19 deletion] OR EGFR[L858R]"),
        ("ERBB2 Amplification AND NOT PIK3CA Mutation", "", "ERBB2[amplification] AND NOT PIK3CA[mutation]"),
        ("BCR::ABL1 Fusion AND ABL1 T315I", "", "BCR::ABL1[fusion] AND ABL1[T315I]"),
        ("ESR1 Overexpression AND ESR1 D538G", "", "biomarker[esr1 overexpression] AND ESR1[D538G]"),
        ("V600E and V600M", "BRAF", "BRAF[V600E] AND BRAF[V600M]"),
        ("V600E/K and AMPLIFICATION", "BRAF", "BRAF[V600E V600K] AND BRAF[amplification]"),
        ("EGFR L858R AND EGFR Something", "", None),
        ("EGFR L858R AND (EGFR T790M", "", None),
    ],
)
def test_profile_condition__of_a_sources_words(profile: str, gene: str, condition: str | None) -> None:
    found = profile_condition(profile, gene)
    assert (format_condition(found) if found else None) == condition


def variant(
    gene: str, p: str, consequence: str = "missense_variant", exon: int = 2, filters: tuple[str, ...] = ("PASS",)
) -> AnnotatedVariant:
    effect = Effect(
        "A",
        (consequence,),
        "MODERATE",
        gene=gene,
        hgvs_p=p,
        transcript="ENST1",
        rank=exon,
        n_ranks=28,
        cdna_position=1,
    )
    return AnnotatedVariant("chr7", 100, None, "T", "A", 60.0, filters, AlleleCounts(100, 80, 20), AlleleCounts(50, 50, 0),
                            (effect,), "MANE_Select", None)  # fmt: skip


RAS = ("G12", "G13", "A59", "Q61", "K117", "A146")


def limits_of(genes: tuple[str, ...], limit: float | None = 0.02, **other: float | None) -> Limits:
    """Limits at all places that "mutation" of these genes means; `other` by residue."""
    patient = Patient([], Matcher(read_knowledge(None)[0], None).known, LimitTable(None), 0.05)
    rows = [
        SiteLimit(Site(u.gene, u.target, u.kind, "12", 10 * i, 10 * i + 3), 400, other.get(u.target[6:], limit))
        for gene in genes
        for i, u in enumerate(patient.units(gene, "mutation"))
    ]
    return Limits(tuple(rows))


def truth_of(text: str, *variants: AnnotatedVariant, limits: Limits | None = None, **states: bool) -> Truth:
    known = Matcher(read_knowledge(None)[0], None).known
    given_states = {name.replace("_", " "): state for name, state in states.items()}
    return Patient(variants, known, LimitTable(limits), 0.05, given_states).verdict(parse_condition(text)).truth


def test_patient__ras_wild_type_needs_every_site() -> None:
    both = ("KRAS", "NRAS")
    assert {f"codon {residue}" for residue in RAS} <= {u.target for u in units_of("KRAS", "mutation", RAS)}
    assert truth_of("RAS[wild type]", limits=limits_of(both)) == "true"
    assert truth_of("RAS[wild type]") == "unknown"
    assert truth_of("RAS[wild type]", limits=limits_of(("KRAS",))) == "unknown"
    for residue in RAS:  # one site alone without a limit, or with one that does not serve
        assert truth_of("RAS[wild type]", limits=limits_of(both, **{residue: None})) == "unknown"
        assert truth_of("RAS[wild type]", limits=limits_of(both, **{residue: 0.0501})) == "unknown"
        assert truth_of("RAS[wild type]", limits=limits_of(both, **{residue: 0.05})) == "true"
    assert truth_of("RAS[wild type]", variant("NRAS", "p.Gln61Lys"), limits=limits_of(both)) == "false"
    # Found is found, whatever could not be read elsewhere.
    assert truth_of("RAS[wild type]", variant("KRAS", "p.Gly12Asp")) == "false"
    assert truth_of("RAS[wild type]", variant("KRAS", "p.Lys5Asn"), limits=limits_of(both)) == "unknown"


def test_patient__a_candidate_that_failed_leaves_doubt() -> None:
    doubtful = variant("KRAS", "p.Gly12Asp", filters=("strand_bias",))
    assert truth_of("KRAS[wild type]", doubtful, limits=limits_of(("KRAS",))) == "unknown"
    faint = replace(doubtful, tumor=AlleleCounts(1000, 990, 10))
    assert truth_of("KRAS[wild type]", faint, limits=limits_of(("KRAS",))) == "true"


@pytest.mark.parametrize(
    ("text", "truth"),
    [
        ("EGFR[L858R] AND EGFR[T790M]", "unknown"), ("EGFR[L858R] OR EGFR[T790M]", "true"),
        ("EGFR[L858R] AND KRAS[codon G12]", "false"), ("NOT KRAS[codon G12]", "true"),
        ("EGFR[L858R] AND NOT EGFR[T790M]", "unknown"), ("EGFR[exon 2 mutation]", "true"),
        ("ERBB2[amplification]", "unknown"), ("MET[amplification]", "true"), ("ALK[fusion]", "false"),
        ("biomarker[MSI-H]", "unknown"), ("biomarker[ER positive]", "true"), ("NOT biomarker[ER positive]", "false"),
        ("EGFR[any] AND biomarker[ER positive]", "true"),
    ],
)  # fmt: skip
def test_patient__truth_table(text: str, truth: Truth) -> None:
    states = {"MET_amplification": True, "ALK_fusion": False, "ER_positive": True}
    lower = {name.lower(): state for name, state in states.items()}
    assert truth_of(text, variant("EGFR", "p.Leu858Arg"), limits=limits_of(("KRAS",)), **lower) == truth


def row(rule: str, condition: str = "", **fields: str) -> Statement:
    base = Statement("EGFR", rule, "words", "Lung Adenocarcinoma", "Osimertinib", "", "Predictive", "Supports", "Resistance",
                     "A", "EID1", "PMID:1", "", "yes", condition=condition)  # fmt: skip
    return replace(base, **fields)


def findings_of(
    rows: list[Statement], *variants: AnnotatedVariant, tumor: TumorFacts | None = None, diagnosis: str = "LUAD"
) -> Findings:
    calls = AnnotatedCalls(CallSet("T", "N", "OncoPipe", True, False, {"chr7": 1000}), variants)
    identity = identity_of(Sample("P", "T", "tumor", diagnosis=diagnosis), "N", None)
    quality = Quality(status="PASS", sentence="s", metrics=[])
    return interpret(calls, identity, quality, ({"civic": rows}, []), InterpretOptions(), tumor=tumor)


def test_interpret__a_compound_gives_a_tier_only_when_it_holds() -> None:
    compound = row("compound", "EGFR[L858R] AND EGFR[T790M]")
    first, second = variant("EGFR", "p.Leu858Arg"), variant("EGFR", "p.Thr790Met")
    both = findings_of([compound], first, second)
    assert [(v.tier.tier, v.tier.level) for v in both.variants] == [("I", "A"), ("I", "A")]
    (profile,) = both.profiles
    assert (profile.truth, profile.variants) == ("true", ["EGFR p.L858R", "EGFR p.T790M"])
    assert profile.tier and profile.tier.tier == "I" and len(profile.trace) == 2
    alone = findings_of([compound], first)
    (found,) = alone.variants
    assert found.tier.tier == "III" and found.evidence[0].condition_status == "unknown"
    assert "its condition" in found.tier.trace[0] and alone.profiles[0].tier is None
    assert findings_of([compound], variant("KRAS", "p.Gly12Asp")).profiles == []


def test_interpret__a_compound_of_any_mutation_means_the_known_kind() -> None:
    compound = row("compound", "KRAS[mutation] AND EGFR[L858R]", gene="KRAS")
    known, passenger = variant("KRAS", "p.Gly12Asp"), variant("KRAS", "p.Lys5Asn")
    found = findings_of([compound], known, passenger, variant("EGFR", "p.Leu858Arg"))
    tiers = {v.hgvs_p_short: v.tier.tier for v in found.variants}
    assert tiers == {"p.G12D": "I", "p.L858R": "I", "p.K5N": "III"}


def test_interpret__a_condition_on_one_variant_needs_what_it_says() -> None:
    asks = row("L858R", "biomarker[ER positive]")
    for states, tier in (({"er positive": True}, "I"), ({"er positive": False}, "III"), ({}, "III")):
        (found,) = findings_of([asks], variant("EGFR", "p.Leu858Arg"), tumor=TumorFacts(states)).variants
        assert found.tier.tier == tier
        assert found.evidence[0].match == ("exact" if tier == "I" else "gene")


def test_interpret__ras_wild_type_of_the_labels() -> None:
    """The shipped rows on cetuximab and panitumumab: unknown without limits, I-A with them, gone with a mutation."""
    shipped = read_knowledge(None)[0]["targets"]
    labels = {"Cetuximab", "Panitumumab"}

    def told(limits: Limits | None, *variants: AnnotatedVariant) -> dict[str, str]:
        found = findings_of(shipped, *variants, tumor=TumorFacts({"MSI-H": False}, limits), diagnosis="COADREAD")
        assert found.biomarkers[0].sentence == "MSI-H: absent, as given with the sample."
        profiles = [p for p in found.profiles if p.condition == "RAS[wild type]"]
        assert all((p.tier.tier, p.tier.level) == ("I", "A") for p in profiles if p.tier)
        return {p.evidence.therapies[0]: p.truth for p in profiles}

    assert told(None) == dict.fromkeys(labels, "unknown")
    assert told(limits_of(("KRAS", "NRAS"))) == dict.fromkeys(labels, "true")
    assert told(limits_of(("KRAS", "NRAS")), variant("NRAS", "p.Gln61Lys")) == {}
    wanted = units_wanted(
        Matcher({"t": shipped}, None), Patient((), Matcher({"t": shipped}, None).known, LimitTable(None), 1.0)
    )
    assert {(u.gene, u.target) for u in wanted} >= {
        (gene, f"codon {residue}") for gene in ("KRAS", "NRAS") for residue in RAS
    }


def test_interpret__wild_type_is_told_with_its_limit() -> None:
    wild = row("wild type", gene="KRAS")

    def told(limits: Limits | None) -> Profile:
        (profile,) = findings_of([wild], tumor=TumorFacts(limits=limits)).profiles
        return profile

    known = Patient([], Matcher({"civic": [wild]}, None).known, LimitTable(None), 0.05).units("KRAS", "mutation")
    sites = [SiteLimit(Site(u.gene, u.target, u.kind, "12", 1, 4), 300, 0.03) for u in known]
    profile = told(Limits(tuple(sites)))
    assert (profile.truth, profile.tier and profile.tier.tier) == ("true", "I")
    assert f"each of its {len(sites)} sites was callable (fractions of 0.03 or more" in profile.trace[0]
    profile = told(Limits(tuple(sites[1:])))
    assert (profile.truth, profile.tier) == ("unknown", None) and "not among the measured sites" in profile.trace[0]
    assert told(None).truth == "unknown"


def test_matcher__fqea_is_not_one_of_the_resistant_insertions() -> None:
    fqea = variant("EGFR", "p.Ala763_Tyr764insPheGlnGluAla", "inframe_insertion", 20)
    usual = variant("EGFR", "p.Asp770_Asn771insSerVal", "inframe_insertion", 20)
    matcher = Matcher(read_knowledge(None)[0], "LUAD")

    def resistant(v: AnnotatedVariant) -> set[str | None]:
        found = [m.evidence for m in matcher.match(v.effects[0])]
        return {e.evidence_id for e in found if e.significance == "Resistance" and "XON 20" in e.variant.upper()}

    assert resistant(usual) and not resistant(fqea)


def test_limits__read_what_was_written_and_refuse_what_is_wrong(tmp_path: Path) -> None:
    sites = [
        Site("KRAS", "codon G12", "snv", "12", 25398283, 25398286),
        Site("EGFR", "exon 19", "deletion", "7", 1, 9),
    ]
    limits = Limits((SiteLimit(sites[0], 512, 0.021), SiteLimit(sites[1], 0, None, "no reads")), "T1")
    write_sites(sites, tmp_path / "sites.tsv")
    write_limits(limits, tmp_path / "limits.tsv")
    assert read_sites(tmp_path / "sites.tsv") == sites and read_limits(tmp_path / "limits.tsv") == limits
    text = (tmp_path / "limits.tsv").read_text()
    for old, new, said in (("0.021", "2.1", "column limit"), ("0.021", "nan", "column limit"), ("snv", "SNP", "column kind"),
                           ("512", "-1", "column depth"), ("25398284", "25398287", "no interval"), ("\t512", "", "8 fields"),
                           ("limit\t", "lod\t", "header")):  # fmt: skip
        (tmp_path / "wrong.tsv").write_text(text.replace(old, new, 1))
        with pytest.raises(InputError, match=said):
            read_limits(tmp_path / "wrong.tsv")


def test_read_biomarkers__of_one_sample(tmp_path: Path) -> None:
    path = tmp_path / "b.tsv"
    head = "sample\tbiomarker\tstate\n"
    path.write_text(f"{head}T1\tER  positive\tyes\nT1\tMSI-H\tunknown\nT1\tALK fusion\tno\nT2\tMSI-H\tyes\n")
    assert read_biomarkers(path, "T1") == {"ER positive": True, "ALK fusion": False}
    for text, said in (
        ("x\n", "header"), (f"{head}T1\tER\tmaybe\n", "column state"), (f"{head}T1\tER\n", "empty field"),
        (f"{head}T1\tER\tyes\nT1\ter\tno\n", "stands twice"),
    ):  # fmt: skip
        path.write_text(text)
        with pytest.raises(InputError, match=said):
            read_biomarkers(path, "T1")
