"""Molecules that cover each position: what an allele there is counted among."""

from __future__ import annotations

import numpy as np

from oncopipe.data.reads import ReadBatch
from oncopipe.data.regions import Region
from oncopipe.options import CallOptions
from oncopipe.pileup.difference_kernels import UNUSED_FLAGS


def molecule_depth(batch: ReadBatch, region: Region, options: CallOptions, *, collapse: bool) -> np.ndarray:
    """Molecules over each position of `region`, (positions,) int64: mates once, and (if asked for) copies once.

    Reads count from their first to their last aligned base. Bases of poor quality are not looked at here.
    """
    rows = _usable(batch, options)
    start, end = batch.position[rows], batch.end[rows]
    _, fragment = np.unique(batch.name_hash[rows], return_inverse=True)
    n = int(fragment.max()) + 1 if rows.size else 0
    left, right = np.full(n, np.iinfo(np.int64).max), np.zeros(n, np.int64)
    # The fragment's ends by its own reads, and by TLEN where a mate lies outside the batch.
    span = batch.template_length[rows]
    np.minimum.at(left, fragment, np.where(span < 0, np.minimum(start, end + span), start))
    np.maximum.at(right, fragment, np.where(span > 0, np.maximum(end, start + span), end))
    molecule = fragment
    if collapse and n:
        _, same = np.unique(np.stack([left, right]), axis=1, return_inverse=True)
        molecule = same.reshape(-1)[fragment]
    return _covered(molecule, start, end, region)


def _usable(batch: ReadBatch, options: CallOptions) -> np.ndarray:
    """Rows that may speak, as `pileup` says."""
    usable = (batch.flag & UNUSED_FLAGS == 0) & (batch.mapping_quality >= options.min_mapping_quality)
    return np.flatnonzero(usable & (batch.length > 0) & (batch.n_cigar > 0))


def _covered(molecule: np.ndarray, start: np.ndarray, end: np.ndarray, region: Region) -> np.ndarray:
    """Positions covered by each molecule's reads, each once, summed over molecules."""
    order = np.lexsort((start, molecule))
    molecule, start, end = molecule[order], start[order].copy(), end[order]
    # A read of a molecule counts from where the earlier ones of that molecule have ended.
    reach = _running_maximum(molecule, end)
    start[1:] = np.where(molecule[1:] == molecule[:-1], np.maximum(start[1:], reach[:-1]), start[1:])
    start, end = np.clip(start, region.start, region.end), np.clip(end, region.start, region.end)
    kept = end > start
    edges = np.zeros(len(region) + 1, np.int64)
    np.add.at(edges, start[kept] - region.start, 1)
    np.add.at(edges, end[kept] - region.start, -1)
    return edges.cumsum()[:-1]


def _running_maximum(molecule: np.ndarray, end: np.ndarray) -> np.ndarray:
    """The largest end so far within each molecule; rows of a molecule stand together."""
    if not molecule.size:
        return end
    shift = (int(end.max()) + 1) * (np.cumsum(np.r_[True, molecule[1:] != molecule[:-1]]) - 1)
    return np.maximum.accumulate(end + shift) - shift
