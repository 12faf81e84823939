"""The reader equals pysam on odd files, and names what is wrong with broken ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pysam
import pytest

from oncopipe.data.reads import ReadBatch
from oncopipe.data.regions import Region, Regions
from oncopipe.errors import InputError, MissingInputError
from oncopipe.io.bam import AlignmentReader, open_alignment
from tests.fuzz.bgzf import EOF_MARKER, block, inflate, moved_bai, record_offsets, wrap
from tests.sequence_files import header_of, write_bam_of

CONTIGS = {"chr1": 100_000, "HLA-A*01:01:01:01": 40_000, "empty": 50}


def reads(n: int = 400, seed: int = 1) -> list[pysam.AlignedSegment]:
    """Odd records: sequence `*`, missing qualities, unmapped mates, secondary, long names, hard clips, many tags."""
    header = header_of(CONTIGS, {"a": "S", "b": "S"})
    rng = np.random.default_rng(seed)
    made = []
    for i in range(n):
        read = pysam.AlignedSegment(header)
        read.query_name = f"r{i}" + "x" * int(rng.integers(0, 200))
        read.reference_id = int(rng.integers(0, 2))
        read.reference_start = int(rng.integers(0, 35_000))
        read.mapping_quality = int(rng.integers(0, 255))
        read.flag = int(rng.choice([0, 16, 99, 147, 1024, 256, 2048, 77, 141]))
        cigar = [(0, 40), (2, 5), (0, 30)] if i % 3 else [(4, 10), (0, 50), (1, 3), (0, 7)]
        cigar = [(5, 4), (7, 20), (8, 1), (3, 1000), (0, 49)] if i % 7 == 0 else cigar
        read.cigartuples = cigar
        length = sum(n for op, n in cigar if op in (0, 1, 4, 7, 8))
        if i % 11:
            read.query_sequence = "".join(rng.choice(list("ACGTN"), length))
            if i % 5:
                read.query_qualities = rng.integers(0, 42, length).astype(np.uint8).tolist()
        if i % 2:
            read.set_tag("NM", int(rng.integers(0, 300)))
        read.set_tag("XB", [1, 2, 3])
        read.set_tag("XZ", "text")
        made.append(read)
    made.sort(key=lambda r: (r.reference_id, r.reference_start))
    unplaced = pysam.AlignedSegment(header)
    unplaced.query_name, unplaced.flag, unplaced.query_sequence = "u", 4, "ACGT"
    return [*made, unplaced]


@pytest.fixture
def bam(tmp_path: Path) -> Path:
    path = tmp_path / "odd.bam"
    records = reads()
    return write_bam_of(path, records[0].header, records)


def whole(reader: AlignmentReader) -> Regions:
    return Regions(tuple(Region(name, 0, length) for name, length in reader.header.contig_lengths.items()))


def rows(b: ReadBatch) -> list[tuple[int, ...]]:
    return [
        tuple(int(v) for v in row)
        for row in zip(b.contig, b.position, b.flag, b.mapping_quality, b.length, b.n_mismatches, strict=True)
    ]


def pysam_rows(path: Path, *where: object) -> list[tuple[int, ...]]:
    with pysam.AlignmentFile(str(path)) as file:
        return [
            (r.reference_id, r.reference_start, r.flag, r.mapping_quality, r.query_length if r.query_sequence else 0,
             r.get_tag("NM") if r.has_tag("NM") else -1)
            for r in (file.fetch(*where) if where else file.fetch(until_eof=True))
        ]  # fmt: skip


def test_all_records__equal_pysam(bam: Path) -> None:
    with open_alignment(bam) as reader:
        assert [row for batch in reader.all_records() for row in rows(batch)] == pysam_rows(bam)


@pytest.mark.parametrize("csi", [False, True])
@pytest.mark.parametrize("threads", [1, 2])
def test_batches__equal_pysam_fetch(bam: Path, csi: bool, threads: int) -> None:
    if csi:
        Path(f"{bam}.bai").unlink()
        pysam.index("-c", str(bam))
    rng = np.random.default_rng(3)
    with open_alignment(bam) as reader:
        assert reader.header.contig_lengths == CONTIGS
        assert reader.header.samples == ("S",)
        for _ in range(30):
            contig = ["chr1", "HLA-A*01:01:01:01"][int(rng.integers(2))]
            start = int(rng.integers(0, 39_000))
            end = start + int(rng.integers(1, 900))
            (batch,) = reader.batches(Regions((Region(contig, start, end),)), threads=threads)
            assert rows(batch) == pysam_rows(bam, contig, start, end)


def test_batches__own_every_read_once_and_in_order(bam: Path) -> None:
    with open_alignment(bam) as reader:
        owned = [
            row
            for batch in reader.batches(whole(reader), padding=50, threads=2)
            for row in rows(batch)
            if batch.region.start <= row[1] < batch.region.end
        ]
    assert owned == [row for row in pysam_rows(bam) if row[0] >= 0]


def test_open_alignment__reads_bc_behind_another_subfield(bam: Path, tmp_path: Path) -> None:
    path = tmp_path / "foreign.bam"
    old = inflate(bam.read_bytes())
    path.write_bytes(wrap(old.raw, 30_000, odd_extra=True))
    new = inflate(path.read_bytes())  # htslib does not index such a file
    Path(f"{path}.bai").write_bytes(moved_bai(Path(f"{bam}.bai").read_bytes(), old, new))
    with open_alignment(path) as reader:
        assert sum(len(b) for b in reader.all_records()) == len(pysam_rows(bam))


def test_open_alignment__makes_a_missing_index(bam: Path) -> None:
    Path(f"{bam}.bai").unlink()
    with open_alignment(bam) as reader:
        assert sum(len(batch) for batch in reader.batches(whole(reader))) > 0
    assert Path(f"{bam}.bai").is_file()


def test_open_alignment__missing_file(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError, match="missing"):
        open_alignment(tmp_path / "none.bam")


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "empty"), (b"not a bam", "neither BAM nor CRAM"), (block(b"BAM\x01"), "cut short"),
     (block(b"nonsense") + EOF_MARKER, "no sound BAM"),
     (block(b"BAM\x01\x00\x00") + EOF_MARKER, "header ends too early")],
)  # fmt: skip
def test_open_alignment__names_what_is_no_bam(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "x.bam"
    path.write_bytes(content)
    with pytest.raises(InputError, match=said):
        open_alignment(path)


def test_open_alignment__truncated_bam(bam: Path) -> None:
    bam.write_bytes(bam.read_bytes()[:-500])
    with pytest.raises(InputError, match="cut short"):
        open_alignment(bam)


def test_open_alignment__unsorted_bam(bam: Path, tmp_path: Path) -> None:
    old = inflate(bam.read_bytes())
    at = record_offsets(old.raw)
    assert old.raw[at[7] + 8 : at[7] + 12] != old.raw[at[8] + 8 : at[8] + 12]
    path = tmp_path / "unsorted.bam"
    path.write_bytes(wrap(old.raw[: at[7]] + old.raw[at[8] : at[9]] + old.raw[at[7] : at[8]] + old.raw[at[9] :]))
    Path(f"{path}.bai").write_bytes(moved_bai(Path(f"{bam}.bai").read_bytes(), old, inflate(path.read_bytes())))
    with open_alignment(path) as reader, pytest.raises(InputError, match="not sorted by coordinate"):
        list(reader.batches(whole(reader)))
