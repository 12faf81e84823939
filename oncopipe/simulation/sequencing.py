"""Molecules to reads: bases of both ends, qualities, and the errors that qualities half admit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from oncopipe.simulation.molecules import Molecules

# METHOD: binned qualities as recent instruments write them; their errors are twice what they claim (on real HiSeq X reads
# quality 42 measures as 32). Shares of the two low bins grow along a read and are larger in read 2; one read in ten is bad.
QUALITIES = np.array([37, 25, 11], np.uint8)
ERRORS = 2.0 * 10.0 ** (QUALITIES / -10.0)
_LOW_START, _LOW_END = (0.016, 0.004), (0.06, 0.016)  # shares of 25 and 11, and of 11, at the first and last cycle
_READ_2, _BAD_SHARE, _BAD = 1.5, 0.1, 4.0


@dataclass(frozen=True)
class Reads:
    """Both ends of molecules, on the genome's forward strand. Axes of arrays: (molecules, bases)."""

    left: np.ndarray
    right: np.ndarray
    left_quality: np.ndarray
    right_quality: np.ndarray
    right_start: np.ndarray  # (molecules,) int64


def sequence(rng: np.random.Generator, molecules: Molecules, stack: np.ndarray, length: int) -> Reads:
    """The reads of each molecule. stack: (sources, bases) base codes of the chromosomes."""
    bases = np.arange(length)
    right_start = molecules.end - length
    left = stack[molecules.source[:, None], molecules.start[:, None] + bases]
    right = stack[molecules.source[:, None], right_start[:, None] + bases]
    row, position, code = molecules.substitutions
    for read, start in ((left, molecules.start), (right, right_start)):
        offset = position - start[row]
        inside = (offset >= 0) & (offset < length)
        read[row[inside], offset[inside]] = code[inside]
    for row_ in sorted(molecules.replacements):
        bases_of = molecule_bases(molecules, row_, stack, length)
        left[row_], right[row_] = bases_of[:length], bases_of[-length:]
    first, second = (_qualities(rng, len(molecules), length, 1.0 + (_READ_2 - 1.0) * mate) for mate in (0, 1))
    forward = molecules.is_forward[:, None]
    left_quality = np.where(forward, first, second)
    right_quality = np.where(forward, second, first)[:, ::-1]
    for read, quality in ((left, left_quality), (right, right_quality)):
        _add_errors(rng, read, quality)
    return Reads(left, right, QUALITIES[left_quality], QUALITIES[right_quality], right_start)


def molecule_bases(molecules: Molecules, row: int, stack: np.ndarray, least: int) -> np.ndarray:
    """The bases of one molecule with all it carries; longer at its right end where deletions left less than `least`."""
    start, end, source = int(molecules.start[row]), int(molecules.end[row]), int(molecules.source[row])
    changes = sorted(molecules.replacements[row], key=lambda change: change.start)
    lost = sum(change.end - change.start - change.inserted.size for change in changes)
    end += max(0, least - (end - start - lost))
    bases = stack[source, start:end].copy()
    own = molecules.substitutions[:, molecules.substitutions[0] == row]
    inside = own[1] < end
    bases[own[1, inside] - start] = own[2, inside]
    pieces, at = [], start
    for change in changes:
        if change.start < at or change.end > end:  # a slip inside a deletion of the same molecule
            continue
        pieces += [bases[at - start : change.start - start], change.inserted]
        at = change.end
    whole = np.concatenate([*pieces, bases[at - start :]])
    return whole if whole.size >= least else np.concatenate([whole, stack[source, end : end + least - whole.size]])


def _qualities(rng: np.random.Generator, n: int, length: int, worse: float) -> np.ndarray:
    """Rows of QUALITIES by cycle, (n, length) uint8."""
    along = np.linspace(0.0, 1.0, length)
    is_bad = rng.random(n) < _BAD_SHARE
    # PERF: a byte of randomness a base; thresholds are whole 256ths, exact enough for shares of percents.
    drawn = rng.integers(0, 256, (n, length), dtype=np.uint8)
    level = np.zeros((n, length), np.uint8)
    for rows, factor in ((~is_bad, 1.0), (is_bad, _BAD)):
        thresholds = [
            np.minimum(256 * factor * worse * (a + (b - a) * along), 255).astype(np.uint8)
            for a, b in zip(_LOW_START, _LOW_END, strict=True)
        ]
        part = drawn[rows]
        level[rows] = (part < thresholds[0]).astype(np.uint8) + (part < thresholds[1])
    return level


def _add_errors(rng: np.random.Generator, read: np.ndarray, level: np.ndarray) -> None:
    """Replace bases by another at the rate of their quality, in place."""
    limits = np.minimum(ERRORS * 65536, 65535).astype(np.uint16)
    drawn = rng.integers(0, 65536, read.shape, dtype=np.uint16)
    row, column = np.nonzero(drawn < limits[level])
    read[row, column] = (read[row, column] + rng.integers(1, 4, row.size)) % 4
