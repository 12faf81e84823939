"""`oncopipe interpret` and `oncopipe knowledge`: from files to files, and what they refuse."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from oncopipe.cli.main import cli
from oncopipe.data.findings import QcMetric
from oncopipe.errors import ConfigError, InputError, MissingInputError
from oncopipe.io.annotated_vcf import INFO_LINES
from oncopipe.io.findings import read_findings
from oncopipe.knowledge.sources import SOURCES
from oncopipe.knowledge.statements import COLUMNS
from oncopipe.qc.summary import format_metrics

V600E = ("A|missense_variant|MODERATE|BRAF|E|transcript|ENST00000646891|protein_coding|15/18|c.1799T>A|p.Val600Glu"
         "|1/9|1799/2301|600/766||")  # fmt: skip
RECORDS = (
    f"7\t140453136\t.\tT\tA\t60\tPASS\tANN={V600E};TXC=MANE_Select\tGT:AD:DP\t0/0:30,0:30\t0/1:40,10:50",
    "7\t140453137\t.\tT\t<DEL>\t60\tPASS\t.\tGT:AD:DP\t0/0:30,0:30\t0/1:40,10:50",
    "7\t140453138\t.\tT\tG\t60\tPASS\t.\tGT\t0/0\t0/1",
    "7\t140453139\t.\tT\tG\t60\tweak_evidence\t.\tGT:AD:DP\t0/0:30,0:30\t0/1:49,1:50",
)
SHEET = "patient\tsample\trole\tbam\tdiagnosis\tspecimen\nP1\tT1\ttumor\tt.bam\tSKCM\t{}\nP1\tN1\tnormal\tn.bam\t\t\n"


def calls(folder: Path, tumor: str = "T1") -> Path:
    header = ("##fileformat=VCFv4.2", "##oncopipe_version=0.1.0", "##contig=<ID=7,length=159138663>",
              f"##tumor_sample={tumor}", "##normal_sample=N1", *INFO_LINES[:2],
              f"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tN1\t{tumor}")  # fmt: skip
    path = folder / "calls.vcf.gz"
    path.write_bytes(gzip.compress("\n".join((*header, *RECORDS, "")).encode(), mtime=0))
    return path


def sheet(folder: Path, text: str = SHEET.format("FFPE")) -> Path:
    path = folder / "samples.tsv"
    path.write_text(text)
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(a) for a in arguments], catch_exceptions=False)


def test_interpret__from_files_to_findings(tmp_path: Path) -> None:
    for sample in ("T1", "N1"):
        metric = QcMetric(sample=sample, metric="mean_coverage", label="c", value=100.0, unit="reads", status="PASS")
        (tmp_path / f"{sample}.metrics.tsv").write_text(format_metrics([metric]))
    output = tmp_path / "findings.json"
    arguments = ("interpret", "--calls", calls(tmp_path), "--samples", sheet(tmp_path, SHEET.format("SYNTHETIC FFPE")),
                 "--sample", "T1", "--qc", tmp_path, "--build", "GRCh37", "--output", output)  # fmt: skip
    run(*arguments)
    made, first = read_findings(output), output.read_bytes()
    run(*arguments)
    assert output.read_bytes() == first
    assert (made.identity.patient, made.identity.normal, made.identity.synthetic) == ("P1", "N1", True)
    assert made.quality.status == "PASS" and len(made.quality.metrics) == 2
    assert [(v.hgvs_p_short, v.tier.tier, v.tier.level) for v in made.variants] == [
        ("p.V600E", "I", "A"), (None, "III", None),
    ]  # fmt: skip
    assert made.n_filtered == 1 and made.provenance.reference == "GRCh37"
    assert made.variants[1].tumor.depth == 0 and "no allele counts" in made.variants[1].flags[0]
    assert any(said.startswith("1 calls that passed are no small variants") for said in made.limitations)
    assert any("No population frequencies" in said for said in made.limitations)
    assert {b.status for b in made.biomarkers} == {"not_offered"} and len(made.biomarkers) == 5


def test_interpret__without_a_sheet_says_what_it_does_not_know(tmp_path: Path) -> None:
    run("interpret", "--calls", calls(tmp_path), "--output", tmp_path / "f.json")
    made = read_findings(tmp_path / "f.json")
    assert made.identity.sample == "T1" and made.identity.diagnosis_code is None
    assert (made.variants[0].tier.tier, made.variants[0].tier.level) == ("II", "C")
    assert any("No diagnosis was given" in said for said in made.limitations)
    assert any("Quality was not measured" in said for said in made.limitations)


@pytest.mark.parametrize(("code", "name"), [("skcm", "Cutaneous Melanoma"), ("XXXX", None)])
def test_interpret__a_diagnosis_in_small_letters_and_one_that_is_none(
    tmp_path: Path, code: str, name: str | None
) -> None:
    result = run("interpret", "--calls", calls(tmp_path), "--diagnosis", code, "--output", tmp_path / "f.json")
    made = read_findings(tmp_path / "f.json")
    assert made.identity.diagnosis_name == name
    assert ("no OncoTree code" in result.output) == (name is None)
    assert any("no code of OncoTree" in said for said in made.limitations) == (name is None)


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        (("--sample", "T2"), ConfigError, "of tumor T1, not of T2"),
        (("--no-targets",), ConfigError, "no knowledge to match"),
        (("--knowledge", "nowhere"), MissingInputError, "no source"),
        (("--qc", "nowhere"), MissingInputError, "no QC metrics of sample T1"),
        (("--samples", "nowhere"), MissingInputError, "sheet"),
    ],
)
def test_interpret__refuses(tmp_path: Path, arguments: tuple[str, ...], error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        run("interpret", "--calls", calls(tmp_path), *arguments, "--output", tmp_path / "f.json")
    assert not (tmp_path / "f.json").exists()


def test_interpret__refuses_a_sheet_of_others(tmp_path: Path) -> None:
    other = sheet(tmp_path, SHEET.format("").replace("N1", "N2"))
    with pytest.raises(ConfigError, match="gives N2 as normal of T1"):
        run("interpret", "--calls", calls(tmp_path), "--samples", other, "--output", tmp_path / "f.json")
    with pytest.raises(InputError, match="no identifier"):
        run("interpret", "--calls", calls(tmp_path, "T 1/x"), "--output", tmp_path / "f.json")


def test_knowledge__imports_lists_and_serves(tmp_path: Path) -> None:
    row = ["BRAF", "codon V600", "V600", "Melanoma", "Drug X", "", "Predictive", "Supports", "Resistance", "A", "",
           "PMID:1", "", "no", "", ""]  # fmt: skip
    # A table written before the last columns were there is read as well.
    (tmp_path / "own.tsv").write_text("\t".join(COLUMNS[:16]) + "\n" + "\t".join(row) + "\n")
    done = run("knowledge", "import", "--source", "table", "--from", tmp_path / "own.tsv", "--output", tmp_path / "k",
               "--release", "2031-03")  # fmt: skip
    assert "table 2031-03: 1 rows" in done.output
    listed = [
        line.split("\t")[:2] for line in run("knowledge", "list", "--knowledge", tmp_path / "k").output.splitlines()
    ]
    assert [name for name, _ in listed] == ["table", "targets"] and listed[0][1] == "2031-03"
    run("interpret", "--calls", calls(tmp_path), "--diagnosis", "MEL", "--knowledge", tmp_path / "k", "--no-targets",
        "--output", tmp_path / "f.json")  # fmt: skip
    made = read_findings(tmp_path / "f.json")
    assert [e.therapies for e in made.variants[0].evidence] == [["Drug X"]]
    assert not made.variants[0].evidence[0].checked and made.variants[0].tier.level == "A"
    assert [s.name for s in made.provenance.knowledge] == ["table"]


def test_knowledge__choices_are_the_sources() -> None:
    shown = CliRunner().invoke(cli, ["knowledge", "import", "--help"]).output
    assert f"[{'|'.join(source.name for source in SOURCES)}]" in "".join(shown.split())
    refused = CliRunner().invoke(cli, ["knowledge", "import", "--source", "no", "--from", ".", "--output", "x"])
    assert refused.exit_code == 2 and "'no' is not one of" in refused.output


def test_knowledge__an_imported_release_of_the_targets_takes_the_place_of_the_shipped(tmp_path: Path) -> None:
    from oncopipe.knowledge.sources import import_source, read_knowledge
    from oncopipe.knowledge.statements import format_statements, shipped_targets

    (tmp_path / "t.tsv").write_text(format_statements(shipped_targets()[:5]))
    import_source("targets", tmp_path / "t.tsv", tmp_path / "k", "old")
    statements, sources = read_knowledge(tmp_path / "k")
    assert [(s.name, s.release) for s in sources] == [("targets", "old")] and len(statements["targets"]) == 5
    manifest = json.loads((tmp_path / "k" / "targets.manifest.json").read_text())
    assert manifest["n_rows"] == 5
