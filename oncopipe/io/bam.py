"""BAM and CRAM files as batches of reads, at the cost of inflating them.

with open_alignment("tumor.bam", reference) as reader:
    for batch in reader.batches(regions):
        ...
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import TypeVar

import numpy as np

from oncopipe.data.reads import AlignmentHeader, ReadBatch
from oncopipe.data.regions import Region, Regions
from oncopipe.errors import InputError
from oncopipe.io import bam_kernels as kernels
from oncopipe.io import bgzf
from oncopipe.io.alignment_file import Source, open_source
from oncopipe.io.index import WINDOW, BamIndex
from oncopipe.read_kernels import N_COLUMNS

Item = TypeVar("Item")
Result = TypeVar("Result")
Visit = Callable[[np.ndarray, np.ndarray, int], None]

# Compressed bytes of a batch, about 24 MB inflated.
# PERF: what is read around a piece is read twice: at 200x a piece of 1 MB is 16 kb, and that was a tenth of the pass.
PIECE_BYTES = 4 << 20
PIECE_BASES = 1 << 20  # of a contig with few reads: counters take some bytes for each
BLOCKS = 8  # blocks inflated before records are looked at: half a megabyte stays in a core's cache
LAST_BLOCKS = 2  # and once the interval's end is near
ALL_BLOCKS = 32  # of a batch of `all_records`, whose memory is not used again
PLACES = 8  # at which `sampled` looks
NO_CONTIG = -2

_BGZF_MESSAGES = {
    bgzf.TRUNCATED: "the file is cut short inside a block",
    bgzf.NOT_BGZF: "this is not a BGZF block",
    bgzf.BAD_DEFLATE: "a block cannot be inflated",
    bgzf.BAD_CRC: "a block's checksum is wrong",
}
_RECORD_MESSAGES = {
    kernels.BAD_BLOCK_SIZE: "a record's size makes no sense",
    kernels.BAD_FIELDS: "a record's parts do not fit its size",
    kernels.BAD_AUX: "a record's tags are malformed",
    kernels.BAD_CIGAR: "a record's CIGAR does not fit its sequence",
    kernels.BAD_PLACE: "a record names no contig of the header, or reaches over an end of its contig",
    kernels.UNSORTED: "the reads are not sorted by coordinate",
}
_FIX_DAMAGED = "the file is damaged: copy it again, or make it anew"
_FIX_UNSORTED = "sort and index it: samtools sort, samtools index"


class Room:
    """Memory for one batch, to be used again: a batch read into it is gone when the next one is.

    PERF: fresh memory costs a page fault for every 4 kb; reading a whole BAM took a fifth longer with it.
    """

    def __init__(self) -> None:
        self.bytes = np.empty(4 * BLOCKS * bgzf.MAX_BLOCK, np.uint8)
        self.columns = np.empty((0, N_COLUMNS), np.int64)
        self.offsets = np.empty(0, np.int64)

    def grow(self, used: int, wanted: int) -> None:
        """Room for `wanted` bytes, of which the first `used` are kept."""
        if self.bytes.size < wanted:
            self.bytes = _grown(self.bytes, used, wanted)

    def grow_columns(self, used: int, wanted: int) -> None:
        """Room for `wanted` records, of which the first `used` are kept."""
        if len(self.columns) < wanted:
            self.columns = _grown(self.columns, used, wanted)


def _grown(array: np.ndarray, used: int, wanted: int) -> np.ndarray:
    larger = np.empty((max(2 * len(array), wanted), *array.shape[1:]), array.dtype)
    larger[:used] = array[:used]
    return larger


class AlignmentReader:
    """A sorted, indexed BAM. Batches may be read from several threads. Use as a context manager."""

    def __init__(self, source: Source) -> None:
        self.path = source.path
        self._source = source
        self._lengths = np.array(source.header.lengths, np.int64)
        self.header: AlignmentHeader = source.header
        self.index: BamIndex = source.index

    def __enter__(self) -> AlignmentReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._source.close()

    def pieces(self, regions: Regions, *, padding: int = 0) -> list[Region]:
        """The regions cut so that a piece holds about `PIECE_BYTES` of the file.

        Cuts lie `padding` behind multiples of 16 kb: what is read with that padding then begins where the index points.
        """
        rank = {name: i for i, name in enumerate(self.header.contigs)}
        return [
            piece
            for region in regions
            if region.contig in rank
            for piece in self._cut(region, rank[region.contig], padding)
        ]

    def _cut(self, region: Region, contig: int, padding: int) -> Iterator[Region]:
        weights = self.index.window_bytes(contig)
        start, weight = region.start, 0
        for window in range(max(0, region.start - padding) // WINDOW, -(-region.end // WINDOW)):
            end = min((window + 1) * WINDOW + padding, region.end)
            weight += int(weights[window]) if window < weights.size else 0
            if weight >= PIECE_BYTES or end - start >= PIECE_BASES or end == region.end:
                yield Region(region.contig, start, end)
                start, weight = end, 0

    def batches(self, regions: Regions, *, padding: int = 0, threads: int = 1) -> Iterator[ReadBatch]:
        """Batches in the order of the regions, each with every record that overlaps its piece +- `padding`.

        With several threads, pieces are read ahead; order and content do not depend on it.
        Raises: InputError naming the file and the virtual offset where its bytes make no sense.
        """
        return in_order(
            self.pieces(regions, padding=padding), lambda piece: self.read(piece, padding=padding), threads
        )

    def read(
        self,
        region: Region,
        *,
        padding: int = 0,
        with_tags: bool = True,
        room: Room | None = None,
        visit: Visit | None = None,
        keep: bool = True,
    ) -> ReadBatch:
        """Every record that overlaps `region` +- `padding`.

        with_tags: whether tags are walked through, which gives NM; without, only a CIGAR in the CG tag is looked for.
        room: memory to read into; its former batch ends. visit: called with the bytes and the columns of some hundred
        records at a time, in order, while they are in the core's cache, and the furthest end so far. keep: whether the batch
        holds them afterwards. Raises: InputError.
        """
        room = room or Room()
        contig = self.header.contigs.index(region.contig)
        bounds = np.array([contig, max(0, region.start - padding), region.end + padding, with_tags], np.int64)
        data, begin, near_end = self._source.locate(contig, int(bounds[1]), int(bounds[2]))
        if begin < 0:
            return ReadBatch(region, contig, room.bytes[:0], room.columns[:0])
        used, kept, behind = _read_records(
            data, (begin, near_end), self._lengths, bounds, self.path, room, visit, keep=keep
        )
        self._source.forget(begin >> 16, behind)
        return ReadBatch(region, contig, room.bytes[:used], room.columns[:kept])

    def all_records(self) -> Generator[ReadBatch, None, None]:
        """Every record of the file, unplaced ones too, in batches whose region says nothing."""
        nowhere = Region("*", 0, 0)
        for data, begin in self._source.streams():
            for buffer, columns, behind in _all_records(data, begin, self._lengths, self.path):
                yield ReadBatch(nowhere, NO_CONTIG, buffer, columns)
                self._source.forget(0, behind)

    def sampled(self) -> Iterator[ReadBatch]:
        """The reads behind some places spread evenly over the file, as `all_records` gives them: the same ones each time.

        Raises: InputError (damaged there).
        """
        for data, begin in self._source.places(PLACES):
            with closing(_all_records(data, begin, self._lengths, self.path)) as records:
                for buffer, columns, _ in records:
                    yield ReadBatch(Region("*", 0, 0), NO_CONTIG, buffer, columns)
                    break

    @property
    def n_unplaced(self) -> int:
        """Reads without a position, -1 where nothing says how many."""
        return self._source.n_unplaced


def open_alignment(path: Path | str, reference: Path | str | None = None) -> AlignmentReader:
    """Open a coordinate-sorted BAM, or a CRAM with its reference, for reading by region.

    A missing index is made beside the file where that is allowed, else in a temporary place.
    Raises: MissingInputError, InputError (no BAM, cut short, unsorted, no end marker, damaged index).
    """
    return AlignmentReader(open_source(Path(path), Path(reference) if reference else None))


def in_order(items: list[Item], work: Callable[[Item], Result], threads: int) -> Iterator[Result]:
    """`work(item)` of each item, in order, at most a few ahead on a pool of threads.

    PERF: some items take several times as long as others; with fewer ahead the other threads would wait for them.
    """
    if threads <= 1:
        yield from map(work, items)
        return
    with ThreadPoolExecutor(threads) as pool, _quick_switches():
        waiting = iter(items)
        ahead: list[Future[Result]] = [pool.submit(work, item) for item in islice(waiting, 8 * threads)]
        try:
            while ahead:
                result = ahead.pop(0).result()
                ahead += [pool.submit(work, item) for item in islice(waiting, 1)]
                yield result
        finally:
            for future in ahead:
                future.cancel()


@contextmanager
def _quick_switches() -> Iterator[None]:
    """Let threads take turns more often.

    PERF: kernels without the GIL end every half millisecond, and would wait up to 5 ms each to get it back.
    """
    usual = sys.getswitchinterval()
    sys.setswitchinterval(5e-4)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)


def _fail_bgzf(status: int, at: int, path: Path) -> InputError:
    return InputError(
        f"the BAM cannot be read: {_BGZF_MESSAGES[status]}", where=f"{path}, byte {at}", fix=_FIX_DAMAGED
    )


def _fail_record(status: int, at: int, path: Path, blocks: np.ndarray) -> InputError:
    row = int(np.searchsorted(blocks[:, 1], at, side="right")) - 1
    fix = _FIX_UNSORTED if status == kernels.UNSORTED else _FIX_DAMAGED
    where = f"{path}, block at byte {blocks[row, 0]}, record at its byte {at - blocks[row, 1]}"
    return InputError(f"the BAM cannot be read: {_RECORD_MESSAGES[status]}", where=where, fix=fix)


def _read_records(
    data: np.ndarray,
    place: tuple[int, int],
    lengths: np.ndarray,
    bounds: np.ndarray,
    path: Path,
    room: Room,
    visit: Visit | None,
    *,
    keep: bool,
) -> tuple[int, int, int]:
    """Inflate from a virtual offset until the records have left the interval.

    place: where to begin, and the file offset near which the interval ends. Returns the bytes and records that `room`
    holds then, and the file offset behind the last block.
    """
    at, done = place[0] >> 16, place[0] & 0xFFFF
    if at >= data.size:
        raise _bad_index(path)
    used, kept, row = 0, 0, 0
    state, all_blocks = np.full(3, -1, np.int64), []
    while at < data.size and row >= 0:
        n_blocks = BLOCKS if at < place[1] else LAST_BLOCKS
        room.grow(used, used + n_blocks * bgzf.MAX_BLOCK)
        blocks = np.empty((n_blocks, 2), np.int64)
        status, n, at, n_out = bgzf.inflate_blocks(data, at, n_blocks, room.bytes[used:], blocks)
        if status != bgzf.OK:
            raise _fail_bgzf(status, at, path)
        blocks[:, 1] += used
        all_blocks.append(blocks[:n])
        used += n_out
        if done > used:
            raise _bad_index(path)
        is_first = state[0] < 0
        status, row, n_kept, done = _walk(room, used, done, kept, lengths, bounds, state)
        if is_first and state[0] >= 0 and kernels.i32(room.bytes, int(room.offsets[0]) + 4) != bounds[0]:
            raise _bad_index(path)
        if status != kernels.OK:
            raise _fail_record(status, done, path, np.concatenate(all_blocks))
        if visit is not None and n_kept:
            visit(room.bytes, room.columns[kept : kept + n_kept], int(state[2]))
        if keep:
            kept += n_kept
            continue
        room.bytes[: used - done] = room.bytes[done:used].copy()
        all_blocks = all_blocks[-2:]
        for some in all_blocks:
            some[:, 1] -= done
        used, done = used - done, 0
    if row >= 0 and done != used:
        raise _cut_short(path)
    return used, kept, at


def _walk(
    room: Room, used: int, done: int, kept: int, lengths: np.ndarray, bounds: np.ndarray, state: np.ndarray
) -> tuple[int, int, int, int]:
    """Add the columns of the whole records in `[done, used)` to the room.

    Returns a status, the row of the first record behind the interval (-1: met), how many records were kept, and the
    offset behind the records or of the bad one.
    """
    n_possible = (used - done) // 36 + 1
    if room.offsets.size < n_possible:
        room.offsets = np.empty(n_possible, np.int64)
    status, found, behind = kernels.find_records(room.bytes, used, done, room.offsets)
    if status != kernels.OK:
        return status, found, 0, behind
    room.grow_columns(kept, kept + found)
    offsets = room.offsets[:found]
    status, row, n_kept = kernels.fill_columns(room.bytes, offsets, lengths, bounds, room.columns[kept:], state)
    return status, row, n_kept, behind if status == kernels.OK else int(offsets[row])


def _all_records(
    data: np.ndarray, begin: int, lengths: np.ndarray, path: Path
) -> Generator[tuple[np.ndarray, np.ndarray, int], None, None]:
    """The bytes and columns of some records at a time, and the file offset behind their last block."""
    at, done = begin >> 16, begin & 0xFFFF
    rest = np.empty(0, np.uint8)
    bounds, state = np.array([NO_CONTIG, 0, 0, True], np.int64), np.full(3, -1, np.int64)
    while at < data.size:
        room, used, first = Room(), rest.size, at
        room.grow(0, used + ALL_BLOCKS * bgzf.MAX_BLOCK)
        room.bytes[:used] = rest
        blocks = np.empty((ALL_BLOCKS, 2), np.int64)
        status, n, at, n_out = bgzf.inflate_blocks(data, at, ALL_BLOCKS, room.bytes[used:], blocks)
        if status != bgzf.OK:
            raise _fail_bgzf(status, at, path)
        blocks[:, 1] += used
        used += n_out
        if done > used:
            raise _bad_index(path)
        status, _, kept, behind = _walk(room, used, done, 0, lengths, bounds, state)
        if status != kernels.OK:
            raise _fail_record(status, behind, path, np.vstack([[[first, 0]], blocks[:n]]))
        if kept:
            yield room.bytes[:behind], room.columns[:kept], at
        rest, done = room.bytes[behind:used], 0
    if rest.size:
        raise _cut_short(path)


def _cut_short(path: Path) -> InputError:
    return InputError("the BAM ends inside a record", where=str(path), fix=_FIX_DAMAGED)


def _bad_index(path: Path) -> InputError:
    return InputError(
        "the index points behind the end of a block or the file: it does not belong to this BAM",
        where=str(path),
        fix="make it anew: samtools index",
    )
