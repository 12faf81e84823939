# mypy: ignore-errors
# Numba types kernels; mypy cannot.
"""A second look at the resident reads, at candidates only: which allele each read speaks for, and how well."""

from __future__ import annotations

import numpy as np

from oncopipe.calling.events_kernels import (
    KIND_DELETION,
    KIND_INSERTION,
    KIND_SNV,
    MAX_INSERTION,
    indel_quality,
    is_usable,
    shift_deletion,
    shift_insertion,
)
from oncopipe.constants import (
    BASE_N,
    CIGAR_DELETION,
    CIGAR_DIFFERENT,
    CIGAR_EQUAL,
    CIGAR_INSERTION,
    CIGAR_MATCH,
    CIGAR_SKIP,
    CIGAR_SOFT_CLIP,
)
from oncopipe.jit import kernel
from oncopipe.read_kernels import base_code, cigar_word

_REF, _ALT, _OTHER = 0, 1, 2

# Rows of the candidate matrix (N_SITE_ROWS, candidates), sorted by position.
SITE_POSITION, SITE_KIND, SITE_LENGTH, SITE_CODE, SITE_REF_CODE, SITE_TRACT_END = range(6)
N_SITE_ROWS = 6

# Rows of the observation matrix (N_OBSERVATION_ROWS, observations).
(O_CANDIDATE, O_ALLELE, O_QUALITY, O_MAPPING_QUALITY, O_REVERSE, O_READ2, O_BOTH, O_END_DISTANCE) = range(8)
(O_MISMATCHES, O_CLIPPED, O_START, O_END, O_NAME, O_ORDER) = range(8, 14)
N_OBSERVATION_ROWS = 14

_POSITION, _END, _FLAG, _MAPPING_QUALITY, _MATE_POSITION, _TEMPLATE_LENGTH = 1, 2, 3, 4, 6, 7
_NAME_HASH, _CIGAR_OFFSET, _N_CIGAR, _SEQUENCE_OFFSET, _LENGTH, _QUALITY_OFFSET = 9, 10, 11, 12, 13, 14


@kernel
def _is_aligned(operation: int) -> bool:
    return operation == CIGAR_MATCH or operation == CIGAR_EQUAL or operation == CIGAR_DIFFERENT


@kernel
def count_differences(
    buffer: np.ndarray, columns: np.ndarray, row: int, codes: np.ndarray, codes_start: int, min_base_quality: int
) -> tuple[int, int, int]:
    """Mismatching bases of fair quality plus indel events of a read; its leading and trailing soft clips."""
    sequence, quality = columns[row, _SEQUENCE_OFFSET], columns[row, _QUALITY_OFFSET]
    position, query, n, lead, trail = columns[row, _POSITION], 0, 0, 0, 0
    for k in range(columns[row, _N_CIGAR]):
        word = cigar_word(buffer, columns[row, _CIGAR_OFFSET] + 4 * k)
        operation, size = word & 15, word >> 4
        if _is_aligned(operation):
            for i in range(size):
                inside = position + i - codes_start
                if inside < 0 or inside >= codes.size or buffer[quality + query + i] < min_base_quality:
                    continue
                code = base_code(buffer, sequence, query + i)
                if code != codes[inside] and code < BASE_N and codes[inside] < BASE_N:
                    n += 1
            position += size
            query += size
        elif operation == CIGAR_INSERTION:
            n += 1
            query += size
        elif operation == CIGAR_DELETION:
            n += 1
            position += size
        elif operation == CIGAR_SKIP:
            position += size
        elif operation == CIGAR_SOFT_CLIP:
            if query == 0:
                lead = size
            else:
                trail = size
            query += size
    return n, lead, trail


@kernel
def _snv_allele(
    buffer: np.ndarray, columns: np.ndarray, row: int, site: np.ndarray, min_base_quality: int
) -> tuple[int, int, int, int]:
    """Allele (-1: silent), quality, query offset and bases taken, of a read at an SNV."""
    target = site[SITE_POSITION]
    position, query = columns[row, _POSITION], 0
    for k in range(columns[row, _N_CIGAR]):
        word = cigar_word(buffer, columns[row, _CIGAR_OFFSET] + 4 * k)
        operation, size = word & 15, word >> 4
        if _is_aligned(operation):
            if target < position + size:
                if target < position:
                    return -1, 0, 0, 0
                q = query + target - position
                level = np.int64(buffer[columns[row, _QUALITY_OFFSET] + q])
                code = base_code(buffer, columns[row, _SEQUENCE_OFFSET], q)
                if level < min_base_quality or code == BASE_N:
                    return -1, 0, 0, 0
                if code == site[SITE_CODE]:
                    return _ALT, level, q, 1
                return (_REF if code == site[SITE_REF_CODE] else _OTHER), level, q, 1
            position += size
            query += size
        elif operation == CIGAR_INSERTION or operation == CIGAR_SOFT_CLIP:
            query += size
        elif operation == CIGAR_DELETION or operation == CIGAR_SKIP:
            if target < position + size:
                if operation == CIGAR_SKIP:
                    return -1, 0, 0, 0
                level = indel_quality(buffer, columns[row, _QUALITY_OFFSET], query, 0, columns[row, _LENGTH])
                return (_OTHER, level, query, 0) if level >= min_base_quality else (-1, 0, 0, 0)
            position += size
    return -1, 0, 0, 0


@kernel
def _indel_allele(
    buffer: np.ndarray, columns: np.ndarray, row: int, site: np.ndarray, codes: np.ndarray, codes_start: int
) -> tuple[int, int, int, int]:
    """Allele (-1: silent), quality, query offset and read bases taken, of a read at an indel.

    The read must reach from the anchor to behind the tract in which the indel could as well lie. Any other indel
    in between is another allele.
    """
    sequence, quality, length = columns[row, _SEQUENCE_OFFSET], columns[row, _QUALITY_OFFSET], columns[row, _LENGTH]
    anchor, behind = site[SITE_POSITION], site[SITE_TRACT_END]
    position, query, allele, at_query, taken, last_query = columns[row, _POSITION], 0, _REF, -1, 0, -1
    for k in range(columns[row, _N_CIGAR]):
        word = cigar_word(buffer, columns[row, _CIGAR_OFFSET] + 4 * k)
        operation, size = word & 15, word >> 4
        if _is_aligned(operation):
            if position <= anchor < position + size and at_query < 0:
                at_query = query + anchor - position
            if position <= behind < position + size:
                last_query = query + behind - position
            position += size
            query += size
        elif operation == CIGAR_INSERTION:
            if anchor < position <= behind + 1 and 0 < query and query + size < length:
                found = _OTHER
                inside = position - codes_start
                fits = site[SITE_KIND] == KIND_INSERTION and size == site[SITE_LENGTH] and size <= MAX_INSERTION
                if fits and 0 < inside < codes.size:
                    shifted, code = shift_insertion(buffer, sequence, query, size, codes, inside)
                    if code == site[SITE_CODE] and position - shifted - 1 == anchor:
                        found = _ALT
                if allele != _ALT:
                    allele, at_query, taken = found, query, size
            query += size
        elif operation == CIGAR_DELETION:
            if position <= behind and position + size > anchor and 0 < query < length:
                found = _OTHER
                if site[SITE_KIND] == KIND_DELETION and size == site[SITE_LENGTH]:
                    if shift_deletion(codes, codes_start, position, size) - 1 == anchor:
                        found = _ALT
                if allele != _ALT:
                    allele, at_query, taken = found, query, 0
            position += size
        elif operation == CIGAR_SKIP:
            if position <= behind and position + size > anchor:
                return -1, 0, 0, 0
            position += size
        elif operation == CIGAR_SOFT_CLIP:
            query += size
    if columns[row, _POSITION] > anchor or (allele != _ALT and (at_query < 0 or last_query < 0)):
        return -1, 0, 0, 0
    if allele == _REF:
        return _REF, indel_quality(buffer, quality, at_query, 2, length), at_query, 1
    return allele, indel_quality(buffer, quality, at_query, taken, length), at_query, taken


@kernel
def gather(
    buffer: np.ndarray,
    columns: np.ndarray,
    codes: np.ndarray,
    codes_start: int,
    sites: np.ndarray,
    limits: tuple[int, int],
    observations: np.ndarray,
) -> int:
    """Write what each usable read says at each candidate it reaches; the number, also when the matrix is too small.

    sites: (N_SITE_ROWS, candidates) int64. limits: least mapping and base quality.
    observations: (N_OBSERVATION_ROWS, capacity) int64.
    """
    min_mapping_quality, min_base_quality = limits
    n, capacity, first = 0, observations.shape[1], 0
    for row in range(columns.shape[0]):
        if not is_usable(columns, row, min_mapping_quality):
            continue
        begin, end, length = columns[row, _POSITION], columns[row, _END], columns[row, _LENGTH]
        if buffer[columns[row, _QUALITY_OFFSET]] == 255:
            continue
        while first < sites.shape[1] and sites[SITE_POSITION, first] < begin:
            first += 1
        site, n_differences, lead, trail = first, -1, 0, 0
        while site < sites.shape[1] and sites[SITE_POSITION, site] < end:
            if sites[SITE_KIND, site] == KIND_SNV:
                allele, level, at, taken = _snv_allele(buffer, columns, row, sites[:, site], min_base_quality)
            else:
                allele, level, at, taken = _indel_allele(buffer, columns, row, sites[:, site], codes, codes_start)
                if level < min_base_quality:
                    allele = -1
            if allele >= 0:
                if n_differences < 0:
                    n_differences, lead, trail = count_differences(
                        buffer, columns, row, codes, codes_start, min_base_quality
                    )
                if n < capacity:
                    flag = columns[row, _FLAG]
                    reverse = 1 if flag & 16 else 0
                    observations[O_CANDIDATE, n], observations[O_ALLELE, n] = site, allele
                    observations[O_QUALITY, n] = level
                    observations[O_MAPPING_QUALITY, n] = columns[row, _MAPPING_QUALITY]
                    observations[O_REVERSE, n], observations[O_READ2, n] = reverse, (1 if flag & 128 else 0)
                    observations[O_BOTH, n] = 0
                    observations[O_END_DISTANCE, n] = max(0, min(at - lead, length - trail - at - max(taken, 1)))
                    observations[O_MISMATCHES, n] = max(0, n_differences - (1 if allele == _ALT else 0))
                    observations[O_CLIPPED, n] = lead + trail
                    # The read's own 5' end is unclipped; its mate's is known by TLEN only as aligned.
                    span = columns[row, _TEMPLATE_LENGTH]
                    if reverse:
                        stop = end + trail
                        start = end + span if span < 0 else begin - lead
                    else:
                        start = begin - lead
                        stop = begin + span if span > 0 else end + trail
                    observations[O_START, n], observations[O_END, n] = start, stop
                    observations[O_NAME, n], observations[O_ORDER, n] = columns[row, _NAME_HASH], row
                n += 1
            site += 1
    return n


@kernel
def merge_mates(observations: np.ndarray, order: np.ndarray, merged: np.ndarray) -> int:
    """One row a fragment: mates that agree keep the better quality, mates that do not are another allele, quality 0.

    order: rows sorted by candidate, name, read of the pair; strand and clips are the first one's.
    merged: (N_OBSERVATION_ROWS, at least rows) int64.
    Returns the number of fragments.
    """
    n = 0
    for i in range(order.size):
        row = order[i]
        if (
            n > 0
            and merged[O_CANDIDATE, n - 1] == observations[O_CANDIDATE, row]
            and merged[O_NAME, n - 1] == observations[O_NAME, row]
        ):
            last = n - 1
            merged[O_BOTH, last] = 1
            if merged[O_ALLELE, last] != observations[O_ALLELE, row]:
                merged[O_ALLELE, last], merged[O_QUALITY, last] = _OTHER, 0
            merged[O_QUALITY, last] = (
                max(merged[O_QUALITY, last], observations[O_QUALITY, row]) if merged[O_QUALITY, last] > 0 else 0
            )
            merged[O_MAPPING_QUALITY, last] = max(
                merged[O_MAPPING_QUALITY, last], observations[O_MAPPING_QUALITY, row]
            )
            merged[O_END_DISTANCE, last] = max(merged[O_END_DISTANCE, last], observations[O_END_DISTANCE, row])
            # Each mate knows its own end unclipped, which lies further out than the other's word for it.
            merged[O_START, last] = min(merged[O_START, last], observations[O_START, row])
            merged[O_END, last] = max(merged[O_END, last], observations[O_END, row])
            merged[O_MISMATCHES, last] = min(merged[O_MISMATCHES, last], observations[O_MISMATCHES, row])
            continue
        for k in range(merged.shape[0]):
            merged[k, n] = observations[k, row]
        n += 1
    return n
