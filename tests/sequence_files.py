"""Small FASTA and BAM files for tests: contigs with an index, a header, and records sorted and indexed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import pysam


def write_fasta(path: Path, contigs: Mapping[str, str]) -> Path:
    """Contigs by name, a line each, with the index beside the file."""
    path.write_text("".join(f">{name}\n{bases}\n" for name, bases in contigs.items()))
    pysam.faidx(str(path))
    return path


def header_of(lengths: Mapping[str, int], groups: Mapping[str, str]) -> pysam.AlignmentHeader:
    """The header of sorted reads: contigs by name, and the sample of each read group."""
    head: dict[str, object] = {"HD": {"VN": "1.6", "SO": "coordinate"}}
    head["SQ"] = [{"SN": name, "LN": length} for name, length in lengths.items()]
    if groups:
        head["RG"] = [{"ID": group, "SM": sample} for group, sample in groups.items()]
    return pysam.AlignmentHeader.from_dict(head)


def write_bam_of(path: Path, header: pysam.AlignmentHeader, reads: Iterable[pysam.AlignedSegment]) -> Path:
    """The reads by place, those without one last, with the index beside the file; reads of one place stay in order."""
    with pysam.AlignmentFile(str(path), "wb", header=header) as file:
        for read in sorted(reads, key=_place):
            file.write(read)
    pysam.index(str(path))
    return path


def _place(read: pysam.AlignedSegment) -> tuple[bool, int, int]:
    return read.reference_id < 0, read.reference_id, read.reference_start
