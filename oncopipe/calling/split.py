"""Regions in parts of about equal work."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from oncopipe.data.regions import Region, Regions, merge_regions
from oncopipe.io.bam import AlignmentReader
from oncopipe.io.index import WINDOW


def split_regions(reader: AlignmentReader, regions: Regions, parts: int) -> list[Regions]:
    """Exactly `parts` disjoint sets of regions, in order, of about equal compressed bytes; late ones may be empty."""
    cells = [cell for region in regions for cell in _cells(region)]
    weights = np.array([_weight(reader, cell) for cell in cells], float)
    behind = np.cumsum(weights)
    part = np.minimum(((behind - weights / 2) / max(behind[-1], 1) * parts).astype(int), parts - 1)
    order = list(dict.fromkeys(region.contig for region in regions))
    return [
        merge_regions([c for c, p in zip(cells, part, strict=True) if p == number], order) for number in range(parts)
    ]


def _cells(region: Region) -> list[Region]:
    """A region cut at the windows of the index."""
    edges = [region.start, *range((region.start // WINDOW + 1) * WINDOW, region.end, WINDOW), region.end]
    return [Region(region.contig, a, b) for a, b in pairwise(edges)]


def _weight(reader: AlignmentReader, cell: Region) -> float:
    """Compressed bytes of a cell, in proportion to the share of its window; one byte a base at least at rest."""
    if cell.contig not in reader.header.contigs:
        return 1.0
    weights = reader.index.window_bytes(reader.header.contigs.index(cell.contig))
    window = cell.start // WINDOW
    return 1.0 + (float(weights[window]) * len(cell) / WINDOW if window < weights.size else 0.0)
