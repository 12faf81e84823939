"""`oncopipe qc` from the command line: its files, and its words for bad input."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pysam
import pytest
import yaml

from oncopipe.cli.main import main
from oncopipe.qc import read_metrics, summarize
from tests.unit.qc_data import genome, write_bam, write_reference

TABLES = {
    "metrics.tsv", "coverage.tsv", "depth_histogram.tsv", "insert_size.tsv", "substitutions.tsv", "sites.tsv",
    "oncopipe_status_mqc.tsv", "oncopipe_metrics_mqc.tsv", "oncopipe_coverage_mqc.yaml",
    "oncopipe_insert_size_mqc.yaml", "oncopipe_substitutions_mqc.tsv",
}  # fmt: skip


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A genome, two samples of the same reads' making, regions and sites."""
    folder, contigs = tmp_path_factory.mktemp("qc"), genome()
    made = {"reference": write_reference(folder, contigs), "regions": folder / "r.bed", "sites": folder / "s.vcf"}
    made["bam"] = write_bam(folder / "t.bam", contigs, n=500, seed=1, sample="T-1")
    made["normal"] = write_bam(folder / "n.bam", contigs, n=400, seed=2, sample="N-1")
    made["regions"].write_text("chr1\t0\t6000\nchrX\t0\t1500\n")
    rows = [f"chr1\t{p + 1}\t.\t{contigs['chr1'][p]}\t{'ACGT'['ACGT'.index(contigs['chr1'][p]) - 2]}\t.\t.\tAF=0.5\n"
            for p in range(20, 5500, 150) if contigs["chr1"][p] != "N"]  # fmt: skip
    made["sites"].write_text("".join(rows))
    return made


def run(case: dict[str, Path], output: Path, *more: str, **changed: Path | None) -> int:
    """The exit code of `oncopipe qc` on the case with some inputs changed or, by None, left out."""
    inputs = {name: path for name, path in {**case, **changed}.items() if path is not None}
    arguments = [part for name, path in inputs.items() for part in (f"--{name}", str(path))]
    with pytest.raises(SystemExit) as ended:
        main(["qc", *arguments, "--output", str(output), *more])
    return int(ended.value.code or 0)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_qc__writes_every_table_the_same_on_any_threads(case: dict[str, Path], tmp_path: Path) -> None:
    assert run(case, tmp_path / "a") == 0
    assert run(case, tmp_path / "b", "--threads", "2") == 0
    first = contents(tmp_path / "a")
    assert set(first) == {f"T-1.{name}" for name in TABLES}
    assert first == contents(tmp_path / "b")


def test_qc__tables_agree_with_each_other(case: dict[str, Path], tmp_path: Path) -> None:
    assert run(case, tmp_path) == 0

    def rows(name: str) -> list[dict[str, str]]:
        lines = (tmp_path / f"T-1.{name}").read_text().splitlines()
        return [dict(zip(lines[0].split("\t"), line.split("\t"), strict=True)) for line in lines[1:]]

    metrics = {row.metric: row.value for row in read_metrics(tmp_path, ["T-1"])}
    coverage, histogram = rows("coverage.tsv"), rows("depth_histogram.tsv")
    assert [(r["contig"], r["start_0based"], r["end"]) for r in coverage] == [
        ("chr1", "0", "6000"),
        ("chrX", "0", "1500"),
    ]
    total = sum(int(r["known_bases"]) for r in coverage)
    assert total == sum(int(r["bases"]) for r in histogram) == 7460
    mean = sum(int(r["depth_reads"]) * int(r["bases"]) for r in histogram) / total
    assert metrics["mean_coverage"] == pytest.approx(mean, rel=1e-5)
    errors = sum(int(r["errors_read1"]) + int(r["errors_read2"]) for r in rows("substitutions.tsv"))
    assert errors > 0
    sites = rows("sites.tsv")
    assert sites[0]["position_1based"] == "21"
    assert all(int(r["normal_reference_fragments"]) >= 0 for r in sites)
    pairs = [size for r in rows("insert_size.tsv") for size in [int(r["insert_size_bp"])] * int(r["pairs"])]
    assert metrics["insert_size_median"] == float(np.median(pairs))


def test_qc__custom_content_says_what_it_is(case: dict[str, Path], tmp_path: Path) -> None:
    assert run(case, tmp_path) == 0
    seen = {}
    for path in sorted(tmp_path.glob("*_mqc.*")):
        lines = path.read_text().splitlines()
        head: dict[str, Any]
        if path.suffix == ".yaml":
            head = yaml.safe_load(path.read_text())
            points = head["data"]["T-1"]
            assert all(isinstance(x, int) and isinstance(y, int | float) for x, y in points.items())
            assert len(points) > 10
        else:
            head = yaml.safe_load("\n".join(line[2:] for line in lines if line.startswith("# ")))
            header, row = (line.split("\t") for line in lines if not line.startswith("#"))
            assert header[0] == "Sample"
            assert row[0] == "T-1"
            assert len(header) == len(row) > 5
        assert {"id", "parent_id", "section_name", "description", "pconfig"} <= set(head)
        seen[head["id"]] = head["plot_type"]
    assert seen == {
        "oncopipe_coverage": "linegraph",
        "oncopipe_insert_size": "linegraph",
        "oncopipe_metrics": "table",
        "oncopipe_status": "table",
        "oncopipe_substitutions": "bargraph",
    }


def test_qc__a_fail_is_written_not_raised(case: dict[str, Path], tmp_path: Path) -> None:
    assert run(case, tmp_path, "--fail-tumor-mean-coverage", "5000", "--sample", "other") == 0
    quality = summarize(read_metrics(tmp_path, ["other"]))
    assert quality.status == "FAIL"
    assert "< 5e+03" in quality.sentence or "< 5000" in quality.sentence


def test_qc__two_samplings_of_one_genome_are_one_person(case: dict[str, Path], tmp_path: Path) -> None:
    assert run(case, tmp_path, "--min-sites", "5") == 0
    rows = {row.metric: row for row in read_metrics(tmp_path, ["T-1"])}
    assert rows["identity"].value == 1.0
    assert rows["swap"].value != "swapped"


def test_qc__without_regions_sites_and_normal(case: dict[str, Path], tmp_path: Path) -> None:
    assert run(case, tmp_path, regions=None, sites=None, normal=None) == 0
    rows = {row.metric: row for row in read_metrics(tmp_path, ["T-1"])}
    assert {rows[n].status for n in ("identity", "contamination", "swap", "on_target_fraction")} == {"NOT_ASSESSED"}
    assert not (tmp_path / "T-1.sites.tsv").exists()


def test_qc__bad_input_has_a_name_a_code_and_leaves_nothing(
    case: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cut, plain, empty = tmp_path / "cut.bam", tmp_path / "no.bam", tmp_path / "empty.bed"
    cut.write_bytes(case["bam"].read_bytes()[:-40])
    plain.write_text("no BAM")
    empty.write_text("")
    renamed = tmp_path / "renamed"
    renamed.mkdir()
    other = write_reference(renamed, {name.removeprefix("chr"): bases for name, bases in genome().items()})
    foreign = write_bam(tmp_path / "two.bam", genome(), n=3, seed=1, sample=None)
    bad_regions = tmp_path / "bad.bed"
    bad_regions.write_text("1\t0\t50\n")
    cases: list[tuple[dict[str, Path | None], int, str]] = [
        ({"bam": tmp_path / "none.bam"}, 66, "missing"),
        ({"reference": tmp_path / "none.fa"}, 66, "reference"),
        ({"bam": cut}, 65, "cut.bam"),
        ({"bam": plain}, 65, "no.bam"),
        ({"normal": plain}, 65, "no.bam"),
        ({"reference": other}, 65, "chr"),
        ({"regions": empty}, 65, "no regions"),
        ({"regions": bad_regions}, 65, "the reference calls it chr1"),
        ({"bam": foreign}, 65, "say which with --sample"),
    ]
    for changed, code, said in cases:
        assert run(case, tmp_path / "out", **changed) == code, changed
        error = capsys.readouterr().err
        assert said in error, changed
        assert "internal error" not in error
    assert run(case, tmp_path / "out", "--sample", "../x") == 65
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "x.metrics.tsv").exists()


def test_qc__a_cram_gives_the_same_tables(case: dict[str, Path], tmp_path: Path) -> None:
    cram = tmp_path / "t.cram"
    pysam.view("-C", "-T", str(case["reference"]), "-o", str(cram), str(case["bam"]), catch_stdout=False)
    assert run(case, tmp_path / "bam") == 0
    assert run(case, tmp_path / "cram", bam=cram) == 0
    assert contents(tmp_path / "bam") == contents(tmp_path / "cram")
