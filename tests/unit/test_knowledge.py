"""Rules, statements, CIViC's layouts, diseases, and import into a folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from oncopipe.data.variants import Effect
from oncopipe.errors import ConfigError, FormatVersionError, InputError, MissingInputError
from oncopipe.knowledge.civic import read_civic
from oncopipe.knowledge.diseases import Relation, diseases, is_term, relation
from oncopipe.knowledge.rules import fit, is_rule
from oncopipe.knowledge.sources import import_source, read_knowledge
from oncopipe.knowledge.statements import COLUMNS, format_statements, parse_statements, shipped_targets
from oncopipe.knowledge.wordings import fusion_context, rule_of_wording


def effect(consequence: str, p: str = "", exon: int | None = None, gene: str = "G") -> Effect:
    return Effect("A", (consequence,), "MODERATE", gene=gene, hgvs_p=p, rank=exon, n_ranks=20,
                  cdna_position=1 if exon else None)  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "e", "match"),
    [
        ("V600E", effect("missense_variant", "p.Val600Glu"), "exact"),
        ("V600E", effect("missense_variant", "p.Val600Lys"), None),
        ("V600E", effect("synonymous_variant", "p.Val600="), None),
        ("codon V600", effect("missense_variant", "p.Val600Lys"), "codon"),
        ("codon V600", effect("stop_gained", "p.Val600Ter"), None),
        ("codons G12 G13", effect("missense_variant", "p.Gly13Asp"), "codon"),
        ("exon 19 deletion", effect("inframe_deletion", "p.Glu746_Ala750del", 19), "class"),
        ("exon 19 deletion", effect("inframe_deletion", "p.Glu746_Ala750del", 18), None),
        ("exon 19 deletion", effect("frameshift_variant", "p.Glu746ValfsTer5", 19), None),
        ("exon 19 deletion", effect("missense_variant", "p.Leu747Ser", 19), None),
        ("exon 19 deletion", effect("protein_altering_variant", "p.Leu747_Glu749delinsPro", 19), "class"),
        # As many residues as were taken away, more than that, or a stop: no deletion in the frame.
        ("exon 19 deletion", effect("missense_variant", "p.Glu746_Leu747delinsValPro", 19), None),
        ("exon 19 deletion", effect("inframe_insertion", "p.Leu747delinsProAlaThr", 19), None),
        ("exon 19 deletion", effect("stop_gained", "p.Glu746_Ala750delinsTer", 19), None),
        ("exon 20 insertion", effect("protein_altering_variant", "p.Asp770delinsGlyTyr", 20), "class"),
        ("exon 20 insertion", effect("stop_gained", "p.Asp770_Asn771insTer", 20), None),
        ("exon 11 indel", effect("missense_variant", "p.Trp557_Lys558delinsCysGlu", 11), None),
        ("exon 11 indel", effect("inframe_deletion", "p.Trp557_Lys558del", 11), "class"),
        ("exon 20 insertion", effect("inframe_insertion", "p.Asp770_Asn771insSerVal", 20), "class"),
        ("exon 20 insertion", effect("missense_variant", "p.Thr790Met", 20), None),
        ("exon 11 mutation", effect("missense_variant", "p.Val559Asp", 11), "class"),
        ("exon 12 mutation", effect("synonymous_variant", "p.Leu287=", 12), None),
        ("exon 14 skipping", effect("splice_donor_variant", "", 14), "class"),
        ("exon 14 skipping", effect("missense_variant", "p.Asp1010Asn", 14), None),
        ("truncating", effect("stop_gained", "p.Arg213Ter"), "class"),
        ("truncating", effect("frameshift_variant", "p.Arg213fs"), "class"),
        ("truncating", effect("missense_variant", "p.Arg213Gln"), None),
        ("mutation", effect("missense_variant", "p.Arg213Gln"), "class"),
        ("any", effect("missense_variant", "p.Arg213Gln"), "class"),
        ("any", effect("synonymous_variant", "p.Arg213="), None),
        ("mutation", effect("intron_variant"), None),
        ("fusion", effect("missense_variant", "p.Arg213Gln"), None),
        ("amplification", effect("missense_variant", "p.Arg213Gln"), None),
        ("W288fs", effect("frameshift_variant", "p.Trp288CysfsTer12"), "exact"),
    ],
)
def test_fit__truth_table(rule: str, e: Effect, match: str | None) -> None:
    found = fit(rule, e)
    assert (found.match if found else None) == match


def test_fit__a_splice_site_skips_the_exon_beside_it() -> None:
    donor = Effect("A", ("splice_donor_variant",), "HIGH", gene="MET", rank=14, n_ranks=20)
    acceptor = Effect("A", ("splice_acceptor_variant",), "HIGH", gene="MET", rank=13, n_ranks=20)
    assert fit("exon 14 skipping", donor) and fit("exon 14 skipping", acceptor)
    assert fit("exon 15 skipping", donor) is None


@pytest.mark.parametrize(
    ("wording", "gene", "rule"),
    [
        ("V600E", "", "V600E"), ("p.V600E", "", "V600E"), ("V600", "", "codon V600"), ("G12/G13", "", "codons G12 G13"),
        ("V600E/K", "", "V600E V600K"), ("S34Y/F", "", "S34Y S34F"), ("R130X", "", "R130*"), ("Q195*", "", "Q195*"),
        ("EXON 19 DELETION", "EGFR", "exon 19 deletion"), ("EXON 3 DELETION", "VHL", "loss"),
        ("EXON 1-3 DELETION", "VHL", "loss"), ("EXON 20 INSERTION", "EGFR", "exon 20 insertion"),
        ("Exon 2 Mutation", "KRAS", "exon 2 mutation"), ("EXON 1-2 MUTATION", "STK11", "exons 1 2 mutation"),
        ("EXON 12 MUTATION", "NPM1", "exons 11 12 frameshift"), ("EXON 9 FRAMESHIFT", "CALR", "exon 9 frameshift"),
        ("EXON 14 SKIPPING MUTATION", "MET", "exon 14 skipping"), ("ITD", "FLT3", "exons 14 15 insertion"),
        ("MUTATION", "", "mutation"), ("FGFR2 mutations", "FGFR2", "mutation"), ("KINASE DOMAIN MUTATION", "", "other"),
        ("PROMOTER MUTATION", "TERT", "other"), ("C228T", "TERT", "other"), ("Rare Mutation", "PIK3CA", "other"),
        ("Loss-of-function", "", "truncating"), ("TRUNCATING MUTATION", "", "truncating"),
        ("AMPLIFICATION", "", "amplification"), ("EML4-ALK", "", "fusion"), ("EML4-ALK e6-e20", "", "fusion"),
        ("ALK FUSIONS", "ALK", "fusion"), ("EXPRESSION", "", "expression"), ("WILD TYPE", "", "wild type"),
        ("W288FS", "", "W288fs"), ("T148HFSX9", "", "T148fs"), ("L531FS*30", "", "L531fs"),
        ("E746_A750DEL", "", "E746_A750del"), ("W557_K558DELWK", "", "W557_K558del"),
        ("E746_T751>I", "", "E746_T751delinsI"), ("M774DELINSWLV", "", "M774delinsWLV"),
        ("H773_V774insH", "", "H773dup"), ("A767_V769dupASV", "", "A767_V769dup"),
        ("H773_V774insNPH", "", "H773_V774insNPH"),
        ("BCR-ABL T315I", "ABL1", "T315I"), ("ALK FUSION G1202R", "ALK", "G1202R"),
        ("ALK FUSION I1171", "ALK", "codon I1171"),
        ("EML4-ALK  V1180L", "ALK", "V1180L"), ("BCR-ABL E255K V299L", "ABL1", "other"),
        ("V600E and V600M", "BRAF", "compound"), ("EXON 14 MUTATION and AMPLIFICATION", "MET", "compound"),
        ("Ex19 del L858R", "EGFR", "compound"), ("R167Q (c.500G>A)", "VHL", "R167Q"), ("P154= (c.462A>C)", "VHL", "other"),
        ("I1145I", "ABCB1", "other"), ("PROMOTER METHYLATION", "", "other"), ("RS1801133", "", "other"), ("", "", "other"),
    ],
)  # fmt: skip
def test_rule_of_wording__reads_civics_words(wording: str, gene: str, rule: str) -> None:
    assert rule_of_wording(wording, gene) == rule
    assert is_rule(rule)


def test_rule_of_wording__takes_other_names_of_indels_and_splice_variants() -> None:
    names = ("ENST00000256474.2:c.340+1G>A", "NM_000551.3:c.340+1G>A", "NC_000003.11:g.10183872G>A")
    rule = rule_of_wording("Splicing alteration (c.340+1G>A)", "VHL", names)
    assert rule == "ENST00000256474:c.340+1G>A NM_000551:c.340+1G>A"
    donor = Effect(
        "A", ("splice_donor_variant",), "HIGH", gene="VHL", transcript="ENST00000256474.3", hgvs_c="c.340+1G>A"
    )
    found = fit(rule, donor)
    assert found and found.match == "exact"
    assert fit(rule, Effect("A", ("splice_donor_variant",), "HIGH", transcript="ENST1", hgvs_c="c.340+1G>A")) is None
    indel = rule_of_wording("D770_N771insSVD", "EGFR", ("NP_005219.2:p.Ser768_Asp770dup", "NP_1.1:p.Ser68_Asp70dup"))
    assert indel == "D770_N771insSVD S768_D770dup"
    assert rule_of_wording("L858R", "EGFR", ("NP_005219.2:p.Leu858Arg",)) == "L858R"
    assert rule_of_wording("V600E and AMPLIFICATION", "BRAF", ("NP_1.1:p.Val600Glu",)) == "compound"


def test_fusion_context__names_what_is_not_looked_for() -> None:
    assert fusion_context("BCR-ABL T315I") == "BCR-ABL"
    assert fusion_context("ALK FUSION G1202R") == "ALK FUSION"
    assert fusion_context("T315I") is None and fusion_context("EML4-ALK") is None


def test_fit__the_last_part_of_a_protein_may_be_lost() -> None:
    def stop(position: int) -> Effect:
        return Effect("A", ("stop_gained",), "HIGH", gene="BRCA2", hgvs_p=f"p.Lys{position}Ter",
                      protein_position=position, protein_length=3418)  # fmt: skip

    assert fit("truncating", stop(3247)) and fit("truncating", stop(3326)) is None


@pytest.mark.parametrize(
    ("rule", "ok"),
    [
        ("V600E V600K", True), ("exons 14 15 insertion", True), ("exon 11 indel", True), ("any", True),
        ("ENST00000256474:c.340+1G>A", True), ("codon G12", True), ("exon 19", False), ("codon", False),
        ("V600E, V600K", False), ("Z600E", False), ("", False),
    ],
)  # fmt: skip
def test_is_rule__knows_the_grammar(rule: str, ok: bool) -> None:
    assert is_rule(rule) is ok


def test_shipped_targets__are_many_and_for_many_tumors() -> None:
    rows = shipped_targets()
    assert len(rows) >= 80
    assert len({row.disease for row in rows}) >= 12
    assert sum(row.checked == "no" for row in rows) <= 10
    # A row's terms are those of its disease: the table of diseases decides for all.
    assert all(row.oncotree_terms == diseases()[row.disease] for row in rows)
    assert all(diseases()[row.disease] for row in rows)
    named = {(row.gene, row.rule) for row in rows}
    assert {("BRAF", "V600E"), ("EGFR", "exon 19 deletion"), ("EGFR", "T790M"), ("KRAS", "G12C"), ("KIT", "D816V"),
            ("MET", "exon 14 skipping"), ("BRCA1", "truncating"), ("JAK2", "V617F"), ("ABL1", "T315I")} <= named  # fmt: skip


ROW = ["BRAF", "V600E", "V600E", "Melanoma", "Vemurafenib", "", "Predictive", "Supports", "Sensitivity/Response", "A",
       "EID1", "PMID:1", "", "yes", "MEL;~UM", "somatic", "", "", ""]  # fmt: skip


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("rule", "V600", "row 2, column rule"),
        ("level", "F", "column level"),
        ("checked", "maybe", "column checked"),
        ("evidence_id", "", "checked row needs its evidence id"),
        ("gene", "", "gene is empty"),
        ("direction", "supports", "column direction"),
        ("oncotree", "MEL;NOCODE", "'NOCODE' is no OncoTree term"),
        ("origin", "blood", "column origin"),
        ("therapy_interaction", "And", "column therapy_interaction"),
    ],
)
def test_parse_statements__names_row_and_column(column: str, value: str, said: str) -> None:
    row = dict(zip(COLUMNS, ROW, strict=True)) | {column: value}
    with pytest.raises(InputError, match=said):
        parse_statements("\t".join(COLUMNS) + "\n" + "\t".join(row.values()) + "\n", "t.tsv")


def test_parse_statements__refuses_headers_ragged_and_double_rows() -> None:
    head, row = "\t".join(COLUMNS), "\t".join(ROW)
    for text, said in (
        ("x\n", "header"),
        (f"{head}\n{row}\tx\n", "20 fields"),
        (f"{head}\n{row}\n{row}\n", "stands twice"),
    ):
        with pytest.raises(InputError, match=said):
            parse_statements(text, "t.tsv")
    assert format_statements(parse_statements(f"{head}\n{row}\n", "t.tsv")) == f"{head}\n{row}\n"


HEAD_2021 = ("gene\tvariant\tdisease\tdrugs\tdrug_interaction_type\tevidence_type\tevidence_direction\tevidence_level\t"
             "clinical_significance\tcitation_id\tsource_type\tevidence_status\tevidence_id")  # fmt: skip
TAIL = (
    "Melanoma\tDabrafenib,Trametinib\tCombination\tPredictive\tSupports\tB\tSensitivity/Response\t7\tPubMed\t"
    "accepted\t95"
)
LINE_2021 = "BRAF\tV600E\t" + TAIL
HEAD_TODAY = ("molecular_profile\tdisease\ttherapies\ttherapy_interaction_type\tevidence_type\tevidence_direction\t"
              "evidence_level\tsignificance\tcitation_id\tsource_type\tevidence_status\tevidence_id")  # fmt: skip
LINE_TODAY = "BRAF V600E\t" + TAIL


@pytest.mark.parametrize(("head", "line"), [(HEAD_2021, LINE_2021), (HEAD_TODAY, LINE_TODAY)])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_read_civic__layouts_and_line_ends(tmp_path: Path, head: str, line: str, end: str) -> None:
    (tmp_path / "e.tsv").write_bytes(f"{head}{end}{line}{end}".encode())
    reading = read_civic(tmp_path / "e.tsv")
    (row,), rejects = reading.statements, reading.rejects
    assert (row.gene, row.rule, row.evidence_id, row.citation) == ("BRAF", "V600E", "EID95", "PMID:7")
    assert row.therapy_names == ["Dabrafenib", "Trametinib"]
    assert rejects == []


def test_read_civic__leaves_out_by_row_and_reason(tmp_path: Path) -> None:
    lines = [
        LINE_2021,
        LINE_2021,  # the id stands twice
        LINE_2021.replace("accepted", "submitted"),
        LINE_2021 + "\textra",
        LINE_2021.replace("Supports", ""),
        LINE_2021.replace("Melanoma", "Mel\udc80anoma").replace("95", "96"),
    ]
    (tmp_path / "e.tsv").write_bytes("\n".join([HEAD_2021, *lines]).encode("utf-8", "surrogateescape"))
    reading = read_civic(tmp_path / "e.tsv")
    assert len(reading.statements) == 1 and reading.n_rows == 6
    words = ["twice, first in line 2", "submitted", "fields", "direction", "UTF-8"]
    assert [r.row for r in reading.rejects] == [3, 4, 5, 6, 7]
    assert all(word in r.reason for word, r in zip(words, reading.rejects, strict=True))
    assert {r.file for r in reading.rejects} == {"e.tsv"}
    assert all(r.beginning.startswith("BRAF V600E") for r in reading.rejects)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("Predictive", "Guesswork", "unknown evidence type"),
        ("\tB\t", "\tF\t", "unknown evidence type or level"),
        ("Dabrafenib,Trametinib", "N/A", "names no therapy"),
        ("Combination", "Mixture", "unknown therapy interaction"),
        ("\t95", "\t9x5", "no number"),
        ("Melanoma", "", "no disease"),
        ("Melanoma", "Mel\x07anoma", "control characters"),
    ],
)
def test_read_civic__a_row_that_says_nothing_usable_is_rejected(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    (tmp_path / "e.tsv").write_text(f"{HEAD_2021}\n{LINE_2021.replace(old, new)}\n")
    reading = read_civic(tmp_path / "e.tsv")
    assert reading.statements == [] and said in reading.rejects[0].reason


def test_read_civic__a_ragged_variant_table_costs_names_not_evidence(tmp_path: Path) -> None:
    line = LINE_2021.replace("V600E", "D770_N771insSVD")
    (tmp_path / "ClinicalEvidenceSummaries.tsv").write_text(f"{HEAD_2021}\n{line}\n")
    head, row = "gene\tvariant\thgvs_expressions", "BRAF\tD770_N771insSVD\tNP_1.1:p.Ser768_Asp770dup"
    for text, rule, n in ((row, "D770_N771insSVD S768_D770dup", 0), (f"{row}\tmore", "D770_N771insSVD", 1)):
        (tmp_path / "VariantSummaries.tsv").write_text(f"{head}\n{text}\n")
        reading = read_civic(tmp_path)
        assert [s.rule for s in reading.statements] == [rule]
        assert [(r.file, r.row) for r in reading.rejects] == [("VariantSummaries.tsv", 2)] * n
        assert len(reading.digests) == 2


def test_read_civic__a_compound_profile_is_not_one_variant(tmp_path: Path) -> None:
    line = LINE_TODAY.replace("BRAF V600E", "EGFR L858R AND EGFR T790M")
    (tmp_path / "e.tsv").write_text(f"{HEAD_TODAY}\n{line}\n{line.replace('T790M', 'Strange')[:-1]}6\n")
    reading = read_civic(tmp_path / "e.tsv")
    (row,) = reading.statements
    assert (row.gene, row.rule, row.condition) == ("EGFR", "compound", "EGFR[L858R] AND EGFR[T790M]")
    assert "stands for no variants" in reading.rejects[0].reason


def test_import_source__writes_tables_and_manifest(tmp_path: Path) -> None:
    (tmp_path / "e.tsv").write_text(f"{HEAD_2021}\n{LINE_2021}\n")
    facts = import_source("civic", tmp_path / "e.tsv", tmp_path / "k", "2021-02")
    statements, sources = read_knowledge(tmp_path / "k")
    assert [s.name for s in sources] == ["civic", "targets"]
    assert sources[0] == facts and facts.release == "2021-02" and len(facts.digest) == 64
    assert [s.evidence_id for s in statements["civic"]] == ["EID95"]
    assert (tmp_path / "k" / "civic.rejects.tsv").read_text() == "file\trow\treason\tbeginning\n"
    evidence = tmp_path / "k" / "civic.evidence.tsv"
    good = evidence.read_text()
    evidence.write_text(good.replace("V600E", "V600K"))
    with pytest.raises(InputError, match="not the one that its manifest describes"):
        read_knowledge(tmp_path / "k")
    evidence.write_text(good)
    manifest = json.loads((tmp_path / "k" / "civic.manifest.json").read_text())
    assert (manifest["n_read"], manifest["n_rows"], manifest["n_rejected"]) == (1, 1, 0)
    (tmp_path / "k" / "civic.manifest.json").write_text(json.dumps(manifest | {"format_version": "0"}))
    with pytest.raises(FormatVersionError):
        read_knowledge(tmp_path / "k")


def test_import_source__writes_nothing_for_bad_input(tmp_path: Path) -> None:
    (tmp_path / "x.tsv").write_text("a\tb\n1\t2\n")
    with pytest.raises(InputError, match="no column"):
        import_source("civic", tmp_path / "x.tsv", tmp_path / "k")
    with pytest.raises(ConfigError, match="no release name"):
        import_source("civic", tmp_path / "x.tsv", tmp_path / "k", "../up")
    with pytest.raises(MissingInputError):
        import_source("civic", tmp_path / "none", tmp_path / "k")
    assert not (tmp_path / "k").exists()
    with pytest.raises(MissingInputError, match="no source"):
        read_knowledge(tmp_path)


@pytest.mark.parametrize(
    ("code", "disease", "place"),
    [
        ("LUAD", "Lung Non-small Cell Carcinoma", "this_tumor"),
        ("LUAD", "Lung Adenocarcinoma", "this_tumor"),
        ("LUSC", "Lung Adenocarcinoma", "other_tumor"),
        ("NSCLC", "Lung Adenocarcinoma", "unknown"),
        ("LUCA", "Lung Non-small Cell Carcinoma", "other_tumor"),
        ("SKCM", "Melanoma", "this_tumor"),
        ("MEL", "Skin Melanoma", "this_tumor"),
        ("UM", "Skin Melanoma", "other_tumor"),
        ("UM", "Melanoma", "unknown"),
        ("COAD", "Colorectal Cancer", "this_tumor"),
        ("BOWEL", "Colorectal Cancer", "unknown"),
        ("COADREAD", "Melanoma", "other_tumor"),
        ("CUP", "Melanoma", "unknown"),
        ("IDC", "Her2-receptor Positive Breast Cancer", "unknown"),
        ("LUAD", "Her2-receptor Positive Breast Cancer", "other_tumor"),
        ("LUAD", "Cancer", "any_tumor"),
        ("LUAD", "Solid Tumor", "any_tumor"),
        ("AML", "Solid Tumor", "other_tumor"),
        (None, "Solid Tumor", "unknown"),
        ("NOCODE", "Melanoma", "unknown"),
        (None, "Melanoma", "unknown"),
        ("LUAD", "A disease nobody mapped", "unknown"),
        ("LUAD", "Lynch Syndrome", "unknown"),
    ],
)
def test_relation__truth_table(code: str | None, disease: str, place: Relation) -> None:
    assert relation(code, disease) == place


def test_relation__terms_of_the_row_overrule_the_table() -> None:
    assert relation("LUAD", "Melanoma", ("LUAD",)) == "this_tumor"
    assert relation("SKCM", "Melanoma", ("tissue:Lung",)) == "other_tumor"


def test_diseases__name_only_terms_that_exist() -> None:
    assert [term for terms in diseases().values() for term in terms if not is_term(term)] == []
    assert len(diseases()) == 236 and sum(not terms for terms in diseases().values()) == 13
    assert not is_term("main:Nothing") and not is_term("NOCODE") and is_term("~main:Breast Cancer")


_TODAY = (
    "molecular_profile molecular_profile_id disease doid phenotypes therapies therapy_interaction_type evidence_type "
    "evidence_direction evidence_level significance evidence_statement citation_id source_type asco_abstract_id citation "
    "nct_ids rating evidence_status evidence_id variant_origin last_review_date evidence_civic_url "
    "molecular_profile_civic_url is_flagged"
)
TODAY = _TODAY.split()


def today(profile: str, number: int, **cells: str) -> str:
    """A row in today's layout, made from its documented header: no release of it was at hand."""
    row = {
        "molecular_profile": profile, "disease": "Lung Non-small Cell Carcinoma", "therapies": "Erlotinib",
        "evidence_type": "Predictive", "evidence_direction": "Supports", "evidence_level": "B",
        "significance": "Sensitivity/Response", "citation_id": str(1000 + number), "source_type": "PubMed",
        "evidence_status": "accepted", "evidence_id": str(number), "variant_origin": "Somatic", "is_flagged": "false",
    }  # fmt: skip
    return "\t".join((row | cells).get(name, "") for name in TODAY)


def test_read_civic__todays_layout(tmp_path: Path) -> None:
    profiles = {
        "EGFR L858R": "L858R", "EGFR Exon 19 Deletion": "exon 19 deletion", "KRAS G12/G13": "codons G12 G13",
        "MET Exon 14 Skipping Mutation": "exon 14 skipping", "BRCA1 Loss-of-function": "truncating",
        "ERBB2 Amplification": "amplification", "EML4::ALK Fusion": "fusion", "VHL R167Q (c.500G>A)": "R167Q",
        "EGFR L858R AND NOT EGFR T790M": "compound", "NOT KRAS G12C": "compound",
        "PIK3CA Mutation": "mutation", "EGFR D770_N771insSVD": "D770_N771insSVD S768_D770dup",
    }  # fmt: skip
    lines = [today(profile, i) for i, profile in enumerate(profiles, 1)]
    rejected = {
        today("EGFR L858R AND EGFR Unheard", 101): "stands for no variants",
        today("EGFR Exon 20 Insertion", 102, rating="6"): "unknown rating",
        today("EGFR L858R", 103, evidence_status="submitted"): "status submitted",
        today("EGFR L858R", 104, is_flagged="true"): "flagged",
        today("EGFR L858R", 1): "EID1 stands twice",
    }
    path = tmp_path / "nightly-AcceptedClinicalEvidenceSummaries.tsv"
    path.write_text("\n".join(["\t".join(TODAY), *lines, *rejected]) + "\n")
    names = "feature_name\tvariant\thgvs_descriptions\nEGFR\tD770_N771insSVD\tNP_005219.2:p.Ser768_Asp770dup\n"
    (tmp_path / "nightly-VariantSummaries.tsv").write_text(names)
    reading = read_civic(tmp_path)
    assert {
        s.source_variant if s.condition else f"{s.gene} {s.source_variant}": s.rule for s in reading.statements
    } == profiles
    assert all(
        s.origin == "somatic" and s.checked == "yes" and s.therapy_names == ["Erlotinib"] for s in reading.statements
    )
    assert all(said in r.reason for said, r in zip(rejected.values(), reading.rejects, strict=True))
