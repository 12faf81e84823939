"""A panel of normals: what is listed, and how sure it is that something would be."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pysam
import pytest

from oncopipe.calling import call_tumor_only, collect_reads
from oncopipe.calling.panel import build_panel, write_panel
from oncopipe.cli.main import main
from oncopipe.errors import InputError
from tests.pairs import Pair, Planted, write_bam


@pytest.fixture(scope="module")
def normals(pair: Pair, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three people: one noisy place in all, an allele in two, another in one."""
    folder = tmp_path_factory.mktemp("normals")
    genome = pair.genome
    swap = {"A": "G", "C": "T", "G": "A", "T": "C"}

    def at(position: int, fraction: float) -> Planted:
        return Planted(position, genome[position], swap[genome[position]], fraction, fraction)

    carried = [(at(6700, 0.2), at(2500, 0.5)), (at(2500, 0.5), at(6700, 0.2)), (at(6700, 0.2), at(9900, 0.5))]
    return [
        write_bam(folder / f"P{i}.bam", genome, f"P{i}", tuple(sorted(some, key=lambda v: v.position)), 40, 60 + i)
        for i, some in enumerate(carried)
    ]


def test_command__lists_what_two_normals_show(pair: Pair, normals: list[Path], tmp_path: Path) -> None:
    words = [word for path in normals for word in ("--normal", str(path))]
    for name in ("a", "b"):
        with pytest.raises(SystemExit) as done:
            main(
                [
                    "panel",
                    "build",
                    *words,
                    "--reference",
                    str(pair.fasta),
                    "--output",
                    str(tmp_path / f"{name}.vcf.gz"),
                ]
            )
        assert done.value.code == 0
    assert (tmp_path / "a.vcf.gz").read_bytes() == (tmp_path / "b.vcf.gz").read_bytes()
    with pysam.VariantFile(str(tmp_path / "a.vcf.gz")) as file:
        found = {record.start: record.info["NS"] for record in file.fetch("chr1")}
        header = str(file.header)
    assert found == {2500: 2, 6700: 3}
    assert "##oncopipe_panel_normals=3" in header and "##oncopipe_panel_lists_from=0.865" in header


def test_panel__keeps_its_alleles_from_passing(pair: Pair, normals: list[Path], tmp_path: Path) -> None:
    write_panel(
        build_panel([collect_reads(path, None, pair.fasta, None) for path in normals], 2), tmp_path / "p.vcf.gz"
    )
    with_panel = call_tumor_only(pair.tumor, pair.fasta, panel_of_normals=tmp_path / "p.vcf.gz")
    listed = with_panel.filters[:, with_panel.filter_names.index("panel_of_normals")]
    assert set(with_panel.evidence.position[listed].tolist()) <= {2500, 6700}


def test_build_panel__refuses_what_would_mislead(pair: Pair, normals: list[Path]) -> None:
    one = collect_reads(normals[0], None, pair.fasta, None)
    with pytest.raises(InputError, match="given twice"):
        build_panel([one, one], 2)
    with pytest.raises(InputError, match="cannot show an allele 2 times"):
        build_panel([one], 2)
    elsewhere = replace(one, tumor="P9", contigs={"chr2": 100})
    with pytest.raises(InputError, match="different references"):
        build_panel([one, elsewhere], 2)


def test_listed_from__by_hand(pair: Pair, normals: list[Path]) -> None:
    three = [collect_reads(path, None, pair.fasta, None) for path in normals]
    share = build_panel(three, 2).listed_from()
    assert share is not None
    assert 3 * share**2 - 2 * share**3 == pytest.approx(0.95, abs=0.002)  # two or three of three
