# mypy: ignore-errors
# Numba types kernels; mypy cannot.
"""Walk the bytes of a BAI or CSI index (SAMv1, section 5.2; CSIv1) without reading past their end."""

from __future__ import annotations

import numpy as np

from oncopipe.io.bam_kernels import u32
from oncopipe.jit import kernel

CUT_SHORT, CONTRADICTS = 1, 2
FIRST_LEAF = 4681  # the first bin of 16 kb


@kernel
def _u64(data: np.ndarray, at: int) -> int:
    return u32(data, at) | u32(data, at + 4) << 32


@kernel
def _begins_too_late(data: np.ndarray, at: int, n_bins: int, linear: int, n_windows: int) -> bool:
    """Whether a window's offset lies behind the first record inside that window, which its leaf bin names."""
    for _ in range(n_bins):
        window, n_chunks = u32(data, at) - FIRST_LEAF, u32(data, at + 4)
        if 0 <= window < n_windows and n_chunks > 0 and _u64(data, linear + 8 * window) > _u64(data, at + 8):
            return True
        at += 8 + 16 * n_chunks
    return False


@kernel
def read_bai(data: np.ndarray, n_contigs: int, linear: np.ndarray, facts: np.ndarray) -> int:
    """Place of each contig's linear index, and its read counts: offset behind all, or minus a status.

    data: (bytes,) uint8, the whole file. linear: (contigs, 2) int64, filled with offset and number of windows.
    facts: (contigs, 4) int64, from the metadata bin 37450: virtual offsets of the contig's beginning and end, mapped
    and unmapped reads; left as they are where there is none.
    """
    at = 8
    for contig in range(n_contigs):
        if at + 4 > data.size:
            return -CUT_SHORT
        n_bins = u32(data, at)
        at += 4
        bins = at
        for _ in range(n_bins):
            if at + 8 > data.size:
                return -CUT_SHORT
            bin_number, n_chunks = u32(data, at), u32(data, at + 4)
            at += 8
            if at + 16 * n_chunks > data.size:
                return -CUT_SHORT
            if bin_number == 37450 and n_chunks == 2:
                for i in range(4):
                    facts[contig, i] = _u64(data, at + 8 * i)
            at += 16 * n_chunks
        if at + 4 > data.size:
            return -CUT_SHORT
        n_windows = u32(data, at)
        linear[contig, 0], linear[contig, 1] = at + 4, n_windows
        at += 4 + 8 * n_windows
        if at > data.size:
            return -CUT_SHORT
        if _begins_too_late(data, bins, n_bins, linear[contig, 0], n_windows):
            return -CONTRADICTS
    return at


@kernel
def read_csi_bins(data: np.ndarray, at: int, metadata_bin: int, bins: np.ndarray, facts: np.ndarray) -> int:
    """Bins of one contig that starts at `at`: offset behind it, or minus a status.

    bins: (bins, 3) int64, filled with number, offset of the first record that overlaps the bin and of the first in
    it. facts: (4,) int64, as in `read_bai`.
    """
    n_bins = u32(data, at)
    at += 4
    for row in range(n_bins):
        if at + 16 > data.size:
            return -CUT_SHORT
        bin_number, offset, n_chunks = u32(data, at), _u64(data, at + 4), u32(data, at + 12)
        at += 16
        if at + 16 * n_chunks > data.size:
            return -CUT_SHORT
        if bin_number == metadata_bin and n_chunks == 2:
            for i in range(4):
                facts[i] = _u64(data, at + 8 * i)
        bins[row, 0], bins[row, 1] = bin_number, offset
        bins[row, 2] = _u64(data, at) if n_chunks > 0 else offset
        if bin_number != metadata_bin and offset > bins[row, 2]:
            return -CONTRADICTS
        at += 16 * n_chunks
    return at
