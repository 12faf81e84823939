"""Insertions that sources word as such get the name of the duplication that they are, or stay as they are."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncopipe.knowledge.civic import read_civic
from oncopipe.knowledge.duplications import duplication
from tests.unit.test_knowledge import HEAD_2021, LINE_2021

EGFR = dict(enumerate("ASVDNPHV", start=767))


@pytest.mark.parametrize(
    ("wording", "unknown", "name"),
    [
        ("D770_N771insSVD", (), "S768_D770dup"),
        ("V769_770insASV", (), "A767_V769dup"),
        ("H773_V774insNPH", (), "N771_H773dup"),
        ("A767_S768insSVD", (), "S768_D770dup"),  # what follows is SVD: 3' most, it stands behind that
        ("D770_N771insSVD", (769,), None),  # the middle is not known
        ("D770_N771insSVD", (771,), None),  # nor whether it could stand farther on
        ("D770_N771insGY", (), None),
        ("D770_N771insD", (), None),  # one residue: wordings.py
        ("D770_H773insSVD", (), None),
        ("G770_N771insSVD", (), None),
        ("V600E", (), None),
    ],
)
def test_duplication__by_known_residues(wording: str, unknown: tuple[int, ...], name: str | None) -> None:
    known = {position: letter for position, letter in EGFR.items() if position not in unknown}
    assert duplication(wording, known) == name


def by_definition(protein: str, before: int, inserted: str) -> str | None:
    """The 3' most stretch whose copy gives the changed protein; `before` residues stand before the insertion."""
    changed = protein[:before] + inserted + protein[before:]
    for last in range(len(protein), len(inserted) - 1, -1):
        copied = protein[last - len(inserted) : last]
        if protein[:last] + copied + protein[last:] == changed:
            return f"{copied[0]}{last - len(inserted) + 1}_{copied[-1]}{last}dup"
    return None


@settings(max_examples=300, deadline=None)
@given(st.text("AC", min_size=4, max_size=14), st.text("AC", min_size=2, max_size=4), st.data())
def test_duplication__is_the_one_by_definition_and_never_another(
    protein: str, inserted: str, data: st.DataObject
) -> None:
    before = data.draw(st.integers(1, len(protein) - 1))
    whole = f"{protein}W"
    wording = f"{whole[before - 1]}{before}_{whole[before]}{before + 1}ins{inserted}"
    residues = dict(enumerate(whole, start=1))
    true = by_definition(whole, before, inserted)
    assert duplication(wording, residues) == true
    unknown = data.draw(st.sets(st.integers(1, len(whole))))
    known = {position: letter for position, letter in residues.items() if position not in unknown}
    assert duplication(wording, known) in (None, true)


def rules(tmp_path: Path, *wordings: str) -> dict[str, str]:
    line = LINE_2021.replace("BRAF", "EGFR").removesuffix("95")
    lines = [f"{line.replace('V600E', wording)}{n}" for n, wording in enumerate(wordings, start=1)]
    (tmp_path / "e.tsv").write_text("\n".join([HEAD_2021, *lines, ""]))
    return {row.source_variant: row.rule for row in read_civic(tmp_path / "e.tsv").statements}


def test_read_civic__names_a_duplication_by_the_residues_that_its_wordings_name(tmp_path: Path) -> None:
    found = rules(tmp_path, "D770_N771insSVD", "V769_770insASV", "S768I", "A767_V769dupASV", "EXON 20 INSERTION")
    assert found["D770_N771insSVD"] == "D770_N771insSVD S768_D770dup"
    assert found["V769_770insASV"] == "A767_V769dup"
    assert (found["S768I"], found["EXON 20 INSERTION"]) == ("S768I", "exon 20 insertion")


@pytest.mark.parametrize("other", ["", "V769L T768I", "V769L S768I L769M", "V769L C770E S768I"])
def test_read_civic__names_no_duplication_where_a_residue_is_unknown_or_in_doubt(tmp_path: Path, other: str) -> None:
    found = rules(tmp_path, "D770_N771insSVD", "V769_770insASV", *other.split())
    assert (found["D770_N771insSVD"], found["V769_770insASV"]) == ("D770_N771insSVD", "other")
