"""Short jobs import what they use: a second of imports in each of a thousand jobs is a quarter of an hour."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.pairs import Pair

# Numba itself loads scipy.linalg.
HEAVY = ("pandas", "pyarrow", "scipy.special", "scipy.stats", "scipy.optimize", "cyvcf2", "rich", "jsonschema")
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
