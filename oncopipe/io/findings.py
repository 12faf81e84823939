"""`findings.json` to `Findings`, checked at the border."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from oncopipe.data.findings import FORMAT_VERSION, Findings
from oncopipe.errors import FormatVersionError, InputError, MissingInputError
from oncopipe.io.output import write_text

IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class _Envelope(BaseModel):
    """What is looked at first: a file of another version need not have our fields."""

    format_version: str


def read_findings(path: Path | str) -> Findings:
    """The findings of one tumor sample from their JSON file.

    Raises: MissingInputError, FormatVersionError when the file was written in another format version,
    InputError with the JSON path of the first thing that is wrong.
    """
    path = Path(path)
    with told_when_unreadable(path):
        content = path.read_bytes()
    try:
        envelope = _Envelope.model_validate_json(content)
    except ValidationError as error:
        raise invalid_findings(error, path) from error
    check_version(envelope.model_dump(), path)
    try:
        findings = Findings.model_validate_json(content)
    except ValidationError as error:
        raise invalid_findings(error, path) from error
    check_identifiers(findings, path)
    return findings


@contextmanager
def told_when_unreadable(path: Path) -> Iterator[None]:
    """Turn what the system says of a findings file into MissingInputError or InputError."""
    try:
        yield
    except FileNotFoundError:
        raise MissingInputError(
            "there are no findings", where=str(path), fix="make them with 'oncopipe interpret'"
        ) from None
    except OSError as error:
        raise InputError(f"the findings cannot be read: {error.strerror}", where=str(path)) from error


def write_findings(findings: Findings, path: Path | str) -> None:
    """Write findings as JSON, whole or not at all, readable by owner and group only."""
    write_text(path, findings.model_dump_json(indent=1) + "\n")


def check_version(content: Any, path: Path) -> None:
    """Raises: InputError where there is no format version, FormatVersionError where it is not this release's."""
    try:
        envelope = _Envelope.model_validate(content)
    except ValidationError as error:
        raise invalid_findings(error, path) from error
    if envelope.format_version != FORMAT_VERSION:
        raise FormatVersionError(
            f"the findings have format version {envelope.format_version!r}, this release reads {FORMAT_VERSION}",
            where=f"{path}, $.format_version",
            fix="make them again with 'oncopipe interpret' of this release",
        )


def check_identifiers(findings: Findings, path: Path) -> None:
    """Raises: InputError where a patient or sample id is no identifier."""
    identity = findings.identity
    for name, value in (("patient", identity.patient), ("sample", identity.sample), ("normal", identity.normal)):
        if value is not None and not IDENTIFIER.fullmatch(value):
            raise InputError(
                f"{value!r} is no identifier",
                where=f"{path}, $.identity.{name}",
                fix="letters, digits, '.', '_' and '-' only, the first a letter or digit",
            )


def invalid_findings(error: ValidationError, path: Path, within: tuple[str | int, ...] = ()) -> InputError:
    """What is wrong with findings as an error that names the JSON path; `within` is where the checked part stands."""
    first, n = error.errors()[0], error.error_count()
    keys = (*within, *first["loc"])
    place = "$" + "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys)
    return InputError(
        f"the findings are not valid: {first['msg']}" + (f" (and {n - 1} more)" if n > 1 else ""),
        where=f"{path}, {place}",
        fix="make them again with 'oncopipe interpret'; the schema is oncopipe/data/findings.schema.json",
    )
