"""The reader equals pysam record by record on every real BAM."""

from __future__ import annotations

from pathlib import Path

import pysam
import pytest

from oncopipe.io.bam import open_alignment

pytestmark = pytest.mark.real
BAMS = [
    "spike_train/tumor",
    "spike_train/normal",
    "admix/normal",
    "admix/tumor_f50",
    "admix/tumor_f10",
    "sim_train/normal",
]


@pytest.mark.parametrize("name", BAMS)
def test_all_records__equal_pysam(real_data: Path, name: str) -> None:
    path = real_data / f"{name}.bam"
    with open_alignment(path) as reader, pysam.AlignmentFile(str(path)) as file:
        theirs = file.fetch(until_eof=True)
        n = 0
        for batch in reader.all_records():
            nm, quality = batch.n_mismatches.tolist(), batch.quality_offset.tolist()
            table = zip(batch.position.tolist(), batch.end.tolist(), batch.flag.tolist(),
                        batch.mapping_quality.tolist(), batch.template_length.tolist(), strict=True)  # fmt: skip
            for row, ours in enumerate(table):
                read = next(theirs)
                end = read.reference_end if read.reference_end is not None else read.reference_start + 1
                assert ours == (read.reference_start, end, read.flag, read.mapping_quality, read.template_length)
                assert nm[row] == (read.get_tag("NM") if read.has_tag("NM") else -1)
                ours_quality = batch.buffer[quality[row] : quality[row] + read.query_length]
                assert ours_quality.tobytes() == bytes(read.query_qualities or b"")
                n += 1
        assert next(theirs, None) is None
        assert n > 1000
