"""Rules, statements, CIViC's layouts, diseases, and import into a folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from oncopipe.data.variants import Effect
from oncopipe.errors import ConfigError, FormatVersionError, InputError, MissingInputError
from oncopipe.knowledge.civic import read_civic
from oncopipe.knowledge.diseases import disease_match, diseases, tumor_types
from oncopipe.knowledge.rules import fit, is_rule, rule_of_wording
from oncopipe.knowledge.sources import import_source, read_knowledge
from oncopipe.knowledge.statements import COLUMNS, format_statements, parse_statements, shipped_targets


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
        ("exon 20 insertion", effect("inframe_insertion", "p.Asp770_Asn771insSerVal", 20), "class"),
        ("exon 20 insertion", effect("missense_variant", "p.Thr790Met", 20), None),
        ("exon 11 mutation", effect("missense_variant", "p.Val559Asp", 11), "class"),
        ("exon 12 mutation", effect("synonymous_variant", "p.Leu287=", 12), None),
        ("exon 14 skipping", effect("splice_donor_variant", "", 14), "class"),
        ("exon 14 skipping", effect("missense_variant", "p.Asp1010Asn", 14), None),
        ("truncating", effect("stop_gained", "p.Arg213Ter"), "class"),
        ("truncating", effect("frameshift_variant", "p.Arg213fs"), "class"),
        ("truncating", effect("missense_variant", "p.Arg213Gln"), None),
        ("mutation", effect("missense_variant", "p.Arg213Gln"), "gene"),
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
    ("wording", "rule"),
    [
        ("V600E", "V600E"), ("p.V600E", "V600E"), ("V600", "codon V600"), ("G12/G13", "codons G12 G13"),
        ("EXON 19 DELETION", "exon 19 deletion"), ("Exon 12 mutation", "exon 12 mutation"), ("MUTATION", "mutation"),
        ("Loss-of-function", "truncating"), ("AMPLIFICATION", "amplification"), ("EML4-ALK", "fusion"),
        ("ALK FUSIONS", "fusion"), ("EXPRESSION", "expression"), ("WILD TYPE", "wild type"), ("W288FS", "W288fs"),
        ("E746_A750DEL", "E746_A750del"), ("PROMOTER METHYLATION", "other"), ("", "other"),
    ],
)  # fmt: skip
def test_rule_of_wording__reads_civics_words(wording: str, rule: str) -> None:
    assert rule_of_wording(wording) == rule
    assert is_rule(rule)


def test_shipped_targets__are_many_and_for_many_tumors() -> None:
    rows = shipped_targets()
    assert len(rows) >= 80
    assert len({row.disease for row in rows}) >= 12
    assert sum(row.checked == "no" for row in rows) <= 6
    assert all(row.disease in diseases() for row in rows)
    named = {(row.gene, row.rule) for row in rows}
    assert {("BRAF", "V600E"), ("EGFR", "exon 19 deletion"), ("EGFR", "T790M"), ("KRAS", "G12C"), ("KIT", "D816V"),
            ("MET", "exon 14 skipping"), ("BRCA1", "truncating"), ("JAK2", "V617F"), ("ABL1", "T315I")} <= named  # fmt: skip


ROW = ["BRAF", "V600E", "V600E", "Melanoma", "Vemurafenib", "", "Predictive", "Supports", "Sensitivity/Response", "A",
       "EID1", "PMID:1", "", "yes"]  # fmt: skip


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("rule", "V600", "row 2, column rule"),
        ("level", "F", "column level"),
        ("checked", "maybe", "column checked"),
        ("evidence_id", "", "checked row needs its evidence id"),
        ("gene", "", "gene is empty"),
        ("direction", "supports", "column direction"),
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
        (f"{head}\n{row}\tx\n", "15 fields"),
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
    (row,), rejects = read_civic(tmp_path / "e.tsv")
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
    rows, rejects = read_civic(tmp_path / "e.tsv")
    assert len(rows) == 1
    assert [row for row, _ in rejects] == [3, 4, 5, 6, 7]
    assert [
        next(w for w in ("twice", "submitted", "fields", "direction", "UTF-8") if w in why) for _, why in rejects
    ] == ["twice", "submitted", "fields", "direction", "UTF-8"]


def test_read_civic__a_compound_profile_is_not_one_variant(tmp_path: Path) -> None:
    line = LINE_TODAY.replace("BRAF V600E", "EGFR L858R AND EGFR T790M")
    (tmp_path / "e.tsv").write_text(f"{HEAD_TODAY}\n{line}\n")
    rows, rejects = read_civic(tmp_path / "e.tsv")
    assert rows == [] and "no single gene" in rejects[0][1]


def test_import_source__writes_tables_and_manifest(tmp_path: Path) -> None:
    (tmp_path / "e.tsv").write_text(f"{HEAD_2021}\n{LINE_2021}\n")
    facts = import_source("civic", tmp_path / "e.tsv", tmp_path / "k", "2021-02")
    statements, sources = read_knowledge(tmp_path / "k")
    assert [s.name for s in sources] == ["civic", "targets"]
    assert sources[0] == facts and facts.release == "2021-02" and len(facts.digest) == 64
    assert [s.evidence_id for s in statements["civic"]] == ["EID95"]
    manifest = json.loads((tmp_path / "k" / "civic.manifest.json").read_text())
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
    ("code", "disease", "match"),
    [
        ("LUAD", "Lung Non-small Cell Carcinoma", "this_tumor"),
        ("LUAD", "Lung Adenocarcinoma", "this_tumor"),
        ("LUSC", "Lung Adenocarcinoma", "other_tumor"),
        ("NSCLC", "Lung Adenocarcinoma", "unknown"),
        ("SKCM", "Melanoma", "this_tumor"),
        ("SKCM", "Skin Melanoma", "this_tumor"),
        ("UM", "Skin Melanoma", "other_tumor"),
        ("COAD", "Colorectal Cancer", "this_tumor"),
        ("COADREAD", "Melanoma", "other_tumor"),
        ("IDC", "Her2-receptor Positive Breast Cancer", "unknown"),
        ("NOCODE", "Melanoma", "unknown"),
        (None, "Melanoma", "unknown"),
        ("LUAD", "A disease nobody mapped", "unknown"),
    ],
)
def test_disease_match__truth_table(code: str | None, disease: str, match: str) -> None:
    assert disease_match(code, disease) == match


def test_diseases__name_only_codes_and_types_that_exist() -> None:
    types = {t.main_type for t in tumor_types().values()} | {"*"}
    for disease in diseases().values():
        assert disease.codes <= set(tumor_types()) and disease.main_types <= types
