"""OncoTree of another release: codes with main type, tissue and, where the release gives levels, the parent."""

from __future__ import annotations

import re
from pathlib import Path

from oncopipe.knowledge.tables import Reading, Row, merge_twice, read_table

COLUMNS = ("code", "main_type", "name", "tissue", "parent")
_FLAT = (("code",), ("main_type",), ("name",), ("tissue",))
_LEVELS = tuple(f"level_{i}" for i in range(1, 8))
_LEVELED = (("level_1",), ("level_2",), ("metamaintype",))
_NAMED = re.compile(r"(.+) \(([A-Z0-9_/-]+)\)")
_CODE = re.compile(r"[A-Z0-9_/-]+")


def read_oncotree(path: Path) -> Reading:
    """Codes of a release: a list of code, main type, name and tissue, or OncoTree's own table of levels.

    Raises: MissingInputError; InputError when the columns are neither's.
    """
    is_leveled = path.is_file() and b"level_1" in path.read_bytes().split(b"\n", 1)[0]
    return merge_twice(
        read_table(path, _LEVELED if is_leveled else _FLAT), _of_levels if is_leveled else _flat, n_key=1
    )


def _flat(row: Row) -> tuple[str, ...] | str:
    code = row.get("code")
    if not _CODE.fullmatch(code) or not row.get("name"):
        return f"no code or no name: {code[:20]}"
    return code, row.get("main_type"), row.get("name"), row.get("tissue"), ""


def _of_levels(row: Row) -> tuple[str, ...] | str:
    """The deepest level that a row fills is its own, the one before it its parent."""
    filled = [row.get(level) for level in _LEVELS if row.get(level)]
    found = [_NAMED.fullmatch(text) for text in filled]
    if not found or not all(found):
        return "a level is no `Name (CODE)`"
    names = [(m[1], m[2]) for m in found if m]
    parent = names[-2][1] if len(names) > 1 else ""
    return names[-1][1], row.get("metamaintype"), names[-1][0], names[0][0], parent
