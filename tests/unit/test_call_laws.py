"""Laws of calling: the order of reads, the strand of the genome and the name of the tube do not matter."""

from __future__ import annotations

from itertools import groupby, pairwise
from pathlib import Path

import numpy as np
import pysam
import pytest

from oncopipe.calling import call_somatic, collect_reads, score_evidence, write_calls
from oncopipe.calling.fit import fit
from oncopipe.data.evidence import (
    ALT,
    FAIR_QUALITY,
    NORMAL,
    QUALITY_BIN,
    SUM_NEXT_MISMATCH,
    SUM_SECOND_MISMATCH,
    TUMOR,
    Collected,
)
from oncopipe.data.regions import Region, Regions
from oncopipe.io.bed import write_bed
from oncopipe.io.evidence import read_collected, write_collected
from oncopipe.options import CallOptions
from tests.pairs import Pair, Planted, random_genome, write_bam
from tests.sequence_files import write_bam_of

COMPLEMENT = str.maketrans("ACGT", "TGCA")


@pytest.fixture(scope="module")
def collected(pair: Pair) -> Collected:
    return collect_reads(pair.tumor, pair.normal, pair.fasta, None)


def rewritten(source: Path, target: Path, reads: list[pysam.AlignedSegment]) -> Path:
    with pysam.AlignmentFile(str(source)) as old:
        return write_bam_of(target, old.header, reads)


def reads_of(path: Path) -> list[pysam.AlignedSegment]:
    with pysam.AlignmentFile(str(path)) as file:
        return list(file)


def test_collect__does_not_depend_on_the_order_of_reads(pair: Pair, collected: Collected, tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    shuffled = []
    for source in (pair.tumor, pair.normal):
        reads = []
        for _, group in groupby(reads_of(source), key=lambda read: read.reference_start):
            same_start = list(group)
            reads += [same_start[i] for i in rng.permutation(len(same_start))]
        shuffled.append(rewritten(source, tmp_path / source.name, reads))
    again = collect_reads(*shuffled, pair.fasta, None)
    for name, what in (("a", collected), ("b", again)):
        write_collected(what, tmp_path / f"{name}.parquet")
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def mirrored(source: Path, target: Path, length: int) -> Path:
    reads = reads_of(source)
    for read in reads:
        start, span = read.reference_start, read.reference_length or 0
        mate_end = read.next_reference_start + 100  # reads of the test pair span 100 bases, give or take an indel
        quality = list(read.query_qualities or [])[::-1]
        read.query_sequence = (read.query_sequence or "").translate(COMPLEMENT)[::-1]
        read.query_qualities = np.array(quality, np.uint8).tolist()
        read.cigartuples = (read.cigartuples or [])[::-1]
        read.reference_start, read.next_reference_start = length - start - span, max(0, length - mate_end)
        read.template_length = -read.template_length
        read.flag ^= 0x30
    return rewritten(source, target, reads)


def test_collect__mirrors_when_the_genome_is_read_backwards(pair: Pair, collected: Collected, tmp_path: Path) -> None:
    length = len(pair.genome)
    fasta = tmp_path / "backwards.fa"
    fasta.write_text(f">chr1\n{pair.genome.translate(COMPLEMENT)[::-1]}\n")
    bams = [mirrored(source, tmp_path / source.name, length) for source in (pair.tumor, pair.normal)]
    there = collect_reads(*bams, fasta, None).evidence
    here = collected.evidence
    snvs, mirrors = np.flatnonzero(~here.is_indel), np.flatnonzero(~there.is_indel)[::-1]
    place = {(int(there.position[i]), there.alternate[i]): i for i in mirrors}
    assert len(place) == len(snvs) >= 5
    for i in snvs:
        j = place[length - 1 - int(here.position[i]), here.alternate[i].translate(COMPLEMENT)]
        for sample in (TUMOR, NORMAL):
            # counts: alleles, strands, reads of a pair
            assert np.array_equal(here.counts[i, sample], there.counts[j, sample][:, ::-1])
            assert np.array_equal(here.quality[i, sample], there.quality[j, sample])
            # What lies one and two bases behind an allele has no mirror image of its own.
            behind = [SUM_NEXT_MISMATCH, SUM_SECOND_MISMATCH]
            ours, theirs = (np.delete(e.sums[k, sample], behind, axis=1) for e, k in ((here, i), (there, j)))
            assert np.array_equal(ours, theirs)


def test_call_somatic__finds_nothing_in_two_samples_of_one_person(tmp_path: Path) -> None:
    genome = random_genome(5, 8000)
    fasta = tmp_path / "g.fa"
    fasta.write_text(f">chr1\n{genome}\n")
    bams = [write_bam(tmp_path / f"{name}.bam", genome, name, (), 60, seed) for seed, name in enumerate(("A", "B"))]
    assert not call_somatic(*bams, fasta).is_pass.any()


def test_write_calls__is_the_same_for_any_threads(pair: Pair, tmp_path: Path) -> None:
    written = []
    for threads in (1, 3):
        calls = call_somatic(pair.tumor, pair.normal, pair.fasta, threads=threads)
        model = fit(collect_reads(pair.tumor, pair.normal, pair.fasta, None, threads=threads), CallOptions())
        folder = tmp_path / str(threads)
        write_calls(calls, model, CallOptions(), folder / "c.vcf.gz", folder / "e.parquet")
        written.append([(folder / name).read_bytes() for name in ("c.vcf.gz", "c.vcf.gz.tbi", "e.parquet")])
    assert written[0] == written[1]


@pytest.fixture(scope="module")
def repetitive(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    """A pair on a genome full of repeats, with indels in them: what an indel owns depends on its neighborhood."""
    folder = tmp_path_factory.mktemp("repetitive")
    rng = np.random.default_rng(11)
    units = ["A", "T", "CA", "GTT", "ACAG", "CCTGA"]
    genome = random_genome(12, 600)
    while len(genome) < 9_000:
        unit = units[int(rng.integers(len(units)))]
        genome += unit * int(rng.integers(3, 40)) + "".join(rng.choice(list("ACGT"), int(rng.integers(20, 120))))
    planted = []
    for position in range(700, 8_300, 190):
        size = int(rng.integers(1, 9))
        if position % 380 == 130:
            planted.append(Planted(position, genome[position : position + 1 + size], genome[position], 0.4))
        else:
            planted.append(Planted(position, genome[position], genome[position : position + 1 + size], 0.4))
    fasta = folder / "g.fa"
    fasta.write_text(f">chr1\n{genome}\n")
    bams = [
        write_bam(folder / f"{name}.bam", genome, name, tuple(planted), 40, seed) for seed, name in enumerate("TN")
    ]
    return Pair(fasta, bams[0], bams[1], genome, tuple(planted))


@pytest.mark.parametrize("seed", range(4))
def test_call__is_the_same_to_the_byte_for_any_partition_and_threads(
    repetitive: Pair, seed: int, tmp_path: Path
) -> None:
    """Through collect, fit and score, each part on its own and read from its file, against all at once."""
    rng = np.random.default_rng(seed)
    end = len(repetitive.genome)
    edges = {v.position + int(rng.integers(-3, 4)) for v in repetitive.planted if rng.random() < 0.3}
    cuts = sorted({0, end, *edges, *rng.integers(1, end, 6).tolist()})
    written = []
    for name, parts, threads in (
        ("whole", [Region("chr1", 0, end)], 1),
        ("cut", [Region("chr1", a, b) for a, b in pairwise(cuts)], 1 + seed % 2),
    ):
        files = []
        for i, part in enumerate(parts):
            bed = tmp_path / f"{name}{i}.bed"
            write_bed(bed, Regions((part,)))
            one = collect_reads(repetitive.tumor, repetitive.normal, repetitive.fasta, bed, threads=threads)
            files.append(tmp_path / f"{name}{i}.parquet")
            write_collected(one, files[-1])
        collected = read_collected([files[i] for i in rng.permutation(len(files))])
        model = fit(collected, CallOptions())
        calls = score_evidence(collected, model)
        write_calls(calls, model, CallOptions(), tmp_path / f"{name}.vcf.gz", tmp_path / f"{name}.judged")
        written.append([(tmp_path / f"{name}.{suffix}").read_bytes() for suffix in ("vcf.gz", "judged")])
    assert written[0] == written[1]
    assert calls.is_pass.sum() > 10


@pytest.mark.parametrize("is_marked", [True, False])
def test_collect__copies_of_a_molecule_change_nothing_it_says(
    pair: Pair, collected: Collected, tmp_path: Path, is_marked: bool
) -> None:
    """Every third fragment twice more, marked as duplicates or not."""
    copied = []
    for source in (pair.tumor, pair.normal):
        reads = reads_of(source)
        for read in [one for one in reads if int((one.query_name or "")[1:]) % 3 == 0]:
            for number in range(2):
                copy = pysam.AlignedSegment.from_dict(read.to_dict(), read.header)
                copy.query_name, copy.is_duplicate = f"{read.query_name}x{number}", is_marked
                reads.append(copy)
        reads.sort(key=lambda read: read.reference_start)
        copied.append(rewritten(source, tmp_path / source.name, reads))
    again, once = collect_reads(*copied, pair.fasta, None).evidence, collected.evidence
    known = set(zip(once.position.tolist(), once.reference, once.alternate, strict=True))
    rows = [k in known for k in zip(again.position.tolist(), again.reference, again.alternate, strict=True)]
    # Copies that nobody marked bring a molecule to be looked at, and are seen to be one of fair quality.
    fair = again.quality[~np.array(rows), TUMOR, ALT, -(-FAIR_QUALITY // QUALITY_BIN) :].sum(axis=1)
    assert (fair < 2).all() and (all(rows) or not is_marked)
    again = again.select(np.array(rows))
    assert len(again) == len(once)
    for name in ("counts", "quality", "sums"):
        assert np.array_equal(getattr(again, name), getattr(once, name))
    assert np.array_equal(again.copies, once.copies) == is_marked
