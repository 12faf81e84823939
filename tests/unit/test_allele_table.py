"""Population resources and panels: alleles are found as they are written, and a wrong file is never silently empty."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pysam
import pytest

from oncopipe.calling import check_resources
from oncopipe.data.evidence import Evidence
from oncopipe.errors import InputError, MissingInputError, ReferenceMismatchError
from oncopipe.io.alleles import AlleleTable

CONTIGS = ["chr1", "chr2"]
HEADER = (
    "##fileformat=VCFv4.3\n##contig=<ID=chr1>\n##contig=<ID=chr2>\n"
    '##INFO=<ID=AF,Number=A,Type=Float,Description="f">\n'
    "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
)
ROWS = (
    "chr1\t101\t.\tA\tC,G\t.\t.\tAF=0.25,0.5",
    "chr1\t201\t.\tCAA\tC,CA\t.\t.\tAF=0.125,0.0625",
    "chr1\t300\t.\tGT\tGA\t.\t.\tAF=0.75",
    "chr2\t101\t.\tA\tC\t.\t.\t.",
    "chr2\t90001\t.\ta\tt\t.\t.\tAF=0.375",
)


def evidence(*alleles: tuple[int, int, str, str]) -> Evidence:
    n = len(alleles)
    arrays = [np.zeros(shape, np.int64) for shape in ((n, 2, 3, 2, 2), (n, 2, 2, 16), (n, 2, 2, 6), (n, 2, 2))]
    one = np.ones(n, np.int32)
    contig, position, reference, alternate = zip(*alleles, strict=True)
    return Evidence(np.array(contig), np.array(position), list(reference), list(alternate), one, one, *arrays)


def resource(folder: Path, *, indexed: bool, text: str | None = None) -> Path:
    path = folder / "resource.vcf"
    path.write_text(HEADER + "\n".join(ROWS) + "\n" if text is None else text)
    return Path(pysam.tabix_index(str(path), preset="vcf")) if indexed else path


@pytest.mark.parametrize("indexed", [True, False])
def test_frequencies__are_of_the_allele_and_not_of_the_place(tmp_path: Path, indexed: bool) -> None:
    table = AlleleTable(resource(tmp_path, indexed=indexed), CONTIGS)
    alleles = evidence(
        (0, 100, "A", "G"),
        (0, 100, "A", "T"),
        (0, 200, "CA", "C"),
        (0, 200, "CAA", "C"),
        (0, 300, "T", "A"),
        (1, 100, "A", "C"),
        (1, 90_000, "A", "T"),
    )
    assert table.frequencies(alleles).tolist() == [0.5, 0.0, 0.0625, 0.125, 0.75, 0.0, 0.375]
    assert table.is_listed(alleles).tolist() == [1, 0, 1, 1, 1, 1, 1]


@pytest.mark.parametrize("indexed", [True, False])
def test_table__of_other_contig_names_is_refused(tmp_path: Path, indexed: bool) -> None:
    text = (HEADER + "\n".join(ROWS) + "\n").replace("chr", "")
    with pytest.raises(ReferenceMismatchError, match="the reference calls it chr1"):
        AlleleTable(resource(tmp_path, indexed=indexed, text=text), CONTIGS)


def test_frequencies__need_a_frequency(tmp_path: Path) -> None:
    table = AlleleTable(resource(tmp_path, indexed=False, text=HEADER.replace("ID=AF", "ID=XY")), CONTIGS)
    with pytest.raises(InputError, match="no allele frequencies"):
        table.frequencies(evidence((0, 100, "A", "G")))


def test_check_resources__speaks_before_any_read_is_read(tmp_path: Path) -> None:
    (tmp_path / "g.fa").write_text(">chr1\nACGT\n")
    listed = resource(tmp_path, indexed=False)
    check_resources(tmp_path / "g.fa", listed, listed)
    (tmp_path / "h.fa").write_text(">1\nACGT\n")
    with pytest.raises(ReferenceMismatchError, match="the reference calls it 1"):
        check_resources(tmp_path / "h.fa", None, listed)
    none = tmp_path / "none.vcf"
    none.write_text(HEADER.replace("ID=AF", "ID=XY"))
    with pytest.raises(InputError, match="no allele frequencies"):
        check_resources(tmp_path / "g.fa", none, None)


def test_table__names_a_file_that_is_missing_or_none(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError):
        AlleleTable(tmp_path / "none.vcf", CONTIGS)
    (tmp_path / "x.vcf").write_text("nothing")
    with pytest.raises(InputError, match="cannot be read"):
        AlleleTable(tmp_path / "x.vcf", CONTIGS)
