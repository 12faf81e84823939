"""Accuracy on real and simulated reads with a known truth; `make accuracy` prints the tables.

The bounds are what this release promises. The data are deterministic, so a change is a change of the caller.
"""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import pysam
import pytest

from oncopipe.calling import call_somatic, call_tumor_only, collect_reads, fit, score_evidence, write_calls
from oncopipe.data.evidence import ALT, NORMAL
from oncopipe.io.bed import read_bed
from oncopipe.io.fasta import open_reference
from oncopipe.options import CallOptions
from oncopipe.validation import compare_calls, metrics_of
from oncopipe.validation.compare import is_indel, read_alleles
from oncopipe.validation.metrics import table_of

pytestmark = pytest.mark.real


def measured(data: Path, name: str, tumor: str, truth: str, folder: Path) -> tuple[dict[str, Any], int]:
    """Metrics of one data set, and how many PASS calls the germline truth holds."""
    there, options = data / name, CallOptions()
    files = (there / f"{tumor}.bam", there / "normal.bam", there / "reference.fa.gz", there / "regions.bed")
    collected = collect_reads(*files, options, threads=2)
    model = fit(collected, options)
    calls = score_evidence(collected, model, options)
    write_calls(calls, model, options, folder / "calls.vcf.gz", None)
    with open_reference(there / "reference.fa.gz") as genome:
        regions = read_bed(there / "regions.bed", genome.lengths)
        comparison = compare_calls(there / truth, folder / "calls.vcf.gz", genome, regions)
    passed = calls.select(calls.is_pass).evidence
    in_normal = passed.allele_depth(NORMAL, ALT) >= 0.2 * passed.depth(NORMAL).clip(1)
    return metrics_of(comparison), int(in_normal.sum())


@pytest.mark.parametrize(
    ("name", "tumor", "truth", "snv_f1", "indel_f1"),
    [
        ("spike_train", "tumor", "truth.vcf.gz", 0.79, 0.81),
        ("sim_train", "tumor", "truth.vcf.gz", 0.92, 0.95),
    ],
)
def test_f1__is_above_the_promise(
    real_data: Path, tmp_path: Path, name: str, tumor: str, truth: str, snv_f1: float, indel_f1: float
) -> None:
    metrics, germline = measured(real_data, name, tumor, truth, tmp_path)
    print(f"\n{name} {tumor}, germline among the calls: {germline}\n{table_of(metrics)}")
    assert metrics["snv"]["f1"] >= snv_f1
    assert metrics["indel"]["f1"] >= indel_f1
    assert germline == 0


@pytest.mark.parametrize(("tumor", "recall", "false"), [("f50", 0.95, 6), ("f20", 0.85, 4), ("f10", 0.50, 4)])
def test_admixture__snv_recall_and_false_calls(
    real_data: Path, tmp_path: Path, tumor: str, recall: float, false: int
) -> None:
    """Two people mixed: contamination by construction, with the gates that would say so turned off."""
    metrics, _ = measured(real_data, "admix", f"tumor_{tumor}", "truth.vcf", tmp_path)
    print(f"\nadmix {tumor}\n{table_of(metrics)}")
    assert metrics["snv"]["recall"] >= recall
    assert metrics["snv"]["fp"] <= false


def test_swapped_samples__give_few_calls(real_data: Path) -> None:
    """The normal against the tumor: nothing is somatic there."""
    there = real_data / "sim_train"
    calls = call_somatic(
        there / "normal.bam", there / "tumor.bam", there / "reference.fa.gz", there / "regions.bed", threads=2
    )
    n = int(calls.is_pass.sum())
    print(f"\nsim_train, normal against tumor: {n} calls in 0.9 Mb")
    assert n <= 5


def two_halves(source: Path, folder: Path) -> list[Path]:
    """The reads of a BAM dealt to two samples by their names: a pair without any somatic variant."""
    with pysam.AlignmentFile(str(source)) as reads:
        header = reads.header.to_dict()
        paths, files = [folder / f"{name}.bam" for name in ("A", "B")], []
        for path in paths:
            groups = [{**group, "SM": path.stem} for group in header["RG"]]
            files.append(pysam.AlignmentFile(str(path), "wb", header={**header, "RG": groups}))
        for read in reads:
            files[zlib.crc32((read.query_name or "").encode()) & 1].write(read)
        for file in files:
            file.close()
    for path in paths:
        pysam.index(str(path))
    return paths


@pytest.mark.parametrize(("name", "most"), [("sim_train", 0), ("spike_train", 1)])
def test_null_pair__gives_hardly_a_call(real_data: Path, tmp_path: Path, name: str, most: int) -> None:
    """Half of a normal against its other half, both ways round, with the learned prior."""
    there = real_data / name
    halves = two_halves(there / "normal.bam", tmp_path)
    files = (there / "reference.fa.gz", there / "regions.bed")
    for pair in (halves, halves[::-1]):
        n = int(call_somatic(*pair, *files, threads=2).is_pass.sum())
        print(f"\n{name}, {pair[0].stem} against {pair[1].stem}, halves of its normal: {n} calls")
        assert n <= most


def population_of(germline: Path, folder: Path) -> Path:
    """A population resource that lists the germline variants of a set, each common."""
    lines = [
        "##fileformat=VCFv4.3",
        '##INFO=<ID=AF,Number=A,Type=Float,Description="f">',
        "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO",
    ]
    with pysam.VariantFile(str(germline)) as file:
        lines[1:1] = [f"##contig=<ID={name}>" for name in file.header.contigs]
        for v in file:
            frequencies = ",".join("0.05" for _ in v.alts or ())
            lines.append(f"{v.chrom}\t{v.pos}\t.\t{v.ref}\t{','.join(v.alts or ())}\t.\t.\tAF={frequencies}")
    (folder / "population.vcf").write_text("\n".join(lines) + "\n")
    return folder / "population.vcf"


@pytest.mark.parametrize(
    ("name", "with_population", "snv_recall", "snv_false", "germline"),
    [("sim_train", True, 0.65, 10, 0), ("sim_train", False, 0.10, 5, 3), ("spike_train", True, 0.60, 10, 0)],
)
def test_tumor_only__keeps_germline_out(
    real_data: Path,
    tmp_path: Path,
    name: str,
    with_population: bool,
    snv_recall: float,
    snv_false: int,
    germline: int,
) -> None:
    there = real_data / name
    population = population_of(there / "germline.vcf.gz", tmp_path) if with_population else None
    files = (there / "tumor.bam", there / "reference.fa.gz", there / "regions.bed")
    calls = call_tumor_only(*files, germline_resource=population, threads=2)
    with open_reference(there / "reference.fa.gz") as genome:
        regions = read_bed(there / "regions.bed", genome.lengths)
        truth, inherited = (
            set(read_alleles(there / f"{kind}.vcf.gz", genome, regions)) for kind in ("truth", "germline")
        )
    e = calls.select(calls.is_pass).evidence
    names = list(calls.contigs)
    passed = set(zip((names[c] for c in e.contig), e.position.tolist(), e.reference, e.alternate, strict=True))
    snvs = {allele for allele in passed if not is_indel(allele)}
    n_truth = sum(not is_indel(allele) for allele in truth)
    found, wrong, leaked = len(snvs & truth), len(snvs - truth - inherited), len((passed & inherited) - truth)
    told = calls.germline_from
    print(
        f"\n{name} tumor-only ({told}): SNVs {found} of {n_truth}, {wrong} false; germline alleles that pass: {leaked}"
    )
    assert found >= snv_recall * n_truth
    assert wrong <= snv_false
    assert leaked <= germline
