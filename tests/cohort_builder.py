"""A tiny cohort on disk for tests of the workflow: a genome of two contigs, genes, reads with planted variants.

Deterministic: the same seed gives the same bytes. It is random sequence, so nothing in it is biology.
"""

from __future__ import annotations

import gzip
import random
from dataclasses import dataclass
from pathlib import Path

import pysam

CONTIGS = {"chr1": 12_000, "chr2": 6_000}
READ, INSERT = 100, 250


@dataclass(frozen=True)
class Snv:
    contig: str
    position: int  # 0-based
    vaf: float


SOMATIC = (Snv("chr1", 3_000, 0.4), Snv("chr1", 7_500, 0.3), Snv("chr2", 2_500, 0.35))


def make_cohort(folder: Path, *, depth: int = 60, seed: int = 7, scatter: int = 3) -> Path:
    """Write reference, genes, reads, sheet and configuration into `folder`; give back the configuration.

    P1: a pair from FASTQ (the tumor in two lanes). P2: a tumor alone, from a BAM without index.
    """
    folder.mkdir(parents=True, exist_ok=True)
    genome = _genome(random.Random(seed))
    (folder / "genome.fa").write_text("".join(f">{name}\n{text}\n" for name, text in genome.items()))
    (folder / "genes.gff3").write_text(_genes())
    for name, variants in (("P1-T", SOMATIC), ("P1-N", ())):
        pairs = _pairs(genome, variants, depth, random.Random(f"{seed} {name}"))
        half = len(pairs) // 2 if name == "P1-T" else len(pairs)
        for lane, part in enumerate((pairs[:half], pairs[half:]), 1):
            if part:
                _write_fastq(folder, f"{name}_L{lane}", part)
    _write_bam(folder / "P2-T.bam", genome, _pairs(genome, SOMATIC[:1], depth, random.Random(f"{seed} P2")))
    (folder / "samples.tsv").write_text(
        "patient\tsample\trole\tfastq_1\tfastq_2\tbam\tdiagnosis\n"
        "P1\tP1-T\ttumor\tP1-T_L1_R1.fastq.gz\tP1-T_L1_R2.fastq.gz\t\tLUAD\n"
        "P1\tP1-T\ttumor\tP1-T_L2_R1.fastq.gz\tP1-T_L2_R2.fastq.gz\t\t\n"
        "P1\tP1-N\tnormal\tP1-N_L1_R1.fastq.gz\tP1-N_L1_R2.fastq.gz\t\t\n"
        "P2\tP2-T\ttumor\t\t\tP2-T.bam\tMEL\n"
    )
    (folder / "config.yaml").write_text(
        f"samples: samples.tsv\nreference: {{fasta: genome.fa, genes: genes.gff3, build: GRCh38}}\nscatter: {scatter}\n"
        "qc: {warn_tumor_mean_coverage: null, fail_tumor_mean_coverage: null}\n"
    )
    return folder / "config.yaml"


def _genome(generator: random.Random) -> dict[str, str]:
    return {name: "".join(generator.choices("ACGT", k=length)) for name, length in CONTIGS.items()}


def _genes() -> str:
    rows = ["##gff-version 3"]
    for number, contig in enumerate(CONTIGS, 1):
        gene, transcript = f"gene:G{number}", f"transcript:T{number}"
        for kind, start, end, phase, attributes in (
            ("gene", 2001, 5000, ".", f"ID={gene};Name=GENE{number};biotype=protein_coding;gene_id=G{number}"),
            (
                "mRNA",
                2001,
                5000,
                ".",
                f"ID={transcript};Parent={gene};biotype=protein_coding;transcript_id=T{number}",
            ),
            ("exon", 2001, 5000, ".", f"Parent={transcript};rank=1"),
            ("CDS", 2001, 5000, "0", f"ID=CDS:P{number};Parent={transcript}"),
        ):
            rows.append(f"{contig}\ttest\t{kind}\t{start}\t{end}\t.\t+\t{phase}\t{attributes}")
    return "\n".join(rows) + "\n"


def _pairs(
    genome: dict[str, str], variants: tuple[Snv, ...], depth: int, generator: random.Random
) -> list[tuple[str, int, str]]:
    """Fragments: contig, start, sequence; each with the variants its draw gives it."""
    fragments = []
    for contig, text in genome.items():
        for _ in range(len(text) * depth // (2 * READ)):
            start = generator.randrange(len(text) - INSERT)
            bases = list(text[start : start + INSERT])
            for variant in variants:
                at = variant.position - start
                if variant.contig == contig and 0 <= at < INSERT and generator.random() < variant.vaf:
                    bases[at] = "ACGT"[("ACGT".index(bases[at]) + 1) % 4]
            fragments.append((contig, start, "".join(bases)))
    return fragments


def _reverse_complement(text: str) -> str:
    return text[::-1].translate(str.maketrans("ACGT", "TGCA"))


def _write_fastq(folder: Path, name: str, fragments: list[tuple[str, int, str]]) -> None:
    for mate in (1, 2):
        path = folder / f"{name}_R{mate}.fastq.gz"
        with path.open("wb") as raw, gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as file:
            for number, (_, _, bases) in enumerate(fragments):
                read = bases[:READ] if mate == 1 else _reverse_complement(bases[-READ:])
                file.write(f"@{name}.{number}/{mate}\n{read}\n+\n{'I' * READ}\n".encode())


def _write_bam(path: Path, genome: dict[str, str], fragments: list[tuple[str, int, str]]) -> None:
    header = pysam.AlignmentHeader.from_dict(
        {
            "HD": {"VN": "1.6", "SO": "coordinate"},
            "SQ": [{"SN": name, "LN": len(text)} for name, text in genome.items()],
            "RG": [{"ID": "1", "SM": path.stem, "LB": path.stem, "PL": "ILLUMINA"}],
        }
    )
    order = {name: number for number, name in enumerate(genome)}
    reads = []
    for number, (contig, start, bases) in enumerate(fragments):
        left, right = start, start + INSERT - READ
        for flag, at, mate, size, sequence in (
            (99, left, right, INSERT, bases[:READ]),
            (147, right, left, -INSERT, bases[-READ:]),
        ):
            read = pysam.AlignedSegment(header)
            read.query_name, read.flag = f"{path.stem}.{number}", flag
            read.reference_id, read.reference_start = order[contig], at
            read.next_reference_id, read.next_reference_start, read.template_length = order[contig], mate, size
            read.mapping_quality, read.cigarstring, read.query_sequence = 60, f"{READ}M", sequence
            read.query_qualities = pysam.qualitystring_to_array("I" * READ)
            mismatches = sum(a != b for a, b in zip(sequence, genome[contig][at : at + READ], strict=True))
            read.set_tags([("RG", "1"), ("NM", mismatches)])
            reads.append(read)
    reads.sort(key=lambda read: (read.reference_id, read.reference_start, read.query_name, read.flag))
    with pysam.AlignmentFile(str(path), "wb", header=header) as file:
        for read in reads:
            file.write(read)
