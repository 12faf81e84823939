"""Calls near each other: do the tumor's molecules carry both? A second look at the reads, under few calls only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from oncopipe.calling.candidates import is_simple, sites_at
from oncopipe.calling.collect import gather_fragments, pileup_of
from oncopipe.calling.gate import fair_limits
from oncopipe.calling.gather_kernels import O_ALLELE, O_CANDIDATE, O_END, O_END_DISTANCE, O_NAME, O_QUALITY, O_START
from oncopipe.calling.hypotheses import SOMATIC
from oncopipe.calling.score import worth_writing
from oncopipe.data.calls import Calls
from oncopipe.data.evidence import ALT
from oncopipe.data.phase import AlleleKey, Phases, phases_of
from oncopipe.data.regions import Region
from oncopipe.families.detect import family_mode
from oncopipe.io.bam import AlignmentReader, Room
from oncopipe.options import CallOptions

# METHOD: alleles further apart than a fragment share no molecule; the longest fragments reach about so far.
REACH = 1_000
# METHOD: an allele that failed is asked beside one that passed where it is somatic with at least this probability: the
# caution that a board needs is about alleles that may be there.
NEAR_PASS = 0.1
# METHOD: a molecule whose reads end within so many bases of a place says nothing there: aligners clip a mismatch at an end,
# and place no gap.
_SILENT_SNV, _SILENT_INDEL = 5, 10
# PERF: reads under calls no further apart than the reach are read together, up to the length of a window.
_WINDOW = 20_000

Counts = tuple[int, int, int]


def phase_calls(
    calls: Calls, tumor: AlignmentReader, codes_of: Callable[[str, int, int], np.ndarray], options: CallOptions
) -> Phases:
    """What the tumor's molecules say of each pair of calls within `REACH`, one of which passed.

    codes_of: reference codes of an interval of a contig, clipped to it. Raises: InputError (damaged file).
    """
    rows = _asked(calls)
    keys = _keys(calls, rows)
    names = list(calls.contigs)
    pairs: dict[tuple[AlleleKey, AlleleKey], Counts] = {}
    room, mode = Room(), family_mode(tumor, options.umi)
    # A molecule counts whole here, however poor its base.
    fair = options.model_copy(update={"min_base_quality": fair_limits(options)[1]})
    collapse = options.collapse_duplicates and mode == "off"
    held: list[tuple[int, np.ndarray]] = []  # asked calls with what each fragment says there
    for first, last in _windows(keys):
        start, end = keys[first][1], keys[last - 1][1] + 1
        region = Region(names[keys[first][0]], start, end)
        pileup, _ = pileup_of(tumor, mode, region, partial(codes_of, region.contig), options, room)
        sites = sites_at([key[1:] for key in keys[first:last]], pileup.codes, pileup.codes_start)
        said = gather_fragments(sites.matrix, pileup, fair)
        edges = np.searchsorted(said[:, O_CANDIDATE], np.arange(last - first + 1))
        for i in range(last - first):
            at, told = first + i, _speaking(said[edges[i] : edges[i + 1]], keys[first + i])
            held = [(j, other) for j, other in held if _are_near(keys[j], keys[at])]
            for j, other in held:
                is_wanted = keys[j][1] < keys[at][1] and (calls.is_pass[rows[j]] or calls.is_pass[rows[at]])
                if is_wanted and any(counts := count_together(other, told, collapse=collapse)):
                    pairs[keys[j], keys[at]] = counts
            held.append((at, told))
    return phases_of(pairs)


def _asked(calls: Calls) -> np.ndarray:
    """Rows of the calls that are asked about, (n,) int64: what passed, and what nearly did."""
    wanted = calls.is_pass | (worth_writing(calls) & (calls.posterior[:, SOMATIC] >= NEAR_PASS))
    e = calls.evidence
    return np.array(
        [i for i in np.flatnonzero(wanted).tolist() if is_simple(e.reference[i], e.alternate[i])], np.int64
    )


def _keys(calls: Calls, rows: np.ndarray) -> list[AlleleKey]:
    e = calls.evidence
    return [(int(e.contig[i]), int(e.position[i]), e.reference[i], e.alternate[i]) for i in rows.tolist()]


def _speaking(said: np.ndarray, key: AlleleKey) -> np.ndarray:
    """The fragments that say something; one whose mates disagree does not."""
    nearest = _SILENT_SNV if len(key[2]) == len(key[3]) else _SILENT_INDEL
    return said[(said[:, O_QUALITY] > 0) & (said[:, O_END_DISTANCE] >= nearest)]


def _are_near(first: AlleleKey, second: AlleleKey) -> bool:
    return first[0] == second[0] and second[1] - first[1] <= REACH


def _windows(keys: list[AlleleKey]) -> Iterator[tuple[int, int]]:
    """First and behind the last of calls that are read together; calls without a neighbor are left out."""
    first = 0
    for i in range(1, len(keys) + 1):
        goes_on = i < len(keys) and _are_near(keys[i - 1], keys[i])
        if goes_on and keys[i][1] - keys[first][1] <= _WINDOW:
            continue
        has_neighbor = i - first > 1 or goes_on or (first > 0 and _are_near(keys[first - 1], keys[first]))
        if has_neighbor:
            yield first, i
        first = i


def count_together(first: np.ndarray, second: np.ndarray, *, collapse: bool) -> Counts:
    """Molecules that show two places: with both alleles, the first alone, the second alone.

    first, second: (fragments, N_OBSERVATION_COLUMNS), what fragments say at each place, in the order of their names.
    collapse: fragments with the same ends are one molecule, which at each place says what most quality says.
    """
    _, at, there = np.intersect1d(first[:, O_NAME], second[:, O_NAME], assume_unique=True, return_indices=True)
    first, second = first[at], second[there]
    if not len(first):
        return 0, 0, 0
    # Each mate knows its own end unclipped, which lies further out.
    ends = np.stack(
        [np.minimum(first[:, O_START], second[:, O_START]), np.maximum(first[:, O_END], second[:, O_END])]
    )
    if collapse:
        _, molecule = np.unique(ends, axis=1, return_inverse=True)
        molecule = molecule.reshape(-1)
    else:
        molecule = np.arange(len(first))
    carries = []
    for told in (first, second):
        votes = np.where(told[:, O_ALLELE] == ALT, told[:, O_QUALITY], -told[:, O_QUALITY])
        carries.append(np.bincount(molecule, weights=votes) > 0)
    one, other = carries
    return int((one & other).sum()), int((one & ~other).sum()), int((other & ~one).sum())
