"""CIViC's assertions: what its editors conclude from several pieces of evidence, with an AMP/ASCO/CAP category."""

from __future__ import annotations

import re
from pathlib import Path

from oncopipe.errors import MissingInputError
from oncopipe.knowledge.conditions import Atom, atoms_of, format_condition, parse_condition, profile_condition
from oncopipe.knowledge.statements import DIRECTIONS, EVIDENCE_TYPES, Statement
from oncopipe.knowledge.tables import Reading, Row, read_table, reject
from oncopipe.knowledge.wordings import rule_of_wording

_GENE = ("gene", "molecular_profile")
_THERAPIES = ("therapies", "drugs")
_SIGNIFICANCE = ("significance", "clinical_significance")
_NEEDED = (_GENE, ("disease",), _THERAPIES, ("assertion_type",), ("assertion_direction",), _SIGNIFICANCE,
           ("amp_category",), ("assertion_id",))  # fmt: skip
_FILES = "*AssertionSummaries.tsv"
_CATEGORY = re.compile(r"Tier I{1,2} - Level ([A-D])")
_NO_NAME = ("", "N/A")


def read_assertions(path: Path) -> Reading:
    """Assertions as statements, by id `AID7`; the level is that of the AMP/ASCO/CAP category.

    `path` is the table or the folder of a release. Raises: MissingInputError; InputError when the columns are others.
    """
    file = next(iter(sorted(path.glob(_FILES))), path) if path.is_dir() else path
    if not file.is_file():
        raise MissingInputError("there is no table of assertions", where=str(path), fix="give AssertionSummaries.tsv")
    table = read_table(file, _NEEDED)
    found: dict[str, Statement] = {}
    rejects = list(table.rejects)
    for row in table.rows:
        made = _statement(row)
        if isinstance(made, str):
            rejects.append(reject(table, row, made))
        elif found.setdefault(made.evidence_id, made) is not made:
            rejects.append(reject(table, row, f"{made.evidence_id} stands twice"))
    rejects.sort(key=lambda r: r.row)
    return Reading(sorted(found.values()), rejects, table.n_rows, [table.digest])


def _statement(row: Row) -> Statement | str:
    number, category = row.get("assertion_id"), row.get("amp_category")
    level = _CATEGORY.fullmatch(category)
    if not (number.isascii() and number.isdecimal()):
        return f"the assertion id is no number: {number[:20]}"
    if row.get("assertion_status").lower() not in ("", "accepted"):
        return f"status {row.get('assertion_status')}, not accepted"
    if row.get("is_flagged").lower() == "true":
        return "flagged by the editors of the source"
    if row.get("assertion_type") not in EVIDENCE_TYPES or row.get("assertion_direction") not in DIRECTIONS:
        return f"unknown type or direction: {row.get('assertion_type')} {row.get('assertion_direction')}"
    if not row.get("disease") or not row.get(*_SIGNIFICANCE):
        return "no disease or no significance"
    if category not in _NO_NAME and level is None:
        return f"unknown category: {category[:30]}"
    gene, rule, condition = _meant(row)
    if not gene:
        return f"the profile stands for no variants that we can name: {row.get(*_GENE)}"
    guideline = " ".join(filter(None, (row.get("nccn_guideline"), row.get("nccn_guideline_version"))))
    words = row.get("variant") or row.get(*_GENE)
    return Statement(
        gene, rule, words, row.get("disease"), _therapies(row), row.get("therapy_interaction_type"),
        row.get("assertion_type"), row.get("assertion_direction"), row.get(*_SIGNIFICANCE), level[1] if level else "",
        f"AID{number}", "", f"NCCN {guideline}" if guideline not in _NO_NAME else "", "yes", condition=condition,
    )  # fmt: skip


def _therapies(row: Row) -> str:
    return ",".join(sorted({name.strip() for name in row.get(*_THERAPIES).split(",")} - set(_NO_NAME)))


def _meant(row: Row) -> tuple[str, str, str]:
    """Gene, rule and condition of the words; no gene where they stand for nothing that we can name."""
    gene, wording = row.get(*_GENE), row.get("variant")
    if "gene" in row.cells:
        return gene, rule_of_wording(wording, gene), ""
    found = profile_condition(gene)
    if found is None:
        return "", "", ""
    if isinstance(found, Atom) and found.rule != "other":
        return found.gene, found.rule, ""
    condition = format_condition(found)
    return next(atom.gene for atom, _ in atoms_of(parse_condition(condition))), "compound", condition
