"""A batch of reads against the reference: what differs, how deep the reads lie, and which bases were read how."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from oncopipe.data.reads import ReadBatch
from oncopipe.data.regions import Region
from oncopipe.io.bam import AlignmentReader, Room
from oncopipe.pileup import difference_kernels as kernels
from oncopipe.read_kernels import LENGTH, N_CIGAR, OFFSET, POSITION, QUALITY_OFFSET

Codes = Callable[[int, int], np.ndarray]
# The reference is fetched so far around a region, and further where a read reaches further.
REACH = 2_000


@dataclass(frozen=True)
class Pileup:
    """What the reads of one batch say over its region. Positions of mismatches count from the region's start.

    codes: (bases,) uint8 of the reference from `codes_start`. change: (positions + 1,) int32, changes of depth.
    alleles: (positions, 4) int32, reads by mismatching base. bases: (groups, reference codes, qualities) int64, estimated
    from one fragment in 16. poor: (256,) int64, mismatches of a lower quality than is asked for, by quality.
    reads: (records, N_READ_COLUMNS) int32. mismatches: (N_MISMATCH_ROWS, n) int32. indels: (N_INDEL_ROWS, n) int64.
    """

    batch: ReadBatch
    codes: np.ndarray
    codes_start: int
    change: np.ndarray
    alleles: np.ndarray
    bases: np.ndarray
    poor: np.ndarray
    reads: np.ndarray
    mismatches: np.ndarray
    indels: np.ndarray

    @cached_property
    def depth(self) -> np.ndarray:
        """Aligned bases of used reads at each position, (positions,) int32."""
        return np.cumsum(self.change[:-1], dtype=np.int32)

    @property
    def reference(self) -> np.ndarray:
        """Codes of the region itself, (positions,) uint8; 4 behind the contig's end."""
        start = self.batch.region.start - self.codes_start
        return self.codes[start : start + len(self.batch.region)]

    def of_quality(self, min_base_quality: int) -> Pileup:
        """The same without mismatches of a lower quality."""
        rows = self.mismatches[:, self.mismatches[kernels.MISMATCH_QUALITY] >= min_base_quality]
        if rows.shape[1] == self.mismatches.shape[1]:
            return self
        alleles = np.zeros_like(self.alleles)
        np.add.at(alleles, (rows[kernels.MISMATCH_POSITION], rows[kernels.MISMATCH_CODE]), 1)
        return replace(self, mismatches=rows, alleles=alleles)

    def errors_by_quality(self, min_reads: int, min_fraction: float) -> np.ndarray:
        """Mismatches by quality, (256,) int64, of alleles that fewer reads or a smaller share of the depth show."""
        is_error = ~self.is_variant(min_reads, min_fraction)
        return np.bincount(self.mismatches[kernels.MISMATCH_QUALITY, is_error], minlength=256).astype(np.int64)

    def by_class(self, chosen: np.ndarray) -> np.ndarray:
        """The chosen mismatches by reference base, read base and quality, (4, 4, 256) int64."""
        rows = self.mismatches[:, chosen].astype(np.int64)
        code, quality = rows[kernels.MISMATCH_CODE], rows[kernels.MISMATCH_QUALITY]
        reference = self.reference[rows[kernels.MISMATCH_POSITION]].astype(np.int64)
        return np.bincount((reference * 4 + code) * 256 + quality, minlength=4096)[:4096].reshape(4, 4, 256)

    def has_many(self, least: np.ndarray) -> np.ndarray:
        """Whether a mismatch's allele has at least so many reads, (mismatches,) bool. least: (positions,)."""
        position = self.mismatches[kernels.MISMATCH_POSITION]
        return np.asarray(self.alleles[position, self.mismatches[kernels.MISMATCH_CODE]] >= least[position])

    def is_variant(self, min_reads: int, min_fraction: float) -> np.ndarray:
        """Whether a mismatch's allele has at least so many reads and such a share of the depth, (mismatches,) bool."""
        position = self.mismatches[kernels.MISMATCH_POSITION]
        n_reads = self.alleles[position, self.mismatches[kernels.MISMATCH_CODE]]
        return (n_reads >= min_reads) & (n_reads >= min_fraction * self.depth[position])


class Watcher(Protocol):
    """Something that wants to see the pileups that another step makes, so that a file is read once for both."""

    def see(self, sample: int, pileup: Pileup) -> Any:
        """What it takes from a pileup, which is gone afterwards; called from any thread."""

    def add(self, sample: int, seen: Any) -> None:
        """Keep what was seen; called from one thread, in the order of the genome."""


class PileupBuilder:
    """Takes some reads of a region at a time and gives their pileup.

    codes_of: reference codes of an interval, clipped to the contig. limits: least mapping and base quality of what may
    speak.
    """

    def __init__(self, region: Region, codes_of: Codes, limits: tuple[int, int]) -> None:
        self.region, self._codes_of, self._limits = region, codes_of, limits
        self._interval = (0, 0)
        self._cover(region.start - REACH, region.end + REACH)
        self._change = np.zeros(len(region) + 1, np.int32)
        self._alleles = np.zeros((len(region), 4), np.int32)
        self._bases = np.zeros((kernels.N_GROUPS, kernels.N_LEVELS), np.int64)
        self._poor = np.zeros(256, np.int64)
        self._reads = np.empty((0, kernels.N_READ_COLUMNS), np.int32)
        self._mismatches = np.empty((kernels.N_MISMATCH_ROWS, 0), np.int32)
        self._indels = np.empty((kernels.N_INDEL_ROWS, 0), np.int64)
        self._n = (0, 0, 0)  # reads, mismatches and indels so far

    def _cover(self, start: int, end: int) -> None:
        """Have the reference at least from `start` to `end`."""
        start, end = max(0, start), max(0, end)
        if self._interval[0] <= start and end <= self._interval[1] > 0:
            return
        if self._interval[1] > 0:
            start, end = min(start, self._interval[0]), max(end, self._interval[1])
        self._interval, self.codes_start = (start, end), start
        self.codes, self._packed = self._codes_of(start, end), np.empty(0, np.uint8)

    def add(self, buffer: np.ndarray, columns: np.ndarray, end: int) -> None:
        """Look at reads, (records, columns) as in ReadBatch, that come behind those before and end at `end` at most."""
        self._cover(int(columns[0, POSITION]), end)
        if self._packed.size == 0:  # where no reads are, it is not needed
            self._packed = np.empty(2 * kernels.packed_size(self.codes.size), np.uint8)
            kernels.pack_codes(self.codes, self._packed)
        # At most every base differs and every operation is an indel; both lie in the bytes from the first record on.
        last = columns[-1].tolist()
        n_bytes = last[QUALITY_OFFSET] + last[LENGTH] - int(columns[0, OFFSET])
        n_reads, n_mismatches, n_indels = self._n
        self._reads = _with_room(self._reads, n_reads, len(columns), axis=0)
        self._mismatches = _with_room(self._mismatches, n_mismatches, n_bytes, axis=1)
        self._indels = _with_room(self._indels, n_indels, n_bytes // 4 + last[N_CIGAR], axis=1)
        found = kernels.find_differences(
            buffer, columns, self.codes, self._packed, (self.codes_start, self.region.start, self.region.end),
            self._limits, (self._change, self._alleles, self._bases, self._poor), (self._reads, self._mismatches, self._indels),
            self._n,
        )  # fmt: skip
        self._n = (n_reads + len(columns), *found)

    def pileup(self, batch: ReadBatch) -> Pileup:
        """What was found in the reads of `batch`, all of which were added."""
        n_reads, n_mismatches, n_indels = self._n
        bases = kernels.COUNTED_SHARE * self._bases.reshape(kernels.N_GROUPS, -1, 256)
        return Pileup(
            batch, self.codes, self.codes_start, self._change, self._alleles, bases, self._poor, self._reads[:n_reads],
            self._mismatches[:, :n_mismatches], self._indels[:, :n_indels],
        )  # fmt: skip


def _with_room(array: np.ndarray, used: int, wanted: int, *, axis: int) -> np.ndarray:
    """The array, or a larger one with its used part, with so many rows (columns) more. What is not used costs no memory."""
    if array.shape[axis] >= used + wanted:
        return array
    n = 2 * (used + wanted)
    larger = np.empty((n, array.shape[1]) if axis == 0 else (array.shape[0], n), array.dtype)
    kept = (slice(used),) if axis == 0 else (slice(None), slice(used))
    larger[kept] = array[kept]
    return larger


def pile_up(batch: ReadBatch, codes_of: Codes, limits: tuple[int, int]) -> Pileup:
    """Compare a batch that is there already."""
    builder = PileupBuilder(batch.region, codes_of, limits)
    if len(batch):
        builder.add(batch.buffer, batch.columns, int(batch.end.max()))
    return builder.pileup(batch)


def read_pileup(
    reader: AlignmentReader, region: Region, codes_of: Codes, limits: tuple[int, int], *, padding: int, room: Room
) -> Pileup:
    """Read a region and compare its reads with the reference, some blocks at a time.

    Raises: InputError (as `AlignmentReader.read`).
    """
    builder = PileupBuilder(region, codes_of, limits)
    # PERF: half a megabyte of reads is looked at while it is in the core's cache; a whole piece would be read from memory.
    batch = reader.read(region, padding=padding, with_tags=False, room=room, visit=builder.add)
    return builder.pileup(batch)
