"""Exports read one variant at a time: their memory does not grow with what a sample has."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from oncopipe.exports import FORMATS
from tests.peak import peak_of
from tests.unit.test_report_size import many

N = 10_000  # held at once they take 180 MB; 100,000 must stay under 500 MB
MOST_MEMORY = 120 * 1024  # kB


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Findings of many variants, and a genome on which they stand."""
    folder = tmp_path_factory.mktemp("many")
    many(folder / "f.json", N)
    findings = json.loads((folder / "f.json").read_text())
    variants = findings["variants"] = findings["variants"][1:]  # the first lies on a long chromosome
    (folder / "f.json").write_text(json.dumps(findings))
    genome = bytearray(b"C" * (max(v["position"] for v in variants) + 100))
    for v in variants:
        genome[v["position"] - 1] = ord(v["reference"])
    (folder / "g.fa").write_text(f">1\n{genome.decode()}\n")
    return folder


@pytest.mark.parametrize("name", ["maf", "cbioportal", "oncokb", "pcgr", "vrs", "xlsx"])
def test_export__of_many_variants_takes_little_memory(given: Path, tmp_path: Path, name: str) -> None:
    (form,) = (f for f in FORMATS if f.name == name)
    if form.package:
        pytest.importorskip(form.package, reason=f"{form.package} is not installed (extra {form.extra})")
    arguments = ["export", name, "--findings", str(given / "f.json"), "--output", str(tmp_path / "out")]
    reference = ["--reference", str(given / "g.fa")] if name == "vrs" else []
    status, peak = peak_of("-m", "oncopipe.cli.main", *arguments, *reference)
    assert status == 0 and peak < MOST_MEMORY
    assert (tmp_path / "out").exists()
