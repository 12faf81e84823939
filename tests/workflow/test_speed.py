"""The benchmark of speed runs on a small pair: its figures mean nothing there, that it prints them does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.workflow
def test_speed__prints_every_row_on_a_small_pair(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.speed", "--quick", "--repeat", "1", "--no-bounds", "--no-rivals"]
    folders = ["--cache", str(tmp_path / "cache"), "--output", str(tmp_path / "results")]
    done = subprocess.run([*command, *folders], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    rows = [line.split("\t") for line in (tmp_path / "results" / "speed.tsv").read_text().splitlines()]
    by_name = {row[0]: row for row in rows[1:]}
    for name in (
        "depth and events, the pass alone, 2 threads",
        "oncopipe call somatic, whole, 2 threads",
        "coverage alone, 1 thread",
        "oncopipe --help",
        "call somatic on 200 bases",
    ):
        assert float(by_name[name][1]) > 0, name
    slopes = [row for name, row in by_name.items() if name.startswith("cost of a call against")]
    assert len(slopes) == 2 and all(float(row[4]) > 0 for row in slopes)
    text = (tmp_path / "results" / "speed.md").read_text()
    assert "median of 1" in text and "quick run" in text
