"""BAM indexes, BAI and CSI: where to begin reading for a position, and how many bytes lie between positions."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from oncopipe.errors import InputError
from oncopipe.io.index_kernels import read_bai, read_csi_bins

WINDOW = 1 << 14  # bases of a window of the linear index (SAMv1, section 5.1.3)


@dataclass(frozen=True)
class BamIndex:
    """First virtual offset of each 16 kb window of each contig, and the index's own read counts.

    windows: per contig (windows,) int64; virtual offset at which reading for that window begins, -1 before the
    first read of the contig. A contig without reads has none.
    counts: (contigs, 2) int64, mapped and unmapped reads; -1 where the index does not say.
    n_unplaced: reads without a position, -1 where the index does not say.
    """

    windows: tuple[np.ndarray, ...]
    counts: np.ndarray
    n_unplaced: int

    def begin(self, contig: int, position: int) -> int:
        """Virtual offset from which every record that overlaps `position` or comes later is met; -1: none is."""
        offsets = self.windows[contig]
        if offsets.size == 0:
            return -1
        offset = int(offsets[min(position // WINDOW, offsets.size - 1)])
        return offset if offset >= 0 else int(offsets[offsets >= 0][0])

    def window_bytes(self, contig: int) -> np.ndarray:
        """Compressed bytes of each 16 kb window but the last, (windows - 1,) int64: the weight of the work there."""
        offsets = self.windows[contig]
        return np.diff(np.maximum(offsets, offsets[offsets >= 0][0] if offsets.size else 0) >> 16)


def _fill(offsets: np.ndarray) -> np.ndarray:
    """Windows without a record (0) take the offset of the one before; -1 in front of the first."""
    filled = np.where(offsets == 0, -1, offsets).astype(np.int64)
    return np.maximum.accumulate(filled) if filled.size and (filled >= 0).any() else np.empty(0, np.int64)


def read_index(path: Path, lengths: tuple[int, ...]) -> BamIndex:
    """Parse a BAI or CSI. Raises: InputError when it is neither, cut short, or of another BAM."""
    raw = path.read_bytes()
    if raw[:2] == b"\x1f\x8b":
        try:
            raw = gzip.decompress(raw)
        except (OSError, EOFError, zlib.error) as error:
            raise _bad(path, f"it cannot be inflated ({error})") from error
    data = np.frombuffer(raw + b"\0" * 16, np.uint8)[: len(raw)]
    if raw[:4] == b"BAI\x01":
        return _read_bai(path, data, lengths)
    if raw[:4] == b"CSI\x01":
        return _read_csi(path, data, lengths)
    raise _bad(path, "it is neither BAI nor CSI")


def _bad(path: Path, why: str) -> InputError:
    return InputError(f"the BAM index cannot be used: {why}", where=str(path), fix="make it anew: samtools index")


def _check_contigs(path: Path, n: int, lengths: tuple[int, ...]) -> None:
    if n != len(lengths):
        raise _bad(path, f"it has {n} contigs, the BAM has {len(lengths)}")


def _read_bai(path: Path, data: np.ndarray, lengths: tuple[int, ...]) -> BamIndex:
    if data.size < 8:
        raise _bad(path, "it is cut short")
    n_contigs = int(data[4:8].view("<u4")[0])
    _check_contigs(path, n_contigs, lengths)
    linear, counts = np.zeros((n_contigs, 2), np.int64), np.full((n_contigs, 2), -1, np.int64)
    behind = read_bai(data, n_contigs, linear, counts)
    if behind < 0:
        raise _bad(path, "it is cut short")
    windows = tuple(_fill(data[at : at + 8 * n].view("<i8")) for at, n in linear.tolist())
    unplaced = int(data[behind : behind + 8].view("<i8")[0]) if data.size >= behind + 8 else -1
    return BamIndex(windows, counts, unplaced)


def _read_csi(path: Path, data: np.ndarray, lengths: tuple[int, ...]) -> BamIndex:
    if data.size < 16:
        raise _bad(path, "it is cut short")
    min_shift, depth, l_aux = (int(v) for v in data[4:16].view("<i4"))
    at = 16 + l_aux
    if not (0 <= min_shift <= 30 and 0 <= depth <= 10 and l_aux >= 0 and data.size >= at + 4):
        raise _bad(path, "its header makes no sense")
    n_contigs = int(data[at : at + 4].copy().view("<u4")[0])
    _check_contigs(path, n_contigs, lengths)
    at += 4
    metadata_bin = ((1 << (3 * (depth + 1))) - 1) // 7 + 1
    counts, windows = np.full((n_contigs, 2), -1, np.int64), []
    for contig, length in enumerate(lengths):
        if at + 4 > data.size:
            raise _bad(path, "it is cut short")
        n_bins = int(data[at : at + 4].copy().view("<u4")[0])
        if n_bins * 16 > data.size - at:
            raise _bad(path, "it is cut short")
        bins = np.zeros((n_bins, 3), np.int64)
        at = read_csi_bins(data, at, metadata_bin, bins, counts[contig])
        if at < 0:
            raise _bad(path, "it is cut short")
        windows.append(_windows_of_bins(bins, metadata_bin, min_shift, depth, length))
    unplaced = int(data[at : at + 8].copy().view("<i8")[0]) if data.size >= at + 8 else -1
    return BamIndex(tuple(windows), counts, unplaced)


def _windows_of_bins(bins: np.ndarray, metadata_bin: int, min_shift: int, depth: int, length: int) -> np.ndarray:
    """A linear index from CSI's bins: a leaf bin's offset is that of the first record which overlaps it.

    A window without a leaf takes the one before: whatever overlaps it either overlaps that one too or comes later
    in the file. In front of the first leaf stands the contig's first record.
    """
    bins = bins[bins[:, 0] != metadata_bin]
    if bins.shape[0] == 0:
        return np.empty(0, np.int64)
    first_leaf = ((1 << (3 * depth)) - 1) // 7
    leaves = bins[bins[:, 0] >= first_leaf]
    leaves = leaves[np.argsort(leaves[:, 0])]
    leaf_start = (leaves[:, 0] - first_leaf) << min_shift
    starts = np.arange(max(1, -(-length // WINDOW)), dtype=np.int64) * WINDOW
    before = np.searchsorted(leaf_start, starts, side="right") - 1
    first = bins[:, 2].min()
    offsets = leaves[np.maximum(before, 0), 1] if leaves.size else np.full(starts.size, first)
    return np.maximum.accumulate(np.maximum(np.where(before >= 0, offsets, first), first))
