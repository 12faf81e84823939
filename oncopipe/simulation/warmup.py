"""Compile every kernel once, on a pair of reads made for it."""

from __future__ import annotations

import tempfile
from array import array
from pathlib import Path

import pysam

from oncopipe.calling import collect_reads
from oncopipe.options import CallOptions
from oncopipe.qc import measure_quality

_SITES = """##fileformat=VCFv4.2
##contig=<ID=w,length=400>
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO
w\t50\t.\t{reference}\tT\t.\t.\t.
"""


def warm_up() -> None:
    """Collect and measure a tiny pair in a temporary folder, so that all kernels are compiled and cached."""
    with tempfile.TemporaryDirectory(prefix="oncopipe-warmup-") as folder:
        genome = "ACGTAGCA" * 50
        fasta = Path(folder) / "genome.fa"
        fasta.write_text(f">w\n{genome}\n")
        tumor, normal = (_write_bam(Path(folder) / f"{name}.bam", name, genome) for name in ("tumor", "normal"))
        collect_reads(tumor, normal, fasta, None, CallOptions())
        sites = Path(folder) / "sites.vcf"
        sites.write_text(_SITES.format(reference=genome[49]))
        measure_quality(tumor, fasta, sites=sites, normal=normal)


def _write_bam(path: Path, sample: str, genome: str) -> Path:
    header = pysam.AlignmentHeader.from_dict(
        {
            "HD": {"VN": "1.6", "SO": "coordinate"},
            "SQ": [{"SN": "w", "LN": len(genome)}],
            "RG": [{"ID": sample, "SM": sample}],
        }
    )
    with pysam.AlignmentFile(str(path), "wb", header=header) as file:
        for i in range(4):
            read = pysam.AlignedSegment(header)
            read.query_name, read.reference_id, read.reference_start = f"r{i}", 0, 10 + i
            read.mapping_quality, read.cigartuples = 60, [(0, 40), (1, 1), (0, 20), (2, 2), (0, 30)]
            bases = genome[10 + i : 50 + i] + "G" + genome[50 + i : 70 + i] + genome[72 + i : 102 + i]
            read.query_sequence = bases[:20] + ("A" if bases[20] != "A" else "C") + bases[21:]
            read.query_qualities = array("B", [30] * len(bases))
            file.write(read)
    pysam.index(str(path))
    return path
