"""From what pybwa leaves out to what `bwa mem` writes: the FLAG bits of pairs.

pybwa (2.3) pairs reads inside bwa, so positions, mates and template lengths are bwa's own; but FLAG lacks
0x40/0x80 (which read of the pair), 0x2 (proper pair), and 0x20 where the mate is unmapped.
Which pairs are proper depends on the insert sizes of the batch, which bwa estimates and tells only its log.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import pysam

from oncopipe.constants import (
    FLAG_MATE_REVERSE,
    FLAG_MATE_UNMAPPED,
    FLAG_PAIRED,
    FLAG_PROPER_PAIR,
    FLAG_READ1,
    FLAG_READ2,
    FLAG_REVERSE,
)
from oncopipe.errors import OncoPipeError

ORIENTATIONS = ("FF", "FR", "RF", "RR")  # in bwa's order: 0..3
UNPAIRED_PENALTY = 17  # bwa mem -U
MATCH_SCORE = 1  # bwa mem -A

_ANALYZING = re.compile(r"analyzing insert size distribution for orientation (\w\w)\.\.\.")
_MEAN = re.compile(r"mean and std\.dev: \((-?[\d.]+), (-?[\d.]+)\)")
_BOUNDS = re.compile(r"low and high boundaries for proper pairs: \((-?\d+), (-?\d+)\)")
_SKIPPED = re.compile(r"skip orientation (\w\w)")


@dataclass(frozen=True)
class InsertSizes:
    """Distances between 5' ends that bwa accepts for one orientation in one batch, in bases."""

    low: int
    high: int
    mean: float
    standard_deviation: float

    def prefers_unpaired(self, distance: int) -> bool:
        """True when the distance is so unlikely that bwa scores the ends better apart.

        Method: bwa's pair score adds .721 ln(2 erfc(|z| / sqrt 2)) to the ends' scores (a log-likelihood in units
        of the match score) and takes the pair when that beats the penalty of unpaired ends (Li, arXiv:1303.3997).
        """
        z = abs(distance - self.mean) / self.standard_deviation if self.standard_deviation else 0.0
        tail = 2.0 * math.erfc(z * math.sqrt(0.5))
        return tail <= 0.0 or int(1000 + 0.721 * math.log(tail) * MATCH_SCORE + 0.499) - 1000 <= -UNPAIRED_PENALTY


def parse_insert_sizes(log: str) -> dict[str, InsertSizes]:
    """Accepted insert sizes by orientation from bwa's log of one batch; orientations that it skipped are absent.

    Raises: OncoPipeError when the log does not speak of insert sizes: another pybwa than those we know.
    """
    if "mem_pestat" not in log:
        raise OncoPipeError(
            "pybwa did not report its insert sizes, so proper pairs cannot be marked",
            fix="install the pybwa release of pyproject.toml, or align with --aligner bwa",
        )
    sizes: dict[str, InsertSizes] = {}
    orientation, mean, deviation = "", 0.0, 0.0
    for line in log.splitlines():
        if found := _ANALYZING.search(line):
            orientation = found[1]
        elif found := _MEAN.search(line):
            mean, deviation = float(found[1]), float(found[2])
        elif found := _BOUNDS.search(line):
            sizes[orientation] = InsertSizes(int(found[1]), int(found[2]), mean, deviation)
        elif found := _SKIPPED.search(line):
            sizes.pop(found[1], None)
    return sizes


def repair_pair(
    records_1: Sequence[pysam.AlignedSegment],
    records_2: Sequence[pysam.AlignedSegment],
    sizes: dict[str, InsertSizes],
) -> None:
    """Give the records of both mates of a pair (primary first) the FLAG that `bwa mem` writes, in place."""
    shared = FLAG_PAIRED | (FLAG_PROPER_PAIR if is_proper_pair(records_1, records_2, sizes) else 0)
    for records, which in ((records_1, FLAG_READ1), (records_2, FLAG_READ2)):
        for record in records:
            flag = record.flag | shared | which
            # bwa places an unmapped mate at this read, on this read's strand.
            if flag & FLAG_MATE_UNMAPPED and flag & FLAG_REVERSE:
                flag |= FLAG_MATE_REVERSE
            record.flag = flag


def is_proper_pair(
    records_1: Sequence[pysam.AlignedSegment],
    records_2: Sequence[pysam.AlignedSegment],
    sizes: dict[str, InsertSizes],
) -> bool:
    """True where `bwa mem` sets 0x2: the primary records lie in an accepted orientation and distance.

    With a supplementary record on either side bwa judges by distance alone; else the pair must also score
    better than its ends apart.
    """
    read_1, read_2 = records_1[0], records_2[0]
    if read_1.is_unmapped or read_2.is_unmapped or read_1.reference_id != read_2.reference_id:
        return False
    end_1, end_2 = _five_prime_end(read_1), _five_prime_end(read_2)
    is_ahead = end_2 < end_1 if read_1.is_reverse else end_2 > end_1
    code = (read_1.is_reverse != read_2.is_reverse) ^ (0 if is_ahead else 3)
    accepted = sizes.get(ORIENTATIONS[code])
    distance = abs(end_1 - end_2)
    if accepted is None or not accepted.low <= distance <= accepted.high:
        return False
    is_split = len(records_1) > 1 or len(records_2) > 1
    return is_split or not accepted.prefers_unpaired(distance)


def _five_prime_end(read: pysam.AlignedSegment) -> int:
    if not read.is_reverse:
        return read.reference_start
    end = read.reference_end
    assert end is not None  # mapped
    return end - 1
