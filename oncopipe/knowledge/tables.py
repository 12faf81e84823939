"""Tab-separated tables of others: rows that can be used, and rejects with row and reason.

Real tables have ragged lines, odd bytes and old line ends. A table without its columns is refused as a whole;
a row that does not fit is rejected alone, never repaired by guess.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from oncopipe.errors import InputError, MissingInputError
from oncopipe.knowledge.statements import CONTROL, Statement


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: `number` counts lines of the file, the header is line 1."""

    number: int
    cells: dict[str, str]

    def get(self, *names: str) -> str:
        """The cell of the first of these columns that the table has, "" when it has none."""
        return next((self.cells[name] for name in names if name in self.cells), "")


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that was not imported."""

    file: str
    row: int
    reason: str
    beginning: str  # of the line, so that a person finds it


@dataclass(frozen=True)
class Table:
    """The rows of a file that have all their fields, and those that have not."""

    file: str
    rows: tuple[Row, ...]
    rejects: tuple[Reject, ...]
    digest: str  # SHA-256 of the file

    @property
    def n_rows(self) -> int:
        return len(self.rows) + len(self.rejects)


@dataclass
class Reading:
    """What a source's files gave."""

    statements: list[Statement]
    rejects: list[Reject] = field(default_factory=list)
    n_rows: int = 0  # of the evidence table, rejects included
    digests: list[str] = field(default_factory=list)  # SHA-256 of each file that was read
    rows: list[tuple[str, ...]] = field(default_factory=list)  # of a source that is no evidence: its table, sorted
    facts: dict[str, str] = field(default_factory=dict)  # what the file says of itself, e.g. its build


def read_table(path: Path, required: Sequence[tuple[str, ...]], columns: Sequence[str] = ()) -> Table:
    """The rows of a tab-separated UTF-8 file with a header line, by column name; `columns` are those of a file without.

    Of each tuple of `required` one column must be there. Lines end in LF, CRLF or CR. No quoting: a quotation mark is
    a character like any other.

    Raises: MissingInputError; InputError when the header lacks columns or names one twice.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise MissingInputError(f"the table cannot be read: {error.strerror}", where=str(path)) from error
    lines = content.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    first = 0 if columns else 1
    columns = columns or _header(lines[0], path, required)
    rows: list[Row] = []
    rejects: list[Reject] = []
    for number, line in enumerate(lines[first:], first + 1):
        if not line.strip():
            continue
        cells = _cells(line, len(columns))
        if isinstance(cells, str):
            rejects.append(Reject(path.name, number, cells, _beginning(line.decode("utf-8", "replace"))))
        else:
            rows.append(Row(number, dict(zip(columns, cells, strict=True))))
    return Table(path.name, tuple(rows), tuple(rejects), hashlib.sha256(content).hexdigest())


def reject(table: Table, row: Row, reason: str) -> Reject:
    """A reject for a row whose fields were all there."""
    return Reject(table.file, row.number, reason, _beginning("\t".join(row.cells.values())))


def merge_twice(table: Table, make: Callable[[Row], tuple[str, ...] | str], *, n_key: int) -> Reading:
    """The rows of a table that is no evidence, sorted; `make` gives a row's cells or why it is left out.

    Rows whose first `n_key` cells are the same are one: the first stays, the others are rejected.
    """
    kept: dict[tuple[str, ...], tuple[int, tuple[str, ...]]] = {}
    rejects = list(table.rejects)
    for row in table.rows:
        made = make(row)
        if isinstance(made, tuple):
            first, _ = kept.setdefault(made[:n_key], (row.number, made))
            made = "" if first == row.number else f"the same stands in line {first}"
        if made:
            rejects.append(reject(table, row, made))
    rejects.sort(key=lambda r: r.row)
    return Reading([], rejects, table.n_rows, [table.digest], rows=sorted(row for _, row in kept.values()))


def format_rejects(rejects: Sequence[Reject]) -> str:
    """Rejects as a table: file, row, reason, and how the line begins."""
    lines = ("\t".join((r.file, str(r.row), _beginning(r.reason, 200), r.beginning)) for r in rejects)
    return "\n".join(["file\trow\treason\tbeginning", *lines]) + "\n"


def _header(line: bytes, path: Path, required: Sequence[tuple[str, ...]]) -> list[str]:
    columns = [cell.strip() for cell in line.decode("utf-8", "replace").removeprefix("#").split("\t")]
    missing = [" or ".join(names) for names in required if not set(names) & set(columns)]
    if missing:
        raise InputError(
            f"the table has no column {', '.join(missing)}",
            where=f"{path}, line 1",
            fix="give the source's own tab-separated file with its header line",
        )
    if twice := sorted({name for name in columns if columns.count(name) > 1}):
        raise InputError(f"the table has the column {twice[0]!r} twice", where=f"{path}, line 1")
    return columns


def _cells(line: bytes, n_columns: int) -> list[str] | str:
    """The cells of a line, or why it is not used."""
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        return f"byte {error.start + 1} of the line is not UTF-8"
    cells = text.split("\t")
    if len(cells) != n_columns:
        return f"{len(cells)} fields where the header has {n_columns}"
    if CONTROL.search(text.replace("\t", "")):
        return "the line holds control characters"
    return [cell.strip() for cell in cells]


def _beginning(text: str, n: int = 80) -> str:
    return "".join(c if c.isprintable() else " " for c in text[:n])
