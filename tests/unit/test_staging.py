"""Given files under our own name: linked, indexed beside the link, the givers untouched."""

from __future__ import annotations

import os
from pathlib import Path

import pysam
import pytest

from oncopipe.alignment import stage_aligner_index
from oncopipe.alignment.index import has_index
from oncopipe.errors import InputError, MissingInputError, OutputError
from oncopipe.io.staging import stage_reads, stage_reference
from tests.cohort_builder import make_cohort


@pytest.fixture
def given(tmp_path: Path) -> Path:
    folder = tmp_path / "given"
    make_cohort(folder, depth=2)
    return folder


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_stage_reads__without_an_index_one_is_made_beside_the_link(given: Path, tmp_path: Path) -> None:
    before = names(given)
    output = tmp_path / "results" / "T.bam"
    stage_reads(given / "P2-T.bam", output)
    assert output.is_symlink() and not output.readlink().is_absolute()
    with pysam.AlignmentFile(str(output)) as reads:
        assert reads.has_index() and reads.count("chr2") > 0
    assert names(given) == before and names(output.parent) == ["T.bam", "T.bam.bai"]


@pytest.mark.parametrize("index", ["P2-T.bam.bai", "P2-T.bai"])
def test_stage_reads__the_givers_index_is_linked(given: Path, tmp_path: Path, index: str) -> None:
    pysam.index("-o", str(given / index), str(given / "P2-T.bam"))
    stage_reads(given / "P2-T.bam", tmp_path / "T.bam")
    assert (tmp_path / "T.bam.bai").resolve() == given / index


def test_stage_reads__an_index_older_than_its_reads_is_not_trusted(given: Path, tmp_path: Path) -> None:
    pysam.index(str(given / "P2-T.bam"))
    os.utime(given / "P2-T.bam.bai", (1, 1))
    stage_reads(given / "P2-T.bam", tmp_path / "T.bam")
    assert not (tmp_path / "T.bam.bai").is_symlink()


def test_stage_reads__cram(given: Path, tmp_path: Path) -> None:
    cram = given / "P2-T.cram"
    pysam.view("-C", "-T", str(given / "genome.fa"), "-o", str(cram), str(given / "P2-T.bam"), catch_stdout=False)
    stage_reads(cram, tmp_path / "T.cram")
    assert names(tmp_path) == ["T.cram", "T.cram.crai", "given"]
    cram.write_bytes(cram.read_bytes()[:-10])
    with pytest.raises(InputError, match="the CRAM is cut short"):
        stage_reads(cram, tmp_path / "U.cram")


def test_stage_reads__what_cannot_be_used_leaves_nothing(given: Path, tmp_path: Path) -> None:
    bam, output = given / "P2-T.bam", tmp_path / "out" / "T.bam"
    pysam.sort("-n", "-o", str(given / "names.bam"), str(bam))
    with pytest.raises(InputError, match="cannot be indexed"):
        stage_reads(given / "names.bam", output)
    bam.write_bytes(bam.read_bytes()[:-1])
    with pytest.raises(InputError, match="cut short"):
        stage_reads(bam, output)
    with pytest.raises(InputError, match="neither BAM nor CRAM"):
        stage_reads(given / "genome.fa", output)
    with pytest.raises(MissingInputError):
        stage_reads(given / "no.bam", output)
    assert names(output.parent) == []
    (tmp_path / "file").touch()
    pysam.sort("-o", str(given / "sound.bam"), str(given / "names.bam"))
    with pytest.raises(OutputError):
        stage_reads(given / "sound.bam", tmp_path / "file" / "T.bam")


@pytest.mark.parametrize("form", ["plain", "bgzip"])
def test_stage_reference__indexed_beside_the_link(given: Path, tmp_path: Path, form: str) -> None:
    fasta = given / "genome.fa"
    if form == "bgzip":
        pysam.tabix_compress(str(fasta), str(given / "genome.fa.gz"))
        fasta = given / "genome.fa.gz"
    before = names(given)
    output = tmp_path / "reference" / fasta.name
    stage_reference(fasta, output)
    with pysam.FastaFile(str(output)) as reference:
        assert reference.references == ["chr1", "chr2"]
    assert names(given) == before
    assert f"{fasta.name}.fai" in names(output.parent)


def test_stage_reference__gzip_is_refused_and_leaves_nothing(given: Path, tmp_path: Path) -> None:
    import gzip

    (given / "genome.fa.gz").write_bytes(gzip.compress((given / "genome.fa").read_bytes()))
    with pytest.raises(InputError, match="cannot be indexed"):
        stage_reference(given / "genome.fa.gz", tmp_path / "reference" / "genome.fa.gz")
    assert names(tmp_path / "reference") == []


def test_stage_aligner_index__built_beside_the_link_or_taken_from_the_giver(given: Path, tmp_path: Path) -> None:
    first = tmp_path / "a" / "genome.fa"
    stage_reference(given / "genome.fa", first)
    stage_aligner_index(first)
    assert has_index(first) and not has_index(given / "genome.fa")
    for path in first.parent.glob("genome.fa.*"):
        if path.suffix != ".fai":
            (given / path.name).write_bytes(path.read_bytes())
    second = tmp_path / "b" / "genome.fa"
    stage_reference(given / "genome.fa", second)
    stage_aligner_index(second)
    assert Path(f"{second}.bwt").resolve() == given / "genome.fa.bwt"
