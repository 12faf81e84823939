"""The demo cohort: three synthetic patients as a laboratory would hand them over, with what was planted in each.

DEMO-MEL  melanoma, tumor and normal from FASTQ, the tumor in two lanes
DEMO-LUAD lung adenocarcinoma, tumor alone, BAM
DEMO-CRC  colorectal cancer, two time points against one normal, BAM
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pysam
import yaml

from oncopipe.alignment import Lane, align_reads
from oncopipe.data.regions import Region, merge_regions
from oncopipe.io.output import write_text
from oncopipe.simulation.genes import Gene, format_gff3, make_genome, reverse_complement
from oncopipe.simulation.reads import MadeVariant, Record, simulate, write_fastq

SEED = 20240611
N_SITES = 150
TUMOR_DEPTH, NORMAL_DEPTH = 110, 60
_PADDING = 20


@dataclass(frozen=True)
class Planted:
    """A somatic allele of a demo sample with the name and tier that the report must give it."""

    variant: MadeVariant
    gene: str
    hgvs_p: str
    tier: str


@dataclass(frozen=True)
class DemoSample:
    """One row of the sheet, and what is in the tube."""

    patient: str
    sample: str
    role: str
    form: str  # fastq or bam
    depth: float
    planted: tuple[Planted, ...] = ()
    sheet: tuple[tuple[str, str], ...] = ()


COLUMNS = (
    "patient", "sample", "role", "fastq_1", "fastq_2", "bam", "external_id", "diagnosis", "sex", "purity", "timepoint",
    "specimen", "assay", "collected", "received", "reported", "germline_consent",
)  # fmt: skip


def substitution(contigs: dict[str, str], gene: Gene, codon: int, base: int, to: str, fraction: float) -> MadeVariant:
    """An SNV that changes base 0, 1 or 2 of a codon to `to` (on the transcript's strand)."""
    position = gene.codon_position(codon)[base]
    alternate = to if gene.spec.strand > 0 else reverse_complement(to)
    return MadeVariant(gene.spec.contig, position, contigs[gene.spec.contig][position], alternate, fraction)


def codon_deletion(contigs: dict[str, str], gene: Gene, first: int, last: int, fraction: float) -> MadeVariant:
    """Deletion of whole codons of a gene on the plus strand."""
    start, end = gene.codon_position(first)[0], gene.codon_position(last)[2] + 1
    bases = contigs[gene.spec.contig]
    return MadeVariant(gene.spec.contig, start - 1, bases[start - 1 : end], bases[start - 1], fraction)


def _silent_place(contigs: dict[str, str], gene: Gene, fraction: float, exon: int = 1) -> MadeVariant:
    """A substitution deep in an intron: a passenger without a protein name."""
    position = gene.exons[exon][1] + 70
    old = contigs[gene.spec.contig][position]
    return MadeVariant(gene.spec.contig, position, old, "ACGT"[("ACGT".index(old) + 1) % 4], fraction)


def demo_samples(contigs: dict[str, str], genes: tuple[Gene, ...]) -> tuple[DemoSample, ...]:
    """Who is in the cohort. The first tumor of a patient comes before its later ones, the normal last."""
    g = {gene.spec.name: gene for gene in genes}

    def snv(gene: str, codon: int, base: int, to: str, fraction: float, p: str, tier: str) -> Planted:
        return Planted(substitution(contigs, g[gene], codon, base, to, fraction), gene, p, tier)

    def passenger(gene: str, fraction: float, exon: int) -> Planted:
        return Planted(_silent_place(contigs, g[gene], fraction, exon), gene, "", "III")

    deletion = Planted(codon_deletion(contigs, g["EGFR"], 746, 750, 0.28), "EGFR", "p.E746_A750del", "I")
    common = (("specimen", "SYNTHETIC FFPE block"), ("assay", "Demo panel 1"))
    blood = (("specimen", "SYNTHETIC blood"), ("assay", "Demo panel 1"), ("germline_consent", "yes"))
    return (
        DemoSample("DEMO-MEL", "MEL-T", "tumor", "fastq", TUMOR_DEPTH,
                   (snv("BRAF", 600, 1, "A", 0.32, "p.V600E", "I"), passenger("EGFR", 0.3, 2), passenger("PIK3CA", 0.15, 4)),
                   (("external_id", "A-1001"), ("diagnosis", "SKCM"), ("sex", "female"), ("purity", "0.65"),
                    ("timepoint", "primary"), *common, ("collected", "2024-03-04"), ("received", "2024-03-06"),
                    ("reported", "2024-03-14"))),
        DemoSample("DEMO-MEL", "MEL-N", "normal", "fastq", NORMAL_DEPTH, (),
                   (("external_id", "A-1001"), ("sex", "female"), *blood)),
        DemoSample("DEMO-LUAD", "LUAD-T", "tumor", "bam", TUMOR_DEPTH, (deletion, passenger("KRAS", 0.2, 1)),
                   (("external_id", "B-2002"), ("diagnosis", "LUAD"), ("sex", "male"), ("purity", "0.55"),
                    ("timepoint", "primary"), *common, ("collected", "2024-04-02"), ("received", "2024-04-03"),
                    ("reported", "2024-04-11"))),
        DemoSample("DEMO-CRC", "CRC-T1", "tumor", "bam", TUMOR_DEPTH,
                   (snv("KRAS", 12, 0, "T", 0.35, "p.G12C", "I"), snv("TP53", 213, 0, "T", 0.4, "p.R213*", "III")),
                   (("external_id", "C-3003"), ("diagnosis", "COADREAD"), ("sex", "male"), ("purity", "0.75"),
                    ("timepoint", "primary"), *common, ("collected", "2024-01-15"), ("received", "2024-01-16"),
                    ("reported", "2024-01-25"))),
        DemoSample("DEMO-CRC", "CRC-T2", "tumor", "bam", TUMOR_DEPTH,
                   (snv("KRAS", 12, 0, "T", 0.16, "p.G12C", "I"), snv("TP53", 213, 0, "T", 0.2, "p.R213*", "III"),
                    snv("BRAF", 600, 1, "A", 0.1, "p.V600E", "I")),
                   (("external_id", "C-3003"), ("diagnosis", "COADREAD"), ("sex", "male"), ("purity", "0.35"),
                    ("timepoint", "relapse"), *common, ("collected", "2024-09-20"), ("received", "2024-09-21"),
                    ("reported", "2024-09-30"))),
        DemoSample("DEMO-CRC", "CRC-N", "normal", "bam", NORMAL_DEPTH, (),
                   (("external_id", "C-3003"), ("sex", "male"), *blood)),
    )  # fmt: skip


def write_demo(folder: Path, *, threads: int = 1, report: Callable[[str], None] = lambda text: None) -> None:
    """Write the cohort into `folder`: genome, gene models, resources, reads, sheet, configuration, what was planted.

    The same release writes the same bytes. Raises: OutputError, and what aligning raises.
    """
    contigs, genes = make_genome(SEED)
    fasta = folder / "reference" / "genome.fa"
    report("making the synthetic genome, its genes and resources")
    lines = (f">{name} SYNTHETIC\n{_wrapped(bases)}" for name, bases in contigs.items())
    write_text(fasta, "".join(lines))
    pysam.faidx(str(fasta))
    write_text(folder / "reference" / "genes.gff3", format_gff3(contigs, genes))
    samples = demo_samples(contigs, genes)
    sites = _common_sites(contigs, genes, samples)
    targets = _targets(contigs, genes, sites)
    write_text(folder / "resources" / "panel.bed", "".join(f"{c}\t{a}\t{b}\n" for c, a, b in targets))
    _write_sites(folder / "resources", contigs, sites)
    for number, sample in enumerate(samples):
        report(f"simulating {sample.sample}")
        _write_reads(folder, fasta, contigs, targets, sites, sample, number, threads)
    _write_sheet(folder, samples)
    write_text(folder / "config.yaml", yaml.safe_dump(_config(), sort_keys=False))
    write_text(folder / "expected.tsv", _expected(samples))


def _wrapped(bases: str) -> str:
    return "".join(bases[i : i + 60] + "\n" for i in range(0, len(bases), 60))


def _config() -> dict[str, object]:
    return {
        "samples": "samples.tsv",
        "reference": {"fasta": "reference/genome.fa", "genes": "reference/genes.gff3", "build": "GRCh38"},
        "resources": {
            "regions": "resources/panel.bed",
            "population": "resources/population.vcf.gz",
            "sites": "resources/sites.vcf.gz",
        },
        "scatter": 2,
    }


Site = tuple[str, int, str, str, float]  # contig, position, reference, alternate, population frequency


def _common_sites(contigs: dict[str, str], genes: tuple[Gene, ...], samples: tuple[DemoSample, ...]) -> list[Site]:
    """Common SNPs on the autosomes, none within 30 bases of another or of what is planted."""
    rng = np.random.default_rng(SEED + 1)
    taken = {(p.variant.contig, p.variant.position) for s in samples for p in s.planted}
    autosomes = [name for name in contigs if name not in ("chrX", "chrY")]
    sites: list[Site] = []
    while len(sites) < N_SITES:
        contig = autosomes[int(rng.integers(len(autosomes)))]
        position = int(rng.integers(300, len(contigs[contig]) - 300))
        if any(c == contig and abs(p - position) < 30 for c, p in taken):
            continue
        taken.add((contig, position))
        reference = contigs[contig][position]
        alternate = "ACGT"[("ACGT".index(reference) + int(rng.integers(1, 4))) % 4]
        sites.append((contig, position, reference, alternate, round(float(rng.uniform(0.15, 0.5)), 3)))
    return sorted(sites, key=lambda s: (list(contigs).index(s[0]), s[1]))


def _targets(contigs: dict[str, str], genes: tuple[Gene, ...], sites: list[Site]) -> list[tuple[str, int, int]]:
    """The panel: exons and their edges, introns where passengers lie, common sites, a part of the sex contigs."""
    regions = [Region(gene.spec.contig, a - 120, b + 120) for gene in genes for a, b in gene.exons]
    regions += [Region(contig, position - 60, position + 60) for contig, position, *_ in sites]
    regions += [Region(name, 1000, 4000) for name in ("chrX", "chrY")]
    return [(r.contig, r.start, r.end) for r in merge_regions(regions, list(contigs))]


def _write_sites(folder: Path, contigs: dict[str, str], sites: list[Site]) -> None:
    """Population frequencies and the list of common sites: the same SNPs."""
    header = ["##fileformat=VCFv4.2", "##source=SYNTHETIC",
              '##INFO=<ID=AF,Number=A,Type=Float,Description="Population allele frequency (SYNTHETIC)">',
              *(f"##contig=<ID={name},length={len(bases)}>" for name, bases in contigs.items()),
              "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"]  # fmt: skip
    rows = [f"{c}\t{p + 1}\t.\t{r}\t{a}\t.\tPASS\tAF={f}" for c, p, r, a, f in sites]
    for name in ("population", "sites"):
        path = folder / f"{name}.vcf.gz"
        with pysam.BGZFile(str(path), "wb", index=None) as out:
            out.write(("\n".join([*header, *rows]) + "\n").encode())
        pysam.tabix_index(str(path), preset="vcf", force=True)


def _genotypes(patient: str, sites: list[Site]) -> list[MadeVariant]:
    """A person's germline alleles at the common sites, drawn under Hardy-Weinberg; the same for all their samples."""
    rng = np.random.default_rng([SEED, *patient.encode()])
    made = []
    for contig, position, reference, alternate, frequency in sites:
        n = int(rng.binomial(2, frequency))
        if n:
            fraction, haplotype = (1.0, 2) if n == 2 else (0.5, int(rng.integers(2)))
            made.append(MadeVariant(contig, position, reference, alternate, fraction, haplotype))
    return made


def _write_reads(
    folder: Path, fasta: Path, contigs: dict[str, str], targets: list[tuple[str, int, int]], sites: list[Site],
    sample: DemoSample, number: int, threads: int,
) -> None:  # fmt: skip
    sex = dict(sample.sheet).get("sex")
    copies = {"chrX": 1.0, "chrY": 0.0} if sex == "female" else {"chrX": 0.5, "chrY": 0.5}
    variants = _genotypes(sample.patient, sites) + [p.variant for p in sample.planted]
    pairs = list(simulate(contigs, targets, copies, variants, sample.depth, SEED + 10 + number, sample.sample))
    lanes = _write_lanes(folder / "reads", sample, pairs)
    if sample.form == "bam":
        align_reads(lanes, fasta, folder / "reads" / f"{sample.sample}.bam", sample=sample.sample, patient=sample.patient,
                    index=folder / "reads" / ".index" / "genome", threads=threads)  # fmt: skip
        for lane in lanes:
            Path(lane.fastq_1).unlink()
            Path(lane.fastq_2).unlink()


def _write_lanes(folder: Path, sample: DemoSample, pairs: list[tuple[Record, Record]]) -> list[Lane]:
    """FASTQ pairs in a random order of molecules, as a sequencer gives them; a FASTQ tumor comes in two lanes."""
    order = np.random.default_rng(SEED).permutation(len(pairs))
    shuffled = [pairs[i] for i in order]
    n_lanes = 2 if sample.role == "tumor" and sample.form == "fastq" else 1
    folder.mkdir(parents=True, exist_ok=True)
    lanes = []
    for lane in range(n_lanes):
        paths = [folder / f"{sample.sample}_L{lane + 1}_R{mate}.fastq.gz" for mate in (1, 2)]
        write_fastq(shuffled[lane::n_lanes], *paths)
        lanes.append(Lane(*paths))
    return lanes


def _write_sheet(folder: Path, samples: tuple[DemoSample, ...]) -> None:
    rows = ["\t".join(COLUMNS)]
    for sample in samples:
        cells = {"patient": sample.patient, "sample": sample.sample, "role": sample.role, **dict(sample.sheet)}
        if sample.form == "bam":
            rows.append(_row(cells | {"bam": f"reads/{sample.sample}.bam"}))
            continue
        for lane in (1, 2) if sample.role == "tumor" else (1,):
            names = {f"fastq_{m}": f"reads/{sample.sample}_L{lane}_R{m}.fastq.gz" for m in (1, 2)}
            rows.append(_row(cells | names))
    write_text(folder / "samples.tsv", "\n".join(rows) + "\n")


def _row(cells: dict[str, str]) -> str:
    return "\t".join(cells.get(column, "") for column in COLUMNS)


def _expected(samples: tuple[DemoSample, ...]) -> str:
    rows = ["sample\tgene\thgvs_p\ttier\tchromosome\tposition\treference\talternate\tfraction"]
    rows += [
        f"{s.sample}\t{p.gene}\t{p.hgvs_p}\t{p.tier}\t{p.variant.contig}\t{p.variant.position + 1}\t{p.variant.reference}"
        f"\t{p.variant.alternate}\t{p.variant.fraction}"
        for s in samples
        for p in s.planted
    ]
    return "\n".join(rows) + "\n"
