"""The cohort's tables tell of every sample that the sheet asks for, and by name of those that have no result."""

from __future__ import annotations

import csv
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner

from oncopipe.cli.cohort import command
from oncopipe.cli.main import main
from oncopipe.data.findings import Findings
from oncopipe.io.findings import write_findings
from oncopipe.report import write_report
from oncopipe.report.catalogue import words
from oncopipe.report.cohort_figures import MAX_GENES, GeneCounts
from oncopipe.report.tsv import tsv_cell
from tests import findings_builder as build

HEADER = "patient\tsample\trole\tfastq_1\tfastq_2\tbam\tdiagnosis\n"


def sheet_of(folder: Path, samples: list[str], normals: tuple[str, ...] = ()) -> Path:
    """A sheet with a tumor `P-T` for each patient, and a normal `P-N` for those named."""
    rows = [f"{p}\t{p}-T\ttumor\t\t\t{p}-T.bam\tMEL\n" for p in samples]
    rows += [f"{p}\t{p}-N\tnormal\t\t\t{p}-N.bam\t\n" for p in normals]
    path = folder / "samples.tsv"
    path.write_text(HEADER + "".join(rows))
    return path


def put(results: Path, findings: Findings, patient: str, *, name: str | None = None, report: bool = True) -> None:
    """Findings of `patient` (as `name` where they claim another) and the report in their place."""
    identity = build.identity(patient=name or patient, sample=f"{name or patient}-T")
    findings = findings.model_copy(update={"identity": identity})
    folder = results / "patients" / patient
    folder.mkdir(parents=True, exist_ok=True)
    write_findings(findings, folder / f"{patient}-T.findings.json")
    if report:
        write_report(findings, folder / f"{patient}-T.report.html")


def run(folder: Path, sheet: Path) -> tuple[str, dict[str, dict[str, str]], list[dict[str, str]]]:
    """Printed summary, samples by id, variants."""
    output = folder / "results" / "cohort"
    arguments = ["--samples", str(sheet), "--results", str(folder / "results"), "--output", str(output)]
    result = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    assert result.output == (output / "summary.txt").read_text()
    return result.output, {r["sample"]: r for r in table(output / "samples.tsv")}, table(output / "variants.tsv")


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """Done, failing quality, called only, untouched, unreadable, another's, without report."""
    results = tmp_path / "results"
    put(results, build.melanoma(), "GOOD")
    put(results, build.failed(), "RED")
    put(results, build.melanoma(), "SWAP", name="GOOD")
    put(results, build.findings([]), "BARE", report=False)
    put(results, build.melanoma(), "TORN")
    (results / "patients" / "TORN" / "TORN-T.findings.json").write_text('{"format_version": "1.0"}')
    (results / "patients" / "HALF").mkdir()
    (results / "patients" / "HALF" / "HALF-T.somatic.vcf.gz").write_bytes(b"")
    sheet_of(tmp_path, ["GOOD", "RED", "SWAP", "BARE", "TORN", "HALF", "NONE"], ("GOOD",))
    return tmp_path


def test_cohort__tells_what_became_of_each_sample(mixed: Path) -> None:
    _, samples, _ = run(mixed, mixed / "samples.tsv")
    told = {name: (row["status"], row["reason"]) for name, row in samples.items()}
    assert told == {
        "GOOD-T": ("done", ""),
        "RED-T": ("done", ""),
        "SWAP-T": ("failed", "its findings speak of patient GOOD, sample GOOD-T"),
        "BARE-T": ("failed", "interpreted, no report"),
        "TORN-T": ("failed", "the findings are not valid: Field required (and 6 more)"),
        "HALF-T": ("failed", "called, not annotated"),
        "NONE-T": ("missing", "no calls and no findings"),
    }
    good = samples["GOOD-T"]
    assert [good[f"n_tier_{t}"] for t in ("i", "ii", "iii", "iv")] == ["1", "2", "12", "1"]
    assert (good["n_variants"], good["top_finding"], good["normal"]) == ("16", "BRAF p.V600E (I-A)", "GOOD-N")
    assert samples["NONE-T"]["n_variants"] == "" and samples["BARE-T"]["n_variants"] == "0"


def test_cohort__summary_names_who_failed_and_why(mixed: Path) -> None:
    summary, _, _ = run(mixed, mixed / "samples.tsv")
    assert summary.startswith("patients: 7, tumor samples: 7, done: 2, without a report: 5\n")
    for line in (
        "  patient NONE, sample NONE-T: missing: no calls and no findings\n",
        "  patient HALF, sample HALF-T: failed: called, not annotated\n",
        "failed quality control: 1\n  patient RED, sample RED-T: FAIL in P01-T: Contamination 11.7 %",
    ):
        assert line in summary


def test_cohort__variants_are_those_of_findings_that_can_be_trusted(mixed: Path) -> None:
    _, _, variants = run(mixed, mixed / "samples.tsv")
    assert {v["sample"] for v in variants} == {"GOOD-T", "RED-T"}
    assert len(variants) == 16 + 2
    first = variants[0]
    assert (first["gene"], first["position"], first["tier"], first["level"]) == ("BRAF", "140453136", "I", "A")
    assert float(first["vaf"]) == pytest.approx(96 / 281, abs=1e-6)
    assert "EID1409" in first["evidence"].split(",")


def test_cohort__page_links_reports_that_exist_and_is_private(mixed: Path) -> None:
    run(mixed, mixed / "samples.tsv")
    cohort = mixed / "results" / "cohort"
    html = (cohort / "index.html").read_text(encoding="utf-8")
    links = [part.split('"')[0] for part in html.split('<a href="')[1:] if not part.startswith("#")]
    assert [(cohort / link).resolve().is_file() for link in links] == [True, True]
    assert "called, not annotated" in html and "SYNTHETIC" in html and html.count("<script") == 2
    assert {stat.S_IMODE(p.stat().st_mode) for p in cohort.iterdir()} == {0o640}


def test_cohort__gives_the_same_bytes_again(mixed: Path) -> None:
    run(mixed, mixed / "samples.tsv")
    cohort = mixed / "results" / "cohort"
    before = {p.name: p.read_bytes() for p in cohort.iterdir()}
    run(mixed, mixed / "samples.tsv")
    assert {p.name: p.read_bytes() for p in cohort.iterdir()} == before
    assert set(before) == {"samples.tsv", "variants.tsv", "summary.txt", "index.html", "oncoplot.svg"}


def test_cohort__hostile_text_is_inert(tmp_path: Path) -> None:
    put(tmp_path / "results", build.hostile(), "P1")
    formula = build.findings([build.variant("=HYPERLINK(1)", "+1\tx\ny", 3, 9)])
    put(tmp_path / "results", formula, "P2")
    _, _, variants = run(tmp_path, sheet_of(tmp_path, ["P1", "P2"]))
    assert len(variants) == 3
    assert variants[2]["gene"] == "'=HYPERLINK(1)"
    html = (tmp_path / "results" / "cohort" / "index.html").read_text(encoding="utf-8")
    assert html.count("<script") == 2 and "<img" not in html and html.count("</style>") == 1


def test_cohort__results_folder_must_exist(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sheet = sheet_of(tmp_path, ["P1"])
    with pytest.raises(SystemExit) as stop:
        main(["cohort", "--samples", str(sheet), "--results", str(tmp_path / "no"), "--output", str(tmp_path / "c")])
    assert stop.value.code == 66
    assert "there is no results folder" in capsys.readouterr().err
    assert not (tmp_path / "c").exists()


def test_cohort__what_an_earlier_run_left_of_a_failed_sample_is_not_done(mixed: Path) -> None:
    log = mixed / "engine.log"
    log.write_text(
        "Error in rule call_collect:\n    jobid: 9\n    output: results/calling/GOOD/GOOD-T/part-0002.parquet\n"
        "    log: results/logs/call_collect/GOOD/GOOD-T.0002.log (check log file(s) for error details)\n"
    )
    output = mixed / "results" / "cohort"
    arguments = [
        "--samples",
        str(mixed / "samples.tsv"),
        "--results",
        str(mixed / "results"),
        "--output",
        str(output),
    ]
    result = CliRunner().invoke(command, [*arguments, "--engine-log", str(log)], catch_exceptions=False)
    row = next(r for r in table(output / "samples.tsv") if r["sample"] == "GOOD-T")
    assert (row["status"], row["n_variants"]) == ("failed", "")
    assert row["reason"] == "call_collect failed; what stands of it is of an earlier run"
    assert "sample GOOD-T: failed: call_collect failed" in result.output
    assert "GOOD-T.report.html" not in (output / "index.html").read_text()
    assert {v["sample"] for v in table(output / "variants.tsv")} == {"RED-T"}


def test_cohort__a_report_of_other_findings_is_not_done(mixed: Path) -> None:
    path = mixed / "results" / "patients" / "GOOD" / "GOOD-T.findings.json"
    path.write_text(path.read_text() + "\n")
    _, samples, _ = run(mixed, mixed / "samples.tsv")
    assert samples["GOOD-T"]["status"] == "failed"
    assert samples["GOOD-T"]["reason"].startswith("its report is of other findings")


def test_cohort__findings_of_other_calls_are_not_used(mixed: Path) -> None:
    (mixed / "results" / "patients" / "GOOD" / "GOOD-T.annotated.vcf.gz").write_bytes(b"newer calls")
    _, samples, variants = run(mixed, mixed / "samples.tsv")
    assert samples["GOOD-T"]["reason"].startswith("its findings were made from other calls")
    assert {v["sample"] for v in variants} == {"RED-T"}


def test_oncoplot__ranks_genes_by_samples_with_actionable_variants() -> None:
    counts = GeneCounts()
    for i in range(3):
        for variant in [build.variant("COMMON", "p.A1T", 9, 90), *build.unknowns(200)]:
            counts.add(f"S{i}", variant)
    counts.add("S0", build.braf_v600e())
    plot = counts.oncoplot(["S0", "S1", "S2"], frozenset({"S2"}))
    assert [row.name for row in plot.rows][:2] == ["BRAF", "COMMON"]
    assert len(plot.rows) == MAX_GENES and plot.n_genes_left_out > 0
    assert plot.doubtful.count("M") == 1
    braf = [cell for cell in plot.cells if "BRAF" in words(cell.words)]
    assert [(c.letter, c.is_actionable, words(c.words)) for c in braf] == [("M", True, "S0, BRAF: missense")]


def test_oncoplot__of_two_thousand_samples_is_small() -> None:
    counts = GeneCounts()
    samples = [f"S{i}" for i in range(2000)]
    for i, sample in enumerate(samples):
        for k in range(25):
            if (i * (k + 3)) % 7 == 0:
                counts.add(sample, build.variant(f"G{k}", "p.A1T", 9, 90))
    plot = counts.oncoplot(samples)
    assert plot.cells == () and plot.left + plot.ground <= plot.width
    assert sum(len(area.path) for area in plot.areas) < 500_000
    assert plot.rows[0].n == sum(1 for s in samples if s in counts.by_gene[plot.rows[0].name])


@pytest.mark.parametrize("value", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", '"=1+1"', "\uff1d1+1"])
def test_tsv_cell__defuses_formulas(value: str) -> None:
    assert tsv_cell(value).startswith("'")
