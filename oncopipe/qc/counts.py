"""The nouns of this room: what is counted in one look at a BAM, all integers, so that sums of parts are the whole."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from oncopipe.data.regions import Region
from oncopipe.qc.site_model import SiteCounts

# Sizes beyond fall into the last bin.
MAX_INSERT_SIZE = 10_000
MAX_DEPTH = 20_000

# Rows of `SampleCounts.reads`.
READ_CLASSES = (
    "primary",  # neither secondary nor supplementary
    "mapped",  # of the primary
    "paired",  # of the primary
    "properly_paired",  # of the primary
    "duplicate",  # of the mapped primary
    "secondary",
    "supplementary",
    "used",  # mapped, primary, no duplicate, not failed by the vendor, mapping quality high enough
)
(
    READ_PRIMARY,
    READ_MAPPED,
    READ_PAIRED,
    READ_PROPER,
    READ_DUPLICATE,
    READ_SECONDARY,
    READ_SUPPLEMENTARY,
    READ_USED,
) = range(len(READ_CLASSES))


@dataclass(frozen=True)
class TargetCounts:
    """Depth of used reads over targets. Axes: (targets,) and (targets, thresholds), int64."""

    regions: tuple[Region, ...]
    lengths: dict[str, int]  # of the contigs
    n_bases: np.ndarray  # bases that are not N in the reference; only these are counted
    depth_sum: np.ndarray  # aligned bases of used reads
    depth_min: np.ndarray  # -1 where a target has no known base
    n_at_least: np.ndarray  # bases with at least the depth of each threshold

    @property
    def mean_depth(self) -> np.ndarray:
        """Reads per base, NaN where a target has no known base."""
        return np.divide(self.depth_sum, self.n_bases, out=np.full(len(self.n_bases), np.nan), where=self.n_bases > 0)


@dataclass(frozen=True)
class VariantAlleles:
    """Alleles seen too often to be errors. Axes: (alleles,), sorted by contig and position."""

    contig: np.ndarray  # int32, index into the contigs of the reference
    position: np.ndarray  # int64
    base: np.ndarray  # uint8, A=0 C=1 G=2 T=3
    count: np.ndarray  # int64, reads with the base
    depth: np.ndarray  # int64, reads with any base


@dataclass(frozen=True)
class SampleCounts:
    """Everything that one look at a BAM counts."""

    reads: np.ndarray  # (READ_CLASSES,) int64
    knows_unplaced: bool  # False when the index does not count reads without a place: they are missing from `reads`
    insert_size: np.ndarray  # (MAX_INSERT_SIZE + 1,) int64, proper pairs of used reads
    aligned_bases: int  # of used reads, anywhere
    targets: TargetCounts
    thresholds: tuple[int, ...]  # axis of targets.n_at_least
    depth_histogram: np.ndarray  # (MAX_DEPTH + 1,) int64, bases of targets with each depth
    substitutions: np.ndarray  # (read 1 or 2, reference base, read base) int64, both as sequenced
    sites: SiteCounts | None
    variants: VariantAlleles
