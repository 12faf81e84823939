"""Paired reads of a person, normal and tumor: fragments of two haplotypes, with errors, copies and a capture."""

from __future__ import annotations

import gzip
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from oncopipe.simulation.genes import reverse_complement

READ = 100
INSERT_MEAN, INSERT_SD = 240, 35
COPY_SHARE = 0.08  # fragments that are sequenced twice: duplicates
_MARGIN = 120


@dataclass(frozen=True, order=True)
class MadeVariant:
    """An allele that a sample carries, at a 0-based VCF position.

    fraction: share of molecules with it. haplotype: 0 or 1 for one copy (fraction up to .5), 2 for both.
    """

    contig: str
    position: int
    reference: str
    alternate: str
    fraction: float
    haplotype: int = 0

    @property
    def end(self) -> int:
        return self.position + len(self.reference)


Record = tuple[str, str, str]  # name, bases, qualities as text


def simulate(
    contigs: dict[str, str], targets: list[tuple[str, int, int]], copies: dict[str, float], variants: list[MadeVariant],
    depth: float, seed: int, prefix: str,
) -> Iterator[tuple[Record, Record]]:  # fmt: skip
    """Read pairs over the targets at a mean depth. copies: relative copy number of a contig (1.0 is two copies)."""
    rng = np.random.default_rng(seed)
    number = 0
    for contig, start, end in targets:
        carried = sorted(v for v in variants if v.contig == contig)
        starts_of = [v.position for v in carried]
        low, high = max(0, start - _MARGIN - INSERT_MEAN // 2), min(len(contigs[contig]) - INSERT_MEAN - 200, end)
        n = int(rng.poisson(depth * copies.get(contig, 1.0) * (high - low + 1) / (2 * READ)))
        places = rng.integers(low, high + 1, n)
        spans = np.clip(rng.normal(INSERT_MEAN, INSERT_SD, n), READ + 20, INSERT_MEAN + 150).astype(int)
        for place, span in zip(places.tolist(), spans.tolist(), strict=True):
            bases = _fragment(contigs[contig], place, place + span, carried, starts_of, rng)
            if rng.random() < 0.5:  # an adapter ligates to either strand: read 1 is forward in half of the fragments
                bases = reverse_complement(bases)
            for _ in range(2 if rng.random() < COPY_SHARE else 1):
                number += 1
                yield _pair(bases, f"{prefix}:{number}", rng)


def _fragment(
    genome: str, start: int, end: int, carried: list[MadeVariant], starts_of: list[int], rng: np.random.Generator
) -> str:
    """The bases of one molecule: a haplotype is drawn, then each allele it spans is carried or not."""
    haplotype, bases, at = int(rng.integers(2)), "", start
    for v in carried[bisect_left(starts_of, start) :]:
        if v.position >= end:
            break
        if v.end > end or v.position < at:
            continue
        share = v.fraction if v.haplotype == 2 else (2 * v.fraction if v.haplotype == haplotype else 0.0)
        if share > 0 and rng.random() < share:
            bases += genome[at : v.position] + v.alternate
            at = v.end
    return bases + genome[at:end]


_QUALITIES = np.array([37, 37, 37, 37, 37, 37, 32, 25, 14], np.int64)


def _pair(fragment: str, name: str, rng: np.random.Generator) -> tuple[Record, Record]:
    return _read(fragment[:READ], name, rng), _read(reverse_complement(fragment[-READ:]), name, rng)


def _read(bases: str, name: str, rng: np.random.Generator) -> Record:
    quality = _QUALITIES[rng.integers(0, _QUALITIES.size, len(bases))]
    wrong = np.flatnonzero(rng.random(len(bases)) < 10.0 ** (-quality / 10.0))
    if wrong.size:
        text = list(bases)
        for i in wrong.tolist():
            text[i] = "ACGT"[("ACGT".index(text[i]) + int(rng.integers(1, 4))) % 4]
        bases = "".join(text)
    return name, bases, bytes((quality + 33).astype(np.uint8)).decode("ascii")


def write_fastq(pairs: list[tuple[Record, Record]], first: Path, second: Path) -> None:
    """Write pairs as two gzipped FASTQ files without a time in them."""
    for path, mate in ((first, 0), (second, 1)):
        text = "".join(f"@{r[mate][0]}\n{r[mate][1]}\n+\n{r[mate][2]}\n" for r in pairs)
        path.write_bytes(gzip.compress(text.encode("ascii"), compresslevel=1, mtime=0))
