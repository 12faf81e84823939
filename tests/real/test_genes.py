"""Reads simulated over the real sequence and gene models of EGFR and BRAF, to the report: named exactly, evidence found."""

from __future__ import annotations

import gzip
from pathlib import Path

import pysam
import pytest

from oncopipe.alignment import Lane, align_reads
from oncopipe.annotation import annotate
from oncopipe.calling import collect_reads, fit, score_evidence, write_calls
from oncopipe.data.findings import Findings, Quality
from oncopipe.data.samples import Sample
from oncopipe.interpretation import interpret
from oncopipe.interpretation.interpret import identity_of
from oncopipe.io.annotated_vcf import read_annotated
from oncopipe.knowledge.sources import import_source, read_knowledge
from oncopipe.options import CallOptions, InterpretOptions
from oncopipe.report import write_report
from oncopipe.simulation.reads import MadeVariant, simulate, write_fastq

pytestmark = pytest.mark.real

# 1-based places on GRCh37, as the data's own description gives them.
PLANTED = {
    "T790M": (55249071, "C", "T", "EGFR", "p.T790M"),
    "L858R": (55259515, "T", "G", "EGFR", "p.L858R"),
    "V600E": (140453136, "A", "T", "BRAF", "p.V600E"),
}


@pytest.fixture(scope="module")
def findings(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Findings, str]:
    folder = tmp_path_factory.mktemp("genes")
    genome = slices(real_data / "genes" / "chr7_slices.GRCh37.fa.gz", folder / "chr7.fa")
    variants = [MadeVariant("chr7", p - 1, r, a, 0.3) for p, r, a, *_ in PLANTED.values()]
    targets = [("chr7", v.position - 400, v.position + 400) for v in variants]
    (folder / "targets.bed").write_text("".join(f"{c}\t{a}\t{b}\n" for c, a, b in targets))
    windows = {f"w{v.position}": (v.position - 2000, v.position + 2000) for v in variants}
    (folder / "windows.fa").write_text("".join(f">{name}\n{genome[a:b]}\n" for name, (a, b) in windows.items()))
    bams = []
    for sample, carried, depth in (("T", variants, 100), ("N", [], 60)):
        pairs = list(simulate({"chr7": genome}, targets, {}, carried, depth, 17, sample))
        files = folder / f"{sample}_1.fq.gz", folder / f"{sample}_2.fq.gz"
        write_fastq(pairs, *files)
        align_reads([Lane(*files)], folder / "windows.fa", folder / f"{sample}.w.bam", sample=sample, patient="P")
        bams.append(lifted(folder / f"{sample}.w.bam", folder / f"{sample}.bam", windows, len(genome)))
    options = CallOptions()
    collected = collect_reads(*bams, folder / "chr7.fa", folder / "targets.bed", options)
    model = fit(collected, options)
    write_calls(score_evidence(collected, model, options), model, options, folder / "c.vcf.gz", None)
    annotate(
        folder / "c.vcf.gz", folder / "chr7.fa", real_data / "genes" / "egfr_braf.GRCh37.gff3", folder / "a.vcf.gz"
    )
    import_source("civic", real_data / "knowledge" / "civic_2021-02", folder / "knowledge", "2021-02")
    identity = identity_of(Sample("P", "T", "tumor", diagnosis="LUAD"), "N", None)
    quality = Quality(status="PASS", sentence="Not measured here.", metrics=[])
    made = interpret(
        read_annotated(folder / "a.vcf.gz"),
        identity,
        quality,
        read_knowledge(folder / "knowledge"),
        InterpretOptions(),
    )
    write_report(made, folder / "report.html")
    return made, (folder / "report.html").read_text()


def lifted(source: Path, output: Path, windows: dict[str, tuple[int, int]], length: int) -> Path:
    """Alignments to the windows moved to their place on chr7: indexing 159 Mb of N for an aligner takes minutes."""
    with pysam.AlignmentFile(str(source)) as file:
        header = file.header.to_dict() | {"SQ": [{"SN": "chr7", "LN": length}]}
        starts = [windows[name][0] for name in file.references]
        with pysam.AlignmentFile(str(output), "wb", header=header) as out:
            for read in file:
                if read.is_unmapped or read.mate_is_unmapped or read.reference_id != read.next_reference_id:
                    continue
                start = starts[read.reference_id]
                read.reference_start, read.next_reference_start = (
                    read.reference_start + start,
                    read.next_reference_start + start,
                )
                read.reference_id = read.next_reference_id = 0
                read.set_tag("SA", None)
                out.write(read)
    pysam.index(str(output))
    return output


def slices(path: Path, output: Path) -> str:
    """The contig, with the two long runs of N around the slices kept, so that coordinates are the real ones."""
    with gzip.open(path, "rt") as file:
        text = file.read()
    output.write_text(text)
    pysam.faidx(str(output))
    with pysam.FastaFile(str(output)) as fasta:
        return str(fasta.fetch("chr7")).upper()


@pytest.mark.parametrize("name", list(PLANTED))
def test_genes__are_named_exactly_and_matched_to_civic(findings: tuple[Findings, str], name: str) -> None:
    made, html = findings
    position, reference, alternate, gene, p = PLANTED[name]
    (found,) = (v for v in made.variants if v.position == position)
    assert (found.reference, found.alternate, found.gene, found.hgvs_p_short) == (reference, alternate, gene, p)
    assert (found.tier.tier, found.tier.level) == ("I", "A")
    exact = [e for e in found.evidence if e.source == "civic" and e.match == "exact" and e.variant == name]
    assert len(exact) > 5 and all(e.checked and e.evidence_id for e in exact)
    identifier = exact[0].evidence_id
    assert identifier and p.removeprefix("p.") in html and identifier in html


def test_genes__nothing_else_is_actionable(findings: tuple[Findings, str]) -> None:
    made, _ = findings
    assert {v.hgvs_p_short for v in made.actionable()} == {p for *_, p in PLANTED.values()}
