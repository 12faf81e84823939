"""People who never lived: two haplotypes over a real sequence, hidden paralogs, and what a tumor adds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from oncopipe.simulation.reads import MadeVariant
from oncopipe.simulation.tracts import Tracts

BASES = "ACGT"
# METHOD: a person differs from a reference at about one base in 1,000, with an eighth as many indels (1000 Genomes Project,
# doi:10.1038/nature15393); a third of the alleles are on both haplotypes.
SNV_RATE, INDEL_RATE, HOMOZYGOUS = 1e-3, 1.25e-4, 1 / 3
IN_TRACT = 0.4  # share of indels that change a tract by whole units
SPACING = 60  # planted alleles lie at least this far apart, so that each is one event
# Hidden paralogs: copies that the reference lacks, so that their reads pile up on the one place it has.
PARALOG_EVERY, PARALOG_LENGTH, PARALOG_DIVERGENCE = 60_000, (1000, 4000), (0.01, 0.04)
# METHOD: on one or both chromosomes, or with a tenth of its reads (the rest are mapped to the copy): the third kind is what a
# normal may miss by chance.
PARALOG_COPIES = (0.2, 1.0, 1.0, 2.0)


@dataclass(frozen=True)
class Person:
    """One contig of a person. codes: (2, bases) uint8, haplotypes with the SNVs written in; indels are kept apart."""

    codes: np.ndarray
    variants: tuple[MadeVariant, ...]

    @property
    def indels(self) -> tuple[MadeVariant, ...]:
        return tuple(v for v in self.variants if len(v.reference) != len(v.alternate))


@dataclass(frozen=True)
class Paralogs:
    """Copies over a contig. codes: (bases,) uint8, diverged inside the spans. copies: chromosomes with each, or less."""

    codes: np.ndarray
    spans: tuple[tuple[int, int], ...]
    copies: tuple[float, ...]


def spaced_places(rng: np.random.Generator, n: int, codes: np.ndarray, taken: np.ndarray) -> np.ndarray:
    """About n sorted positions in known sequence, apart from each other and from `taken` (sorted)."""
    places = np.unique(rng.integers(500, codes.size - 500, int(n * 1.25) + 8))
    places = places[codes[places] < 4]
    places = places[np.concatenate([[True], np.diff(places) >= SPACING])]
    if taken.size:
        at = np.searchsorted(taken, places)
        after = np.abs(taken[np.minimum(at, taken.size - 1)] - places)
        before = np.abs(places - taken[np.maximum(at - 1, 0)])
        places = places[np.minimum(after, before) >= SPACING]
    keep = np.sort(rng.permutation(places.size)[:n])
    return np.asarray(places[keep])


def substitution(
    rng: np.random.Generator, contig: str, position: int, codes: np.ndarray
) -> tuple[str, int, str, str]:
    """An SNV at a place, two transitions to a transversion."""
    old = int(codes[position])
    new = old ^ 2 if rng.random() < 2 / 3 else (old + int(rng.choice([1, 3]))) % 4
    return contig, position, BASES[old], BASES[new]


def indel(
    rng: np.random.Generator, contig: str, position: int, codes: np.ndarray, tracts: Tracts, longest: int
) -> tuple[str, int, str, str] | None:
    """An indel at a place, or units of the next tract; None where the sequence around is not known."""
    if rng.random() < IN_TRACT and len(tracts):
        row = min(int(np.searchsorted(tracts.start, position)), len(tracts) - 1)
        position, size = int(tracts.start[row]) - 1, int(tracts.unit[row])
        inserted = text_of(codes[position + 1 : position + 1 + size])
    else:
        size = min(int(rng.geometric(0.3)), longest)
        inserted = text_of(rng.integers(0, 4, size, dtype=np.uint8))
    if position < 500 or position > codes.size - 500 or (codes[position : position + size + 2] > 3).any():
        return None
    anchor = BASES[int(codes[position])]
    if rng.random() < 0.5:
        return contig, position, text_of(codes[position : position + size + 1]), anchor
    return contig, position, anchor, anchor + inserted


def text_of(codes: np.ndarray) -> str:
    """Base codes as text.

    >>> text_of(np.array([0, 3, 4]))
    'ATN'
    """
    return np.frombuffer(b"ACGTN", np.uint8)[codes].tobytes().decode("ascii")


def make_person(rng: np.random.Generator, contig: str, codes: np.ndarray, tracts: Tracts) -> Person:
    """Germline alleles at rates of a person; fractions are .5 or 1."""
    variants = plant(
        rng, contig, codes, tracts, (round(codes.size * SNV_RATE), round(codes.size * INDEL_RATE)), (0.5,), 30,
        np.empty(0, np.int64),
    )  # fmt: skip
    both = rng.random(len(variants)) < HOMOZYGOUS
    variants = tuple(
        MadeVariant(v.contig, v.position, v.reference, v.alternate, 1.0, 2) if b else v
        for v, b in zip(variants, both.tolist(), strict=True)
    )
    haplotypes = np.stack([codes, codes])
    for v in variants:
        if len(v.reference) == len(v.alternate):
            haplotypes[slice(None) if v.haplotype == 2 else v.haplotype, v.position] = BASES.index(v.alternate)
    return Person(haplotypes, variants)


def plant(
    rng: np.random.Generator, contig: str, codes: np.ndarray, tracts: Tracts, numbers: tuple[int, int],
    fractions: tuple[float, ...], longest: int, taken: np.ndarray,
) -> tuple[MadeVariant, ...]:  # fmt: skip
    """About numbers = (SNVs, indels) alleles, each on one haplotype, apart from places `taken` (sorted)."""
    places = spaced_places(rng, sum(numbers), codes, taken)
    is_indel = rng.permutation(places.size) < numbers[1]
    made, last = [], -SPACING
    for place, wants_indel in zip(places.tolist(), is_indel.tolist(), strict=True):
        drawn = (
            indel(rng, contig, place, codes, tracts, longest)
            if wants_indel
            else substitution(rng, contig, place, codes)
        )
        if drawn is None or drawn[1] < last + SPACING or _is_near(taken, drawn[1]):
            continue
        last = drawn[1] + len(drawn[2])
        made.append(MadeVariant(*drawn, float(rng.choice(fractions)), int(rng.integers(2))))
    return tuple(made)


def _is_near(taken: np.ndarray, position: int) -> bool:
    """A tract may lead an indel back to a place that is taken."""
    at = int(np.searchsorted(taken, position - SPACING // 2))
    return at < taken.size and int(taken[at]) < position + SPACING // 2


def make_paralogs(rng: np.random.Generator, codes: np.ndarray) -> Paralogs:
    """Diverged copies of stretches of a contig, one in `PARALOG_EVERY` bases."""
    diverged, spans, copies = codes.copy(), [], []
    for low in range(2000, codes.size - PARALOG_LENGTH[1] - 2000, PARALOG_EVERY):
        start = low + int(rng.integers(0, PARALOG_EVERY - PARALOG_LENGTH[1]))
        end = start + int(rng.integers(*PARALOG_LENGTH))
        if end > codes.size - 2000 or (codes[start:end] > 3).any():
            continue
        changed = start + np.flatnonzero(rng.random(end - start) < rng.uniform(*PARALOG_DIVERGENCE))
        diverged[changed] = (codes[changed] + rng.integers(1, 4, changed.size)) % 4
        spans.append((start, end))
        copies.append(float(rng.choice(PARALOG_COPIES)))
    return Paralogs(diverged, tuple(spans), tuple(copies))
