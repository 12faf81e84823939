"""Lines of a text file as people send them: plain or gzipped, with any line end, with or without a byte order mark."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

from oncopipe.errors import InputError, MissingInputError

_GZIP = b"\x1f\x8b"


def read_lines(path: Path | str, *, what: str) -> list[str]:
    """The lines of a UTF-8 file without their ends. `what` names the file in an error.

    Raises: MissingInputError; InputError when it is no text in UTF-8 or is damaged.
    """
    path = Path(path)
    try:
        content = path.read_bytes()
        if content.startswith(_GZIP):
            content = gzip.decompress(content)
        text = content.decode("utf-8-sig")
    except FileNotFoundError:
        raise MissingInputError(f"{what} is missing", where=str(path), fix="check the path") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{what} cannot be read: {error}", where=str(path), fix="give UTF-8 text") from error
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{what} cannot be read: {error}", where=str(path), fix="copy or make it again") from error
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return lines[:-1] if lines[-1] == "" else lines
