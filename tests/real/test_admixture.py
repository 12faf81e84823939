"""The workflow on real reads of two people mixed: calls are good, and the report is red, with the contamination named."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from oncopipe.io.bed import read_bed
from oncopipe.io.fasta import open_reference
from oncopipe.io.findings import read_findings
from oncopipe.validation import compare_calls, metrics_of
from oncopipe.validation.metrics import table_of
from tests.workflow.conftest import ROOT, environment

pytestmark = [pytest.mark.real, pytest.mark.workflow]

CONFIG = """
samples: samples.tsv
reference: {{fasta: "{admix}/reference.fa.gz", genes: "{data}/genes/civic_genes.GRCh37.gff3.gz", build: GRCh37}}
resources: {{regions: "{admix}/regions.bed", sites: "{admix}/sites.vcf"}}
scatter: 3
"""


def test_admixture__calls_are_good_and_the_report_is_red(real_data: Path, tmp_path: Path) -> None:
    admix = (real_data / "admix").resolve()
    normal = sample_name(admix / "normal.bam")
    tumor = sample_name(admix / "tumor_f50.bam")
    (tmp_path / "config.yaml").write_text(CONFIG.format(admix=admix, data=real_data.resolve()))
    (tmp_path / "samples.tsv").write_text(
        "patient\tsample\trole\tbam\tdiagnosis\n"
        f"ADMIX\t{tumor}\ttumor\t{admix}/tumor_f50.bam\tLUAD\n"
        f"ADMIX\t{normal}\tnormal\t{admix}/normal.bam\t\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", "-s", str(ROOT / "Snakefile"), "--configfile", "config.yaml", "--cores", "2"],
        cwd=tmp_path, env=environment(), capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    folder = tmp_path / "results" / "patients" / "ADMIX"
    with open_reference(admix / "reference.fa.gz") as genome:
        regions = read_bed(admix / "regions.bed", genome.lengths)
        compared = compare_calls(admix / "truth.vcf", folder / f"{tumor}.somatic.vcf.gz", genome, regions)
    metrics = metrics_of(compared)
    print("\n" + table_of(metrics))
    assert metrics["snv"]["recall"] >= 0.90 and metrics["snv"]["tp"] + metrics["snv"]["fn"] == 81
    assert metrics["snv"]["fp"] <= 6
    findings = read_findings(folder / f"{tumor}.findings.json")
    assert findings.quality.status == "FAIL"
    (contamination,) = (m for m in findings.quality.metrics if m.metric == "contamination" and m.sample == tumor)
    print(f"contamination estimate {contamination.value} {contamination.unit}, status {contamination.status}")
    assert contamination.status == "FAIL" and isinstance(contamination.value, float)
    share = contamination.value / (100 if contamination.unit == "%" else 1)
    assert 0.4 <= share <= 0.6
    assert "FAIL" in (folder / f"{tumor}.report.html").read_text()


def sample_name(bam: Path) -> str:
    import pysam

    with pysam.AlignmentFile(str(bam)) as file:
        return str(file.header.to_dict()["RG"][0]["SM"])
