"""The header of a BAM, read block by block as far as it goes."""

from __future__ import annotations

import struct
from bisect import bisect_right
from pathlib import Path

import numpy as np

from oncopipe.data.reads import AlignmentHeader
from oncopipe.errors import InputError
from oncopipe.io import bgzf

_BLOCKS = 8
_MAX_HEADER = 1 << 28


def read_header(data: np.ndarray, path: Path) -> tuple[AlignmentHeader, int]:
    """The header of a BAM and the virtual offset of its first record.

    data: (bytes,) uint8, the whole file. `path` is named in errors. Raises: InputError.
    """
    inflated = _Inflated(data, path)
    if inflated.take(0, 4) != b"BAM\x01":
        raise no_bam(path, "the magic bytes are not there")
    l_text = inflated.size(4)
    text = inflated.take(8, l_text).split(b"\0")[0].decode("utf-8", "replace")
    at, names, lengths = 12 + l_text, [], []
    for _ in range(inflated.size(8 + l_text)):
        l_name = inflated.size(at)
        names.append(inflated.take(at + 4, l_name).split(b"\0")[0].decode("utf-8", "replace"))
        lengths.append(inflated.size(at + 4 + l_name))
        at += 8 + l_name
    if "" in names:
        raise no_bam(path, "a contig in its header has no name")
    if len(set(names)) < len(names):
        twice = next(name for i, name in enumerate(names) if name in names[:i])
        raise no_bam(path, f"its header names contig {twice!r} twice")
    groups, order = _read_text(text, dict(zip(names, lengths, strict=True)), path)
    header = AlignmentHeader(tuple(names), tuple(lengths), groups, order, text)
    return header, inflated.virtual_offset(at)


def _read_text(text: str, lengths: dict[str, int], path: Path) -> tuple[tuple[tuple[str, str], ...], str]:
    """Read groups (ID, SM) and sort order of a header's text, checked against the contigs that records refer to."""
    order, groups = "unknown", []
    for line in text.split("\n"):
        line = line.rstrip("\r")
        if line and not (line[0] == "@" and line[1:3].isalpha() and line[3:4] == "\t"):
            raise no_bam(path, "its header has a line that is no header line")
        fields = dict(part.split(":", 1) for part in line.split("\t")[1:] if ":" in part)
        if line.startswith("@HD"):
            order = fields.get("SO", order)
        elif line.startswith("@RG"):
            groups.append((fields.get("ID", ""), fields.get("SM", "")))
        elif line.startswith("@SQ"):
            name = fields.get("SN", "")
            if str(lengths.get(name)) != fields.get("LN", ""):
                raise no_bam(path, f"its header's text and its table of contigs differ on {name!r}")
    return tuple(groups), order


def check_sorted(header: AlignmentHeader, path: Path) -> None:
    """Refuse a file whose header says that it is not sorted by coordinate."""
    if header.sort_order in ("queryname", "unsorted"):
        raise InputError(
            f"the reads are not sorted by coordinate (its header says {header.sort_order})",
            where=str(path),
            fix="sort and index it: samtools sort, samtools index",
        )


def no_bam(path: Path, why: str) -> InputError:
    return InputError(f"this is no sound BAM: {why}", where=str(path), fix="copy it again, or make it anew")


class _Inflated:
    """The first inflated bytes of a BGZF file, as many as were asked for."""

    def __init__(self, data: np.ndarray, path: Path) -> None:
        self._data, self._path = data, path
        self._bytes, self._at = bytearray(), 0
        self._files: list[int] = []  # file offset of each block
        self._starts: list[int] = []  # where its bytes begin
        self._out, self._table = np.empty(_BLOCKS * bgzf.MAX_BLOCK, np.uint8), np.empty((_BLOCKS, 2), np.int64)

    def take(self, at: int, n: int) -> bytes:
        """`n` bytes from offset `at`. Raises: InputError where the file has not so many, or they are no header's."""
        if at + n > _MAX_HEADER:
            raise no_bam(self._path, f"its header would have more than {_MAX_HEADER} bytes")
        while len(self._bytes) < at + n:
            self._inflate()
        return bytes(self._bytes[at : at + n])

    def size(self, at: int) -> int:
        """A number of things: an int32 that is not negative."""
        value = int(struct.unpack("<i", self.take(at, 4))[0])
        if value < 0:
            raise no_bam(self._path, "a size in its header is negative")
        return value

    def virtual_offset(self, at: int) -> int:
        """Where byte `at` lies in the file. What begins where a block ends begins in the next block."""
        if at >= len(self._bytes):
            return self._at << 16
        block = bisect_right(self._starts, at) - 1
        return self._files[block] << 16 | at - self._starts[block]

    def _inflate(self) -> None:
        if self._at >= self._data.size:
            raise no_bam(self._path, "its header ends too early")
        status, n, behind, n_out = bgzf.inflate_blocks(self._data, self._at, _BLOCKS, self._out, self._table)
        if n == 0 and status != bgzf.OK:
            raise no_bam(self._path, f"byte {self._at} begins no sound BGZF block")
        self._files += self._table[:n, 0].tolist()
        self._starts += (self._table[:n, 1] + len(self._bytes)).tolist()
        self._bytes += self._out[:n_out].tobytes()
        self._at = behind
