"""Calling and quality control from one reading say what they say apart."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from oncopipe.cli.call import command as call
from oncopipe.cli.qc import command as qc
from oncopipe.errors import ReferenceMismatchError
from oncopipe.io import bam
from oncopipe.options import CallOptions
from oncopipe.survey import collect_with_quality
from tests.pairs import Pair, write_bam


def run(command: click.Command, *arguments: object) -> None:
    result = CliRunner().invoke(command, [str(a) for a in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def sites(pair: Pair, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sites") / "sites.vcf"
    lines = ["##fileformat=VCFv4.2", '##INFO=<ID=AF,Number=A,Type=Float,Description="frequency">']
    lines += [f"##contig=<ID=chr1,length={len(pair.genome)}>", "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"]
    for position in range(100, len(pair.genome) - 100, 60):
        base = pair.genome[position]
        lines.append(f"chr1\t{position + 1}\t.\t{base}\t{'A' if base != 'A' else 'G'}\t.\t.\tAF=0.4")
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("has_regions", [True, False])
def test_call__measures_quality_in_the_same_reading(
    pair: Pair, sites: Path, tmp_path: Path, has_regions: bool, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    bed = tmp_path / "r.bed"
    bed.write_text("chr1\t1200\t3100\nchr1\t5900\t9300\n")
    regions = ["--regions", bed] if has_regions else []
    files = ["--tumor", pair.tumor, "--normal", pair.normal, "--reference", pair.fasta, *regions]
    alone = tmp_path / "alone.vcf.gz"
    run(call, "somatic", *files, "--output", alone)
    one = ["--reference", pair.fasta, *regions, "--sites", sites, "--output", tmp_path / "apart"]
    run(qc, "--bam", pair.tumor, "--normal", pair.normal, *one)
    run(qc, "--bam", pair.normal, "--role", "normal", *one)
    monkeypatch.setattr(bam, "PIECE_BASES", 1 << 14)
    output = ["--output", tmp_path / "both.vcf.gz", "--qc-output", tmp_path / "both", "--sites", sites]
    run(call, "somatic", *files, *output, "--threads", threads)
    assert (tmp_path / "both.vcf.gz").read_bytes() == alone.read_bytes()
    assert files_of(tmp_path / "both") == files_of(tmp_path / "apart")


def test_call__measures_a_tumor_alone(pair: Pair, tmp_path: Path) -> None:
    run(qc, "--bam", pair.tumor, "--reference", pair.fasta, "--output", tmp_path / "apart")
    output = ["--output", tmp_path / "c.vcf.gz", "--qc-output", tmp_path / "both"]
    run(call, "tumor-only", "--tumor", pair.tumor, "--reference", pair.fasta, *output)
    assert files_of(tmp_path / "both") == files_of(tmp_path / "apart")


def test_collect_with_quality__refuses_other_contigs(pair: Pair, tmp_path: Path) -> None:
    other = write_bam(tmp_path / "N.bam", pair.genome[:6000], "N", (), 5, 1)
    fasta = tmp_path / "g.fa"
    fasta.write_text(f">chr1\n{pair.genome}\n")
    with pytest.raises(ReferenceMismatchError, match="different contigs"):
        collect_with_quality(pair.tumor, other, fasta, None, CallOptions())
