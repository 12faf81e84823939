"""Accuracy on real and simulated reads with a known truth; `make accuracy` prints the tables.

The bounds are what this release promises. The data are deterministic, so a change is a change of the caller.
"""

from __future__ import annotations

import zlib
from pathlib import Path

import pysam
import pytest

from oncopipe.calling import call_somatic, call_tumor_only
from oncopipe.io.bed import read_bed
from oncopipe.io.fasta import open_reference
from oncopipe.simulation.sets import RECIPES, make_recipe
from oncopipe.validation import Measured, TruthSet, known_sets, measure, report_of
from oncopipe.validation.bounds import bounds_table, judge, read_bounds
from oncopipe.validation.changes import calls_of, changes_between, read_calls, read_reasons
from oncopipe.validation.compare import is_indel, read_alleles

pytestmark = pytest.mark.real


GOLDEN = Path(__file__).parent.parent / "golden"
SETS = ("spike_train", "sim_train", "admix_f50", "admix_f20", "admix_f10")


@pytest.fixture(scope="module")
def measured(real_data: Path) -> dict[str, Measured]:
    """Each known set, called once."""
    return {truth_set.name: measure(truth_set, threads=2) for truth_set in known_sets(real_data)}


@pytest.mark.parametrize("name", SETS)
def test_known_set__keeps_its_bounds(measured: dict[str, Measured], name: str) -> None:
    rows = judge([measured[name]], read_bounds(GOLDEN / "bounds.tsv"))
    print(f"\n{report_of(measured[name])}\n{bounds_table(rows)}")
    assert len(rows) >= 3
    assert [row for row in rows if not row.holds] == []


def test_calls__no_truth_is_lost_without_a_reason(measured: dict[str, Measured]) -> None:
    """The data are deterministic, so a change is a change of the caller: each is named, whatever it is."""
    before, reasons = read_calls(GOLDEN / "calls.tsv"), read_reasons(GOLDEN / "reasons.tsv")
    assert {name for name, _ in before} == set(SETS)
    changes = changes_between(before, calls_of(measured.values()), SETS, reasons)
    print("\n".join(["", *map(str, changes), f"{len(changes)} calls gained or lost against the last released list"]))
    assert [str(change) for change in changes if change.is_unexplained] == []


def test_simulated_null_pair__gives_no_calls(real_data: Path, tmp_path: Path) -> None:
    """A half megabase of the null pair that `make accuracy` measures on ten: one person twice, stutter and paralogs."""
    recipe = next(r for r in RECIPES if r.name == "null").shortened(500_000)
    make_recipe(recipe, real_data / "genome" / "grch38.chr20_and_21_10M.fa.gz", tmp_path, 2)
    found = measure(TruthSet("null", tmp_path), threads=2)
    print(f"\n{report_of(found)}")
    assert found.comparison.false_positive == ()


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
    [("sim_train", True, 0.80, 10, 0), ("sim_train", False, 0.40, 8, 3), ("spike_train", True, 0.60, 10, 0)],
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
