"""A headless Chromium, where there is one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from oncopipe.data.samples import Sample, SampleSheet
from oncopipe.io.findings import write_findings
from oncopipe.io.limits import Limits, Site, SiteLimit
from oncopipe.report import write_cohort, write_report
from oncopipe.report.content import Beside
from oncopipe.report.reads import draw
from oncopipe.report.selection import InMemory
from oncopipe.report.signoff import amend, sign
from oncopipe.report.stacks import collect_stacks
from tests.findings_builder import CASES, findings, identity
from tests.unit import test_report_reads as reads

# At its fullest, page one also tells what has changed.
BESIDE = {"fullest": Beside(earlier=(InMemory(CASES["melanoma"]()),))}


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium of the system. Absent: skip, or fail where `ONCOPIPE_REQUIRE_BROWSER=1` says that it must be there."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        if os.environ.get("ONCOPIPE_REQUIRE_BROWSER") == "1":
            pytest.fail("ONCOPIPE_REQUIRE_BROWSER=1, but there is no chromium on PATH")
        pytest.skip("no chromium on PATH: the report is not looked at in a browser")
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield running
        running.close()


@pytest.fixture(scope="session")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The report of every case."""
    folder = tmp_path_factory.mktemp("reports")
    for name, make in CASES.items():
        write_report(make(), folder / f"{name}.html", beside=BESIDE.get(name))
    return {name: folder / f"{name}.html" for name in CASES}


@pytest.fixture(scope="session")
def amended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report at its fullest, amended with a long reason, of a patient with two earlier samples and measured limits."""
    folder = tmp_path_factory.mktemp("amended")
    first, last = InMemory(CASES["rich"]()), InMemory(CASES["fullest"]())
    sign(
        first, folder / "s.json", name="Dr. A. Long-Hyphenated Name", role="molecular pathologist", date="2031-03-11"
    )
    record = amend(
        last, folder / "s.json", name="Dr. B. Another", role="head of the laboratory", date="2031-04-02",
        reason="The calls were made again with the regions of the assay's second version, after a complaint of the board",
    )  # fmt: skip
    sites = [Site(f"GENE{i // 9}", f"codon A{i}", "snv", "chr1", 10 * i, 10 * i + 3) for i in range(400)]
    limits = Limits(tuple(SiteLimit(site, 37 * i % 900, 0.03) for i, site in enumerate(sites)), "P01-T")
    earlier = tuple(InMemory(CASES[name]()) for name in ("melanoma", "crowded"))
    write_report(last.head, folder / "r.html", beside=Beside(earlier=earlier, signoff=record, limits=limits))
    return folder / "r.html"


@pytest.fixture(scope="session")
def axe() -> str:
    """The script of axe-core, where somebody has put it (`npm install axe-core`): a second opinion, never needed."""
    path = Path(os.environ.get("ONCOPIPE_AXE", "node_modules/axe-core/axe.min.js"))
    if not path.is_file():
        pytest.skip("no axe-core: ONCOPIPE_AXE names no axe.min.js")
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a cohort with a sample of each kind."""
    folder = tmp_path_factory.mktemp("cohort")
    samples = [Sample("LOST", "LOST-T", "tumor", diagnosis="MEL")]
    for name, make in CASES.items():
        if name in ("hostile", "many_unknown"):
            continue
        patient = name.replace("_", "-")
        made = make()
        made = made.model_copy(update={"identity": identity(patient=patient, sample=f"{patient}-T", normal=None)})
        place = folder / "patients" / patient
        write_findings(made, place / f"{patient}-T.findings.json")
        write_report(made, place / f"{patient}-T.report.html")
        samples.append(Sample(patient, f"{patient}-T", "tumor", diagnosis="MEL"))
    write_cohort(SampleSheet(tuple(samples)), folder, folder / "cohort")
    return folder / "cohort" / "index.html"


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report with stacks of reads."""
    folder = tmp_path_factory.mktemp("drawn")
    alternate = reads.OTHER[reads.GENOME[reads.SITE]]
    change = reads.change(reads.GENOME[reads.SITE], alternate)
    rows = [reads.plain(f"r{i}", reads.SITE - 40 + i, 16 * (i % 2), {reads.SITE: alternate}) for i in range(20)]
    bam = reads.write_bam(folder / "t.bam", rows)
    pileups = draw(collect_stacks([change], reads.fasta(folder), ("T", bam), None))
    write_report(findings([change]), folder / "r.html", beside=Beside(pileups=pileups))
    return folder / "r.html"
