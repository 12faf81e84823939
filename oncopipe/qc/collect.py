"""A BAM in, everything that quality control counts out: one look at every record.

The genome is cut into pieces; each is counted on its own, in any thread, and the integers are added in order, so
the result depends neither on the pieces nor on the threads.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from threading import Lock, local

import numpy as np

from oncopipe.data.reads import ReadBatch
from oncopipe.data.regions import Region, Regions, merge_regions
from oncopipe.io.bam import AlignmentReader, Room, in_order
from oncopipe.io.fasta import Reference, unknown_codes
from oncopipe.io.sites import Sites
from oncopipe.options import QcOptions
from oncopipe.pileup import difference_kernels as d
from oncopipe.pileup.pileup import Pileup, read_pileup
from oncopipe.qc import pileup_kernels as kernels
from oncopipe.qc.counts import (
    MAX_DEPTH,
    MAX_INSERT_SIZE,
    READ_CLASSES,
    READ_PRIMARY,
    SampleCounts,
    TargetCounts,
    VariantAlleles,
)
from oncopipe.qc.site_model import SiteCounts

# PERF: a piece's counters take 24 bytes a position, 24 MB at the most.
MAX_PIECE = 1_000_000
# METHOD: a base seen this often at a position is variation or a mapping artefact, not an error of sequencing.
VARIANT_MIN_READS = 2
VARIANT_MIN_FRACTION = 0.05
_NO_MINIMUM = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Piece:
    """The counts of one piece of the genome."""

    reads: np.ndarray
    insert_size: np.ndarray
    aligned_bases: int
    first_target: int
    targets: np.ndarray
    histogram: np.ndarray
    substitutions: np.ndarray
    sites: tuple[int, np.ndarray]  # first site, (sites, 4) fragments by base
    variants: np.ndarray  # (5, alleles), the columns of VariantAlleles


def collect_counts(
    reader: AlignmentReader,
    reference: Reference,
    regions: Regions | None,
    sites: Sites | None,
    options: QcOptions,
    threads: int = 1,
) -> SampleCounts:
    """Count a whole BAM. Without regions the targets are windows of at most 1 Mb over all contigs."""
    counter = Counter(reader, reference, targets_of(reader, reference, regions), sites, options)
    total = Total(counter)
    lengths = reader.header.contig_lengths
    windows = [window for name in lengths for window in windows_of(Region(name, 0, lengths[name]))]
    for piece in in_order(reader.pieces(Regions(tuple(windows))), counter.count, threads):
        total.add(piece)
    return total.result(reader.n_unplaced)


def targets_of(reader: AlignmentReader, reference: Reference, regions: Regions | None) -> tuple[Region, ...]:
    """The regions, or windows over the contigs that reads and reference share, in the reference's order."""
    if regions is not None:
        return tuple(regions)
    lengths = reader.header.contig_lengths
    shared = [Region(name, 0, lengths[name]) for name in reference.contigs if name in lengths]
    return tuple(window for region in shared for window in windows_of(region))


class QualityWatch:
    """Counts the samples whose pileups calling makes: quality control without reading the files again."""

    def __init__(
        self,
        readers: Sequence[AlignmentReader],
        reference: Reference,
        regions: Regions | None,
        sites: Sites | None,
        options: QcOptions,
    ) -> None:
        self.options, self.sites, self._readers = options, sites, readers
        self._counters = [
            Counter(reader, reference, targets_of(reader, reference, regions), sites, options) for reader in readers
        ]
        self._totals = [Total(counter) for counter in self._counters]

    def see(self, sample: int, pileup: Pileup) -> Piece:
        """A `pileup.Watcher`'s first half."""
        return self._counters[sample].count_pileup(pileup.of_quality(self.options.min_base_quality))

    def add(self, sample: int, seen: Piece) -> None:
        """And its second."""
        self._totals[sample].add(seen)

    def counts(self, sample: int) -> SampleCounts:
        """Everything counted in one of the samples."""
        return self._totals[sample].result(self._readers[sample].n_unplaced)


def count_sites(reader: AlignmentReader, reference: Reference, sites: Sites, options: QcOptions) -> SiteCounts:
    """Fragments at some sites, without looking at the rest of the file."""
    near = merge_regions(
        (
            Region(reference.contigs[c], p, p + 1)
            for c, p in zip(sites.contig.tolist(), sites.position.tolist(), strict=True)
            if reference.contigs[c] in reader.header.contigs
        ),
        reference.contigs,
    )
    table = np.zeros((len(sites), 4), np.int64)
    for batch in reader.batches(near):
        first, found = fragments_at_sites(batch, reference.contigs.index(batch.region.contig), sites, options)
        table[first : first + len(found)] += found
    return site_counts(table, sites)


def fragments_at_sites(batch: ReadBatch, contig: int, sites: Sites, options: QcOptions) -> tuple[int, np.ndarray]:
    """The first site in the batch's region, and fragments by base at each. Axes: (sites, 4), int64.

    METHOD: mates that agree count once, mates that disagree not at all: one molecule, one voice.
    """
    on_contig = np.searchsorted(sites.contig, [contig, contig + 1])
    place = sites.position[on_contig[0] : on_contig[1]]
    low, high = on_contig[0] + np.searchsorted(place, [batch.region.start, batch.region.end])
    positions = sites.position[low:high]
    table = np.zeros((len(positions), 4), np.int64)
    if not len(positions) or not len(batch):
        return int(low), table
    capacity = int((np.searchsorted(positions, batch.end) - np.searchsorted(positions, batch.position)).sum())
    rows = np.empty((capacity, 3), np.int64)
    n = kernels.bases_at_sites(
        batch.buffer, batch.columns, positions, options.min_mapping_quality, options.min_base_quality, rows
    )
    rows = rows[:n]
    rows = rows[np.lexsort((rows[:, 2], rows[:, 1], rows[:, 0]))]
    is_first = np.ones(n, bool)
    is_first[1:] = (rows[1:, :2] != rows[:-1, :2]).any(axis=1)
    group = np.cumsum(is_first) - 1
    has_conflict = np.zeros(int(is_first.sum()), bool)
    has_conflict[group[rows[:, 2] != rows[is_first][group, 2]]] = True
    kept = rows[is_first][~has_conflict]
    kept = kept[kept[:, 2] < 4]
    np.add.at(table, (kept[:, 0], kept[:, 2]), 1)
    return int(low), table


def site_counts(table: np.ndarray, sites: Sites) -> SiteCounts:
    """Fragments by base as fragments by allele."""
    row = np.arange(len(sites))
    ref, alt = table[row, sites.reference], table[row, sites.alternate]
    return SiteCounts(ref, alt, table.sum(axis=1) - ref - alt)


class Counter:
    """Counts one piece of the genome; may be called from several threads."""

    def __init__(
        self,
        reader: AlignmentReader,
        reference: Reference,
        targets: tuple[Region, ...],
        sites: Sites | None,
        options: QcOptions,
    ) -> None:
        self.reader, self.reference, self.sites, self.options = reader, reference, sites, options
        self.targets = targets
        self._rooms = local()
        self._lock = Lock()  # a Reference serves one thread at a time
        rank = {name: i for i, name in enumerate(reference.contigs)}
        # Reads on contigs that the reference lacks are counted; nothing can be said of their bases.
        self._rank = {name: rank.get(name, -1) for name in reader.header.contigs}
        self._spans = np.array([(rank[t.contig], t.start, t.end) for t in targets], np.int64).reshape(-1, 3)

    def count(self, region: Region) -> Piece:
        """Read a region and count what it owns."""
        if not hasattr(self._rooms, "own"):
            self._rooms.own = Room()
        options = self.options
        limits = (options.min_mapping_quality, options.min_base_quality)
        codes_of = partial(self._codes, region.contig)
        return self.count_pileup(read_pileup(self.reader, region, codes_of, limits, padding=0, room=self._rooms.own))

    def count_pileup(self, pileup: Pileup) -> Piece:
        """The counts of what a pileup's region owns. Mapping quality was judged when it was made."""
        batch, region, options = pileup.batch, pileup.batch.region, self.options
        reads, insert_size = np.zeros(len(READ_CLASSES), np.int64), np.zeros(MAX_INSERT_SIZE + 1, np.int64)
        kernels.tally_reads(batch.columns, region.start, region.end, options.min_mapping_quality, reads, insert_size)
        first, spans = self._targets_in(region)
        targets, histogram = self._fold_targets(pileup.depth, pileup.reference, spans)
        contig = self._rank[region.contig]
        at_sites = (0, np.zeros((0, 4), np.int64))
        if self.sites is not None:
            at_sites = fragments_at_sites(batch, contig, self.sites, options)
        aligned = int(pileup.depth.sum(dtype=np.int64))
        is_variant = pileup.is_variant(VARIANT_MIN_READS, VARIANT_MIN_FRACTION)
        substitutions = _substitutions(pileup, is_variant, options.min_base_quality)
        variants = _variants(pileup, is_variant, spans, contig)
        return Piece(reads, insert_size, aligned, first, targets, histogram, substitutions, at_sites, variants)

    def _codes(self, contig: str, start: int, end: int) -> np.ndarray:
        if self._rank[contig] < 0:
            return unknown_codes(min(end, self.reader.header.contig_lengths[contig]) - start)
        with self._lock:
            return self.reference.codes(contig, start, end)

    def _targets_in(self, region: Region) -> tuple[int, np.ndarray]:
        """The first target that overlaps a region, and the overlaps within it. Axes: (targets, 2)."""
        contig = self._rank[region.contig]
        # Targets are disjoint and sorted by contig (in the reference's order) and start.
        low, high = np.searchsorted(self._spans[:, 0], [contig, contig + 1])
        low, high = (
            low + np.searchsorted(self._spans[low:high, 2], region.start, side="right"),
            low + np.searchsorted(self._spans[low:high, 1], region.end),
        )
        clipped = np.clip(self._spans[low:high, 1:], region.start, region.end) - region.start
        return int(low), np.ascontiguousarray(clipped)

    def _fold_targets(self, depth: np.ndarray, codes: np.ndarray, spans: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        thresholds = np.array(self.options.coverage_thresholds, np.int64)
        targets = np.zeros((len(spans), 3 + len(thresholds)), np.int64)
        targets[:, 2] = _NO_MINIMUM
        histogram = np.zeros(MAX_DEPTH + 1, np.int64)
        kernels.fold_targets(depth, codes, spans, thresholds, targets, histogram)
        return targets, histogram


def _substitutions(pileup: Pileup, is_variant: np.ndarray, min_base_quality: int) -> np.ndarray:
    """Good bases by read of the pair, reference base and read base, both as sequenced, (2, 4, 4) int64.

    Mismatches of alleles that are no errors are left out; how many bases agree is estimated from one fragment in 16, so in
    a small piece it may be below zero; only sums of many pieces are looked at.
    """
    rows = pileup.mismatches[:, ~is_variant]
    group, read_base = rows[d.MISMATCH_GROUP], rows[d.MISMATCH_CODE]
    reference = pileup.reference[rows[d.MISMATCH_POSITION]]
    good = pileup.bases[:, :4, min_base_quality:].sum(axis=2)  # (groups, reference)
    table = np.zeros((2, 4, 4), np.int64)
    for g in range(d.N_GROUPS):
        here = group == g
        errors = np.zeros((4, 4), np.int64)
        np.add.at(errors, (reference[here], read_base[here]), 1)
        errors[np.arange(4), np.arange(4)] = good[g] - errors.sum(axis=1)
        table[g >> 1] += errors[::-1, ::-1] if g & 1 else errors  # a reverse read shows the complement
    return table


def _variants(pileup: Pileup, is_variant: np.ndarray, spans: np.ndarray, contig: int) -> np.ndarray:
    """Alleles within the targets that are no errors, as columns of VariantAlleles, (5, alleles) int64."""
    rows = pileup.mismatches[:, is_variant]
    key = np.unique(rows[d.MISMATCH_POSITION].astype(np.int64) << 2 | rows[d.MISMATCH_CODE])
    position, base = key >> 2, key & 3
    target = np.searchsorted(spans[:, 0], position, side="right") - 1
    inside = target >= 0
    inside[inside] = position[inside] < spans[target[inside], 1]
    position, base = position[inside], base[inside]
    count, depth = pileup.alleles[position, base], pileup.depth[position]
    where = np.full(position.size, contig, np.int64)
    return np.stack([where, position + pileup.batch.region.start, base, count, depth]).astype(np.int64)


class Total:
    """The sum of pieces."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        n_thresholds = len(counter.options.coverage_thresholds)
        self.reads = np.zeros(len(READ_CLASSES), np.int64)
        self.insert_size = np.zeros(MAX_INSERT_SIZE + 1, np.int64)
        self.aligned_bases = 0
        self.targets = np.zeros((len(counter.targets), 3 + n_thresholds), np.int64)
        self.targets[:, 2] = _NO_MINIMUM
        self.histogram = np.zeros(MAX_DEPTH + 1, np.int64)
        self.substitutions = np.zeros((2, 4, 4), np.int64)
        self.sites = np.zeros((0 if counter.sites is None else len(counter.sites), 4), np.int64)
        self.variants: list[np.ndarray] = []

    def add(self, piece: Piece) -> None:
        self.reads += piece.reads
        self.insert_size += piece.insert_size
        self.aligned_bases += piece.aligned_bases
        rows = self.targets[piece.first_target : piece.first_target + len(piece.targets)]
        lowest = np.minimum(rows[:, 2], piece.targets[:, 2])
        rows += piece.targets
        rows[:, 2] = lowest
        self.histogram += piece.histogram
        self.substitutions += piece.substitutions
        first, table = piece.sites
        self.sites[first : first + len(table)] += table
        self.variants.append(piece.variants)

    def result(self, n_unplaced: int) -> SampleCounts:
        """The counts, with the unmapped reads without a place that the index knows of (-1: it does not say)."""
        reads = self.reads.copy()
        reads[READ_PRIMARY] += max(0, n_unplaced)
        minimum = np.where(self.targets[:, 2] == _NO_MINIMUM, -1, self.targets[:, 2])
        known, depth_sum, at_least = self.targets[:, 0], self.targets[:, 1], self.targets[:, 3:]
        lengths = self._counter.reference.lengths
        targets = TargetCounts(self._counter.targets, lengths, known, depth_sum, minimum, at_least)
        sites = self._counter.sites
        contig, position, base, count, depth = np.concatenate([np.zeros((5, 0), np.int64), *self.variants], axis=1)
        return SampleCounts(
            reads,
            n_unplaced >= 0,
            self.insert_size,
            self.aligned_bases,
            targets,
            tuple(self._counter.options.coverage_thresholds),
            self.histogram,
            np.maximum(self.substitutions, 0),
            None if sites is None else site_counts(self.sites, sites),
            VariantAlleles(contig.astype(np.int32), position, base.astype(np.uint8), count, depth),
        )


def windows_of(region: Region) -> Iterable[Region]:
    for start in range(region.start, region.end, MAX_PIECE):
        yield Region(region.contig, start, min(start + MAX_PIECE, region.end))
