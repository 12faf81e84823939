"""What a run says of its failures: from the engine's own words to patient, step, log and reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from oncopipe.cli.failures import Failure, failures_in, failures_text
from oncopipe.data.samples import Sample, SampleSheet

SHEET = SampleSheet((Sample("P1", "T1", "tumor", bam="a.bam"), Sample("P1", "T1.b", "tumor", bam="b.bam")))
BLOCK = """[Tue Nov 24 10:07:53 2026]
Error in rule call_collect:
    message: None
    jobid: 9
    input: a.bam
    output: results/calling/P1/T1/part-0002.parquet
    log: results/logs/call_collect/P1/T1.0002.log (check log file(s) for error details)
    shell:
        oncopipe call collect
        (command exited with non-zero exit code)
Execute 1 jobs...
"""
GROUP = """[Tue Nov 24 10:07:53 2026]
    jobs:
        rule annotate:
            jobid: 1
            output: results/patients/P1/T1.b.annotated.vcf.gz, results/patients/P1/T1.b.annotated.vcf.gz.tbi
            log: results/logs/annotate/P1/T1.b.log (check log file(s) for error details)
        rule report:
            jobid: 2
            output: results/patients/P1/T1.b.report.html
            log: results/logs/report/P1/T1.b.log (check log file(s) for error details)

rule annotate:
    log: results/logs/annotate/P9/X.log
"""


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_failures_in__a_step_and_a_group() -> None:
    assert failures_in(BLOCK + GROUP) == [
        Failure("call_collect", "results/logs/call_collect/P1/T1.0002.log"),
        Failure("annotate", "results/logs/annotate/P1/T1.b.log"),
        Failure("report", "results/logs/report/P1/T1.b.log"),
    ]


def test_failures_in__what_a_later_attempt_mended_is_no_failure(tmp_path: Path) -> None:
    part = tmp_path / "results/calling/P1/T1/part-0002.parquet"
    part.parent.mkdir(parents=True)
    part.touch()
    assert failures_in(BLOCK) == []


def test_failures_text__names_patient_step_reason_and_log(tmp_path: Path) -> None:
    log = tmp_path / "results/logs/call_collect/P1/T1.0002.log"
    log.parent.mkdir(parents=True)
    log.write_text("collecting\noncopipe: the BAM is cut short\n  where: a.bam\n")
    engine = tmp_path / "engine.log"
    engine.write_text(BLOCK + GROUP)
    text = failures_text([str(engine)], SHEET)
    assert "patient P1, sample T1: call_collect: the BAM is cut short" in text
    assert "log: results/logs/call_collect/P1/T1.0002.log" in text
    assert "patient P1, sample T1.b: annotate" in text


def test_failures_text__an_earlier_report_that_still_stands_is_called_so(tmp_path: Path) -> None:
    for sample in ("T1", "T1.b"):
        report = tmp_path / f"results/patients/P1/{sample}.report.html"
        report.parent.mkdir(parents=True, exist_ok=True)
        report.touch()
    engine = tmp_path / "engine.log"
    engine.write_text(BLOCK)
    text = failures_text([str(engine)], SHEET).partition("REPORTS OF AN EARLIER RUN")[2]
    assert "results/patients/P1/T1.report.html" in text and "T1.b.report.html" not in text
    engine.write_text(BLOCK.replace("call_collect", "export_maf"))
    assert "EARLIER RUN" not in failures_text([str(engine)], SHEET)


def test_failures_text__a_step_of_all_patients(tmp_path: Path) -> None:
    engine = tmp_path / "engine.log"
    engine.write_text("Error in rule stage_reference:\n    jobid: 1\n    log: results/logs/stage_reference.log\n")
    assert "all patients: stage_reference" in failures_text([str(engine)], SHEET)
    engine.write_text("all is well\n")
    assert failures_text([str(engine)], SHEET) == ""
