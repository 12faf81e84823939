"""A sample sheet's bytes to rows: what is text, tab-separated and under a known header."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from oncopipe.data.problems import Problem, nearest
from oncopipe.errors import ConfigError, MissingInputError

KEY_COLUMNS = ("patient", "sample", "role", "fastq_1", "fastq_2", "bam")
OPTIONAL_COLUMNS = (
    "external_id",
    "diagnosis",
    "sex",
    "purity",
    "timepoint",
    "specimen",
    "assay",
    "collected",
    "received",
    "reported",
    "germline_consent",
    "previous",
)
COLUMNS = KEY_COLUMNS + OPTIONAL_COLUMNS


@dataclass(frozen=True)
class Row:
    """A row of the sheet: its line in the file and its cells by column; a column not in the sheet is empty."""

    path: Path
    line: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")

    def where(self, column: str) -> str:
        return f"{self.path}, row {self.line}, column {column}"


def read_rows(path: Path) -> tuple[list[Row], list[Problem]]:
    """The rows of a sheet and what is wrong with its shape. Rows are counted as a spreadsheet counts them.

    Raises: MissingInputError; ConfigError when the file is no tab-separated text with a header.
    """
    lines = [(n, text) for n, text in enumerate(_text(path).split("\n"), 1) if text.strip() and text[0] != "#"]
    if not lines:
        raise ConfigError("the sample sheet is empty", where=str(path), fix="begin with a header line")
    line, header_text = lines[0]
    header = header_text.split("\t")
    if len(header) == 1:
        other = next((name for sign, name in ((",", "commas"), (";", "semicolons")) if sign in header_text), "spaces")
        raise ConfigError(
            f"the sample sheet is not tab-separated: its header has {other} and no tab",
            where=f"{path}, row {line}",
            fix="save it as tab-separated text",
        )
    problems = _header_problems(header, f"{path}, row {line}")
    rows = [_row(path, number, text, header, problems) for number, text in lines[1:]]
    if not rows:
        problems.append(Problem(str(path), "the sample sheet has a header and no samples", "add a row per sample"))
    return rows, problems


def _text(path: Path) -> str:
    if not path.is_file():
        raise MissingInputError("the sample sheet is missing", where=str(path), fix="check samples: in the config")
    data = path.read_bytes()
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in data:
        raise ConfigError("the sample sheet is not UTF-8 text", where=str(path), fix="save it as UTF-8 text (tabs)")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ConfigError(
            f"the sample sheet is not UTF-8 text: byte 0x{data[error.start]:02x}",
            where=f"{path}, row {line}",
            fix="save it as UTF-8 text",
        ) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _header_problems(header: list[str], where: str) -> list[Problem]:
    problems = [
        Problem(
            f"{where}, column {name or '(empty)'}", f"{name!r} is no column of a sample sheet", nearest(name, COLUMNS)
        )
        for name in header
        if name not in COLUMNS
    ]
    problems += [
        Problem(where, f"the column {name} stands twice", "leave one") for name in COLUMNS if header.count(name) > 1
    ]
    problems += [
        Problem(where, f"the column {name} is missing", f"add it; needed: {', '.join(KEY_COLUMNS)}")
        for name in KEY_COLUMNS[:3]
        if name not in header
    ]
    if "bam" not in header and not {"fastq_1", "fastq_2"} <= set(header):
        problems.append(Problem(where, "no column names the reads", "add fastq_1 and fastq_2, or bam"))
    return problems


def _row(path: Path, line: int, text: str, header: list[str], problems: list[Problem]) -> Row:
    cells = text.split("\t")
    where = f"{path}, row {line}"
    if len(cells) > len(header) and any(cells[len(header) :]):
        problems.append(Problem(where, f"{len(cells)} cells under {len(header)} columns", "remove the surplus tabs"))
    named = dict(zip(header, cells, strict=False))
    for column, value in named.items():
        if value != value.strip() or any(ord(sign) < 32 or ord(sign) == 127 for sign in value):
            problems.append(
                Problem(
                    f"{where}, column {column}",
                    f"{value!r} has spaces around it or control characters",
                    "remove them",
                )
            )
    return Row(path, line, {column: value.strip() for column, value in named.items()})
