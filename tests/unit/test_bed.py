from __future__ import annotations

from pathlib import Path

import pytest

from oncopipe.data.regions import Regions
from oncopipe.errors import InputError, MissingInputError, ReferenceMismatchError
from oncopipe.io.bed import read_bed, write_bed

LENGTHS = {"chr1": 100, "chr2": 50}


def bed(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "r.bed"
    path.write_text(text)
    return path


def test_read_bed__sorts_and_merges(tmp_path: Path) -> None:
    regions = read_bed(bed(tmp_path, "#c\nchr2\t5\t9\tname\nchr1\t10\t20\nchr1\t15\t30\n"), LENGTHS)
    assert [str(r) for r in regions] == ["chr1:11-30", "chr2:6-9"]
    assert regions.n_bases == 24


def test_write_bed__is_read_back(tmp_path: Path) -> None:
    regions = read_bed(bed(tmp_path, "chr1\t0\t7\n"), LENGTHS)
    write_bed(tmp_path / "out" / "w.bed", regions)
    assert read_bed(tmp_path / "out" / "w.bed", LENGTHS) == regions


def test_write_bed__an_empty_part_is_read_back_empty(tmp_path: Path) -> None:
    write_bed(tmp_path / "w.bed", Regions(()))
    assert len(read_bed(tmp_path / "w.bed", LENGTHS)) == 0


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ("", InputError, "no regions"),
        ("# only a comment\n", InputError, "no regions"),
        ("chr1\t5\n", InputError, "line 1"),
        ("chr1\t0\t4\nchr1\tx\t9\n", InputError, "line 2"),
        ("chr1\t9\t9\n", InputError, "no interval"),
        ("chr1\t0\t101\n", InputError, "100 bases"),
        ("1\t0\t5\n", ReferenceMismatchError, "the reference calls it chr1"),
    ],
)
def test_read_bed__says_which_line_and_why(tmp_path: Path, text: str, kind: type[Exception], said: str) -> None:
    with pytest.raises(kind, match=said):
        read_bed(bed(tmp_path, text), LENGTHS)


def test_read_bed__missing_file(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError):
        read_bed(tmp_path / "none.bed", LENGTHS)
