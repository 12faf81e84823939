"""Is the disease of a statement the patient's? OncoTree codes against the disease names of the sources.

`diseases.tsv` says for each disease which OncoTree terms it means: a code, `main:` with a main type, `tissue:` with a
tissue, `solid` (all but lymphoid and myeloid), or `any`. With `~` before it the tumor may or may not be meant: its
code is more general than the disease, or the disease needs more than histology (HER2-positive).
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

DiseaseMatch = Literal["this_tumor", "other_tumor", "unknown"]
Relation = Literal["this_tumor", "any_tumor", "other_tumor", "unknown"]

_BLOOD = ("Myeloid", "Lymphoid")


@dataclass(frozen=True)
class TumorType:
    """One OncoTree code."""

    code: str
    main_type: str
    name: str
    tissue: str


def _table(name: str) -> list[dict[str, str]]:
    text = (files("oncopipe.knowledge") / "data" / name).read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


@cache
def tumor_types() -> dict[str, TumorType]:
    """OncoTree by code (release 2023-03-09)."""
    return {row["code"]: TumorType(**row) for row in _table("oncotree.tsv")}


@cache
def hematopoiesis_genes() -> frozenset[str]:
    """Genes that clones of healthy people's blood carry mutated."""
    return frozenset(row["gene"] for row in _table("hematopoiesis.tsv"))


@cache
def diseases() -> dict[str, tuple[str, ...]]:
    """The OncoTree terms of each disease that the sources name; none where none fits."""
    return {
        row["disease"]: tuple(term for term in row["oncotree"].split(";") if term) for row in _table("diseases.tsv")
    }


def relation(code: str | None, disease: str, terms: Sequence[str] = ()) -> Relation:
    """How a statement about `disease` stands to a tumor with this OncoTree code.

    `terms` of the statement itself overrule the table of names. `any_tumor` means that the source speaks of cancer, or
    of solid tumors, as such. Unknown: no code, a code or disease that is in no table, or a code too general to tell.

    >>> relation("LUAD", "Lung Non-small Cell Carcinoma"), relation("SKCM", "Colorectal Cancer")
    ('this_tumor', 'other_tumor')
    >>> relation("NSCLC", "Lung Adenocarcinoma"), relation("IDC", "Cancer")
    ('unknown', 'any_tumor')
    """
    terms = tuple(terms) or diseases().get(disease, ())
    tumor = tumor_types().get(code or "")
    if "any" in terms:
        return "any_tumor"
    if tumor is None or not terms:
        return "unknown"
    if "solid" in terms:
        return "other_tumor" if tumor.tissue in _BLOOD else "any_tumor"
    if any(_covers(term, tumor) for term in terms if not term.startswith("~")):
        return "this_tumor"
    # A cancer of unknown primary could be nearly anything.
    is_general = tumor.tissue in ("Other", "") or any(
        _covers(term[1:], tumor) for term in terms if term.startswith("~")
    )
    return "unknown" if is_general else "other_tumor"


def is_term(term: str) -> bool:
    """Whether a text is an OncoTree term, with or without `~`."""
    kind, _, name = term.removeprefix("~").rpartition(":")
    types = tumor_types()
    if kind == "":
        return name in types or name in ("any", "solid")
    known = {"main": {t.main_type for t in types.values()}, "tissue": {t.tissue for t in types.values()}}
    return name in known.get(kind, set())


def _covers(term: str, tumor: TumorType) -> bool:
    kind, _, name = term.rpartition(":")
    return name == {"main": tumor.main_type, "tissue": tumor.tissue}.get(kind, tumor.code)
