from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from oncopipe.errors import InputError, MissingInputError, ReferenceMismatchError
from oncopipe.io.fasta import open_reference
from oncopipe.io.sites import Sites, read_sites

HEAD = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"


def read(tmp_path: Path, text: str, name: str = "s.vcf") -> Sites:
    fasta = tmp_path / "g.fa"
    fasta.write_text(">chr2\nACGTNACGT\n>chr1\nTTTTACGT\n")
    (tmp_path / name).write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    with open_reference(fasta) as reference:
        return read_sites(tmp_path / name, reference)


def record(contig: str, position: object, ref: str, alt: str, info: str = ".") -> str:
    return f"{contig}\t{position}\t.\t{ref}\t{alt}\t.\t.\t{info}\n"


@pytest.mark.parametrize("name", ["s.vcf", "s.vcf.gz"])
def test_read_sites__keeps_biallelic_snvs_in_the_order_of_the_reference(tmp_path: Path, name: str) -> None:
    text = HEAD + "".join([
        record("chr1", 5, "A", "G", "DP=3;AF=0.25"),
        record("chr2", 2, "C", "T"),
        record("chr2", 1, "A", "C", "POPAF_MAX=0.5"),
        record("chr2", 1, "A", "G"),  # the position is there already
        record("chr2", 3, "G", "GA"),  # no SNV
        record("chr2", 3, "G", "A,T"),  # more than two alleles
        record("chr2", 5, "A", "G"),  # N in the reference
    ])  # fmt: skip
    sites = read(tmp_path, text, name)
    assert sites.contig.tolist() == [0, 0, 1]
    assert sites.position.tolist() == [0, 1, 4]
    assert sites.alternate.tolist() == [1, 3, 2]
    assert np.isnan(sites.frequency).tolist() == [False, True, False]
    assert sites.frequency[[0, 2]].tolist() == [0.5, 0.25]
    assert sites.n_skipped == 4


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        (record("chr2", 2, "A", "T"), ReferenceMismatchError, "REF is A, the reference has C"),
        (record("2", 2, "C", "T"), ReferenceMismatchError, "the reference calls it chr2"),
        (record("chr2", 99, "C", "T"), ReferenceMismatchError, "has nothing there"),
        (record("chr2", "x", "C", "T"), InputError, "line 3"),
        (record("chr2", 0, "C", "T"), InputError, "line 3"),
        (record("chr2", 2, "C", "T", "AF=1.5"), InputError, "from 0 to 1"),
        (record("chr2", 2, "C", "T", "AF=0.1,0.2"), InputError, "from 0 to 1"),
        (record("chr2", 3, "G", "GA"), InputError, "no biallelic SNV"),
        ("", InputError, "no biallelic SNV"),
        ("\x00\xff", InputError, "line 3"),
    ],
)
def test_read_sites__says_which_line_and_why(tmp_path: Path, text: str, kind: type[Exception], said: str) -> None:
    with pytest.raises(kind, match=said):
        read(tmp_path, HEAD + text)


def test_read_sites__cut_short_or_missing(tmp_path: Path) -> None:
    read(tmp_path, HEAD + record("chr2", 2, "C", "T"), "s.vcf.gz")
    (tmp_path / "cut.vcf.gz").write_bytes((tmp_path / "s.vcf.gz").read_bytes()[:-12])
    with open_reference(tmp_path / "g.fa") as reference:
        with pytest.raises(InputError, match="cannot be read as text"):
            read_sites(tmp_path / "cut.vcf.gz", reference)
        with pytest.raises(MissingInputError):
            read_sites(tmp_path / "none.vcf", reference)
