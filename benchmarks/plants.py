"""Tumors with alleles planted at stated limits: molecules are laid out first, and get what they carry afterwards.

The same molecules can be written without any plant (the limits are computed on those) and with each plant at its limit.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pysam

READ, MEAN_SPAN = 100, 260
# Plants lie further apart than a fragment is long: closer ones would be each other's mismatches and noise nearby.
STEP = 320
_QUALITIES = np.repeat(np.array([12, 25, 37], np.uint8), [1, 4, 45])
_WRONG = 10.0 ** (-np.arange(64) / 10)
_SWAP = {"A": "G", "C": "T", "G": "A", "T": "C"}
_NO_GAP = 5  # an aligner clips rather than place a gap so near to the end of a read


@dataclass(frozen=True)
class Plant:
    """An allele at a 0-based VCF position.

    fraction: of all molecules. haplotype: 0 or 1, of those that carry it; None for one that any molecule may carry.
    """

    position: int
    reference: str
    alternate: str
    fraction: float
    haplotype: int | None = None

    @property
    def kind(self) -> str:
        if len(self.reference) == len(self.alternate):
            return "snv"
        return "insertion" if len(self.alternate) > len(self.reference) else "deletion"


def random_genome(seed: int, length: int) -> str:
    return "".join(np.random.default_rng(seed).choice(list("ACGT"), length))


def plant(genome: str, position: int, kind: str) -> Plant:
    """A change of a kind that is already left-aligned, at or soon behind a position; without a fraction yet."""
    while genome[position] in (genome[position + 3], "C"):
        position += 1
    if kind == "deletion":
        return Plant(position, genome[position : position + 4], genome[position], 0.0)
    inserted = genome[position] + _SWAP[genome[position + 1]] + "AC"
    alternate = _SWAP[genome[position]] if kind == "snv" else inserted
    return Plant(position, genome[position], alternate, 0.0)


def heterozygous(genome: str, position: int) -> Plant:
    """A germline SNV of the first haplotype."""
    return Plant(position, genome[position], _SWAP[genome[position]], 0.5, 0)


class Tube:
    """A sample's molecules, each with a start, a span and a haplotype."""

    def __init__(self, genome: str, depth: int, seed: int) -> None:
        self.genome, self.seed = genome, seed
        random = np.random.default_rng(seed)
        n = depth * len(genome) // (2 * READ)
        self.start = np.sort(random.integers(0, len(genome) - 600, n))
        self.span = np.clip(random.normal(MEAN_SPAN, 60, n).astype(int), READ + 10, 520)
        self.haplotype = random.integers(0, 2, n)

    def write(self, path: Path, name: str, plants: list[Plant]) -> Path:
        """The molecules as sorted and indexed pairs of reads, with these alleles and errors of bases."""
        random = np.random.default_rng(self.seed + 1000)
        header = pysam.AlignmentHeader.from_dict(
            {"HD": {"VN": "1.6", "SO": "coordinate"}, "SQ": [{"SN": "chr1", "LN": len(self.genome)}],
             "RG": [{"ID": name, "SM": name}]}
        )  # fmt: skip
        plants = sorted(plants, key=lambda p: p.position)
        places, reads = np.array([p.position for p in plants], int), []
        for i, (start, span) in enumerate(zip(self.start.tolist(), self.span.tolist(), strict=True)):
            low, high = np.searchsorted(places, [start, start + span])
            carried = [p for p in plants[low:high] if random.random() < _chance(p, int(self.haplotype[i]))]
            ends = ((start, start + READ, 99), (start + span - READ, start + span, 147))
            for first, last, flag in ends:
                read = _read(header, f"{name}{i}", _molecule(self.genome, first, last, carried), random)
                read.flag, read.reference_start = flag, first
                read.next_reference_start = ends[1][0] if flag == 99 else ends[0][0]
                read.template_length = span if flag == 99 else -span
                reads.append(read)
        reads.sort(key=lambda read: read.reference_start)
        with pysam.AlignmentFile(str(path), "wb", header=header) as file:
            for read in reads:
                file.write(read)
        pysam.index(str(path))
        return path


def _chance(p: Plant, haplotype: int) -> float:
    """The chance that a molecule of a haplotype carries an allele."""
    if p.haplotype is None:
        return p.fraction
    # Above one half the other haplotype is partly lost, and its molecules are this one's.
    return min(1.0, 2 * p.fraction) if haplotype == p.haplotype else max(0.0, 2 * p.fraction - 1)


def _molecule(genome: str, start: int, end: int, carried: list[Plant]) -> tuple[str, list[tuple[int, int]]]:
    """Bases and CIGAR of genome[start:end] with the alleles that a molecule carries."""
    bases, cigar, at = "", [], start
    for p in carried:
        near = 0 if p.kind == "snv" else _NO_GAP
        if p.position < start + near or p.position + len(p.reference) > end - near:
            continue
        bases += genome[at : p.position] + p.alternate
        cigar.append((0, p.position - at + 1))
        if p.kind != "snv":
            cigar.append((2 if p.kind == "deletion" else 1, abs(len(p.reference) - len(p.alternate))))
        at = p.position + len(p.reference)
    bases += genome[at:end]
    cigar.append((0, end - at))
    joined: list[tuple[int, int]] = []
    for operation, n in cigar:
        if joined and joined[-1][0] == operation:
            joined[-1] = (operation, joined[-1][1] + n)
        elif n:
            joined.append((operation, n))
    return bases, joined


def _read(
    header: pysam.AlignmentHeader, name: str, content: tuple[str, list[tuple[int, int]]], random: np.random.Generator
) -> pysam.AlignedSegment:
    bases, cigar = content
    quality = _QUALITIES[random.integers(0, _QUALITIES.size, len(bases))]
    wrong, text = np.flatnonzero(random.random(len(bases)) < _WRONG[quality]), list(bases)
    for w in wrong.tolist():
        text[w] = "ACGT"[("ACGT".index(text[w]) + int(random.integers(1, 4))) % 4]
    read = pysam.AlignedSegment(header)
    read.query_name, read.reference_id, read.mapping_quality, read.cigartuples = name, 0, 60, cigar
    read.next_reference_id, read.query_sequence = 0, "".join(text)
    read.query_qualities = array("B", quality.tobytes())
    read.set_tag("RG", name)
    return read
