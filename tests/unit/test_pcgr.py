from __future__ import annotations

from pathlib import Path

import pysam
import pytest

from oncopipe.data.alterations import Alterations, Breakend, Segment, StructuralVariant
from oncopipe.errors import InputError, OutputError
from oncopipe.exports.pcgr import write_pcgr
from tests.export_data import SEVERAL, batch, harmful, several
from tests.findings_builder import melanoma

ALTERATIONS = Alterations(
    segments=(
        Segment("P02-T", "7", 54_999_999, 60_000_000, 10, 1.1, 4, 1),
        Segment("P02-T", "8", 0, 10, 1, 0.0),
    ),
    structural=(
        StructuralVariant("P02-T", Breakend("EML4", "2", 42522656), Breakend("ALK", "2", 29446394), "FUSION", split_reads=12),
        StructuralVariant("P02-T", Breakend("MET", "7", 1), Breakend(""), "DELETION"),
    ),
)  # fmt: skip


def test_write_pcgr__is_a_vcf_with_pcgrs_tags(tmp_path: Path) -> None:
    write_pcgr(batch(tmp_path, several(), melanoma(), alterations=ALTERATIONS), tmp_path / "out")
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [
        "P01-T.grch37.vcf.gz",
        "P01-T.grch37.vcf.gz.tbi",
        "P02-T.grch37.cna.tsv",
        "P02-T.grch37.fusions.tsv",
        "P02-T.grch37.vcf.gz",
        "P02-T.grch37.vcf.gz.tbi",
    ]
    with pysam.VariantFile(str(tmp_path / "out/P02-T.grch37.vcf.gz")) as file:
        records = list(file)
        assert [r.pos for r in file.fetch("7", 55249009, 55249010)] == [55249010]
        assert list(file.header.samples) == []
    assert {(r.contig, r.pos, r.ref, r.alts) for r in records} == {(c, p, r, (a,)) for c, p, r, a, *_ in SEVERAL}
    assert [r.contig for r in records] == ["3", "5", "7", "7", "7", "17"]
    first = records[0]
    assert (first.info["TDP"], first.info["CDP"]) == (200, 164) and abs(first.info["TVAF"] - 0.2) < 1e-6
    assert list(first.filter) == ["PASS"]
    cna = (tmp_path / "out/P02-T.grch37.cna.tsv").read_text().split("\n")
    assert cna == ["Chromosome\tStart\tEnd\tnMajor\tnMinor", "7\t55000000\t60000000\t4\t1", ""]
    fusions = (tmp_path / "out/P02-T.grch37.fusions.tsv").read_text().split("\n")
    assert fusions[1] == "EML4--ALK\t2:42522656\t2:29446394\t12" and len(fusions) == 3


def test_write_pcgr__same_input_same_bytes(tmp_path: Path) -> None:
    given = batch(tmp_path, several())
    for name in ("a", "b"):
        write_pcgr(given, tmp_path / name)
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_write_pcgr__refuses_what_is_no_allele(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot stand in a VCF"):
        write_pcgr(batch(tmp_path, harmful()), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_write_pcgr__of_a_name_too_long_for_a_file_is_an_error(tmp_path: Path) -> None:
    """pysam ends the process where it cannot open a file."""
    with pytest.raises(OutputError, match="too long"):
        write_pcgr(batch(tmp_path, several(sample="S" * 3000)), tmp_path / "out")
    assert not (tmp_path / "out").exists()
