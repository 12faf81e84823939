"""A made genome with its genes and calls, named by OncoPipe, snpEff and bcftools csq."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from oncopipe.annotation.alleles import Change, change_of
from oncopipe.annotation.annotator import Annotator
from oncopipe.annotation.transcripts import GeneModels
from oncopipe.data.variants import Effect
from oncopipe.io.fasta import open_reference
from oncopipe.io.gff3 import read_gff3
from tests.gene_models import MadeGene, gff3_of, make_genes, random_alleles
from tests.sequence_files import write_fasta

SEEDS = (51, 52, 53, 54)
N_ALLELES = 3600
_HEADER = '##FORMAT=<ID=GT,Number=1,Type=String,Description="g">'


@dataclass(frozen=True)
class Made:
    """Contigs by name, genes by transcript, and calls left-aligned with one base of anchor, as VCFs are handed on."""

    folder: Path
    contigs: dict[str, str]
    genes: dict[str, MadeGene]
    annotator: Annotator
    calls: list[tuple[Change, int, str, str]]  # change, position (0-based), REF, ALT; sorted


def make(folder: Path) -> Made:
    contigs: dict[str, str] = {}
    genes: dict[str, MadeGene] = {}
    models = "##gff-version 3\n"
    alleles: list[tuple[str, int, str, str]] = []
    for number, seed in enumerate(SEEDS, 1):
        name = str(number)
        contigs[name], made = make_genes(seed)
        models += gff3_of(contigs[name], made, name).partition("\n")[2].replace("GENE", f"C{name}G")
        for gene in made:
            genes[gene.name.replace("GENE", f"TC{name}G")] = gene
        alleles += [(name, *a) for a in random_alleles(random.Random(seed), contigs[name], made, N_ALLELES)]
    write_fasta(folder / "made.fa", contigs)
    (folder / "made.gff3").write_text(models)
    reference = open_reference(folder / "made.fa")
    annotator = Annotator(reference, GeneModels(read_gff3(folder / "made.gff3", reference.lengths)))
    calls = {}
    for allele in alleles:
        change = change_of(annotator.sequence, *allele)
        assert change is not None
        calls[change.key] = _left_aligned(change, contigs[change.contig])
    order = sorted(calls.values(), key=lambda call: (call[0].contig, call[1:]))
    return Made(folder, contigs, genes, annotator, order)


def _left_aligned(change: Change, contig: str) -> tuple[Change, int, str, str]:
    if change.inserted and change.end > change.start:
        return change, change.start, contig[change.start : change.end], change.inserted
    anchor = contig[change.start - 1]
    return change, change.start - 1, anchor + contig[change.start : change.end], anchor + change.inserted


def ours(made: Made) -> list[dict[str, Effect]]:
    """For each call the effects by transcript (without version) that the change touches."""
    return [
        {e.transcript.partition(".")[0]: e for e in made.annotator.names(change, alt).effects if e.distance is None}
        for change, _, _, alt in made.calls
    ]


def _right_aligned(change: Change, contig: str) -> tuple[int, str, str]:
    start, end, inserted = change.shifted(change.n_shifts)
    if inserted and end > start:
        return start, contig[start:end], inserted
    return start - 1, contig[start - 1 : end], contig[start - 1] + inserted


def _write_calls(made: Made, *, right: bool = False) -> Path:
    lines = [
        "##fileformat=VCFv4.2",
        *(f"##contig=<ID={n},length={len(b)}>" for n, b in made.contigs.items()),
        _HEADER,
    ]
    lines.append("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tT")
    rows = []
    for number, (change, *call) in enumerate(made.calls):
        position, ref, alt = _right_aligned(change, made.contigs[change.contig]) if right else call
        rows.append((change.contig, position, f"{number}\t{ref}\t{alt}\t.\t.\t.\tGT\t0/1"))
    lines += [f"{contig}\t{position + 1}\t{rest}" for contig, position, rest in sorted(rows)]
    (made.folder / "calls.vcf").write_text("\n".join(lines) + "\n")
    return made.folder / "calls.vcf"


def snpeff(made: Made) -> list[dict[str, tuple[str, str, str]]]:
    """For each call: consequence, c. and p. name by transcript, from a database that snpEff builds of the same models."""
    program = shutil.which("snpEff")
    assert program
    home = made.folder / "data" / "made"
    home.mkdir(parents=True)
    shutil.copy(made.folder / "made.fa", home / "sequences.fa")
    text = (made.folder / "made.gff3").read_text()
    # snpEff takes the part of an ID before the colon for the feature, and knows no lnc_RNA.
    text = text.replace("transcript:T", "T").replace("gene:C", "C").replace(";version=1", "")
    (home / "genes.gff").write_text(text.replace("lnc_RNA", "transcript").replace("ncRNA_gene", "gene"))
    (made.folder / "snpEff.config").write_text("made.genome : made\n")
    common = ["-c", str(made.folder / "snpEff.config"), "-dataDir", str(made.folder / "data"), "-noLog"]
    build = [program, "build", "-gff3", *common, "-noCheckCds", "-noCheckProtein", "made"]
    subprocess.run(build, check=True, capture_output=True, timeout=300)
    name = [program, "ann", *common, "-noStats", "-noDownload", "made", str(_write_calls(made))]
    told = subprocess.run(name, check=True, capture_output=True, timeout=300, text=True).stdout
    found: list[dict[str, tuple[str, str, str]]] = [{} for _ in made.calls]
    for line in told.splitlines():
        cells = line.split("\t")
        if line.startswith("#") or len(cells) < 8:
            continue
        for entry in cells[7].partition("ANN=")[2].partition(";")[0].split(","):
            fields = entry.split("|")
            if len(fields) > 10 and fields[5] == "transcript":
                found[int(cells[2])].setdefault(fields[6], (fields[1], fields[9], fields[10]))
    return found


def csq(made: Made, *, right: bool = False) -> list[dict[str, frozenset[str]]]:
    """For each call the words of bcftools csq by transcript; `right`: of the calls at their rightmost place."""
    options = ("-l", "-p", "a", "-O", "v", "-f", str(made.folder / "made.fa"), "-g", str(made.folder / "made.gff3"))
    found: list[dict[str, frozenset[str]]] = [{} for _ in made.calls]
    # In a process of its own: csq keeps what it read last, and takes the next file for its continuation.
    program = "import sys, pysam.bcftools; sys.stdout.write(pysam.bcftools.csq(*sys.argv[1:]))"
    command = [sys.executable, "-c", program, *options, str(_write_calls(made, right=right))]
    told = subprocess.run(command, check=True, capture_output=True, timeout=300, text=True).stdout
    for line in told.splitlines():
        cells = line.split("\t")
        if line.startswith("#") or "BCSQ=" not in line:
            continue
        for entry in cells[7].partition("BCSQ=")[2].partition(";")[0].split(","):
            fields = entry.split("|")
            if len(fields) > 2 and "non_coding" not in fields[0]:
                # Of an intron csq names only the gene, which has one transcript here.
                found[int(cells[2])][f"T{fields[1]}"] = frozenset(fields[0].lstrip("*").split("&"))
    return found
