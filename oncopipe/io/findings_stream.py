"""`findings.json` read as it goes: all but the variants at once, the variants one by one, whatever their number."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from pydantic import ValidationError

from oncopipe.data.findings import Findings, Variant
from oncopipe.errors import InputError
from oncopipe.io.findings import check_identifiers, check_version, invalid_findings, told_when_unreadable

_CHUNK = 1 << 20
_SPACE = " \t\n\r"
_VARIANTS = "variants"


@dataclass(frozen=True)
class FindingsFile:
    """Findings on disk. `head` is everything but the variants; `digest` is the sha256 of the file's bytes."""

    path: Path
    head: Findings
    digest: str

    def variants(self) -> Iterator[Variant]:
        """The variants in the file's order, each checked as it is read.

        Raises: InputError with the JSON path of the first thing that is wrong.
        """
        for key, index, value in _members(self.path):
            if key == _VARIANTS and index >= 0:
                try:
                    yield Variant.model_validate(value)
                except ValidationError as error:
                    raise invalid_findings(error, self.path, (_VARIANTS, index)) from error


def open_findings(path: Path | str) -> FindingsFile:
    """The findings of one tumor sample, ready to be read in little memory.

    Raises: as `read_findings`; what is wrong inside a variant comes out only when the variants are read.
    """
    path = Path(path)
    content: dict[str, Any] = {}
    for key, index, value in _members(path):
        content[key] = value if index < 0 else []
    check_version(content, path)
    try:
        head = Findings.model_validate(content)
    except ValidationError as error:
        raise invalid_findings(error, path) from error
    check_identifiers(head, path)
    return FindingsFile(path, head, _sha256(path))


def digest_of(findings: Findings) -> str:
    """The sha256 of the file that `write_findings` writes."""
    return hashlib.sha256((findings.model_dump_json(indent=1) + "\n").encode("utf-8")).hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _members(path: Path) -> Iterator[tuple[str, int, Any]]:
    """Key and value of each member of the file's object; of `variants` each item with its index; else -1."""
    try:
        with told_when_unreadable(path), path.open("rb") as file:
            yield from _Scanner(file).members()
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"the findings are not valid: this is no JSON ({error})",
            where=f"{path}, $",
            fix="make them again with 'oncopipe interpret'; the schema is oncopipe/data/findings.schema.json",
        ) from error


class _Scanner:
    """One JSON object, held a chunk at a time. Raises ValueError where the text is no JSON."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._decoder = json.JSONDecoder()
        self._text, self._at, self._rest, self._is_end = "", 0, b"", False

    def members(self) -> Iterator[tuple[str, int, Any]]:
        self._expect("{")
        if self._peek() != "}":
            while True:
                key = self._value()
                if not isinstance(key, str):
                    raise ValueError("a key is no text")
                self._expect(":")
                if key == _VARIANTS and self._peek() == "[":
                    yield from self._items(key)
                else:
                    yield key, -1, self._value()
                if self._peek() != ",":
                    break
                self._at += 1
        self._expect("}")
        if self._peek():
            raise ValueError("something stands behind its end")

    def _items(self, key: str) -> Iterator[tuple[str, int, Any]]:
        self._expect("[")
        index = -1
        while self._peek() != "]":
            index += 1
            yield key, index, self._value()
            if self._peek() != ",":
                break
            self._at += 1
            if self._peek() == "]":
                raise ValueError("a comma stands before the end of a list")
        self._expect("]")
        if index < 0:
            yield key, -1, []

    def _peek(self) -> str:
        """The next character that is no space; empty at the end."""
        while True:
            while self._at < len(self._text):
                if self._text[self._at] not in _SPACE:
                    return self._text[self._at]
                self._at += 1
            if not self._read():
                return ""

    def _expect(self, character: str) -> None:
        if (found := self._peek()) != character:
            raise ValueError(f"{character!r} is expected, {found or 'the end'!r} stands there")
        self._at += 1

    def _value(self) -> Any:
        self._peek()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except json.JSONDecodeError:
                if not self._read():
                    raise
                continue
            # A number may go on behind the chunk.
            if end < len(self._text) or not self._read():
                self._at = end
                return value

    def _read(self) -> bool:
        """One more chunk, at least as long as what is held, so that a long value is not scanned too often."""
        if self._is_end:
            return False
        kept = self._text[self._at :]
        data = self._rest + self._file.read(max(_CHUNK, len(kept)))
        self._is_end = len(data) == len(self._rest)
        # A character of several bytes may be cut by the chunk's end.
        cut = len(data) if self._is_end else _whole_characters(data)
        self._text, self._at, self._rest = kept + data[:cut].decode("utf-8"), 0, data[cut:]
        return not self._is_end


def _whole_characters(data: bytes) -> int:
    """How many bytes at the start of UTF-8 text hold whole characters: at most three are left over."""
    for back in range(1, min(4, len(data)) + 1):
        byte = data[-back]
        if byte & 0xC0 != 0x80:
            length = 1 if byte < 0x80 else 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return len(data) - back if length > back else len(data)
    return len(data)
