"""Opening a BAM or CRAM: is it there, whole, sorted, indexed; what does its header say."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from oncopipe.data.reads import AlignmentHeader
from oncopipe.errors import InputError, MissingInputError
from oncopipe.io.alignment_header import check_sorted, read_header
from oncopipe.io.cram import CramSource, open_cram
from oncopipe.io.index import BamIndex, check_index, read_index
from oncopipe.io.index_file import index_bytes

# The empty block that ends every BGZF file (SAMv1, section 4.1.2).
EOF_MARKER = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
# The container that ends a CRAM 3.0 and a CRAM 2.1 (CRAM 3.0 specification, section 9).
_CRAM_EOF = (
    bytes.fromhex("0f000000ffffffff0fe0454f4600000000010005bdd94f0001000606010001000100ee63014b"),
    bytes.fromhex("0b000000ffffffff0fe0454f460000000001000001000606010001000100"),
)


class Source(Protocol):
    """Reads of a file as BAM bytes. `path` is what the user named."""

    path: Path
    header: AlignmentHeader
    index: BamIndex

    @property
    def n_unplaced(self) -> int:
        """Reads without a position; -1 where that is not known."""

    def locate(self, contig: int, start: int, end: int) -> tuple[np.ndarray, int, int]:
        """BGZF bytes, the virtual offset in them from which all reads in the interval are met (-1: there are none), and
        the file offset near which the last of them lies."""

    def streams(self) -> Iterator[tuple[np.ndarray, int]]:
        """BGZF bytes, each with the virtual offset of its first record; together every record once."""

    def places(self, n: int) -> Iterator[tuple[np.ndarray, int]]:
        """BGZF bytes, each with the virtual offset of a record, of at most n places spread over the file."""

    def forget(self, begin: int, end: int) -> None:
        """These bytes were read; they need not stay in memory."""

    def close(self) -> None: ...


@dataclass
class BamSource:
    """A BAM is its own bytes."""

    path: Path
    header: AlignmentHeader
    index: BamIndex
    mapped: mmap.mmap
    first_record: int

    def __post_init__(self) -> None:
        self.data = np.frombuffer(self.mapped, np.uint8)

    @property
    def n_unplaced(self) -> int:
        return self.index.n_unplaced

    def locate(self, contig: int, start: int, end: int) -> tuple[np.ndarray, int, int]:
        return self.data, self.index.begin(contig, start), self.index.begin(contig, end) >> 16

    def streams(self) -> Iterator[tuple[np.ndarray, int]]:
        yield self.data, self.first_record

    def places(self, n: int) -> Iterator[tuple[np.ndarray, int]]:
        offsets = np.unique(np.concatenate([np.empty(0, np.int64), *self.index.windows]))
        offsets = offsets[offsets >= 0]
        wanted = np.linspace(0, offsets[-1] >> 16 if offsets.size else 0, n, endpoint=False)
        for at in np.unique(np.searchsorted(offsets >> 16, wanted)).tolist() if offsets.size else ():
            yield self.data, int(offsets[at])

    def forget(self, begin: int, end: int) -> None:
        # PERF: mapped pages count as the process's own; of a whole genome that would be a hundred gigabytes.
        begin -= begin % mmap.PAGESIZE
        self.mapped.madvise(mmap.MADV_DONTNEED, begin, end - begin)

    def close(self) -> None:
        """The mapping ends with its last array."""


def open_source(path: Path, reference: Path | None) -> BamSource | CramSource:
    """Open `path` for reading by region. Raises: as `io.bam.open_alignment`."""
    if check_whole(path) == "BAM":
        return _open_bam(path)
    data = np.memmap(path, dtype=np.uint8, mode="r")
    return open_cram(path, reference, data, next(len(end) for end in _CRAM_EOF if data[-len(end) :].tobytes() == end))


def check_whole(path: Path) -> str:
    """ "BAM" or "CRAM", when the file's first and last bytes say so. Raises: MissingInputError, InputError."""
    if not path.is_file():
        raise MissingInputError("the file of reads is missing", where=str(path), fix="check the path")
    with path.open("rb") as file:
        magic = file.read(4)
        file.seek(max(0, path.stat().st_size - 64))
        tail = file.read()
    if not magic:
        raise InputError("the file of reads is empty", where=str(path), fix="copy it again")
    if magic == b"CRAM":
        kind, whole = "CRAM", tail.endswith(_CRAM_EOF)
    elif magic[:2] == b"\x1f\x8b":
        kind, whole = "BAM", tail.endswith(EOF_MARKER)
    else:
        raise InputError("this is neither BAM nor CRAM", where=str(path), fix="give a BAM or CRAM file")
    if not whole:
        raise InputError(
            f"the {kind} is cut short: its end-of-file marker is missing",
            where=str(path),
            fix="copy it again, or make it anew; what is lost cannot be known",
        )
    return kind


def _open_bam(path: Path) -> BamSource:
    with path.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    data = np.frombuffer(mapped, np.uint8)
    header, first_record = read_header(data, path)
    check_sorted(header, path)
    raw, index_path = index_bytes(path, (".bai", ".csi"))
    index = read_index(raw, index_path, header.lengths)
    check_index(index, data, first_record, index_path)
    return BamSource(path, header, index, mapped, first_record)
