"""Counts of the kernels equal plain counts over pysam's records, for any cut of the genome."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pysam
import pytest

from oncopipe.constants import BASES
from oncopipe.data.regions import Region, Regions
from oncopipe.io.bam import open_alignment
from oncopipe.io.fasta import open_reference
from oncopipe.io.sites import Sites
from oncopipe.options import QcOptions
from oncopipe.qc import collect, pileup_kernels
from oncopipe.qc.collect import collect_counts, count_sites
from oncopipe.qc.counts import READ_CLASSES, SampleCounts
from tests.reference import qc as plain
from tests.unit.qc_data import LENGTHS, genome, write_bam, write_reference

OPTIONS = QcOptions(coverage_thresholds=(1, 5, 12))
TARGETS = Regions((Region("chr1", 100, 900), Region("chr1", 2_990, 4_200), Region("chrX", 0, 3_000)))


@pytest.fixture(scope="module")
def bam(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_bam(tmp_path_factory.mktemp("qc") / "s.bam", genome(), n=600, seed=3)


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_reference(tmp_path_factory.mktemp("qc"), genome())


@pytest.fixture(scope="module")
def truth(bam: Path) -> dict[str, plain.PlainCounts]:
    with pysam.AlignmentFile(str(bam)) as file:
        return {name: plain.count_plainly(file.fetch(name), 20, 20) for name in LENGTHS}


def every_tenth_site() -> Sites:
    contigs = genome()
    rows = [
        (c, p, BASES.index(contigs[name][p]))
        for c, name in enumerate(("chr1", "chrX"))
        for p in range(5, LENGTHS[name], 10)
        if contigs[name][p] != "N"
    ]
    contig, position, ref = (np.array(column) for column in zip(*rows, strict=True))
    return Sites(
        contig.astype(np.int32),
        position.astype(np.int64),
        ref.astype(np.uint8),
        ((ref + 1) % 4).astype(np.uint8),
        np.full(len(rows), np.nan),
        0,
    )


def measure(bam: Path, reference: Path, regions: Regions | None = TARGETS, threads: int = 1) -> SampleCounts:
    with open_reference(reference) as genome_file, open_alignment(bam) as reader:
        return collect_counts(reader, genome_file, regions, every_tenth_site(), OPTIONS, threads)


def test_collect_counts__reads_and_insert_sizes(
    bam: Path, reference: Path, truth: dict[str, plain.PlainCounts]
) -> None:
    counts = measure(bam, reference)
    expected = [sum(t.reads[name] for t in truth.values()) for name in READ_CLASSES]
    expected[0] += 3  # the reads without a place
    assert counts.reads.tolist() == expected
    assert all(n > 0 for n in expected)
    sizes = {size: int(counts.insert_size[size]) for size in np.flatnonzero(counts.insert_size).tolist()}
    summed: dict[int, int] = {}
    for t in truth.values():
        for size, n in t.insert_size.items():
            summed[size] = summed.get(size, 0) + n
    assert sizes == summed


def test_collect_counts__depth_of_targets(bam: Path, reference: Path, truth: dict[str, plain.PlainCounts]) -> None:
    counts, contigs = measure(bam, reference), genome()
    every: list[int] = []
    for i, region in enumerate(TARGETS):
        known = [p for p in range(region.start, region.end) if contigs[region.contig][p] != "N"]
        depth = [truth[region.contig].depth[p] for p in known]
        every += depth
        assert counts.targets.n_bases[i] == len(known)
        assert counts.targets.depth_sum[i] == sum(depth)
        assert counts.targets.depth_min[i] == min(depth)
        assert counts.targets.n_at_least[i].tolist() == [sum(d >= t for d in depth) for t in (1, 5, 12)]
    assert counts.depth_histogram[: max(every) + 1].tolist() == np.bincount(every).tolist()
    assert counts.aligned_bases == sum(sum(t.depth.values()) for t in truth.values())


def test_collect_counts__substitutions_and_variants(
    bam: Path, reference: Path, truth: dict[str, plain.PlainCounts]
) -> None:
    counts, contigs = measure(bam, reference), genome()
    errors: Counter[tuple[int, str, str]] = Counter()
    bases: Counter[tuple[int, str]] = Counter()
    variants: set[tuple[str, int, str]] = set()
    for contig, t in truth.items():
        errors += plain.errors(t, contigs[contig])
        bases += plain.sampled_bases(t, contigs[contig])
    for region in TARGETS:
        t = truth[region.contig]
        for p in range(region.start, region.end):
            if contigs[region.contig][p] != "N":
                shown = plain.variant_bases(t.bases[p], contigs[region.contig][p], t.depth[p])
                variants |= {(region.contig, p, base) for base in shown}
    for read in (0, 1):
        for i, expected in enumerate(BASES):
            others = [j for j in range(4) if j != i]
            found = {(read, expected, BASES[j]): int(counts.substitutions[read, i, j]) for j in others}
            assert found == {key: errors[key] for key in found}
            assert counts.substitutions[read, i].sum() == 16 * bases[read, expected]
    assert sum(errors.values()) > 20
    v = counts.variants
    named = zip(v.contig.tolist(), v.position.tolist(), v.base.tolist(), strict=True)
    assert {(list(LENGTHS)[c], p, BASES[b]) for c, p, b in named} == variants
    assert len(variants) > 3


def test_collect_counts__fragments_at_sites(bam: Path, reference: Path, truth: dict[str, plain.PlainCounts]) -> None:
    counts, sites = measure(bam, reference), every_tenth_site()
    assert counts.sites is not None
    for i in range(len(sites)):
        names = truth[list(LENGTHS)[sites.contig[i]]].fragments[int(sites.position[i])]
        expected = plain.fragments_by_base(names)
        ref, alt = BASES[sites.reference[i]], BASES[sites.alternate[i]]
        assert counts.sites.reference[i] == expected[ref]
        assert counts.sites.alternate[i] == expected[alt]
        assert counts.sites.other[i] == sum(expected.values()) - expected[ref] - expected[alt]
    with open_reference(reference) as genome_file, open_alignment(bam) as reader:
        again = count_sites(reader, genome_file, sites, OPTIONS)
    assert (again.reference == counts.sites.reference).all()
    assert (again.other == counts.sites.other).all()


@pytest.mark.parametrize(("piece", "threads"), [(1_000_000, 2), (97, 1), (1_024, 2)])
def test_collect_counts__any_cut_and_any_threads_are_the_same(
    bam: Path, reference: Path, monkeypatch: pytest.MonkeyPatch, piece: int, threads: int
) -> None:
    whole = measure(bam, reference)
    monkeypatch.setattr(collect, "MAX_PIECE", piece)
    assert_equal(measure(bam, reference, threads=threads), whole)


def test_collect_counts__without_regions_the_genome_is_the_target(bam: Path, reference: Path) -> None:
    counts = measure(bam, reference, None)
    assert [str(region) for region in counts.targets.regions] == ["chr1:1-6000", "chrX:1-3000", "decoy:1-800"]
    assert int(counts.targets.n_bases.sum()) == sum(LENGTHS.values()) - 40


def test_collect_counts__order_of_contigs_in_the_reference_does_not_matter(bam: Path, tmp_path: Path) -> None:
    turned = write_reference(tmp_path, dict(reversed(genome().items())))
    with open_reference(turned) as genome_file, open_alignment(bam) as reader:
        counts = collect_counts(reader, genome_file, None, None, OPTIONS)
    assert [region.contig for region in counts.targets.regions] == ["decoy", "chrX", "chr1"]
    with open_reference(turned) as genome_file, open_alignment(bam) as reader:
        regions = Regions(tuple(sorted(TARGETS, key=lambda r: -len(r.contig))))
        chosen = collect_counts(reader, genome_file, regions, None, OPTIONS)
    assert chosen.targets.depth_sum.sum() > 0


def test_collect_counts__reads_on_contigs_that_the_reference_lacks_are_counted(
    bam: Path, reference: Path, tmp_path: Path
) -> None:
    smaller = write_reference(tmp_path, {name: bases for name, bases in genome().items() if name != "decoy"})
    with open_reference(smaller) as genome_file, open_alignment(bam) as reader:
        counts = collect_counts(reader, genome_file, TARGETS, None, OPTIONS)
    whole = measure(bam, reference)
    assert counts.reads.tolist() == whole.reads.tolist()
    assert counts.aligned_bases == whole.aligned_bases


def test_kernels__equal_their_python(bam: Path, reference: Path) -> None:
    with open_reference(reference) as genome_file, open_alignment(bam) as reader:
        batch, codes = reader.read(Region("chr1", 300, 700)), genome_file.codes("chr1", 300, 700)
    outputs = []
    for name in ("compiled", "plain"):
        k = {n: getattr(pileup_kernels, n) for n in ("tally_reads", "fold_targets", "bases_at_sites")}
        if name == "plain":
            k = {n: kernel.py_func for n, kernel in k.items()}
        out = [np.zeros(8, np.int64), np.zeros(500, np.int64)]
        out += [np.zeros((2, 5), np.int64), np.zeros(30, np.int64), np.zeros((2000, 3), np.int64)]
        k["tally_reads"](batch.columns, 300, 700, 20, out[0], out[1])
        spans, depth = np.array([[0, 90], [100, 400]]), np.arange(400, dtype=np.int32) % 23
        k["fold_targets"](depth, codes, spans, np.array([1, 8]), out[2], out[3])
        n = k["bases_at_sites"](batch.buffer, batch.columns, np.arange(300, 700, 7), 20, 20, out[4])
        outputs.append([*out, np.array([n])])
    for compiled, python in zip(*outputs, strict=True):
        assert (compiled == python).all()
    assert all(np.any(out) for out in outputs[0])


def test_kernels__take_no_reads_and_a_single_one(reference: Path, tmp_path: Path) -> None:
    for n in (0, 1):
        bam = write_bam(tmp_path / f"{n}.bam", genome(), n=n, seed=5, n_unplaced=0)
        counts = measure(bam, reference)
        assert counts.targets.n_bases.sum() > 0
        assert counts.reads[0] <= 2 * n


def assert_equal(one: SampleCounts, other: SampleCounts) -> None:
    for name in ("reads", "insert_size", "depth_histogram", "substitutions"):
        assert (getattr(one, name) == getattr(other, name)).all(), name
    for name in ("n_bases", "depth_sum", "depth_min", "n_at_least"):
        assert (getattr(one.targets, name) == getattr(other.targets, name)).all(), name
    for name in ("contig", "position", "base", "count", "depth"):
        assert (getattr(one.variants, name) == getattr(other.variants, name)).all(), name
    assert one.sites is not None
    assert other.sites is not None
    assert (one.sites.reference == other.sites.reference).all()
    assert (one.sites.alternate == other.sites.alternate).all()
    assert one.aligned_bases == other.aligned_bases
