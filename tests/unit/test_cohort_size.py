"""The page of a cohort of one sample, and of two thousand."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import pytest

from oncopipe.data.samples import Sample, SampleSheet
from oncopipe.report import write_cohort
from tests import findings_builder as build
from tests.peak import peak_of

MOST_MEMORY = 500 * 1024  # kB


def put(results: Path, n: int) -> SampleSheet:
    """Findings and the mark of a report of `n` tumors, each with BRAF and a gene of its own."""
    text = json.dumps(build.findings([build.braf_v600e(), build.nras_q61r()]).model_dump(mode="json"))
    sheet = sheet_of(n)
    for i, sample in enumerate(sheet):
        name = sample.sample
        folder = results / "patients" / name
        folder.mkdir(parents=True)
        own = text.replace('"P01-T"', f'"{name}"').replace('"P01"', f'"{name}"').replace('"NRAS"', f'"GENE{i % 40}"')
        (folder / f"{name}.findings.json").write_text(own)
    return sheet


def sheet_of(n: int) -> SampleSheet:
    return SampleSheet(tuple(Sample(f"S{i:04d}", f"S{i:04d}", "tumor", diagnosis="MEL") for i in range(n)))


def marked(results: Path, sheet: SampleSheet) -> None:
    """What a cohort reads of a report: the digest of its findings."""

    for sample in sheet:
        folder = results / "patients" / sample.patient
        digest = hashlib.sha256((folder / f"{sample.sample}.findings.json").read_bytes()).hexdigest()
        head = f'<meta name="oncopipe:footer" content="{sample.patient} · {sample.sample} · sha256 {digest[:12]}">'
        (folder / f"{sample.sample}.report.html").write_text(head)


@pytest.mark.parametrize("n", [1, 2000])
def test_write_cohort__of_one_and_of_two_thousand(tmp_path: Path, n: int) -> None:
    sheet = put(tmp_path, n)
    marked(tmp_path, sheet)
    status, peak = peak_of("-m", "tests.unit.test_cohort_size", str(tmp_path), str(n))
    assert status == 0 and peak < MOST_MEMORY
    page = (tmp_path / "cohort" / "index.html").read_text()
    assert len(page.encode()) < 2_500_000 and page.count(".report.html") == n
    assert (tmp_path / "cohort" / "samples.tsv").read_text().count("\n") == n + 1
    assert (tmp_path / "cohort" / "variants.tsv").read_text().count("\n") == 2 * n + 1
    assert "BRAF" in (tmp_path / "cohort" / "oncoplot.svg").read_text()


if __name__ == "__main__":  # a process of its own, whose memory can be told
    results, number = Path(sys.argv[1]), int(sys.argv[2])
    summary = write_cohort(sheet_of(number), results, results / "cohort")
    sys.exit(0 if f"tumor samples: {number}, done: {number}, without a report: 0" in summary else 1)
