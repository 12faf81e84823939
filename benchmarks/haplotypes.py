"""A reference and variants in, the haplotypes that reads are drawn from out.

A haplotype is two arrays: `codes` (0-3, as A C G T) and `place`, the reference position of each base. An inserted base
carries the position of the base that follows it, so base i is an insertion when `place[i] == place[i + 1]`, and a
deletion is a step of more than one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

MAX_INDEL = 30


@dataclass(frozen=True)
class Variants:
    """Alleles of one contig, sorted and at least `MAX_INDEL` apart; `length` 0 a substitution, else bases gained or lost."""

    position: np.ndarray
    code: np.ndarray  # the new base of a substitution
    length: np.ndarray
    group: np.ndarray  # who carries it: see `draw_variants`

    def select(self, kept: np.ndarray) -> Variants:
        return Variants(self.position[kept], self.code[kept], self.length[kept], self.group[kept])


@dataclass(frozen=True)
class Haplotype:
    codes: np.ndarray
    place: np.ndarray


def draw_variants(
    reference: np.ndarray, rng: np.random.Generator, snv_rate: float, indel_rate: float, shares: tuple[float, ...]
) -> Variants:
    """Variants at random places; the group of each is drawn by `shares`."""
    size = reference.size
    n = int(rng.poisson((snv_rate + indel_rate) * size))
    position = np.sort(rng.integers(200, size - 200, n))
    position = position[np.diff(position, prepend=-1000) > MAX_INDEL]
    n = position.size
    is_indel = rng.random(n) < indel_rate / (snv_rate + indel_rate)
    length = np.minimum(rng.geometric(0.45, n), MAX_INDEL - 5) * np.where(rng.random(n) < 0.5, 1, -1) * is_indel
    code = (reference[position] + rng.integers(1, 4, n)).astype(np.uint8) % 4
    return Variants(position, code, length, rng.choice(len(shares), n, p=shares))


def build_haplotype(reference: np.ndarray, variants: list[Variants]) -> Haplotype:
    """The reference with all these alleles, earlier lists first. An insertion repeats the bases before it."""
    codes = reference.copy()
    place = np.arange(reference.size, dtype=np.int32)
    position = np.concatenate([v.position for v in variants])
    length, code = (np.concatenate([getattr(v, name) for v in variants]) for name in ("length", "code"))
    codes[position[length == 0]] = code[length == 0]
    order = np.argsort(position, kind="stable")
    pieces, at = [], 0
    for p, gained in zip(position[order].tolist(), length[order].tolist(), strict=True):
        if gained == 0 or p + 1 <= at:
            continue
        pieces.append((codes[at : p + 1], place[at : p + 1]))
        at = p + 1
        if gained > 0:
            pieces.append((codes[p + 1 - gained : p + 1], np.full(gained, p + 1, np.int32)))
        else:
            at = p + 1 - gained
    pieces.append((codes[at:], place[at:]))
    return Haplotype(np.concatenate([c for c, _ in pieces]), np.concatenate([p for _, p in pieces]))


def homopolymers(reference: np.ndarray, shortest: int) -> tuple[np.ndarray, np.ndarray]:
    """Start and length of every run of one base at least `shortest` long."""
    edges = np.flatnonzero(np.diff(reference, prepend=255, append=255))
    length = np.diff(edges)
    kept = length >= shortest
    return edges[:-1][kept], length[kept]
