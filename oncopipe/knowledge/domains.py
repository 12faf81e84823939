"""Critical regions of proteins: a site's own table of the residues that its board takes for a critical part of a domain."""

from __future__ import annotations

from pathlib import Path

from oncopipe.knowledge.tables import Reading, Row, merge_twice, read_table

COLUMNS = ("gene", "first", "last", "name", "citation")
_LONGEST = 40_000  # titin's longest form has 36,000 residues


def read_domains(path: Path) -> Reading:
    """Regions from residue `first` to `last`, counted on the transcript that the site reports.

    Raises: MissingInputError; InputError when the columns are others.
    """
    return merge_twice(read_table(path, tuple((name,) for name in COLUMNS)), _row, n_key=3)


def _row(row: Row) -> tuple[str, ...] | str:
    gene, first, last, name, citation = (row.get(column) for column in COLUMNS)
    if not gene or not name:
        return "no gene or no name of the region"
    if not all(text.isascii() and text.isdecimal() for text in (first, last)):
        return f"the residues are no numbers: {first[:12]} {last[:12]}"
    if not 1 <= int(first) <= int(last) <= _LONGEST:
        return f"no region of a protein: {first} to {last}"
    return (gene, str(int(first)), str(int(last)), name, citation) if citation else "no citation"
