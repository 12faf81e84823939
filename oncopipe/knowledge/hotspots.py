"""Recurrent residues with their counts, in the layout of cancerhotspots.org (version 2 with 3D clusters)."""

from __future__ import annotations

import re
from pathlib import Path

from oncopipe.knowledge.rules import AMINO
from oncopipe.knowledge.tables import Reading, Row, merge_twice, read_table

COLUMNS = ("gene", "residue", "kind", "n_samples", "changes", "transcript", "tumor_types")
SINGLE, INDEL = "single residue", "in-frame indel"
KINDS = (SINGLE, INDEL, "splice site", "3d")
_NEEDED = (("hugo_symbol",), ("residue",), ("type",), ("variant_amino_acid",), ("tumor_count",))
_RESIDUE = re.compile(rf"[{AMINO}X]\d+|\d+(?:-\d+)?")
SITE_COLUMNS = ("chromosome", "position", "reference", "alternate", "gene", "change")
# Columns of the tables by coordinate, which have no header; the last is a prediction that is not read.
_SITE_LAYOUT = ("chromosome", "position", "reference", "alternate", "gene", "classification", "change", "prediction")
_CHANGE = re.compile(r"([A-Za-z0-9_*]+):(\d+)")


def read_hotspots(path: Path) -> Reading:
    """Residues with the number of samples, of each change (`E:833|K:24`) and of each tumor type (`skin:187|bowel:35`).

    A residue of several 3D clusters stands once. Raises: MissingInputError; InputError when the columns are others.
    """
    return merge_twice(read_table(path, _NEEDED), _row, n_key=3)


def read_hotspot_sites(path: Path) -> Reading:
    """The same residues by coordinate: a table without header, of eight columns. One build a table.

    The build is not in the file; the release's name should say it. Raises: MissingInputError.
    """
    return merge_twice(read_table(path, (), columns=_SITE_LAYOUT), _site, n_key=4)


def changes_of(text: str) -> dict[str, int]:
    """Change (or tumor type) -> samples, of the columns `changes` and `tumor_types`.

    >>> changes_of("E:833|K:24")
    {'E': 833, 'K': 24}
    """
    return {name: int(n) for name, n in _CHANGE.findall(text)}


def _row(row: Row) -> tuple[str, ...] | str:
    gene, residue, kind = row.get("hugo_symbol"), row.get("residue"), row.get("type")
    changes, n_samples = row.get("variant_amino_acid"), row.get("tumor_count")
    if not gene or not _RESIDUE.fullmatch(residue):
        return f"no gene, or no residue: {gene} {residue[:20]}"
    if kind not in KINDS:
        return f"unknown type: {kind[:30]}"
    if not (n_samples.isascii() and n_samples.isdecimal()):
        return f"the number of tumors is none: {n_samples[:20]}"
    if not changes or not all(_CHANGE.fullmatch(part) for part in changes.split("|")):
        return f"the counts of changes cannot be read: {changes[:30]}"
    return gene, residue, kind, n_samples, changes, row.get("transcript_id"), row.get("tumor_type_composition")


def _site(row: Row) -> tuple[str, ...] | str:
    chromosome, position = row.get("chromosome").removeprefix("chr"), row.get("position")
    alleles = row.get("reference"), row.get("alternate")
    if not chromosome or not (position.isascii() and position.isdecimal()) or not row.get("gene"):
        return f"no place or no gene: {chromosome[:10]} {position[:12]} {row.get('gene')[:20]}"
    if not all(re.fullmatch("[ACGT]+|-", allele) for allele in alleles):
        return f"the alleles are none: {alleles[0][:20]} {alleles[1][:20]}"
    return chromosome, position, *alleles, row.get("gene"), row.get("change")
