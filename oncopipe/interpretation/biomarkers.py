"""States of a tumor that others measured: a table of sample, biomarker and state."""

from __future__ import annotations

from pathlib import Path

from oncopipe.errors import InputError
from oncopipe.io.text_lines import read_lines

COLUMNS = ("sample", "biomarker", "state")
STATES = {"yes": True, "no": False}


def read_biomarkers(path: Path, sample: str) -> dict[str, bool]:
    """The states given for one sample: name -> present. What is `unknown` or not listed is left out.

    Names that differ in case or spaces alone are the same.

    Raises: MissingInputError; InputError naming row and column, also for rows of other samples.
    """
    lines = [
        (i, line)
        for i, line in enumerate(read_lines(path, what="the table"), 1)
        if line.strip() and not line.startswith("#")
    ]
    if not lines or tuple(lines[0][1].split("\t")) != COLUMNS:
        raise InputError(
            "the header of the table is not the documented one", where=str(path), fix="columns: " + " ".join(COLUMNS)
        )
    found: dict[str, bool | None] = {}
    seen: dict[tuple[str, str], int] = {}
    for i, line in lines[1:]:
        where = f"{path}, row {i}"
        cells = [cell.strip() for cell in line.split("\t")]
        if len(cells) != len(COLUMNS) or not all(cells):
            raise InputError("the row has an empty field, or too few or too many", where=where)
        name = " ".join(cells[1].split())
        if cells[2] not in (*STATES, "unknown"):
            raise InputError(
                f"{cells[2]!r} is no state", where=f"{where}, column state", fix="one of yes, no, unknown"
            )
        if (first := seen.setdefault((cells[0], name.casefold()), i)) != i:
            raise InputError(f"the biomarker stands twice (first in row {first})", where=where)
        if cells[0] == sample:
            found[name] = STATES.get(cells[2])
    return {name: state for name, state in found.items() if state is not None}
