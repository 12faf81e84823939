"""The reads over an allele in one BAM: how many say what, and why the others were not asked."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pysam

from oncopipe.errors import MissingInputError
from oncopipe.explain.whole_reads import REACH, SHIFT, Haplotypes, is_told_by_whole_reads, said_by
from oncopipe.io.fasta import open_reference
from oncopipe.options import CallOptions

# In the order in which a read is asked; the first that holds is its fate.
FATES = (
    "unmapped, secondary, supplementary or failed by the machine",
    "marked as a duplicate",
    "mapping quality too low",
    "ends or is clipped inside the allele",
    "base quality too low",
    "speaks",
)
ALLELES = ("reference", "alternate", "other")
_UNUSED = pysam.FUNMAP | pysam.FSECONDARY | pysam.FSUPPLEMENTARY | pysam.FQCFAIL


@dataclass
class ReadCounts:
    """Reads by fate and allele, and what those that speak for it look like."""

    sample: str
    fates: Counter[tuple[str, str]] = field(default_factory=Counter)
    fragments: dict[str, set[str]] = field(default_factory=lambda: {name: set() for name in ALLELES})
    strands: Counter[str] = field(default_factory=Counter)
    mapping: list[int] = field(default_factory=list)
    quality: list[int] = field(default_factory=list)

    def of_fate(self, fate: str) -> dict[str, int]:
        return {allele: self.fates[fate, allele] for allele in ALLELES}


def count_reads(
    bam: Path, reference: Path, allele: tuple[str, int, str, str], options: CallOptions, sample: str
) -> ReadCounts:
    """Every read over an allele (contig, 0-based position, reference, alternate), asked one by one.

    This is a plain reading by the CIGAR, slower than the caller's and independent of it: reads whose indel the aligner
    placed elsewhere, or clipped, count as other. Long indels are read by whole reads instead (`whole_reads`).
    """
    if not bam.is_file():
        raise MissingInputError("the BAM is missing", where=str(bam), fix="check the path")
    contig, position, ref, alt = allele
    counts = ReadCounts(sample)
    end = position + len(ref) + (1 if len(ref) != len(alt) else 0)
    with pysam.AlignmentFile(str(bam), reference_filename=str(reference), threads=1) as file:
        if is_told_by_whole_reads(ref, alt):
            haplotypes = _haplotypes(reference, allele)
            reach = position + max(len(ref), len(alt)) + SHIFT
            for read in file.fetch(contig, max(0, position - 1), min(reach, file.get_reference_length(contig))):
                _count(counts, read, said_by(read, haplotypes), options)
            return counts
        for read in file.fetch(contig, position, end):
            _take(counts, read, (position, end, ref, alt), options)
    return counts


def sample_names(bam: Path) -> set[str]:
    """The samples that the read groups of a BAM name. Raises: MissingInputError."""
    if not bam.is_file():
        raise MissingInputError("the BAM is missing", where=str(bam), fix="check the path")
    with pysam.AlignmentFile(str(bam), check_sq=False) as file:
        return {str(group["SM"]) for group in file.header.to_dict().get("RG", []) if "SM" in group}


def _haplotypes(reference: Path, allele: tuple[str, int, str, str]) -> Haplotypes:
    contig, position, ref, alt = allele
    with open_reference(reference) as fasta:
        start = max(0, position - REACH)
        end = min(position + len(ref) + REACH, fasta.lengths[contig])
        return Haplotypes.of(fasta.fetch(contig, start, end), start, (position, ref, alt))


def _take(
    counts: ReadCounts, read: pysam.AlignedSegment, place: tuple[int, int, str, str], options: CallOptions
) -> None:
    position, end, ref, alt = place
    seen = _seen(read, position, end)
    said = "other"
    if seen is not None:
        bases = seen[0]
        after = 1 if len(ref) != len(alt) else 0
        core = bases[: len(bases) - after] if after else bases
        said = "reference" if core == ref else "alternate" if core == alt else "other"
    _count(counts, read, (said, seen[1]) if seen is not None else None, options)


def _count(
    counts: ReadCounts, read: pysam.AlignedSegment, seen: tuple[str, int] | None, options: CallOptions
) -> None:
    """seen: what the read says and how good its bases are; None where it does not reach."""
    said = seen[0] if seen is not None else "other"
    fate = _fate(read, seen, options)
    counts.fates[fate, said] += 1
    if fate == "speaks" and seen is not None:
        counts.fragments[said].add(read.query_name or "")
        if said == "alternate":
            counts.strands["reverse" if read.is_reverse else "forward"] += 1
            counts.mapping.append(read.mapping_quality)
            counts.quality.append(seen[1])


def _fate(read: pysam.AlignedSegment, seen: tuple[str, int] | None, options: CallOptions) -> str:
    if read.flag & _UNUSED:
        return FATES[0]
    if read.flag & pysam.FDUP:
        return FATES[1]
    if read.mapping_quality < options.min_mapping_quality:
        return FATES[2]
    if seen is None:
        return FATES[3]
    return FATES[4] if seen[1] < options.min_base_quality else FATES[5]


def _seen(read: pysam.AlignedSegment, start: int, end: int) -> tuple[str, int] | None:
    """The bases that a read has for `[start, end)`, inserted ones among them, and the least of their qualities.

    None where the read does not reach over the whole of it.
    """
    if read.query_sequence is None or read.reference_start > start or (read.reference_end or 0) < end:
        return None
    bases, lowest = "", 93
    qualities = read.query_qualities
    inside = False
    for query, place in read.get_aligned_pairs():
        inside = inside or place == start
        if inside and query is not None:
            bases += read.query_sequence[query].upper()
            lowest = min(lowest, int(qualities[query]) if qualities is not None else 93)
        if place == end - 1:  # what is inserted or clipped behind it is another allele's
            break
    return bases, lowest
