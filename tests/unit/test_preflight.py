"""Before anything runs: each kind of fault is found, named and stops."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pysam
import pytest
from click.testing import CliRunner

from oncopipe.cli.preflight import command
from oncopipe.errors import GateError
from tests.cohort_builder import make_cohort


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cohort")
    make_cohort(folder, depth=4)
    return folder


@pytest.fixture
def cohort(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "run"
    shutil.copytree(made, folder)
    monkeypatch.chdir(folder)
    return folder


def problems() -> str:
    with pytest.raises(GateError) as caught:
        CliRunner().invoke(command, ["--config", "config.yaml"], catch_exceptions=False)
    assert caught.value.exit_code == 1
    return str(caught.value)


def test_preflight__a_sound_cohort_is_ready_and_untouched(cohort: Path) -> None:
    before = sorted(cohort.iterdir())
    done = CliRunner().invoke(command, ["--config", "config.yaml"], catch_exceptions=False)
    assert done.exit_code == 0
    assert "ready: 2 patients, 3 samples, 2 reports" in done.output
    assert "germline variants of P2-T will look somatic" in done.output
    assert sorted(cohort.iterdir()) == before


def test_preflight__an_unknown_diagnosis_is_only_told(cohort: Path) -> None:
    sheet = cohort / "samples.tsv"
    sheet.write_text(sheet.read_text().replace("LUAD", "LUADD"))
    done = CliRunner().invoke(command, ["--config", "config.yaml"], catch_exceptions=False)
    assert done.exit_code == 0
    assert "LUADD is no OncoTree code" in done.output and "near: LUAD" in done.output


def _cut(cohort: Path) -> None:
    bam = cohort / "P2-T.bam"
    bam.write_bytes(bam.read_bytes()[:-28])


def _no_bam(cohort: Path) -> None:
    (cohort / "P2-T.bam").write_text("reads")


def _rename_contigs(cohort: Path) -> None:
    genome = cohort / "genome.fa"
    genome.write_text(genome.read_text().replace(">chr", ">"))
    genes = cohort / "genes.gff3"
    genes.write_text(genes.read_text().replace("chr", ""))


def _other_name(cohort: Path) -> None:
    sheet = cohort / "samples.tsv"
    sheet.write_text(sheet.read_text().replace("P2-T\ttumor", "P2-X\ttumor"))


def _no_read_groups(cohort: Path) -> None:
    bam = cohort / "P2-T.bam"
    with pysam.AlignmentFile(str(bam)) as reads:
        header = reads.header.to_dict()
        del header["RG"]
        with pysam.AlignmentFile(str(cohort / "plain.bam"), "wb", header=header):
            pass
    (cohort / "plain.bam").replace(bam)


def _unsorted(cohort: Path) -> None:
    bam = str(cohort / "P2-T.bam")
    pysam.sort("-n", "-o", f"{bam}.tmp.bam", bam)
    Path(f"{bam}.tmp.bam").replace(bam)


def _gzip_reference(cohort: Path) -> None:
    import gzip

    (cohort / "genome.fa").write_bytes(gzip.compress((cohort / "genome.fa").read_bytes()))


def _shorter_contig(cohort: Path) -> None:
    genome = cohort / "genome.fa"
    genome.write_text(genome.read_text()[:-10] + "\n")


def _genes_elsewhere(cohort: Path) -> None:
    genes = cohort / "genes.gff3"
    genes.write_text(genes.read_text().replace("chr", "NC_"))


def _genes_as_bed(cohort: Path) -> None:
    (cohort / "genes.gff3").write_text("chr1\t0\t100\n")


def _empty_bed(cohort: Path) -> None:
    (cohort / "targets.bed").write_text("# nothing\n")
    with (cohort / "config.yaml").open("a") as config:
        config.write("resources: {regions: targets.bed}\n")


def _no_vcf(cohort: Path) -> None:
    (cohort / "population.vcf").write_text("hello\n")
    with (cohort / "config.yaml").open("a") as config:
        config.write("resources: {population: population.vcf}\n")


def _no_mates(cohort: Path) -> None:
    shutil.copy(cohort / "P1-N_L1_R2.fastq.gz", cohort / "P1-T_L2_R2.fastq.gz")


def _config_twice(cohort: Path) -> None:
    with (cohort / "config.yaml").open("a") as config:
        config.write("scatterr: 2\n")
    (cohort / "samples.tsv").write_text((cohort / "samples.tsv").read_text().replace("\tnormal\t", "\tgermline\t"))


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (_cut, ["sample P2-T, P2-T.bam: the BAM is cut short", "copy it again"]),
        (_no_bam, ["this is neither BAM nor CRAM"]),
        (_rename_contigs, ["no contig is shared with the reference: chr1 is not in it (the reference calls it 1)"]),
        (_shorter_contig, ["contig chr2 has 6000 bases here and 5991 in the reference"]),
        (_other_name, ["the reads say that they are sample P2-T", "the sheet says P2-X", "write P2-T in the sheet"]),
        (_no_read_groups, ["the reads do not say whose they are"]),
        (_unsorted, ["the reads are not sorted by coordinate (queryname)", "samtools sort"]),
        (_gzip_reference, ["key reference.fasta", "bgzip (not gzip)"]),
        (_genes_elsewhere, ["key reference.genes", "its first is NC_1"]),
        (_genes_as_bed, ["is no GFF3"]),
        (_empty_bed, ["key resources.regions", "has no regions"]),
        (_no_vcf, ["key resources.population", "cannot be read as VCF"]),
        (_no_mates, ["sample P1-T, P1-T_L2_R1.fastq.gz"]),
        (_config_twice, ["2 problems", "key scatterr", "write scatter;", "'germline' is not a known role"]),
    ],
)
def test_preflight__each_fault_is_named(cohort: Path, spoil: Callable[[Path], None], expected: list[str]) -> None:
    spoil(cohort)
    message = problems()
    for text in expected:
        assert text in message
    assert not (cohort / "results").exists()
