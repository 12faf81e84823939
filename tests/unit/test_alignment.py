"""FASTQ to BAM: the same records as `bwa mem`, the same bytes at any thread count, named errors for bad lanes."""

from __future__ import annotations

import gzip
import math
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pysam
import pytest

from oncopipe.alignment import Lane, align_reads, ensure_index
from oncopipe.alignment.aligners import align_with_bwa, align_with_pybwa
from oncopipe.alignment.index import link_index
from oncopipe.alignment.pairing import InsertSizes, parse_insert_sizes
from oncopipe.cli.main import main
from oncopipe.errors import ConfigError, InputError, MissingInputError, OncoPipeError, ReferenceMismatchError
from oncopipe.io.fasta import open_reference
from oncopipe.io.fastq import FastqRecord, read_fastq, read_pairs, write_fastq
from oncopipe.options import AlignOptions

COMPLEMENT = str.maketrans("ACGTN", "TGCAN")
LENGTH = 100

needs_bwa = pytest.mark.skipif(shutil.which("bwa") is None, reason="the program bwa is not installed (apt: bwa)")


def reverse_complement(sequence: str) -> str:
    return sequence.translate(COMPLEMENT)[::-1]


def random_sequence(rng: np.random.Generator, n: int) -> str:
    return "".join(np.array(list("ACGT"))[rng.integers(0, 4, n)])


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three contigs with an exact repeat across two of them and a diverged one within the third."""
    rng = np.random.default_rng(11)
    one, two, three = (random_sequence(rng, n) for n in (60_000, 50_000, 40_000))
    two = two[:20_000] + one[10_000:13_000] + two[23_000:]
    copy = np.array(list(one[30_000:31_000]))
    copy[rng.integers(0, 1000, 30)] = "A"
    three = three[:5_000] + "".join(copy) + three[6_000:8_000] + "A" * 40 + three[8_040:]
    path = tmp_path_factory.mktemp("reference") / "reference.fa"
    path.write_text("".join(f">chr{i}\n{s}\n" for i, s in enumerate((one, two, three), 1)))
    return path


def odd_pair(rng: np.random.Generator, contigs: list[str], insert: int, start: int) -> tuple[str, str]:
    """Mates of one fragment, one in seven of a kind that makes pairing hard."""
    contig = contigs[int(rng.integers(3))]
    start %= len(contig) - 6_000
    fragment = contig[start : start + insert]
    one, two = fragment[:LENGTH], reverse_complement(fragment[-LENGTH:])
    kind = int(rng.integers(70))
    elsewhere = contigs[1][start : start + LENGTH]
    odd = {
        0: (random_sequence(rng, LENGTH), two),  # one end unmapped
        1: (random_sequence(rng, LENGTH), random_sequence(rng, LENGTH)),  # both
        2: (one[:50] + elsewhere[:50], two),  # chimeric: a supplementary record
        3: (one, reverse_complement(two)),  # FF
        4: (reverse_complement(one), reverse_complement(two)),  # RF
        5: (one, reverse_complement(contig[start + 5_000 : start + 5_000 + LENGTH])),  # far apart
        6: (one, reverse_complement(elsewhere)),  # often another contig
        7: ("N" * LENGTH, two),
        8: (one[:25] + random_sequence(rng, LENGTH - 25), two),  # a short anchor: mate rescue or clipped
        9: (one[:40] + one[52:], two[:60] + random_sequence(rng, 9) + two[60:]),  # deletion and insertion
    }.get(kind, (one, two))
    return odd if rng.random() < 0.5 else (odd[1], odd[0])


def with_errors(rng: np.random.Generator, sequence: str) -> str:
    bases = np.array(list(sequence))
    wrong = rng.random(len(bases)) < 0.01
    bases[wrong] = np.array(list("ACGT"))[rng.integers(0, 4, int(wrong.sum()))]
    return "".join(bases)


def make_pairs(reference: Path, n: int, inserts: str, seed: int = 5) -> list[tuple[FastqRecord, FastqRecord]]:
    rng = np.random.default_rng(seed)
    with pysam.FastaFile(str(reference)) as fasta:
        contigs = [fasta.fetch(name) for name in fasta.references]
    draw = {
        "narrow": lambda: rng.normal(350, 20),
        "wide": lambda: rng.normal(400, 130),
        # Quartiles as far apart as can be: accepted up to 7 standard deviations, where bwa scores the ends apart.
        "two lines": lambda: (300, 500)[int(rng.integers(2))] if rng.random() < 0.9 else rng.integers(1_000, 1_120),
        "heavy tail": lambda: 200 + rng.exponential(120) ** (1.4 if rng.random() < 0.1 else 1),
    }[inserts]
    pairs = []
    for i in range(n):
        insert = int(np.clip(draw(), LENGTH, 3_000))
        mates = odd_pair(rng, contigs, insert, int(rng.integers(60_000)))
        reads = []
        for sequence in mates:
            bases = with_errors(rng, sequence)
            quality = "".join(chr(33 + q) for q in rng.integers(2, 41, len(bases)))
            reads.append(FastqRecord(f"pair{i}", bases, quality))
        pairs.append((reads[0], reads[1]))
    return pairs


def write_lane(folder: Path, name: str, pairs: list[tuple[FastqRecord, FastqRecord]]) -> Lane:
    folder.mkdir(exist_ok=True)
    lane = Lane(folder / f"{name}_1.fastq.gz", folder / f"{name}_2.fastq.gz")
    write_fastq(lane.fastq_1, (pair[0] for pair in pairs))
    write_fastq(lane.fastq_2, (pair[1] for pair in pairs))
    return lane


def fields(record: pysam.AlignedSegment) -> tuple[object, ...]:
    """Everything a record says, tags in name order."""
    tags = sorted(record.get_tags())
    return (
        record.query_name,
        record.flag,
        record.reference_id,
        record.reference_start,
        record.mapping_quality,
        record.cigarstring,
        record.next_reference_id,
        record.next_reference_start,
        record.template_length,
        record.query_sequence,
        record.qual,
        tags,
    )


@needs_bwa
@pytest.mark.parametrize("inserts", ["narrow", "wide", "two lines", "heavy tail"])
def test_align_with_pybwa__writes_what_bwa_mem_writes(reference: Path, tmp_path: Path, inserts: str) -> None:
    """Every field of every record of 4 x 6,000 pairs, FLAG and RG included."""
    pairs = make_pairs(reference, 6_000, inserts)
    with open_reference(reference) as opened:
        prefix = ensure_index(opened, reference)
        linked = link_index(prefix, tmp_path, opened)
    ours = [fields(r) for r in align_with_pybwa(iter(pairs), linked, "lane", 2)]
    theirs = [fields(r) for r in align_with_bwa(iter(pairs), linked, "lane", 1)]
    assert len(ours) > 12_000  # supplementary records are among them
    assert ours == theirs
    flags = np.array([f[1] for f in ours])
    for bit in (0x2, 0x4, 0x8, 0x20, 0x40, 0x80, 0x800):
        assert ((flags & bit) > 0).sum() > 20


def is_tie(record: pysam.AlignedSegment) -> bool:
    """Another place, or the other part of a split read, may be as good."""
    return record.mapping_quality == 0 or record.has_tag("SA")


@needs_bwa
def test_align_with_pybwa__equals_bwa_in_later_batches_but_for_ties(reference: Path, tmp_path: Path) -> None:
    pairs = make_pairs(reference, 4_000, "narrow")
    with open_reference(reference) as opened:
        linked = link_index(ensure_index(opened, reference), tmp_path, opened)
    ours = list(align_with_pybwa(iter(pairs), linked, "lane", 1, batch_bases=200_000))
    theirs = list(align_with_bwa(iter(pairs), linked, "lane", 2, batch_bases=200_000))
    ties = {r.query_name for r in (*ours, *theirs) if not r.is_unmapped and is_tie(r)}
    assert len(ties) < 0.15 * len(pairs)
    assert [fields(r) for r in ours if r.query_name not in ties] == [
        fields(r) for r in theirs if r.query_name not in ties
    ]


def test_prefers_unpaired__begins_where_bwa_begins() -> None:
    """0.721 ln(2 erfc(z / sqrt 2)) + 0.499, cut to an integer, first reaches -17 near z = 6.6."""
    sizes = InsertSizes(0, 10_000, 1000.0, 100.0)
    first = next(d for d in range(1000, 3000) if sizes.prefers_unpaired(d))
    z = (first - 1000) / 100
    assert 0.721 * math.log(2 * math.erfc(z / math.sqrt(2))) + 0.499 <= -16
    assert 6.3 < z < 6.9
    assert InsertSizes(0, 10_000, 1000.0, 1.0).prefers_unpaired(9000)  # erfc underflows to 0


def test_parse_insert_sizes__refuses_a_log_that_says_nothing() -> None:
    with pytest.raises(OncoPipeError, match="insert sizes"):
        parse_insert_sizes("[M::mem_process_seqs] Processed 2 reads")


def test_align_reads__same_bytes_at_any_thread_count_and_place(reference: Path, tmp_path: Path) -> None:
    pairs = make_pairs(reference, 1_500, "narrow")
    lanes = [write_lane(tmp_path / "fastq", "a", pairs[:900]), write_lane(tmp_path / "fastq", "b", pairs[900:])]
    outputs = [tmp_path / "one" / "s.bam", tmp_path / "two" / "t.bam"]
    plain = tmp_path / "plain.fa"
    plain.write_text(reference.read_text())
    for output, threads in zip(outputs, (1, 3), strict=True):
        n = align_reads(lanes, plain, output, sample="S1", patient="P1", threads=threads)
        assert n == 1_500
    assert outputs[0].read_bytes() == outputs[1].read_bytes()
    assert Path(f"{outputs[0]}.bai").read_bytes() == Path(f"{outputs[1]}.bai").read_bytes()
    assert sorted(p.name for p in (tmp_path / "one").iterdir()) == ["bwa-index", "s.bam", "s.bam.bai"]


def test_align_reads__gives_each_lane_its_read_group(reference: Path, tmp_path: Path) -> None:
    pairs = make_pairs(reference, 400, "narrow")
    lanes = [write_lane(tmp_path, "a", pairs[:300]), write_lane(tmp_path, "b", pairs[300:])]
    align_reads(lanes, reference, tmp_path / "s.bam", sample="S1", patient="P1")
    with pysam.AlignmentFile(str(tmp_path / "s.bam")) as bam:
        groups = bam.header.to_dict()["RG"]
        assert bam.header.to_dict()["HD"]["SO"] == "coordinate"
        records = list(bam)
    assert [(g["ID"], g["SM"], g["LB"], g["PL"]) for g in groups] == [
        ("S1.1", "S1", "S1", "ILLUMINA"),
        ("S1.2", "S1", "S1", "ILLUMINA"),
    ]
    for record in records:
        number = int(record.query_name[4:])
        assert record.get_tag("RG") == ("S1.1" if number < 300 else "S1.2")


def test_align_reads__marks_the_copy_of_a_pair(reference: Path, tmp_path: Path) -> None:
    pairs = make_pairs(reference, 300, "narrow")
    copies = [tuple(read._replace(name=read.name + "copy") for read in pair) for pair in pairs[:50]]
    lane = write_lane(tmp_path, "a", pairs + [(a, b) for a, b in copies])
    counts = {}
    for mark in (True, False):
        output = tmp_path / f"{mark}.bam"
        options = AlignOptions.model_validate({"mark_duplicates": mark})
        align_reads([lane], reference, output, sample="S1", patient="P1", options=options)
        with pysam.AlignmentFile(str(output)) as bam:
            counts[mark] = sum(r.is_duplicate and not r.is_secondary and not r.is_supplementary for r in bam)
    assert 80 <= counts[True] <= 100  # both mates of the copies that map uniquely
    assert counts[False] == 0


@needs_bwa
def test_align_reads__pybwa_and_bwa_end_in_the_same_records(reference: Path, tmp_path: Path) -> None:
    lane = write_lane(tmp_path, "a", make_pairs(reference, 1_000, "wide"))
    records = {}
    for aligner in ("pybwa", "bwa"):
        output = tmp_path / f"{aligner}.bam"
        options = AlignOptions.model_validate({"aligner": aligner})
        align_reads([lane], reference, output, sample="S1", patient="P1", options=options)
        with pysam.AlignmentFile(str(output)) as bam:
            records[aligner] = [record.to_string() for record in bam]
    assert records["pybwa"] == records["bwa"]


def test_align_reads__refuses_bwa_when_it_is_not_there(
    reference: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lane = write_lane(tmp_path, "a", make_pairs(reference, 10, "narrow"))
    monkeypatch.setenv("PATH", str(tmp_path))
    options = AlignOptions.model_validate({"aligner": "bwa"})
    with pytest.raises(ConfigError, match="not installed"):
        align_reads([lane], reference, tmp_path / "s.bam", sample="S1", patient="P1", options=options)


FAULTS = {
    "truncated": ("@r1\nACGT\n+\nIIII\n@r2\nACG", "less than four lines", "record 2"),
    "short qualities": ("@r1\nACGT\n+\nIII\n", "4 bases but 3 qualities", "record 1"),
    "no at sign": ("r1\nACGT\n+\nIIII\n", "does not begin with @", "record 1"),
    "no bases": ("@r1\n\n+\n\n", "no bases", "record 1"),
    "blank name": ("@ \nACGT\n+\nIIII\n", "read name", "record 1"),
    "odd base": ("@r1\nACGT\n+\nIIII\n@r2\nAC*T\n+\nIIII\n", "other signs", "record 2"),
    "space in qualities": ("@r1\nACGT\n+\nII I\n", "other signs", "record 1"),
    "binary": ("@r1\nAC\xffT\n+\nIIII\n", "no text", "record 1"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_read_fastq__names_file_and_record(tmp_path: Path, fault: str) -> None:
    text, what, where = FAULTS[fault]
    path = tmp_path / "bad_1.fastq"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError) as caught:
        list(read_fastq(path))
    assert what in str(caught.value)
    assert where in str(caught.value)
    assert "bad_1.fastq" in str(caught.value)


def test_read_fastq__reads_gzip_members_suffixes_comments_and_carriage_returns(tmp_path: Path) -> None:
    path = tmp_path / "r"
    path.write_bytes(
        gzip.compress(b"@a/1 comment\nACgN\n+a\nIII!\n") + gzip.compress(b"@b 1:N:0:ACGT\r\nAC\r\n+\r\nI@\r\n")
    )
    assert list(read_fastq(path)) == [FastqRecord("a", "ACgN", "III!"), FastqRecord("b", "AC", "I@")]


def test_read_fastq__refuses_cut_gzip(tmp_path: Path) -> None:
    path = tmp_path / "cut_1.fastq.gz"
    write_fastq(path, [FastqRecord(f"r{i}", "ACGT" * 20, "IIII" * 20) for i in range(500)])
    path.write_bytes(path.read_bytes()[:-300])
    with pytest.raises(InputError, match="truncated or damaged"):
        list(read_fastq(path))


def test_read_fastq__refuses_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError, match="missing"):
        list(read_fastq(tmp_path / "nowhere.fastq"))


def two_files(folder: Path, names_1: list[str], names_2: list[str]) -> tuple[Path, Path]:
    paths = (folder / "x_1.fastq.gz", folder / "x_2.fastq.gz")
    for path, names in zip(paths, (names_1, names_2), strict=True):
        write_fastq(path, (FastqRecord(name, "ACGT", "IIII") for name in names))
    return paths


@pytest.mark.parametrize(
    ("names_1", "names_2", "what"),
    [
        (["a", "b"], ["a"], "x_2.fastq.gz ends after 1 reads"),
        (["a"], ["a", "b"], "x_1.fastq.gz ends after 1 reads"),
        (["a", "b"], ["a", "c"], "different names: b and c"),
        ([], [], "hold no reads"),
    ],
)
def test_read_pairs__refuses_files_that_do_not_go_together(
    tmp_path: Path, names_1: list[str], names_2: list[str], what: str
) -> None:
    with pytest.raises(InputError) as caught:
        list(read_pairs(*two_files(tmp_path, names_1, names_2)))
    assert what in str(caught.value)


@pytest.mark.parametrize("aligner", ["pybwa", pytest.param("bwa", marks=needs_bwa)])
def test_align_reads__leaves_nothing_after_a_bad_lane(reference: Path, tmp_path: Path, aligner: str) -> None:
    pairs = make_pairs(reference, 50, "narrow")
    good = write_lane(tmp_path, "good", pairs[:30])
    bad = write_lane(tmp_path, "bad", pairs[30:])
    write_fastq(bad.fastq_2, (pair[1] for pair in pairs[30:40]))
    folder = tmp_path / "out"
    options = AlignOptions.model_validate({"aligner": aligner})
    with pytest.raises(InputError, match="ends after 10 reads"):
        align_reads(
            [good, bad], reference, folder / "s.bam", sample="S", patient="P", index=reference, options=options
        )
    assert list(folder.iterdir()) == []


def test_align_reads__refuses_the_same_file_twice(reference: Path, tmp_path: Path) -> None:
    lane = write_lane(tmp_path, "a", make_pairs(reference, 5, "narrow"))
    with pytest.raises(ConfigError, match="given twice"):
        align_reads([lane, lane], reference, tmp_path / "s.bam", sample="S", patient="P")


def test_ensure_index__refuses_the_index_of_another_reference(reference: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.fa"
    other.write_text(">chr1\n" + "ACGTTGCA" * 200 + "\n")
    with open_reference(other) as opened:
        prefix = ensure_index(opened, tmp_path / "index" / "other")
    with open_reference(reference) as opened, pytest.raises(ReferenceMismatchError, match="another reference"):
        ensure_index(opened, prefix)


def test_align_reads__sweeps_what_a_killed_run_left(reference: Path, tmp_path: Path) -> None:
    lane = write_lane(tmp_path / "fastq", "a", make_pairs(reference, 20, "narrow"))
    left = tmp_path / ".s.bam.part"
    left.mkdir()
    (left / "sorted.bam").write_text("half")
    align_reads([lane], reference, tmp_path / "s.bam", sample="S", patient="P", index=reference)
    assert not left.exists()


def test_batches__do_not_read_ahead_of_their_batch(reference: Path, tmp_path: Path) -> None:
    """Memory is bounded by the batch: the first record comes before the input is read to its end."""
    pairs = make_pairs(reference, 300, "narrow")
    taken = 0

    def counted() -> Iterator[tuple[FastqRecord, FastqRecord]]:
        nonlocal taken
        for pair in pairs:
            taken += 1
            yield pair

    with open_reference(reference) as opened:
        linked = link_index(ensure_index(opened, reference), tmp_path, opened)
    records = align_with_pybwa(counted(), linked, "lane", 1, batch_bases=20_000)
    next(records)
    records.close()
    assert 100 <= taken <= 105  # reads of 100 bases, some a little shorter


def run_align(*arguments: object) -> int:
    with pytest.raises(SystemExit) as caught:
        main(["align", *(str(a) for a in arguments)])
    assert isinstance(caught.value.code, int)
    return caught.value.code


def test_align__exit_codes(reference: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    lane = write_lane(tmp_path, "a", make_pairs(reference, 20, "narrow"))
    output = tmp_path / "s.bam"
    common = ["--reference", reference, "--sample", "S1", "--patient", "P1", "--output", output]
    lanes = ["--fastq-1", lane.fastq_1, "--fastq-2", lane.fastq_2]
    assert run_align(*common, *lanes, "--index", reference) == 0
    assert output.is_file()
    assert "20 pairs" in capfd.readouterr().err
    assert run_align(*common, *lanes, "--fastq-1", lane.fastq_2) == 78
    assert run_align(*common, "--fastq-1", lane.fastq_1, "--fastq-2", tmp_path / "none.fq") == 66
    assert run_align(*common, *lanes, "--sample", "../S1") == 78
    assert run_align(*common, *lanes, "--reference", tmp_path / "none.fa") == 66
    assert run_align(*common, *lanes, "--index", "/proc/none/index") == 73
