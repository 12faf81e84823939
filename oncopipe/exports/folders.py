"""A folder of files that is whole or absent, and that never takes away what is not its own."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from oncopipe.errors import OutputError
from oncopipe.io.output import PRIVATE_MODE

PRIVATE_FOLDER = 0o750


@contextmanager
def whole_folder(path: Path, ours: re.Pattern[str]) -> Iterator[Path]:
    """Yield an empty folder beside `path`; put it in the place of `path` when the block ends well, else remove it.

    An earlier export there is replaced whole, so that none of its files stays behind. `ours` matches the relative
    names of all files that this export may make.

    Raises: OutputError when `path` holds anything else, or cannot be written.
    """
    strange = [name for name in _files(path) if not ours.fullmatch(name)] if path.exists() else []
    if strange or (path.exists() and not path.is_dir()):
        raise OutputError(
            f"the folder holds {strange[0]!r}, which is none of this export's files"
            if strange
            else "it is no folder",
            where=str(path),
            fix="give an empty folder, or one that an earlier export of this format made",
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent))
    except OSError as error:
        raise OutputError(f"cannot write {path.name}: {error.strerror}", where=str(path.parent)) from error
    try:
        yield part
        for made in [part, *part.rglob("*")]:
            made.chmod(PRIVATE_FOLDER if made.is_dir() else PRIVATE_MODE)
        if path.exists():
            shutil.rmtree(path)
        part.rename(path)
    except OSError as error:
        raise OutputError(f"cannot write {path.name}: {error.strerror or error}", where=str(path)) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def write_lines(path: Path, lines: Iterable[str]) -> None:
    """Write lines, which bring their ends, into a file of a folder that is being made."""
    path.parent.mkdir(exist_ok=True)
    with path.open("w", encoding="utf-8", newline="\n") as out:
        out.writelines(lines)


def _files(path: Path) -> list[str]:
    """The files below a folder; an empty hidden file at its top is some tool's mark and no content."""
    found = [p for p in path.rglob("*") if not p.is_dir()]
    marks = {p for p in found if p.parent == path and p.name.startswith(".") and p.is_file() and not p.stat().st_size}
    return sorted(p.relative_to(path).as_posix() for p in found if p not in marks)
