"""What naming variants costs: alleles and entries a second on one core, held against a bound.

    python -m benchmarks.annotation [--variants 40000] [--repeat 3] [--no-bounds]

Makes a genome with genes of ten transcripts each (isoforms that skip, shift and retain exons, half of them without a
CDS, exons and introns as long as human ones are in the middle) and sorted calls (SNVs 88 %, indels 10 %, MNVs 2 %),
then times `annotate` from file to file in a fresh process. CPU seconds count, the least of the repeats: others on the
machine can only add to it. Reading the gene models is timed apart: it is paid once, whatever the number of calls. Exit
status 1 below the bound.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

BOUND = 20_000  # alleles a second, calls of an exome
N_GENES, N_ISOFORMS = 150, 10
_COMPLEMENT = str.maketrans("ACGT", "TGCA")
# Share of the calls within 20 bases of an exon; the others lie anywhere in genes and between them.
LAYOUTS = {"exome": 0.9, "genome": 0.05}


@dataclass
class Gene:
    """Exons on the genome (0-based half-open), those of the full transcript, and where its CDS begins and ends."""

    strand: str
    exons: list[tuple[int, int]]
    coding: tuple[int, int]


def main() -> None:
    options = _options()
    failed = []
    with tempfile.TemporaryDirectory(prefix="oncopipe-bench-") as name:
        folder = Path(name)
        genes = write_models(folder, random.Random(1))
        print("| calls | alleles/s | entries/s | entries an allele | gene models read in |")
        print("|---|---|---|---|---|")
        for layout, share in LAYOUTS.items():
            calls = folder / f"{layout}.vcf"
            write_calls(calls, folder / "genome.fa", genes, options.variants, share)
            runs = [measure(folder, calls) for _ in range(options.repeat)]
            rate = options.variants / min(run["pass"] for run in runs)
            per_allele = runs[0]["entries"] / options.variants
            models = min(run["models"] for run in runs)
            print(f"| {layout} | {rate:,.0f} | {rate * per_allele:,.0f} | {per_allele:.1f} | {models:.2f} s |")
            if layout == "exome" and rate < BOUND:
                failed.append(f"{layout}: {rate:,.0f} alleles a second, the bound is {BOUND:,}")
    if failed and not options.no_bounds:
        sys.exit("; ".join(failed))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--variants", type=int, default=40_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--no-bounds", action="store_true")
    return parser.parse_args()


def measure(folder: Path, calls: Path) -> dict[str, float]:
    """CPU seconds of the gene models and of the rest, and the entries written, in a fresh process."""
    command = [sys.executable, "-m", "benchmarks.annotation_once", str(folder), str(calls)]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return dict(json.loads(told))


def write_models(folder: Path, rng: random.Random, n_genes: int = N_GENES) -> list[Gene]:
    """`genome.fa` and `genes.gff3` in `folder`."""
    parts, genes, lines, length = [], [], ["##gff-version 3"], 0
    for number in range(n_genes):
        parts.append(_bases(rng, 5_000))
        length += 5_000
        sequence, exons, coding = _gene(rng)
        strand = "+-"[number % 2]
        if strand == "-":
            sequence = sequence.translate(_COMPLEMENT)[::-1]
            size = len(sequence)
            exons = sorted((size - e, size - s) for s, e in exons)
            coding = (size - coding[1], size - coding[0])
        gene = Gene(strand, [(s + length, e + length) for s, e in exons], (coding[0] + length, coding[1] + length))
        genes.append(gene)
        parts.append(sequence)
        length += len(sequence)
        lines += _models(rng, gene, f"GENE{number}")
    parts.append(_bases(rng, 5_000))
    text = "".join(parts)
    (folder / "genome.fa").write_text(">1\n" + "\n".join(text[i : i + 100] for i in range(0, len(text), 100)) + "\n")
    (folder / "genes.gff3").write_text("\n".join(lines) + "\n")
    return genes


def _bases(rng: random.Random, n: int) -> str:
    return "".join(rng.choices("ACGT", k=n))


def _gene(rng: random.Random) -> tuple[str, list[tuple[int, int]], tuple[int, int]]:
    """Sequence read 5' to 3', exons, coding interval. Medians of human genes: exon 130 bases, intron 1,500."""
    n_exons = rng.choice((1, 3, 5, 8, 10, 12, 18, 25))
    cds = "ATG" + "".join(
        rng.choice(("GCT", "AAA", "TTC", "GGA", "CTG", "GAA", "TCA", "CAG")) for _ in range(45 * n_exons)
    )
    cds += "TAA"
    five, three = _bases(rng, 150), _bases(rng, 900)
    spliced = five + cds + three
    cuts = sorted(rng.sample(range(100, len(five) + len(cds) - 20), n_exons - 1))
    sequence, exons, ends = "", [], []
    for first, last in pairwise([0, *cuts, len(spliced)]):
        start = len(sequence)
        sequence += spliced[first:last]
        exons.append((start, len(sequence)))
        ends += [start + e - first for e in (len(five), len(five) + len(cds) - 1) if first <= e < last]
        if last < len(spliced):
            sequence += "GTAAGT" + _bases(rng, int(rng.lognormvariate(7.3, 1))) + "TTTCAG"
    return sequence, exons, (ends[0], ends[1] + 1)


def _models(rng: random.Random, gene: Gene, name: str) -> list[str]:
    low, high = gene.exons[0][0], gene.exons[-1][1]
    lines = [
        _line("gene", low, high, gene.strand, f"ID=gene:{name};Name={name};biotype=protein_coding;gene_id={name}")
    ]
    for number in range(N_ISOFORMS):
        identifier = f"{name}T{number:02d}"
        is_coding = number % 2 == 0
        exons = gene.exons if number == 0 else _isoform(rng, gene, is_coding)
        biotype = "protein_coding" if is_coding else "retained_intron"
        text = f"ID=transcript:{identifier};Parent=gene:{name};biotype={biotype};transcript_id={identifier};version=2"
        text += ";tag=basic,Ensembl_canonical,MANE_Select" if number == 0 else ""
        lines.append(_line("mRNA" if is_coding else "lnc_RNA", exons[0][0], exons[-1][1], gene.strand, text))
        parent = f"Parent=transcript:{identifier}"
        lines += [_line("exon", s, e, gene.strand, parent) for s, e in exons]
        if is_coding:
            lines += _coding(gene, exons, parent)
    return lines


def _isoform(rng: random.Random, gene: Gene, is_coding: bool) -> list[tuple[int, int]]:
    """Exons of whole codons left out at random. Without a CDS: a stretch of exons, one intron retained."""
    exons = gene.exons
    if is_coding:
        ends = gene.coding[0], gene.coding[1] - 1
        return [(s, e) for s, e in exons if (e - s) % 3 or rng.random() < 0.6 or any(s <= end < e for end in ends)]
    first = rng.randrange(len(exons))
    kept = exons[first : first + rng.randint(2, 5)]
    return [(kept[0][0], kept[1][1]), *kept[2:]] if len(kept) > 1 else kept


def _coding(gene: Gene, exons: list[tuple[int, int]], parent: str) -> list[str]:
    low, high = gene.coding
    parts = [(max(s, low), min(e, high)) for s, e in exons if s < high and e > low]
    lines, done = [], 0
    for s, e in parts if gene.strand == "+" else reversed(parts):
        lines.append(_line("CDS", s, e, gene.strand, parent, str(-done % 3)))
        done += e - s
    return lines


def _line(kind: str, start: int, end: int, strand: str, text: str, phase: str = ".") -> str:
    return "\t".join(("1", "made", kind, str(start + 1), str(end), ".", strand, phase, text))


def write_calls(path: Path, fasta: Path, genes: list[Gene], n: int, share: float) -> None:
    """Sorted calls of a tumor and its normal."""
    rng = random.Random(2)
    contig = "".join(fasta.read_text().splitlines()[1:])
    exons = [exon for gene in genes for exon in gene.exons]
    weights = [e - s for s, e in exons]
    records = []
    for exon in rng.choices(exons, weights, k=n):
        near = rng.random() < share
        at = rng.randint(exon[0] - 20, exon[1] + 20) if near else rng.randrange(100, len(contig) - 100)
        records.append((at, *_allele(rng, contig, at)))
    lines = ["##fileformat=VCFv4.2", "##tumor_sample=T", "##normal_sample=N"]
    lines.append("\t".join(("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", "T", "N")))
    for at, ref, alt in sorted(records):
        values = f"PASS\tTLOD=12.3;NLOD=8.1;ECNT=1\tGT:AD:AF:DP\t0/1:{rng.randint(20, 90)},9:0.1:99\t0/0:50,0:0.01:50"
        lines.append(f"1\t{at + 1}\t.\t{ref}\t{alt}\t.\t{values}")
    path.write_text("\n".join(lines) + "\n")


def _allele(rng: random.Random, contig: str, at: int) -> tuple[str, str]:
    kind, here = rng.random(), contig[at]
    other = rng.choice("ACGT".replace(here, ""))
    if kind < 0.88:
        return here, other
    if kind < 0.94:
        return contig[at : at + 1 + rng.choice((1, 1, 1, 2, 3, 6))], here
    if kind < 0.98:
        return here, here + _bases(rng, rng.choice((1, 1, 1, 2, 3, 6)))
    return contig[at : at + 2], other + rng.choice("ACGT".replace(contig[at + 1], ""))


if __name__ == "__main__":
    started = time.monotonic()
    main()
    print(f"\n{time.monotonic() - started:.0f} s", file=sys.stderr)
