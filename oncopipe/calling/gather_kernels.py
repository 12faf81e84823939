# mypy: ignore-errors
# Numba types kernels; mypy cannot.
"""A second look at the resident reads, at candidates only: which allele each read speaks for, and how well."""

from __future__ import annotations

import numpy as np

from oncopipe.constants import (
    BASE_N,
    CIGAR_DELETION,
    CIGAR_INSERTION,
    CIGAR_SKIP,
    CIGAR_SOFT_CLIP,
    FLAG_READ2,
    FLAG_REVERSE,
)
from oncopipe.jit import kernel
from oncopipe.pileup.difference_kernels import (
    KIND_DELETION,
    KIND_INSERTION,
    KIND_SNV,
    MAX_INSERTION,
    READ_DIFFERENCES,
    READ_LEAD,
    READ_TRAIL,
    indel_quality,
    is_aligned,
    shift_deletion,
    shift_insertion,
)
from oncopipe.read_kernels import (
    CIGAR_OFFSET,
    END,
    FLAG,
    LENGTH,
    MAPPING_QUALITY,
    N_CIGAR,
    NAME_HASH,
    POSITION,
    QUALITY_OFFSET,
    SEQUENCE_OFFSET,
    TEMPLATE_LENGTH,
    base_code,
    cigar_word,
)

_REF, _ALT, _OTHER = 0, 1, 2

# Columns of the candidate matrix (candidates, N_SITE_COLUMNS), sorted by position.
SITE_POSITION, SITE_KIND, SITE_LENGTH, SITE_CODE, SITE_REF_CODE, SITE_TRACT_END = range(6)
N_SITE_COLUMNS = 6
# Kind of a candidate that `haplotypes` judges.
KIND_LONG = 3

# Columns of the observation matrix (observations, N_OBSERVATION_COLUMNS).
(O_CANDIDATE, O_ALLELE, O_QUALITY, O_MAPPING_QUALITY, O_REVERSE, O_READ2, O_BOTH, O_END_DISTANCE) = range(8)
(O_MISMATCHES, O_CLIPPED, O_START, O_END, O_NAME, O_ORDER, O_NEXT, O_SECOND) = range(8, 16)
N_OBSERVATION_COLUMNS = 16


@kernel
def _snv_allele(
    buffer: np.ndarray, columns: np.ndarray, row: int, sites: np.ndarray, site: int, min_base_quality: int
) -> tuple[int, int, int, int, int]:
    """Allele (-1: silent), quality, query offset, bases taken and bases that go on aligned behind, of a read at an SNV."""
    target = sites[site, SITE_POSITION]
    position, query = columns[row, POSITION], 0
    for k in range(columns[row, N_CIGAR]):
        word = cigar_word(buffer, columns[row, CIGAR_OFFSET] + 4 * k)
        operation, size = word & 15, word >> 4
        if is_aligned(operation):
            if target < position + size:
                if target < position:
                    return -1, 0, 0, 0, 0
                q = query + target - position
                level = np.int64(buffer[columns[row, QUALITY_OFFSET] + q])
                code = base_code(buffer, columns[row, SEQUENCE_OFFSET], q)
                if level < min_base_quality or code == BASE_N:
                    return -1, 0, 0, 0, 0
                if code == sites[site, SITE_CODE]:
                    return _ALT, level, q, 1, position + size - target - 1
                return (
                    (_REF if code == sites[site, SITE_REF_CODE] else _OTHER),
                    level,
                    q,
                    1,
                    position + size - target - 1,
                )
            position += size
            query += size
        elif operation == CIGAR_INSERTION or operation == CIGAR_SOFT_CLIP:
            query += size
        elif operation == CIGAR_DELETION or operation == CIGAR_SKIP:
            if target < position + size:
                if operation == CIGAR_SKIP:
                    return -1, 0, 0, 0, 0
                level = indel_quality(buffer, columns[row, QUALITY_OFFSET], query, 0, columns[row, LENGTH])
                return (_OTHER, level, query, 0, 0) if level >= min_base_quality else (-1, 0, 0, 0, 0)
            position += size
    return -1, 0, 0, 0, 0


@kernel
def _also_differs(
    buffer: np.ndarray, columns: np.ndarray, row: int, query: int, code: int, min_base_quality: int
) -> int:
    """1 if a read's base is good and differs from the reference's code."""
    base = base_code(buffer, columns[row, SEQUENCE_OFFSET], query)
    good = buffer[columns[row, QUALITY_OFFSET] + query] >= min_base_quality
    return 1 if good and base < BASE_N and code < BASE_N and base != code else 0


@kernel
def _indel_allele(
    buffer: np.ndarray,
    columns: np.ndarray,
    row: int,
    sites: np.ndarray,
    site: int,
    codes: np.ndarray,
    codes_start: int,
) -> tuple[int, int, int, int]:
    """Allele (-1: silent), quality, query offset and read bases taken, of a read at an indel.

    The read must reach from the anchor to behind the tract in which the indel could as well lie. Any other indel
    in between is another allele.
    """
    sequence, quality, length = columns[row, SEQUENCE_OFFSET], columns[row, QUALITY_OFFSET], columns[row, LENGTH]
    anchor, behind = sites[site, SITE_POSITION], sites[site, SITE_TRACT_END]
    position, query, allele, at_query, taken, last_query = columns[row, POSITION], 0, _REF, -1, 0, -1
    for k in range(columns[row, N_CIGAR]):
        word = cigar_word(buffer, columns[row, CIGAR_OFFSET] + 4 * k)
        operation, size = word & 15, word >> 4
        if is_aligned(operation):
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
                fits = (
                    sites[site, SITE_KIND] == KIND_INSERTION
                    and size == sites[site, SITE_LENGTH]
                    and size <= MAX_INSERTION
                )
                if fits and 0 < inside < codes.size:
                    shifted, code = shift_insertion(buffer, sequence, query, size, codes, inside)
                    if code == sites[site, SITE_CODE] and position - shifted - 1 == anchor:
                        found = _ALT
                if allele != _ALT:
                    allele, at_query, taken = found, query, size
            query += size
        elif operation == CIGAR_DELETION:
            if position <= behind and position + size > anchor and 0 < query < length:
                found = _OTHER
                if sites[site, SITE_KIND] == KIND_DELETION and size == sites[site, SITE_LENGTH]:
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
    if columns[row, POSITION] > anchor or (allele != _ALT and (at_query < 0 or last_query < 0)):
        return -1, 0, 0, 0
    if allele == _REF:
        return _REF, indel_quality(buffer, quality, at_query, 2, length), at_query, 1
    return allele, indel_quality(buffer, quality, at_query, taken, length), at_query, taken


@kernel
def gather(
    buffer: np.ndarray,
    columns: np.ndarray,
    reads: np.ndarray,
    codes: np.ndarray,
    codes_start: int,
    sites: np.ndarray,
    min_base_quality: int,
    observations: np.ndarray,
) -> int:
    """Write what each speaking read says at each candidate it reaches; the number, also when the matrix is too small.

    reads: (records, N_READ_COLUMNS) of the same records, by `find_differences`. sites: (candidates, N_SITE_COLUMNS)
    int64. observations: (capacity, N_OBSERVATION_COLUMNS) int64.
    """
    n, capacity, first = 0, observations.shape[0], 0
    for row in range(columns.shape[0]):
        if reads[row, READ_DIFFERENCES] < 0:
            continue
        begin, end, length = columns[row, POSITION], columns[row, END], columns[row, LENGTH]
        while first < sites.shape[0] and sites[first, SITE_POSITION] < begin:
            first += 1
        lead, trail = np.int64(reads[row, READ_LEAD]), np.int64(reads[row, READ_TRAIL])
        site = first
        while site < sites.shape[0] and sites[site, SITE_POSITION] < end:
            goes_on = 0
            if sites[site, SITE_KIND] == KIND_LONG:
                site += 1
                continue
            if sites[site, SITE_KIND] == KIND_SNV:
                allele, level, at, taken, goes_on = _snv_allele(buffer, columns, row, sites, site, min_base_quality)
            else:
                allele, level, at, taken = _indel_allele(buffer, columns, row, sites, site, codes, codes_start)
            if allele < 0 or level < min_base_quality:
                site += 1
                continue
            if n < capacity:
                flag = columns[row, FLAG]
                reverse = 1 if flag & FLAG_REVERSE else 0
                out = observations[n]
                out[O_CANDIDATE], out[O_ALLELE], out[O_QUALITY] = site, allele, level
                out[O_MAPPING_QUALITY], out[O_REVERSE] = columns[row, MAPPING_QUALITY], reverse
                out[O_READ2], out[O_BOTH] = (1 if flag & FLAG_READ2 else 0), 0
                out[O_END_DISTANCE] = max(0, min(at - lead, length - trail - at - max(taken, 1)))
                differences = np.int64(reads[row, READ_DIFFERENCES])
                out[O_MISMATCHES] = max(0, differences - (1 if allele == _ALT else 0))
                out[O_CLIPPED] = lead + trail
                # The read's own 5' end is unclipped; its mate's is known by TLEN only as aligned.
                span = columns[row, TEMPLATE_LENGTH]
                if reverse:
                    stop = end + trail
                    start = end + span if span < 0 else begin - lead
                else:
                    start = begin - lead
                    stop = begin + span if span > 0 else end + trail
                out[O_START], out[O_END] = start, stop
                out[O_NAME], out[O_ORDER] = columns[row, NAME_HASH], row
                place = sites[site, SITE_POSITION] - codes_start
                out[O_NEXT], out[O_SECOND] = 0, 0
                if goes_on >= 1 and place + 1 < codes.size:
                    out[O_NEXT] = _also_differs(buffer, columns, row, at + 1, codes[place + 1], min_base_quality)
                if goes_on >= 2 and place + 2 < codes.size:
                    out[O_SECOND] = _also_differs(buffer, columns, row, at + 2, codes[place + 2], min_base_quality)
            n += 1
            site += 1
    return n


@kernel
def merge_mates(observations: np.ndarray, order: np.ndarray, merged: np.ndarray) -> int:
    """One row a fragment: mates that agree keep the better quality, mates that do not are another allele, quality 0.

    order: rows sorted by candidate, name, read of the pair; strand and clips are the first one's.
    merged: (at least rows, N_OBSERVATION_COLUMNS) int64.
    Returns the number of fragments.
    """
    n = 0
    for i in range(order.size):
        row = order[i]
        if (
            n > 0
            and merged[n - 1, O_CANDIDATE] == observations[row, O_CANDIDATE]
            and merged[n - 1, O_NAME] == observations[row, O_NAME]
        ):
            last = n - 1
            merged[last, O_BOTH] = 1
            if merged[last, O_ALLELE] != observations[row, O_ALLELE]:
                merged[last, O_ALLELE], merged[last, O_QUALITY] = _OTHER, 0
            merged[last, O_QUALITY] = (
                max(merged[last, O_QUALITY], observations[row, O_QUALITY]) if merged[last, O_QUALITY] > 0 else 0
            )
            merged[last, O_MAPPING_QUALITY] = max(
                merged[last, O_MAPPING_QUALITY], observations[row, O_MAPPING_QUALITY]
            )
            merged[last, O_END_DISTANCE] = max(merged[last, O_END_DISTANCE], observations[row, O_END_DISTANCE])
            # Each mate knows its own end unclipped, which lies further out than the other's word for it.
            merged[last, O_START] = min(merged[last, O_START], observations[row, O_START])
            merged[last, O_END] = max(merged[last, O_END], observations[row, O_END])
            merged[last, O_MISMATCHES] = min(merged[last, O_MISMATCHES], observations[row, O_MISMATCHES])
            merged[last, O_NEXT] = max(merged[last, O_NEXT], observations[row, O_NEXT])
            merged[last, O_SECOND] = max(merged[last, O_SECOND], observations[row, O_SECOND])
            continue
        for k in range(merged.shape[1]):
            merged[n, k] = observations[row, k]
        n += 1
    return n
