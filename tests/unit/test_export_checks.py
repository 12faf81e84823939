from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from oncopipe.data.config import parse_config
from oncopipe.data.plan import Plan
from oncopipe.data.samples import Sample, SampleSheet
from oncopipe.exports.checks import export_problems

MINIMAL: dict[str, Any] = {"samples": "s.tsv", "reference": {"fasta": "g.fa", "genes": "g.gff3"}}
SHEET = SampleSheet((Sample("P1", "P1-T", "tumor"), Sample("P1", "P1-N", "normal")))


def plan(**export: Any) -> Plan:
    return Plan(parse_config(MINIMAL | {"export": export}, where="c.yaml", check_files=False), SHEET, "c.yaml")


def test_export_problems__names_packages_tables_and_strangers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cna.tsv").write_text("sample\tgene\tstate\nP1-T\tEGFR\t2\nP9-T\tEGFR\t1\nP1-N\tEGFR\t0\n")
    (tmp_path / "seg.tsv").write_text("sample\tchromosome\tstart\tend\nP1-T\t7\t9\t3\n")
    (tmp_path / "pat.tsv").write_text("patient\tage\nP9\t61\n")
    monkeypatch.setattr("oncopipe.exports.shape.find_spec", lambda name: None)
    tables = {"copy_number": "cna.tsv", "segments": "seg.tsv", "patients": "pat.tsv"}
    found = export_problems(
        plan(formats=["xlsx", "maf", "fhir"], **{k: str(tmp_path / v) for k, v in tables.items()})
    )  # fmt: skip
    text = "\n".join(f"{p.where}: {p.what} {p.fix}" for p in found)
    assert "oncopipe[xlsx]" in text and "oncopipe[fhir]" in text
    assert "seg.tsv, row 2, column end" in text
    assert "tumor sample P9-T is not in the sample sheet" in text and "tumor sample P1-N" in text
    assert "patient P9 is not in the sample sheet" in text and len(found) == 6


def test_export_problems__of_no_format_or_of_a_good_table_are_none(tmp_path: Path) -> None:
    (tmp_path / "cna.tsv").write_text("sample\tgene\tstate\nP1-T\tEGFR\t2\n")
    assert export_problems(plan(copy_number="broken.tsv")) == []
    assert export_problems(plan(formats=["cbioportal"], copy_number=str(tmp_path / "cna.tsv"))) == []
    assert export_problems(plan(formats=["cbioportal"], copy_number=str(tmp_path / "nowhere.tsv"))) == []
