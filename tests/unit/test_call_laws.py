"""Laws of calling: the order of reads, the strand of the genome and the name of the tube do not matter."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

import numpy as np
import pysam
import pytest

from oncopipe.calling import call_somatic, collect_reads, write_calls
from oncopipe.calling.fit import fit
from oncopipe.data.evidence import NORMAL, TUMOR, Collected
from oncopipe.io.evidence import write_collected
from oncopipe.options import CallOptions
from tests.pairs import Pair, random_genome, write_bam

COMPLEMENT = str.maketrans("ACGT", "TGCA")


@pytest.fixture(scope="module")
def collected(pair: Pair) -> Collected:
    return collect_reads(pair.tumor, pair.normal, pair.fasta, None)


def rewritten(source: Path, target: Path, reads: list[pysam.AlignedSegment]) -> Path:
    with (
        pysam.AlignmentFile(str(source)) as old,
        pysam.AlignmentFile(str(target), "wb", header=old.header) as file,
    ):
        for read in reads:
            file.write(read)
    pysam.index(str(target))
    return target


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
    return rewritten(source, target, sorted(reads, key=lambda read: read.reference_start))


def test_collect__mirrors_when_the_genome_is_read_backwards(pair: Pair, collected: Collected, tmp_path: Path) -> None:
    length = len(pair.genome)
    fasta = tmp_path / "backwards.fa"
    fasta.write_text(f">chr1\n{pair.genome.translate(COMPLEMENT)[::-1]}\n")
    bams = [mirrored(source, tmp_path / source.name, length) for source in (pair.tumor, pair.normal)]
    there = collect_reads(*bams, fasta, None).evidence
    here = collected.evidence
    ours, theirs = np.flatnonzero(~here.is_indel), np.flatnonzero(~there.is_indel)[::-1]
    place = {(int(there.position[i]), there.alternate[i]): i for i in theirs}
    assert len(place) == len(ours) >= 5
    for i in ours:
        j = place[length - 1 - int(here.position[i]), here.alternate[i].translate(COMPLEMENT)]
        for sample in (TUMOR, NORMAL):
            # counts: alleles, strands, reads of a pair
            assert np.array_equal(here.counts[i, sample], there.counts[j, sample][:, ::-1])
            assert np.array_equal(here.quality[i, sample], there.quality[j, sample])
            assert np.array_equal(here.sums[i, sample], there.sums[j, sample])


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
