"""A configuration and a sheet from a folder or another pipeline's sheet: what is written, `preflight` can read."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from oncopipe.cli.init import command
from oncopipe.data.config import read_config
from oncopipe.data.samples import SampleSheet, read_sample_sheet
from oncopipe.errors import ConfigError, OutputError


def init(folder: Path, *arguments: str) -> SampleSheet:
    CliRunner().invoke(command, [*arguments, "--output", str(folder / "config")], catch_exceptions=False)
    config = read_config(folder / "config" / "config.yaml", check_files=False)
    return read_sample_sheet(config.samples, check_files=False)


def test_init__from_a_folder_of_reads(tmp_path: Path) -> None:
    reads = tmp_path / "reads"
    (reads / "run 2").mkdir(parents=True)
    lanes = [f"P1-T_S1_L00{lane}_R{mate}_001.fastq.gz" for lane in (1, 2) for mate in (1, 2)]
    for name in (*lanes, "P1_normal.bam", "P1_normal.bam.bai", "run 2/Met astasis.cram"):
        (reads / name).touch()
    sheet = init(tmp_path, "--from-folder", str(reads))
    assert sheet.patients() == ["Met-astasis", "P1"]
    assert [(s.sample, s.role, s.form, len(s.lanes)) for s in sheet] == [
        ("Met-astasis", "tumor", "cram", 0),
        ("P1-T", "tumor", "fastq", 2),
        ("P1_normal", "normal", "bam", 0),
    ]
    assert sheet.sample("P1-T").lanes[1].fastq_2.endswith("L002_R2_001.fastq.gz")


def test_init__a_mate_alone_is_named(tmp_path: Path) -> None:
    (tmp_path / "P1-T_R1.fastq.gz").touch()
    with pytest.raises(ConfigError, match="has no mate"):
        init(tmp_path, "--from-folder", str(tmp_path))


def test_init__from_sarek(tmp_path: Path) -> None:
    path = tmp_path / "sarek.csv"
    path.write_text(
        "patient,sex,status,sample,lane,fastq_1,fastq_2\n"
        "P1,XX,0,P1_N,L1,n_1.fq.gz,n_2.fq.gz\nP1,XX,1,P1_T,L1,a_1.fq.gz,a_2.fq.gz\nP1,XX,1,P1_T,L2,b_1.fq.gz,b_2.fq.gz\n"
    )
    sheet = init(tmp_path, "--from-sarek", str(path))
    (tumor,) = sheet.tumors()
    normal = sheet.normal("P1")
    assert normal is not None and normal.sample == "P1_N"
    assert (tumor.sample, tumor.sex, len(tumor.lanes)) == ("P1_T", "female", 2)


def test_init__from_hydra(tmp_path: Path) -> None:
    path = tmp_path / "units.tsv"
    path.write_text(
        "sample\ttype\tplatform\tmachine\tflowcell\tlane\tbarcode\tfastq1\tfastq2\tadapter\n"
        "A\tT\tILLUMINA\tm\tf\tL1\tb\ta_1.fq.gz\ta_2.fq.gz\tx\nA\tN\tILLUMINA\tm\tf\tL1\tb\tn_1.fq.gz\tn_2.fq.gz\tx\n"
        "A\tR\tILLUMINA\tm\tf\tL1\tb\tr_1.fq.gz\tr_2.fq.gz\tx\n"
    )
    assert [(s.patient, s.sample, s.role) for s in init(tmp_path, "--from-hydra", str(path))] == [
        ("A", "A_T", "tumor"),
        ("A", "A_N", "normal"),
    ]


def test_init__never_overwrites(tmp_path: Path) -> None:
    (tmp_path / "P1-T.bam").touch()
    init(tmp_path, "--from-folder", str(tmp_path))
    with pytest.raises(OutputError, match="would be overwritten"):
        init(tmp_path, "--from-folder", str(tmp_path))


@pytest.mark.parametrize(("text", "fault"), [("a,b\n", "no column"), ("patient,sample,status\nP,S,2\n", "neither 0")])
def test_init__what_is_no_sarek_sheet_is_refused(tmp_path: Path, text: str, fault: str) -> None:
    path = tmp_path / "sarek.csv"
    path.write_text(text)
    with pytest.raises(ConfigError, match=fault):
        init(tmp_path, "--from-sarek", str(path))
