"""A plain reading of one read against two haplotypes, for alleles that reads show by their clips.

As `calling.haplotype_kernels` does, without gaps and without competing alleles; slower than the caller's and independent of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import pysam

# Indels of so many bases are told by whole reads (`calling.breaks_kernels` has the same bounds; a test holds them equal).
SHORTEST, LONGEST = 10, 400
REACH = 1_000  # bases on either side that are compared
SHIFT = 50  # bases by which reads may be aligned further on than a left-aligned allele ends
DECIDES, POOR, MOST = 50, 120, 40


@dataclass(frozen=True)
class Haplotypes:
    """The reference around an allele, and the same with the allele in it, both from `start` on."""

    start: int
    position: int
    reference: str
    alternate: str
    change: int

    @classmethod
    def of(cls, bases: str, start: int, allele: tuple[int, str, str]) -> Haplotypes:
        """From the reference's `bases` from `start` on, and an allele (position, reference, alternate)."""
        position, ref, alt = allele
        at = position - start
        return cls(start, position, bases, bases[:at] + alt + bases[at + len(ref) :], len(alt) - len(ref))


def is_told_by_whole_reads(reference: str, alternate: str) -> bool:
    """Whether an allele is one that the caller judges by whole reads."""
    return SHORTEST < max(len(reference), len(alternate)) <= LONGEST + 1


def said_by(read: pysam.AlignedSegment, haplotypes: Haplotypes) -> tuple[str, int] | None:
    """'reference', 'alternate' or 'other' and the read's mean quality; None where the read cannot tell."""
    bases, quality = read.query_sequence, list(read.query_qualities or [])
    pairs = read.get_aligned_pairs(matches_only=True)
    if not bases or not quality or not pairs or len(bases) > REACH:
        return None
    places = {place - query for query, place in (pairs[0], pairs[-1])}
    fits = [(_penalty(bases, quality, haplotypes.reference, at - haplotypes.start), at) for at in sorted(places)]
    reference, start = min(fits)
    alternate = min(
        _penalty(bases, quality, haplotypes.alternate, at + shift - haplotypes.start)
        for at in places
        for shift in (0, haplotypes.change)
    )
    mean = sum(quality) // len(quality)
    if min(reference, alternate) > max(POOR, len(bases)):
        return "other", mean
    if reference - alternate >= DECIDES:
        return "alternate", mean
    if alternate - reference >= DECIDES and start <= haplotypes.position:
        return "reference", mean
    return None


def _penalty(bases: str, quality: list[int], haplotype: str, start: int) -> int:
    """Qualities of the mismatches of a read placed without gaps, each at most `MOST`."""
    first = max(0, -start)
    laid = zip(bases[first:], haplotype[start + first :], quality[first:], strict=False)
    return sum(min(level, MOST) for base, other, level in laid if base != other and "N" not in (base, other))
