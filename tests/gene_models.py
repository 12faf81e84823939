"""Made genes to name variants on: both strands, one to six exons, UTRs with introns, every phase, repeats everywhere."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from tests.sequence_files import write_fasta

STOPS = ("TAA", "TAG", "TGA")
_COMPLEMENT = str.maketrans("ACGT", "TGCA")


def reverse_complement(bases: str) -> str:
    return bases.translate(_COMPLEMENT)[::-1]


@dataclass
class MadeGene:
    """Exons and coding bases on the genome, 0-based half-open; `strand` is + or -."""

    name: str
    strand: str
    exons: list[tuple[int, int]]
    coding: tuple[int, int] | None


def repetitive(rng: random.Random, n: int) -> str:
    """Bases rich in short tandem repeats, so that most indels can be moved."""
    bases = ""
    while len(bases) < n:
        unit = "".join(rng.choice("ACGT") for _ in range(rng.choice((1, 1, 2, 3, 3, 4))))
        bases += unit * rng.choice((1, 1, 2, 3, 4))
    return bases[:n]


def coding_sequence(rng: random.Random, n_codons: int) -> str:
    """ATG, codons of repetitive bases without a stop, a stop."""
    body = repetitive(rng, 3 * n_codons)
    codons = [body[i : i + 3] for i in range(0, len(body), 3)]
    return "ATG" + "".join(c if c not in STOPS else "CAG" for c in codons) + rng.choice(STOPS)


def make_genes(seed: int, n_genes: int = 8) -> tuple[str, list[MadeGene]]:
    """A contig and its genes, alternating strands; every fourth gene is without a CDS, the third has one exon."""
    rng = random.Random(seed)
    contig = repetitive(rng, 400)
    genes = []
    for number in range(n_genes):
        strand = "+-"[number % 2]
        sequence, exons, coding = _gene(rng, number)
        start = len(contig)
        if strand == "-":
            size = len(sequence)
            sequence = reverse_complement(sequence)
            exons = sorted((size - e, size - s) for s, e in exons)
            coding = (size - coding[1], size - coding[0]) if coding else None
        exons = [(s + start, e + start) for s, e in exons]
        if coding:
            coding = (coding[0] + start, coding[1] + start)
        genes.append(MadeGene(f"GENE{number}", strand, exons, coding))
        contig += sequence + repetitive(rng, 300)
    return contig, genes


def _gene(rng: random.Random, number: int) -> tuple[str, list[tuple[int, int]], tuple[int, int] | None]:
    """Sequence, exons and coding interval of a gene read 5' to 3'."""
    five, three = repetitive(rng, rng.randint(5, 60)), repetitive(rng, rng.randint(5, 60))
    cds = coding_sequence(rng, rng.randint(20, 90))
    spliced = five + cds + three
    n_exons = 1 if number % 5 == 2 else rng.randint(2, 6)
    cuts = sorted(rng.sample(range(4, len(spliced) - 4), n_exons - 1))
    cuts = [c for i, c in enumerate(cuts) if i == 0 or c - cuts[i - 1] > 3]
    sequence, exons, coding_ends = "", [], []
    edges = [0, *cuts, len(spliced)]
    for first, last in pairwise(edges):
        start = len(sequence)
        sequence += spliced[first:last]
        exons.append((start, start + last - first))
        for edge in (len(five), len(five) + len(cds) - 1):
            if first <= edge < last:
                coding_ends.append(start + edge - first)
        if last < len(spliced):
            sequence += "GT" + repetitive(rng, rng.randint(20, 80)) + "AG"
    if number % 4 == 3:
        return sequence, exons, None
    return sequence, exons, (coding_ends[0], coding_ends[1] + 1)


def gff3_of(contig: str, genes: list[MadeGene], name: str = "1") -> str:
    """Ensembl's layout, with UTR lines as bcftools csq reads them."""
    lines = ["##gff-version 3", f"##sequence-region {name} 1 {len(contig)}"]
    for gene in genes:
        start, end, strand = gene.exons[0][0] + 1, gene.exons[-1][1], gene.strand
        biotype = "protein_coding" if gene.coding else "lncRNA"
        kind = ("gene", "mRNA") if gene.coding else ("ncRNA_gene", "lnc_RNA")

        def line(kind: str, s: int, e: int, text: str, phase: str = ".", strand: str = strand) -> str:
            return "\t".join((name, "made", kind, str(s), str(e), ".", strand, phase, text))

        lines.append(
            line(kind[0], start, end, f"ID=gene:{gene.name};Name={gene.name};biotype={biotype};gene_id={gene.name}")
        )
        transcript = f"T{gene.name}"
        lines.append(
            line(kind[1], start, end, f"ID=transcript:{transcript};Parent=gene:{gene.name};biotype={biotype};"
                 f"transcript_id={transcript};version=1;tag=basic,Ensembl_canonical")
        )  # fmt: skip
        lines += [line("exon", s + 1, e, f"Parent=transcript:{transcript}") for s, e in gene.exons]
        lines += _coding_lines(gene, transcript, line)
    return "\n".join(lines) + "\n"


def _coding_lines(gene: MadeGene, transcript: str, line: Callable[..., str]) -> list[str]:
    if gene.coding is None:
        return []
    low, high = gene.coding
    parts = [(max(s, low), min(e, high)) for s, e in gene.exons if s < high and e > low]
    done, lines = 0, []
    for s, e in parts if gene.strand == "+" else reversed(parts):
        lines.append(line("CDS", s + 1, e, f"ID=CDS:P{transcript};Parent=transcript:{transcript}", str(-done % 3)))
        done += e - s
    left = [(s, min(e, low)) for s, e in gene.exons if s < low]
    right = [(max(s, high), e) for s, e in gene.exons if e > high]
    first, second = (left, right) if gene.strand == "+" else (right, left)
    lines += [line("five_prime_UTR", s + 1, e, f"Parent=transcript:{transcript}") for s, e in first]
    lines += [line("three_prime_UTR", s + 1, e, f"Parent=transcript:{transcript}") for s, e in second]
    return lines


def write_genome(folder: Path, contig: str, genes: list[MadeGene], name: str = "1") -> tuple[Path, Path]:
    """FASTA (indexed) and GFF3 in `folder`."""
    fasta, gff3 = write_fasta(folder / "made.fa", {name: contig}), folder / "made.gff3"
    gff3.write_text(gff3_of(contig, genes, name))
    return fasta, gff3


def random_alleles(rng: random.Random, contig: str, genes: list[MadeGene], n: int) -> list[tuple[int, str, str]]:
    """Position (0-based), REF, ALT: SNVs, MNVs, insertions, duplications, deletions, replacements in and near exons."""
    made: set[tuple[int, str, str]] = set()
    while len(made) < n:
        exon = rng.choice(rng.choice(genes).exons)
        position = rng.randint(exon[0] - 12, exon[1] + 12)
        kind = rng.random()
        bases = "".join(rng.choice("ACGT") for _ in range(rng.choice((1, 1, 2, 3, 3, 4, 6, 9))))
        if kind < 0.4:
            made.add((position, contig[position], rng.choice("ACGT".replace(contig[position], ""))))
        elif kind < 0.6:
            size = rng.choice((1, 1, 2, 3, 3, 4, 6, 9, 15))
            made.add((position, contig[position : position + 1 + size], contig[position]))
        elif kind < 0.7:
            made.add((position, contig[position], contig[position] + bases))
        elif kind < 0.8:
            size = rng.choice((1, 2, 3, 3, 6))
            made.add((position, contig[position], contig[position] + contig[position + 1 : position + 1 + size]))
        else:
            reference = contig[position : position + rng.choice((1, 2, 2, 3, 4, 6))]
            if reference != bases and reference[0] != bases[0] and reference[-1] != bases[-1]:
                made.add((position, reference, bases))
    return sorted(made)
