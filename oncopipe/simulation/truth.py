"""What is true of a made set, as the files of a truth set: reference, regions, somatic and germline alleles."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pysam

from oncopipe.io.output import write_text
from oncopipe.simulation.reads import MadeVariant

MARGIN = 500  # bases at both ends of a contig, where coverage fades


def write_truth(
    folder: Path, contigs: dict[str, np.ndarray], somatic: list[MadeVariant], germline: list[MadeVariant]
) -> None:
    """Write `reference.fa`, `regions.bed`, `truth.vcf` and `germline.vcf`."""
    write_reference(folder / "reference.fa", contigs)
    rows = (f"{name}\t{MARGIN}\t{codes.size - MARGIN}\n" for name, codes in contigs.items())
    write_text(folder / "regions.bed", "".join(rows))
    lengths = {name: int(codes.size) for name, codes in contigs.items()}
    write_variants(folder / "truth.vcf", lengths, somatic)
    write_variants(folder / "germline.vcf", lengths, germline)


def write_reference(path: Path, contigs: dict[str, np.ndarray]) -> None:
    """A FASTA and its index."""
    with path.open("wb") as file:
        for name, codes in contigs.items():
            file.write(f">{name}\n".encode())
            bases = np.frombuffer(b"ACGTN", np.uint8)[codes].tobytes()
            file.writelines(bases[i : i + 60] + b"\n" for i in range(0, len(bases), 60))
    pysam.faidx(str(path))


def write_variants(path: Path, lengths: dict[str, int], variants: list[MadeVariant]) -> None:
    """Alleles with the fraction that was meant, as VCF."""
    lines = [
        "##fileformat=VCFv4.3", "##source=SYNTHETIC",
        *(f"##contig=<ID={name},length={length}>" for name, length in lengths.items()),
        '##INFO=<ID=AF,Number=A,Type=Float,Description="Fraction of molecules that carry it">',
        "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO",
    ]  # fmt: skip
    lines += [
        f"{v.contig}\t{v.position + 1}\t.\t{v.reference}\t{v.alternate}\t.\tPASS\tAF={v.fraction:.4g}"
        for v in variants
    ]
    write_text(path, "\n".join(lines) + "\n")
