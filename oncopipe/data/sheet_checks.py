"""What must hold for the rows of a sample sheet: cell by cell, then sample by sample, then patient by patient."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from oncopipe.data.problems import Problem, nearest
from oncopipe.data.sheet_rows import KEY_COLUMNS, OPTIONAL_COLUMNS, Row

__all__ = ["ID_PATTERN", "KEY_COLUMNS", "OPTIONAL_COLUMNS", "check_rows", "missing_files"]

ID_PATTERN = r"[A-Za-z0-9][A-Za-z0-9._-]*"
MAX_ID_LENGTH = 100  # file names are built from ids; file systems stop at 255 bytes
ALLOWED_VALUES = {
    "role": ("tumor", "normal"),
    "sex": ("female", "male"),
    "germline_consent": ("yes", "no"),
}
_SYNONYMS = {
    "tumour": "tumor", "t": "tumor", "1": "tumor", "n": "normal", "0": "normal", "control": "normal",
    "f": "female", "xx": "female", "m": "male", "xy": "male", "true": "yes", "false": "no",
}  # fmt: skip
_DATES = ("collected", "received", "reported")
_FASTQ = (".fastq.gz", ".fq.gz", ".fastq", ".fq")
_ALIGNED = (".bam", ".cram")
_OF_A_PATIENT = ("sex", "germline_consent")


def check_rows(rows: Sequence[Row]) -> list[Problem]:
    """Everything that is wrong with the rows, but for files that do not exist."""
    problems = [problem for row in rows for problem in _cell_problems(row)]
    problems += [problem for row in rows for problem in _read_problems(row)]
    problems += _duplicate_files(rows)
    problems += _sample_problems(rows)
    problems += _patient_problems(rows)
    return problems


def missing_files(rows: Sequence[Row]) -> list[Problem]:
    """Files that are named but do not exist, are empty, or are folders."""
    return [
        Problem(row.where(column), f"{row[column]!r} {fault}", "check the path; it is relative to the working folder")
        for row in rows
        for column in ("fastq_1", "fastq_2", "bam", "previous")
        if row[column] and (fault := file_fault(row[column]))
    ]


def file_fault(path: str) -> str | None:
    """Why a path is no file with content, in words; None when it is one."""
    file = Path(path)
    try:
        if file.is_dir():
            return "is a folder"
        if not file.is_file():
            return "does not exist"
        return "is empty" if file.stat().st_size == 0 else None
    except OSError as error:
        return f"cannot be looked at ({error.strerror})"


def _cell_problems(row: Row) -> Iterator[Problem]:
    for column in ("patient", "sample"):
        value = row[column]
        if not re.fullmatch(ID_PATTERN, value) or len(value) > MAX_ID_LENGTH:
            yield Problem(
                row.where(column),
                f"{value!r} is no {column} id" if value else f"the {column} id is empty",
                f"use letters, digits, . _ and -, begin with a letter or digit, at most {MAX_ID_LENGTH} signs",
            )
    for column, allowed in ALLOWED_VALUES.items():
        value = row[column]
        if (value or column == "role") and value not in allowed:
            meant = _SYNONYMS.get(value.lower(), value)
            yield Problem(row.where(column), f"{value!r} is not a known {column}", nearest(meant, allowed))
    if row["purity"] and not _is_fraction(row["purity"]):
        yield Problem(
            row.where("purity"), f"{row['purity']!r} is no fraction", "write 0.4 for 40 %; allowed: above 0 to 1"
        )
    if row["diagnosis"] and not re.fullmatch(r"[A-Za-z0-9_-]+", row["diagnosis"]):
        yield Problem(
            row.where("diagnosis"), f"{row['diagnosis']!r} is no OncoTree code", "write a code such as LUAD"
        )
    for column in _DATES:
        if row[column] and not _is_date(row[column]):
            yield Problem(row.where(column), f"{row[column]!r} is no date", "write YYYY-MM-DD, e.g. 2024-03-31")


def _is_fraction(text: str) -> bool:
    return re.fullmatch(r"[0-9]*\.?[0-9]+", text) is not None and 0 < float(text) <= 1


def _is_date(text: str) -> bool:
    try:
        return re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII) is not None and bool(date.fromisoformat(text))
    except ValueError:
        return False


def _read_problems(row: Row) -> Iterator[Problem]:
    """A row names a BAM or CRAM, or both files of a FASTQ pair."""
    pair = [column for column in ("fastq_1", "fastq_2") if row[column]]
    if row["bam"] and pair:
        yield Problem(row.where("bam"), "the row names a BAM and FASTQ", "keep one: bam, or fastq_1 and fastq_2")
    elif len(pair) == 1:
        other = "fastq_2" if pair == ["fastq_1"] else "fastq_1"
        yield Problem(row.where(other), f"{pair[0]} is given, {other} is empty", "give both files of the pair")
    elif not pair and not row["bam"]:
        yield Problem(row.where("bam"), "the row names no reads", "give bam, or fastq_1 and fastq_2")
    for column in ("fastq_1", "fastq_2", "bam"):
        endings = _ALIGNED if column == "bam" else _FASTQ
        if row[column] and not row[column].endswith(endings):
            yield Problem(row.where(column), f"{row[column]!r} has another ending", f"allowed: {', '.join(endings)}")


def _duplicate_files(rows: Sequence[Row]) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for row in rows:
        for column in ("fastq_1", "fastq_2", "bam"):
            path = row[column]
            if path and path in seen:
                yield Problem(
                    row.where(column),
                    f"{path!r} was already named in {seen[path]}",
                    "each file of reads belongs to one lane of one sample",
                )
            elif path:
                seen[path] = f"row {row.line}, column {column}"


def _sample_problems(rows: Sequence[Row]) -> Iterator[Problem]:
    """Rows of the same sample are lanes: they agree in all but the files."""
    first_of: dict[str, Row] = {}
    for row in rows:
        first = first_of.setdefault(row["sample"], row)
        if first is row or not row["sample"]:
            continue
        for column in ("patient", "role"):
            if row[column] != first[column]:
                yield Problem(
                    row.where(column),
                    f"sample {row['sample']} is {row[column]!r} here and {first[column]!r} in row {first.line}",
                    "give every sample its own id; rows with the same id are lanes of one sample",
                )
        for column in OPTIONAL_COLUMNS:
            if row[column] and first[column] and row[column] != first[column]:
                yield Problem(
                    row.where(column),
                    f"{row[column]!r} contradicts {first[column]!r} of the same sample in row {first.line}",
                    "make the lanes of a sample agree",
                )
        if row["bam"] or first["bam"]:
            yield Problem(
                row.where("sample"),
                f"sample {row['sample']} already stands in row {first.line}, and a BAM is a whole sample",
                "merge the BAMs of a sample first, or give the second its own id",
            )


def _patient_problems(rows: Sequence[Row]) -> Iterator[Problem]:
    """A patient has a tumor and at most one normal, and one sex."""
    patients: dict[str, list[Row]] = {}
    for row in rows:
        patients.setdefault(row["patient"], []).append(row)
    for patient, own in patients.items():
        roles = {row["role"] for row in own}
        if patient and roles == {"normal"}:
            yield Problem(
                own[0].where("role"), f"patient {patient} has no tumor", "add the tumor, or remove the patient"
            )
        normals = {row["sample"]: row for row in own if row["role"] == "normal"}
        for row in list(normals.values())[1:]:
            yield Problem(
                row.where("role"),
                f"patient {patient} has several normals: {', '.join(normals)}",
                "keep one normal; lanes of one normal share its sample id",
            )
        for column in _OF_A_PATIENT:
            said = {row[column]: row for row in own if row[column]}
            if len(said) > 1:
                yield Problem(
                    list(said.values())[1].where(column),
                    f"patient {patient} is given as {' and '.join(said)}",
                    "a patient has one",
                )
