"""Quality control on real reads: known contamination, one person, a swap, and coverage against pysam."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pysam
import pytest

from oncopipe.data.findings import QcMetric
from oncopipe.io.bam import open_alignment
from oncopipe.io.bed import read_bed
from oncopipe.io.fasta import open_reference
from oncopipe.options import QcOptions
from oncopipe.qc import measure_quality, summarize
from oncopipe.qc.collect import collect_counts

pytestmark = pytest.mark.real


def measure(folder: Path, bam: str, normal: str | None = None, sites: str | None = None) -> Mapping[str, QcMetric]:
    result = measure_quality(
        folder / f"{bam}.bam",
        folder / "reference.fa.gz",
        regions=folder / "regions.bed",
        sites=folder / sites if sites else None,
        normal=folder / f"{normal}.bam" if normal else None,
        role="normal" if bam == "normal" else "tumor",
    )
    return {row.metric: row for row in result.metrics}


def foreign_share(bam: Path) -> float:
    """Share of aligned bases that are of the person whose reads are longer than 101 bases."""
    bases = {False: 0, True: 0}
    with pysam.AlignmentFile(str(bam)) as file:
        for read in file:
            if not read.flag & 0xF04 and read.mapping_quality >= 20:
                bases[read.query_length > 101] += read.query_alignment_length
    return bases[True] / sum(bases.values())


@pytest.mark.parametrize("name", ["tumor_f50", "tumor_f20", "tumor_f10"])
def test_qc__admixed_reads_fail_with_an_estimate_near_the_truth(real_data: Path, name: str) -> None:
    folder = real_data / "admix"
    rows = measure(folder, name, "normal", "sites.vcf")
    truth, found = foreign_share(folder / f"{name}.bam"), rows["contamination"]
    low, high = rows["contamination_low"].value, rows["contamination_high"].value
    print(f"{name}: {truth:.3f} added, {found.value:.3f} estimated ({low:.3f} to {high:.3f})")
    assert isinstance(low, float)
    assert isinstance(high, float)
    assert found.value == pytest.approx(truth, rel=0.12)
    assert low <= truth <= high
    assert found.status == "FAIL"
    assert (rows["identity"].value, rows["identity"].status) == (1.0, "PASS")
    quality = summarize(list(rows.values()))
    assert quality.status == "FAIL"
    assert "contamination" in quality.sentence


@pytest.mark.parametrize("name", ["tumor_f50", "tumor_f20", "tumor_f10"])
def test_qc__admixed_reads_fail_without_a_normal_too(real_data: Path, name: str) -> None:
    assert measure(real_data / "admix", name, None, "sites.vcf")["contamination"].status == "FAIL"


def test_qc__the_normal_alone_is_clean(real_data: Path) -> None:
    rows = measure(real_data / "admix", "normal", None, "sites.vcf")
    print(rows["contamination"].reason)
    assert rows["contamination"].status == "PASS"
    assert float(rows["contamination"].value or 0) < 0.005


@pytest.mark.parametrize(("folder", "sites"), [("spike_train", "germline.vcf.gz"), ("sim_train", "germline.vcf.gz")])
def test_qc__one_person_in_place_and_swapped(real_data: Path, folder: str, sites: str) -> None:
    rows = measure(real_data / folder, "tumor", "normal", sites)
    print(rows["identity"].reason, rows["contamination"].reason, rows["swap"].reason, sep="\n")
    assert rows["identity"].status == "PASS"
    assert rows["contamination"].status in ("PASS", "WARN", "NOT_ASSESSED")
    assert (rows["swap"].status, rows["swap"].value) == ("PASS", "in place")
    turned = measure(real_data / folder, "normal", "tumor", sites)
    assert turned["identity"].status == "PASS"
    assert (turned["swap"].status, turned["swap"].value) == ("FAIL", "swapped")


def test_qc__another_person_is_no_match(real_data: Path, tmp_path: Path) -> None:
    """The longer reads of the admixture are another person's: by themselves they do not match the normal."""
    folder, other = real_data / "admix", tmp_path / "other.bam"
    mixed = pysam.AlignmentFile(str(folder / "tumor_f50.bam"))
    with mixed, pysam.AlignmentFile(str(other), "wb", header=mixed.header) as out:
        for read in mixed:
            if read.query_length > 101:
                out.write(read)
    pysam.index(str(other))
    result = measure_quality(
        other, folder / "reference.fa.gz", regions=folder / "regions.bed", sites=folder / "sites.vcf",
        normal=folder / "normal.bam",
    )  # fmt: skip
    row = next(row for row in result.metrics if row.metric == "identity")
    print(row.reason)
    assert row.status == "FAIL"
    assert "different people" in str(row.reason)


def test_qc__coverage_and_reads_equal_samtools(real_data: Path) -> None:
    folder = real_data / "spike_train"
    bam = folder / "tumor.bam"
    with open_reference(folder / "reference.fa.gz") as reference, open_alignment(bam) as reader:
        regions = read_bed(folder / "regions.bed", reference.lengths)
        counts = collect_counts(reader, reference, regions, None, QcOptions())
    histogram = np.zeros_like(counts.depth_histogram)
    for i, region in enumerate(regions):
        # -a every base, -J would add deletions; mates of a fragment count each, as in the docs.
        text = pysam.depth("-a", "-Q", "20", "-G", "0xF04", "-r", str(region), str(bam))
        depth = np.array([int(line.split("\t")[2]) for line in text.splitlines()])
        assert len(depth) == len(region) == counts.targets.n_bases[i]
        assert depth.sum() == counts.targets.depth_sum[i]
        assert depth.min() == counts.targets.depth_min[i]
        histogram += np.bincount(depth, minlength=len(histogram))
    assert (histogram == counts.depth_histogram).all()
    flagstat = {
        line.split(" + 0 ")[1].split(" (")[0]: int(line.split()[0]) for line in pysam.flagstat(str(bam)).splitlines()
    }
    primary, mapped, paired, proper, duplicate, secondary, supplementary, _ = counts.reads.tolist()
    assert [primary, mapped, paired] == [
        flagstat["primary"],
        flagstat["primary mapped"],
        flagstat["paired in sequencing"],
    ]
    assert [proper, duplicate] == [flagstat["properly paired"], flagstat["primary duplicates"]]
    assert [secondary, supplementary] == [flagstat["secondary"], flagstat["supplementary"]]
