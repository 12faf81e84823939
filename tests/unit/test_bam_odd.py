"""Every odd file: the reader equals htslib record by record, in every column."""

from __future__ import annotations

import gzip
import os
import shutil
import struct
from pathlib import Path

import numpy as np
import pysam
import pytest

from oncopipe.calling.collect import collect
from oncopipe.cli.main import main
from oncopipe.data.regions import Region, Regions
from oncopipe.errors import InputError
from oncopipe.io.bam import open_alignment
from oncopipe.io.fasta import open_reference
from oncopipe.io.index import read_index
from oncopipe.io.index_file import StaleIndexWarning
from oncopipe.options import CallOptions
from tests.fuzz.bgzf import EOF_MARKER, METADATA_BIN, inflate, wrap
from tests.fuzz.rows import rows_of_batch, rows_of_pysam
from tests.fuzz.seed import CONTIGS, Seed, make_seed
from tests.sequence_files import header_of, write_bam_of

WINDOWS = [("one", 0, 70_000), ("one", 16_384, 32_768), ("one", 16_400, 16_401), ("one", 32_700, 32_900),
           ("one", 59_990, 60_010), ("HLA-A*01:01:01:01", 0, 2000), ("HLA-A*01:01:01:01", 500, 700), ("none", 0, 60)]  # fmt: skip


@pytest.fixture(scope="module")
def seed(tmp_path_factory: pytest.TempPathFactory) -> Seed:
    return make_seed(tmp_path_factory.mktemp("seed"))


def equals_pysam(path: Path, reference: Path | None = None, windows: list[tuple[str, int, int]] = WINDOWS) -> int:
    """Assert that all records and those of each window are htslib's; the number of records."""
    with (
        open_alignment(path, reference) as reader,
        pysam.AlignmentFile(str(path), reference_filename=reference and str(reference), check_sq=False) as file,
    ):
        rows = list(rows_of_pysam(file.fetch(until_eof=True)))
        assert [row for batch in reader.all_records() for row in rows_of_batch(batch)] == rows
        for contig, start, end in windows:
            theirs = list(rows_of_pysam(file.fetch(contig, start, end)))
            assert list(rows_of_batch(reader.read(Region(contig, start, end)))) == theirs
        assert reader.n_unplaced == sum(row[0] < 0 for row in rows)
    return len(rows)


def write(path: Path, rows: list[tuple[int, int, int, str]], contigs: dict[str, int], cigar: str = "50M") -> Path:
    """A BAM of plain reads: contig, position, flag, name."""
    header, reads = header_of(contigs, {"a": "S"}), []
    for contig, position, flag, name in rows:
        read = pysam.AlignedSegment(header)
        read.query_name, read.reference_id, read.reference_start, read.flag = name, contig, position, flag
        read.mapping_quality, read.query_sequence = 60, "A" * 50
        read.query_qualities = [30] * 50
        read.cigarstring = None if flag & 4 else cigar
        reads.append(read)
    return write_bam_of(path, header, reads)


@pytest.mark.parametrize("index", ["ours", "bai", "csi", "csi of 1 kb", "csi of 1 Mb"])
def test_reader__equals_pysam_with_every_index(seed: Seed, tmp_path: Path, index: str) -> None:
    """Long CIGAR in CG, no sequence, no qualities, two read groups, secondary, supplementary, unmapped, unplaced."""
    path = tmp_path / "odd.bam"
    shutil.copy(seed.tumor, path)
    if index == "ours":
        Path(f"{path}.bai").write_bytes(seed.bai)
    elif index == "bai":
        pysam.index(str(path))
    else:
        pysam.index("-c", "-m", {"csi": "14", "csi of 1 kb": "10", "csi of 1 Mb": "20"}[index], str(path))
    assert equals_pysam(path) > 130


@pytest.mark.parametrize("size", [300, 5000, 65_280])
@pytest.mark.parametrize("level", [0, 9])
def test_reader__equals_pysam_whatever_the_blocks(seed: Seed, tmp_path: Path, size: int, level: int) -> None:
    path = tmp_path / "blocks.bam"
    path.write_bytes(wrap(seed.inflated.raw, size, level=level))
    pysam.index(str(path))
    assert equals_pysam(path) > 130


def test_reader__follows_a_cigar_of_more_than_65535_operations(tmp_path: Path) -> None:
    path = tmp_path / "long.bam"
    header = header_of({"c": 200_000}, {"a": "S"})
    read = pysam.AlignedSegment(header)
    read.query_name, read.reference_id, read.reference_start, read.mapping_quality = "long", 0, 1000, 60
    read.query_sequence = "ACGT" * 10_000
    read.query_qualities = [30] * 40_000
    read.cigartuples = [(0, 1), (2, 1)] * 39_999 + [(0, 1)]
    write_bam_of(path, header, [read])
    raw = inflate(path.read_bytes()).raw
    assert b"CGBI" in raw and len(read.cigartuples) > 65_535
    assert equals_pysam(path, windows=[("c", 0, 200_000), ("c", 80_990, 80_991), ("c", 80_999, 81_010)]) == 1
    with open_alignment(path) as reader:
        batch = reader.read(Region("c", 50_000, 50_001))
        assert batch.n_cigar.tolist() == [79_999] and batch.end.tolist() == [1000 + 79_999]


def test_reader__finds_unmapped_reads_that_a_window_begins_with(tmp_path: Path) -> None:
    """The linear index counts mapped reads only; mates of unmapped reads may stand behind them."""
    rows = [(0, p, 16 * (p % 2), f"r{p}") for p in range(0, 16_300, 50)]
    rows += [(0, 16_384 + i, 4, f"u{i}") for i in range(30)] + [(0, 16_420, 0, "m"), (0, 40_000, 4, "far")]
    rows += [(1, 100, 4, "alone"), (1, 20_000, 4, "too"), (2, 50, 0, "last")]
    path = write(tmp_path / "unmapped.bam", rows, {"a": 60_000, "b": 60_000, "c": 1000})
    windows = [("a", 16_384, 16_400), ("a", 16_390, 16_421), ("a", 39_000, 41_000), ("b", 0, 60_000), ("b", 90, 110),
               ("b", 19_000, 21_000), ("c", 0, 1000)]  # fmt: skip
    assert equals_pysam(path, windows=windows) == len(rows)
    Path(f"{path}.bai").unlink()
    pysam.index("-c", str(path))
    assert equals_pysam(path, windows=windows) == len(rows)


@pytest.mark.parametrize("contigs", [{"a": 1000, "b": 5}, {}])
def test_reader__an_empty_bam_has_no_reads(tmp_path: Path, contigs: dict[str, int]) -> None:
    path = write(tmp_path / "empty.bam", [], contigs)
    assert equals_pysam(path, windows=[(name, 0, length) for name, length in contigs.items()]) == 0
    with open_alignment(path) as reader:
        assert list(reader.all_records()) == []
        assert reader.header.contig_lengths == contigs


def test_reader__takes_empty_blocks_inside_the_file(seed: Seed, tmp_path: Path) -> None:
    """As files have that were joined block by block."""
    path = tmp_path / "joined.bam"
    raw, cut = seed.inflated.raw, seed.records[40]
    path.write_bytes(wrap(raw[:cut], 4000) + wrap(raw[cut:], 4000) + EOF_MARKER)
    pysam.index(str(path))
    assert equals_pysam(path) > 130


def test_collect__counts_beyond_65535_reads_at_a_base(tmp_path: Path) -> None:
    n, bases = 70_000, "ACGTTGCAAC" * 12
    fasta = tmp_path / "g.fa"
    fasta.write_text(f">c\n{bases}\n")
    other = bases[:55] + "T" + bases[56:]
    assert other != bases
    for name, every in (("tumor", 10), ("normal", 0)):
        path = tmp_path / f"{name}.bam"
        header = f"@HD\tVN:1.6\tSO:coordinate\n@SQ\tSN:c\tLN:120\n@RG\tID:a\tSM:{name}\n"
        head = b"BAM\1" + struct.pack("<i", len(header)) + header.encode() + struct.pack("<ii2si", 1, 2, b"c", 120)
        packed = [
            bytes("=ACMGRSVTWYHKDBN".index(s[i]) << 4 | "=ACMGRSVTWYHKDBN".index(s[i + 1]) for i in range(20, 80, 2))
            for s in (bases, other)
        ]
        records = []
        for i in range(n):
            name_ = f"{i:06d}".encode() + b"\0"
            body = struct.pack("<iiBBHHHiiii", 0, 20, 7, 60, 4681, 1, 16 * (i % 2), 60, -1, -1, 0) + name_
            body += struct.pack("<I", 60 << 4) + packed[bool(every and i % every == 0)] + b"\x1e" * 60
            records.append(struct.pack("<i", len(body)) + body)
        path.write_bytes(wrap(head + b"".join(records)))
        pysam.index(str(path))
    options = CallOptions(max_depth=100_000, collapse_duplicates=False)
    with (
        open_reference(fasta) as reference,
        open_alignment(tmp_path / "tumor.bam") as tumor,
        open_alignment(tmp_path / "normal.bam") as normal,
    ):
        collected = collect(tumor, normal, reference, Regions((Region("c", 0, 120),)), options)
    # Bases by quality are counted in one fragment of sixteen.
    assert int(collected.statistics.bases_by_quality[0].sum()) == pytest.approx(60 * n, rel=0.02)
    (row,) = np.flatnonzero(collected.evidence.position == 55)
    by_allele = collected.evidence.counts[row].sum(axis=(2, 3))
    assert by_allele[0, :2].tolist() == [n - n // 10, n // 10]
    assert by_allele[1, :2].tolist() == [n, 0]


def test_reader__small_targets_hold_what_the_whole_holds(seed: Seed) -> None:
    with open_alignment(seed.tumor) as reader:
        (whole,) = reader.batches(Regions((Region("one", 0, 70_000),)))
        rows = list(rows_of_batch(whole))
        targets = Regions(tuple(Region("one", start, start + 200) for start in range(0, 70_000, 200)))
        n = 0
        for batch in reader.batches(targets, threads=2):
            here = [row for row in rows if row[1] < batch.region.end and row[2] > batch.region.start]
            assert list(rows_of_batch(batch)) == here
            n += len(here)
    assert n >= len(rows) > 100  # a read on two targets is in both


def test_index__older_than_the_reads_is_told_and_used(seed: Seed, tmp_path: Path) -> None:
    path = tmp_path / "copied.bam"
    shutil.copy(seed.tumor, path)
    Path(f"{path}.bai").write_bytes(seed.bai)
    os.utime(f"{path}.bai", (1, 1))
    with pytest.warns(StaleIndexWarning, match="older"), open_alignment(path) as reader:
        assert len(reader.read(Region("one", 0, 70_000))) > 50


def other_contents(seed: Seed) -> dict[str, bytes]:
    raw, records = seed.inflated.raw, seed.records
    return {
        "a read less": wrap(raw[: records[50]] + raw[records[51] :]),
        "the end lost": wrap(raw[: records[50]]),
        "other blocks": wrap(raw, 3000),
        "reads without a contig lost": wrap(raw[: records[-3]]),
    }


@pytest.mark.parametrize("what", ["a read less", "the end lost", "other blocks", "reads without a contig lost"])
def test_index__of_other_contents_is_refused(seed: Seed, tmp_path: Path, what: str) -> None:
    path = tmp_path / "made_anew.bam"
    path.write_bytes(other_contents(seed)[what])
    for suffix, index in ((".bai", seed.bai), (".csi", seed.csi)):
        Path(f"{path}{suffix}").write_bytes(index)
        with pytest.raises(InputError, match="made for a BAM with other contents"):
            open_alignment(path)
        Path(f"{path}{suffix}").unlink()
    assert equals_pysam(path) > 40  # one is made, and it fits


def test_index__of_a_file_that_has_grown_on_a_new_contig_is_refused(tmp_path: Path) -> None:
    """Its offsets are all good; of the new reads it knows nothing."""
    contigs = {"a": 60_000, "b": 60_000}
    rows = [(0, p, 0, f"r{p}") for p in range(0, 50_000, 20)]
    path = write(tmp_path / "grown.bam", rows, contigs)
    old, _ = Path(f"{path}.bai").read_bytes(), path.unlink()
    write(path, [*rows, *((1, p, 0, f"s{p}") for p in range(0, 50_000, 20))], contigs)
    Path(f"{path}.bai").write_bytes(old)
    with pytest.raises(InputError, match="other contents"):
        open_alignment(path)


@pytest.mark.filterwarnings("always::oncopipe.io.index_file.StaleIndexWarning")
def test_index__older_than_the_reads_is_told_by_the_command(
    seed: Seed, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "copied.bam"
    shutil.copy(seed.tumor, path)
    Path(f"{path}.bai").write_bytes(seed.bai)
    os.utime(f"{path}.bai", (1, 1))
    said = ["qc", "--bam", str(path), "--reference", str(seed.reference), "--output", str(tmp_path / "qc")]
    with pytest.raises(SystemExit):
        main(said)
    assert f"oncopipe: warning: the index {path}.bai is older than {path}" in capsys.readouterr().err


@pytest.mark.parametrize("at", [0, 8, 16, 24])
def test_read_index__negative_numbers_are_refused(seed: Seed, at: int) -> None:
    """What an index says of a contig's place and reads."""
    lengths = tuple(CONTIGS.values())
    where = seed.bai.index(struct.pack("<II", METADATA_BIN, 2)) + 8 + at
    mutant = seed.bai[: where + 7] + b"\xff" + seed.bai[where + 8 :]
    with pytest.raises(InputError, match="contradicts itself"):
        read_index(mutant, Path("x.bai"), lengths)
    assert read_index(seed.bai, Path("x.bai"), lengths).n_unplaced == 2


def test_read_index__a_csi_with_negative_offsets_is_refused(seed: Seed) -> None:
    raw = bytearray(gzip.decompress(seed.csi))
    raw[24 + 4 + 7] = 0xFF  # of the first bin: number, offset
    with pytest.raises(InputError, match="contradicts itself"):
        read_index(bytes(raw), Path("x.csi"), tuple(CONTIGS.values()))
