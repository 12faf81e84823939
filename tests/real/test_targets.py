"""Every shipped target is looked up in CIViC: evidence id, PMID, gene, variant, disease and therapies agree."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from oncopipe.knowledge.civic import read_civic
from oncopipe.knowledge.diseases import diseases
from oncopipe.knowledge.rules import NEVER
from oncopipe.knowledge.sources import import_source, read_knowledge
from oncopipe.knowledge.statements import shipped_targets

pytestmark = pytest.mark.real


def test_targets__agree_with_civic_row_by_row(real_data: Path) -> None:
    civic = {row.evidence_id: row for row in read_civic(real_data / "knowledge" / "civic_2021-02").statements}
    for row in shipped_targets():
        if row.checked == "yes":
            assert replace(row, oncotree="") == civic[row.evidence_id]
        else:
            assert row.regulatory_label and not row.evidence_id and not row.citation and not row.level


def test_read_civic__release_of_2021_whole(real_data: Path) -> None:
    reading = read_civic(real_data / "knowledge" / "civic_2021-02")
    assert (reading.n_rows, len(reading.statements)) == (3706, 3636)
    ragged = [r.row for r in reading.rejects if r.file == "nightly-VariantSummaries.tsv"]
    assert ragged == [13, 17, 31, 442, 503, 554]
    others = Counter(r.reason for r in reading.rejects if r.file == "nightly-ClinicalEvidenceSummaries.tsv")
    assert others == {
        "no evidence direction: it neither supports nor refutes": 67,
        "a predictive item that names no therapy": 2,
        "no disease or no significance": 1,
    }
    assert all(row.disease in diseases() for row in reading.statements)
    # What no single small variant can be said to be.
    kinds = Counter(row.rule for row in reading.statements if row.rule in NEVER)
    assert kinds == {"expression": 310, "fusion": 299, "other": 164, "amplification": 157, "loss": 93, "compound": 19,
                     "wild type": 11}  # fmt: skip


def test_read_civic__release_of_2015_whole(real_data: Path) -> None:
    reading = read_civic(real_data / "knowledge" / "civic_2015-05")
    assert (reading.n_rows, len(reading.statements)) == (409, 366)
    assert Counter(re.sub(r"\d+", "#", r.reason) for r in reading.rejects) == {
        "the same statement stands in line #": 29,
        "a predictive item that names no therapy": 14,
    }
    assert all(row.checked == "no" and not row.evidence_id and not row.level for row in reading.statements)
    assert all(row.disease in diseases() for row in reading.statements)


def test_import_source__both_releases_read_back(real_data: Path, tmp_path: Path) -> None:
    for release in ("2015-05", "2021-02"):
        facts = import_source("civic", real_data / "knowledge" / f"civic_{release}", tmp_path / release, release)
        statements, sources = read_knowledge(tmp_path / release, targets=False)
        assert sources == [facts] and len(statements["civic"]) == facts.n_rows
        again = import_source("civic", real_data / "knowledge" / f"civic_{release}", tmp_path / "again", release)
        assert again == facts
