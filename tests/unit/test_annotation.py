"""Names against bcftools csq and published names, on gene models of both strands, and the laws they keep."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pysam
import pysam.bcftools
import pytest

from oncopipe.annotation import annotate
from oncopipe.data.variants import AnnotatedVariant
from oncopipe.io.annotated_vcf import read_annotated
from oncopipe.simulation.cohort import codon_deletion, substitution
from oncopipe.simulation.genes import Gene, format_gff3, make_genome, reverse_complement
from oncopipe.simulation.reads import MadeVariant

Allele = tuple[str, int, str, str]


@pytest.fixture(scope="module")
def genome(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str], dict[str, Gene]]:
    folder = tmp_path_factory.mktemp("genome")
    contigs, genes = make_genome(7)
    (folder / "g.fa").write_text("".join(f">{name}\n{bases}\n" for name, bases in contigs.items()))
    pysam.faidx(str(folder / "g.fa"))
    (folder / "g.gff3").write_text(format_gff3(contigs, genes))
    return folder, contigs, {gene.spec.name: gene for gene in genes}


def write_calls(path: Path, contigs: dict[str, str], alleles: list[Allele]) -> Path:
    order = {name: i for i, name in enumerate(contigs)}
    lines = ["##fileformat=VCFv4.2", '##FORMAT=<ID=GT,Number=1,Type=String,Description="g">',
             '##FORMAT=<ID=AD,Number=R,Type=Integer,Description="d">',
             *(f"##contig=<ID={n},length={len(b)}>" for n, b in contigs.items()),
             "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tT"]  # fmt: skip
    for c, p, r, a in sorted(alleles, key=lambda x: (order[x[0]], x[1], x[2], x[3])):
        lines.append(f"{c}\t{p + 1}\t.\t{r}\t{a}\t.\tPASS\t.\tGT:AD\t0/1:10,10")
    path.write_text("\n".join(lines) + "\n")
    return path


def named(
    genome: tuple[Path, dict[str, str], dict[str, Gene]], alleles: list[Allele], name: str
) -> list[AnnotatedVariant]:
    folder, contigs, _ = genome
    calls = write_calls(folder / f"{name}.vcf", contigs, alleles)
    annotate(calls, folder / "g.fa", folder / "g.gff3", folder / f"{name}.ann.vcf.gz")
    return list(read_annotated(folder / f"{name}.ann.vcf.gz").variants)


def plain(v: MadeVariant) -> Allele:
    return v.contig, v.position, v.reference, v.alternate


def test_annotate__gives_the_published_names(genome: tuple[Path, dict[str, str], dict[str, Gene]]) -> None:
    _, contigs, genes = genome
    cases = [
        (substitution(contigs, genes["BRAF"], 600, 1, "A", 1), "BRAF", "p.V600E", "c.1799T>A", "missense_variant", "15/18"),
        (substitution(contigs, genes["EGFR"], 790, 1, "T", 1), "EGFR", "p.T790M", "c.2369C>T", "missense_variant", "20/28"),
        (substitution(contigs, genes["EGFR"], 858, 1, "G", 1), "EGFR", "p.L858R", "c.2573T>G", "missense_variant", "21/28"),
        (substitution(contigs, genes["KRAS"], 12, 0, "T", 1), "KRAS", "p.G12C", "c.34G>T", "missense_variant", "2/5"),
        (substitution(contigs, genes["TP53"], 213, 0, "T", 1), "TP53", "p.R213*", "c.637C>T", "stop_gained", "6/11"),
        (substitution(contigs, genes["PIK3CA"], 1047, 1, "G", 1), "PIK3CA", "p.H1047R", "c.3140A>G", "missense_variant", "21/21"),
        (codon_deletion(contigs, genes["EGFR"], 746, 750, 1), "EGFR", "p.E746_A750del", "c.2236_2250del", "inframe_deletion",
         "19/28"),
    ]  # fmt: skip
    by_place = {
        (v.contig, v.position, v.alternate): v for v in named(genome, [plain(c[0]) for c in cases], "published")
    }
    for v, gene, p, c, consequence, exon in cases:
        effect = by_place[v.contig, v.position, v.alternate].effect
        assert effect is not None
        assert (effect.gene, effect.hgvs_p_short, effect.hgvs_c, effect.consequence, effect.exon) == (
            gene,
            p,
            c,
            consequence,
            exon,
        )


# bcftools csq's words for ours. It reads UTRs from lines of their own, which these models lack, and calls them introns.
CSQ = {
    "missense": "missense_variant", "synonymous": "synonymous_variant", "stop_gained": "stop_gained",
    "frameshift": "frameshift_variant", "inframe_deletion": "inframe_deletion", "inframe_insertion": "inframe_insertion",
    "stop_lost": "stop_lost", "start_lost": "start_lost", "stop_retained": "stop_retained_variant",
    "splice_donor": "splice_donor_variant", "splice_acceptor": "splice_acceptor_variant",
}  # fmt: skip


def random_alleles(contigs: dict[str, str], genes: dict[str, Gene], seed: int, n: int) -> list[Allele]:
    """SNVs, short insertions and deletions in and near the exons of every gene."""
    rng = np.random.default_rng(seed)
    made: set[Allele] = set()
    while len(made) < n:
        gene = list(genes.values())[int(rng.integers(len(genes)))]
        exon = gene.exons[int(rng.integers(len(gene.exons)))]
        contig, position = gene.spec.contig, int(rng.integers(exon[0] - 4, exon[1] + 4))
        bases = contigs[contig]
        kind = int(rng.integers(4))
        if kind < 2:
            made.add((contig, position, bases[position], "ACGT".replace(bases[position], "")[int(rng.integers(3))]))
        elif kind == 2:
            size = int(rng.integers(1, 8))
            made.add((contig, position, bases[position : position + 1 + size], bases[position]))
        else:
            inserted = "".join(rng.choice(list("ACGT"), int(rng.integers(1, 7))))
            made.add((contig, position, bases[position], bases[position] + inserted))
    return sorted(made)


def csq_terms(folder: Path, contigs: dict[str, str], alleles: list[Allele]) -> dict[Allele, set[str]]:
    """bcftools csq's consequences of each allele, called on its own (`-l`)."""
    calls = write_calls(folder / "csq.vcf", contigs, alleles)
    text = pysam.bcftools.csq(
        "-l",
        "-p",
        "a",
        "-f",
        str(folder / "g.fa"),
        "-g",
        str(folder / "g.gff3"),
        str(calls),
        "-O",
        "v",
        split_lines=True,
    )
    terms: dict[Allele, set[str]] = {}
    for line in text:
        if line.startswith("#"):
            continue
        cells = line.split("\t")
        info = dict(part.split("=", 1) for part in cells[7].split(";") if "=" in part)
        words = {
            w for entry in info.get("BCSQ", "").split(",") for w in entry.split("|")[0].lstrip("*").split("&") if w
        }
        terms[cells[0], int(cells[1]) - 1, cells[3], cells[4]] = words
    return terms


def test_annotate__classes_agree_with_bcftools_csq(genome: tuple[Path, dict[str, str], dict[str, Gene]]) -> None:
    """SNVs agree without exception; of indels those wholly inside a coding exon do (csq is unreliable across borders)."""
    folder, contigs, genes = genome
    alleles = random_alleles(contigs, genes, 3, 1500)
    theirs = csq_terms(folder, contigs, alleles)
    ours = {(v.contig, v.position, v.reference, v.alternate): set(v.effect.consequences) for v in named(genome, alleles, "csq")
            if v.effect}  # fmt: skip
    inner: dict[str, list[tuple[int, int]]] = {g.spec.contig: [] for g in genes.values()}
    for gene in genes.values():
        inner[gene.spec.contig] += [(span[0] + 4, span[1] - 4) for span in gene.coding if span]
    compared, wrong = 0, []
    for allele in alleles:
        contig, position, ref, alt = allele
        words = {CSQ[w] for w in theirs.get(allele, set()) if w in CSQ}
        is_inner = any(a <= position and position + len(ref) <= b for a, b in inner[contig])
        if not words or (len(ref) != len(alt) and not is_inner):
            continue
        compared += 1
        ours_there = {t.replace("conservative_", "").replace("disruptive_", "") for t in ours[allele]}
        if not words & ours_there:
            wrong.append((allele, sorted(words), sorted(ours_there)))
    assert compared > 900
    # An indel that makes or keeps a stop is named by its frame by one and by the stop by the other.
    stops = {
        "stop_gained",
        "stop_lost",
        "stop_retained_variant",
        "frameshift_variant",
        "inframe_insertion",
        "inframe_deletion",
    }
    unexplained = [w for w in wrong if not (set(w[1]) & stops and set(w[2]) & stops)]
    assert unexplained == []
    assert len(wrong) <= 0.02 * compared


def test_annotate__the_place_of_an_indel_does_not_change_its_name(
    genome: tuple[Path, dict[str, str], dict[str, Gene]],
) -> None:
    """Shifting an indel to an equal place left or right gives the same c. and p. name, on both strands."""
    _, contigs, genes = genome
    rng = np.random.default_rng(5)
    left, right = [], []
    for gene in genes.values():
        bases = contigs[gene.spec.contig]
        for _ in range(400):
            exon = gene.exons[int(rng.integers(len(gene.exons)))]
            start, size = int(rng.integers(exon[0], exon[1] - 12)), int(rng.integers(1, 5))
            shift = 0
            while bases[start + shift] == bases[start + size + shift] and start + size + shift < exon[1] - 2:
                shift += 1
            if shift == 0:
                continue
            for place, out in ((start, left), (start + shift, right)):
                out.append((gene.spec.contig, place - 1, bases[place - 1 : place + size], bases[place - 1]))
    assert len(left) > 200
    names = []
    for alleles, name in ((left, "left"), (right, "right")):
        found = {(v.contig, v.position, v.reference): v.effect for v in named(genome, sorted(set(alleles)), name)}
        names.append([found[a[0], a[1], a[2]] for a in alleles])
    for a, b in zip(*names, strict=True):
        assert a is not None and b is not None
        assert (a.hgvs_c, a.hgvs_p, a.consequences) == (b.hgvs_c, b.hgvs_p, b.consequences)


def test_annotate__duplication_insertion_and_frameshift(genome: tuple[Path, dict[str, str], dict[str, Gene]]) -> None:
    _, contigs, genes = genome
    egfr = genes["EGFR"]
    bases = contigs["chr7"]
    end = egfr.codon_position(747)[2]
    codon = bases[end - 2 : end + 1]
    first = egfr.codon_position(746)[0]
    found = {
        v.alternate: v.effect
        for v in named(
            genome,
            [("chr7", end, bases[end], bases[end] + codon), ("chr7", first, bases[first : first + 2], bases[first])],
            "dup",
        )
    }
    duplicated, frameshift = found[bases[end] + codon], found[bases[first]]
    assert duplicated is not None and frameshift is not None
    assert duplicated.hgvs_p_short == "p.L747dup" and duplicated.hgvs_c.endswith("dup")
    assert frameshift.consequence == "frameshift_variant" and "fs" in frameshift.hgvs_p
    assert reverse_complement("ACGT") == "ACGT"
