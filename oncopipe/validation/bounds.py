"""Bounds of accuracy in one table: what a release promises (floor) and what is aimed at (reach), against what was measured."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from oncopipe.errors import InputError, MissingInputError
from oncopipe.validation.measure import Measured
from oncopipe.validation.metrics import KINDS, metrics_of

COLUMNS = ("set", "type", "measure", "floor", "reach")
# Measures of which less is better: their floor is a ceiling.
_LESS_IS_BETTER = frozenset({"fp", "false_per_mb", "germline"})
_MEASURES = frozenset({"f1", "precision", "recall", "tp", *_LESS_IS_BETTER})


@dataclass(frozen=True)
class Bound:
    """One row of the table. type: snv, indel or all. reach: None where nothing more is aimed at."""

    set: str
    type: str
    measure: str
    floor: float
    reach: float | None

    def holds(self, value: float | None, bound: float) -> bool:
        """Whether a value keeps a bound. What could not be computed does not."""
        if value is None:
            return False
        return value <= bound if self.measure in _LESS_IS_BETTER else value >= bound


@dataclass(frozen=True)
class Judged:
    """A bound with the value that was measured (None: nothing to share)."""

    bound: Bound
    value: float | None

    @property
    def holds(self) -> bool:
        return self.bound.holds(self.value, self.bound.floor)

    @property
    def reaches(self) -> bool:
        return self.bound.reach is None or self.bound.holds(self.value, self.bound.reach)


def read_bounds(path: Path) -> list[Bound]:
    """The rows of a bounds table (TSV with a header, `#` comments). Raises: MissingInputError, InputError."""
    if not path.is_file():
        raise MissingInputError("the table of bounds is missing", where=str(path), fix="check the path")
    with path.open(encoding="utf-8", newline="") as file:
        lines = [line for line in file if not line.startswith("#") and line.strip()]
    rows = list(csv.DictReader(lines, delimiter="\t"))
    return [_bound(row, f"{path}, row {number}") for number, row in enumerate(rows, 1)]


def _bound(row: Mapping[str, str | None], where: str) -> Bound:
    missing = [column for column in COLUMNS if row.get(column) is None]
    if missing:
        raise InputError(f"a bound lacks {', '.join(missing)}", where=where, fix=f"columns: {' '.join(COLUMNS)}")
    cells = {column: str(row[column]).strip() for column in COLUMNS}
    if cells["type"] not in (*KINDS, "all") or cells["measure"] not in _MEASURES:
        raise InputError(
            f"there is no measure {cells['measure']!r} of {cells['type']!r}",
            where=where,
            fix=f"types: {', '.join(KINDS)}, all; measures: {', '.join(sorted(_MEASURES))}",
        )
    try:
        reach = float(cells["reach"]) if cells["reach"] not in ("", ".") else None
        return Bound(cells["set"], cells["type"], cells["measure"], float(cells["floor"]), reach)
    except ValueError as error:
        raise InputError("a bound is no number", where=where, fix="write floor and reach as numbers") from error


def value_of(measured: Measured, kind: str, measure: str) -> float | None:
    """One number of what was measured, as the table names it."""
    if measure == "germline":
        return float(len(measured.germline))
    if measure == "false_per_mb":
        return sum(measured.false_per_megabase(k)[1] for k in KINDS if kind in (k, "all"))
    if kind == "all":
        raise InputError(f"{measure} is counted by type", where=measured.name, fix="use snv or indel in the bounds")
    value = metrics_of(measured.comparison)[kind][measure]
    return None if value is None else float(value)


def judge(measured: Iterable[Measured], bounds: Iterable[Bound]) -> list[Judged]:
    """Every bound of the sets that were measured, with its value."""
    by_name = {m.name: m for m in measured}
    rows = [b for b in bounds if b.set in by_name]
    return [Judged(bound, value_of(by_name[bound.set], bound.type, bound.measure)) for bound in rows]


def bounds_table(rows: Iterable[Judged]) -> str:
    """The judged bounds as text."""
    lines = [f"{'set':16} {'type':6} {'measure':13} {'value':>8} {'floor':>7} {'':6} {'reach':>7}"]
    for row in rows:
        b = row.bound
        value = "-" if row.value is None else f"{row.value:.3f}"
        reach = "-" if b.reach is None else f"{b.reach:g}"
        said = "holds" if row.holds else "BROKEN"
        goal = "" if b.reach is None else ("reached" if row.reaches else "not yet")
        lines.append(
            f"{b.set:16} {b.type:6} {b.measure:13} {value:>8} {b.floor:>7g} {said:6} {reach:>7} {goal}".rstrip()
        )
    return "\n".join(lines)
