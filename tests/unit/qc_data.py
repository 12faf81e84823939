"""A small genome and BAMs with odd records, for the tests of quality control."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pysam

from tests.sequence_files import header_of, write_bam_of, write_fasta

LENGTHS = {"chr1": 6_000, "chrX": 3_000, "decoy": 800}
CIGARS = ("75M", "10S65M", "30M4D45M", "20M3I52M", "5H40=1X34=", "25M200N50M", "70M5S")


def genome(seed: int = 1) -> dict[str, str]:
    """Contigs of random bases with a stretch of N."""
    rng = np.random.default_rng(seed)
    contigs = {name: "".join(rng.choice(list("ACGT"), n)) for name, n in LENGTHS.items()}
    return {**contigs, "chr1": contigs["chr1"][:500] + "N" * 40 + contigs["chr1"][540:]}


def write_reference(folder: Path, contigs: dict[str, str]) -> Path:
    return write_fasta(folder / "genome.fa", contigs)


def write_bam(
    path: Path, contigs: dict[str, str], *, n: int, seed: int, sample: str | None = "S1", n_unplaced: int = 3
) -> Path:
    """Pairs of reads with errors, odd CIGARs and every kind of flag, sorted and indexed."""
    rng = np.random.default_rng(seed)
    header = header_of({name: len(bases) for name, bases in contigs.items()}, {"a": sample} if sample else {})
    haplotypes = (contigs, {name: _with_variants(bases) for name, bases in contigs.items()})
    reads = [read for i in range(n) for read in _pair(rng, header, haplotypes[i % 2], i)]
    for i in range(n_unplaced):
        read = pysam.AlignedSegment(header)
        read.query_name, read.flag, read.query_sequence = f"lost{i}", 77, "ACGTACGT"
        reads.append(read)
    return write_bam_of(path, header, reads)


def _with_variants(bases: str) -> str:
    """Another base at every 89th position."""
    return "".join("ACGT"["ACGT".index(b) - 1] if i % 89 == 0 and b != "N" else b for i, b in enumerate(bases))


def _pair(
    rng: np.random.Generator, header: pysam.AlignmentHeader, contigs: dict[str, str], i: int
) -> list[pysam.AlignedSegment]:
    contig = str(rng.choice(list(contigs), p=[0.6, 0.35, 0.05]))
    start = int(rng.integers(0, len(contigs[contig]) - 560))
    insert = int(rng.integers(75, 340))
    made = []
    for is_second in (False, True):
        read = pysam.AlignedSegment(header)
        read.query_name = f"f{i}"
        read.reference_id = list(contigs).index(contig)
        read.reference_start = start + (insert - 75 if is_second else 0)
        read.flag = (0x3 | (0x90 if is_second else 0x60)) ^ (0x2 if rng.random() < 0.1 else 0)
        read.flag |= int(rng.choice([0, 0x400, 0x100, 0x800, 0x200, 0x4], p=[0.85, 0.05, 0.025, 0.025, 0.025, 0.025]))
        read.mapping_quality = int(rng.choice([60, 20, 19, 0], p=[0.8, 0.1, 0.05, 0.05]))
        read.template_length = -insert if is_second else insert
        read.cigarstring = str(rng.choice(CIGARS)) if rng.random() < 0.3 else "75M"
        read.query_sequence = _sequence(rng, read, contigs[contig])
        kind = rng.random()
        if kind < 0.95:
            read.query_qualities = pysam.qualitystring_to_array(
                "".join(rng.choice(list("I5?+"), len(read.query_sequence)))
            )
        elif kind < 0.97:
            read.query_sequence = None
        made.append(read)
    return made


def _sequence(rng: np.random.Generator, read: pysam.AlignedSegment, reference: str) -> str:
    bases, at = [], read.reference_start
    for operation, n in read.cigartuples or []:
        if operation in (0, 7, 8):
            bases += list(reference[at : at + n])
        if operation in (1, 4):
            bases += list(rng.choice(list("ACGT"), n))
        if operation in (0, 2, 3, 7, 8):
            at += n
    return "".join(b if rng.random() > 0.01 else str(rng.choice(list("ACGTN"))) for b in bases)
