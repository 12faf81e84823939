"""The whole workflow on real reads: two people mixed. It must find the alleles and call the sample unfit."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

import pytest

from oncopipe.io.bed import read_bed
from oncopipe.io.fasta import open_reference
from oncopipe.validation import compare_calls, metrics_of
from oncopipe.validation.metrics import table_of
from tests.workflow.conftest import run_in

pytestmark = [pytest.mark.real, pytest.mark.workflow]


def test_workflow__mixed_people_to_a_red_report(real_data: Path, tmp_path: Path) -> None:
    there = real_data / "admix"
    (tmp_path / "samples.tsv").write_text(
        "patient\tsample\trole\tbam\tdiagnosis\n"
        f"ADMIX\tHG2inNA_T50\ttumor\t{there}/tumor_f50.bam\tLUAD\nADMIX\tHG2inNA_N\tnormal\t{there}/normal.bam\t\n"
    )
    config = {
        "samples": "samples.tsv",
        "reference": {
            "fasta": str(there / "reference.fa.gz"),
            "genes": str(real_data / "genes" / "civic_genes.GRCh37.gff3.gz"),
            "build": "GRCh37",
        },
        "resources": {"regions": str(there / "regions.bed"), "sites": str(there / "sites.vcf")},
        "scatter": 3,
    }
    (tmp_path / "config.yaml").write_text(json.dumps(config))
    run = (sys.executable, "-m", "oncopipe.cli.main", "run", "--config", "config.yaml", "--cores", "2")
    done = run_in(tmp_path, *run)
    assert done.returncode == 0, done.stdout
    assert "failed quality control: 1" in done.stdout and "contamination" in done.stdout

    patient = tmp_path / "results" / "patients" / "ADMIX"
    with open_reference(there / "reference.fa.gz") as genome:
        regions = read_bed(there / "regions.bed", genome.lengths)
        calls = patient / "HG2inNA_T50.somatic.vcf.gz"
        metrics = metrics_of(compare_calls(there / "truth.vcf", calls, genome, regions))
    print(f"\nadmix f50 through the workflow\n{table_of(metrics)}")
    assert metrics["snv"]["recall"] >= 0.90 and metrics["snv"]["fp"] <= 6

    findings = json.loads((patient / "HG2inNA_T50.findings.json").read_text())
    assert findings["quality"]["status"] == "FAIL"
    with (tmp_path / "results" / "qc" / "HG2inNA_T50.metrics.tsv").open(newline="") as table:
        values = {row["metric"]: row["value"] for row in csv.DictReader(table, delimiter="\t")}
    assert float(values["contamination_low"]) <= 0.5 <= float(values["contamination_high"])
    assert "FAIL" in (patient / "HG2inNA_T50.report.html").read_text()
