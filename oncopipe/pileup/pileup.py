"""A batch of reads against the reference: what differs, how deep the reads lie, and which bases were read how."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from oncopipe.data.reads import ReadBatch
from oncopipe.pileup import difference_kernels as kernels


@dataclass(frozen=True)
class Pileup:
    """What the reads of one batch say over its region. Positions of mismatches count from the region's start.

    codes: (bases,) uint8 of the reference from `codes_start`. change: (positions + 1,) int32, changes of depth.
    alleles: (positions, 4) int32, reads by mismatching base. bases: (groups, reference codes, qualities) int64, estimated
    from one fragment in 16. reads: (records, N_READ_COLUMNS) int32. mismatches: (N_MISMATCH_ROWS, n) int32. indels:
    (N_INDEL_ROWS, n) int64.
    """

    batch: ReadBatch
    codes: np.ndarray
    codes_start: int
    change: np.ndarray
    alleles: np.ndarray
    bases: np.ndarray
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

    def errors_by_quality(self, min_reads: int, min_fraction: float) -> np.ndarray:
        """Mismatches by quality, (256,) int64, of alleles that fewer reads or a smaller share of the depth show."""
        is_error = ~self.is_variant(min_reads, min_fraction)
        return np.bincount(self.mismatches[kernels.MISMATCH_QUALITY, is_error], minlength=256).astype(np.int64)

    def is_variant(self, min_reads: int, min_fraction: float) -> np.ndarray:
        """Whether a mismatch's allele has at least so many reads and such a share of the depth, (mismatches,) bool."""
        position = self.mismatches[kernels.MISMATCH_POSITION]
        n_reads = self.alleles[position, self.mismatches[kernels.MISMATCH_CODE]]
        return (n_reads >= min_reads) & (n_reads >= min_fraction * self.depth[position])


def pile_up(batch: ReadBatch, codes: np.ndarray, codes_start: int, limits: tuple[int, int]) -> Pileup:
    """Compare a batch with the reference. limits: least mapping and base quality of what may speak.

    codes must hold the region; of reads that reach beyond them what lies beyond is not compared.
    """
    region = batch.region
    packed = np.empty(2 * kernels.packed_size(codes.size), np.uint8)
    kernels.pack_codes(codes, packed)
    place = (codes_start, region.start, region.end)
    n_mismatches, n_indels = 2 * len(batch) + 64, len(batch) // 4 + 64
    while True:
        change, alleles = np.zeros(len(region) + 1, np.int32), np.zeros((len(region), 4), np.int32)
        bases = np.zeros((kernels.N_GROUPS, kernels.N_LEVELS), np.int64)
        reads = np.empty((len(batch), kernels.N_READ_COLUMNS), np.int32)
        mismatches = np.empty((kernels.N_MISMATCH_ROWS, n_mismatches), np.int32)
        indels = np.empty((kernels.N_INDEL_ROWS, n_indels), np.int64)
        counted = (change, alleles, bases, reads, mismatches, indels)
        found = kernels.find_differences(batch.buffer, batch.columns, codes, packed, place, limits, *counted)
        if found[0] <= n_mismatches and found[1] <= n_indels:
            break
        n_mismatches, n_indels = max(found[0], n_mismatches), max(found[1], n_indels)
    return Pileup(
        batch, codes, codes_start, change, alleles, kernels.COUNTED_SHARE * bases.reshape(kernels.N_GROUPS, -1, 256), reads,
        mismatches[:, : found[0]], indels[:, : found[1]],
    )  # fmt: skip
