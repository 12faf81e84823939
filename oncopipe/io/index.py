"""BAM indexes, BAI and CSI: where to begin reading for a position, and how many bytes lie between positions."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from oncopipe.errors import InputError
from oncopipe.io.bgzf import MAX_BLOCK, inflate_blocks
from oncopipe.io.bgzf_kernels import block_size
from oncopipe.io.index_kernels import reach_back, read_bai, read_csi_bins

WINDOW = 1 << 14  # bases of a window of the linear index (SAMv1, section 5.1.3)
# PERF: a look at a contig's first record costs a block; the large contigs come first.
_LOOKED_AT = 30


@dataclass(frozen=True)
class BamIndex:
    """First virtual offset of each 16 kb window of each contig, and the index's own read counts.

    windows: per contig (windows,) int64; virtual offset at which reading for that window begins, -1 before the
    first read of the contig. A contig without reads has none.
    facts: (contigs, 4) int64, virtual offsets at which the contig's reads begin and end, its mapped and unmapped
    reads; -1 where the index does not say.
    n_unplaced: reads without a position, -1 where the index does not say.
    """

    windows: tuple[np.ndarray, ...]
    facts: np.ndarray
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


def read_index(raw: bytes, path: Path, lengths: tuple[int, ...]) -> BamIndex:
    """Parse a BAI or CSI; `path` is named in errors. Raises: InputError (neither, cut short, at odds with itself)."""
    if raw[:2] == b"\x1f\x8b":
        try:
            raw = gzip.decompress(raw)
        except (OSError, EOFError, zlib.error) as error:
            raise bad_index(path, f"it cannot be inflated ({error})") from error
    data = np.frombuffer(raw + b"\0" * 16, np.uint8)[: len(raw)]
    if raw[:4] == b"BAI\x01":
        index = _read_bai(path, data, lengths)
    elif raw[:4] == b"CSI\x01":
        index = _read_csi(path, data, lengths)
    else:
        raise bad_index(path, "it is neither BAI nor CSI")
    is_told = (index.facts != -1).any(axis=1)
    if (index.facts[is_told] < 0).any():
        raise bad_index(path, "it contradicts itself")
    for windows, (begin, end) in zip(index.windows, index.facts[:, :2].tolist(), strict=True):
        if windows.size and begin >= 0 and not begin <= windows[windows >= 0][0] <= windows[-1] <= end:
            raise bad_index(path, "it contradicts itself")
    return index


def check_index(index: BamIndex, data: np.ndarray, first_record: int, path: Path) -> None:
    """Refuse the index of other bytes, as when the BAM was made anew: its contigs must follow each other without a
    gap, from the first record to the end of the file, along blocks that are there, each at a record of its own.

    data: (bytes,) uint8, the BAM. An index that does not say where contigs begin and end passes.
    """
    known = np.flatnonzero(index.facts[:, 0] >= 0)
    if any(windows.size and index.facts[i, 0] < 0 for i, windows in enumerate(index.windows)):
        return
    place = _settle(data, first_record)
    fits = True
    for rank, contig in enumerate(known.tolist()):
        begin, end = index.facts[contig, :2].tolist()
        fits &= _settle(data, begin) == place and (rank >= _LOOKED_AT or _contig_at(data, place) == contig)
        place = _settle(data, end)
    if index.n_unplaced == 0 or place == data.size << 16:
        fits &= index.n_unplaced <= 0 and place == data.size << 16
    elif index.n_unplaced > 0:
        fits &= _contig_at(data, place) == -1
    if not fits or place < 0:
        raise bad_index(path, "it was made for a BAM with other contents")


def _contig_at(data: np.ndarray, place: int) -> int | None:
    """The contig of the record at a settled virtual offset; None where there is none."""
    if place < 0:
        return None
    out, table = np.empty(2 * MAX_BLOCK, np.uint8), np.empty((2, 2), np.int64)
    _, _, _, n_out = inflate_blocks(data, place >> 16, 2, out, table)
    at = (place & 0xFFFF) + 4
    return int(out[at : at + 4].view("<i4")[0]) if at + 4 <= n_out else None


def _settle(data: np.ndarray, offset: int) -> int:
    """A virtual offset at a block's end as that of the next block that holds something; -1 where no block is."""
    at, within = offset >> 16, offset & 0xFFFF
    while 0 <= at < data.size:
        size = int(block_size(data, at))
        if size < 0:
            return -1
        inflated = int.from_bytes(data[at + size - 4 : at + size].tobytes(), "little")
        if within < inflated:
            return at << 16 | within
        at, within = at + size, within - inflated
        if within:
            return -1
    return at << 16 if at == data.size and not within else -1


def _fill(path: Path, offsets: np.ndarray, begin: int) -> np.ndarray:
    """Windows without a mapped read (0) take the offset of the one before, or the contig's beginning, or -1."""
    said = offsets[offsets != 0]
    if said.size and (said[0] < 0 or (np.diff(said) < 0).any()):
        raise bad_index(path, "its offsets do not ascend")
    if not said.size:
        return np.full(1 if begin >= 0 else 0, begin, np.int64)
    return np.maximum.accumulate(np.where(offsets == 0, begin, offsets).astype(np.int64))


def bad_index(path: Path, why: str) -> InputError:
    return InputError(f"the BAM index cannot be used: {why}", where=str(path), fix="make it anew: samtools index")


def _check_contigs(path: Path, n: int, lengths: tuple[int, ...]) -> None:
    if n != len(lengths):
        raise bad_index(path, f"it has {n} contigs, the BAM has {len(lengths)}")


def _read_bai(path: Path, data: np.ndarray, lengths: tuple[int, ...]) -> BamIndex:
    if data.size < 8:
        raise bad_index(path, "it is cut short")
    n_contigs = int(data[4:8].view("<u4")[0])
    _check_contigs(path, n_contigs, lengths)
    places, facts = np.zeros((n_contigs, 4), np.int64), np.full((n_contigs, 4), -1, np.int64)
    behind = read_bai(data, n_contigs, places, facts)
    if behind < 0:
        raise bad_index(path, "it is cut short")
    windows = []
    for (at, n, bins, n_bins), bounds in zip(places.tolist(), facts[:, :2].tolist(), strict=True):
        filled = _fill(path, data[at : at + 8 * n].view("<i8"), bounds[0])
        windows.append(_reached(path, data, bins, n_bins, (8, 14, 5), bounds, filled))
    unplaced = int(data[behind : behind + 8].view("<i8")[0]) if data.size >= behind + 8 else -1
    return BamIndex(tuple(windows), facts, unplaced)


def _read_csi(path: Path, data: np.ndarray, lengths: tuple[int, ...]) -> BamIndex:
    if data.size < 16:
        raise bad_index(path, "it is cut short")
    min_shift, depth, l_aux = (int(v) for v in data[4:16].view("<i4"))
    at = 16 + l_aux
    if not (0 <= min_shift <= 30 and 0 <= depth <= 10 and l_aux >= 0 and data.size >= at + 4):
        raise bad_index(path, "its header makes no sense")
    n_contigs = int(data[at : at + 4].copy().view("<u4")[0])
    _check_contigs(path, n_contigs, lengths)
    at += 4
    metadata_bin = ((1 << (3 * (depth + 1))) - 1) // 7 + 1
    facts, windows = np.full((n_contigs, 4), -1, np.int64), []
    for contig, length in enumerate(lengths):
        if at + 4 > data.size:
            raise bad_index(path, "it is cut short")
        n_bins = int(data[at : at + 4].copy().view("<u4")[0])
        if n_bins * 16 > data.size - at:
            raise bad_index(path, "it is cut short")
        bins, begin = np.zeros((n_bins, 3), np.int64), at + 4
        at = read_csi_bins(data, at, metadata_bin, bins, facts[contig])
        if at < 0:
            raise bad_index(path, "it is cut short")
        if (bins < 0).any():
            raise bad_index(path, "it contradicts itself")
        filled = _windows_of_bins(bins, metadata_bin, min_shift, depth, length)
        bounds = facts[contig, :2].tolist()
        windows.append(_reached(path, data, begin, n_bins, (16, min_shift, depth), bounds, filled))
    unplaced = int(data[at : at + 8].copy().view("<i8")[0]) if data.size >= at + 8 else -1
    return BamIndex(tuple(windows), facts, unplaced)


def _reached(
    path: Path,
    data: np.ndarray,
    at: int,
    n_bins: int,
    shape: tuple[int, int, int],
    bounds: list[int],
    windows: np.ndarray,
) -> np.ndarray:
    """Offsets of windows, as `reach_back` says. Raises: InputError for an index at odds with itself."""
    reached = windows.copy()
    between = (bounds[0], bounds[1]) if bounds[0] >= 0 else (0, np.iinfo(np.int64).max)
    if not reach_back(data, at, n_bins, shape, between, windows, reached):
        raise bad_index(path, "it contradicts itself")
    return np.minimum.accumulate(reached[::-1])[::-1]


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
