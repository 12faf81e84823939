"""The reader equals pysam record by record, in every column, on every BAM of the real data."""

from __future__ import annotations

from itertools import zip_longest
from pathlib import Path

import numpy as np
import pysam
import pytest

from oncopipe.data.regions import Region, Regions
from oncopipe.io.bam import open_alignment
from tests.fuzz.rows import rows_of_batch, rows_of_pysam

pytestmark = pytest.mark.real
BAMS = ("admix/normal", "admix/tumor_f10", "admix/tumor_f20", "admix/tumor_f50", "sim_train/normal", "sim_train/tumor",
        "spike_train/normal", "spike_train/tumor")  # fmt: skip


def test_bams__are_all_tested(real_data: Path) -> None:
    assert sorted(f"{path.parent.name}/{path.stem}" for path in real_data.rglob("*.bam")) == list(BAMS)


@pytest.mark.parametrize("name", BAMS)
def test_all_records__equal_pysam(real_data: Path, name: str) -> None:
    path = real_data / f"{name}.bam"
    n = 0
    with open_alignment(path) as reader, pysam.AlignmentFile(str(path)) as file:
        ours = (row for batch in reader.all_records() for row in rows_of_batch(batch))
        for mine, theirs in zip_longest(ours, rows_of_pysam(file.fetch(until_eof=True))):
            assert mine == theirs
            n += 1
    assert n > 1000


@pytest.mark.parametrize("name", BAMS)
def test_batches__equal_pysam_fetch(real_data: Path, name: str) -> None:
    """Random regions around reads, and all contigs in pieces, each record by the piece that it begins in."""
    path = real_data / f"{name}.bam"
    rng = np.random.default_rng(11)
    with open_alignment(path) as reader, pysam.AlignmentFile(str(path)) as file:
        lengths = reader.header.contig_lengths
        starts = [(r.reference_name, r.reference_start) for r in file.fetch()]
        n = 0
        for i in rng.integers(0, len(starts), 40).tolist():
            contig, start = starts[i]
            start = max(0, start + int(rng.integers(-200, 200)))
            region = Region(contig, start, min(lengths[contig], start + int(rng.choice([1, 30, 200, 3000]))))
            rows = list(rows_of_batch(reader.read(region)))
            assert rows == list(rows_of_pysam(file.fetch(region.contig, region.start, region.end)))
            n += len(rows)
        assert n > 100
        whole = Regions(tuple(Region(contig, 0, length) for contig, length in lengths.items()))
        owned = [
            (reader.header.contigs[batch.contig_index], int(position))
            for batch in reader.batches(whole, padding=100, threads=2)
            for position in batch.position[batch.position >= batch.region.start].tolist()
            if position < batch.region.end
        ]
    assert owned == starts
