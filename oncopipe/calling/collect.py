"""Collect: the one step that reads BAMs. Reads of tumor and normal to candidates with integer evidence.

The page a newcomer reads first. For each piece of the regions (`io.bam` cuts them by index bytes):
events of both samples -> alleles that enough tumor fragments show -> what each fragment says there -> integers.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from oncopipe.calling.aggregate_kernels import aggregate
from oncopipe.calling.candidates import Sites, find_sites, sites_at
from oncopipe.calling.gate import Gate, fair_limits
from oncopipe.calling.gather_kernels import (
    KIND_LONG,
    N_OBSERVATION_COLUMNS,
    O_CANDIDATE,
    O_END,
    O_NAME,
    O_ORDER,
    O_READ2,
    O_START,
    SITE_CODE,
    SITE_KIND,
    SITE_POSITION,
    gather,
    merge_mates,
)
from oncopipe.calling.haplotypes import say
from oncopipe.calling.long_alleles import MAX_LONG, NEIGHBORHOOD
from oncopipe.calling.slippage import VARIANT_FRACTION_NORMAL, VARIANT_FRACTION_TUMOR, count_indels
from oncopipe.data.evidence import (
    ALT,
    N_QUALITY_BINS,
    N_SUMS,
    TUMOR,
    Collected,
    Evidence,
    Statistics,
    concatenate,
    in_bins,
    no_evidence,
    no_statistics,
)
from oncopipe.data.regions import Region, Regions
from oncopipe.errors import InputError, ReferenceMismatchError
from oncopipe.families.consensus import read_consensus
from oncopipe.families.detect import Mode, family_mode
from oncopipe.io.bam import AlignmentReader, Room, in_order
from oncopipe.io.fasta import Reference, check_contigs, unknown_codes
from oncopipe.options import CallOptions
from oncopipe.pileup.difference_kernels import MAX_SHIFT
from oncopipe.pileup.pileup import Pileup, Watcher, pile_up, read_pileup

# Reads this far outside a piece are seen too: an indel may be shifted into the piece from there, and a long allele of the
# neighborhood competes for reads that lie at its far end.
PADDING = NEIGHBORHOOD + MAX_LONG + MAX_SHIFT + 100

# METHOD: a mismatch is counted as a sequencing error unless its allele looks like a variant at its position: at least
# this many reads and this fraction. Germline variants (1e-3 per base) would otherwise drown errors of 1e-4.
VARIANT_READS, VARIANT_FRACTION = 3, 0.04

# PERF: what reads say at candidates takes 128 bytes an observation; so many are held at once, whatever the depth.
OBSERVATIONS = 1 << 17


# Alleles that are asked for by name, by contig: (position, reference, alternate), sorted, left-aligned and simple.
Given = Mapping[str, Sequence[tuple[int, str, str]]]


class Piece(NamedTuple):
    """A piece of the genome, whether calls are wanted there, and the alleles in it that are asked for by name."""

    region: Region
    is_wanted: bool
    given: tuple[tuple[int, str, str], ...] = ()


@dataclass(frozen=True)
class Look:
    """One sample's reads over a piece. families: (one or both strands, sizes), as in `Statistics`. collapse: whether fragments
    with the same ends are one molecule. is_families: whether each is one already, of all copies with its barcode.
    """

    pileup: Pileup
    families: np.ndarray
    collapse: bool
    is_families: bool


def collect(
    tumor: AlignmentReader,
    normal: AlignmentReader | None,
    reference: Reference,
    regions: Regions,
    options: CallOptions,
    *,
    threads: int = 1,
    progress: Callable[[Region], None] | None = None,
    watcher: Watcher | None = None,
    given: Given | None = None,
) -> Collected:
    """Evidence and statistics over `regions`. The result does not depend on `threads` or on how regions are cut.

    watcher: sees the pileups of both samples, outside the regions too; without one only the regions are read.
    given: alleles whose evidence is wanted whether reads show them or not, where they lie in the regions.
    Raises: InputError (no sample name, the same name twice, damaged file), ReferenceMismatchError.
    """
    tumor_name, normal_name = _sample_names(tumor, normal)
    for reader in (tumor, normal):
        if reader is not None:
            check_contigs(reference, reader.header.contig_lengths, where=str(reader.path))
            _check_regions(reader, regions)
    readers = (tumor, normal)
    modes = family_modes(readers, options)
    lock, rooms = threading.Lock(), threading.local()

    def codes_of(contig: str, start: int, end: int) -> np.ndarray:
        if contig not in reference.lengths:  # nothing can be said of the bases there
            return unknown_codes(min(end, tumor.header.contig_lengths[contig]) - start)
        with lock:
            return reference.codes(contig, start, end)

    gates = tuple(
        Gate(reader, mode, codes_of, options)
        for reader, mode in zip(readers, modes, strict=True)
        if reader is not None
    )

    def work(piece: Piece) -> tuple[Evidence, Evidence, Statistics, list[Any]]:
        if not hasattr(rooms, "pair"):
            rooms.pair = (Room(), Room())
        return collect_piece(readers, modes, gates, piece, codes_of, options, rooms.pair, watcher)

    parts: list[Evidence] = []
    asked: list[Evidence] = []
    statistics = no_statistics()
    pieces = [_with_given(piece, given or {}) for piece in _pieces(tumor, regions, everywhere=watcher is not None)]
    for piece, (evidence, of_given, sums, seen) in zip(pieces, in_order(pieces, work, threads), strict=True):
        statistics = statistics + sums
        parts += [evidence] if len(evidence) else []
        asked += [of_given] if len(of_given) else []
        for sample, what in enumerate(seen):
            assert watcher is not None
            watcher.add(sample, what)
        if progress is not None:
            progress(piece.region)
    ranked = {name: i for i, name in enumerate(reference.contigs)}
    for part in (*parts, *asked):  # a BAM's own order of contigs may differ from the reference's
        part.contig[:] = [ranked[tumor.header.contigs[c]] for c in part.contig]
    evidence, of_given = (concatenate(some) if some else no_evidence() for some in (parts, asked))
    return Collected(evidence, statistics, tumor_name, normal_name, dict(reference.lengths), of_given)


def family_modes(readers: tuple[AlignmentReader, AlignmentReader | None], options: CallOptions) -> tuple[Mode, Mode]:
    """Whether and how tumor and normal are taken together by barcodes; a normal may have none where the tumor has."""
    tumor, normal = readers
    of_normal: Mode = "off" if normal is None else family_mode(normal, options.umi, required=False)
    return family_mode(tumor, options.umi), of_normal


def _with_given(piece: Piece, given: Given) -> Piece:
    """The piece with the alleles that it owns, if calls are wanted there."""
    alleles = given.get(piece.region.contig, ()) if piece.is_wanted else ()
    first, last = (bisect_left(alleles, (edge, "", "")) for edge in (piece.region.start, piece.region.end))
    return piece._replace(given=tuple(alleles[first:last]))


def _pieces(reader: AlignmentReader, regions: Regions, *, everywhere: bool) -> list[Piece]:
    """Pieces of the regions (True) and, when asked for, of what lies outside (False), in the order of the file."""
    pieces = [Piece(piece, is_wanted=True) for piece in reader.pieces(regions, padding=PADDING)]
    if not everywhere:
        return pieces
    gaps = []
    for contig, length in reader.header.contig_lengths.items():
        edges = [0, *(edge for r in regions if r.contig == contig for edge in (r.start, r.end)), length]
        gaps += [Region(contig, a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if a < b]
    pieces += [Piece(piece, is_wanted=False) for piece in reader.pieces(Regions(tuple(gaps)), padding=PADDING)]
    rank = {name: i for i, name in enumerate(reader.header.contigs)}
    return sorted(pieces, key=lambda piece: (rank[piece.region.contig], piece.region.start))


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
    readers: tuple[AlignmentReader, AlignmentReader | None],
    modes: tuple[Mode, Mode],
    gates: tuple[Gate, ...],
    piece: Piece,
    codes_of: Callable[[str, int, int], np.ndarray],
    options: CallOptions,
    rooms: tuple[Room, Room],
    watcher: Watcher | None = None,
) -> tuple[Evidence, Evidence, Statistics, list[Any]]:
    """Evidence, that of the given alleles, and statistics of the positions that a piece owns, and what the watcher saw of
    each sample.

    readers: of tumor and normal, if there is one. modes: how their copies are taken together. gates: of each sample.
    """
    region, is_wanted, given = piece
    limits = fair_limits(options)
    codes = partial(codes_of, region.contig)
    looks, seen = [], []
    for sample, (reader, mode, room) in enumerate(zip(readers, modes, rooms, strict=True)):
        if reader is None:
            continue
        if watcher is not None:  # quality control looks at reads as they are
            pileup = read_pileup(reader, region, codes, limits, padding=PADDING, room=room)
            seen.append(watcher.see(sample, pileup))
        sizes = no_statistics().families[sample]
        if is_wanted and (mode != "off" or watcher is None):
            pileup, sizes = pileup_of(reader, mode, region, codes, options, room)
        looks.append(Look(pileup, sizes, options.collapse_duplicates and mode == "off", mode != "off"))
    if not is_wanted:
        return no_evidence(), no_evidence(), no_statistics(), seen
    statistics = _statistics(looks, gates)
    sites = find_sites(looks[0].pileup, options.min_alternate_fragments, limits[1], gates[0])
    evidence = _evidence(sites, looks, options) if len(sites) else no_evidence()
    if not given:
        return evidence, no_evidence(), statistics, seen
    asked = sites_at(list(given), looks[0].pileup.codes, looks[0].pileup.codes_start)
    return evidence, _evidence(asked, looks, options), statistics, seen


def pileup_of(
    reader: AlignmentReader,
    mode: Mode,
    region: Region,
    codes: Callable[[int, int], np.ndarray],
    options: CallOptions,
    room: Room,
) -> tuple[Pileup, np.ndarray]:
    """The reads of a region +- `PADDING` against the reference, or what families agree on, and the families' sizes."""
    limits = fair_limits(options)
    if mode == "off":
        pileup = read_pileup(reader, region, codes, limits, padding=PADDING, room=room)
        return pileup, no_statistics().families[0]
    is_duplex = mode == "duplex"
    batch, sizes = read_consensus(reader, region, limits[0], is_duplex=is_duplex, room=room, padding=PADDING)
    return pile_up(batch, codes, limits), sizes


def _statistics(looks: list[Look], gates: tuple[Gate, ...]) -> Statistics:
    """Both samples' sums over the positions of a piece."""
    statistics, pileups = no_statistics(), [look.pileup for look in looks]
    for sample, pileup in enumerate(pileups):
        statistics.families[sample] = looks[sample].families
        statistics.bases_by_quality[sample] = pileup.bases[:, :4].sum(axis=(0, 1))
        is_error = ~pileup.is_variant(VARIANT_READS, VARIANT_FRACTION)
        is_error &= ~pileup.has_many(gates[sample].least_variant(pileup.depth))
        by_class = pileup.by_class(is_error)
        statistics.errors_by_quality[sample] = by_class.sum(axis=(0, 1)) + pileup.poor
        if looks[sample].is_families:
            statistics.class_bases[sample] = in_bins(pileup.bases[:, :4].sum(axis=0))
            statistics.class_errors[sample] = in_bins(by_class)
    covered = np.logical_and.reduce([pileup.depth > 0 for pileup in pileups])
    # The normal shows no somatic indels; alone, the tumor shows few.
    is_variant = VARIANT_FRACTION_TUMOR if len(pileups) == 1 else VARIANT_FRACTION_NORMAL
    indels = count_indels(pileups[-1], is_variant)
    return replace(
        statistics, n_positions=int(covered.sum()), indels_shown=indels[0], indel_chances=indels[1]
    )  # fmt: skip


def _evidence(sites: Sites, looks: list[Look], options: CallOptions) -> Evidence:
    n = len(sites)
    counts = np.zeros((n, 2, 3, 2, 2), np.int32)
    quality, copies = np.zeros((n, 2, 2, N_QUALITY_BINS), np.int32), np.zeros((n, 2, 2), np.int32)
    sums = np.zeros((n, 2, 2, N_SUMS), np.int64)
    long_site = _sites_of_long(sites)
    for sample, look in enumerate(looks):
        said = say(look.pileup, sites.long, long_site, fair_limits(options)[1])
        for group in _groups(sites, look.pileup):
            fragments = gather_fragments(sites.matrix[group], look.pileup, options, _of_group(said, group))
            order = np.lexsort([fragments[:, key] for key in (O_NAME, O_END, O_START, O_CANDIDATE)])
            outputs = (table[group, sample] for table in (counts, quality, sums, copies))
            aggregate(fragments, order, look.collapse, *outputs)
    contig = np.full(n, looks[0].pileup.batch.contig_index, np.int32)
    position = sites.matrix[:, SITE_POSITION].copy()
    columns = (sites.repeat_unit, sites.repeat_count, counts, quality, sums, copies)
    evidence = Evidence(contig, position, sites.reference, sites.alternate, *columns)
    # Long alleles that lost their reads to others are none.
    is_lost = (sites.matrix[:, SITE_KIND] == KIND_LONG) & (copies[:, TUMOR, ALT] < options.min_alternate_fragments)
    return evidence.select(~is_lost) if is_lost.any() else evidence


def _sites_of_long(sites: Sites) -> np.ndarray:
    """The candidate that each long allele is, -1 for those of the neighborhood."""
    site_of = np.full(len(sites.long), -1, np.int64)
    rows = np.flatnonzero(sites.matrix[:, SITE_KIND] == KIND_LONG)
    site_of[sites.matrix[rows, SITE_CODE]] = rows
    return site_of


def _of_group(said: np.ndarray, group: slice) -> np.ndarray:
    """Observations at a slice of the candidates, which are counted from its first."""
    inside = said[(said[:, O_CANDIDATE] >= group.start) & (said[:, O_CANDIDATE] < group.stop)]
    inside[:, O_CANDIDATE] -= group.start
    return inside


def _groups(sites: Sites, pileup: Pileup) -> Iterator[slice]:
    """Sites that follow each other, as many as about `OBSERVATIONS` reads speak at."""
    depth = pileup.depth[sites.matrix[:, SITE_POSITION] - pileup.batch.region.start]
    number = np.cumsum(depth, dtype=np.int64) // OBSERVATIONS
    edges = [0, *(np.flatnonzero(np.diff(number)) + 1).tolist(), len(sites)]
    yield from (slice(first, last) for first, last in pairwise(edges))


def gather_fragments(
    sites: np.ndarray, pileup: Pileup, options: CallOptions, of_long: np.ndarray | None = None
) -> np.ndarray:
    """What each fragment says at each site, (fragments, N_OBSERVATION_COLUMNS) int64, sorted by site and name.

    sites: (n, N_SITE_COLUMNS). of_long: observations at the long ones. Where more than `options.max_depth` fragments
    speak, those with the smallest name hashes do: a choice that depends on nothing else.
    """
    batch = pileup.batch
    observations = np.empty((OBSERVATIONS // 16, N_OBSERVATION_COLUMNS), np.int64)
    while True:
        n = gather(
            batch.buffer, batch.columns, pileup.reads, pileup.codes, pileup.codes_start, sites,
            options.min_base_quality, observations,
        )  # fmt: skip
        if n <= len(observations):
            break
        observations = np.empty((n, N_OBSERVATION_COLUMNS), np.int64)
    observations = observations[:n]
    if of_long is not None and len(of_long):
        observations = np.concatenate([observations, of_long])
        n = len(observations)
    # Read 1 before read 2, whichever lies further left: the strand it gives does not depend on the genome's direction.
    order = np.lexsort([observations[:, key] for key in (O_ORDER, O_READ2, O_NAME, O_CANDIDATE)])
    merged = np.empty((n, N_OBSERVATION_COLUMNS), np.int64)
    merged = merged[: merge_mates(observations, order, merged)]
    site = merged[:, O_CANDIDATE]
    rank = np.arange(site.size) - np.searchsorted(site, site, side="left")
    return merged if rank.size == 0 or rank.max() < options.max_depth else merged[rank < options.max_depth]
