"""How many fragments make a candidate where reads lie deep: more than the measured error explains.

METHOD: below `DEEP` reads the option says how many (two). At 9,000 reads and one error in 1,000 bases every allele of every base
is shown by three fragments, so there an allele must be shown so often that errors alone would do so once in 1,000 (Poisson,
three alleles a base: 3,000 candidates a megabase, whatever the depth). Good bases err less, so it is enough when the
fragments of at least some quality are more than the errors of such bases explain: ten molecules in 2,000 stand out where a
hundred poor bases would not.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from functools import cache, partial
from math import ceil, sqrt

import numpy as np

from oncopipe.data.evidence import FAIR_QUALITY
from oncopipe.errors import InputError
from oncopipe.families.detect import Mode
from oncopipe.families.sample import sampled_reads
from oncopipe.io.bam import AlignmentReader
from oncopipe.options import CallOptions
from oncopipe.pileup.pileup import pile_up

DEEP = 500
CANDIDATE_CHANCE = 1e-3
# METHOD: an allele that errors would show once in a million is no error where errors are counted; a rarer one could be a
# variant as well as an error, and is one.
VARIANT_CHANCE = 1e-6
# Least qualities whose fragments are counted apart: all, fair and good bases of a sequencer; consensus of a pair, of more, of
# both strands (families.consensus_kernels).
LEVELS = (0, 30, 36, 39, 42)
# METHOD: one error in a thousand bases is assumed beforehand. Alleles of 4 % and three reads are variants, as in `collect`.
_PSEUDO_BASES, _VARIANT = 1_000.0, (3, 0.04)
_MOST = 256  # fragments up to which chances are added up; above, the normal distribution is near enough


@cache
def _bounds(chance: float) -> np.ndarray:
    """Largest mean for which k or more events have at most this chance, by k, (_MOST,), growing."""
    k = np.arange(_MOST, dtype=float)
    log_factorial = np.concatenate([[0.0], np.cumsum(np.log(k[1:]))])
    low, high = np.zeros(_MOST), np.full(_MOST, float(_MOST))
    for _ in range(50):
        mean = (low + high) / 2
        below = np.exp(k[None, :] * np.log(np.maximum(mean, 1e-300))[:, None] - mean[:, None] - log_factorial)
        tail = 1.0 - np.cumsum(below, axis=1)[np.arange(1, _MOST), np.arange(_MOST - 1)]
        fits = np.concatenate([[False], tail <= chance])
        low, high = np.where(fits, mean, low), np.where(fits, high, mean)
    return low


def least_count(mean: np.ndarray, chance: float) -> np.ndarray:
    """The smallest number that Poisson events of this mean reach with at most this chance, int64.

    >>> least_count(np.array([0.0, 0.2, 6.0]), 1e-3).tolist()
    [1, 4, 16]
    """
    found = np.searchsorted(_bounds(chance)[1:], mean) + 1
    z = sqrt(2.0 * np.log(1.0 / chance))
    return np.where(found >= _MOST, np.ceil(mean + z * np.sqrt(mean)) + ceil(z), found).astype(np.int64)


def fair_limits(options: CallOptions) -> tuple[int, int]:
    """Least mapping quality of the reads, and least quality of the bases, that make candidates."""
    return options.min_mapping_quality, max(options.min_base_quality, FAIR_QUALITY)


class Gate:
    """The gate of a sample. Its errors are measured once, from some places of the whole file, so that it is the same for all
    parts of the genome; and only where reads lie deep.
    """

    def __init__(
        self,
        reader: AlignmentReader,
        mode: Mode,
        codes_of: Callable[[str, int, int], np.ndarray],
        options: CallOptions,
    ) -> None:
        self._reader, self._mode, self._codes_of, self._options = reader, mode, codes_of, options
        self._lock, self._rates = threading.Lock(), np.empty(0)

    def rates(self) -> np.ndarray:
        """Errors of one allele a base, of bases of at least each level's quality, (levels,)."""
        with self._lock:
            if not self._rates.size:
                self._rates = self._measured()
            return self._rates

    def _measured(self) -> np.ndarray:
        errors, bases = np.zeros(256, np.int64), 0
        with suppress(InputError):  # of damage in another place the reading of that place tells
            for batch, _ in sampled_reads(self._reader, self._mode, self._options.min_mapping_quality):
                pileup = pile_up(batch, partial(self._codes_of, batch.region.contig), fair_limits(self._options))
                errors += pileup.errors_by_quality(*_VARIANT)
                bases += int(pileup.depth.sum(dtype=np.int64))
        at_least = errors[::-1].cumsum()[::-1]
        return (at_least[[*LEVELS]] + 1.0) / (bases + _PSEUDO_BASES) / 3.0

    def speaks(self, depth: np.ndarray) -> bool:
        """Whether reads lie so deep anywhere that the gate asks for more than the option."""
        return bool((depth >= DEEP).any())

    def least_fragments(self, depth: np.ndarray) -> np.ndarray:
        """Distinct fragments of at least each level's quality that make a candidate at a depth, (n, levels) int64."""
        least = np.full((depth.size, len(LEVELS)), self._options.min_alternate_fragments, np.int64)
        deep = depth >= DEEP
        if deep.any():
            needed = least_count(depth[deep, None] * self.rates(), CANDIDATE_CHANCE)
            least[deep] = np.maximum(least[deep], needed)
        return least

    def least_variant(self, depth: np.ndarray) -> np.ndarray:
        """Reads with an allele that are too many for errors, at a depth, (n,) int64."""
        least = depth.astype(np.int64) + 1
        deep = depth >= DEEP
        if deep.any():
            least[deep] = least_count(depth[deep] * self.rates()[0], VARIANT_CHANCE)
        return least
