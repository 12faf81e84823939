# mypy: ignore-errors
# Numba types kernels; mypy cannot.
"""Walk the bytes of a BAI or CSI index (SAMv1, section 5.2; CSIv1) without reading past their end."""

from __future__ import annotations

import numpy as np

from oncopipe.io.bam_kernels import u32
from oncopipe.jit import kernel


@kernel
def _u64(data: np.ndarray, at: int) -> int:
    return u32(data, at) | u32(data, at + 4) << 32


@kernel
def read_bai(data: np.ndarray, n_contigs: int, linear: np.ndarray, counts: np.ndarray) -> int:
    """Place of each contig's linear index, and its mapped and unmapped read counts: offset behind all, or -1.

    data: (bytes,) uint8, the whole file. linear: (contigs, 2) int64, filled with offset and number of windows.
    counts: (contigs, 2) int64, from the metadata bin 37450; left as they are where there is none.
    """
    at = 8
    for contig in range(n_contigs):
        if at + 4 > data.size:
            return -1
        n_bins = u32(data, at)
        at += 4
        for _ in range(n_bins):
            if at + 8 > data.size:
                return -1
            bin_number, n_chunks = u32(data, at), u32(data, at + 4)
            at += 8
            if at + 16 * n_chunks > data.size:
                return -1
            if bin_number == 37450 and n_chunks == 2:
                counts[contig, 0], counts[contig, 1] = _u64(data, at + 16), _u64(data, at + 24)
            at += 16 * n_chunks
        if at + 4 > data.size:
            return -1
        n_windows = u32(data, at)
        linear[contig, 0], linear[contig, 1] = at + 4, n_windows
        at += 4 + 8 * n_windows
        if at > data.size:
            return -1
    return at


@kernel
def read_csi_bins(data: np.ndarray, at: int, metadata_bin: int, bins: np.ndarray, counts: np.ndarray) -> int:
    """Bins of one contig that starts at `at`: offset behind it, or -1.

    bins: (bins, 3) int64, filled with number, offset of the first record that overlaps the bin and of the first in
    it. counts: (2,) int64, mapped and unmapped.
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
            counts[0], counts[1] = _u64(data, at + 16), _u64(data, at + 24)
        bins[row, 0], bins[row, 1] = bin_number, offset
        bins[row, 2] = _u64(data, at) if n_chunks > 0 else offset
        at += 16 * n_chunks
    return at
