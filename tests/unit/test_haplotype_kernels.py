"""Kernels of long alleles do compiled what they do as plain Python, and what their plain twin does."""

from __future__ import annotations

import numpy as np
import pysam
import pytest

from oncopipe.calling import assembly_kernels, breaks_kernels, haplotype_kernels
from oncopipe.calling.assembly import normalized
from oncopipe.calling.collect import PADDING
from oncopipe.calling.long_alleles import LongAlleles, _breaks, _named, find_long_alleles, fit_reads
from oncopipe.data.regions import Region
from oncopipe.io.bam import Room, open_alignment
from oncopipe.io.fasta import open_reference
from oncopipe.pileup.pileup import Pileup, read_pileup
from oncopipe.read_kernels import LENGTH, QUALITY_OFFSET, SEQUENCE_OFFSET
from tests.long_pairs import LongPair, make_long_pair
from tests.pairs import random_genome
from tests.reference import haplotypes as plain
from tests.reference.collect import usable


@pytest.fixture(scope="module")
def long_pair(tmp_path_factory: pytest.TempPathFactory) -> LongPair:
    return make_long_pair(tmp_path_factory.mktemp("long"), 72)


def pileup_of(pair: LongPair, start: int, end: int) -> Pileup:
    with open_alignment(pair.tumor, pair.fasta) as reader, open_reference(pair.fasta) as genome:
        codes = genome.codes("chr1", 0, len(pair.genome))
        region = Region("chr1", start, end)
        return read_pileup(
            reader, region, lambda a, b: codes[a:b], (20, 13), padding=PADDING, room=Room()
        )  # fmt: skip


@pytest.fixture(scope="module")
def pileup(long_pair: LongPair) -> Pileup:
    return pileup_of(long_pair, 0, len(long_pair.genome))


@pytest.fixture(scope="module")
def alleles(pileup: Pileup) -> LongAlleles:
    return find_long_alleles(pileup, 2, 13)


def test_named__is_what_the_twin_finds_in_clips(long_pair: LongPair, pileup: Pileup) -> None:
    breaks = _breaks(pileup, 13)
    names = _named(pileup, breaks[:, breaks[breaks_kernels.BREAK_KIND] < breaks_kernels.CLIP_LEFT], 1)
    by_twin = {a for read in usable(long_pair.tumor, 20) for a in plain.named_by(read, long_pair.genome)}
    assert len(by_twin) >= len(long_pair.alleles)
    assert by_twin <= names  # the kernel bears a mismatch in 16 bases, the twin none
    assert len(names - by_twin) <= 2


def test_fit_reads__is_what_the_twin_says(long_pair: LongPair, pileup: Pileup, alleles: LongAlleles) -> None:
    fits = fit_reads(pileup, alleles, 13)
    reads = usable(long_pair.tumor, 20)
    at = {(r.query_name, r.flag): r for r in reads}
    with pysam.AlignmentFile(str(long_pair.tumor)) as file:
        in_order = [at.get((r.query_name, r.flag)) for r in file]
    h = haplotype_kernels
    assert len(fits) > 500
    for row in fits[::7].tolist():
        read, i = in_order[row[h.FIT_READ]], row[h.FIT_ALLELE]
        assert read is not None
        allele = (int(alleles.position[i]), alleles.reference[i], alleles.alternate[i])
        assert (row[h.FIT_REFERENCE], row[h.FIT_ALTERNATE]) == plain.fit(read, long_pair.genome, allele)


def test_find_breaks_and_fit_reads__compiled_equal_plain(
    long_pair: LongPair, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = pileup_of(long_pair, 1400, 1600)
    compiled = _breaks(small, 13), find_long_alleles(small, 2, 13)
    fits = fit_reads(small, compiled[1], 13)
    for name in ("seed_words", "find_breaks"):
        monkeypatch.setattr(breaks_kernels, name, getattr(breaks_kernels, name).py_func)
    monkeypatch.setattr(haplotype_kernels, "fit_reads", haplotype_kernels.fit_reads.py_func)
    assert len(compiled[1]) >= 1
    assert compiled[0].shape[1] >= 8
    assert np.array_equal(_breaks(small, 13), compiled[0])
    assert np.array_equal(fit_reads(small, compiled[1], 13), fits)


def test_gapped_penalty__is_the_twins_and_bears_gaps(pileup: Pileup, long_pair: LongPair) -> None:
    codes = pileup.codes
    columns, buffer = pileup.batch.columns, pileup.batch.buffer
    work = np.empty((6, 400))
    kernel = haplotype_kernels.gapped_penalty
    for row in (10, 500):
        start = int(pileup.batch.position[row])
        sequence, length, quality = (int(columns[row, k]) for k in (SEQUENCE_OFFSET, LENGTH, QUALITY_OFFSET))
        with pysam.AlignmentFile(str(long_pair.tumor)) as file:
            read = next(r for i, r in enumerate(file) if i == row)
        haplotype = codes[start - 20 : start + length + 20].copy()
        for lost in (0, 3):  # the haplotype lacks bases in the middle of the read
            own = np.delete(haplotype, np.arange(60, 60 + lost))
            text = "".join("ACGT"[c] for c in own)
            told = kernel(buffer, sequence, quality, length, own, work)
            assert told == pytest.approx(kernel.py_func(buffer, sequence, quality, length, own, work))
            twin = plain.forward(read.query_sequence or "", list(read.query_qualities or []), text)
            assert told == pytest.approx(twin, rel=1e-6)
            assert told < 40 if lost == 0 else 40 <= told < 110


def test_join_clips__finds_what_lies_between_and_equals_plain() -> None:
    genome, inserted = random_genome(5, 600), random_genome(6, 90)
    codes = np.array(["ACGT".index(b) for b in genome], np.uint8)
    new = np.array(["ACGT".index(b) for b in inserted], np.uint8)
    right, left = new[:60], new[30:][::-1].copy()  # 30 bases are in both
    join = assembly_kernels.join_clips
    assert join(right, left, codes, (300, 300), 400) == (90, 30)
    assert join.py_func(right, left, codes, (300, 300), 400) == (90, 30)
    # Fifteen bases from each side are missing, so nothing lies over each other.
    assert join(right[:45], left[:45], codes, (300, 300), 400)[1] == 0
    others = (np.stack([left, 3 - left]), np.array([60, 60]), np.array([300, 300]))
    for find in (assembly_kernels.find_partners, assembly_kernels.find_partners.py_func):
        fits = np.zeros(2, np.bool_)
        find(right, 300, False, others, codes, 400, fits)
        assert fits.tolist() == [True, False]


@pytest.mark.parametrize(
    ("allele", "expected"),
    [
        ((14, "ACACACAT", "ACAT"), (9, "TACAC", "T")),
        ((10, "ACAC", "ACACAC"), (9, "T", "TAC")),
        ((9, "TACA", "GGGA"), (9, "TAC", "GGG")),
    ],
)
def test_normalized__trims_and_shifts_left(allele: tuple[int, str, str], expected: tuple[int, str, str]) -> None:
    genome = "GGGGGGGGGTACACACACATGGGG"
    codes = np.array(["ACGT".index(b) for b in genome], np.uint8)
    assert normalized(codes, 0, allele) == expected
