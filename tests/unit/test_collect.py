"""Collecting equals its plain twin, and depends on nothing but the reads."""

from __future__ import annotations

from dataclasses import fields
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from oncopipe.calling import aggregate_kernels as kernels
from oncopipe.calling import collect_reads
from oncopipe.data import evidence as nouns
from oncopipe.data.evidence import ALT, NORMAL, OTHER, REF, TUMOR, Collected
from oncopipe.data.regions import Region, Regions
from oncopipe.errors import InputError, ReferenceMismatchError
from oncopipe.io.bed import write_bed
from tests.pairs import GENOME, Pair
from tests.reference import collect as twin


@pytest.fixture(scope="module")
def collected(pair: Pair) -> Collected:
    return collect_reads(pair.tumor, pair.normal, pair.fasta, None)


def test_collect__finds_the_twins_candidates(pair: Pair, collected: Collected) -> None:
    e = collected.evidence
    assert list(zip(e.position.tolist(), e.reference, e.alternate, strict=True)) == twin.candidates(
        pair.tumor, pair.genome
    )
    planted = {twin.left_aligned(pair.genome, v.position, v.reference, v.alternate) for v in pair.planted}
    assert planted <= set(zip(e.position.tolist(), e.reference, e.alternate, strict=True))


@pytest.mark.parametrize("sample", [TUMOR, NORMAL])
def test_collect__counts_what_the_twin_counts(pair: Pair, collected: Collected, sample: int) -> None:
    e = collected.evidence
    alleles = list(zip(e.position.tolist(), e.reference, e.alternate, strict=True))
    theirs = twin.count((pair.tumor, pair.normal)[sample], pair.genome, alleles)
    for kind, name in ((REF, "ref"), (ALT, "alt"), (OTHER, "other")):
        assert e.allele_depth(sample, kind).tolist() == [theirs[a][name] for a in alleles]


def test_collect__is_the_same_for_any_partition_and_threads(pair: Pair, collected: Collected, tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    for threads in (1, 2):
        cuts = sorted({0, GENOME, *rng.integers(1, GENOME, 7).tolist()})
        parts = [Region("chr1", a, b) for a, b in pairwise(cuts)]
        evidence, statistics = [], nouns.no_statistics()
        for i, part in enumerate(parts):
            write_bed(tmp_path / f"{i}.bed", Regions((part,)))
            one = collect_reads(pair.tumor, pair.normal, pair.fasta, tmp_path / f"{i}.bed", threads=threads)
            evidence.append(one.evidence)
            statistics = statistics + one.statistics
        whole, joined = collected.evidence, nouns.concatenate(evidence)
        for name in ("position", "counts", "quality", "sums", "copies", "repeat_count"):
            assert np.array_equal(getattr(whole, name), getattr(joined, name)), name
        assert (whole.reference, whole.alternate) == (joined.reference, joined.alternate)
        for field in fields(nouns.Statistics):
            ours, theirs = getattr(statistics, field.name), getattr(collected.statistics, field.name)
            assert np.array_equal(ours, theirs), field.name


def test_collect__measures_the_error_of_a_quality(collected: Collected) -> None:
    bases, errors = collected.statistics.bases_by_quality[TUMOR], collected.statistics.errors_by_quality[TUMOR]
    for quality in (25, 37):
        assert errors[quality] / bases[quality] == pytest.approx(10 ** (-quality / 10), rel=0.35)


def test_collect__tumor_against_itself(pair: Pair) -> None:
    with pytest.raises(InputError, match="same sample name"):
        collect_reads(pair.tumor, pair.tumor, pair.fasta, None)


def test_aggregate_kernels__use_the_nouns_bins() -> None:
    for name in ("QUALITY_BIN", "N_QUALITY_BINS", "MAX_END_DISTANCE", "NEAR_END", "MAX_MISMATCHES"):
        assert getattr(kernels, name) == getattr(nouns, name)


def test_collect__refuses_a_region_on_a_contig_that_the_reads_lack(pair: Pair, tmp_path: Path) -> None:
    """It would silently give no calls there."""
    fasta = tmp_path / "two.fa"
    fasta.write_text(pair.fasta.read_text() + ">chr2\n" + "ACGT" * 50 + "\n")
    (tmp_path / "r.bed").write_text("chr1\t0\t500\nchr2\t0\t100\n")
    with pytest.raises(ReferenceMismatchError, match="contig chr2"):
        collect_reads(pair.tumor, pair.normal, fasta, tmp_path / "r.bed")
    assert len(collect_reads(pair.tumor, pair.normal, fasta, None).evidence) > 0
