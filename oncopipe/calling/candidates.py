"""Events to candidates: the alleles that enough distinct tumor fragments show, normalized on the reference."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from oncopipe.calling import events_kernels as e
from oncopipe.calling import gather_kernels as g
from oncopipe.constants import BASE_N, BASES
from oncopipe.data.reads import ReadBatch
from oncopipe.read_kernels import base_code

MAX_UNIT = 6


@dataclass(frozen=True)
class Sites:
    """Candidates of one piece, sorted by position, reference, alternate. `matrix`: (N_SITE_ROWS, n) for kernels."""

    matrix: np.ndarray
    reference: list[str]
    alternate: list[str]
    repeat_unit: np.ndarray
    repeat_count: np.ndarray

    def __len__(self) -> int:
        return len(self.reference)


def find_sites(
    events: np.ndarray, batch: ReadBatch, codes: np.ndarray, codes_start: int, min_fragments: int
) -> Sites:
    """Alleles that at least `min_fragments` distinct fragments show. events: (N_EVENT_ROWS, events) int64."""
    names = batch.columns[:, 9][events[e.EVENT_READ]]
    key_rows = (e.EVENT_POSITION, e.EVENT_KIND, e.EVENT_LENGTH, e.EVENT_CODE)
    keys = np.vstack([events[list(key_rows)], names])
    order = np.lexsort(keys[::-1])
    keys = keys[:, order]
    if keys.shape[1] == 0:
        return _sites([], codes, codes_start)
    new_allele = np.r_[True, (np.diff(keys[:4], axis=1) != 0).any(axis=0)]
    new_fragment = new_allele | np.r_[True, np.diff(keys[4]) != 0]
    allele = np.cumsum(new_allele) - 1
    n_fragments = np.bincount(allele, weights=new_fragment).astype(np.int64)
    firsts = order[np.flatnonzero(new_allele)[n_fragments >= min_fragments]]
    return _sites([describe(events[:, i], batch, codes, codes_start) for i in firsts], codes, codes_start)


def describe(
    event: np.ndarray, batch: ReadBatch, codes: np.ndarray, codes_start: int
) -> tuple[int, str, str, int, int, int]:
    """Position, reference, alternate, kind, length and code of the allele that an event shows."""
    position, kind, length, code = (int(event[i]) for i in range(4))
    anchor = _text(codes[position - codes_start : position - codes_start + 1])
    if kind == e.KIND_SNV:
        return position, anchor, BASES[code], kind, length, code
    if kind == e.KIND_DELETION:
        deleted = _text(codes[position + 1 - codes_start : position + 1 + length - codes_start])
        return position, anchor + deleted, anchor, kind, length, code
    sequence, query, shift = int(batch.sequence_offset[event[e.EVENT_READ]]), int(event[6]), int(event[7])
    bases = [base_code(batch.buffer, sequence, query + (j - shift) % length) for j in range(length)]
    return position, anchor, anchor + "".join(BASES[b] for b in bases), kind, length, code


def _text(codes: np.ndarray) -> str:
    return "".join((BASES + "N")[c] for c in codes)


def _sites(alleles: list[tuple[int, str, str, int, int, int]], codes: np.ndarray, codes_start: int) -> Sites:
    alleles = sorted((a for a in alleles if "N" not in a[1]), key=lambda a: a[:3])
    matrix = np.zeros((g.N_SITE_ROWS, len(alleles)), np.int64)
    units, counts = np.ones(len(alleles), np.int32), np.ones(len(alleles), np.int32)
    for i, (position, reference, alternate, kind, length, code) in enumerate(alleles):
        units[i], counts[i], tract_end = repeat_context(position, reference, alternate, codes, codes_start)
        matrix[:, i] = (position, kind, length, code, codes[position - codes_start], tract_end)
    return Sites(matrix, [a[1] for a in alleles], [a[2] for a in alleles], units, counts)


def repeat_context(
    position: int, reference: str, alternate: str, codes: np.ndarray, codes_start: int
) -> tuple[int, int, int]:
    """Bases of the repeat unit at an allele, units in the reference, and the first base behind the tract."""
    place = position + 1 - codes_start
    if len(reference) == len(alternate):
        return 1, _run_length(codes, place - 1), position
    unit = _repeat_unit((reference if len(reference) > len(alternate) else alternate)[1:])
    reach = _repeats(codes, place, unit)
    return len(unit), reach // len(unit), position + 1 + reach


def _repeat_unit(text: str) -> str:
    """The shortest unit whose repetition is the text.

    >>> _repeat_unit("CACA"), _repeat_unit("CAT")
    ('CA', 'CAT')
    """
    for n in range(1, len(text) // 2 + 1):
        if len(text) % n == 0 and text == text[:n] * (len(text) // n):
            return text[:n]
    return text


def _repeats(codes: np.ndarray, place: int, unit: str) -> int:
    """Bases from `place` on that go on repeating the unit, whole or in part."""
    n = 0
    while place + n < codes.size and codes[place + n] < BASE_N and BASES[codes[place + n]] == unit[n % len(unit)]:
        n += 1
    return n


def _run_length(codes: np.ndarray, place: int) -> int:
    """The longest homopolymer that touches `place`, the base itself apart: long runs breed errors beside them."""
    longest = 1
    for step in (-1, 1):
        n, first = 0, place + step
        if not 0 <= first < codes.size or codes[first] == BASE_N:
            continue
        while 0 <= first + n * step < codes.size and codes[first + n * step] == codes[first]:
            n += 1
        longest = max(longest, n)
    return longest
