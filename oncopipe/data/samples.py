"""The sample sheet: who was sequenced, from what, and where the reads are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, cast

from oncopipe.data.problems import Problem, refuse
from oncopipe.data.sheet_checks import (
    KEY_COLUMNS,
    OPTIONAL_COLUMNS,
    check_rows,
    missing_files,
)
from oncopipe.data.sheet_rows import Row, read_rows

Role = Literal["tumor", "normal"]

__all__ = ["KEY_COLUMNS", "OPTIONAL_COLUMNS", "Lane", "Role", "Sample", "SampleSheet", "read_sample_sheet"]


@dataclass(frozen=True)
class Lane:
    """A pair of FASTQ files, as written in the sheet."""

    fastq_1: str
    fastq_2: str


@dataclass(frozen=True)
class Sample:
    """One sequenced sample. Paths are as written in the sheet: relative to the folder the command runs in."""

    patient: str
    sample: str
    role: Role
    lanes: tuple[Lane, ...] = ()
    bam: str | None = None
    external_id: str | None = None
    diagnosis: str | None = None
    sex: Literal["female", "male"] | None = None
    purity: float | None = None
    timepoint: str | None = None
    specimen: str | None = None
    assay: str | None = None
    collected: str | None = None
    received: str | None = None
    reported: str | None = None
    germline_consent: bool | None = None
    previous: str | None = None  # findings.json of the patient's last report, of another run

    @property
    def form(self) -> Literal["fastq", "bam", "cram"]:
        """The form in which the reads are given."""
        return "fastq" if self.bam is None else "cram" if self.bam.endswith(".cram") else "bam"

    def files(self) -> tuple[str, ...]:
        """The files with this sample's reads, in the sheet's order."""
        return (self.bam,) if self.bam else tuple(f for lane in self.lanes for f in (lane.fastq_1, lane.fastq_2))


@dataclass(frozen=True)
class SampleSheet:
    """Every sample of a run, in the order of the sheet."""

    samples: tuple[Sample, ...]

    def __iter__(self) -> Iterator[Sample]:
        return iter(self.samples)

    def sample(self, name: str) -> Sample:
        """The sample with this id. Raises: KeyError."""
        for sample in self.samples:
            if sample.sample == name:
                return sample
        raise KeyError(name)

    def names(self) -> list[str]:
        return [s.sample for s in self.samples]

    def patients(self) -> list[str]:
        return list(dict.fromkeys(s.patient for s in self.samples))

    def tumors(self, patient: str | None = None) -> list[Sample]:
        """All tumors, or those of one patient, in the order of the sheet."""
        return [s for s in self.samples if s.role == "tumor" and patient in (None, s.patient)]

    def earlier(self, name: str) -> list[Sample]:
        """The patient's tumors before this one, oldest first: by the day they were collected, else as in the sheet."""
        tumors = self.tumors(self.sample(name).patient)
        if all(t.collected for t in tumors):
            tumors.sort(key=lambda t: t.collected or "")
        names = [t.sample for t in tumors]
        return tumors[: names.index(name)] if name in names else []

    def normal(self, patient: str) -> Sample | None:
        """The patient's normal; None means tumor-only."""
        return next((s for s in self.samples if s.role == "normal" and s.patient == patient), None)


def read_sample_sheet(path: Path | str, *, check_files: bool = True) -> SampleSheet:
    """The samples of a tab-separated sheet, checked cell by cell.

    UTF-8 with or without BOM, LF or CRLF; empty lines and lines that begin with # are passed over.
    `check_files=False` leaves out only the question whether the reads exist.

    Raises: MissingInputError; ProblemsError (a ConfigError) with every problem at once, each with row, column,
    value, what is allowed and the fix.
    """
    rows, problems = read_rows(Path(path))
    problems += check_rows(rows)
    if check_files:
        problems += missing_files(rows)
    refuse(problems)
    by_sample: dict[str, list[Row]] = {}
    for row in rows:
        by_sample.setdefault(row["sample"], []).append(row)
    return SampleSheet(_with_consent(tuple(_sample(group) for group in by_sample.values())))


def _with_consent(samples: tuple[Sample, ...]) -> tuple[Sample, ...]:
    """The samples, each with its patient's consent: it is given once, often in the row of the blood."""
    said = {s.patient: s.germline_consent for s in samples if s.germline_consent is not None}
    return tuple(replace(s, germline_consent=said.get(s.patient)) for s in samples)


def _sample(rows: list[Row]) -> Sample:
    """One sample from its lanes. What a later row leaves empty is taken from the row that says it."""
    first = rows[0]
    said = {
        column: next((row[column] for row in rows if row[column]), None)
        for column in OPTIONAL_COLUMNS
        if column not in ("purity", "germline_consent")
    }
    purity = next((float(row["purity"]) for row in rows if row["purity"]), None)
    consent = next((row["germline_consent"] == "yes" for row in rows if row["germline_consent"]), None)
    return Sample(
        patient=first["patient"],
        sample=first["sample"],
        role=cast(Role, first["role"]),
        lanes=tuple(Lane(row["fastq_1"], row["fastq_2"]) for row in rows if row["fastq_1"]),
        bam=first["bam"] or None,
        purity=purity,
        germline_consent=consent,
        **cast(dict[str, None], said),
    )


def sheet_problems(path: Path, *, check_files: bool) -> list[Problem]:
    """What is wrong with a sheet, without raising: for a check that gathers more."""
    rows, problems = read_rows(path)
    return problems + check_rows(rows) + (missing_files(rows) if check_files else [])
