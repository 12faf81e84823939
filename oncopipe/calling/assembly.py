"""Insertions that no read holds and no reference gives: clips of both sides of a place, assembled by their overlap."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from oncopipe.calling import assembly_kernels as kernels
from oncopipe.calling import breaks_kernels as b
from oncopipe.constants import BASE_N, BASES
from oncopipe.pileup.difference_kernels import MAX_SHIFT
from oncopipe.pileup.pileup import Pileup
from oncopipe.read_kernels import NAME_HASH

# METHOD: three fragments break at two places that fit, at least two of them at the same one.
LEAST_FRAGMENTS = 3
# A clip agrees with the others' when at most one base in so many differs.
_BASES_PER_MISMATCH = 10
# Bases of the reference that may be lost between both clips.
_MOST_LOST = 50


@dataclass(frozen=True)
class Clips:
    """Clips of one side that begin at one place and agree. bases: (n,) uint8, from the aligned part outwards."""

    position: int
    bases: np.ndarray
    names: frozenset[int]


def assembled(pileup: Pileup, breaks: np.ndarray, min_fragments: int) -> set[tuple[int, str, str]]:
    """Alleles (position, reference, alternate) between clips that nothing near explains. breaks: of `find_breaks`."""
    lefts, rights = (_Side(pileup, breaks, kind) for kind in (b.CLIP_LEFT, b.CLIP_RIGHT))
    pairs = {(at, end) for at in lefts.strong for end in rights.fitting(lefts.clips(at), -_MOST_LOST, b.MAX_LONG)}
    pairs |= {(at, end) for end in rights.strong for at in lefts.fitting(rights.clips(end), -b.MAX_LONG, _MOST_LOST)}
    made = set()
    for start, end in sorted(pairs):
        left, right = lefts.clips(start), rights.clips(end)
        if len(left.names | right.names) >= max(LEAST_FRAGMENTS, min_fragments):
            made |= set(_joined(pileup, right, left))
    return made


class _Side:
    """Clips of one side by the place where they are cut off."""

    def __init__(self, pileup: Pileup, breaks: np.ndarray, kind: int) -> None:
        rows = np.flatnonzero(breaks[b.BREAK_KIND] == kind)
        rows = rows[np.argsort(breaks[b.BREAK_POSITION, rows], kind="stable")]
        self._pileup, self._is_left = pileup, kind == b.CLIP_LEFT
        self._places = breaks[b.BREAK_POSITION, rows]
        clips = np.ascontiguousarray(breaks[[b.BREAK_READ, b.BREAK_QUERY, b.BREAK_LENGTH]][:, rows].T)
        self._sizes = clips[:, 2].copy()
        shape = (rows.size, int(self._sizes.max(initial=0)))
        self._bases, self._quality = np.empty(shape, np.uint8), np.empty(shape, np.uint8)
        batch = pileup.batch
        kernels.clip_bases(batch.buffer, batch.columns, clips, self._is_left, self._bases, self._quality)
        self._names = batch.columns[clips[:, 0], NAME_HASH]
        self._agreed: dict[int, Clips] = {}
        places, numbers = np.unique(self._places, return_counts=True)
        several = places[numbers >= LEAST_FRAGMENTS - 1].tolist()
        # Places where clips of several fragments say the same.
        self.strong = [at for at in several if len(self.clips(at).names) >= LEAST_FRAGMENTS - 1]

    def fitting(self, clips: Clips, low: int, high: int) -> list[int]:
        """Places from `low` to `high` behind that of clips of the other side where a clip fits them."""
        start = self._pileup.codes_start
        first, last = np.searchsorted(self._places, [clips.position + low, clips.position + high + 1])
        places = self._places[first:last]
        others = (self._bases[first:last], self._sizes[first:last], places - start)
        fits = np.zeros(places.size, np.bool_)
        kernels.find_partners(
            clips.bases, clips.position - start, not self._is_left, others, self._pileup.codes, b.MAX_LONG, fits
        )
        return sorted(set(places[fits].tolist()))

    def clips(self, place: int) -> Clips:
        """What the clips of a place say together."""
        if place not in self._agreed:
            first, last = np.searchsorted(self._places, [place, place + 1])
            columns = (table[first:last] for table in (self._bases, self._quality, self._sizes, self._names))
            self._agreed[place] = _agreed(place, *columns)
        return self._agreed[place]


def _agreed(place: int, bases: np.ndarray, quality: np.ndarray, sizes: np.ndarray, names: np.ndarray) -> Clips:
    """What most clips say, by quality, and the fragments that say so."""
    while True:
        votes = np.stack([np.where(bases == base, quality, 0).sum(axis=0, dtype=np.int64) for base in range(4)])
        said = np.where(votes.max(axis=0) > 0, votes.argmax(axis=0), BASE_N).astype(np.uint8)
        share = ((bases != said) & (bases < BASE_N)).sum(axis=1) / sizes
        if share.max() <= 1 / _BASES_PER_MISMATCH or len(sizes) == 1:
            break
        # The worst are left out, and the others are asked again.
        keep = share <= share.max() / 2
        if not keep.any():
            keep[0] = True
        bases, quality, sizes, names = bases[keep], quality[keep], sizes[keep], names[keep]
    return Clips(place, said[: int(sizes.max())], frozenset(names.tolist()))


def _joined(pileup: Pileup, right: Clips, left: Clips) -> Iterator[tuple[int, str, str]]:
    """The allele between clips of both sides, if they fit."""
    codes, start = pileup.codes, pileup.codes_start
    places = (right.position - start, left.position - start)
    joint, overlap = kernels.join_clips(right.bases, left.bases, codes, places, b.MAX_LONG)
    if overlap == 0:
        return
    inside = [right.bases[x] if x < right.bases.size else left.bases[joint - 1 - x] for x in range(max(joint, 0))]
    # The haplotype from the left of both places on: reference, what was read, reference.
    first, last = min(places) - 1, max(places) + 1 + _TAIL
    if first < MAX_SHIFT or last > codes.size:
        return
    end_of_left = places[0] + min(joint, 0)
    haplotype = [*codes[first:end_of_left].tolist(), *inside, *codes[places[1] : last].tolist()]
    reference = codes[first:last].tolist()
    if BASE_N in haplotype or BASE_N in reference:
        return
    old, new = ("".join(BASES[base] for base in bases) for bases in (reference, haplotype))
    position, old, new = normalized(codes, start, (first + start, old, new))
    if abs(len(new) - len(old)) >= b.MIN_LONG:
        yield position, old, new


# Bases behind both places that the haplotypes are compared over.
_TAIL = 20


def normalized(codes: np.ndarray, codes_start: int, allele: tuple[int, str, str]) -> tuple[int, str, str]:
    """The allele without what both sides share, one base at least left of each, an indel as far left as it goes."""
    position, old, new = allele
    shifted = 0
    while old[-1] == new[-1]:
        if min(len(old), len(new)) > 1:
            old, new = old[:-1], new[:-1]
            continue
        before = int(codes[position - 1 - codes_start])
        if shifted == MAX_SHIFT or before >= BASE_N or len(old) == len(new):
            break
        position, shifted = position - 1, shifted + 1
        old, new = BASES[before] + old[:-1], BASES[before] + new[:-1]
    while min(len(old), len(new)) > 1 and old[0] == new[0]:
        position, old, new = position + 1, old[1:], new[1:]
    return position, old, new
