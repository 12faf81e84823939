"""Against bcftools csq and snpEff on made genes: every disagreement has its reason and stands in the table."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from pathlib import Path

import pytest

from oncopipe.data.variants import Effect
from tests.oracles.made import Made, make, ours
from tests.oracles.table import BCFTOOLS, Compared, against_csq, against_snpeff, read_table

# How many of each reason there may be at the most, in a hundred entries: a change of ours shows here first.
_MOST_PERCENT = 8.0


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> tuple[Made, list[dict[str, Effect]]]:
    made = make(tmp_path_factory.mktemp("oracles"))
    return made, ours(made)


def check(compared: Compared, oracle: str, *, is_same_version: bool) -> None:
    assert compared.n_coding >= 5000
    assert len(compared.rows) < compared.n * _MOST_PERCENT / 100, Counter(row.reason for row in compared.rows)
    assert [row for row in compared.rows if row.reason == "unexplained"] == []
    if is_same_version:
        listed = [row for row in read_table()[1] if row.oracle.startswith(oracle)]
        assert compared.rows == listed, "read the difference, then run python -m tests.oracles.table"


def test_annotation__classes_agree_with_csq_or_the_table_says_why(
    named: tuple[Made, list[dict[str, Effect]]],
) -> None:
    check(against_csq(*named), "csq", is_same_version=read_table()[0].startswith(BCFTOOLS))


def test_annotation__names_agree_with_snpeff_or_the_table_says_why(
    named: tuple[Made, list[dict[str, Effect]]],
) -> None:
    if shutil.which("snpEff") is None:
        assert not os.environ.get("ONCOPIPE_REQUIRE_SNPEFF"), "snpEff is required here and not installed"
        pytest.skip(
            "snpEff is not installed (Debian's package snpeff); ONCOPIPE_REQUIRE_SNPEFF=1 makes this a failure"
        )
    check(against_snpeff(*named), "snpEff", is_same_version=_snpeff_version() in read_table()[0])


def _snpeff_version() -> str:
    import subprocess

    program = shutil.which("snpEff")
    assert program
    told = subprocess.run([program, "-version"], check=True, capture_output=True, text=True, timeout=120)
    return "snpEff " + told.stdout.split()[1]


def test_reasons__are_those_that_the_docs_explain() -> None:
    text = (Path(__file__).parents[2] / "docs" / "annotation.md").read_text()
    assert [reason for reason in sorted({row.reason for row in read_table()[1]}) if f"`{reason}`" not in text] == []
