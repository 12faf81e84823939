"""CRAM by region: htslib decodes it in processes of their own, and the BAM bytes go through our reader.

Only the piece that was asked for exists, in a file without a name: no copy of the whole, nothing left behind.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager, suppress
from functools import cached_property
from itertools import islice
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import IO, Any

import numpy as np
import pysam

from oncopipe.data.reads import AlignmentHeader
from oncopipe.errors import InputError
from oncopipe.io.alignment_header import check_sorted, read_header
from oncopipe.io.crai import check_crai, read_crai
from oncopipe.io.index_file import index_bytes

_NOTHING = np.empty(0, np.uint8)


def open_cram(path: Path, reference: Path | None, data: np.ndarray, eof: int) -> CramSource:
    """A CRAM for reading by region.

    data: (bytes,) uint8, the file. eof: size of the container that ends it.
    Raises: InputError (no reference, damaged, unsorted, no index).
    """
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
    source = CramSource(path, reference, header, crai, crai_path)
    try:
        check_crai(source.slices, data, eof, crai_path)
    except InputError:
        source.close()
        raise
    return source


class CramSource:
    """A CRAM; each thread that reads has a process that decodes for it."""

    def __init__(self, path: Path, reference: Path, header: AlignmentHeader, crai: bytes, crai_path: Path) -> None:
        self.path, self.header = path, header
        self.index, self.slices = read_crai(crai, crai_path, header.lengths)
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
        if not (self.slices[:, 0] < 0).any():
            return 0
        with self._child() as child:
            return child.ask({"what": "unplaced"})

    def locate(self, contig: int, start: int, end: int) -> tuple[np.ndarray, int, int]:
        """BAM bytes of the reads in an interval, the virtual offset of the first (-1: there is none), and their end."""
        end = min(end, self.header.lengths[contig])
        if start >= end:
            return _NOTHING, -1, 0
        wanted = {"what": "region", "contig": self.header.contigs[contig], "start": start, "end": end}
        with self._child() as child:
            data, begin = self._found(child, wanted)
            return data, begin, data.size

    def streams(self) -> Generator[tuple[np.ndarray, int], None, None]:
        """BAM bytes of all reads, some at a time."""
        with self._child() as child:
            data, begin = self._found(child, {"what": "first"})
            while begin >= 0:
                yield data, begin
                data, begin = self._found(child, {"what": "next"})

    def places(self, n: int) -> Iterator[tuple[np.ndarray, int]]:
        """The first reads: a place further on would be decoded whole."""
        with closing(self.streams()) as streams:
            yield from islice(streams, 1)

    def forget(self, begin: int, end: int) -> None:
        """The bytes are a region's own, and go with it."""

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
        self._said = tempfile.TemporaryFile(prefix="oncopipe-cram-")  # noqa: SIM115 - as above
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
