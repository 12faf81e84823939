"""Columns of reads in, the bytes of BAM records and BGZF blocks out."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain, repeat
from pathlib import Path

import deflate
import numpy as np

BLOCK = 65_280
_EMPTY_BLOCK = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
_FIXED = np.dtype(
    [
        ("size", "<i4"), ("contig", "<i4"), ("position", "<i4"), ("name_length", "u1"), ("mapq", "u1"), ("bin", "<u2"),
        ("n_cigar", "<u2"), ("flag", "<u2"), ("n_bases", "<i4"), ("mate_contig", "<i4"), ("mate_position", "<i4"),
        ("template", "<i4"),
    ]
)  # fmt: skip


@dataclass(frozen=True)
class Records:
    """Reads of equal length, one row each. Bases in the 4-bit code of the format."""

    contig: np.ndarray
    position: np.ndarray
    end: np.ndarray
    mapq: np.ndarray
    flag: np.ndarray
    mate_contig: np.ndarray
    mate_position: np.ndarray
    template: np.ndarray
    names: np.ndarray  # (reads, letters) uint8, with the closing zero
    bases: np.ndarray  # (reads, length) uint8
    qualities: np.ndarray  # (reads, length) uint8
    cigars: list[bytes]
    tags: list[bytes]


def record_bytes(records: Records) -> list[bytes]:
    """Each read as a BAM record, its size in front.

    Records whose CIGAR and tags are as long as each other's are written as one matrix.
    """
    n, length = records.bases.shape
    cigar_size = np.fromiter(map(len, records.cigars), np.int64, n)
    tag_size = np.fromiter(map(len, records.tags), np.int64, n)
    fixed = _fixed_parts(records, cigar_size, tag_size)
    packed = records.bases[:, ::2] << 4
    packed[:, : length // 2] |= records.bases[:, 1::2]
    made = np.empty(n, object)
    shapes, shape = np.unique(cigar_size * 4096 + tag_size, return_inverse=True)
    for i in range(shapes.size):
        rows = np.flatnonzero(shape == i)
        parts = [
            fixed[rows],
            records.names[rows],
            _matrix([records.cigars[r] for r in rows]),
            packed[rows],
            records.qualities[rows],
            _matrix([records.tags[r] for r in rows]),
        ]
        whole = np.ascontiguousarray(np.concatenate(parts, axis=1))
        made[rows] = whole.view(f"V{whole.shape[1]}").ravel().tolist()
    return made.tolist()


def _fixed_parts(records: Records, cigar_size: np.ndarray, tag_size: np.ndarray) -> np.ndarray:
    n, length = records.bases.shape
    fixed = np.zeros(n, _FIXED)
    for name in ("contig", "position", "mapq", "flag", "mate_contig", "mate_position", "template"):
        fixed[name] = getattr(records, name)
    fixed["name_length"], fixed["n_bases"], fixed["n_cigar"] = records.names.shape[1], length, cigar_size // 4
    fixed["bin"] = _bins(records.position, records.end)
    fixed["size"] = 32 + records.names.shape[1] + cigar_size + (length + 1) // 2 + length + tag_size
    return fixed.view(np.uint8).reshape(n, -1)


def _matrix(rows: list[bytes]) -> np.ndarray:
    return (
        np.frombuffer(b"".join(rows), np.uint8).reshape(len(rows), -1) if rows[0] else np.empty((len(rows), 0), "u1")
    )


def _bins(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """`reg2bin` of the SAM specification, section 5.3; 4680 where there is no place."""
    bins, last = np.zeros(start.size, np.int64), end - 1
    for shift, offset in ((26, 1), (23, 9), (20, 73), (17, 585), (14, 4681)):
        same = start >> shift == last >> shift
        bins[same] = offset + (start[same] >> shift)
    bins[start < 0] = 4680
    return bins


def write_bam(path: Path, text: str, contigs: list[tuple[str, int]], batches: Iterable[list[bytes]]) -> None:
    """Write a BAM at level 6 on two threads; as in htslib, a record is not split between blocks."""
    header = b"BAM\1" + struct.pack("<i", len(text)) + text.encode() + struct.pack("<i", len(contigs))
    for name, length in contigs:
        header += struct.pack("<i", len(name) + 1) + name.encode() + b"\0" + struct.pack("<i", length)
    with path.open("wb") as file, ThreadPoolExecutor(2) as pool:
        for blocks in chain([[header]], map(list, map(_blocks, batches))):
            file.writelines(pool.map(_compress, blocks, repeat(6)))
        file.write(_EMPTY_BLOCK)


def _blocks(records: list[bytes]) -> Iterator[bytes]:
    waiting: list[bytes] = []
    size = 0
    for record in records:
        if size + len(record) > BLOCK:
            yield b"".join(waiting)
            waiting, size = [], 0
        waiting.append(record)
        size += len(record)
    yield b"".join(waiting)


def _compress(data: bytes, level: int) -> bytes:
    body = deflate.deflate_compress(data, level)
    front = struct.pack("<4BI2BHBBHH", 31, 139, 8, 4, 0, 0, 255, 6, 66, 67, 2, len(body) + 25)
    return front + bytes(body) + struct.pack("<II", zlib.crc32(data), len(data))
