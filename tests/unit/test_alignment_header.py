"""The header of a BAM: read once whatever its length, and what is wrong with it named."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from oncopipe.data.reads import AlignmentHeader
from oncopipe.errors import InputError
from oncopipe.io import bgzf
from oncopipe.io.alignment_header import check_sorted, read_header
from tests.fuzz.bgzf import wrap


def header(text: str, contigs: list[tuple[bytes, int]], n: int | None = None) -> bytes:
    """Inflated bytes of a header."""
    table = b"".join(struct.pack("<i", len(c) + 1) + c + b"\0" + struct.pack("<i", length) for c, length in contigs)
    count = len(contigs) if n is None else n
    return b"BAM\1" + struct.pack("<i", len(text)) + text.encode() + struct.pack("<i", count) + table


def read(raw: bytes, size: int = 60_000) -> tuple[AlignmentHeader, int]:
    return read_header(np.frombuffer(wrap(raw, size), np.uint8), Path("x.bam"))


def test_read_header__says_what_the_file_says_of_itself() -> None:
    text = "@HD\tVN:1.6\tSO:coordinate\n@SQ\tSN:a\tLN:5\n@RG\tID:1\tSM:S\n@RG\tID:2\tSM:T\tPL:x\n@CO\tfree: text\n"
    found, offset = read(header(text, [(b"a", 5), (b"HLA-A*01:01:01:01", 7)]) + b"records")
    assert found.contig_lengths == {"a": 5, "HLA-A*01:01:01:01": 7}
    assert found.read_groups == (("1", "S"), ("2", "T"))
    assert found.sort_order == "coordinate" and found.text == text
    assert offset == len(header(text, [(b"a", 5), (b"HLA-A*01:01:01:01", 7)]))


@pytest.mark.parametrize("size", [50, 97, 60_000])
def test_read_header__gives_the_first_records_place(size: int) -> None:
    raw = header("", [(b"contig%d" % i, i) for i in range(40)])
    data = np.frombuffer(wrap(raw + b"R" * 500, size), np.uint8)
    _, offset = read_header(data, Path("x.bam"))
    out, table = np.empty(1 << 16, np.uint8), np.empty((1, 2), np.int64)
    bgzf.inflate_blocks(data, offset >> 16, 1, out, table)
    assert out[offset & 0xFFFF] == ord("R")
    assert (offset & 0xFFFF) < size


def test_read_header__inflates_each_block_once(monkeypatch: pytest.MonkeyPatch) -> None:
    n = 0
    inflate = bgzf.inflate_blocks

    def counting(*arguments: object) -> tuple[int, int, int, int]:
        nonlocal n
        result: tuple[int, int, int, int] = inflate(*arguments)
        n += result[1]
        return result

    monkeypatch.setattr(bgzf, "inflate_blocks", counting)
    raw = header("@CO\t" + "x" * 500_000 + "\n", [(b"contig%d" % i, 1000) for i in range(30_000)])
    found, _ = read(raw, 10_000)
    assert len(found.contigs) == 30_000
    assert n <= len(raw) // 10_000 + 2


@pytest.mark.parametrize(
    ("raw", "said"),
    [(header("", [(b"a", 5), (b"a", 6)]), "'a' twice"), (header("", [(b"a", -5)]), "negative"),
     (header("", [(b"", 5)]), "no name"), (header("", [(b"a", 5)], n=-1), "negative"),
     (header("", [(b"a", 5)], n=9), "ends too early"), (header("nonsense\n", []), "no header line"),
     (header("@SQ\tSN:a\tLN:6\n", [(b"a", 5)]), "differ on 'a'"),
     (header("@SQ\tSN:b\tLN:5\n", [(b"a", 5)]), "differ on 'b'"), (b"BAM\1\xff\xff\xff\x7f", "more than"),
     (b"BAM\1\xff\xff\xff\xff", "negative"), (b"SAM\1", "magic")],
)  # fmt: skip
def test_read_header__names_what_is_wrong(raw: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read(raw)


def test_check_sorted__refuses_what_says_that_it_is_not() -> None:
    for order, is_good in (("coordinate", True), ("unknown", True), ("queryname", False), ("unsorted", False)):
        found, _ = read(header(f"@HD\tVN:1.6\tSO:{order}\n", []))
        if is_good:
            check_sorted(found, Path("x.bam"))
        else:
            with pytest.raises(InputError, match=f"header says {order}"):
                check_sorted(found, Path("x.bam"))
