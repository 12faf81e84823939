"""Small tumor/normal pairs for tests: a random genome, planted alleles, reads with the CIGAR that an aligner gives."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pysam

from tests.sequence_files import header_of, write_bam_of, write_fasta

READ, INSERT, GENOME = 100, 260, 12_000


@dataclass(frozen=True)
class Planted:
    """An allele at a 0-based VCF position, with its fraction in tumor and normal."""

    position: int
    reference: str
    alternate: str
    tumor: float
    normal: float = 0.0


@dataclass(frozen=True)
class Pair:
    fasta: Path
    tumor: Path
    normal: Path
    genome: str
    planted: tuple[Planted, ...]


def random_genome(seed: int, length: int = GENOME) -> str:
    return "".join(np.random.default_rng(seed).choice(list("ACGT"), length))


def plant(genome: str, seed: int = 5) -> tuple[Planted, ...]:
    """Four SNVs, a deletion, an insertion, a germline SNV and a noisy place, in unique sequence."""
    swap = {"A": "G", "C": "T", "G": "A", "T": "C"}
    made = [
        Planted(p, genome[p], swap[genome[p]], f) for p, f in ((1500, 0.5), (3000, 0.2), (4500, 0.25), (9000, 0.3))
    ]
    made.append(Planted(6000, genome[6000], swap[genome[6000]], 0.5, 0.5))
    made.append(Planted(6700, genome[6700], swap[genome[6700]], 0.08, 0.08))
    made.append(Planted(7500, genome[7500:7504], genome[7500], 0.3))
    inserted = next(b for b in "ACGT" if b not in (genome[8200], genome[8201]))
    made.append(Planted(8200, genome[8200], genome[8200] + inserted, 0.3))
    return tuple(sorted(made, key=lambda v: v.position))


def molecule(genome: str, start: int, end: int, carried: list[Planted]) -> tuple[str, list[tuple[int, int]]]:
    """Bases and CIGAR of genome[start:end] with the alleles that a molecule carries."""
    bases, cigar, at = "", [], start
    for v in carried:
        if v.position < start + 5 or v.position + len(v.reference) > end - 5:
            continue
        bases += genome[at : v.position] + v.alternate
        n = v.position - at + 1
        cigar.append((0, n))
        if len(v.reference) > len(v.alternate):
            cigar.append((2, len(v.reference) - 1))
        elif len(v.alternate) > len(v.reference):
            cigar.append((1, len(v.alternate) - 1))
        at = v.position + len(v.reference)
    bases += genome[at:end]
    cigar.append((0, end - at))
    joined: list[tuple[int, int]] = []
    for op, n in cigar:
        if joined and joined[-1][0] == op:
            joined[-1] = (op, joined[-1][1] + n)
        else:
            joined.append((op, n))
    return bases, joined


# Share of the molecules, and the alleles that they carry; what is left carries none.
Clones = tuple[tuple[float, tuple[Planted, ...]], ...]


def write_bam(
    path: Path, genome: str, sample: str, planted: tuple[Planted, ...], depth: int, seed: int, clones: Clones = ()
) -> Path:
    """Paired reads of one sample, sorted and indexed; base errors at their quality. `clones` add to `planted`."""
    rng = np.random.default_rng(seed)
    header = header_of({"chr1": len(genome)}, {sample: sample})
    reads = []
    for i in range(depth * len(genome) // (2 * READ)):
        start = int(rng.integers(0, len(genome) - 2 * INSERT))
        span = int(np.clip(rng.normal(INSERT, 80), READ + 10, 2 * INSERT))
        carried = [v for v in planted if rng.random() < (v.tumor if sample == "T" else v.normal)]
        if clones:
            edges = np.cumsum([share for share, _ in clones])
            which = int(np.searchsorted(edges, rng.random(), side="right"))
            carried = sorted([*carried, *(clones[which][1] if which < len(clones) else ())], key=lambda v: v.position)
        ends = ((start, start + READ, 99), (start + span - READ, start + span, 147))
        for first, last, flag in ends:
            bases, cigar = molecule(genome, first, last, carried)
            quality = rng.choice([12, 25, 37], len(bases), p=[0.02, 0.08, 0.9])
            wrong = np.flatnonzero(rng.random(len(bases)) < 10.0 ** (-quality / 10))
            text = list(bases)
            for w in wrong:
                text[w] = "ACGT"[("ACGT".index(text[w]) + int(rng.integers(1, 4))) % 4]
            read = pysam.AlignedSegment(header)
            read.query_name, read.flag, read.reference_id = f"{sample}{i}", flag, 0
            read.reference_start, read.mapping_quality, read.cigartuples = first, 60, cigar
            read.next_reference_id, read.next_reference_start = 0, ends[1][0] if flag == 99 else ends[0][0]
            read.template_length = span if flag == 99 else -span
            read.query_sequence = "".join(text)
            read.query_qualities = quality.astype(np.uint8).tolist()
            read.set_tag("RG", sample)
            reads.append(read)
    return write_bam_of(path, header, reads)


def make_pair(folder: Path, seed: int = 41, depth: int = 60) -> Pair:
    """FASTA, tumor and normal with what `plant` plants."""
    genome = random_genome(seed)
    fasta = write_fasta(folder / "genome.fa", {"chr1": genome})
    planted = plant(genome)
    tumor = write_bam(folder / "tumor.bam", genome, "T", planted, depth, seed + 1)
    normal = write_bam(folder / "normal.bam", genome, "N", planted, depth // 2, seed + 2)
    return Pair(fasta, tumor, normal, genome, planted)
