"""Tables of copy number, structural variants and patients to their nouns, checked cell by cell."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal, cast, get_args

from oncopipe.data.alterations import (
    Alterations,
    Breakend,
    CopyState,
    GeneCopy,
    PatientFacts,
    Segment,
    StructuralVariant,
    SvClass,
)
from oncopipe.errors import InputError
from oncopipe.io.findings import IDENTIFIER
from oncopipe.io.text_lines import read_lines

_ALIASES = {
    "id": "sample", "sample_id": "sample", "chrom": "chromosome", "loc.start": "start", "loc.end": "end",
    "num.mark": "n_markers", "num_probes": "n_markers", "seg.mean": "log2_ratio", "segment_mean": "log2_ratio",
    "nmajor": "n_major", "nminor": "n_minor",
}  # fmt: skip
NOTHING = "NONE"  # class of a row that says: this sample was looked at, and nothing was found
_CHROMOSOME = re.compile(r"[0-9A-Za-z._*:-]+")
_STATES: dict[str, CopyState] = {"-2": -2, "-1": -1, "0": 0, "1": 1, "2": 2}
_OS: dict[str, Literal["0:LIVING", "1:DECEASED"]] = {
    "living": "0:LIVING",
    "0:living": "0:LIVING",
    "deceased": "1:DECEASED",
    "1:deceased": "1:DECEASED",
}


@dataclass(frozen=True)
class _Row:
    """One row of a table and where it stands."""

    cells: dict[str, str]
    where: str

    def text(self, column: str, pattern: re.Pattern[str] | None = None) -> str:
        """The cell without blanks around it. Raises: InputError when it does not match."""
        value = (self.cells.get(column) or "").strip()
        if pattern is not None and not pattern.fullmatch(value):
            raise self.wrong(column, value, f"something that matches {pattern.pattern}")
        return value

    def number(self, column: str, kind: Callable[[str], Any], *, least: float | None = None) -> Any:
        """A number, or None for an empty cell, `NA` and `.`."""
        value = self.text(column)
        if value in ("", "NA", "."):
            return None
        try:
            number = kind(value)
        except ValueError:
            raise self.wrong(column, value, "a number") from None
        if number != number or abs(number) == float("inf") or (least is not None and number < least):
            raise self.wrong(
                column, value, "a finite number" + (f", at least {least:g}" if least is not None else "")
            )
        return number

    def wrong(self, column: str, value: str, allowed: str) -> InputError:
        return InputError(f"{value!r} cannot be used", where=f"{self.where}, column {column}", fix=f"needs {allowed}")


def read_alterations(
    *,
    segments: Path | None = None,
    copy_number: Path | None = None,
    structural_variants: Path | None = None,
    patients: Path | None = None,
) -> Alterations:
    """What the given tables say (docs/exports.md names their columns). Each may be left out.

    Raises: MissingInputError; InputError with row and column of what cannot be used, and for a gene, patient or
    structural variant that stands twice.
    """
    needed = ("sample", "gene_a", "gene_b")
    found = list(_unique(structural_variants, needed, _structural, _place_of))
    return Alterations(
        segments=tuple(map(_segment, _rows(segments, ("sample", "chromosome", "start", "end")))),
        genes=tuple(_unique(copy_number, ("sample", "gene", "state"), _gene_copy, lambda g: (g.sample, g.gene))),
        structural=tuple(row for row in found if isinstance(row, StructuralVariant)),
        patients={p.patient: p for p in _unique(patients, ("patient",), _patient, lambda p: p.patient)},
        sv_examined=frozenset(row if isinstance(row, str) else row.sample for row in found),
    )


def _place_of(row: StructuralVariant | str) -> object:
    """What makes a row of structural variants the same as another; that nothing was found may be said again."""
    return row if isinstance(row, str) else (row.sample, row.first, row.second, row.kind)


def _rows(path: Path | None, needed: tuple[str, ...]) -> Iterator[_Row]:
    if path is None:
        return
    lines = [
        (number, line)
        for number, line in enumerate(read_lines(path, what="the table"), 1)
        if line.strip() and not line.startswith("#")
    ]
    header = [_column(name) for name in lines[0][1].split("\t")] if lines else []
    missing = [name for name in needed if name not in header]
    if missing or len(set(header)) != len(header):
        raise InputError(
            f"the table lacks the column {missing[0]!r}" if missing else "a column stands twice",
            where=str(path),
            fix=f"a tab-separated table with at least {', '.join(needed)}",
        )
    reader = csv.reader((line for _, line in lines[1:]), delimiter="\t", quoting=csv.QUOTE_NONE)
    for (number, _), cells in zip(lines[1:], reader, strict=True):
        where = f"{path}, row {number}"
        if len(cells) > len(header):
            raise InputError(f"{len(cells)} cells under {len(header)} columns", where=where, fix="mend the row")
        yield _Row(dict(zip(header, cells, strict=False)), where)


def _column(name: str) -> str:
    """Our name of a column, from that of a segment file (IGV's, DNAcopy's, GDC's) or of PCGR."""
    name = name.strip().strip("'\"").lower()
    return _ALIASES.get(name, name)


def _unique(
    path: Path | None, needed: tuple[str, ...], make: Callable[[_Row], Any], key: Callable[[Any], Any]
) -> Iterator[Any]:
    seen = set()
    for row in _rows(path, needed):
        made = make(row)
        if key(made) in seen:
            raise InputError("this stands twice", where=row.where, fix="leave one of the rows out")
        seen.add(key(made))
        yield made


def _chromosome(row: _Row, column: str) -> str:
    name = row.text(column, _CHROMOSOME).removeprefix("chr")
    return "MT" if name == "M" else name


def _segment(row: _Row) -> Segment:
    start, end = row.number("start", int, least=1), row.number("end", int, least=1)
    if start is None or end is None or end < start:
        raise row.wrong("end", row.text("end"), "a first and a last base, 1-based, the last not before the first")
    return Segment(
        sample=row.text("sample", IDENTIFIER),
        chromosome=_chromosome(row, "chromosome"),
        start=start - 1,
        end=end,
        n_markers=row.number("n_markers", int, least=0),
        log2_ratio=row.number("log2_ratio", float),
        n_major=row.number("n_major", int, least=0),
        n_minor=row.number("n_minor", int, least=0),
    )


def _gene_copy(row: _Row) -> GeneCopy:
    state = _STATES.get(row.text("state"))
    if state is None:
        raise row.wrong("state", row.text("state"), ", ".join(map(str, get_args(CopyState))))
    if not row.text("gene"):
        raise row.wrong("gene", "", "a gene symbol")
    return GeneCopy(row.text("sample", IDENTIFIER), row.text("gene"), state)


def _breakend(row: _Row, side: str) -> Breakend:
    return Breakend(
        gene=row.text(f"gene_{side}"),
        chromosome=_chromosome(row, f"chromosome_{side}") if row.text(f"chromosome_{side}") else "",
        position=row.number(f"position_{side}", int, least=1),
        transcript=row.text(f"transcript_{side}"),
        exon=row.number(f"exon_{side}", int, least=1),
    )


def _structural(row: _Row) -> StructuralVariant | str:
    """The variant of a row; of a row of class NONE the sample, in which none was found."""
    kind, status = row.text("class").upper() or "UNKNOWN", row.text("status").upper() or "SOMATIC"
    if kind == NOTHING and not row.text("gene_a") and not row.text("gene_b"):
        return row.text("sample", IDENTIFIER)
    if kind not in get_args(SvClass):
        raise row.wrong("class", kind, ", ".join([*get_args(SvClass), f"{NOTHING} without genes"]))
    if status not in ("SOMATIC", "GERMLINE"):
        raise row.wrong("status", status, "SOMATIC, GERMLINE")
    first, second = _breakend(row, "a"), _breakend(row, "b")
    if not first.gene and not second.gene:
        raise row.wrong("gene_a", "", "a gene on at least one side")
    return StructuralVariant(
        sample=row.text("sample", IDENTIFIER),
        first=first,
        second=second,
        kind=cast(SvClass, kind),
        frame=row.text("frame"),
        split_reads=row.number("split_reads", int, least=0),
        paired_reads=row.number("paired_reads", int, least=0),
        status="GERMLINE" if status == "GERMLINE" else "SOMATIC",
    )


def _patient(row: _Row) -> PatientFacts:
    status, diagnosed = row.text("os_status").lower(), row.text("diagnosed")
    if status not in ("", "na") and status not in _OS:
        raise row.wrong("os_status", status, "living or deceased")
    if diagnosed:
        try:
            date.fromisoformat(diagnosed)
        except ValueError:
            raise row.wrong("diagnosed", diagnosed, "a date, YYYY-MM-DD") from None
    return PatientFacts(
        patient=row.text("patient", IDENTIFIER),
        diagnosed=diagnosed,
        age=row.number("age", float, least=0),
        os_status=_OS.get(status, ""),
        os_months=row.number("os_months", float, least=0),
    )
