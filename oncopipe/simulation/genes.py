"""A small synthetic genome whose genes carry the codons that a tumor board meets.

Exons have the ranks and residues the numbers of the real genes where hotspots lie; all other sequence is random. The
figures (protein lengths, exons of the hotspots) are those of the MANE Select transcripts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

CODONS = tuple(a + b + c for a in "ACGT" for b in "ACGT" for c in "ACGT" if a + b + c not in ("TAA", "TAG", "TGA"))
STOP = "TAA"
INTERGENIC = 1500


@dataclass(frozen=True)
class GeneSpec:
    """What of a gene is real: protein length, the codons at which its coding exons end, and fixed codons (1-based).

    noncoding_exons: exons in front of the coding ones, so that coding exon ranks are the real ones.
    """

    name: str
    contig: str
    strand: int
    exon_ends: tuple[int, ...]
    fixed: dict[int, str]
    noncoding_exons: int = 0


def _spread(first: int, last: int, n: int) -> list[int]:
    """Last codons of n exons that share codons first..last about evenly."""
    return [first - 1 + round((last - first + 1) * (i + 1) / n) for i in range(n)]


GENES: tuple[GeneSpec, ...] = (
    GeneSpec(
        "EGFR", "chr7", 1,
        (*_spread(1, 728, 18), 761, 823, 875, *_spread(876, 1210, 7)),
        {745: "AAG", 746: "GAA", 747: "TTA", 748: "AGA", 749: "GAA", 750: "GCA", 751: "ACA", 752: "TCT", 790: "ACG",
         797: "TGC", 858: "CTG"},
    ),
    GeneSpec("BRAF", "chr7", -1, (*_spread(1, 580, 14), 620, *_spread(621, 766, 3)), {599: "ACA", 600: "GTG", 601: "AAA"}),
    GeneSpec("KRAS", "chr12", -1, (37, 97, 150, 188), {12: "GGT", 13: "GGC", 61: "CAA"}, noncoding_exons=1),
    GeneSpec("TP53", "chr17", -1, (25, 32, 125, 186, 224, 261, 306, 331, 367, 393), {213: "CGA"}, noncoding_exons=1),
    GeneSpec("PIK3CA", "chr3", 1, (*_spread(1, 1000, 19), 1068), {545: "GAG", 1047: "CAT"}, noncoding_exons=1),
    GeneSpec("MUC16", "chr19", 1, tuple(_spread(1, 420, 4)), {}),
)  # fmt: skip
SEX_CONTIGS = (("chrX", 9000), ("chrY", 6000))


@dataclass(frozen=True)
class Gene:
    """A gene in the genome. exons: 0-based half-open, ascending. coding: the part of each that codes, or None."""

    spec: GeneSpec
    exons: tuple[tuple[int, int], ...]
    coding: tuple[tuple[int, int] | None, ...]

    def codon_position(self, codon: int) -> list[int]:
        """0-based positions of a codon's three bases, in the transcript's order."""
        bases = [p for span in self.coding if span for p in range(*span)]
        ordered = bases if self.spec.strand > 0 else bases[::-1]
        return ordered[3 * (codon - 1) : 3 * codon]


def random_bases(rng: np.random.Generator, n: int) -> str:
    return "".join(np.array(list("ACGT"))[rng.integers(0, 4, n)])


def reverse_complement(bases: str) -> str:
    return bases.translate(str.maketrans("ACGTN", "TGCAN"))[::-1]


def make_genome(seed: int) -> tuple[dict[str, str], tuple[Gene, ...]]:
    """Contigs by name and the genes on them. The same seed gives the same genome."""
    rng = np.random.default_rng(seed)
    pieces: dict[str, list[str]] = {}
    genes: list[Gene] = []
    for spec in GENES:
        parts = pieces.setdefault(spec.contig, [random_bases(rng, INTERGENIC)])
        start = sum(map(len, parts))
        text, exons, coding = _transcript(spec, rng)
        if spec.strand < 0:
            n = len(text)
            text = reverse_complement(text)
            exons = [(n - b, n - a) for a, b in exons][::-1]
            coding = [(n - c[1], n - c[0]) if c else None for c in coding][::-1]
        parts += [text, random_bases(rng, INTERGENIC)]
        genes.append(
            Gene(
                spec,
                tuple((start + a, start + b) for a, b in exons),
                tuple((start + c[0], start + c[1]) if c else None for c in coding),
            )
        )
    contigs = {name: "".join(parts) for name, parts in pieces.items()}
    contigs |= {name: random_bases(rng, length) for name, length in SEX_CONTIGS}
    return {name: contigs[name] for name in sorted(contigs, key=_rank)}, tuple(genes)


def _rank(contig: str) -> tuple[int, str]:
    number = contig.removeprefix("chr")
    return (int(number), "") if number.isdigit() else (100, number)


def _transcript(
    spec: GeneSpec, rng: np.random.Generator
) -> tuple[str, list[tuple[int, int]], list[tuple[int, int] | None]]:
    """Unspliced sequence in the transcript's direction, exons and their coding parts within it."""
    last = spec.exon_ends[-1]
    codons = [spec.fixed.get(i) or CODONS[rng.integers(len(CODONS))] for i in range(1, last + 1)]
    codons[0] = "ATG"
    text = ""
    exons: list[tuple[int, int]] = []
    coding: list[tuple[int, int] | None] = []
    for _ in range(spec.noncoding_exons):
        exons.append((len(text), len(text) + 90))
        coding.append(None)
        text += random_bases(rng, 90) + _intron(rng)
    first_codon = 0
    for i, end in enumerate(spec.exon_ends):
        five, three = (60, "") if i == 0 else (0, "")
        bases = "".join(codons[first_codon:end])
        if end == last:
            bases, three = bases + STOP, random_bases(rng, 120)
        start = len(text)
        text += random_bases(rng, five) + bases + three
        exons.append((start, len(text)))
        coding.append((start + five, start + five + len(bases)))
        if end != last:
            text += _intron(rng)
        first_codon = end
    return text, exons, coding


def _intron(rng: np.random.Generator) -> str:
    return "GTAAGT" + random_bases(rng, int(rng.integers(140, 260))) + "TTTCAG"


def format_gff3(contigs: dict[str, str], genes: tuple[Gene, ...]) -> str:
    """Gene models as GFF3 in Ensembl's layout, each transcript tagged MANE Select. Marked SYNTHETIC."""
    lines = ["##gff-version 3", "# SYNTHETIC gene models made by OncoPipe; not for any use with real data"]
    lines += [f"##sequence-region {name} 1 {len(bases)}" for name, bases in contigs.items()]
    rank = list(contigs)
    for n, gene in sorted(enumerate(genes, 1), key=lambda g: (rank.index(g[1].spec.contig), g[1].exons[0])):
        lines += _gff_lines(gene, f"SYNG{n:05d}", f"SYNT{n:05d}", f"SYNP{n:05d}")
    return "\n".join(lines) + "\n"


def _gff_lines(gene: Gene, gene_id: str, transcript: str, protein: str) -> list[str]:
    strand, contig = "+" if gene.spec.strand > 0 else "-", gene.spec.contig
    start, end = gene.exons[0][0] + 1, gene.exons[-1][1]

    def row(kind: str, first: int, last: int, phase: str, attributes: str) -> str:
        return "\t".join([contig, "SYNTHETIC", kind, str(first), str(last), ".", strand, phase, attributes])

    name = gene.spec.name
    lines = [
        row("gene", start, end, ".", f"ID=gene:{gene_id};Name={name};biotype=protein_coding;gene_id={gene_id}"),
        row("mRNA", start, end, ".", f"ID=transcript:{transcript};Parent=gene:{gene_id};Name={name}-201;"
            f"biotype=protein_coding;tag=basic,Ensembl_canonical,MANE_Select;transcript_id={transcript}"),
    ]  # fmt: skip
    in_order = list(zip(gene.exons, gene.coding, strict=True))
    done = 0
    for rank, (exon, span) in enumerate(in_order if gene.spec.strand > 0 else in_order[::-1], 1):
        lines.append(row("exon", exon[0] + 1, exon[1], ".", f"Parent=transcript:{transcript};rank={rank}"))
        if span:
            phase = str(-done % 3)
            lines.append(
                row("CDS", span[0] + 1, span[1], phase, f"Parent=transcript:{transcript};protein_id={protein}")
            )
            done += span[1] - span[0]
    return lines
