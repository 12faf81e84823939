"""Bases of poor quality: evidence at a candidate by their measured error, and nothing more."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pysam
import pytest

from oncopipe.calling import collect_reads, fit
from oncopipe.calling.hypotheses import ARTEFACT, SOMATIC
from oncopipe.calling.looks import LOOKS, PLAIN, POOR, look_likelihoods
from oncopipe.calling.neighbors import has_variant_beside
from oncopipe.data.evidence import (
    ALT,
    FAIR_QUALITY,
    QUALITY_BIN,
    REF,
    SUM_MAPPING_QUALITY,
    TUMOR,
    Evidence,
    concatenate,
)
from oncopipe.data.regions import Region
from oncopipe.io.bam import open_alignment
from oncopipe.io.fasta import open_reference
from oncopipe.options import CallOptions
from oncopipe.pileup.pileup import pile_up
from tests.loci import GOOD, calls_of, evidence_of, failed
from tests.pairs import Pair
from tests.unit.test_call import ERRORS, evidence
from tests.unit.test_call_laws import reads_of, rewritten

POOR_QUALITY = 11


def with_poor_bases(pair: Pair, folder: Path, qualities: dict[str, int]) -> Path:
    """The tumor with these reads' alternate bases at the first planted SNV of this quality."""
    copied = []
    for read in reads_of(pair.tumor):
        if read.query_name in qualities:
            quality = read.query_qualities
            assert quality is not None
            for query, position in read.get_aligned_pairs(matches_only=True):
                if position == snv_of(pair)[0]:
                    quality[query] = qualities[read.query_name]
            read.query_qualities = quality
        copied.append(read)
    return rewritten(pair.tumor, folder / "poor.bam", copied)


def snv_of(pair: Pair) -> tuple[int, str, str]:
    planted = next(
        p for p in pair.planted if len(p.reference) == len(p.alternate) == 1 and p.tumor >= 0.2 and not p.normal
    )
    return planted.position, planted.reference, planted.alternate


def carriers(pair: Pair) -> list[str]:
    """Names of the fragments that show the SNV."""
    position, _, alternate = snv_of(pair)
    names = set()
    with pysam.AlignmentFile(str(pair.tumor)) as bam:
        for read in bam.fetch("chr1", position, position + 1):
            at = dict((b, a) for a, b in read.get_aligned_pairs(matches_only=True)).get(position)
            if at is not None and (read.query_sequence or "")[at] == alternate:
                names.add(read.query_name or "")
    return sorted(names)


def row_of(e: Evidence, allele: tuple[int, str, str]) -> int | None:
    keys = list(zip(e.position.tolist(), e.reference, e.alternate, strict=True))
    return keys.index(allele) if allele in keys else None


def test_collect__poor_bases_speak_at_a_candidate(pair: Pair, tmp_path: Path) -> None:
    names = carriers(pair)
    bam = with_poor_bases(pair, tmp_path, dict.fromkeys(names[:-4], POOR_QUALITY))
    e = collect_reads(bam, pair.normal, pair.fasta, None).evidence
    row = row_of(e, snv_of(pair))
    assert row is not None
    counted = e.quality[row, TUMOR, ALT]
    assert counted[: FAIR_QUALITY // QUALITY_BIN].sum() >= len(names) - 6  # those marked as duplicates are left out
    asked = collect_reads(bam, pair.normal, pair.fasta, None, CallOptions(min_base_quality=13)).evidence
    row = row_of(asked, snv_of(pair))
    assert row is not None and asked.quality[row, TUMOR, ALT, :4].sum() == 0


def test_collect__poor_bases_alone_make_no_candidate(pair: Pair, tmp_path: Path) -> None:
    bam = with_poor_bases(pair, tmp_path, dict.fromkeys(carriers(pair), POOR_QUALITY))
    assert row_of(collect_reads(bam, pair.normal, pair.fasta, None).evidence, snv_of(pair)) is None


def test_pile_up__counts_poor_mismatches_by_quality(pair: Pair) -> None:
    """As pysam counts them, inside the region only."""
    region = Region("chr1", 2_000, 6_000)
    with open_alignment(pair.tumor, pair.fasta) as reader, open_reference(pair.fasta) as genome:
        codes = genome.codes("chr1", 0, len(pair.genome))
        found = pile_up(reader.read(region, padding=300), lambda a, b: codes[a:b], (20, 30)).poor
    plain = np.zeros(256, np.int64)
    for read in reads_of(pair.tumor):
        if read.flag & 0xF04 or read.mapping_quality < 20:
            continue
        for query, position in read.get_aligned_pairs(matches_only=True):
            quality = (read.query_qualities or [])[query]
            if region.start <= position < region.end and (read.query_sequence or "")[query] not in (
                pair.genome[position],
                "N",
            ):
                plain[quality] += quality < 30
    assert plain.sum() > 50 and np.array_equal(found, plain)


def test_fit__measures_the_error_of_poor_bases(pair: Pair) -> None:
    """Qualities of the pair are what their bases' errors are."""
    collected = collect_reads(pair.tumor, pair.normal, pair.fasta, None)
    errors = np.array(fit(collected, CallOptions()).base_errors)[TUMOR]
    bases = collected.statistics.bases_by_quality[TUMOR]
    for level in range(POOR_QUALITY - 1, FAIR_QUALITY):
        if bases[level] > 2_000:
            assert errors[level // QUALITY_BIN] == pytest.approx(10 ** (-level / 10), rel=0.5)


def test_look_likelihoods__poor_qualities_on_one_strand_are_of_a_misread_place() -> None:
    e = evidence_of(replace(GOOD, quality=15, forward=10, f1r2=5, mismatches=1))
    shapes = look_likelihoods(e, ERRORS)[0, : POOR + 1]
    assert LOOKS[int(shapes.argmax())] == "poor"
    both = look_likelihoods(evidence_of(replace(GOOD, quality=15, mismatches=1)), ERRORS)[0]
    assert shapes[POOR] - shapes[PLAIN] > both[POOR] - both[PLAIN] + 10


def test_score__doubts_poor_bases_of_one_strand_and_says_why() -> None:
    doubted = calls_of([replace(GOOD, tumor=(20, 20, 0), quality=18, forward=20)])
    believed = calls_of([replace(GOOD, tumor=(20, 20, 0), quality=18)])
    assert "base_qual" in failed(doubted)[0] and doubted.posterior[0].argmax() == ARTEFACT
    assert believed.posterior[0].argmax() == SOMATIC


def beside(distance: int, n_alt: int, mismatches: int) -> Evidence:
    """A low allele with other mismatches, and at some distance another of so many molecules of 80."""
    low, other = evidence((36, 4), (30, 0)), evidence((80 - n_alt, n_alt), (30, 0))
    low.sums[0, TUMOR, ALT, 1], low.sums[0, TUMOR, REF, 1] = mismatches, 4
    low.position[0], other.position[0] = 5_000, 5_000 + distance
    return concatenate([low, other])


@pytest.mark.parametrize(
    ("distance", "n_alt", "expected"),
    [(50, 40, True), (150, 40, True), (151, 40, False), (50, 10, False), (50, 80, False)],
)
def test_has_variant_beside__a_variant_of_some_molecules_within_a_read(
    distance: int, n_alt: int, expected: bool
) -> None:
    assert has_variant_beside(beside(distance, n_alt, 0)).tolist() == [expected, False]


def test_look_likelihoods__one_mismatch_more_is_excused_by_a_variant_beside() -> None:
    near, far = (look_likelihoods(beside(d, 40, 5), ERRORS)[0] for d in (50, 5_000))
    assert near[PLAIN] > far[PLAIN] + 1


def test_look_likelihoods__molecules_that_map_worse_may_be_misplaced() -> None:
    worse, same = evidence((36, 4), (30, 0)), evidence((36, 4), (30, 0))
    for e, mapping in ((worse, 30), (same, 60)):
        e.sums[0, TUMOR, REF, SUM_MAPPING_QUALITY] = 36 * 60
        e.sums[0, TUMOR, ALT, SUM_MAPPING_QUALITY] = 4 * mapping
    a, b = (look_likelihoods(e, ERRORS)[0] for e in (worse, same))
    assert a[LOOKS.index("mismatched")] - a[PLAIN] > b[LOOKS.index("mismatched")] - b[PLAIN] + 3


@pytest.mark.parametrize("n", [4, 100, 3_000])
def test_look_likelihoods__equal_mapping_never_speaks_against_an_allele(n: int) -> None:
    """However many molecules there are: none that maps worse is as good as a few."""
    e = evidence((9 * n, n), (30, 0))
    with_sums = evidence((9 * n, n), (30, 0))
    with_sums.sums[0, TUMOR, REF, SUM_MAPPING_QUALITY], with_sums.sums[0, TUMOR, ALT, SUM_MAPPING_QUALITY] = (
        540 * n,
        60 * n,
    )
    assert look_likelihoods(with_sums, ERRORS)[0, PLAIN] == pytest.approx(look_likelihoods(e, ERRORS)[0, PLAIN])
