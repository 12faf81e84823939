"""Reads of a region to one read a molecule's end, while they are read: copies are gone before anything else looks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from oncopipe.data.evidence import N_FAMILY_SIZES
from oncopipe.data.reads import ReadBatch
from oncopipe.data.regions import Region
from oncopipe.families import consensus_kernels as kernels
from oncopipe.families import tag_kernels as tags
from oncopipe.io.bam import AlignmentReader, Room
from oncopipe.read_kernels import (
    CIGAR_OFFSET,
    END,
    LENGTH,
    N_COLUMNS,
    OFFSET,
    POSITION,
    QUALITY_OFFSET,
    SEQUENCE_OFFSET,
)

# METHOD: a PCR error after the barcode, or the index of another molecule, makes a base no better than this (fgbio's default).
AFTER_BARCODE = 1e-4
# PERF: reads are taken together so many bytes at a time; what waits for its copies is copied once each time.
_TURN = 8 << 20

_OFFSETS = [CIGAR_OFFSET, SEQUENCE_OFFSET, QUALITY_OFFSET, OFFSET]


def gains() -> np.ndarray:
    """What a base of each quality adds to its likelihood against being misread, (256,) int64, thousandths of a nat.

    METHOD: the sequencer's error and the one after the barcode are two trials, of which a second one undoes a third of the
    first: e = a + b - 4/3 a b. The ratio is (1 - e) to e/3.
    """
    claimed = np.minimum(10.0 ** (-np.minimum(np.arange(256), 93) / 10.0), 0.75)
    wrong = claimed + AFTER_BARCODE - 4 / 3 * claimed * AFTER_BARCODE
    return np.maximum(np.rint(1000 * np.log((1 - wrong) / (wrong / 3))), 0).astype(np.int64)


_GAINS = (gains() << kernels.VOTE_BITS) + 1


@dataclass
class _Waiting:
    """Records with their bytes, offsets counting from the first byte."""

    buffer: np.ndarray
    columns: np.ndarray


class ConsensusBuilder:
    """Takes a region's reads some at a time and gives one read for each end of a molecule.

    sizes: (2, N_FAMILY_SIZES) int64, ends of molecules by size of the family, those of one strand and those of both, whose read
    begins in the region.
    """

    def __init__(self, region: Region, min_mapping_quality: int, *, is_duplex: bool, padding: int = 0) -> None:
        self._wanted = (region.start - padding, region.end + padding)
        self.region, self._limit, self._is_duplex = region, min_mapping_quality, is_duplex
        self.sizes = np.zeros((2, N_FAMILY_SIZES), np.int64)
        self._incoming: list[_Waiting] = []
        self._pending = _Waiting(np.empty(0, np.uint8), np.empty((0, N_COLUMNS), np.int64))
        self._done: list[_Waiting] = []

    def add(self, buffer: np.ndarray, columns: np.ndarray, _end: int) -> None:
        """Look at reads, (records, columns) as in ReadBatch, that come behind those before."""
        first, last = int(columns[0, OFFSET]), int(columns[-1, OFFSET])
        behind = last + 4 + int.from_bytes(buffer[last : last + 4].tobytes(), "little")
        kept = columns.copy()
        kept[:, _OFFSETS] -= first
        self._incoming.append(_Waiting(buffer[first:behind].copy(), kept))
        if sum(w.buffer.size for w in self._incoming) >= max(_TURN, self._pending.buffer.size):
            self._turn(int(columns[-1, POSITION]))

    def batch(self, contig: int) -> ReadBatch:
        """All that was made of the reads added, in the order of their positions."""
        self._turn(None)
        columns = np.concatenate([np.empty((0, N_COLUMNS), np.int64), *(part.columns for part in self._done)])
        # What lies further out may lack copies that were not read.
        rows = np.flatnonzero((columns[:, END] > self._wanted[0]) & (columns[:, POSITION] < self._wanted[1]))
        order = rows[np.lexsort((columns[rows, kernels.NAME_HASH], columns[rows, POSITION]))]
        sizes = columns[:, QUALITY_OFFSET] + columns[:, LENGTH] - columns[:, OFFSET]
        places = np.full(len(columns), -1, np.int64)
        places[order] = np.cumsum(sizes[order]) - sizes[order]
        out, first = np.empty(int(sizes[order].sum()), np.uint8), 0
        while self._done:  # PERF: what has been laid out is given back at once
            part = self._done.pop(0)
            last = first + len(part.columns)
            kernels.lay_out(part.buffer, part.columns, places[first:last], out, columns[first:last])
            first = last
        made = columns[order]
        return ReadBatch(self.region, contig, out, made)

    def _turn(self, reached: int | None) -> None:
        """Make reads of the stacks that no later read can belong to. reached: position of the last read; None: no more."""
        reads = _joined([self._pending, *self._incoming])
        self._incoming = []
        keys = np.empty((len(reads.columns), tags.N_KEYS), np.int64)
        tags.assign(reads.buffer, reads.columns, self._limit, self._is_duplex, keys)
        used = keys[:, tags.K_USED] > 0
        waits = np.zeros(len(keys), bool)
        if reached is not None:
            # A forward copy begins at most LONGEST behind its unclipped end, a reverse one before it.
            waits = used & (keys[:, tags.K_END] + np.where(keys[:, tags.K_SIDE] == 0, tags.LONGEST, 0) >= reached)
        self._make(reads, keys, np.flatnonzero(used & ~waits))
        self._pending = _kept(reads, np.flatnonzero(waits))

    def _make(self, reads: _Waiting, keys: np.ndarray, rows: np.ndarray) -> None:
        if not rows.size:
            return
        order = rows[np.argsort(keys[rows, tags.K_STACK])]
        starts = np.empty(order.size + 1, np.int64)
        n = kernels.find_stacks(keys, order, starts)
        plans = np.empty((n, kernels.N_PLAN), np.int64)
        n_bytes = kernels.plan_stacks(reads.columns, keys, order, starts, plans)
        self._count(reads, keys, plans)
        out, made = np.empty(n_bytes, np.uint8), np.empty((n, N_COLUMNS), np.int64)
        used = kernels.write_consensus(reads.buffer, reads.columns, keys, order, starts, plans, _GAINS, out, made)
        self._done.append(_Waiting(out[:used], made))

    def _count(self, reads: _Waiting, keys: np.ndarray, plans: np.ndarray) -> None:
        rep = plans[:, kernels.P_REP]
        position, depths = reads.columns[rep, POSITION], keys[rep][:, [tags.K_DEPTH, tags.K_DEPTH_A, tags.K_DEPTH_B]]
        owned = (position >= self.region.start) & (position < self.region.end)
        both = (plans[:, kernels.P_N0] > 0) & (plans[:, kernels.P_N1] > 0) | (depths[:, 1:] > 0).all(axis=1)
        size = np.minimum(np.maximum(plans[:, kernels.P_SIZE], depths[:, 0]), N_FAMILY_SIZES - 1)
        np.add.at(self.sizes, (both[owned].astype(np.int64), size[owned]), 1)


def _joined(parts: list[_Waiting]) -> _Waiting:
    """Several as one, offsets counted on."""
    shifts = np.cumsum([0, *(part.buffer.size for part in parts)])
    columns = np.concatenate([part.columns for part in parts]) if parts else np.empty((0, N_COLUMNS), np.int64)
    at = 0
    for part, shift in zip(parts, shifts.tolist(), strict=False):
        columns[at : at + len(part.columns), _OFFSETS] += shift
        at += len(part.columns)
    return _Waiting(np.concatenate([np.empty(0, np.uint8), *(part.buffer for part in parts)]), columns)


def _kept(reads: _Waiting, rows: np.ndarray) -> _Waiting:
    """Some of the records with their bytes."""
    columns = reads.columns[rows]
    sizes = np.empty(rows.size, np.int64)
    kernels.record_sizes(reads.buffer, columns, sizes)
    out = np.empty(int(sizes.sum()), np.uint8)
    made = np.empty_like(columns)
    kernels.copy_records(reads.buffer, columns, sizes, out, made)
    return _Waiting(out, made)


def read_consensus(
    reader: AlignmentReader,
    region: Region,
    min_mapping_quality: int,
    *,
    is_duplex: bool,
    room: Room,
    padding: int = 0,
) -> tuple[ReadBatch, np.ndarray]:
    """One read for each end of a molecule over a region +- `padding`, and the sizes of the families that begin in the region
    (`ConsensusBuilder.sizes`).

    Raises: InputError (as `AlignmentReader.read`).
    """
    builder = ConsensusBuilder(region, min_mapping_quality, is_duplex=is_duplex, padding=padding)
    # Whoever shares a stack with a read there lies no further off.
    read = reader.read(region, padding=padding + tags.LONGEST, room=room, visit=builder.add, keep=False)
    return builder.batch(read.contig_index), builder.sizes
