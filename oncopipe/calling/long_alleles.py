"""Long indels and tandem duplications: which alleles the tumor's broken reads name, and what every fragment says of them.

Reads that carry an indel of tens of bases are seldom aligned with it: most are clipped where it begins. So alleles are taken
from CIGARs and from clips alike (`breaks_kernels`), and judged by whole reads against whole haplotypes
(`haplotype_kernels`), in tumor and normal.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from oncopipe.calling import assembly_kernels
from oncopipe.calling import breaks_kernels as b
from oncopipe.calling import haplotype_kernels as h
from oncopipe.calling.assembly import assembled, normalized
from oncopipe.calling.breaks_kernels import MAX_LONG, MIN_LONG
from oncopipe.constants import BASES
from oncopipe.pileup.difference_kernels import KIND_DELETION
from oncopipe.pileup.pileup import Pileup
from oncopipe.read_kernels import NAME_HASH, SEQUENCE_OFFSET, base_code

# Alleles this far outside a region are looked at too: they compete for the reads of those inside.
NEIGHBORHOOD = MAX_LONG + 100

# METHOD: a read says that it has an allele, or lacks it, where one haplotype explains it better by at least this much: two good
# mismatches, so that a single misread base decides nothing.
DECIDES = 50

Allele = tuple[int, str, str]  # position, reference, alternate


@dataclass(frozen=True)
class LongAlleles:
    """Long alleles of a region and its neighborhood, sorted by position, reference, alternate.

    matrix, pool: as the kernels want them. edges: (n, 4) int64, where the haplotypes begin to differ and cease to, on the
    reference (first, last + 1) and on the alternate one. strength: (n,) int64, by how much all tumor reads together are better
    explained.
    """

    reference: list[str]
    alternate: list[str]
    matrix: np.ndarray
    pool: np.ndarray
    edges: np.ndarray
    strength: np.ndarray

    def __len__(self) -> int:
        return len(self.reference)

    @property
    def position(self) -> np.ndarray:
        """Of the first base of the reference allele, (n,) int64."""
        return self.matrix[:, h.HAP_POSITION]


def no_long_alleles() -> LongAlleles:
    shape = (0, h.N_HAPLOTYPE_COLUMNS)
    return LongAlleles(
        [], [], np.zeros(shape, np.int64), np.zeros(0, np.uint8), np.zeros((0, 4), np.int64), np.zeros(0, np.int64)
    )


def is_long(reference: str, alternate: str) -> bool:
    """Whether an allele is one of those that are judged here.

    >>> is_long("A", "AT"), is_long("A" + 10 * "C", "A")
    (False, True)
    """
    return MIN_LONG < max(len(reference), len(alternate)) <= MAX_LONG + 1


def find_long_alleles(pileup: Pileup, min_fragments: int, min_base_quality: int) -> LongAlleles:
    """Long alleles that at least `min_fragments` fragments name by a break and as many show by all of their bases."""
    breaks = _breaks(pileup, min_base_quality)
    made = _named(pileup, breaks[:, breaks[b.BREAK_KIND] < b.CLIP_LEFT], min_fragments)
    read = assembled(pileup, breaks, min_fragments) - made
    if read:
        alleles = _described(pileup, sorted(a for a in read if _is_near(pileup, a)))
        made |= set(_corrected(pileup, alleles, fit_reads(pileup, alleles, min_base_quality)))
    named = sorted(a for a in made if _is_near(pileup, a))
    alleles = _described(pileup, named)
    if len(alleles) == 0:
        return alleles
    fits = fit_reads(pileup, alleles, min_base_quality)
    gain = fits[:, h.FIT_REFERENCE] - fits[:, h.FIT_ALTERNATE]
    fits = fits[gain >= DECIDES]
    strength = np.zeros(len(alleles), np.int64)
    np.add.at(strength, fits[:, h.FIT_ALLELE], gain[gain >= DECIDES])
    shown = np.unique(np.stack([fits[:, h.FIT_ALLELE], pileup.batch.columns[fits[:, h.FIT_READ], NAME_HASH]]), axis=1)
    enough = np.bincount(shown[0], minlength=len(alleles)) >= min_fragments
    return _described(pileup, [a for a, kept in zip(named, enough, strict=True) if kept], strength[enough])


def _is_near(pileup: Pileup, allele: Allele) -> bool:
    """Whether it lies in the region or its neighborhood, and is long."""
    region = pileup.batch.region
    return region.start - NEIGHBORHOOD <= allele[0] < region.end + NEIGHBORHOOD and is_long(*allele[1:])


def _corrected(pileup: Pileup, alleles: LongAlleles, fits: np.ndarray) -> Iterator[Allele]:
    """Alleles with each inserted base as most of the reads that show them have it, by quality.

    METHOD: an assembled base may rest on one clip; reads that pass it without a clip were not asked yet.
    """
    batch = pileup.batch
    fits = fits[fits[:, h.FIT_REFERENCE] - fits[:, h.FIT_ALTERNATE] >= DECIDES]
    for i, (reference, alternate) in enumerate(zip(alleles.reference, alleles.alternate, strict=True)):
        placed = fits[fits[:, h.FIT_ALLELE] == i][:, [h.FIT_READ, h.FIT_ALTERNATE_START]]
        votes, position = np.zeros((len(alternate), 4), np.int64), int(alleles.position[i])
        assembly_kernels.vote(batch.buffer, batch.columns, placed, position, votes)
        said = "".join(
            BASES[by_base.argmax()] if by_base.any() else base for by_base, base in zip(votes, alternate, strict=True)
        )
        if said[0] == alternate[0]:  # the anchor is the reference's
            yield normalized(pileup.codes, pileup.codes_start, (position, reference, said))


def fit_reads(pileup: Pileup, alleles: LongAlleles, min_base_quality: int) -> np.ndarray:
    """How well each read near each allele fits both haplotypes, (n, N_COMPARISON_COLUMNS) int64."""
    batch = pileup.batch
    comparisons = np.empty((4096, h.N_COMPARISON_COLUMNS), np.int64)
    while True:
        n = h.fit_reads(
            batch.buffer, batch.columns, pileup.reads, pileup.codes, pileup.codes_start, alleles.matrix, alleles.edges,
            alleles.pool, min_base_quality, comparisons,
        )  # fmt: skip
        if n <= len(comparisons):
            return comparisons[:n]
        comparisons = np.empty((n, h.N_COMPARISON_COLUMNS), np.int64)


def _breaks(pileup: Pileup, min_base_quality: int) -> np.ndarray:
    batch = pileup.batch
    if len(batch) == 0:
        return np.empty((b.N_BREAK_ROWS, 0), np.int64)
    words = np.empty(pileup.codes.size, np.uint32)
    b.seed_words(pileup.codes, words)
    breaks = np.empty((b.N_BREAK_ROWS, 4096), np.int64)
    while True:
        n = b.find_breaks(
            batch.buffer,
            batch.columns,
            pileup.reads,
            pileup.codes,
            pileup.codes_start,
            words,
            min_base_quality,
            breaks,
        )
        if n <= breaks.shape[1]:
            return breaks[:, :n]
        breaks = np.empty((b.N_BREAK_ROWS, n), np.int64)


def _named(pileup: Pileup, breaks: np.ndarray, min_fragments: int) -> set[Allele]:
    """Alleles that enough fragments name, or one whose CIGAR has them."""
    by_allele: dict[tuple[int, ...], list[int]] = {}
    keys = breaks[[b.BREAK_POSITION, b.BREAK_KIND, b.BREAK_LENGTH, b.BREAK_CODE]].T.tolist()
    for i, key in enumerate(keys):
        by_allele.setdefault(tuple(key), []).append(i)
    names = pileup.batch.columns[breaks[b.BREAK_READ], NAME_HASH]
    # A read that holds the whole indel names it alone: what its fragment says is asked of all others next.
    is_whole = breaks[b.BREAK_QUERY] > 0
    enough = [
        rows for rows in by_allele.values() if len(set(names[rows].tolist())) >= min_fragments or is_whole[rows].any()
    ]
    named = {_allele_of(pileup, breaks[:, rows[0]]) for rows in enough}
    return {allele for allele in named if "N" not in allele[1] + allele[2]}


def _allele_of(pileup: Pileup, found: np.ndarray) -> Allele:
    position, length, query, shift = (
        int(found[i]) for i in (b.BREAK_POSITION, b.BREAK_LENGTH, b.BREAK_QUERY, b.BREAK_SHIFT)
    )
    place = position - pileup.codes_start
    anchor, behind = text(pileup.codes[place : place + 1]), text(pileup.codes[place + 1 : place + 1 + length])
    if found[b.BREAK_KIND] == KIND_DELETION:
        return position, anchor + behind, anchor
    if query < 0:  # what is behind the anchor, once more
        return position, anchor, anchor + behind
    sequence = int(pileup.batch.columns[found[b.BREAK_READ], SEQUENCE_OFFSET])
    bases = [base_code(pileup.batch.buffer, sequence, query + (j - shift) % length) for j in range(length)]
    return position, anchor, anchor + "".join(BASES[base] for base in bases)


def text(codes: np.ndarray) -> str:
    return "".join((BASES + "N")[c] for c in codes)


def _described(pileup: Pileup, alleles: list[Allele], strength: np.ndarray | None = None) -> LongAlleles:
    matrix = np.zeros((len(alleles), h.N_HAPLOTYPE_COLUMNS), np.int64)
    pool = "".join(a[2] for a in alleles)
    at = 0
    for i, (position, reference, alternate) in enumerate(alleles):
        matrix[i] = position, len(reference), at, len(alternate)
        at += len(alternate)
    bases = np.array([BASES.index(base) for base in pool], np.uint8)
    edges = np.array([_edges(pileup, a) for a in alleles], np.int64).reshape(-1, 4)
    references, alternates = [a[1] for a in alleles], [a[2] for a in alleles]
    return LongAlleles(
        references,
        alternates,
        matrix,
        bases,
        edges,
        np.zeros(len(alleles), np.int64) if strength is None else strength,
    )


def _edges(pileup: Pileup, allele: Allele) -> tuple[int, int, int, int]:
    """Where the haplotypes part and where they are one again: on the reference, and on the alternate one."""
    position, reference, alternate = allele
    reach = MAX_LONG + 100
    place = position - pileup.codes_start
    before = pileup.codes[max(0, place - reach) : place]
    behind = pileup.codes[place + len(reference) : place + len(reference) + reach]
    old, new = (np.array(["ACGTN".index(base) for base in bases], np.uint8) for bases in (reference, alternate))
    same_left = _common(np.concatenate([old, behind]), np.concatenate([new, behind]))
    same_right = _common(np.concatenate([before, old])[::-1], np.concatenate([before, new])[::-1])
    left = position + same_left
    return left, position + len(reference) - same_right, left, position + len(alternate) - same_right


def _common(one: np.ndarray, other: np.ndarray) -> int:
    """Elements that both begin with."""
    n = min(one.size, other.size)
    differ = np.flatnonzero(one[:n] != other[:n])
    return int(differ[0]) if differ.size else n
