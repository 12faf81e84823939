"""Every shipped target is looked up in CIViC: evidence id, PMID, gene, variant, disease and therapies agree."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from oncopipe.knowledge.civic import read_civic
from oncopipe.knowledge.statements import shipped_targets

pytestmark = pytest.mark.real


def test_targets__agree_with_civic_row_by_row(real_data: Path) -> None:
    civic = {row.evidence_id: row for row in read_civic(real_data / "knowledge" / "civic_2021-02")[0]}
    for row in shipped_targets():
        if row.checked == "yes":
            assert row == civic[row.evidence_id]
        else:
            assert row.regulatory_label and not row.evidence_id and not row.citation


def test_read_civic__both_releases_whole(real_data: Path) -> None:
    rows, rejects = read_civic(real_data / "knowledge" / "civic_2021-02")
    assert (len(rows), len(rejects)) == (3638, 68)
    assert Counter(why for _, why in rejects) == {"no evidence direction": 67, "no disease or no significance": 1}
    old, old_rejects = read_civic(real_data / "knowledge" / "civic_2015-05")
    assert (len(old), len(old_rejects)) == (378, 0)
    assert all(row.checked == "no" and not row.evidence_id for row in old)
    assert replace(rows[0]) == rows[0]
