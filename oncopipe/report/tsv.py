"""Rows to tab-separated text that neither a parser nor a spreadsheet can misread."""

from __future__ import annotations

from collections.abc import Iterable

# The wide forms too: a spreadsheet of an East Asian locale reads them as the narrow ones.
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def tsv_row(values: Iterable[str | int | float | None]) -> str:
    """One line of a table.

    >>> tsv_row(["P1", None, 0.25, "a\\tb", "=1+1"])
    "P1\\t\\t0.25\\ta b\\t'=1+1\\n"
    """
    return "\t".join(tsv_cell(value) for value in values) + "\n"


def tsv_cell(value: str | int | float | None) -> str:
    """One cell. Text that a spreadsheet would run as a formula gets an apostrophe in front, as spreadsheets do.

    A quote becomes an apostrophe: a reader that unquotes cells would take off the guard of what stands within.
    """
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, int):
        return str(value)
    text = "".join(c if c.isprintable() else " " for c in value).strip().replace('"', "'")
    return "'" + text if text.startswith(_FORMULA) else text
