"""Text that a spreadsheet, a portal or a parser cannot take for anything but text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from oncopipe.report.tsv import tsv_cell

Cell = str | int | float | None

_COMMENT = "#"  # what readers of tables skip
# A missing allele, the plus strand and a name such as "-1" must stay as they are for the machines that read them.
_PLAIN = frozenset({"-", "+"})


def plain_text(text: str, limit: int | None = None) -> str:
    """Text on one line: what cannot be printed (tabs, line ends, direction marks) is a space; cut at `limit`.

    >>> plain_text("a\\tb\\u202ec"), plain_text("abcdef", 4)
    ('a b c', 'abc…')
    """
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in text)
    text = " ".join(text.split())
    return text if limit is None or len(text) <= limit else text[: limit - 1] + "…"


def day_of(text: str | None) -> date | None:
    """A date that was given as YYYY-MM-DD; None for anything else.

    >>> day_of("2031-03-02"), day_of("March"), day_of(None)
    (datetime.date(2031, 3, 2), None, None)
    """
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def cell(value: Cell) -> str:
    """One cell of a tab-separated table. Text that would be run as a formula or skipped as a comment gets an apostrophe.

    >>> cell("=1+1"), cell("-"), cell(-0.25), cell(None), cell('a "b"')
    ("'=1+1", '-', '-0.25', '', "a 'b'")
    """
    if not isinstance(value, str):
        return tsv_cell(value)
    text = plain_text(value).replace('"', "'")
    if text in _PLAIN:
        return text
    return f"'{text}" if text.startswith(_COMMENT) else tsv_cell(text)


def line(values: Iterable[Cell]) -> str:
    """One line of a table, with its end."""
    return "\t".join(cell(value) for value in values) + "\n"


def lines_of(columns: Sequence[str], rows: Iterable[Mapping[str, Cell]]) -> Iterable[str]:
    """A header and one line a row; what a row does not say is empty."""
    yield "\t".join(columns) + "\n"
    for row in rows:
        yield line(row.get(column) for column in columns)
