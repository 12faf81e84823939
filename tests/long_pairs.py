"""Pairs whose long alleles show as an aligner leaves them: reads clipped where the longer part of them ends."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pysam

from tests.pairs import random_genome
from tests.sequence_files import header_of, write_bam_of, write_fasta

READ, INSERT = 120, 320


@dataclass(frozen=True)
class LongAllele:
    """An allele at a 0-based VCF position, with its fraction in tumor and normal."""

    position: int
    reference: str
    alternate: str
    tumor: float
    normal: float = 0.0

    @property
    def change(self) -> int:
        return len(self.alternate) - len(self.reference)


@dataclass(frozen=True)
class LongPair:
    fasta: Path
    tumor: Path
    normal: Path
    genome: str
    alleles: tuple[LongAllele, ...]


def deletion(genome: str, position: int, size: int, tumor: float, normal: float = 0.0) -> LongAllele:
    return LongAllele(position, genome[position : position + size + 1], genome[position], tumor, normal)


def duplication(genome: str, position: int, size: int, tumor: float, normal: float = 0.0) -> LongAllele:
    return LongAllele(position, genome[position], genome[position : position + size + 1], tumor, normal)


def insertion(genome: str, position: int, bases: str, tumor: float, normal: float = 0.0) -> LongAllele:
    return LongAllele(position, genome[position], genome[position] + bases, tumor, normal)


def _placed(allele: LongAllele, genome: str, start: int, bases: str) -> tuple[int, list[tuple[int, int]]] | None:
    """Position and CIGAR of a read that begins at `start` of the haplotype with the allele; None where it would not map."""
    copied = 0  # a duplication goes on along the reference to the end of its first copy
    if allele.alternate[1:] == genome[allele.position + 1 : allele.position + 1 + allele.change]:
        copied = max(allele.change, 0)
    left_end = allele.position + 1 + copied
    right_begin = allele.position + len(allele.alternate) if not copied else left_end
    n_left, n_right = max(0, min(READ, left_end - start)), max(0, min(READ, start + READ - right_begin))
    clipped = READ - max(n_left, n_right)
    if max(n_left, n_right) < 30:
        return None
    if n_left >= n_right:
        return start, [(0, n_left)] + ([(4, clipped)] if clipped else [])
    return start + READ - n_right - allele.change, ([(4, clipped)] if clipped else []) + [(0, n_right)]


def write_long_bam(
    path: Path, genome: str, sample: str, alleles: tuple[LongAllele, ...], depth: int, seed: int
) -> Path:
    """Paired reads, sorted and indexed; each molecule lies on the haplotype of at most one allele."""
    rng = np.random.default_rng(seed)
    header = header_of({"chr1": len(genome)}, {sample: sample})
    reads = []
    for i in range(depth * len(genome) // (2 * READ)):
        start = int(rng.integers(0, len(genome) - 2 * INSERT - 400))
        span = int(np.clip(rng.normal(INSERT, 60), READ + 10, 2 * INSERT))
        allele = min(alleles, key=lambda a: abs(a.position - start - span // 2))
        fraction = allele.tumor if sample == "T" else allele.normal
        own = genome
        carries = rng.random() < fraction and abs(allele.position - start) < 1500
        if carries:
            own = genome[: allele.position] + allele.alternate + genome[allele.position + len(allele.reference) :]
        pair = []
        for first, flag in ((start, 99), (start + span - READ, 147)):
            bases = own[first : first + READ]
            placed = _placed(allele, genome, first, bases) if carries else (first, [(0, READ)])
            if placed is not None:
                pair.append((placed, flag, bases))
        if len(pair) < 2:
            continue
        left, right = pair[0][0][0], pair[1][0][0]
        right_end = right + sum(n for op, n in pair[1][0][1] if op == 0)
        for (position, cigar), flag, bases in pair:
            read = pysam.AlignedSegment(header)
            quality = rng.choice([12, 25, 37], READ, p=[0.02, 0.08, 0.9])
            wrong = np.flatnonzero(rng.random(READ) < 10.0 ** (-quality / 10))
            letters = list(bases)
            for w in wrong:
                letters[w] = "ACGT"[("ACGT".index(letters[w]) + int(rng.integers(1, 4))) % 4]
            read.query_name, read.flag, read.reference_id = f"{sample}{i}", flag, 0
            read.reference_start, read.mapping_quality, read.cigartuples = position, 60, cigar
            read.next_reference_id, read.next_reference_start = 0, right if flag == 99 else left
            read.template_length = (right_end - left) * (1 if flag == 99 else -1)
            read.query_sequence = "".join(letters)
            read.query_qualities = quality.astype(np.uint8).tolist()
            read.set_tag("RG", sample)
            reads.append(read)
    return write_bam_of(path, header, reads)


def make_long_pair(folder: Path, seed: int, alleles_of: tuple[LongAllele, ...] | None = None) -> LongPair:
    """FASTA, tumor and normal with duplications and deletions of 30 to 150 bases, two of them inherited."""
    length = 16_000 if alleles_of is None else max(a.position for a in alleles_of) + 4_000
    genome = random_genome(seed, length)
    alleles = alleles_of or (
        duplication(genome, 1500, 30, 0.3),
        deletion(genome, 3000, 45, 0.2),
        duplication(genome, 4500, 75, 0.2),
        deletion(genome, 6000, 120, 0.2),
        duplication(genome, 7500, 150, 0.3),
        deletion(genome, 9000, 60, 0.5, 0.5),
        duplication(genome, 10500, 90, 0.5, 0.5),
        deletion(genome, 12000, 300, 0.2),
    )
    fasta = write_fasta(folder / "genome.fa", {"chr1": genome})
    bams = [
        write_long_bam(folder / f"{sample}.bam", genome, sample, alleles, depth, seed + k)
        for k, (sample, depth) in enumerate((("T", 80), ("N", 40)), start=1)
    ]
    return LongPair(fasta, bams[0], bams[1], genome, alleles)
