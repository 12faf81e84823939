"""CIViC's evidence tables (CC0), by column name, in the three layouts that releases have had."""

from __future__ import annotations

import re
from pathlib import Path

from oncopipe.errors import InputError, MissingInputError
from oncopipe.knowledge.rules import rule_of_wording
from oncopipe.knowledge.statements import DIRECTIONS, EVIDENCE_TYPES, LEVELS, Statement

# Our name -> the names that releases have used. 2015: pubmed_id, no ids or levels; 2021: drugs,
# clinical_significance; today: molecular_profile, therapies, significance.
_NAMES = {
    "disease": ("disease",),
    "therapies": ("therapies", "drugs"),
    "interaction": ("therapy_interaction_type", "drug_interaction_type"),
    "type": ("evidence_type",),
    "direction": ("evidence_direction",),
    "significance": ("significance", "clinical_significance"),
    "level": ("evidence_level",),
    "citation": ("citation_id", "pubmed_id"),
    "source_type": ("source_type",),
    "status": ("evidence_status",),
    "id": ("evidence_id",),
}
_NEEDED = ("disease", "therapies", "type", "direction", "significance", "citation")
_FILES = (
    "nightly-ClinicalEvidenceSummaries.tsv",
    "ClinicalEvidenceSummaries.tsv",
    "nightly-AcceptedClinicalEvidenceSummaries.tsv",
)


def find_evidence_file(path: Path) -> Path:
    """The evidence table itself: the path, or the one inside a folder of a release."""
    if path.is_dir():
        for name in _FILES:
            if (path / name).is_file():
                return path / name
        found = sorted(path.glob("*ClinicalEvidenceSummaries.tsv"))
        if found:
            return found[0]
    if not path.is_file():
        raise MissingInputError(
            "there is no CIViC evidence table",
            where=str(path),
            fix="give ClinicalEvidenceSummaries.tsv or its folder",
        )
    return path


def read_civic(path: Path) -> tuple[list[Statement], list[tuple[int, str]]]:
    """Accepted evidence as statements, and the rows that were left out with the reason.

    Raises: MissingInputError; InputError when the columns are not CIViC's.
    """
    path = find_evidence_file(path)
    lines = re.split(r"\r\n|\r|\n", path.read_bytes().decode("utf-8", "surrogateescape"))
    header = lines[0].lstrip("\ufeff").split("\t")
    places = {name: next((header.index(h) for h in heads if h in header), -1) for name, heads in _NAMES.items()}
    if any(places[name] < 0 for name in _NEEDED) or not ({"gene", "molecular_profile"} & set(header)):
        missing = [_NAMES[name][0] for name in _NEEDED if places[name] < 0] or ["gene or molecular_profile"]
        raise InputError(
            f"this is no CIViC evidence table: it has no column {missing[0]}",
            where=str(path),
            fix="give a CIViC release",
        )
    statements: dict[tuple[str, ...], Statement] = {}
    rejects: list[tuple[int, str]] = []
    ids: set[str] = set()
    for number, line in enumerate(lines[1:], 2):
        if not line:
            continue
        made = _row(line.split("\t"), header, places)
        if isinstance(made, str):
            rejects.append((number, made))
            continue
        row = made
        if row.evidence_id and row.evidence_id in ids:
            rejects.append((number, f"{row.evidence_id} stands twice"))
            continue
        ids.add(row.evidence_id)
        statements.setdefault((row.gene, row.source_variant, row.evidence_id, row.citation, row.disease, row.therapies,
                               row.significance, row.evidence_type, row.direction), row)  # fmt: skip
    return sorted(statements.values()), rejects


def _row(cells: list[str], header: list[str], places: dict[str, int]) -> Statement | str:
    """The statement of one line, or why it is left out."""
    if len(cells) != len(header):
        return f"{len(cells)} fields where the header has {len(header)}"
    if any("\udc80" <= c <= "\udcff" for cell in cells for c in cell):
        return "bytes that are not UTF-8"

    def get(name: str) -> str:
        return cells[places[name]].strip() if places[name] >= 0 else ""

    if places["status"] >= 0 and get("status").lower() != "accepted":
        return f"status {get('status') or 'empty'}, not accepted"
    gene, wording = _gene_and_wording(dict(zip(header, cells, strict=True)))
    if not gene:
        return f"no single gene: {wording}"
    if get("type") not in EVIDENCE_TYPES or get("level") not in LEVELS:
        return f"unknown evidence type or level: {get('type')} {get('level')}"
    direction = get("direction") if get("direction") in DIRECTIONS else ""
    if not direction:
        return "no evidence direction"
    if not get("disease") or not get("significance"):
        return "no disease or no significance"
    therapies = ",".join(sorted(t.strip() for t in get("therapies").split(",") if t.strip() not in ("", "N/A")))
    citation = get("citation")
    prefix = "ASCO:" if get("source_type") == "ASCO" else "PMID:"
    identifier = f"EID{get('id')}" if get("id") else ""
    # A release without ids cannot be checked row by row: its statements say so.
    checked = "yes" if identifier else "no"
    label = "" if identifier else "CIViC release without evidence ids"
    return Statement(
        gene, rule_of_wording(wording), wording, get("disease"), therapies, get("interaction"), get("type"), direction,
        get("significance"), get("level"), identifier, prefix + citation if citation else "", label, checked,
    )  # fmt: skip


def _gene_and_wording(row: dict[str, str]) -> tuple[str, str]:
    """Gene and variant; of a molecular profile when it names one variant only ("BRAF V600E")."""
    if "gene" in row:
        return row["gene"].strip(), row["variant"].strip()
    profile = row["molecular_profile"].strip()
    if re.search(r"\b(AND|OR|NOT)\b", profile):
        return "", profile
    gene, _, wording = profile.partition(" ")
    return (gene, wording) if wording else ("", profile)
