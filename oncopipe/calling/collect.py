"""Collect: the one step that reads BAMs. Reads of tumor and normal to candidates with integer evidence.

The page a newcomer reads first. For each piece of the regions (`io.bam` cuts them by index bytes):
events of both samples -> alleles that enough tumor fragments show -> what each fragment says there -> integers.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np

from oncopipe.calling.aggregate_kernels import aggregate
from oncopipe.calling.candidates import Sites, find_sites
from oncopipe.calling.events_kernels import (
    EVENT_CODE,
    EVENT_KIND,
    EVENT_POSITION,
    EVENT_QUALITY,
    KIND_SNV,
    MAX_SHIFT,
    N_EVENT_ROWS,
    find_events,
)
from oncopipe.calling.gather_kernels import (
    N_OBSERVATION_ROWS,
    O_CANDIDATE,
    O_END,
    O_NAME,
    O_ORDER,
    O_READ2,
    O_START,
    gather,
    merge_mates,
)
from oncopipe.calling.slippage import VARIANT_FRACTION_NORMAL, VARIANT_FRACTION_TUMOR, count_indels
from oncopipe.data.evidence import (
    N_QUALITY_BINS,
    N_SUMS,
    Collected,
    Evidence,
    Statistics,
    concatenate,
    no_evidence,
    no_statistics,
)
from oncopipe.data.reads import ReadBatch
from oncopipe.data.regions import Region, Regions
from oncopipe.errors import InputError, ReferenceMismatchError
from oncopipe.io.bam import AlignmentReader, in_order
from oncopipe.io.fasta import Reference, check_contigs
from oncopipe.options import CallOptions

# Reads this far outside a piece are seen too: an indel may be shifted into the piece from there.
PADDING = MAX_SHIFT + 100

# METHOD: a mismatch is counted as a sequencing error unless its allele looks like a variant at its position: at least
# this many reads and this fraction. Germline variants (1e-3 per base) would otherwise drown errors of 1e-4.
VARIANT_READS, VARIANT_FRACTION = 3, 0.04


def collect(
    tumor: AlignmentReader,
    normal: AlignmentReader | None,
    reference: Reference,
    regions: Regions,
    options: CallOptions,
    *,
    threads: int = 1,
    progress: Callable[[Region], None] | None = None,
) -> Collected:
    """Evidence and statistics over `regions`. The result does not depend on `threads` or on how regions are cut.

    Raises: InputError (no sample name, the same name twice, damaged file), ReferenceMismatchError.
    """
    tumor_name, normal_name = _sample_names(tumor, normal)
    for reader in (tumor, normal):
        if reader is not None:
            check_contigs(reference, reader.header.contig_lengths, where=str(reader.path))
            _check_regions(reader, regions)
    lock = threading.Lock()

    def codes_of(contig: str, start: int, end: int) -> np.ndarray:
        with lock:
            return reference.codes(contig, start, end)

    def work(piece: Region) -> tuple[Evidence, Statistics]:
        return collect_piece(tumor, normal, piece, codes_of, options)

    parts, statistics = [], no_statistics()
    pieces = tumor.pieces(regions)
    for piece, (evidence, sums) in zip(pieces, in_order(pieces, work, threads), strict=True):
        statistics = statistics + sums
        if len(evidence):
            parts.append(evidence)
        if progress is not None:
            progress(piece)
    ranked = {name: i for i, name in enumerate(reference.contigs)}
    for part in parts:  # a BAM's own order of contigs may differ from the reference's
        part.contig[:] = [ranked[tumor.header.contigs[c]] for c in part.contig]
    evidence = concatenate(parts) if parts else no_evidence()
    return Collected(evidence, statistics, tumor_name, normal_name, dict(reference.lengths))


def _check_regions(reader: AlignmentReader, regions: Regions) -> None:
    """Refuse a region on a contig that the reads' header lacks: it would silently give no calls."""
    known = set(reader.header.contigs)
    missing = next((region.contig for region in regions if region.contig not in known), None)
    if missing is not None:
        raise ReferenceMismatchError(
            f"the regions name contig {missing}, which these reads were not aligned to",
            where=str(reader.path),
            fix="use the regions of the reference that the reads were aligned to",
        )


def _sample_names(tumor: AlignmentReader, normal: AlignmentReader | None) -> tuple[str, str | None]:
    names: list[str | None] = []
    for reader in (tumor, normal):
        samples = reader.header.samples if reader is not None else (None,)
        if len(samples) != 1 or samples[0] == "":
            said = ", ".join(str(s) for s in samples) or "none"
            raise InputError(
                f"a BAM must hold one sample; its @RG lines name {said}",
                where=str(reader.path if reader else ""),
                fix="set SM in the read groups: samtools addreplacerg",
            )
        names.append(samples[0])
    if names[0] == names[1]:
        raise InputError(
            f"tumor and normal have the same sample name {names[0]!r}",
            where=f"{tumor.path} and {normal.path if normal else ''}",
            fix="give them different SM names in their @RG lines, or check that they are not the same file",
        )
    assert names[0] is not None
    return names[0], names[1]


def collect_piece(
    tumor: AlignmentReader,
    normal: AlignmentReader | None,
    piece: Region,
    codes_of: Callable[[str, int, int], np.ndarray],
    options: CallOptions,
) -> tuple[Evidence, Statistics]:
    """Evidence and statistics of the positions that `piece` owns."""
    batches = [tumor.read(piece, padding=PADDING)]
    if normal is not None:
        batches.append(normal.read(piece, padding=PADDING))
    codes_start = max(0, min([piece.start, *(int(b.position.min()) for b in batches if len(b))]) - PADDING)
    codes_end = max([piece.end, *(int(b.end.max()) for b in batches if len(b))]) + PADDING
    codes = codes_of(piece.contig, codes_start, codes_end)
    events, statistics = _events(batches, codes, codes_start, options)
    sites = find_sites(events, batches[0], codes, codes_start, options.min_alternate_fragments)
    if len(sites) == 0:
        return no_evidence(), statistics
    return _evidence(sites, batches, codes, codes_start, options), statistics


def _events(
    batches: list[ReadBatch], codes: np.ndarray, codes_start: int, options: CallOptions
) -> tuple[np.ndarray, Statistics]:
    """The tumor's events and both samples' statistics."""
    statistics, depths, tumor_events = no_statistics(), [], np.empty((N_EVENT_ROWS, 0), np.int64)
    shown, chances = statistics.indels_shown, statistics.indel_chances
    region = batches[0].region
    limits = (options.min_mapping_quality, options.min_base_quality)
    for sample, batch in enumerate(batches):
        depth = np.zeros((2, len(region) + 1), np.int32)
        place = (codes_start, region.start, region.end)
        events = np.empty((N_EVENT_ROWS, 4 * len(batch) + 64), np.int64)
        qualities = np.zeros(256, np.int64)
        n = find_events(batch.buffer, batch.columns, codes, place, limits, events, depth, qualities)
        if n > events.shape[1]:
            events, depth[:], qualities[:] = np.empty((N_EVENT_ROWS, n), np.int64), 0, 0
            find_events(batch.buffer, batch.columns, codes, place, limits, events, depth, qualities)
        events = events[:, :n]
        total = depth.cumsum(axis=1, dtype=np.int32).sum(axis=0)[: len(region)]
        statistics.bases_by_quality[sample] = qualities
        statistics.errors_by_quality[sample] = _errors(events, total, region.start)
        depths.append(total)
        if sample == 0:
            tumor_events = events
        if sample == len(batches) - 1:  # the normal shows no somatic indels; alone, the tumor shows few
            is_variant = VARIANT_FRACTION_TUMOR if sample == 0 else VARIANT_FRACTION_NORMAL
            shown, chances = count_indels(events, batch, total, codes, codes_start, is_variant)
    covered = np.logical_and.reduce([d > 0 for d in depths]) if depths else np.zeros(0, bool)
    by_quality = (statistics.bases_by_quality, statistics.errors_by_quality)
    return tumor_events, Statistics(*by_quality, int(covered.sum()), shown, chances)


def _errors(events: np.ndarray, depth: np.ndarray, start: int) -> np.ndarray:
    """Mismatches by quality, (256,) int64, of alleles that do not look like a variant."""
    snv = events[:, events[EVENT_KIND] == KIND_SNV]
    allele = (snv[EVENT_POSITION] - start) * 4 + snv[EVENT_CODE]
    n_reads = np.bincount(allele, minlength=4 * depth.size)[allele]
    depth_there = depth[snv[EVENT_POSITION] - start]
    is_variant = (n_reads >= VARIANT_READS) & (n_reads >= VARIANT_FRACTION * depth_there)
    return np.bincount(snv[EVENT_QUALITY][~is_variant], minlength=256).astype(np.int64)


def _evidence(
    sites: Sites, batches: list[ReadBatch], codes: np.ndarray, codes_start: int, options: CallOptions
) -> Evidence:
    n = len(sites)
    counts = np.zeros((n, 2, 3, 2, 2), np.int32)
    quality, copies = np.zeros((n, 2, 2, N_QUALITY_BINS), np.int32), np.zeros((n, 2, 2), np.int32)
    sums = np.zeros((n, 2, 2, N_SUMS), np.int64)
    for sample, batch in enumerate(batches):
        fragments = gather_fragments(sites, batch, codes, codes_start, options)
        order = np.lexsort((fragments[O_NAME], fragments[O_END], fragments[O_START], fragments[O_CANDIDATE]))
        outputs = (counts[:, sample], quality[:, sample], sums[:, sample], copies[:, sample])
        aggregate(fragments, order, options.collapse_duplicates, *outputs)
    contig = np.full(n, batches[0].contig_index, np.int32)
    position = sites.matrix[0].copy()
    columns = (sites.repeat_unit, sites.repeat_count, counts, quality, sums, copies)
    return Evidence(contig, position, sites.reference, sites.alternate, *columns)


def gather_fragments(
    sites: Sites, batch: ReadBatch, codes: np.ndarray, codes_start: int, options: CallOptions
) -> np.ndarray:
    """What each fragment says at each site, (N_OBSERVATION_ROWS, fragments) int64, sorted by site and name.

    Where more than `options.max_depth` fragments speak, those with the smallest name hashes do: a choice that
    depends on nothing else.
    """
    limits = (options.min_mapping_quality, options.min_base_quality)
    observations = np.empty((N_OBSERVATION_ROWS, 1024), np.int64)
    n = gather(batch.buffer, batch.columns, codes, codes_start, sites.matrix, limits, observations)
    if n > observations.shape[1]:
        observations = np.empty((N_OBSERVATION_ROWS, n), np.int64)
        gather(batch.buffer, batch.columns, codes, codes_start, sites.matrix, limits, observations)
    observations = observations[:, :n]
    # Read 1 before read 2, whichever lies further left: the strand it gives does not depend on the genome's direction.
    keys = (O_ORDER, O_READ2, O_NAME, O_CANDIDATE)
    order = np.lexsort([observations[key] for key in keys])
    merged = np.empty((N_OBSERVATION_ROWS, n), np.int64)
    merged = merged[:, : merge_mates(observations, order, merged)]
    site = merged[O_CANDIDATE]
    rank = np.arange(site.size) - np.searchsorted(site, site, side="left")
    return merged[:, rank < options.max_depth]
