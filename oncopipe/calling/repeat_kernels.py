# mypy: ignore-errors
# Numba types kernels; mypy cannot.
"""Repeats of the reference: how long a run of one base is, how far a unit goes on, where an indel could slip."""

from __future__ import annotations

import numpy as np

from oncopipe.constants import BASE_N
from oncopipe.jit import kernel

MAX_UNIT = 6
# A repeat is followed no further, so that what a piece says depends on a bounded neighborhood.
MAX_TRACT = 200


@kernel
def run_lengths(codes: np.ndarray, places: np.ndarray, lengths: np.ndarray) -> None:
    """The longest homopolymer that touches each place, the base itself apart: long runs breed errors beside them."""
    for i in range(places.size):
        longest = 1
        for step in (-1, 1):
            at, n = places[i] + step, 0
            if 0 <= at < codes.size and codes[at] < BASE_N:
                base = codes[at]
                while 0 <= at < codes.size and codes[at] == base and n < MAX_TRACT:
                    n += 1
                    at += step
            longest = max(longest, n)
        lengths[i] = longest


@kernel
def repeat_reach(codes: np.ndarray, place: int, unit: np.ndarray) -> int:
    """Bases from `place` on that go on repeating the unit (codes), whole or in part."""
    n = 0
    while place + n < codes.size and codes[place + n] < BASE_N and codes[place + n] == unit[n % unit.size]:
        n += 1
        if n == MAX_TRACT:
            break
    return n


@kernel
def _is_own(codes: np.ndarray, start: int, unit: int) -> bool:
    """Whether a unit is no repeat of a shorter one."""
    for shorter in range(1, unit):
        if unit % shorter == 0:
            i = 0
            while i < unit - shorter and codes[start + i] == codes[start + i + shorter]:
                i += 1
            if i == unit - shorter:
                return False
    return True


@kernel
def tract_chances(codes: np.ndarray, first: int, depth: np.ndarray, by_count: np.ndarray) -> None:
    """Add the depth at each maximal tract of units of one to MAX_UNIT bases that begins at a place of `depth`.

    depth: (places,); its first place is codes[first]. by_count: (MAX_UNIT, columns) int64, by whole units, the last
    column holds all above. Single bases are tracts of one; of longer units at least two count.
    """
    last = by_count.shape[1] - 1
    for unit in range(1, MAX_UNIT + 1):
        start = 0
        while start < codes.size:
            end = start
            while end + unit < codes.size and codes[end + unit] == codes[end] and codes[end] < BASE_N:
                end += 1
            n = (end - start + unit) // unit
            counts = n >= 2 or (unit == 1 and codes[start] < BASE_N)
            if counts and first <= start < first + depth.size and _is_own(codes, start, unit):
                by_count[unit - 1, min(n, last)] += depth[start - first]
            start = end + 1
