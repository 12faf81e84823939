"""The demo, as a newcomer runs it, with the network off: every planted variant is reported, and nothing else is actionable."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from oncopipe.io.findings import read_findings
from tests.golden import golden_text
from tests.workflow.conftest import environment

GOLDEN = Path(__file__).parent / "golden" / "demo.json"
pytestmark = [pytest.mark.workflow, pytest.mark.xdist_group("demo")]

# Where no namespace may be made, every connection is refused from inside Python instead.
GUARD = """
import socket
def refuse(*arguments, **named):
    raise OSError("the network is off")
socket.socket.connect = socket.socket.connect_ex = socket.create_connection = socket.getaddrinfo = refuse
"""


def without_network(folder: Path) -> tuple[list[str], dict[str, str]]:
    """What to put in front of a command, and an environment, so that it has no network."""
    for prefix in (["unshare", "-n"], ["unshare", "-r", "-n"]):
        try:
            if subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode == 0:
                return prefix, environment()
        except OSError:
            continue
    (folder / "sitecustomize.py").write_text(GUARD)
    env = environment()
    return [], env | {"PYTHONPATH": f"{folder}:{env['PYTHONPATH']}"}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo cohort after the whole workflow."""
    folder = tmp_path_factory.mktemp("demo")
    prefix, env = without_network(folder)
    oncopipe = [sys.executable, "-m", "oncopipe.cli.main"]
    for arguments in (["demo", "--output", "cohort"], ["run", "--config", "config.yaml", "--cores", "2"]):
        place = folder if arguments[0] == "demo" else folder / "cohort"
        done = subprocess.run([*prefix, *oncopipe, *arguments], cwd=place, env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return folder / "cohort"


def expected(demo: Path) -> dict[str, list[dict[str, str]]]:
    with (demo / "expected.tsv").open() as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    return {sample: [r for r in rows if r["sample"] == sample] for sample in dict.fromkeys(r["sample"] for r in rows)}


def findings_of(demo: Path) -> list[Path]:
    """The findings of every sample with planted variants, and of those without."""
    paths = sorted(demo.glob("results/patients/*/*.findings.json"))
    assert {path.name.removesuffix(".findings.json") for path in paths} >= set(expected(demo)) > set()
    return paths


def test_demo__every_planted_variant_is_named_and_nothing_else_is_actionable(demo: Path) -> None:
    for sample, planted in expected(demo).items():
        (path,) = demo.glob(f"results/patients/*/{sample}.findings.json")
        findings = read_findings(path)
        assert findings.identity.synthetic and findings.quality.status == "PASS"
        names = {(v.gene, v.hgvs_p_short or "", v.tier.tier) for v in findings.variants}
        assert {(r["gene"], r["hgvs_p"], r["tier"]) for r in planted} <= names
        actionable = {(v.gene, v.hgvs_p_short) for v in findings.actionable()}
        assert actionable == {(r["gene"], r["hgvs_p"]) for r in planted if r["tier"] in ("I", "II")}
        for row in planted:
            found = next(
                v for v in findings.variants if v.gene == row["gene"] and (v.hgvs_p_short or "") == row["hgvs_p"]
            )
            assert found.tumor.vaf_low - 0.02 <= float(row["fraction"]) <= found.tumor.vaf_high + 0.02


def test_demo__germline_variants_are_not_called(demo: Path) -> None:
    import pysam

    with pysam.VariantFile(str(demo / "resources" / "population.vcf.gz")) as file:
        common = {(r.contig, r.pos, r.alts[0]) for r in file if r.alts}
    assert common
    for path in findings_of(demo):
        assert not common & {(v.chromosome, v.position, v.alternate) for v in read_findings(path).variants}


def test_demo__every_output_is_there_and_private(demo: Path) -> None:
    results = demo / "results"
    for sample in expected(demo):
        (folder,) = (p.parent for p in results.glob(f"patients/*/{sample}.findings.json"))
        for suffix in (
            "somatic.vcf.gz",
            "somatic.vcf.gz.tbi",
            "annotated.vcf.gz",
            "report.html",
            "vaf.svg",
            "reads.parquet",
            *(["report.pdf"] if find_spec("typst") else []),
            "maf",
            "evidence.parquet",
        ):
            path = folder / f"{sample}.{suffix}"
            assert path.stat().st_size > 0 and path.stat().st_mode & 0o007 == 0
        assert "SYNTHETIC" in (folder / f"{sample}.report.html").read_text()
        assert (folder / f"{sample}.maf").read_text().startswith("#version 2.4\n")
        assert (results / "qc" / f"{sample}.metrics.tsv").is_file()
    provenance = json.loads((results / "provenance.json").read_text())
    assert str(demo) not in json.dumps(provenance)
    assert "failed" not in (results / "cohort" / "samples.tsv").read_text()


def test_demo__two_time_points_are_two_reports(demo: Path) -> None:
    """The relapse is compared with the primary that was collected before it, and not the other way round."""
    first, second = (demo / f"results/patients/DEMO-CRC/CRC-T{n}.report.html" for n in (1, 2))
    assert "Compared with CRC-T1 (2024-01-25)" in second.read_text() and 'class="course"' in second.read_text()
    assert "No earlier report" in first.read_text() and 'class="course"' not in first.read_text()
    assert all('class="depths"' in path.read_text() for path in (first, second))


def test_demo__a_signoff_is_taken_up_by_the_next_run(demo: Path, tmp_path: Path) -> None:
    """Signed for findings; these change as the diagnosis is put right; amended: the report follows each time."""
    folder = tmp_path / "cohort"
    shutil.copytree(demo, folder, symlinks=True)  # with the engine's memory: it must see what is new
    stem, sheet = "results/patients/DEMO-LUAD/LUAD-T", folder / "samples.tsv"
    who = [
        "--findings",
        f"{stem}.findings.json",
        "--signoff",
        f"{stem}.signoff.json",
        "--name",
        "A. P.",
        "--role",
        "MD",
    ]

    def oncopipe(*arguments: str) -> str:
        command = [sys.executable, "-m", "oncopipe.cli.main", *arguments]
        done = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout

    def page_of_next_run(state: str) -> str:
        oncopipe("run", "--config", "config.yaml", "--cores", "2", "--", f"{stem}.report.html")
        page = (folder / f"{stem}.report.html").read_text()
        assert re.findall(r'<p class="state (\w+)"', page) == [state]
        return page

    oncopipe("report", "sign", *who, "--date", "2024-04-12")
    assert "Version 1, signed by A. P., MD, 2024-04-12" in page_of_next_run("signed")
    sheet.write_text(sheet.read_text().replace("\tLUAD\t", "\tCOADREAD\t"))
    assert "NOT THE SIGNED FINDINGS" in page_of_next_run("stale")
    said = oncopipe("report", "amend", *who, "--date", "2024-04-20", "--reason", "diagnosis put right")
    (moved,) = re.findall(r"EGFR p\.E746_A750del: tier I-A → \S+", said)
    page = page_of_next_run("amended")
    assert "AMENDED" in page and "diagnosis put right" in page and moved in page


def test_demo__speaks_russian_but_for_names(demo: Path, tmp_path: Path) -> None:
    """What stays English are names: of therapies, samples, sources, and what the sample sheet says."""
    from oncopipe.io.findings_stream import open_findings
    from oncopipe.report import write_report

    sheet_says = {"Demo panel 1", "SYNTHETIC FFPE block"}
    for path in findings_of(demo):
        findings = open_findings(path)
        therapies = {word for v in findings.variants() for e in v.evidence for t in e.therapies for word in t.split()}
        write_report(findings, tmp_path / "ru.html", language="ru")
        left = re.findall('<bdi lang="en">([^<]*)</bdi>', (tmp_path / "ru.html").read_text())
        other = {text for text in left if not set(re.findall(r"[\w-]{2,}", text)) <= therapies | {"FOLFOX-4"}}
        assert other - sheet_says == set()


def test_demo__every_export_is_made_and_passes(demo: Path) -> None:
    """The same run, asked for every format: only the exports are made, and other systems can read them."""
    from oncopipe.exports import FORMATS
    from tests.cbioportal_rules import faults

    for form in FORMATS:
        if form.package:
            pytest.importorskip(form.package, reason=f"{form.package} is not installed (extra {form.extra})")
    report = next(demo.glob("results/patients/*/*.report.html"))
    before = report.stat().st_mtime_ns
    names = ", ".join(form.name for form in FORMATS)
    config = (demo / "config.yaml").read_text()
    (demo / "exports.yaml").write_text(f"{config}export:\n  study: demo\n  formats: [{names}]\n")
    run = [sys.executable, "-m", "oncopipe.cli.main", "run", "--config", "exports.yaml", "--cores", "2"]
    done = subprocess.run(run, cwd=demo, env=environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert report.stat().st_mtime_ns == before
    made = demo / "results" / "exports"
    assert {p.name for p in made.iterdir()} == {form.suffix for form in FORMATS if form.makes != "file_each"}
    assert faults(made / "cbioportal") == []
    for form in FORMATS:
        if form.makes == "file_each":
            found = {p.name.removesuffix(form.suffix) for p in demo.glob(f"results/patients/*/*{form.suffix}")}
            assert found == set(expected(demo))
    assert all(p.stat().st_mode & 0o007 == 0 for p in made.rglob("*"))


def test_demo__findings_say_what_they_said(demo: Path) -> None:
    """`ONCOPIPE_WRITE_GOLDEN=1` writes the text anew; look at the difference before it is kept."""
    said = golden_text(read_findings(path) for path in findings_of(demo))
    if os.environ.get("ONCOPIPE_WRITE_GOLDEN") == "1":
        GOLDEN.write_text(said)
    assert said == GOLDEN.read_text()
