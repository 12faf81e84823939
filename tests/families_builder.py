"""Small BAMs of molecules with barcodes: copies of each, with errors of the sequencer and of the tube."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pysam

from tests.pairs import Planted, molecule
from tests.sequence_files import header_of, write_bam_of

READ = 60


@dataclass(frozen=True)
class Copies:
    """How molecules are copied. tags: which are written. strands: mean copies of each strand; 0: one strand only."""

    tags: tuple[str, ...] = ("RX", "MI", "MC")
    copies: tuple[float, float] = (3.0, 0.0)
    clipped: float = 0.1  # share of reads with a clipped end


def write_families(
    path: Path,
    genome: str,
    sample: str,
    planted: tuple[Planted, ...],
    n_molecules: int,
    seed: int,
    copies: Copies = Copies(),
) -> Path:
    """Paired reads of molecules of 90 to 150 bases, sorted and indexed; the same seed gives the same file."""
    rng = np.random.default_rng(seed)
    header = header_of({"chr1": len(genome)}, {sample: sample})
    reads: list[pysam.AlignedSegment] = []
    for number in range(n_molecules):
        start = int(rng.integers(0, len(genome) - 160))
        span = int(rng.integers(90, 150))
        carried = [v for v in planted if rng.random() < (v.tumor if sample == "T" else v.normal)]
        code = ["".join(rng.choice(list("ACGT"), 4)) for _ in range(2)]
        for strand, mean in enumerate(copies.copies):
            n = int(rng.poisson(mean)) + (1 if strand == 0 and rng.random() < 0.9 else 0)
            for copy in range(n):
                name = f"{sample}{number}_{strand}_{copy}"
                barcode = f"{code[strand]}-{code[1 - strand]}"
                family = f"{number}/{'AB'[strand]}" if copies.copies[1] > 0 else str(number)
                reads += _pair(rng, header, genome, (start, start + span), carried, name, bool(strand))
                for read in reads[-2:]:
                    values = {"RX": barcode, "MI": family, "RG": sample}
                    for tag in ("RX", "MI", "RG"):
                        if tag in copies.tags or tag == "RG":
                            read.set_tag(tag, values[tag])
                    read.is_duplicate = copy > 0
                _clip(rng, reads[-2:], copies.clipped, with_mc="MC" in copies.tags)
    return write_bam_of(path, header, reads)


def _pair(
    rng: np.random.Generator,
    header: pysam.AlignmentHeader,
    genome: str,
    ends: tuple[int, int],
    carried: list[Planted],
    name: str,
    is_second: bool,
) -> list[pysam.AlignedSegment]:
    made = []
    for is_right in (False, True):
        first, last = (ends[1] - READ, ends[1]) if is_right else (ends[0], ends[0] + READ)
        bases, cigar = molecule(genome, first, last, carried)
        quality = rng.choice([11, 25, 37], len(bases), p=[0.03, 0.07, 0.9])
        text = list(bases)
        for w in np.flatnonzero(rng.random(len(bases)) < 2 * 10.0 ** (-quality / 10)):
            text[w] = "ACGT"[("ACGT".index(text[w]) + int(rng.integers(1, 4))) % 4]
        read = pysam.AlignedSegment(header)
        read.query_name, read.reference_id, read.reference_start, read.mapping_quality = name, 0, first, 60
        read.flag = 1 | 2 | (16 if is_right else 32) | (64 if is_right == is_second else 128)
        read.cigartuples, read.next_reference_id = cigar, 0
        read.query_sequence, read.query_qualities = "".join(text), quality.astype(np.uint8).tolist()
        made.append(read)
    return made


def _clip(rng: np.random.Generator, pair: list[pysam.AlignedSegment], share: float, *, with_mc: bool) -> None:
    """Clip some ends, and tell each mate where the other lies."""
    for read in pair:
        if rng.random() >= share or len(read.cigartuples or []) != 1:
            continue
        left, right = (int(n) for n in rng.integers(0, 6, 2))
        read.cigartuples = [(4, left), (0, READ - left - right), (4, right)]
        read.cigartuples = [(op, n) for op, n in read.cigartuples if n > 0]
        read.reference_start += left
    one, two = pair
    left_end, right_end = (
        min(one.reference_start, two.reference_start),
        max(one.reference_end or 0, two.reference_end or 0),
    )
    for read, mate in ((one, two), (two, one)):
        read.next_reference_start = mate.reference_start
        span = right_end - left_end
        read.template_length = -span if read.is_reverse else span
        if with_mc:
            read.set_tag("MC", mate.cigarstring)
