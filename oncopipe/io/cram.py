"""CRAM by region: htslib decodes it in processes of their own, and the BAM bytes go through our reader.

Only the piece that was asked for exists, in a file without a name: no copy of the whole, nothing left behind.
"""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import IO, Any

import numpy as np
import pysam

from oncopipe.data.reads import AlignmentHeader
from oncopipe.errors import InputError
from oncopipe.io.alignment_header import check_sorted, read_header
from oncopipe.io.index import WINDOW, BamIndex, bad_index
from oncopipe.io.index_file import index_bytes

# PERF: a CRAM holds about twice the reads of a BAM of the same size; a piece of it decodes whole slices.
_BAM_BYTES = 2
_NOTHING = np.empty(0, np.uint8)


def open_cram(path: Path, reference: Path | None) -> CramSource:
    """A CRAM for reading by region. Raises: InputError (no reference, damaged, unsorted, no index)."""
    if reference is None:
        raise InputError("a CRAM needs its reference", where=str(path), fix="give --reference")
    try:
        with pysam.AlignmentFile(str(path), "rc", reference_filename=str(reference)) as file:
            text, names, lengths = str(file.header), file.references, file.lengths
            groups = file.header.to_dict().get("RG", [])
            order = file.header.to_dict().get("HD", {}).get("SO", "unknown")
    except (OSError, ValueError) as error:
        raise _unreadable(path, str(error)) from error
    samples = tuple((group.get("ID", ""), group.get("SM", "")) for group in groups)
    header = AlignmentHeader(tuple(names), tuple(lengths), samples, order, text)
    check_sorted(header, path)
    crai, crai_path = index_bytes(path, (".crai",))
    return CramSource(path, reference, header, crai, crai_path)


class CramSource:
    """A CRAM; each thread that reads has a process that decodes for it."""

    def __init__(self, path: Path, reference: Path, header: AlignmentHeader, crai: bytes, crai_path: Path) -> None:
        self.path, self.header = path, header
        self.index, self._has_unplaced = _read_crai(crai, crai_path, header.lengths)
        self._reference = reference
        self._crai = tempfile.TemporaryFile(prefix="oncopipe-crai-")  # noqa: SIM115 - closed with the source
        self._crai.write(crai)
        self._crai.flush()
        self._idle: SimpleQueue[_Child] = SimpleQueue()
        self._children: list[_Child] = []
        self._first_record = -1

    @cached_property
    def n_unplaced(self) -> int:
        """Reads without a position, counted."""
        if not self._has_unplaced:
            return 0
        with self._child() as child:
            return child.ask({"what": "unplaced"})

    def locate(self, contig: int, start: int, end: int) -> tuple[np.ndarray, int, int]:
        """BAM bytes of the reads in an interval, the virtual offset of the first (-1: there is none), and their end."""
        with self._child() as child:
            wanted = {"what": "region", "contig": self.header.contigs[contig], "start": start}
            data, begin = self._found(child, wanted | {"end": min(end, self.header.lengths[contig])})
            return data, begin, data.size

    def streams(self) -> Iterator[tuple[np.ndarray, int]]:
        """BAM bytes of all reads, some at a time."""
        with self._child() as child:
            data, begin = self._found(child, {"what": "first"})
            while begin >= 0:
                yield data, begin
                data, begin = self._found(child, {"what": "next"})

    def close(self) -> None:
        for child in self._children:
            child.close()
        self._crai.close()

    def _found(self, child: _Child, wanted: dict[str, Any]) -> tuple[np.ndarray, int]:
        if child.ask(wanted) == 0:
            return _NOTHING, -1
        data = child.output_bytes()
        if self._first_record < 0:  # the same header, written by the same code, is as long each time
            _, self._first_record = read_header(data, self.path)
        return data, self._first_record

    @contextmanager
    def _child(self) -> Iterator[_Child]:
        """A process that no other thread is using."""
        try:
            child = self._idle.get_nowait()
        except Empty:
            child = _Child(self.path, self._reference, self._crai)
            self._children.append(child)
        yield child
        self._idle.put(child)


class _Child:
    """A running `cram_child.py`, the nameless file that it writes, and what it said of failures."""

    def __init__(self, path: Path, reference: Path, crai: IO[bytes]) -> None:
        self._path = path
        self._output = tempfile.TemporaryFile(prefix="oncopipe-cram-")  # noqa: SIM115 - closed with the process
        self._said = tempfile.TemporaryFile(prefix="oncopipe-cram-")  # noqa: SIM115
        files = [self._output.fileno(), crai.fileno()]
        program = str(Path(__file__).with_name("cram_child.py"))
        self._process = subprocess.Popen(
            [sys.executable, "-P", program, str(path), f"/dev/fd/{files[1]}", str(reference), f"/dev/fd/{files[0]}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            text=True,
            pass_fds=files,
            # Bases come from the reference that was given, never from a server.
            env=os.environ | {"REF_PATH": os.devnull, "REF_CACHE": ""},
        )

    def ask(self, wanted: dict[str, Any]) -> int:
        """The number of records that answer a request. Raises: InputError with the last words of htslib."""
        assert self._process.stdin is not None and self._process.stdout is not None
        answer: dict[str, Any] = {}
        with suppress(OSError, ValueError):
            self._process.stdin.write(json.dumps(wanted) + "\n")
            self._process.stdin.flush()
            answer = json.loads(self._process.stdout.readline())
        if "records" in answer:
            return int(answer["records"])
        self._said.seek(0)
        lines = self._said.read().decode("utf-8", "replace").strip().splitlines()
        raise _unreadable(self._path, lines[-1] if lines else str(answer.get("error", "htslib ended")))

    def output_bytes(self) -> np.ndarray:
        """What the last answer wrote, (bytes,) uint8."""
        self._output.seek(0)
        return np.frombuffer(self._output.read(), np.uint8)

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()
        self._output.close()
        self._said.close()


def _unreadable(path: Path, why: str) -> InputError:
    return InputError(
        f"the CRAM cannot be read with this reference ({why[:200]})",
        where=str(path),
        fix="give the reference it was written with, and check that the file is whole",
    )


def _read_crai(raw: bytes, path: Path, lengths: tuple[int, ...]) -> tuple[BamIndex, bool]:
    """A CRAI as bytes a window, and whether there are reads without a position (CRAM 3.1, section 12).

    Windows hold offsets that ascend as a BAM of the same reads would have them; nothing is looked up by them.
    """
    try:
        text = (gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw).decode("ascii")
        rows = np.array([line.split("\t") for line in text.splitlines()], np.int64).reshape(-1, 6)
    except (OSError, EOFError, zlib.error, ValueError, OverflowError) as error:
        raise bad_index(path, "it is no CRAI, or damaged") from error
    if rows.size and (rows[:, 0].max() >= len(lengths) or rows[:, 5].min() < 0):
        raise bad_index(path, "it was made for other reads")
    windows = []
    for contig, length in enumerate(lengths):
        slices, weights = rows[rows[:, 0] == contig], np.zeros(-(-length // WINDOW) + 1)
        for _, start, span, _, _, size in slices.tolist():
            first = min(max(0, start - 1) // WINDOW, weights.size - 2)
            behind = min(max(0, start - 1 + span) // WINDOW, weights.size - 2) + 1
            weights[first + 1 : behind + 1] += _BAM_BYTES * size / (behind - first)
        windows.append(np.cumsum(weights).astype(np.int64) << 16 if slices.size else np.empty(0, np.int64))
    return BamIndex(tuple(windows), np.full((len(lengths), 4), -1, np.int64), -1), bool((rows[:, 0] < 0).any())
