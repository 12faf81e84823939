"""CRAI, the index of a CRAM: how many bytes lie over each window, and whether it is this CRAM's (CRAM 3.1, section 12)."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

import numpy as np

from oncopipe.io.index import WINDOW, BamIndex, bad_index

# PERF: a CRAM holds about twice the reads of a BAM of the same size, and a piece of it decodes whole slices.
_BAM_BYTES = 2
_CONTIG, _START, _SPAN, _CONTAINER, _SLICE, _SIZE = range(6)
_MULTI = -2  # the contig of a slice whose reads lie on several
_LOOKED_AT = 30  # containers


def read_crai(raw: bytes, path: Path, lengths: tuple[int, ...]) -> tuple[BamIndex, np.ndarray]:
    """Bytes a window, and the index's rows, (slices, 6) int64. Raises: InputError when it is none.

    Windows hold offsets that ascend as a BAM of the same reads would have them; nothing is looked up by them.
    """
    try:
        rows = np.array([line.split("\t") for line in inflated(raw).splitlines()], np.int64).reshape(-1, 6)
    except (OSError, EOFError, zlib.error, ValueError, OverflowError) as error:
        raise bad_index(path, "it is no CRAI, or damaged") from error
    if not raw or (rows.size and (rows[:, _CONTIG].max() >= len(lengths) or rows[:, _CONTAINER:].min() < 0)):
        raise bad_index(path, "it was made for other reads")
    windows = []
    for contig, length in enumerate(lengths):
        slices, weights = rows[rows[:, _CONTIG] == contig], np.zeros(max(1, -(-length // WINDOW)) + 1)
        for _, start, span, _, _, size in slices.tolist():
            first = min(max(0, start - 1) // WINDOW, weights.size - 2)
            behind = min(max(0, start - 1 + span) // WINDOW, weights.size - 2) + 1
            weights[first + 1 : behind + 1] += _BAM_BYTES * size / max(1, behind - first)
        windows.append(np.cumsum(weights).astype(np.int64) << 16 if slices.size else np.empty(0, np.int64))
    return BamIndex(tuple(windows), np.full((len(lengths), 4), -1, np.int64), -1), rows


def inflated(raw: bytes) -> str:
    """The text of a CRAI, compressed or not. Raises: OSError, EOFError, zlib.error, UnicodeDecodeError."""
    return (gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw).decode("ascii")


def check_crai(rows: np.ndarray, data: np.ndarray, eof: int, path: Path) -> None:
    """Refuse the index of other bytes: its slices must be where it says, the first and the last in the file as well.

    rows: as of `read_crai`. data: (bytes,) uint8, the CRAM. eof: bytes of the container that ends it.
    """
    behind_header = _Container(data, 26).end
    if not rows.size:
        fits = behind_header == data.size - eof
    else:
        rows = rows[np.argsort(rows[:, _CONTAINER], kind="stable")]
        some = np.unique(np.linspace(0, len(rows) - 1, _LOOKED_AT).astype(int))
        fits = int(rows[0, _CONTAINER]) == behind_header and all(_is_there(row, data) for row in rows[some].tolist())
        fits = fits and _Container(data, int(rows[-1, _CONTAINER])).end == data.size - eof
    if not fits:
        raise bad_index(path, "it was made for a CRAM with other contents")


def _is_there(row: list[int], data: np.ndarray) -> bool:
    container = _Container(data, row[_CONTAINER])
    return container.contig in (row[_CONTIG], _MULTI) and row[_SLICE] in container.slices


class _Container:
    """The header of a container: contig, places of its slices, and where the next one begins (-1: none is here)."""

    def __init__(self, data: np.ndarray, at: int) -> None:
        self.contig, self.end, self.slices = _MULTI - 1, -1, set[int]()
        self._raw, self._at = data[at : at + (1 << 16)].tobytes(), 4
        try:
            length = int.from_bytes(self._raw[:4], "little", signed=True)
            contig = self._integer()
            for _ in range(3):  # start, span, records
                self._integer()
            is_old = int(data[4]) < 3
            self._integer(4 if is_old else 8)  # records so far
            self._integer(8)  # bases
            self._integer()  # blocks
            self.slices = {self._integer() for _ in range(min(self._integer(), 1 << 14))}
            self.contig, self.end = contig, at + self._at + (0 if is_old else 4) + length
        except IndexError:
            return

    def _integer(self, longest: int = 4) -> int:
        """An ITF8 (longest: 4) or LTF8 (8): as many bytes follow the first as it begins with ones."""
        first = self._raw[self._at]
        n = next((i for i in range(longest) if not first & 0x80 >> i), longest)
        rest = self._raw[self._at + 1 : self._at + 1 + n]
        if len(rest) < n:
            raise IndexError
        self._at += 1 + n
        if longest == 4 and n == 4:  # four bits, three bytes, four bits
            value = (first & 15) << 28 | rest[0] << 20 | rest[1] << 12 | rest[2] << 4 | rest[3] & 15
            return value - (1 << 32) if value >> 31 else value
        return (first & (0x7F >> n)) << 8 * n | int.from_bytes(rest, "big")
