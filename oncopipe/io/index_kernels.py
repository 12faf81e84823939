# mypy: ignore-errors
# Numba types kernels; mypy cannot.
"""Walk the bytes of a BAI or CSI index (SAMv1, section 5.2; CSIv1) without reading past their end."""

from __future__ import annotations

import numpy as np

from oncopipe.io.bam_kernels import u32
from oncopipe.jit import kernel

WINDOW_SHIFT = 14


@kernel
def _u64(data: np.ndarray, at: int) -> int:
    return u32(data, at) | u32(data, at + 4) << 32


@kernel
def read_bai(data: np.ndarray, n_contigs: int, linear: np.ndarray, facts: np.ndarray) -> int:
    """Place of each contig's linear index, and its read counts: offset behind all, or -1.

    data: (bytes,) uint8, the whole file. linear: (contigs, 4) int64, filled with place and number of windows, and of
    bins.
    facts: (contigs, 4) int64, from the metadata bin 37450: virtual offsets of the contig's beginning and end, mapped
    and unmapped reads; left as they are where there is none.
    """
    at = 8
    for contig in range(n_contigs):
        if at + 4 > data.size:
            return -1
        n_bins = u32(data, at)
        at += 4
        bins = at
        for _ in range(n_bins):
            if at + 8 > data.size:
                return -1
            bin_number, n_chunks = u32(data, at), u32(data, at + 4)
            at += 8
            if at + 16 * n_chunks > data.size:
                return -1
            if bin_number == 37450 and n_chunks == 2:
                for i in range(4):
                    facts[contig, i] = _u64(data, at + 8 * i)
            at += 16 * n_chunks
        if at + 4 > data.size:
            return -1
        n_windows = u32(data, at)
        linear[contig, 0], linear[contig, 1], linear[contig, 2], linear[contig, 3] = at + 4, n_windows, bins, n_bins
        at += 4 + 8 * n_windows
        if at > data.size:
            return -1
    return at


@kernel
def read_csi_bins(data: np.ndarray, at: int, metadata_bin: int, bins: np.ndarray, facts: np.ndarray) -> int:
    """Bins of one contig that starts at `at`: offset behind it, or -1.

    bins: (bins, 3) int64, filled with number, offset of the first record that overlaps the bin and of the first in
    it. facts: (4,) int64, as in `read_bai`.
    """
    n_bins = u32(data, at)
    at += 4
    for row in range(n_bins):
        if at + 16 > data.size:
            return -1
        bin_number, offset, n_chunks = u32(data, at), _u64(data, at + 4), u32(data, at + 12)
        at += 16
        if at + 16 * n_chunks > data.size:
            return -1
        if bin_number == metadata_bin and n_chunks == 2:
            for i in range(4):
                facts[i] = _u64(data, at + 8 * i)
        bins[row, 0], bins[row, 1] = bin_number, offset
        bins[row, 2] = _u64(data, at) if n_chunks > 0 else offset
        at += 16 * n_chunks
    return at


@kernel
def _level(number: int, depth: int) -> tuple[int, int]:
    """Level of a bin, 0 for the whole contig, and the first bin of that level; -1 for the metadata's bin."""
    level, first = 0, 0
    while level <= depth:
        if number < first + (1 << 3 * level):
            return level, first
        first += 1 << 3 * level
        level += 1
    return -1, first


@kernel
def reach_back(
    data: np.ndarray,
    at: int,
    n_bins: int,
    shape: tuple[int, int, int],
    bounds: tuple[int, int],
    windows: np.ndarray,
    reached: np.ndarray,
) -> bool:
    """Where reading for a window begins when its bins are asked as well; False: a chunk lies outside the contig.

    A window's own offset is that of its first mapped read. A chunk of a bin over the window that holds this offset is
    read from its beginning, as htslib does: unmapped reads that stand there come along, and an offset that lies some
    records too late loses nothing.

    at: where the contig's bins begin in `data`, walked before. shape: bytes in front of a bin's chunks, log2 of a leaf
    bin's bases, depth. bounds: virtual offsets between which the contig lies. windows: (windows,) int64, ascending
    offsets. reached: the same, made smaller in place.
    """
    head, min_shift, depth = shape
    for _ in range(n_bins):
        number, n_chunks = u32(data, at), u32(data, at + head - 4)
        at += head
        level, first = _level(number, depth)
        if level >= 0:
            shift = min_shift + 3 * (depth - level)
            begin = (number - first) << shift >> WINDOW_SHIFT
            end = min(windows.size, ((((number - first + 1) << shift) - 1) >> WINDOW_SHIFT) + 1)
            for i in range(n_chunks):
                low, high = _u64(data, at + 16 * i), _u64(data, at + 16 * i + 8)
                if low < bounds[0] or high > bounds[1] or low > high:
                    return False
                w = max(begin, np.searchsorted(windows, low + 1))
                while w < end and windows[w] < high:
                    reached[w] = min(reached[w], low)
                    w += 1
        at += 16 * n_chunks
    return True
