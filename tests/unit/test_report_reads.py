"""Reads at a variant are drawn as they are in the BAM: bases, qualities, strands, indels, and honest counts."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pysam
import pytest
from click.testing import CliRunner

from oncopipe.cli.main import main
from oncopipe.cli.report import command
from oncopipe.data.findings import Variant
from oncopipe.errors import InputError, MissingInputError
from oncopipe.io.findings import write_findings
from oncopipe.report.reads import COLUMN, Pileup, draw
from oncopipe.report.rows import key_of
from oncopipe.report.stacks import FLANK, MAX_READS, SCHEMA, collect_stacks, read_stacks, write_stacks
from tests import findings_builder as build
from tests.sequence_files import header_of, write_bam_of, write_fasta

SITE = 500  # 0-based
GENOME = "".join(random.Random(11).choices("ACGT", k=1000))
OTHER = {"A": "C", "C": "G", "G": "T", "T": "A"}


def change(reference: str, alternate: str) -> Variant:
    return build.variant(
        "GENE", "p.A1T", 9, 90, "I-A", chromosome="chr1", position=SITE + 1, reference=reference, alternate=alternate
    )


def write_bam(path: Path, reads: list[tuple[str, int, str, str, int]], quality: int = 35) -> Path:
    """Reads as (name, start, CIGAR, bases, flag)."""
    header, made = header_of({"chr1": 1000}, {}), []
    for name, start, cigar, bases, flag in reads:
        read = pysam.AlignedSegment(header)
        read.query_name, read.reference_id, read.reference_start, read.cigarstring = name, 0, start, cigar
        read.query_sequence, read.flag, read.mapping_quality = bases, flag, 60
        read.query_qualities = pysam.qualitystring_to_array(chr(33 + quality) * len(bases))
        made.append(read)
    return write_bam_of(path, header, made)


def fasta(folder: Path) -> Path:
    return write_fasta(folder / "g.fa", {"chr1": GENOME})


def plain(name: str, start: int, flag: int = 0, at: dict[int, str] | None = None) -> tuple[str, int, str, str, int]:
    bases = list(GENOME[start : start + 60])
    for position, base in (at or {}).items():
        bases[position - start] = base
    return name, start, "60M", "".join(bases), flag


def drawn(folder: Path, variant: Variant, reads: list[tuple[str, int, str, str, int]], quality: int = 35) -> Pileup:
    bam = write_bam(folder / "t.bam", reads, quality)
    stacks = collect_stacks([variant], fasta(folder), ("T", bam), None)
    write_stacks(stacks, folder / "reads.parquet")
    assert read_stacks(folder / "reads.parquet") == stacks
    (pile,) = draw(stacks)[key_of(variant)]
    return pile


def test_stacks__shows_bases_strands_and_where_they_differ(tmp_path: Path) -> None:
    alternate = OTHER[GENOME[SITE]]
    reads = [
        plain("a", SITE - 30, 0, {SITE: alternate}),
        plain("b", SITE - 20, 16, {SITE: alternate}),
        plain("c", SITE - 10, 16),
        plain("dup", SITE - 9, 0x400, {SITE: alternate}),
        plain("second", SITE - 8, 0x100),
        plain("away", SITE + 5),
    ]
    pile = drawn(tmp_path, change(GENOME[SITE], alternate), reads)
    assert (pile.n, pile.n_alternate, pile.n_alternate_drawn) == (3, 2, 2)
    assert pile.reference.letters == GENOME[SITE - FLANK : SITE + 1 + FLANK]
    assert pile.site == (FLANK * COLUMN, COLUMN)
    assert [read.has_alternate for read in pile.reads] == [True, True, False]
    for read in pile.reads:
        differing = [run for run in read.runs if "difference" in run.kind]
        assert [run.letters for run in differing] == ([alternate] if read.has_alternate else [])
        assert all(run.x == FLANK * COLUMN for run in differing)
        for run in read.runs:
            if run.kind == "plain":
                first = round(run.x / COLUMN)
                assert run.letters == pile.reference.letters[first : first + len(run.letters)]
    arrows = ["l-4" in read.outline for read in pile.reads]
    assert arrows == [False, True, True]  # the tip of reverse reads points left


def test_stacks__low_qualities_are_small_letters(tmp_path: Path) -> None:
    alternate = OTHER[GENOME[SITE]]
    pile = drawn(tmp_path, change(GENOME[SITE], alternate), [plain("a", SITE - 30, 0, {SITE: alternate})], quality=12)
    assert {run.kind for run in pile.reads[0].runs} == {"low", "difference low"}
    assert "".join(run.letters for run in pile.reads[0].runs).islower()


def test_stacks__draws_deletions_and_insertions(tmp_path: Path) -> None:
    start = SITE - 29
    gone = ("d", start, "30M3D30M", GENOME[start : start + 30] + GENOME[start + 33 : start + 63], 0)
    deletion = change(GENOME[SITE : SITE + 4], GENOME[SITE])
    pile = drawn(tmp_path, deletion, [gone, plain("n", start)])
    assert (pile.n, pile.n_alternate) == (2, 1)
    assert pile.reads[0].gaps == (((FLANK + 1) * COLUMN, (FLANK + 4) * COLUMN),)
    more = ("i", start, "30M2I28M", GENOME[start : start + 30] + "TT" + GENOME[start + 30 : start + 58], 0)
    pile = drawn(tmp_path, change(GENOME[SITE], GENOME[SITE] + "TT"), [more, plain("n", start)])
    assert (pile.n, pile.n_alternate) == (2, 1)
    assert pile.reads[0].bars == (((FLANK + 1) * COLUMN, "TT"),)
    assert pile.reads[1].bars == () and not pile.reads[1].has_alternate


def test_stacks__draws_few_of_many_and_says_of_how_many(tmp_path: Path) -> None:
    alternate = OTHER[GENOME[SITE]]
    reads = [plain(f"r{i}", SITE - 40 + i % 30, 0, {SITE: alternate} if i % 3 == 0 else None) for i in range(300)]
    pile = drawn(tmp_path, change(GENOME[SITE], alternate), reads)
    assert (pile.n, pile.n_alternate) == (300, 100)
    assert (pile.n_alternate_drawn, len(pile.reads)) == (MAX_READS["tumor"][0], sum(MAX_READS["tumor"]))
    again = drawn(tmp_path, change(GENOME[SITE], alternate), reads[::-1])
    assert again == pile


@pytest.mark.parametrize("site", [2, 997])
def test_stacks__ends_of_a_contig_hold(tmp_path: Path, site: int) -> None:
    variant = change(GENOME[site], OTHER[GENOME[site]]).model_copy(update={"position": site + 1})
    start = min(site, 940)
    pile = drawn(tmp_path, variant, [plain("a", max(0, start - 1))])
    assert pile.n == 1 and len(pile.reference.letters) <= 2 * FLANK + 1


def test_stacks__of_no_reads_or_an_unknown_contig(tmp_path: Path) -> None:
    variant = change(GENOME[SITE], "N")
    assert drawn(tmp_path, variant, [plain("a", 10)]).n == 0
    elsewhere = variant.model_copy(update={"chromosome": "chrUn"})
    assert collect_stacks([elsewhere], tmp_path / "g.fa", ("T", tmp_path / "t.bam"), None) == []


def test_report_command__draws_tumor_and_normal(tmp_path: Path) -> None:
    alternate = OTHER[GENOME[SITE]]
    tumor = write_bam(tmp_path / "t.bam", [plain("a", SITE - 30, 0, {SITE: alternate}), plain("b", SITE - 20)])
    normal = write_bam(tmp_path / "n.bam", [plain("c", SITE - 20, 16)])
    write_findings(build.findings([change(GENOME[SITE], alternate)]), tmp_path / "f.json")
    arguments = ["--findings", str(tmp_path / "f.json"), "--output", str(tmp_path / "r.html")]
    bams = ["--tumor-bam", str(tumor), "--normal-bam", str(normal), "--reference", str(fasta(tmp_path))]
    CliRunner().invoke(command, [*arguments, *bams], catch_exceptions=False)
    html = (tmp_path / "r.html").read_text()
    assert re.findall(r'<svg class="stack".*?aria-label="([^"]*)"', html) == [
        f"Reads of P01-T around chr1:{SITE + 1}: 1 of 2 with the alternate allele",
        f"Reads of P01-N around chr1:{SITE + 1}: 0 of 1 with the alternate allele",
    ]


def test_report_command__reads_kept_as_a_table_give_the_same_page(tmp_path: Path) -> None:
    alternate = OTHER[GENOME[SITE]]
    tumor = write_bam(tmp_path / "t.bam", [plain("a", SITE - 30, 0, {SITE: alternate}), plain("b", SITE - 20)])
    write_findings(build.findings([change(GENOME[SITE], alternate)]), tmp_path / "f.json")
    findings, bams = (
        ["--findings", str(tmp_path / "f.json")],
        ["--tumor-bam", str(tumor), "--reference", str(fasta(tmp_path))],
    )
    table = tmp_path / "r.parquet"
    for arguments in (
        [*findings, "--output", str(tmp_path / "a.html"), *bams],
        ["reads", *findings, "--output", str(table), *bams],
        [*findings, "--output", str(tmp_path / "b.html"), "--reads", str(table)],
    ):
        assert CliRunner().invoke(command, arguments, catch_exceptions=False).exit_code == 0
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()
    before = table.read_bytes()
    CliRunner().invoke(command, ["reads", *findings, "--output", str(table), *bams], catch_exceptions=False)
    assert table.read_bytes() == before and table.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("content", [b"", b"PAR1 no PAR1"])
def test_read_stacks__refuses_what_is_no_table(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "r.parquet").write_bytes(content)
    with pytest.raises(InputError, match="cannot be read"):
        read_stacks(tmp_path / "r.parquet")
    with pytest.raises(MissingInputError):
        read_stacks(tmp_path / "none.parquet")
    pq.write_table(pa.table({"x": [1]}), tmp_path / "r.parquet")
    with pytest.raises(InputError, match="no table of reads"):
        read_stacks(tmp_path / "r.parquet")


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("bases", "<script>"),
        ("qualities", b""),
        ("cigar", [0x7FFFFFF0]),
        ("reference", "<b>"),
        ("role", "x"),
        ("site", 9),
    ],
)
def test_read_stacks__refuses_what_contradicts_itself(column: str, value: object, tmp_path: Path) -> None:
    bam = write_bam(tmp_path / "t.bam", [plain("a", SITE - 30)])
    stacks = collect_stacks([change(GENOME[SITE], "N")], fasta(tmp_path), ("T", bam), None)
    write_stacks(stacks, tmp_path / "r.parquet")
    rows = pq.read_table(tmp_path / "r.parquet").to_pylist()
    table = pa.Table.from_pylist([row | {column: value} for row in rows], schema=SCHEMA)
    pq.write_table(table, tmp_path / "r.parquet")
    with pytest.raises(InputError, match="contradicts itself"):
        read_stacks(tmp_path / "r.parquet")


def test_report_command__reads_need_their_reference(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_findings(build.melanoma(), tmp_path / "f.json")
    arguments = ["report", "--findings", str(tmp_path / "f.json"), "--output", str(tmp_path / "r.html")]
    for wrong, says in (
        (["--tumor-bam", "t.bam"], "give --reference"),
        (["--normal-bam", "n.bam"], "give --tumor-bam"),
    ):
        with pytest.raises(SystemExit) as stop:
            main([*arguments, *wrong])
        assert stop.value.code == 78 and says in capsys.readouterr().err


def test_stacks__a_read_clipped_at_a_long_indel_shows_it(tmp_path: Path) -> None:
    """Reads that go on in the second copy of a duplication, behind what a deletion lost, or in something else."""
    copied = GENOME[SITE + 1 : SITE + 31]
    clipped = GENOME[SITE - 9 : SITE + 31] + copied[:20]
    other = GENOME[SITE - 9 : SITE + 31] + "ACACACACACACACACACAC"
    reads = [("a", SITE - 9, "40M20S", clipped, 0), ("b", SITE - 9, "40M20S", other, 0), plain("c", SITE - 20)]
    pile = drawn(tmp_path, change(GENOME[SITE], GENOME[SITE] + copied), reads)
    assert (pile.n, pile.n_alternate) == (3, 1)
    behind = GENOME[SITE - 39 : SITE + 1] + GENOME[SITE + 101 : SITE + 121]
    reads = [("a", SITE - 39, "40M20S", behind, 0), plain("c", SITE - 20)]
    pile = drawn(tmp_path, change(GENOME[SITE : SITE + 101], GENOME[SITE]), reads)
    assert (pile.n, pile.n_alternate) == (2, 1)
