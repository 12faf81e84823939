"""Runs of one base and tracts of two in turn: where polymerases slip."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

MIN_RUN, MIN_UNITS = 5, 4
# METHOD: chance that a molecule's tract comes out one unit short or long. It grows about 1.6-fold a unit, as in
# docs/calling.md (shape: Lai and Sun 2003, doi:10.1093/molbev/msg228), up to a fifth of the molecules.
_AT_MINIMUM, _GROWTH, _MOST = 3e-4, 1.6, 0.2
SHORTER = 0.7  # share of slips that lose a unit


@dataclass(frozen=True)
class Tracts:
    """One row a tract, by start. slip: chance that a molecule shows it one unit shorter or longer."""

    start: np.ndarray  # (n,) int64
    end: np.ndarray  # (n,) int64
    unit: np.ndarray  # (n,) int64, 1 or 2
    slip: np.ndarray  # (n,) float64

    def __len__(self) -> int:
        return len(self.start)


def find_tracts(codes: np.ndarray) -> Tracts:
    """Tracts of a sequence of base codes (A=0 C=1 G=2 T=3, anything else 4)."""
    found = []
    for unit, minimum in ((1, MIN_RUN), (2, 2 * MIN_UNITS)):
        same = (codes[unit:] == codes[:-unit]) & (codes[unit:] < 4)
        edges = np.flatnonzero(np.diff(np.concatenate([[False], same, [False]]).astype(np.int8)))
        start, end = edges[::2], edges[1::2] + unit
        keep = end - start >= minimum
        if unit == 2:
            keep &= codes[start] != codes[start + 1]
        units = (end - start) // unit
        least = minimum // unit
        slip = np.minimum(_AT_MINIMUM * _GROWTH ** np.minimum(units - least, 40), _MOST)
        found.append(np.stack([start, end, np.full(start.size, unit), slip])[:, keep])
    rows = np.concatenate(found, axis=1)
    rows = rows[:, np.argsort(rows[0], kind="stable")]
    return Tracts(rows[0].astype(np.int64), rows[1].astype(np.int64), rows[2].astype(np.int64), rows[3])
