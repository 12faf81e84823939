"""The sound files that are mutated: a small tumor BAM with every kind of record, a normal, a reference."""

from __future__ import annotations

import struct
from array import array
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pysam

from tests.fuzz.bgzf import Inflated, fine_bai, inflate, record_offsets, wrap
from tests.sequence_files import header_of, write_bam_of, write_fasta

CONTIGS = {"one": 70_000, "HLA-A*01:01:01:01": 2000, "none": 60}
READ, INSERT = 60, 150
_SNV, _DELETION, _INSERTION = 16_390, 32_700, 60_000  # places of planted alleles on `one`, two at a window's edge


@dataclass(frozen=True)
class Seed:
    """Where the files are, and the tumor's bytes taken apart."""

    tumor: Path
    normal: Path
    reference: Path
    inflated: Inflated
    records: tuple[int, ...]
    bai: bytes
    csi: bytes


_BARCODES = ("ACGT", "ACGA", "TTTT", "GATC", "CCAG", "AGGT", "TACA")


def make_seed(folder: Path, seed: int = 3) -> Seed:
    """Write the files; the same ones each time."""
    rng = np.random.default_rng(seed)
    genome = {name: "".join(rng.choice(list("ACGT"), length)) for name, length in CONTIGS.items()}
    fasta = write_fasta(folder / "genome.fa", genome)
    normal = write_bam_of(folder / "normal.bam", _header("N"), _pairs(genome, "N", rng, 40, planted=False))
    reads = [*_pairs(genome, "T", rng, 60, planted=True), *_odd(genome, rng)]
    tumor = write_bam_of(folder / "tumor.bam", _header("T"), reads)
    raw = _with_long_cigar(inflate(tumor.read_bytes()).raw)
    tumor.write_bytes(wrap(raw))
    pysam.index(str(tumor))
    pysam.index("-c", str(tumor))
    inflated = inflate(tumor.read_bytes())
    records, csi = tuple(record_offsets(inflated.raw)), Path(f"{tumor}.csi").read_bytes()
    return Seed(tumor, normal, fasta, inflated, records, fine_bai(inflated, records, len(CONTIGS)), csi)


def _header(sample: str) -> pysam.AlignmentHeader:
    return header_of(CONTIGS, {"a": sample, "b": sample})


def _pairs(
    genome: dict[str, str], sample: str, rng: np.random.Generator, n: int, *, planted: bool
) -> list[pysam.AlignedSegment]:
    """Proper pairs; with `planted` every second molecule carries an SNV, a deletion and an insertion."""
    header, made = _header(sample), []
    for i in range(n):
        contig = 1 if i % 5 == 4 else 0
        bases = genome[list(CONTIGS)[contig]]
        center = (_SNV, _DELETION, _INSERTION)[i % 3] if contig == 0 and i % 4 else int(rng.integers(100, 1800))
        start = max(0, center - int(rng.integers(5, INSERT - 5)))
        for mate, at in enumerate((start, start + INSERT - READ)):
            read = pysam.AlignedSegment(header)
            read.query_name, read.flag, read.reference_id = f"{sample}{i}", (99, 147)[mate], contig
            read.reference_start, read.mapping_quality = at, 60
            read.query_sequence, read.cigartuples = _molecule(bases, at, planted and contig == 0 and i % 2 == 0)
            read.query_qualities = rng.integers(20, 41, READ).astype(np.uint8).tolist()
            read.next_reference_id, read.next_reference_start = contig, (start + INSERT - READ, start)[mate]
            read.template_length = (INSERT, -INSERT)[mate]
            read.set_tag("RG", "ab"[i % 2])
            read.set_tag("NM", 0 if read.cigartuples == [(0, READ)] else 1)
            read.set_tag("MC", f"{READ}M")
            read.set_tag("RX", f"{_BARCODES[i % 7]}-{_BARCODES[i % 3]}")
            if i % 3:
                read.set_tag("MI", f"{i // 2}/{'AB'[i % 2]}")
            made.append(read)
    return made


def _molecule(genome: str, at: int, carries: bool) -> tuple[str, list[tuple[int, int]]]:
    """Bases and CIGAR of a read of `READ` bases."""
    plain = genome[at : at + READ]
    for place in (_SNV, _DELETION, _INSERTION) if carries else ():
        k = place - at
        if not 8 <= k < READ - 8:
            continue
        if place == _SNV:
            return plain[:k] + "ACGT"["ACGT".index(plain[k]) - 1] + plain[k + 1 :], [(0, READ)]
        if place == _DELETION:
            return plain[:k] + genome[at + k + 4 : at + READ + 4], [(0, k), (2, 4), (0, READ - k)]
        return (plain[:k] + "ACGTT" + plain[k:])[:READ], [(0, k), (1, 5), (0, READ - k - 5)]
    return plain, [(0, READ)]


def _odd(genome: dict[str, str], rng: np.random.Generator) -> list[pysam.AlignedSegment]:
    """No sequence, no qualities, clips, skips, = and X, secondary, supplementary, unmapped and unplaced, many tags."""
    header, made = _header("T"), []
    cigars = [[(4, 5), (0, 50), (4, 5)], [(5, 9), (7, 20), (8, 1), (3, 500), (0, 39)], [(0, 30), (6, 2), (0, 30)]]
    for i, flag in enumerate((0, 16, 256, 2048, 1024, 512, 77, 141, 4, 73, 133, 0)):
        read = pysam.AlignedSegment(header)
        read.query_name, read.flag, read.mapping_quality = f"odd{i}" + "x" * (20 * i), flag, 20 * (i % 4)
        read.reference_id = -1 if flag in (77, 141) else 0
        read.reference_start = -1 if flag in (77, 141) else 16_330 + 30 * i
        read.cigartuples = None if flag & 4 else cigars[i % 3]
        if i % 4 != 3:
            read.query_sequence = "".join(rng.choice(list("ACGTN"), 60))
        if i % 3 != 2 and read.query_sequence:
            read.query_qualities = rng.integers(2, 41, 60).astype(np.uint8).tolist()
        for tag, value, kind in (
            ("NM", 300 + i, None), ("XA", "c", "A"), ("XZ", "text", "Z"), ("XH", "1AE3", "H"), ("XF", 1.5, "f"),
        ):  # fmt: skip
            read.set_tag(tag, value, value_type=kind)
        for code in "bBhHiIf":
            read.set_tag(f"B{code}", array(code, [1, 2, 3]))
        made.append(read)
    return made


def _with_long_cigar(raw: bytes) -> bytes:
    """The BAM with one more record whose CIGAR lies in the CG tag."""
    offsets = record_offsets(raw)
    at = offsets[len(offsets) // 3]
    reference, position = struct.unpack_from("<ii", raw, at + 4)
    words = struct.pack("<5I", 20 << 4, 2 << 4 | 2, 20 << 4, 1 << 4 | 1, 19 << 4)
    body = struct.pack("<iiBBHHHiiii", reference, position, 3, 60, 4681, 2, 0, 60, -1, -1, 0)
    body += b"cg\0" + struct.pack("<II", 60 << 4 | 4, 61 << 4 | 3) + b"\x12" * 30 + b"\x1e" * 60
    body += b"RGZa\0" + b"CGBI" + struct.pack("<I", 5) + words + b"NMC\x03"
    return raw[:at] + struct.pack("<i", len(body)) + body + raw[at:]
