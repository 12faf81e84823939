"""A job is no larger than it must be: it imports what it uses, and holds no file that it has read."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from oncopipe.data.regions import Region, Regions
from oncopipe.io.bam import open_alignment
from tests.pairs import GENOME, Pair, make_pair

# A second of imports in each of a thousand jobs is a quarter of an hour.
HEAVY = (
    "pandas",
    "pyarrow",
    "scipy.linalg",
    "scipy.special",
    "scipy.stats",
    "scipy.optimize",
    "cyvcf2",
    "rich",
    "jsonschema",
)
HEAVY = (*HEAVY, "snakemake", "snakemake_interface_logger_plugins", "matplotlib", "jinja2")


def imported_by(arguments: list[str]) -> list[str]:
    """Heavy modules in memory after a command."""
    program = (
        "import sys\nfrom oncopipe.cli.main import cli\n"
        f"cli.main({arguments!r}, prog_name='oncopipe', standalone_mode=False)\n"
        f"print('HEAVY', *sorted(set(sys.modules) & set({HEAVY!r})))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1].split()[1:]


@pytest.mark.parametrize("verb", ["somatic", "tumor-only"])
def test_call__imports_nothing_heavy(pair: Pair, tmp_path: Path, verb: str) -> None:
    regions = tmp_path / "regions.bed"
    regions.write_text("chr1\t1000\t2000\n")
    files = ["--tumor", str(pair.tumor), "--reference", str(pair.fasta), "--regions", str(regions)]
    files += ["--normal", str(pair.normal)] if verb == "somatic" else []
    assert imported_by(["call", verb, *files, "--output", str(tmp_path / "calls.vcf.gz")]) == []


def test_call_in_steps__imports_pyarrow_alone(pair: Pair, tmp_path: Path) -> None:
    files = ["--tumor", str(pair.tumor), "--normal", str(pair.normal), "--reference", str(pair.fasta)]
    part, model = str(tmp_path / "part.parquet"), str(tmp_path / "model.json")
    assert imported_by(["call", "collect", *files, "--output", part]) == ["pyarrow"]
    assert imported_by(["call", "fit", "--evidence", part, "--output", model]) == ["pyarrow"]
    written = ["--output", str(tmp_path / "calls.vcf.gz"), "--evidence-output", str(tmp_path / "judged.parquet")]
    assert imported_by(["call", "score", "--evidence", part, "--model", model, *written]) == ["pyarrow"]


def test_qc__of_one_sample_imports_nothing_heavy(pair: Pair, tmp_path: Path) -> None:
    files = ["--bam", str(pair.tumor), "--reference", str(pair.fasta), "--output", str(tmp_path)]
    assert imported_by(["qc", *files]) == []


@pytest.mark.skipif(not Path("/proc/self/smaps").exists(), reason="only Linux tells what is resident")
def test_read__gives_the_files_pages_back(tmp_path: Path) -> None:
    pair = make_pair(tmp_path, depth=400)
    with open_alignment(pair.tumor) as reader:
        regions = Regions((Region("chr1", 0, GENOME),))
        assert resident(pair.tumor) > 0  # the header was read
        for batch in reader.batches(regions):
            assert len(batch)
        assert resident(pair.tumor) < pair.tumor.stat().st_size / 4


def resident(path: Path) -> int:
    """Bytes of a mapped file that count as this process's memory."""
    lines = Path("/proc/self/smaps").read_text().splitlines()
    at = [i for i, line in enumerate(lines) if line.endswith(str(path))]
    sizes = [next(line for line in lines[i:] if line.startswith("Rss:")) for i in at]
    return sum(1024 * int(size.split()[1]) for size in sizes)
