"""Places of targets on generated genes, negatives with their limit, and possible germline findings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from oncopipe.annotation.alleles import change_of
from oncopipe.annotation.annotator import Annotator
from oncopipe.annotation.transcripts import GeneModels, Ruler
from oncopipe.data.findings import Findings, Negative, PossibleGermline, Quality
from oncopipe.data.regions import Region, Regions
from oncopipe.data.samples import Sample
from oncopipe.data.variants import AlleleCounts, AnnotatedCalls, AnnotatedVariant, CallSet, Effect
from oncopipe.interpretation import interpret
from oncopipe.interpretation.callable import LimitTable, inside
from oncopipe.interpretation.germline import possible_germline
from oncopipe.interpretation.hotspots import all_hotspots, hotspots_of
from oncopipe.interpretation.interpret import TumorFacts, identity_of
from oncopipe.interpretation.matching import Matcher
from oncopipe.interpretation.negatives import negatives_of, units_wanted
from oncopipe.interpretation.patient import Patient
from oncopipe.interpretation.references import References, Residue
from oncopipe.io.fasta import open_reference
from oncopipe.io.gff3 import read_gff3
from oncopipe.io.limits import Limits, Site, SiteLimit
from oncopipe.knowledge.places import codon_of, place_units
from oncopipe.knowledge.sources import read_knowledge
from oncopipe.knowledge.statements import Statement
from oncopipe.knowledge.units import KINDS, Unit, units_of
from oncopipe.options import InterpretOptions
from oncopipe.report.catalogue import words
from oncopipe.report.page_one import negative_rows
from tests.gene_models import make_genes, write_genome


@pytest.mark.parametrize("seed", [21, 22])
def test_place_units__every_codon_is_where_its_changes_are_named(tmp_path: Path, seed: int) -> None:
    """A base changed inside the placed codon changes that residue, by the annotator's own reckoning."""
    contig, genes = make_genes(seed)
    fasta, gff3 = write_genome(tmp_path, contig, genes)
    other = {"A": "C", "C": "G", "G": "T", "T": "A"}
    with open_reference(fasta) as reference:
        models = GeneModels(read_gff3(gff3, reference.lengths))
        annotator = Annotator(reference, models)
        n_split = n_checked = 0
        for transcript in models.transcripts:
            ruler = Ruler(transcript, annotator.sequence)
            if not ruler.is_coding or not ruler.is_readable or ruler.missing:
                continue
            for residue in range(1, ruler.n_residues + 1):
                runs = codon_of(ruler, residue)
                assert sum(end - start for start, end in runs) == 3
                n_split += len(runs) > 1
                for position in (p for start, end in runs for p in range(start, end)):
                    base = annotator.sequence.base(transcript.contig, position)
                    change = change_of(annotator.sequence, transcript.contig, position, base, other[base])
                    assert change is not None
                    found = {e.transcript: e for e in annotator.names(change, other[base]).effects}
                    assert found[transcript.identifier].protein_position == residue
                    n_checked += 1
            assert codon_of(ruler, 0) == codon_of(ruler, ruler.n_coding // 3 + 1) == []
            unit = Unit(transcript.gene, f"codon {ruler.protein[1]}2", "snv")
            wrong = Unit(transcript.gene, f"codon {'A' if ruler.protein[1] != 'A' else 'V'}2", "snv")
            placed = place_units([unit, wrong, Unit("NOGENE", "exons", "snv")], models, annotator.sequence)
            assert [site.target for site in placed.sites] == [unit.target] * len(codon_of(ruler, 2))
            assert {u for u, _ in placed.unplaced} == {Unit("NOGENE", "exons", "snv"), wrong}
            n_coding = len(place_units([Unit(transcript.gene, "exons", "snv")], models, annotator.sequence).sites)
            each = [Unit(transcript.gene, f"exon {i}", "snv") for i in range(1, ruler.n_exons + 1)]
            assert len(place_units(each, models, annotator.sequence).sites) == n_coding > 0
        assert n_split > 0 and n_checked > 100


@pytest.mark.parametrize(
    ("rule", "targets"),
    [
        ("V600E", {("codon V600", "snv")}), ("V600E V600K", {("codon V600", "snv")}),
        ("codons G12 G13", {("codon G12", "snv"), ("codon G13", "snv")}),
        ("exon 19 deletion", {("exon 19", "deletion")}),
        ("exon 20 insertion except A763_Y764insFQEA", {("exon 20", "insertion")}),
        ("exons 11 12 frameshift", {(f"exon {n}", kind) for n in (11, 12) for kind in ("insertion", "deletion")}),
        ("E746_A750del", {("codon E746", "deletion"), ("codon A750", "deletion")}),
        ("W288fs", {("codon W288", "insertion"), ("codon W288", "deletion")}),
        ("D770_N771insSVD", {("codon D770", "insertion"), ("codon N771", "insertion")}),
        ("truncating", {("exons", kind) for kind in KINDS}), ("any", {("exons", kind) for kind in KINDS}), ("fusion", set()),
        ("ENST00000256474:c.340+1G>A", set()),
    ],
)  # fmt: skip
def test_units_of__every_kind_of_rule(rule: str, targets: set[tuple[str, str]]) -> None:
    assert {(u.target, u.kind) for u in units_of("G", rule)} == targets


def row(gene: str, rule: str, level: str = "A", disease: str = "Lung Adenocarcinoma", number: int = 1) -> Statement:
    return Statement(gene, rule, rule, disease, "Drug", "", "Predictive", "Supports", "Resistance", level, f"EID{number}",
                     "PMID:1", "", "yes")  # fmt: skip


ROWS = [
    row("BRAF", "V600E"), row("EGFR", "exon 19 deletion", number=2), row("KRAS", "mutation", "B", number=3),
    row("KRAS", "mutation", "A", "Melanoma", number=4), row("EGFR", "L858R", "C", number=5), row("ALK", "fusion", number=6),
]  # fmt: skip


def variant(
    gene: str,
    p: str,
    consequence: str = "missense_variant",
    filters: tuple[str, ...] = ("PASS",),
    **fields: Any,
) -> AnnotatedVariant:
    effect = Effect(
        "A",
        (consequence,),
        "MODERATE",
        gene=gene,
        hgvs_p=p,
        transcript="ENST1",
        rank=15,
        n_ranks=28,
        cdna_position=1,
    )
    made = AnnotatedVariant("chr7", 100, None, "T", "A", 60.0, filters, AlleleCounts(100, 80, 20), AlleleCounts(50, 50, 0),
                            (effect,), "MANE_Select", None)  # fmt: skip
    return replace(made, **fields)


def limits(limit: float | None = 0.03, reason: str = "", spared: str = "") -> Limits:
    matcher = Matcher({"civic": ROWS}, None)
    units = units_wanted(matcher, Patient((), matcher.known, LimitTable(None), 1.0))
    return Limits(tuple(
        SiteLimit(Site(u.gene, u.target, u.kind, "7", 9, 12), 300 + i, 0.02 if u.gene == spared else limit,
                  "" if u.gene == spared else reason)
        for i, u in enumerate(units)
    ))  # fmt: skip


def made(
    facts: TumorFacts | None, *variants: AnnotatedVariant, consent: bool | None = None, normal: str | None = "N"
) -> Findings:
    calls = AnnotatedCalls(CallSet("T", normal, "OncoPipe", True, False, {"chr7": 1000}), variants)
    identity = identity_of(Sample("P", "T", "tumor", diagnosis="LUAD", germline_consent=consent), normal, None)
    quality = Quality(status="PASS", sentence="s", metrics=[])
    return interpret(calls, identity, quality, ({"civic": ROWS}, []), InterpretOptions(), tumor=facts)


def negatives(found: Limits | None, *variants: AnnotatedVariant) -> list[Negative]:
    return made(TumorFacts(limits=found), *variants).negatives


def test_negatives__never_without_their_limit() -> None:
    told = negatives(limits(0.03))
    assert [(n.gene, n.status, n.limit) for n in told] == [
        ("BRAF", "not_detected", 0.03), ("EGFR", "not_detected", 0.03), ("KRAS", "not_detected", 0.03),
    ]  # fmt: skip
    kras = told[2]
    assert kras.n_sites == kras.n_assessable >= 6 and "G12" in kras.target and "Q61" in kras.target
    assert kras.depth == min(r.depth for r in limits().rows if r.site.gene == "KRAS")
    assert negatives(None) == []
    sentences = made(TumorFacts(limits=limits())).limitations
    assert "only for the targets that are listed" in sentences[0]


def test_negatives__not_assessable_says_why() -> None:
    told = {n.gene: n for n in negatives(limits(None, "no reads", spared="BRAF"))}
    assert (told["BRAF"].status, told["BRAF"].limit) == ("not_detected", 0.02)
    assert told["EGFR"].status == "not_assessable" and "no reads" in (told["EGFR"].reason or "")
    assert told["KRAS"].n_assessable == 0
    shallow = {n.gene: n for n in negatives(limits(0.21))}
    assert {n.status for n in shallow.values()} == {"not_assessable"}
    assert "a fraction of 0.21 or more" in (shallow["BRAF"].reason or "")
    one_missing = Limits(limits().rows[1:])
    assert any("not among the measured sites" in (n.reason or "") for n in negatives(one_missing))


def test_negatives__what_was_found_and_what_is_in_doubt() -> None:
    found = {n.gene: n for n in negatives(limits(), variant("BRAF", "p.Val600Glu"))}
    assert (found["BRAF"].status, found["BRAF"].reason) == ("detected", "p.V600E was found")
    doubtful = {n.gene: n for n in negatives(limits(), variant("BRAF", "p.Val600Glu", filters=("strand_bias",)))}
    assert doubtful["BRAF"].status == "not_assessable" and "strand_bias" in (doubtful["BRAF"].reason or "")
    unsure = {n.gene: n for n in negatives(limits(), variant("KRAS", "p.Lys5Asn"))}
    assert unsure["KRAS"].status == "not_assessable" and "not known to be of the kind" in (
        unsure["KRAS"].reason or ""
    )


def test_negatives__one_row_for_what_says_the_same() -> None:
    rows = [
        row("KRAS", "codons G12 G13"),
        row("KRAS", "G12D", number=2),
        row("KRAS", "A146T", number=3),
        row("KRAS", "codon G12", number=4),
    ]
    known = Matcher({"civic": rows}, None).known
    units = Patient((), known, LimitTable(None), 1.0).units("KRAS", "mutation")

    def told(*variants: AnnotatedVariant, unread: str = "") -> list[tuple[str, str]]:
        limits = [
            SiteLimit(Site("KRAS", u.target, "snv", "12", 1, 4), 99, None if u.target == unread else 0.02)
            for u in units
        ]
        matcher = Matcher({"civic": rows}, "LUAD")
        patient = Patient(variants, known, LimitTable(Limits(tuple(limits))), 0.05)
        return [(n.target, n.status) for n in negatives_of(matcher, patient, 0.2)]

    both = ("codons G12 G13", "not_detected"), ("A146T", "not_detected")
    assert sorted(told()) == sorted(both)
    # A part that could be read is told apart from a whole that could not.
    assert ("G12D", "not_detected") in told(unread="codon G13") and ("codons G12 G13", "not_assessable") in told(
        unread="codon G13"
    )
    found = told(variant("KRAS", "p.Gly12Asp"))
    assert (
        [status for _, status in found].count("detected") == 1
        and ("A146T", "not_detected") in found
        and len(found) == 2
    )


def test_negatives__hotspots_of_the_tissue_that_no_target_names() -> None:
    skin = Residue(60, {"E": 50, "K": 10}, {"skin": 12, "lung": 48})
    table = {
        ("KRAS", "G12"): skin, ("NRAS", "Q61"): skin, ("NRAS", "G13"): skin, ("RARE", "G1"): replace(skin, n_samples=49),
        ("STOP", "R1"): replace(skin, changes={"*": 31, "Q": 29}),
        ("OTHER", "G1"): replace(skin, tumor_types={"skin": 9, "lung": 51}),
    }  # fmt: skip
    references = References(hotspots=table)
    assert hotspots_of(references, "SKCM") == {"KRAS": frozenset({"G12"}), "NRAS": frozenset({"Q61", "G13"})}
    assert hotspots_of(references, "LUAD")["OTHER"] == {"G1"} and hotspots_of(references, None) == {}
    assert all_hotspots(references) == {"KRAS": {"G12"}, "NRAS": {"Q61", "G13"}, "OTHER": {"G1"}}
    found = made(
        TumorFacts(limits=limits(), references=references)
    ).negatives  # in lung, where KRAS mutation is a target
    assert [(n.gene, n.target, n.status) for n in found[3:]] == [
        ("NRAS", "codons G13 Q61", "not_assessable"), ("OTHER", "codons G1", "not_assessable"),
    ]  # fmt: skip


def test_inside__a_site_outside_the_regions_has_no_limit() -> None:
    sites = [
        Site("G", "exon 1", "snv", "7", start, end)
        for start, end in ((10, 20), (19, 21), (9, 12), (30, 33), (40, 41))
    ]
    found = inside(
        Limits(tuple(SiteLimit(s, 100, 0.02) for s in sites)), Regions((Region("7", 10, 20), Region("7", 30, 40)))
    )
    assert [row.limit for row in found.rows] == [0.02, None, None, 0.02, None]
    assert all(row.reason == "outside the regions that were called" for row in found.rows if row.limit is None)
    other = inside(Limits((SiteLimit(sites[0], 100, 0.02),)), Regions((Region("8", 0, 100),)))
    assert other.rows[0].limit is None


CARRIED = variant("BRCA2", "p.Arg2520Ter", "stop_gained", ("germline",), normal=AlleleCounts(60, 30, 30))


def germline(
    *variants: AnnotatedVariant, consent: bool | None = True, normal: str | None = "N", clinvar: str = ""
) -> list[PossibleGermline]:
    identity = identity_of(Sample("P", "T", "tumor", germline_consent=consent), normal, None)
    rows = {("7", 101, "T", "A"): {"id": "12", "significance": clinvar, "review": ""}} if clinvar else None
    return possible_germline(variants, identity, References(clinvar=rows))


def test_possible_germline__only_with_consent() -> None:
    (found,) = germline(CARRIED)
    assert (found.gene, found.name, found.depth, found.vaf) == ("BRCA2", "p.Arg2520Ter", 60, 0.5)
    assert found.reason == "stop_gained in BRCA2; seen in the normal: confirm in blood"
    for consent in (None, False):
        assert germline(CARRIED, consent=consent) == []
        assert germline(replace(CARRIED, filters=("PASS",)), consent=consent, normal=None) == []


@pytest.mark.parametrize(
    ("v", "clinvar", "n"),
    [
        (replace(CARRIED, normal=AlleleCounts(60, 49, 11)), "", 0),  # tumor cells in the normal
        (replace(CARRIED, normal=AlleleCounts(6, 3, 3)), "", 0),
        (replace(CARRIED, population_frequency=0.01), "", 0),
        (CARRIED, "Benign", 0), (CARRIED, "Pathogenic", 1), (CARRIED, "Conflicting_interpretations_of_pathogenicity", 1),
        (variant("BRCA2", "p.Arg2520Gln", normal=AlleleCounts(60, 30, 30)), "", 0),
        (variant("BRCA2", "p.Arg2520Gln", normal=AlleleCounts(60, 30, 30)), "Likely_pathogenic", 1),
        (variant("TTN", "p.Arg2520Ter", "stop_gained", normal=AlleleCounts(60, 30, 30)), "Pathogenic", 0),
        (variant("RET", "p.Arg2Ter", "stop_gained", normal=AlleleCounts(60, 30, 30)), "", 0),  # predisposes by gain
        (variant("RET", "p.Met918Thr", normal=AlleleCounts(60, 30, 30)), "Pathogenic", 1),
    ],
)  # fmt: skip
def test_possible_germline__what_counts(v: AnnotatedVariant, clinvar: str, n: int) -> None:
    assert len(germline(v, clinvar=clinvar)) == n


def test_possible_germline__without_a_normal_by_the_fraction_in_the_tumor() -> None:
    alone = replace(CARRIED, normal=None, tumor=AlleleCounts(100, 70, 30))
    (found,) = germline(alone, normal=None)
    assert "seen in the tumor (there is no normal)" in found.reason
    assert germline(replace(alone, tumor=AlleleCounts(100, 71, 29)), normal=None) == []
    assert germline(replace(alone, filters=("germline", "base_qual")), normal=None) == []
    for tag in ("status_Germline_DB", "status_Germline_Proxi"):  # what DRAGEN says of a tumor alone
        assert germline(replace(alone, filters=(tag,)), normal=None) == [found]
        assert germline(replace(alone, filters=("base_quality", tag)), normal=None) == []


def test_interpret__says_when_the_germline_was_not_looked_at() -> None:
    def said(facts: TumorFacts, consent: bool) -> bool:
        return any("germline was not looked at" in text for text in made(facts, consent=consent).limitations)

    assert said(TumorFacts(), True) and not said(TumorFacts(), False) and not said(TumorFacts(carried=[]), True)
    found = made(TumorFacts(carried=[CARRIED]), consent=True)
    assert [f.gene for f in found.possible_germline] == ["BRCA2"] and found.germline_examined
    assert not made(TumorFacts(), consent=True).germline_examined
    assert not made(TumorFacts(carried=[]), consent=False).germline_examined
    assert read_knowledge(None)[0]["targets"]


def test_negatives__tell_molecules_of_what_was_counted_by_name() -> None:
    """0 of 812 molecules, 1 of 800: counts of the allele that most show; other codons and silent changes do not count."""

    def counted(gene: str, p: str, alternate: int, depth: int, impact: str = "MODERATE") -> AnnotatedVariant:
        made = variant(gene, p, filters=("weak_evidence",), tumor=AlleleCounts(depth, depth - alternate, alternate))
        return replace(made, effects=(replace(made.effects[0], impact=impact),))

    named = [
        counted("BRAF", "p.Val600Glu", 0, 812), counted("BRAF", "p.Val600Ala", 3, 812), counted("BRAF", "p.Lys601Glu", 9, 812),
        counted("KRAS", "p.Gly12Asp", 0, 790), counted("KRAS", "p.Gly12Cys", 1, 800), counted("KRAS", "p.Gly12=", 7, 700, "LOW"),
    ]  # fmt: skip
    matcher = Matcher({"civic": ROWS}, "LUAD")
    patient = Patient([], matcher.known, LimitTable(limits()), 0.05, forced=named)
    told = {(n.gene, n.target.split(" ")[0]): n for n in negatives_of(matcher, patient, 0.2)}
    braf, kras, egfr = told["BRAF", "V600E"], told["KRAS", "mutation"], told["EGFR", "exon"]
    assert (braf.alternate, braf.molecules, braf.status) == (0, 812, "not_detected")
    assert (kras.alternate, kras.molecules, kras.status) == (1, 800, "not_detected")
    assert (egfr.alternate, egfr.molecules) == (None, None)
    rows = {row.gene: row.depth for row in negative_rows([braf, kras, egfr])}
    assert [words(rows[gene]) for gene in ("BRAF", "KRAS")] == ["0 of 812 molecules", "1 of 800 molecules"]
    assert "из" in words(rows["BRAF"], "ru")
    # What was counted by name is no call that failed: it raises no doubt.
    assert patient.doubt("KRAS", "G12C") is None
