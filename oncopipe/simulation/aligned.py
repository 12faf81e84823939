"""Truth sets whose reads all went through the aligner: long indels seen as clips, and reads of another's simulator."""

from __future__ import annotations

import math
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from oncopipe.alignment import Lane, align_reads
from oncopipe.errors import OncoPipeError
from oncopipe.io.fasta import open_reference
from oncopipe.simulation.molecules import Library, Molecules
from oncopipe.simulation.people import Person, make_person, plant, spaced_places, text_of
from oncopipe.simulation.reads import MadeVariant, Record, write_fastq
from oncopipe.simulation.sequencing import sequence
from oncopipe.simulation.tracts import Tracts, find_tracts
from oncopipe.simulation.truth import write_truth
from oncopipe.simulation.tubes import pair_of

LONG_EVERY, LONG_SIZES, LONG_FRACTION = 2500, (30, 100), 0.1
CLONE_FRACTIONS = (0.05, 0.1, 0.15, 0.2)  # twice their sum is one: each haplotype is dealt among the clones
WGSIM_ERROR = 0.002


@dataclass(frozen=True)
class Source:
    """Chromosomes that molecules are cut from. weight: share of the molecules."""

    codes: np.ndarray
    weight: float


def apply_variants(codes: np.ndarray, variants: tuple[MadeVariant, ...]) -> np.ndarray:
    """The sequence with these alleles written in; they must not overlap."""
    pieces, at = [], 0
    for v in sorted(variants):
        pieces += [codes[at : v.position], np.array(["ACGT".index(b) for b in v.alternate], np.uint8)]
        at = v.end
    return np.concatenate([*pieces, codes[at:]])


def long_indels(rng: np.random.Generator, contig: str, codes: np.ndarray, taken: np.ndarray) -> list[MadeVariant]:
    """Tandem duplications and deletions of 30 to 100 bases in turn."""
    made = []
    places = spaced_places(rng, codes.size // LONG_EVERY, codes, taken)
    far = places[np.concatenate([[True], np.diff(places) > 1000])]
    for number, place in enumerate(far.tolist()):
        size = int(rng.integers(LONG_SIZES[0], LONG_SIZES[1] + 1))
        bases = text_of(codes[place : place + size + 1])
        near = np.searchsorted(taken, [place - 5, place + size + 5])
        if "N" in bases or near[0] != near[1] or place > codes.size - 1000:
            continue
        alleles = (bases[0], bases) if number % 2 else (bases, bases[0])
        made.append(MadeVariant(contig, place, *alleles, LONG_FRACTION))
    return made


@dataclass(frozen=True)
class _Setting:
    """What both sets begin with: a generator, a stretch of the genome, and a person on it."""

    rng: np.random.Generator
    name: str
    codes: np.ndarray
    tracts: Tracts
    person: Person

    @property
    def homologs(self) -> list[tuple[MadeVariant, ...]]:
        """The person's variants on each of the two chromosomes."""
        return [tuple(v for v in self.person.variants if v.haplotype in (h, 2)) for h in (0, 1)]

    @property
    def taken(self) -> np.ndarray:
        """Positions of the person's variants, (n,) int64."""
        return np.array([v.position for v in self.person.variants], np.int64)


def _set_up(genome: Path, cut: tuple[str, int, int], seed: int) -> _Setting:
    rng = np.random.default_rng([seed, 1])
    name, codes = _cut(genome, cut)
    tracts = find_tracts(codes)
    return _Setting(rng, name, codes, tracts, make_person(rng, name, codes, tracts))


def make_long(
    genome: Path,
    cut: tuple[str, int, int],
    folder: Path,
    seed: int,
    threads: int,
    depths: tuple[float, float] = (80, 40),
) -> None:
    """Long indels in a tenth of the tumor's molecules, all on one clone, in an otherwise equal pair."""
    made = _set_up(genome, cut, seed)
    name, codes, homologs = made.name, made.codes, made.homologs
    somatic = long_indels(made.rng, name, codes, made.taken)
    first, second = (apply_variants(codes, own) for own in homologs)
    clone = apply_variants(codes, (*homologs[0], *somatic))
    write_truth(folder, {name: codes}, somatic, list(made.person.variants))
    normal = [Source(first, 0.5), Source(second, 0.5)]
    tumor = [Source(first, 0.5 - LONG_FRACTION), Source(second, 0.5), Source(clone, LONG_FRACTION)]
    for number, (sample, sources, depth) in enumerate((("tumor", tumor, depths[0]), ("normal", normal, depths[1]))):
        drawn = _pairs(np.random.default_rng([seed, 2 + number]), sources, codes.size, Library(depth))
        _align(folder, sample, list(drawn), threads)


def make_foreign(
    genome: Path,
    cut: tuple[str, int, int],
    folder: Path,
    seed: int,
    threads: int,
    depths: tuple[float, float] = (80, 40),
) -> None:
    """SNVs and short indels at `CLONE_FRACTIONS`, reads by wgsim (`foreign_is_missing` says whether it is there)."""
    made = _set_up(genome, cut, seed)
    name, codes, homologs = made.name, made.codes, made.homologs
    numbers = (round(3e-4 * codes.size), round(1e-4 * codes.size))
    somatic = plant(made.rng, name, codes, made.tracts, numbers, CLONE_FRACTIONS, 30, made.taken)
    write_truth(folder, {name: codes}, list(somatic), list(made.person.variants))
    normal = [Source(apply_variants(codes, own), 0.5) for own in homologs]
    tumor = [
        Source(
            apply_variants(
                codes, (*homologs[h], *(v for v in somatic if (v.haplotype, v.fraction) == (h, fraction)))
            ),
            fraction,
        )
        for h in (0, 1)
        for fraction in CLONE_FRACTIONS
    ]
    for number, (sample, sources, depth) in enumerate((("tumor", tumor, depths[0]), ("normal", normal, depths[1]))):
        pairs = list(_wgsim_pairs(sources, codes.size, depth, folder, 100 * seed + 10 * number))
        _align(folder, sample, pairs, threads)


def foreign_is_missing() -> str:
    """Why reads of another's simulator cannot be made; empty when they can."""
    return "" if shutil.which("wgsim") else "the read simulator wgsim is not installed"


def _cut(genome: Path, cut: tuple[str, int, int]) -> tuple[str, np.ndarray]:
    with open_reference(genome) as reference:
        return f"{cut[0]}_{cut[1]}", reference.codes(*cut)


def _pairs(
    rng: np.random.Generator, sources: list[Source], size: int, library: Library
) -> Iterator[tuple[Record, Record]]:
    """Pairs cut evenly from each source's own length, so that reads begin inside insertions too."""
    number = 0
    for source in sources:
        n = int(rng.poisson(source.weight * library.depth * source.codes.size / (2 * library.read)))
        span = np.clip(rng.normal(*library.insert, n), library.read + 10, 2 * library.insert[0]).astype(np.int64)
        start = np.sort(rng.integers(0, source.codes.size - int(span.max(initial=0)) - 1, n))
        molecules = Molecules(
            start, start + span, np.zeros(n, np.int64), rng.random(n) < 0.5, np.empty((3, 0), np.int64), {}
        )
        reads = sequence(rng, molecules, source.codes[None], library.read)
        for row in range(n):
            number += 1
            yield pair_of(f"r{number}", reads, row, bool(molecules.is_forward[row]))


def _wgsim_pairs(
    sources: list[Source], size: int, depth: float, folder: Path, seed: int
) -> Iterator[tuple[Record, Record]]:
    """Pairs that wgsim drew from each source: its own fragments, strands and errors, no mutations of its own."""
    level = chr(33 + round(-10 * math.log10(WGSIM_ERROR)))
    for number, source in enumerate(sources):
        fasta, ends = folder / "source.fa", [folder / f"source_{mate}.fq" for mate in (1, 2)]
        fasta.write_text(f">s\n{text_of(source.codes)}\n")
        n = round(source.weight * depth * source.codes.size / 300)
        command = ["wgsim", "-e", str(WGSIM_ERROR), "-r", "0", "-R", "0", "-X", "0", "-d", "350", "-s", "60", "-N", str(n),
                   "-1", "150", "-2", "150", "-S", str(seed + number + 1), str(fasta), *map(str, ends)]  # fmt: skip
        done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise OncoPipeError("wgsim failed", fix=done.stderr.strip()[-300:])
        with ends[0].open() as first, ends[1].open() as second:
            for row, (a, b) in enumerate(zip(_bases(first), _bases(second), strict=True)):
                # wgsim writes one quality for all bases, and not that of its error rate.
                yield (f"s{number}_{row}", a, level * len(a)), (f"s{number}_{row}", b, level * len(b))
        for path in (fasta, *ends):
            path.unlink()


def _bases(lines: Iterator[str]) -> Iterator[str]:
    return (line.rstrip("\n") for line in islice(lines, 1, None, 4))


def _align(folder: Path, sample: str, pairs: list[tuple[Record, Record]], threads: int) -> None:
    ends = [folder / f"{sample}_{mate}.fq.gz" for mate in (1, 2)]
    write_fastq(pairs, *ends)
    index = folder / "bwa-index" / "reference.fa"
    align_reads([Lane(*ends)], folder / "reference.fa", folder / f"{sample}.bam", sample=sample.upper(),
                patient="SYNTHETIC", index=index, threads=threads)  # fmt: skip
    for path in ends:
        path.unlink()
