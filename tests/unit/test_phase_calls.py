"""Calls near each other, planted on the same molecules and on others: what the VCF says, and that names follow it."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pysam
import pytest

from oncopipe.annotation.annotator import annotate
from oncopipe.calling.candidates import is_simple, sites_at
from oncopipe.calling.collect import PADDING
from oncopipe.calling.gather_kernels import N_OBSERVATION_COLUMNS, O_ALLELE, O_END, O_NAME, O_QUALITY, O_START
from oncopipe.calling.phase import count_together
from oncopipe.cli.main import main
from oncopipe.data.phase import Link, phases_of, relation_of
from oncopipe.data.regions import Region
from oncopipe.io.annotated_vcf import read_annotated
from oncopipe.io.bam import Room, open_alignment
from oncopipe.io.fasta import open_reference
from oncopipe.pileup import difference_kernels as d
from oncopipe.pileup.pileup import read_pileup
from tests.gene_models import MadeGene, write_genome
from tests.pairs import Clones, Planted, random_genome, write_bam
from tests.sequence_files import write_fasta

SWAP = {"A": "G", "C": "T", "G": "A", "T": "C"}
GENOME = random_genome(61)
DISTANCES = (1, 2, 7, 21, 60, 120, 180, 250)


def snv(position: int) -> Planted:
    return Planted(position, GENOME[position], SWAP[GENOME[position]], 0.0)


def deletion(position: int) -> Planted:
    """Three bases in unique sequence, left-aligned."""
    while GENOME[position] == GENOME[position + 3]:
        position += 1
    return Planted(position, GENOME[position : position + 4], GENOME[position], 0.0)


def insertion(position: int) -> Planted:
    base = next(b for b in "ACGT" if b not in (GENOME[position], GENOME[position + 1]))
    return Planted(position, GENOME[position], GENOME[position] + base + base, 0.0)


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(list(arguments))
    return int(left.value.code or 0)


Records = dict[tuple[int, str], pysam.VariantRecord]  # by 0-based position and alternate allele


def call(folder: Path, fasta: Path, genome: str, clones: Clones, depth: int) -> Path:
    """The VCF of a pair whose tumor has these clones."""
    tumor = write_bam(folder / "t.bam", genome, "T", (), depth, 7, clones)
    normal = write_bam(folder / "n.bam", genome, "N", (), depth // 2, 8)
    flags = ["--tumor", str(tumor), "--normal", str(normal), "--reference", str(fasta)]
    assert run("call", "somatic", *flags, "--output", str(folder / "c.vcf.gz")) == 0
    return folder / "c.vcf.gz"


def called(folder: Path, clones: Clones, *, depth: int = 100) -> Records:
    """What passes of such a pair on our genome."""
    fasta = write_fasta(folder / "g.fa", {"chr1": GENOME})
    with pysam.VariantFile(str(call(folder, fasta, GENOME, clones, depth))) as vcf:
        return {(r.start, str((r.alts or ("",))[0])): r for r in vcf if "PASS" in r.filter}


def link(record: pysam.VariantRecord, other: Planted) -> tuple[str, int, int, int] | None:
    """Relation and counts that a record tells of another allele."""
    for text in record.info.get("PHASE", ()):
        name, relation, *counts = text.split("|")
        if name == f"{other.position + 1}_{other.reference}_{other.alternate}":
            return (relation, *map(int, counts))
    return None


def told_of(records: Records, first: Planted, second: Planted) -> tuple[str, int, int, int]:
    """What the record of the first allele tells of the second; the second's tells the same from its side."""
    a, b = (records[v.position, v.alternate] for v in (first, second))
    told = link(a, second)
    assert told is not None
    assert link(b, first) == (told[0], told[1], told[3], told[2])
    return told


# Pairs at all distances, more than 1,000 bases apart from each other.
PAIRS = [(snv(600 + 1300 * i), snv(600 + 1300 * i + distance)) for i, distance in enumerate(DISTANCES)]
of_each_pair = pytest.mark.parametrize(("first", "second"), PAIRS, ids=map(str, DISTANCES))


@pytest.fixture(scope="module")
def cis(tmp_path_factory: pytest.TempPathFactory) -> Records:
    both = tuple(allele for pair in PAIRS for allele in pair)
    return called(tmp_path_factory.mktemp("cis"), ((0.35, both),))


@pytest.fixture(scope="module")
def trans(tmp_path_factory: pytest.TempPathFactory) -> Records:
    one, other = (tuple(pair[i] for pair in PAIRS) for i in (0, 1))
    return called(tmp_path_factory.mktemp("trans"), ((0.35, one), (0.35, other)))


@of_each_pair
def test_phase_calls__tells_alleles_of_the_same_molecules(cis: Records, first: Planted, second: Planted) -> None:
    relation, both, *alone = told_of(cis, first, second)
    assert relation == "cis"
    assert both >= 2 and sum(alone) <= 2  # a misread base now and then
    for record in (cis[v.position, v.alternate] for v in (first, second)):
        sample = record.samples["T"]
        assert sample.phased and sample["GT"] == (0, 1)
        assert (sample["PGT"], sample["PS"]) == ("0|1", first.position + 1)
        assert sample["PID"] == f"{first.position + 1}_{first.reference}_{first.alternate}"
        assert record.samples["N"]["PS"] is None


@of_each_pair
def test_phase_calls__tells_alleles_of_different_molecules(trans: Records, first: Planted, second: Planted) -> None:
    relation, both, *alone = told_of(trans, first, second)
    assert relation == "trans"
    assert both == 0 and min(alone) >= 2
    record = trans[first.position, first.alternate]
    assert "PS" not in record.format and not record.samples["T"].phased


def test_phase_calls__tells_clones_within_clones_and_across(tmp_path: Path) -> None:
    """Nested: 15 % of the molecules carry both, 25 % the first alone. Across: both, and each alone, on two haplotypes."""
    nested, across = (snv(1000), snv(1040)), (snv(4000), snv(4040))
    clones = (
        (0.15, (*nested, *across)),
        (0.15, (nested[0], across[0])),
        (0.15, (nested[0], across[1])),
    )
    records = called(tmp_path, clones, depth=150)
    inside = link(records[nested[1].position, nested[1].alternate], nested[0])
    overlapping = link(records[across[0].position, across[0].alternate], across[1])
    assert inside is not None and overlapping is not None
    assert inside[0] == "cis" and inside[1] > 10 and inside[2] == 0 and inside[3] > 15
    assert overlapping[0] == "mixed" and min(overlapping[1:]) > 5
    # Neither is one event: a codon must not be read as if one molecule had both.
    assert not any("PS" in record.format for record in records.values())


def test_phase_calls__joins_indels_with_substitutions(tmp_path: Path) -> None:
    """An indel and an SNV on the same molecules and on others, and three alleles in one phase set."""
    together = (snv(1000), deletion(1060), insertion(1120))
    gone, beside = deletion(4000), snv(4040)
    records = called(tmp_path, ((0.3, (*together, gone)), (0.3, (beside,))))
    of = {v: records[v.position, v.alternate] for v in (*together, gone, beside)}
    assert {of[v].samples["T"]["PS"] for v in together} == {together[0].position + 1}
    for one, other in product(together, together):
        told = link(of[one], other)
        assert (told is None) if one is other else (told is not None and told[0] == "cis" and told[1] >= 2)
    apart = link(of[gone], beside)
    assert apart is not None and apart[:2] == ("trans", 0) and "PS" not in of[gone].format


def test_phase_calls__says_nothing_of_alleles_that_no_molecule_shows_together(tmp_path: Path) -> None:
    far = (snv(2000), snv(2900))
    records = called(tmp_path, ((0.4, far),))
    assert all("PHASE" not in record.info for record in records.values())
    assert len(records) == 2


def test_call_score__phases_as_the_command_that_does_all(tmp_path: Path) -> None:
    clones = ((0.3, (snv(1000), snv(1001), snv(1060))),)
    called(tmp_path, clones)
    at = {name: str(tmp_path / name) for name in ("t.bam", "n.bam", "g.fa", "e.parquet", "m.json", "s.vcf.gz")}
    reads = ["--tumor", at["t.bam"], "--reference", at["g.fa"]]
    assert run("call", "collect", *reads, "--normal", at["n.bam"], "--output", at["e.parquet"]) == 0
    assert run("call", "fit", "--evidence", at["e.parquet"], "--output", at["m.json"]) == 0
    given = ["--evidence", at["e.parquet"], "--model", at["m.json"], "--output", at["s.vcf.gz"]]
    assert run("call", "score", *given, *reads) == 0
    assert Path(at["s.vcf.gz"]).read_bytes() == (tmp_path / "c.vcf.gz").read_bytes()
    assert run("call", "score", *given, "--tumor", at["n.bam"], "--reference", at["g.fa"]) != 0
    assert run("call", "score", *given, "--tumor", at["t.bam"]) != 0


def fragments(*rows: tuple[int, int, int, int]) -> np.ndarray:
    """Observations of (name, allele, start, quality), 300 bases long."""
    told = np.zeros((len(rows), N_OBSERVATION_COLUMNS), np.int64)
    for i, (name, allele, start, quality) in enumerate(rows):
        told[i, [O_NAME, O_ALLELE, O_START, O_END, O_QUALITY]] = name, allele, start, start + 300, quality
    return told


def test_count_together__counts_molecules_that_show_both_places() -> None:
    first = fragments((1, 1, 0, 30), (2, 1, 5, 30), (3, 0, 9, 30), (4, 1, 12, 30), (7, 1, 30, 30))
    second = fragments((1, 1, 0, 30), (2, 0, 5, 30), (3, 1, 9, 30), (6, 1, 25, 30), (7, 2, 30, 30))
    assert count_together(first, second, collapse=True) == (1, 2, 1)
    assert count_together(first[:0], second, collapse=True) == (0, 0, 0)


def test_count_together__takes_copies_as_one_molecule() -> None:
    first = fragments(*((name, 1, 0, 30) for name in range(4)), (9, 1, 50, 30))
    second = fragments(*((name, int(name < 3), 0, 30) for name in range(4)), (9, 0, 50, 30))
    assert count_together(first, second, collapse=True) == (1, 1, 0)
    assert count_together(first, second, collapse=False) == (3, 2, 0)


@pytest.mark.parametrize("both", range(8))
@pytest.mark.parametrize("alone", range(8))
def test_relation_of__is_the_same_seen_from_either_side(both: int, alone: int) -> None:
    for other in range(8):
        assert relation_of(both, alone, other) == relation_of(both, other, alone)
    if both == 0:
        assert relation_of(0, alone, 50) == ("trans" if alone >= 2 else "unknown")
    if alone == 0:
        assert relation_of(both, 0, 50) == ("cis" if both >= 2 else "unknown")


def test_phases_of__keeps_events_apart_where_a_pair_says_so() -> None:
    """A with B and B with C are hardly one without the other, but A and C are often apart: only the nearer pair joins."""
    a, b, c = ((0, at, "A", "C") for at in (10, 12, 20))
    phases = phases_of({(a, b): (10, 1, 1), (b, c): (10, 1, 1), (a, c): (7, 3, 3)})
    assert phases.events == {a: a, b: a}
    assert phases.links[c] == (Link(a, 7, 3, 3), Link(b, 10, 1, 1))


def test_sites_at__gives_the_codes_of_alleles_that_reads_show(tmp_path: Path) -> None:
    """An allele that is given by name has the kernel's own code, so that reads are found to carry it."""
    alleles = (snv(1000), deletion(1500), insertion(2000))
    fasta = write_fasta(tmp_path / "g.fa", {"chr1": GENOME})
    bam = write_bam(tmp_path / "t.bam", GENOME, "T", (), 30, 7, ((0.9, alleles),))
    with open_reference(fasta) as genome, open_alignment(bam) as reader:
        region = Region("chr1", 900, 2100)
        pileup = read_pileup(
            reader, region, lambda a, b: genome.codes("chr1", a, b), (20, 13), padding=PADDING, room=Room()
        )
    sites = sites_at([(v.position, v.reference, v.alternate) for v in alleles], pileup.codes, pileup.codes_start)
    for kind, at in ((d.KIND_DELETION, 1), (d.KIND_INSERTION, 2)):
        seen = pileup.indels[:, pileup.indels[d.INDEL_KIND] == kind]
        assert set(seen[d.INDEL_CODE].tolist()) == {int(sites.matrix[at, 3])}
        assert set(seen[d.INDEL_POSITION].tolist()) == {int(sites.matrix[at, 0])}


@pytest.mark.parametrize(
    ("reference", "alternate", "expected"),
    [("A", "C", True), ("A", "A", False), ("AC", "A", True), ("A", "ACG", True), ("AC", "GT", False), ("AC", "G", False),
     ("A", "<DEL>", False), ("N", "A", False), ("ACG", "AC", False)],
)  # fmt: skip
def test_is_simple__takes_what_reads_can_be_asked_for(reference: str, alternate: str, expected: bool) -> None:
    assert is_simple(reference, alternate) is expected


def test_annotate__joins_a_codon_from_the_vcf_alone(tmp_path: Path) -> None:
    """Two substitutions of one codon, in cis and then in trans: named together only in cis, without any reads at hand."""
    for name, is_cis in (("cis", True), ("trans", False)):
        folder = tmp_path / name
        folder.mkdir()
        cds = "ATG" + "GTGACTTCC" * 12 + "TAA"
        contig = GENOME[:3000] + cds + GENOME[3000 + len(cds) :]
        fasta, genes = write_genome(
            folder, contig, [MadeGene("G", "+", [(2990, 3200)], (3000, 3000 + len(cds)))], "chr1"
        )
        first, second = Planted(3030, contig[3030], "A", 0), Planted(3031, contig[3031], "A", 0)
        assert contig[3030:3033] == "GTG"  # valine 11 becomes lysine only by both
        clones = ((0.4, (first, second)),) if is_cis else ((0.3, (first,)), (0.3, (second,)))
        annotate(call(folder, fasta, contig, clones, 80), fasta, genes, folder / "a.vcf.gz")
        names = [v.effects[0].hgvs_p for v in read_annotated(folder / "a.vcf.gz").variants if v.is_pass]
        assert names == (["p.Val11Lys"] * 2 if is_cis else ["p.Val11Met", "p.Val11Glu"])
