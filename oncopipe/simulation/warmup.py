"""Compile every kernel once, on pairs of reads made for it."""

from __future__ import annotations

import random
import tempfile
from array import array
from pathlib import Path

import pysam

from oncopipe.calling import collect_reads
from oncopipe.options import CallOptions
from oncopipe.qc import measure_quality

_LENGTH, _READ = 2_000, 100
_SNVS, _LOST = (600, 1_000, 1_400), ((1_200, 2), (1_600, 12))  # deletions by place and bases, one of them long
_INSERTED, _SEGMENT = 1_750, "ACCTGATTCGGAATCCTTAGGCATTCAGCTTAGCAACGTTGGACTTACGGATCAATCCGTA"  # where aligners clip
_HEAD = f"##fileformat=VCFv4.2\n##contig=<ID=w,length={_LENGTH}>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"


def warm_up() -> None:
    """Collect and measure small pairs in a temporary folder, so that all kernels are compiled and cached.

    Several sizes, because a part of an array is of another type to Numba than the whole.
    """
    with tempfile.TemporaryDirectory(prefix="oncopipe-warmup-") as name:
        folder = Path(name)
        genome = "".join(random.Random(1).choices("ACGT", k=_LENGTH))  # noqa: S311 - no secret
        fasta, sites, regions = folder / "genome.fa", folder / "sites.vcf", folder / "regions.bed"
        fasta.write_text(f">w\n{genome}\n")
        sites.write_text(
            _HEAD + "".join(f"w\t{p + 1}\t.\t{genome[p]}\t{_other(genome[p])}\t.\t.\t.\n" for p in _SNVS)
        )
        regions.write_text(f"w\t100\t{_LENGTH - 100}\n")
        for n in (4, 400, 6_000):
            made = (_write_bam(folder / f"{sample}{n}.bam", sample, genome, n) for sample in ("tumor", "normal"))
            tumor, normal = made
            collect_reads(tumor, normal, fasta, None, CallOptions(umi="off"))
            collect_reads(tumor, None, fasta, regions, CallOptions(umi="off"))
            collect_reads(tumor, normal, fasta, None, CallOptions(umi="duplex"))
            measure_quality(tumor, fasta, sites=sites, normal=normal)


def _other(base: str) -> str:
    return "A" if base != "A" else "C"


def _write_bam(path: Path, sample: str, genome: str, n: int) -> Path:
    """Pairs whose mates overlap; in the tumor every third molecule shows the alleles. Few reads lie at the first one."""
    header = pysam.AlignmentHeader.from_dict(
        {
            "HD": {"VN": "1.6", "SO": "coordinate"},
            "SQ": [{"SN": "w", "LN": len(genome)}],
            "RG": [{"ID": sample, "SM": sample}],
        }
    )
    low, high = (_SNVS[0] - 50, _SNVS[0] - 40) if n < 10 else (20, _LENGTH - 300)
    reads = []
    for i in range(n // 2):
        start = low + (high - low) * i // (n // 2)
        for mate, at in enumerate((start, start + 40)):
            read = _read(header, genome, at, shows_alleles=sample == "tumor" and i % 3 != 1)
            read.query_name, read.flag = f"r{i}", (0x93 if mate else 0x63)
            read.next_reference_id, read.next_reference_start = 0, start if mate else start + 40
            read.template_length = -140 if mate else 140
            read.set_tag("RX", "ACGT-TTGA")
            read.set_tag("MI", f"{i // 2}/{'AB'[i % 2]}")
            reads.append(read)
    with pysam.AlignmentFile(str(path), "wb", header=header) as file:
        for read in sorted(reads, key=lambda r: (r.reference_start, r.query_name, r.flag)):
            file.write(read)
    pysam.index(str(path))
    return path


def _read(header: pysam.AlignmentHeader, genome: str, start: int, *, shows_alleles: bool) -> pysam.AlignedSegment:
    read = pysam.AlignedSegment(header)
    bases, cigar = list(genome[start : start + _READ]), [(0, _READ)]
    if shows_alleles:
        for p in _SNVS:
            if start <= p < start + _READ:
                bases[p - start] = _other(genome[p])
        for place, size in _LOST:
            kept = place - start
            if 10 < kept < _READ - 20:
                bases, cigar = bases[:kept] + bases[kept + size :], [(0, kept), (2, size), (0, _READ - kept - size)]
        kept = _INSERTED - start
        if 50 <= kept < _READ - 20:
            bases, cigar = [*bases[:kept], *_SEGMENT[: _READ - kept]], [(0, kept), (4, _READ - kept)]
        elif 20 < kept < 50:
            bases, cigar = (
                [*_SEGMENT[-kept:], *genome[_INSERTED : _INSERTED + _READ - kept]],
                [(4, kept), (0, _READ - kept)],
            )
            start = _INSERTED
    read.reference_id, read.reference_start, read.mapping_quality, read.cigartuples = 0, start, 60, cigar
    read.query_sequence = "".join(bases)
    read.query_qualities = array("B", [30] * len(bases))
    return read
