"""Outputs that are whole or absent: written beside their place, renamed at the end, private by default."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from oncopipe.errors import OutputError

PRIVATE_MODE = 0o640


@contextmanager
def whole_file(path: Path | str) -> Iterator[Path]:
    """Yield a temporary path beside `path`; rename it onto `path` when the block ends well, else remove it.

    The file is readable by owner and group only: results hold patient data.

    Raises: OutputError when the folder cannot be made or written.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(
            prefix=f".{path.name}.", suffix=".part" + "".join(path.suffixes[-2:]), dir=path.parent
        )
    except OSError as error:
        raise OutputError(
            f"cannot write {path.name}: {error.strerror}",
            where=str(path.parent),
            fix="choose a folder you may write to",
        ) from error
    os.close(handle)
    part = Path(name)
    try:
        yield part
        part.chmod(PRIVATE_MODE)
        part.replace(path)
    except OSError as error:
        raise OutputError(f"cannot write {path.name}: {error.strerror or error}", where=str(path)) from error
    finally:
        part.unlink(missing_ok=True)


def write_text(path: Path | str, text: str) -> None:
    """Write a text file whole, in UTF-8 with LF line ends."""
    with whole_file(path) as part:
        part.write_bytes(text.encode("utf-8"))
