"""The pair that the benchmark of speed reads is what it says it is."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pysam
import pytest

from benchmarks.haplotypes import build_haplotype, draw_variants
from benchmarks.measure import slope
from benchmarks.pair import QUICK, make_pair

SMALL = dataclasses.replace(
    QUICK,
    slices=(("chr20", 1_000_000, 1_024_000), ("chr21", 9_000_000, 9_006_000)),
    depth=(30.0, 20.0),
    part=6_000,
    steps=(2,),
    germline_indel=1e-3,
    somatic_snv=5e-4,
)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_pair(tmp_path_factory.mktemp("pair"), SMALL)


def test_make_pair__is_made_once(pair: Path) -> None:
    before = (pair / "tumor.bam").stat().st_mtime_ns
    assert make_pair(pair.parent, SMALL) == pair
    assert (pair / "tumor.bam").stat().st_mtime_ns == before


def test_make_pair__gives_the_same_bytes_again(pair: Path, tmp_path: Path) -> None:
    again = make_pair(tmp_path, SMALL)
    for name in ("tumor.bam", "normal.bam", "tumor.depth2.bam", "genome.fa", "truth.vcf"):
        assert (again / name).read_bytes() == (pair / name).read_bytes(), name


@pytest.mark.parametrize("name", ["tumor.bam", "normal.bam", "normal.depth2.bam"])
def test_make_pair__records_agree_with_their_tags(pair: Path, name: str) -> None:
    with pysam.FastaFile(str(pair / "genome.fa")) as genome, pysam.AlignmentFile(str(pair / name)) as file:
        mates: dict[tuple[str, int], pysam.AlignedSegment] = {}
        operations = set()
        for read in file.fetch(until_eof=True):
            if read.is_unmapped:
                continue
            operations |= {operation for operation, _ in read.cigartuples or ()}
            bases = read.query_sequence or ""
            place = read.get_aligned_pairs(with_seq=True)  # from CIGAR and MD
            assert all(
                expected.upper() == genome.fetch(read.reference_name, at, at + 1).upper()
                for _, at, expected in place[::37]
                if at is not None and expected is not None
            )
            mismatches = sum(
                q is not None and expected is not None and bases[q] != expected.upper() for q, _, expected in place
            )
            gaps = sum(size for operation, size in read.cigartuples or () if operation in (1, 2))
            assert read.get_tag("NM") == mismatches + gaps
            mate = mates.pop((read.query_name or "", not read.is_read1), None)
            if mate is None:
                mates[read.query_name or "", read.is_read1] = read
            else:
                assert mate.next_reference_start == read.reference_start
                assert mate.template_length == -read.template_length
        assert not mates and operations == {0, 1, 2, 4}


def test_make_pair__has_its_depth_duplicates_and_quality(pair: Path) -> None:
    with pysam.AlignmentFile(str(pair / "tumor.bam")) as file:
        reads = [r for r in file.fetch() if not r.is_unmapped]
    copies = sum(r.is_duplicate for r in reads) / len(reads)
    assert 0.05 < copies < 0.11
    depth = sum(r.query_length for r in reads if not r.is_duplicate) / 30_000
    assert depth == pytest.approx(30, rel=0.1)
    with pysam.FastaFile(str(pair / "genome.fa")) as genome:
        text = {name: genome.fetch(name) for name in genome.references}
    shown, wrong = np.zeros(64), np.zeros(64)
    for r in reads:
        if r.cigarstring == "150M":
            quality = np.array(r.query_qualities)
            there = text[r.reference_name or ""][r.reference_start : r.reference_end]
            differs = [a != b for a, b in zip(r.query_sequence or "", there, strict=True)]
            shown += np.bincount(quality, minlength=64)
            wrong += np.bincount(quality, weights=differs, minlength=64)
    for phred in (8, 12, 22):  # above, variants outnumber errors
        assert wrong[phred] / shown[phred] == pytest.approx(10 ** (-phred / 10), rel=0.5), phred


def test_make_pair__carries_the_somatic_alleles_in_the_tumor_only(pair: Path) -> None:
    lines = [line.split("\t") for line in (pair / "truth.vcf").read_text().splitlines() if line[0] != "#"]
    snvs = [(line[0], int(line[1]), line[4]) for line in lines if len(line[3]) == len(line[4]) == 1]
    found = {}
    for sample in ("tumor", "normal"):
        with pysam.AlignmentFile(str(pair / f"{sample}.bam")) as file:
            found[sample] = [
                [counts[0] for counts in file.count_coverage(c, p - 1, p, quality_threshold=20)]["ACGT".index(alt)]
                for c, p, alt in snvs
            ]
    assert len(snvs) > 3
    assert np.mean(found["tumor"]) > 3 and np.mean(found["normal"]) < 0.5


def test_build_haplotype__keeps_the_reference_between_variants() -> None:
    rng = np.random.default_rng(1)
    reference = rng.integers(0, 4, 20_000).astype(np.uint8)
    variants = draw_variants(reference, rng, 1e-3, 2e-3, (1.0,))
    made = build_haplotype(reference, [variants])
    assert made.codes.size == 20_000 + variants.length.sum() == made.place.size
    inserted = np.append(np.diff(made.place) == 0, False)
    assert inserted.sum() == variants.length[variants.length > 0].sum()
    differs = np.flatnonzero(~inserted & (made.codes != reference[made.place]))
    assert made.place[differs].tolist() == variants.position[variants.length == 0].tolist()


def test_slope__is_one_when_cost_doubles_with_size() -> None:
    assert slope([1, 2, 4], [3.0, 6.0, 12.0]) == pytest.approx(1.0)
    assert slope([1, 2, 4], [3.0, 3.0, 3.0]) == pytest.approx(0.0)
    assert slope([1, 2, 4], [1.0, 4.0, 16.0]) == pytest.approx(2.0)
