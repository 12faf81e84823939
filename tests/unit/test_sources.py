"""Sources that are no evidence, OncoKB, and the difference between two knowledge folders."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from oncopipe.cli.main import cli
from oncopipe.data.findings import Quality
from oncopipe.data.samples import Sample
from oncopipe.data.variants import AlleleCounts, AnnotatedCalls, AnnotatedVariant, CallSet, Effect
from oncopipe.errors import ConfigError, InputError
from oncopipe.interpretation import interpret
from oncopipe.interpretation.interpret import TumorFacts, identity_of
from oncopipe.interpretation.references import read_references
from oncopipe.knowledge.assertions import read_assertions
from oncopipe.knowledge.diff import diff_knowledge, summary
from oncopipe.knowledge.oncokb import read_oncokb
from oncopipe.knowledge.sources import import_source, read_knowledge, table_of
from oncopipe.options import InterpretOptions

HOTSPOTS = (
    "hugo_symbol\tresidue\ttype\tvariant_amino_acid\ttumor_count\ttranscript_id",
    "BRAF\tV600\tsingle residue\tE:833|K:24\t857\tENST00000288602",
    "BRAF\tV600\t3d\tE:10\t10\tENST00000288602",
    "BRAF\tV600\t3d\tE:9\t9\tENST00000288602",
    "BRAF\tV600\tsingle residue\tE\t857\tENST00000288602",
    "BRAF\tV600\tnew kind\tE:1\t857\tENST00000288602",
    "BRAF\tV600\tsingle residue\tE:1\tmany\tENST00000288602",
    "\tV600\tsingle residue\tE:1\t1\tENST00000288602",
    "BRAF\tV600",
)
CLINVAR = (
    "##fileformat=VCFv4.1", "##reference=GRCh37", "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO",
    "chr7\t140453136\t13961\tT\tA\t.\t.\tCLNSIG=Likely_benign;CLNREVSTAT=reviewed_by_expert_panel;GENEINFO=BRAF:673;ORIGIN=3",
    "chr7\t140453137\t9\tT\tA,C\t.\t.\tCLNSIG=Benign", "chr7\t140453138\t10\tT\tA\t.\t.\tORIGIN=1",
)  # fmt: skip
LEVELS = (
    "level_1\tlevel_2\tlevel_3\tlevel_4\tlevel_5\tlevel_6\tlevel_7\tmetamaintype",
    "Skin (SKIN)\tMelanoma (MEL)\t\t\t\t\t\tMelanoma",
    "Skin (SKIN)\tMelanoma (MEL)\tNewly Named Melanoma (NNMEL)\t\t\t\t\tMelanoma",
    "Skin (SKIN)\tMelanoma\t\t\t\t\t\tMelanoma",
)
MANE = ("#enst_id\tgene_name\trefseq_id", "ENST00000646891\tBRAF\tNM_004333.6", "ENST0000\t\tNM_1", "x\tBRAF\tNM_1.1")
ONCOKB = (
    "Hugo_Symbol\tHGVSp_Short\tONCOTREE_CODE\tONCOGENIC\tMUTATION_EFFECT\tLEVEL_1\tLEVEL_3B\tLEVEL_R1\tLEVEL_Px1",
    "BRAF\tp.V600E\tMEL\tOncogenic\tGain-of-function\tDrug A,Drug B+Drug C\tDrug D\t\tPx",
    "BRAF\tp.V600K\t\tLikely Neutral\tNeutral\t\t\tDrug E\t",
    "TP53\tp.R213*\tMEL\tUnknown\tUnknown\t\t\t\t",
    "TP53\tp.X125_splice\tMEL\tOncogenic\t\t\t\t\t",
    "TP53\tp.P72Rfs*51\tMEL\tLikely Oncogenic\tLikely Loss-of-function\t\t\t\t",
    "TP53\tp.P72R\tMEL\tMaybe\t\t\t\t\t",
)


def table(path: Path, lines: tuple[str, ...]) -> Path:
    text = "\n".join((*lines, ""))
    path.write_bytes(gzip.compress(text.encode(), mtime=0) if path.suffix == ".gz" else text.encode())
    return path


@pytest.fixture
def knowledge(tmp_path: Path) -> Path:
    """A folder with every source that is no evidence."""
    folder = tmp_path / "k"
    for name, lines in (("hotspots", HOTSPOTS), ("clinvar", CLINVAR), ("oncotree", LEVELS), ("mane", MANE)):
        suffix = ".vcf.gz" if name == "clinvar" else ".tsv"
        import_source(name, table(tmp_path / f"{name}{suffix}", lines), folder, "R1")
    return folder


def reasons(folder: Path, name: str) -> list[tuple[int, str]]:
    lines = (folder / f"{name}.rejects.tsv").read_text().splitlines()[1:]
    return [(int(line.split("\t")[1]), line.split("\t")[2]) for line in lines]


def test_import_source__tables_that_are_no_evidence(knowledge: Path) -> None:
    statements, facts = read_knowledge(knowledge)
    assert set(statements) == {"targets"}
    assert [(f.name, f.n_rows) for f in facts] == [
        ("hotspots", 2),
        ("clinvar", 1),
        ("mane", 1),
        ("oncotree", 2),
        ("targets", 371),
    ]
    assert reasons(knowledge, "hotspots") == [
        (4, "the same stands in line 3"), (5, "the counts of changes cannot be read: E"), (6, "unknown type: new kind"),
        (7, "the number of tumors is none: many"), (8, "no gene, or no residue:  V600"), (9, "2 fields where the header has 6"),
    ]  # fmt: skip
    assert [row for row, _ in reasons(knowledge, "clinvar")] == [5, 6]
    assert [row for row, _ in reasons(knowledge, "mane")] == [3, 4]
    assert reasons(knowledge, "oncotree") == [(4, "a level is no `Name (CODE)`")]
    manifest = json.loads((knowledge / "clinvar.manifest.json").read_text())
    assert (manifest["n_read"], manifest["n_rejected"], manifest["facts"]) == (3, 2, {"build": "GRCh37"})


def test_interpret__a_hotspot_that_is_named_otherwise_carries_a_caution(tmp_path: Path) -> None:
    lines = ("7\t140453136\tT\tA\tBRAF\tMissense_Mutation\t{}\t", "7\tx\tT\tA\tBRAF\tM\tV600E\t", "7\t1\tT\tA")
    for change, n in (("V600E", 0), ("V600K", 1)):
        path = table(tmp_path / f"{change}.tsv", (lines[0].format(change), *lines[1:]))
        import_source("hotspot_sites", path, tmp_path / change)
        assert [row for row, _ in reasons(tmp_path / change, "hotspot_sites")] == [2, 3]
        calls = AnnotatedCalls(CallSet("T", "N", "OncoPipe", True, True, {"7": 1000}), (v600e(),))
        references = read_references(tmp_path / change, calls.variants, "GRCh37")
        quality = Quality(status="PASS", sentence="s", metrics=[])
        identity = identity_of(Sample("P", "T", "tumor"), "N", None)
        made = interpret(
            calls,
            identity,
            quality,
            read_knowledge(None),
            InterpretOptions(),
            tumor=TumorFacts(references=references),
        )
        assert sum("names this place BRAF V600K" in flag for flag in made.variants[0].flags) == n


def test_table_of__refuses_a_table_that_was_changed(knowledge: Path) -> None:
    path, _ = table_of(knowledge, "hotspots") or (Path(), {})
    path.write_text(path.read_text().replace("833", "1"))
    with pytest.raises(InputError, match="not the one that its manifest describes"):
        table_of(knowledge, "hotspots")
    assert table_of(None, "hotspots") is None and table_of(knowledge.parent, "hotspots") is None


@pytest.mark.parametrize(
    "content", ["", "[]", "7", "{}", '{"format_version": "1"}', '{"format_version": []}', "\x00", '{"a":']
)
def test_read_knowledge__refuses_what_is_no_manifest(knowledge: Path, content: str) -> None:
    (knowledge / "hotspots.manifest.json").write_text(content)
    for read in (lambda: read_knowledge(knowledge), lambda: table_of(knowledge, "hotspots")):
        with pytest.raises(InputError, match="no manifest of a knowledge source"):
            read()


@pytest.mark.parametrize(
    ("key", "value"), [("n_rows", "many"), ("digest", 7), ("facts", ["x"]), ("n_rejected", None)]
)
def test_read_knowledge__refuses_a_manifest_of_other_values(knowledge: Path, key: str, value: object) -> None:
    path = knowledge / "hotspots.manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {key: value}))
    with pytest.raises(InputError, match="no manifest of a knowledge source"):
        read_knowledge(knowledge)


def v600e(transcript: str = "ENST00000646891.2") -> AnnotatedVariant:
    effect = Effect(
        "A",
        ("missense_variant",),
        "MODERATE",
        gene="BRAF",
        hgvs_p="p.Val600Glu",
        transcript=transcript,
        protein_position=600,
    )
    return AnnotatedVariant("7", 140453135, None, "T", "A", 60.0, ("PASS",), AlleleCounts(100, 80, 20), AlleleCounts(50, 50, 0),
                            (effect,), "MANE_Select", None)  # fmt: skip


def test_interpret__uses_the_imported_tables(knowledge: Path) -> None:
    variant = v600e()
    calls = AnnotatedCalls(CallSet("T", "N", "OncoPipe", True, True, {"7": 1000}), (variant,))
    references = read_references(knowledge, calls.variants, "GRCh37")
    identity = identity_of(Sample("P", "T", "tumor", diagnosis="NNMEL"), "N", None)
    quality = Quality(status="PASS", sentence="s", metrics=[])
    made = interpret(
        calls, identity, quality, read_knowledge(None), InterpretOptions(), tumor=TumorFacts(references=references)
    )
    (found,) = made.variants
    # A code that only the imported release has: its ancestor is compared, its name is shown.
    assert made.identity.diagnosis_name == "Newly Named Melanoma" and found.tier.tier == "I"
    assert found.oncogenicity and found.oncogenicity.vector == "OS3 +4, OP4 +1 = 5"
    assert found.clinvar and (found.clinvar.id, found.clinvar.stars) == ("13961", 3)
    assert "ClinVar 13961 says Likely_benign" in found.disagreements
    assert not any("MANE" in flag for flag in found.flags)
    calls = AnnotatedCalls(calls.calls, (v600e("ENST00000288602.6"),))
    other = interpret(
        calls, identity, quality, read_knowledge(None), InterpretOptions(), tumor=TumorFacts(references=references)
    )
    assert any("no MANE transcript of BRAF" in flag for flag in other.variants[0].flags)
    with pytest.raises(ConfigError, match="imported for GRCh37"):
        read_references(knowledge, calls.variants, "GRCh38")


def test_read_oncokb__levels_are_those_of_the_annotated_tumor(tmp_path: Path) -> None:
    reading = read_oncokb(table(tmp_path / "o.maf", ONCOKB))
    said = {
        (
            s.rule,
            s.regulatory_label,
            s.therapies,
            s.therapy_interaction,
            s.level,
            s.significance,
            s.direction,
            s.oncotree,
        )
        for s in reading.statements
    }
    assert said == {
        ("V600E", "OncoKB: oncogenic effect", "", "", "", "Oncogenic", "Supports", "any"),
        ("V600E", "OncoKB: mutation effect", "", "", "", "Gain of Function", "Supports", "any"),
        ("V600E", "OncoKB LEVEL_1", "Drug A", "", "A", "Sensitivity/Response", "Supports", "MEL"),
        ("V600E", "OncoKB LEVEL_1", "Drug B,Drug C", "Combination", "A", "Sensitivity/Response", "Supports", "MEL"),
        ("V600E", "OncoKB LEVEL_3B", "Drug D", "", "B", "Sensitivity/Response", "Supports", ""),
        ("V600E", "OncoKB LEVEL_Px1", "", "", "A", "N/A", "Supports", "MEL"),
        ("V600K", "OncoKB: oncogenic effect", "", "", "", "Oncogenic", "Does Not Support", "any"),
        ("V600K", "OncoKB: mutation effect", "", "", "", "Neutral", "Supports", "any"),
        ("V600K", "OncoKB LEVEL_R1", "Drug E", "", "A", "Resistance", "Supports", ""),
        ("P72fs", "OncoKB: oncogenic effect", "", "", "", "Likely Oncogenic", "Supports", "any"),
        ("P72fs", "OncoKB: mutation effect", "", "", "", "Loss of Function", "Supports", "any"),
    }
    assert [(r.row, r.reason) for r in reading.rejects] == [
        (4, "OncoKB says nothing of it"), (5, "no gene, or no protein change in one-letter form: TP53 X125_splice"),
        (7, "unknown oncogenicity: Maybe"),
    ]  # fmt: skip
    with pytest.raises(InputError, match="no column ONCOGENIC"):
        read_oncokb(table(tmp_path / "plain.maf", ("Hugo_Symbol\tHGVSp_Short", "BRAF\tp.V600E")))
    import_source("oncokb", tmp_path / "o.maf", tmp_path / "k")
    assert len(read_knowledge(tmp_path / "k")[0]["oncokb"]) == len(said)


ASSERTIONS = (
    "gene\tvariant\tdisease\tdrugs\tassertion_type\tassertion_direction\tclinical_significance\tamp_category\tnccn_guideline\tassertion_id",
    "BRAF\tV600E\tMelanoma\tB,A\tPredictive\tSupports\tSensitivity/Response\tTier I - Level A\tMelanoma\t7",
    "BRAF\tV600E\tMelanoma\tB,A\tPredictive\tSupports\tSensitivity/Response\tTier I - Level A\tMelanoma\t7",
    "ACVR1\tG328V\tGlioma\t\tDiagnostic\tSupports\tPositive\tTier II - Level C\t\t9",
    "ACVR1\tG328V\tGlioma\t\tDiagnostic\tSupports\tPositive\tTier V\t\t10",
    "VHL\tL184P (c.551T>C)\tVHL\t\tPredisposing\tSupports\tPathogenic\t\t\t41",
)
TODAYS_ASSERTIONS = (
    "molecular_profile\tdisease\ttherapies\tassertion_type\tassertion_direction\tsignificance\tamp_category\tassertion_id",
    "EGFR L858R AND NOT EGFR T790M\tCancer\tA\tPredictive\tSupports\tSensitivity/Response\tTier I - Level B\t1",
    "BRAF V600E\tCancer\tA\tPredictive\tSupports\tSensitivity/Response\tTier II - Level D\t2",
    "BRAF Unheard AND BRAF V600E\tCancer\tA\tPredictive\tSupports\tResistance\tTier II - Level D\t3",
)


def test_read_assertions__two_layouts(tmp_path: Path) -> None:
    reading = read_assertions(table(tmp_path / "nightly-AssertionSummaries.tsv", ASSERTIONS).parent)
    assert [(s.evidence_id, s.gene, s.rule, s.level, s.therapies, s.regulatory_label) for s in reading.statements] == [
        ("AID9", "ACVR1", "G328V", "C", "", ""), ("AID7", "BRAF", "V600E", "A", "A,B", "NCCN Melanoma"),
        ("AID41", "VHL", "L184P", "", "", ""),
    ]  # fmt: skip
    assert [(r.row, r.reason) for r in reading.rejects] == [(3, "AID7 stands twice"), (5, "unknown category: Tier V")]
    reading = read_assertions(table(tmp_path / "today.tsv", TODAYS_ASSERTIONS))
    assert {(s.gene, s.rule, s.condition, s.level) for s in reading.statements} == {
        ("EGFR", "compound", "EGFR[L858R] AND NOT EGFR[T790M]", "B"), ("BRAF", "V600E", "", "D"),
    }  # fmt: skip
    assert "stands for no variants" in reading.rejects[0].reason
    import_source("assertions", tmp_path / "today.tsv", tmp_path / "k")
    assert len(read_knowledge(tmp_path / "k")[0]["assertions"]) == 2


CIVIC = ("gene\tvariant\tdisease\tdrugs\tdrug_interaction_type\tevidence_type\tevidence_direction\tevidence_level\t"
         "clinical_significance\tcitation_id\tsource_type\tevidence_status\tevidence_id")  # fmt: skip


def civic(variant: str, level: str, identifier: str, drugs: str = "Dabrafenib", disease: str = "Melanoma") -> str:
    said = f"Predictive\tSupports\t{level}\tSensitivity/Response\t7\tPubMed\taccepted"
    return f"BRAF\t{variant}\t{disease}\t{drugs}\t\t{said}\t{identifier}"


def test_diff_knowledge__by_id_and_by_what_is_said(tmp_path: Path) -> None:
    releases = {
        "a": (CIVIC, civic("V600E", "B", "1"), civic("V600K", "B", "2"), civic("V600R", "B", "3")),
        "b": (CIVIC, civic("V600E", "A", "1"), civic("V600K", "B", "2"), civic("V600M", "B", "4")),
        # A release without ids and levels, in which a therapy had another name.
        "c": ("gene\tvariant\tdisease\tdrugs\tevidence_type\tevidence_direction\tclinical_significance\tpubmed_id",
              "BRAF\tV600E\tMelanoma\tGSK2118436\tPredictive\tSupports\tSensitivity\t7",
              "BRAF\tV600K\tmelanoma\tDabrafenib\tPredictive\tSupports\tSensitivity\t7",
              "BRAF\tV600D\tMelanoma\tDabrafenib\tPredictive\tSupports\tSensitivity\t7"),
    }  # fmt: skip
    for name, lines in releases.items():
        import_source("civic", table(tmp_path / f"{name}.tsv", lines), tmp_path / name, name)
    (found,) = diff_knowledge(tmp_path / "a", tmp_path / "b")
    assert [(c.kind, c.key.split(" | ")[-2], c.column, c.old, c.new) for c in found.changes] == [
        ("added", "EID4", "", "", ""), ("changed", "EID1", "level", "B", "A"), ("removed", "EID3", "", "", ""),
    ]  # fmt: skip
    said = "BRAF V600M | Melanoma | Dabrafenib | Predictive | Sensitivity/Response | level B | EID4 | PMID:7"
    assert found.changes[0].key == said
    assert summary(found).splitlines()[1:3] == ["  added: level B 1", "  removed: level B 1"]
    (found,) = diff_knowledge(tmp_path / "c", tmp_path / "b")
    assert [(c.kind, c.column, c.old, c.new) for c in found.changes] == [
        ("added", "", "", ""),
        ("changed", "therapies", "GSK2118436", "Dabrafenib"), ("removed", "", "", ""),
    ]  # fmt: skip
    assert diff_knowledge(tmp_path / "a", tmp_path / "a")[0].changes == ()


def test_diff_knowledge__other_words_of_a_variant_are_a_change_another_variant_is_none(tmp_path: Path) -> None:
    old = "NPM1\t{}\tAcute Myeloid Leukemia\t\tPrognostic\tDoes Not Support\tN / A\t{}"
    new = (
        civic("{}", "B", "{}", "", "Acute Myeloid Leukemia")
        .replace("BRAF", "NPM1")
        .replace("Predictive", "Prognostic")
    )
    new = new.replace("\tSupports\t", "\tDoes Not Support\t").replace("Sensitivity/Response\t7", "N/A\t{}")
    table(tmp_path / "old.tsv", (
        "gene\tvariant\tdisease\tdrugs\tevidence_type\tevidence_direction\tclinical_significance\tpubmed_id",
        old.format("EXON 12 MUTATIONS", 7), old.format("W288FS", 8), old.format("V600D", 9)))  # fmt: skip
    table(tmp_path / "new.tsv", (
        CIVIC, new.format("EXON 12 MUTATION", 7, 1), new.format("W288FS", 8, 2), new.format("V600M", 9, 3)))  # fmt: skip
    for name in ("old", "new"):
        import_source("civic", tmp_path / f"{name}.tsv", tmp_path / name, name)
    (found,) = diff_knowledge(tmp_path / "old", tmp_path / "new")
    rest = "Acute Myeloid Leukemia | Prognostic | Does Not Support: N"
    assert [(c.kind, c.key, c.column, c.old, c.new) for c in found.changes] == [
        ("added", f"NPM1 V600M | {rest}/A | level B | EID3 | PMID:9", "", "", ""),
        ("changed", f"NPM1 EXON 12 MUTATION | {rest}/A | level B | EID1 | PMID:7", "source_variant", "EXON 12 MUTATIONS",
         "EXON 12 MUTATION"),
        ("removed", f"NPM1 V600D | {rest} / A | PMID:9", "", "", ""),
    ]  # fmt: skip


def test_knowledge_diff__command(tmp_path: Path, knowledge: Path) -> None:
    import_source(
        "mane", table(tmp_path / "m.tsv", (MANE[0], "ENST00000646891\tBRAF\tNM_004333.7")), tmp_path / "n", "R2"
    )
    arguments = ["knowledge", "diff", str(knowledge), str(tmp_path / "n"), "--output", str(tmp_path / "d.tsv")]
    done = CliRunner().invoke(cli, arguments, catch_exceptions=False)
    assert "mane: R1 (1 rows) -> R2 (1 rows): 0 added, 0 removed, 1 changed\n  changed in: refseq 1" in done.output
    assert "clinvar: only in the old folder, R1 (1 rows)" in done.output
    assert (tmp_path / "d.tsv").read_text().splitlines()[1:] == [
        "mane\tchanged\tBRAF | ENST00000646891 | NM_004333.7 | MANE Select\trefseq\tNM_004333.6\tNM_004333.7"
    ]


TABLES = {
    "hotspots": HOTSPOTS[:2], "mane": MANE[:2], "oncotree": LEVELS[:2], "assertions": ASSERTIONS[:2], "oncokb": ONCOKB[:2],
    "civic": (CIVIC, civic("V600E", "A", "1")),
}  # fmt: skip


@pytest.mark.parametrize("source", list(TABLES))
def test_import_source__bad_tables_are_met_by_row_or_refused_whole(tmp_path: Path, source: str) -> None:
    header, row = TABLES[source]
    good = f"{header}\n{row}\n".encode()
    written = {}
    for name, content in {
        "lf": good,
        "crlf": good.replace(b"\n", b"\r\n"),
        "cr": good.replace(b"\n", b"\r"),
        "bom": b"\xef\xbb\xbf" + good,
        "bad": good + b"\xff" + row.encode() + b"\n" + row.encode() + b"\textra\nshort\n" + row.replace("\t", "\t\a", 1).encode(),
    }.items():  # fmt: skip
        (tmp_path / f"{name}.tsv").write_bytes(content)
        import_source(source, tmp_path / f"{name}.tsv", tmp_path / name, "R")
        (table_file,) = [p for p in (tmp_path / name).glob("*.tsv") if "rejects" not in p.name]
        written[name] = table_file.read_bytes()
    assert len(set(written.values())) == 1
    found = reasons(tmp_path / "bad", source)
    assert [number for number, _ in found] == [3, 4, 5, 6]
    assert "not UTF-8" in found[0][1] and "fields where" in found[1][1] and "control characters" in found[3][1]
    for name, content in {"columns": b"a\tb\n1\t2\n", "twice": header.encode() + b"\t" + header.split("\t")[0].encode() + b"\n",
                          "empty": b"", "rows": header.encode() + b"\n"}.items():  # fmt: skip
        (tmp_path / f"{name}.tsv").write_bytes(content)
        with pytest.raises(InputError):
            import_source(source, tmp_path / f"{name}.tsv", tmp_path / name, "R")
        assert not (tmp_path / name).exists()
