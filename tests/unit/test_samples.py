"""The sample sheet: what is read, and what is said about every fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from oncopipe.data.problems import ProblemsError
from oncopipe.data.samples import SampleSheet, read_sample_sheet
from oncopipe.errors import ConfigError, MissingInputError

HEADER = "patient\tsample\trole\tfastq_1\tfastq_2\tbam"


def sheet(folder: Path, *rows: str, header: str = HEADER, encoding: str = "utf-8", end: str = "\n") -> Path:
    path = folder / "samples.tsv"
    path.write_bytes(end.join([header, *rows, ""]).encode(encoding))
    return path


def problems(path: Path, *, check_files: bool = False) -> list[str]:
    with pytest.raises(ProblemsError) as caught:
        read_sample_sheet(path, check_files=check_files)
    return [str(problem) for problem in caught.value.problems]


def read(path: Path) -> SampleSheet:
    return read_sample_sheet(path, check_files=False)


def test_read_sample_sheet__lanes_are_merged_and_details_read(tmp_path: Path) -> None:
    path = sheet(
        tmp_path,
        "# a comment",
        "P1\tT1\ttumor\ta_1.fq.gz\ta_2.fq.gz\t\tLUAD\t0.4\tfemale\tno",
        "",
        "P1\tT1\ttumor\tb_1.fq.gz\tb_2.fq.gz\t",
        "P1\tN1\tnormal\t\t\tn.cram",
        header=HEADER + "\tdiagnosis\tpurity\tsex\tgermline_consent",
    )
    samples = read(path)
    tumor, normal = samples
    assert [lane.fastq_1 for lane in tumor.lanes] == ["a_1.fq.gz", "b_1.fq.gz"]
    assert tumor.files() == ("a_1.fq.gz", "a_2.fq.gz", "b_1.fq.gz", "b_2.fq.gz")
    assert (tumor.diagnosis, tumor.purity, tumor.sex, tumor.germline_consent) == ("LUAD", 0.4, "female", False)
    assert samples.normal("P1") == normal and normal.bam == "n.cram" and normal.sex is None
    assert samples.tumors("P1") == [tumor] and samples.patients() == ["P1"]
    assert samples.sample("N1") is normal
    with pytest.raises(KeyError):
        samples.sample("N2")


@pytest.mark.parametrize(("encoding", "end"), [("utf-8-sig", "\r\n"), ("utf-8", "\r"), ("utf-8", "\n")])
def test_read_sample_sheet__spreadsheet_text_is_read(tmp_path: Path, encoding: str, end: str) -> None:
    assert read(sheet(tmp_path, "P1\tT1\ttumor\t\t\tt.bam", encoding=encoding, end=end)).names() == ["T1"]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (["P1\tT1\ttumour\t\t\tt.bam"], ["row 2, column role: 'tumour' is not a known role", "write tumor"]),
        (["P1\tT 1\ttumor\t\t\tt.bam"], ["row 2, column sample: 'T 1' is no sample id", "letters"]),
        (["../x\tT1\ttumor\t\t\tt.bam"], ["column patient: '../x' is no patient id"]),
        (["P1\t" + "x" * 101 + "\ttumor\t\t\tt.bam"], ["is no sample id", "at most 100"]),
        (["P1\tT1\ttumor\ta.fq\t\t"], ["column fastq_2: fastq_1 is given, fastq_2 is empty"]),
        (["P1\tT1\ttumor\ta.fq\tb.fq\tt.bam"], ["column bam: the row names a BAM and FASTQ", "keep one"]),
        (["P1\tT1\ttumor\t\t\t"], ["the row names no reads"]),
        (["P1\tT1\ttumor\t\t\tt.sam"], ["'t.sam' has another ending", "allowed: .bam, .cram"]),
        (["P1\tN1\tnormal\t\t\tn.bam"], ["patient P1 has no tumor"]),
        (["P1\tT1\ttumor\ta.fq\ta.fq\t"], ["'a.fq' was already named in row 2, column fastq_1"]),
        (
            ["P1\tT1\ttumor\t\t\tt.bam", "P1\tN1\tnormal\t\t\tn.bam", "P1\tN2\tnormal\t\t\tm.bam"],
            ["row 4, column role: patient P1 has several normals: N1, N2"],
        ),
        (["P1\tT1\ttumor\t\t\tt.bam", "P1\tT1\ttumor\t\t\tu.bam"], ["row 3, column sample: sample T1 already"]),
        (["P1\tT1\ttumor\t\t\tt.bam", "P2\tT1\ttumor\ta.fq\tb.fq\t"], ["'P2' here and 'P1' in row 2", "already"]),
        (["P1\tT1\ttumor\t\t\tt.bam\tx\ty"], ["8 cells under 6 columns"]),
        (["P1\tT1 \ttumor\t\t\tt.bam"], ["'T1 ' has spaces around it"]),
    ],
)
def test_read_sample_sheet__each_fault_is_named(tmp_path: Path, rows: list[str], expected: list[str]) -> None:
    found = "\n".join(problems(sheet(tmp_path, *rows)))
    for text in expected:
        assert text in found


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("sex", "XX", "write female"),
        ("purity", "40", "write 0.4 for 40 %"),
        ("purity", "nan", "is no fraction"),
        ("purity", "1e-9", "is no fraction"),
        ("collected", "31.03.2024", "write YYYY-MM-DD"),
        ("reported", "2024-02-30", "is no date"),
        ("germline_consent", "maybe", "allowed: yes, no"),
        ("diagnosis", "lung cancer", "is no OncoTree code"),
    ],
)
def test_read_sample_sheet__details_are_checked(tmp_path: Path, column: str, value: str, expected: str) -> None:
    path = sheet(tmp_path, f"P1\tT1\ttumor\t\t\tt.bam\t{value}", header=f"{HEADER}\t{column}")
    (found,) = problems(path)
    assert f"row 2, column {column}" in found and expected in found and repr(value) in found


def test_read_sample_sheet__unknown_column_names_the_nearest(tmp_path: Path) -> None:
    path = sheet(tmp_path, "P1\tT1\ttumor\t\t\tt.bam\tx", header=HEADER + "\tdiagnosys")
    (found,) = problems(path)
    assert "'diagnosys' is no column" in found and "write diagnosis;" in found and "germline_consent" in found


def test_read_sample_sheet__missing_columns_are_named(tmp_path: Path) -> None:
    found = "\n".join(problems(sheet(tmp_path, "P1\tT1", header="patient\tsample")))
    assert "the column role is missing" in found and "no column names the reads" in found


def test_read_sample_sheet__all_faults_come_in_one_message(tmp_path: Path) -> None:
    path = sheet(tmp_path, "P1\tT1\ttumour\t\t\tt.bam", "P2\tN2\tnormal\ta.fq\t\t")
    with pytest.raises(ConfigError) as caught:
        read_sample_sheet(path)
    message = str(caught.value)
    assert message.startswith("5 problems to mend")
    for text in ("'tumour'", "fastq_2 is empty", "no tumor", "'t.bam' does not exist", "'a.fq' does not exist"):
        assert text in message


def test_read_sample_sheet__missing_empty_and_folder_files(tmp_path: Path) -> None:
    (tmp_path / "empty.bam").touch()
    (tmp_path / "folder.bam").mkdir()
    path = sheet(tmp_path, f"P1\tT1\ttumor\t\t\t{tmp_path}/empty.bam", f"P1\tT2\ttumor\t\t\t{tmp_path}/folder.bam")
    found = problems(path, check_files=True)
    assert "is empty" in found[0] and "is a folder" in found[1]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"patient,sample,role,bam\nP1,T1,tumor,t.bam\n", "its header has commas and no tab"),
        (b"patient sample role bam\n", "its header has spaces and no tab"),
        (HEADER.encode("utf-16"), "not UTF-8"),
        (HEADER.encode() + b"\nP1\tT\xe4\ttumor", "row 2"),
        (b"\n\n", "is empty"),
        (HEADER.encode() + b"\n", "has a header and no samples"),
    ],
)
def test_read_sample_sheet__what_is_no_sheet_is_refused(tmp_path: Path, data: bytes, expected: str) -> None:
    path = tmp_path / "samples.tsv"
    path.write_bytes(data)
    with pytest.raises(ConfigError, match=expected):
        read_sample_sheet(path)


def test_read_sample_sheet__missing_sheet(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError):
        read_sample_sheet(tmp_path / "no.tsv")


@pytest.mark.parametrize(("said", "meant"), [("no", False), ("yes", True), ("", None)])
def test_read_sample_sheet__consent_is_the_patients_in_whichever_row_it_stands(
    tmp_path: Path, said: str, meant: bool | None
) -> None:
    rows = ("P1\tT1\ttumor\t\t\tt.bam\t", f"P1\tN1\tnormal\t\t\tn.bam\t{said}", "P2\tT2\ttumor\t\t\tu.bam\t")
    samples = read(sheet(tmp_path, *rows, header=HEADER + "\tgermline_consent"))
    assert [samples.sample(name).germline_consent for name in ("T1", "N1", "T2")] == [meant, meant, None]
