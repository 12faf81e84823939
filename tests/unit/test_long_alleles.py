"""Long insertions, deletions and tandem duplications, seen through clipped reads."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pysam
import pytest

from oncopipe.calling import assembly_kernels, call_somatic, call_tumor_only, collect_reads
from oncopipe.calling.long_alleles import is_long
from oncopipe.data.calls import Calls
from oncopipe.data.evidence import ALT, NORMAL, TUMOR
from oncopipe.data.regions import Region, Regions
from oncopipe.explain.reads import count_reads
from oncopipe.explain.whole_reads import is_told_by_whole_reads
from oncopipe.io.bed import write_bed
from oncopipe.io.evidence import read_collected, write_collected
from oncopipe.options import CallOptions
from tests.long_pairs import LongPair, deletion, duplication, insertion, make_long_pair
from tests.pairs import random_genome
from tests.reference.collect import left_aligned
from tests.sequence_files import write_bam_of


@pytest.fixture(scope="module")
def long_pair(tmp_path_factory: pytest.TempPathFactory) -> LongPair:
    return make_long_pair(tmp_path_factory.mktemp("long"), 71)


@pytest.fixture(scope="module")
def long_calls(long_pair: LongPair) -> Calls:
    return call_somatic(long_pair.tumor, long_pair.normal, long_pair.fasta)


def named(pair: LongPair, *, somatic: bool) -> list[tuple[int, str, str]]:
    chosen = [a for a in pair.alleles if (a.normal == 0) == somatic]
    return sorted(left_aligned(pair.genome, a.position, a.reference, a.alternate) for a in chosen)


def passed(calls: Calls) -> list[tuple[int, str, str]]:
    e = calls.evidence
    return [(int(e.position[i]), e.reference[i], e.alternate[i]) for i in np.flatnonzero(calls.is_pass)]


def test_call_somatic__writes_each_long_allele_once_and_no_inherited_one(
    long_pair: LongPair, long_calls: Calls
) -> None:
    assert passed(long_calls) == named(long_pair, somatic=True)


def test_call_somatic__counts_long_alleles_near_their_fraction(long_pair: LongPair, long_calls: Calls) -> None:
    e, planted = long_calls.evidence, {}
    for a in long_pair.alleles:
        planted[left_aligned(long_pair.genome, a.position, a.reference, a.alternate)] = a
    seen = 0
    for i in range(len(e)):
        allele = planted.get((int(e.position[i]), e.reference[i], e.alternate[i]))
        if allele is None:
            continue
        seen += 1
        for sample, fraction in ((TUMOR, allele.tumor), (NORMAL, allele.normal)):
            counts = e.counts[i, sample].sum(axis=(1, 2))
            share = counts[ALT] / counts.sum()
            spread = 3 * np.sqrt(max(fraction, 0.02) / counts.sum())
            assert fraction - spread <= share <= fraction + spread, (allele.position, counts)
    assert seen == len(planted)


@pytest.mark.parametrize("seed", range(3))
def test_collect__long_alleles_are_the_same_for_any_partition(long_pair: LongPair, seed: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(seed)
    end = len(long_pair.genome)
    cuts = {0, end, *rng.integers(1, end, 5).tolist()}
    for a in long_pair.alleles:  # beside anchors and inside alleles
        cuts |= {a.position + int(rng.integers(-2, 3)), a.position + int(rng.integers(0, 300))}
    edges = sorted(cuts)
    written = []
    for name, parts in (("whole", [(0, end)]), ("cut", list(itertools.pairwise(edges)))):
        files = []
        for i, (a, b) in enumerate(parts):
            bed = tmp_path / f"{name}{i}.bed"
            write_bed(bed, Regions((Region("chr1", a, b),)))
            files.append(tmp_path / f"{name}{i}.parquet")
            write_collected(collect_reads(long_pair.tumor, long_pair.normal, long_pair.fasta, bed), files[-1])
        write_collected(read_collected(files), tmp_path / f"{name}.parquet")
        written.append((tmp_path / f"{name}.parquet").read_bytes())
    assert written[0] == written[1]


@pytest.fixture(scope="module")
def novel_pair(tmp_path_factory: pytest.TempPathFactory) -> LongPair:
    """Insertions of sequence that the reference lacks, somatic and inherited, beside an inherited duplication."""
    seed = 73
    genome, foreign = random_genome(seed, 16_000), random_genome(99, 2_000)
    alleles = (
        insertion(genome, 2000, foreign[:40], 0.3),
        insertion(genome, 4000, foreign[100:170], 0.2),
        insertion(genome, 6000, foreign[200:310], 0.3),
        insertion(genome, 8000, foreign[400:450], 0.5, 0.5),
        duplication(genome, 10_000, 110, 0.5, 0.5),
        deletion(genome, 12_000, 20, 0.2),
    )
    return make_long_pair(tmp_path_factory.mktemp("novel"), seed, alleles)


def test_call_somatic__assembles_insertions_base_by_base(novel_pair: LongPair) -> None:
    calls = call_somatic(novel_pair.tumor, novel_pair.normal, novel_pair.fasta)
    assert passed(calls) == named(novel_pair, somatic=True)


def test_call_tumor_only__takes_inherited_long_alleles_for_inherited(novel_pair: LongPair) -> None:
    calls = call_tumor_only(novel_pair.tumor, novel_pair.fasta)
    assert not set(passed(calls)) & set(named(novel_pair, somatic=False))
    assert set(passed(calls)) <= set(named(novel_pair, somatic=True))
    assert passed(calls)


def test_collect__assembly_compiled_equals_plain(
    novel_pair: LongPair, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bed = tmp_path / "r.bed"
    write_bed(bed, Regions((Region("chr1", 3990, 4010),)))
    compiled = collect_reads(novel_pair.tumor, novel_pair.normal, novel_pair.fasta, bed)
    assert any(len(a) == 71 for a in compiled.evidence.alternate)
    for name in ("clip_bases", "find_partners", "join_clips", "vote"):
        monkeypatch.setattr(assembly_kernels, name, getattr(assembly_kernels, name).py_func)
    plain = collect_reads(novel_pair.tumor, novel_pair.normal, novel_pair.fasta, bed)
    for name, what in (("a", compiled), ("b", plain)):
        write_collected(what, tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_collect__pieces_of_a_circle_are_one_molecule(tmp_path: Path) -> None:
    """Fragments that lie wholly in the doubled segment may come from one molecule that closed into a circle."""
    genome = random_genome(74, 8_000)
    pair = make_long_pair(tmp_path, 74, (duplication(genome, 4000, 220, 0.5),))
    calls = call_somatic(pair.tumor, pair.normal, pair.fasta)
    assert passed(calls) == named(pair, somatic=True)
    inside = tmp_path / "inside"
    inside.mkdir()
    with pysam.AlignmentFile(str(pair.tumor)) as old:
        reads = list(old)
        clipped = {r.query_name for r in reads if 4 in {op for op, _ in r.cigartuples or []}}
        leaves = {r.query_name for r in reads if r.reference_start < 4001 or (r.reference_end or 0) > 4221}
        write_bam_of(inside / "t.bam", old.header, [r for r in reads if r.query_name not in clipped & leaves])
    assert len(clipped - leaves) >= 5
    assert not passed(call_somatic(inside / "t.bam", pair.normal, pair.fasta))


def test_count_reads__agrees_with_the_callers_molecules_on_long_alleles(
    long_pair: LongPair, long_calls: Calls
) -> None:
    e, seen = long_calls.evidence, 0
    for i in np.flatnonzero(long_calls.is_pass):
        allele = ("chr1", int(e.position[i]), e.reference[i], e.alternate[i])
        for sample, bam in ((TUMOR, long_pair.tumor), (NORMAL, long_pair.normal)):
            counts = count_reads(bam, long_pair.fasta, allele, CallOptions(), "s")
            n = int(e.counts[i, sample, ALT].sum())
            assert abs(len(counts.fragments["alternate"]) - n) <= max(1, 0.15 * n), allele[:2]
            seen += n
    assert seen > 50


def test_whole_reads__judges_what_the_caller_judges() -> None:
    for size in (9, 10, 11, 400, 401, 402):
        allele = ("A", "A" * size)
        assert is_told_by_whole_reads(*allele) == is_long(*allele)
        assert is_told_by_whole_reads(*allele[::-1]) == is_long(*allele[::-1])
