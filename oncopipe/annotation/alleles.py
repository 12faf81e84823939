"""Alleles as changes of the genome: trimmed, and for insertions and deletions with all the places they could be.

A deletion or insertion in a repeat can be written at several positions that give the same sequence. Names follow
from the set of all of them, never from the one that a caller chose.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

from oncopipe.io.fasta import Reference

_COMPLEMENT = str.maketrans("ACGTNRYSWKMBDHVacgtn", "TGCANYRSWMKVHDBtgcan")
COMPLEMENT = {base: base.translate(_COMPLEMENT) for base in "ACGTNRYSWKMBDHV"}
_CHUNK = 1 << 16
_N_CHUNKS = 16
# Nothing in a genome that calls can be made in repeats longer.
_MAX_SHIFT = 100_000


def reverse_complement(bases: str) -> str:
    """
    >>> reverse_complement("AACG")
    'CGTT'
    """
    return bases.translate(_COMPLEMENT)[::-1]


class SequenceCache:
    """Bases of the reference by interval, the latest chunks kept: calls come sorted."""

    def __init__(self, reference: Reference) -> None:
        self.reference = reference
        self.lengths = reference.lengths
        self._chunks: OrderedDict[tuple[str, int], str] = OrderedDict()

    def fetch(self, contig: str, start: int, end: int) -> str:
        """Upper-case bases of `contig[start, end)`, which must lie on the contig."""
        first = start // _CHUNK
        if end - 1 > first * _CHUNK + _CHUNK - 1:
            return self.reference.fetch(contig, start, end)
        chunk = self._chunks.get((contig, first))
        if chunk is None:
            chunk = self.reference.fetch(contig, first * _CHUNK, (first + 1) * _CHUNK)
            self._chunks[contig, first] = chunk
            if len(self._chunks) > _N_CHUNKS:
                self._chunks.popitem(last=False)
        return chunk[start - first * _CHUNK : end - first * _CHUNK]

    def base(self, contig: str, position: int) -> str:
        """The base at `position`; "" beyond the ends of the contig."""
        if not 0 <= position < self.lengths[contig]:
            return ""
        return self.fetch(contig, position, position + 1)


class Change(NamedTuple):
    """`contig[start, end)` is replaced by `inserted`, at the leftmost of the `n_shifts + 1` equal places."""

    contig: str
    start: int
    end: int
    inserted: str
    n_shifts: int = 0

    @property
    def is_substitution(self) -> bool:
        """True for one base exchanged for another."""
        return self.end - self.start == 1 == len(self.inserted)

    @property
    def key(self) -> tuple[str, int, int, str]:
        """Equal for two alleles exactly when they give the same sequence."""
        return self.contig, self.start, self.end, self.inserted

    def shifted(self, n: int) -> tuple[int, int, str]:
        """Start, end and inserted bases of the place `n` bases further right."""
        if n == 0:
            return self.start, self.end, self.inserted
        turn = n % len(self.inserted) if self.inserted else 0
        return self.start + n, self.end + n, self.inserted[turn:] + self.inserted[:turn]


def change_of(sequence: SequenceCache, contig: str, position: int, reference: str, alternate: str) -> Change | None:
    """The change that a VCF allele makes, trimmed and left-aligned; None when it changes nothing."""
    reference, alternate = reference.upper(), alternate.upper()
    if len(reference) == 1 == len(alternate):
        return None if reference == alternate else Change(contig, position, position + 1, alternate)
    shortest = min(len(reference), len(alternate))
    n = 0
    while n < shortest and reference[n] == alternate[n]:
        n += 1
    reference, alternate, start = reference[n:], alternate[n:], position + n
    shortest -= n
    n = 0
    while n < shortest and reference[-1 - n] == alternate[-1 - n]:
        n += 1
    if n:
        reference, alternate = reference[:-n], alternate[:-n]
    if not reference and not alternate:
        return None
    return aligned(sequence, contig, start, start + len(reference), alternate)


def aligned(sequence: SequenceCache, contig: str, start: int, end: int, inserted: str) -> Change:
    """The trimmed change at its leftmost place, with the number of places to its right that are equal."""
    if inserted and end > start:
        return Change(contig, start, end, inserted)
    left = _n_left(sequence, contig, start, end, inserted)
    right = _n_right(sequence, contig, start, end, inserted)
    if inserted:
        turn = -left % len(inserted)
        inserted = inserted[turn:] + inserted[:turn]
    return Change(contig, start - left, end - left, inserted, left + right)


def _n_left(sequence: SequenceCache, contig: str, start: int, end: int, inserted: str) -> int:
    """How many bases further left the same sequence arises. Unknown bases equal nothing."""
    n = 0
    while n < _MAX_SHIFT:
        before = sequence.base(contig, start - n - 1)
        last = inserted[-1 - n % len(inserted)] if inserted else sequence.base(contig, end - n - 1)
        if before != last or before in ("", "N"):
            break
        n += 1
    return n


def _n_right(sequence: SequenceCache, contig: str, start: int, end: int, inserted: str) -> int:
    n = 0
    while n < _MAX_SHIFT:
        after = sequence.base(contig, end + n)
        first = inserted[n % len(inserted)] if inserted else sequence.base(contig, start + n)
        if after != first or after in ("", "N"):
            break
        n += 1
    return n
