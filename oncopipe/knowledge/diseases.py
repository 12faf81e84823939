"""Is the disease of a statement the patient's? OncoTree codes against the disease names of the sources."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

DiseaseMatch = Literal["this_tumor", "other_tumor", "unknown"]


@dataclass(frozen=True)
class TumorType:
    """One OncoTree code."""

    code: str
    main_type: str
    name: str
    tissue: str


@dataclass(frozen=True)
class Disease:
    """What a source's disease name covers: whole main types, and single codes."""

    main_types: frozenset[str]
    codes: frozenset[str]


def _table(name: str) -> list[dict[str, str]]:
    text = (files("oncopipe.knowledge") / "data" / name).read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


@cache
def tumor_types() -> dict[str, TumorType]:
    """OncoTree by code (release 2023-03-09)."""
    return {row["code"]: TumorType(**row) for row in _table("oncotree.tsv")}


@cache
def diseases() -> dict[str, Disease]:
    """What is known of the sources' disease names."""

    def parts(text: str) -> frozenset[str]:
        return frozenset(part for part in text.split(";") if part)

    return {row["disease"]: Disease(parts(row["main_types"]), parts(row["codes"])) for row in _table("diseases.tsv")}


def disease_match(code: str | None, disease: str) -> DiseaseMatch:
    """Whether a statement about `disease` speaks of a tumor with this OncoTree code.

    A name covers the codes and main types listed for it. A general code, such as a main type's own, does not match a
    narrower disease: that is unknown, as is a disease or code that is not in the tables.

    >>> disease_match("LUAD", "Lung Non-small Cell Carcinoma"), disease_match("SKCM", "Colorectal Cancer")
    ('this_tumor', 'other_tumor')
    """
    tumor, covered = tumor_types().get(code or ""), diseases().get(disease)
    if tumor is None or covered is None or not (covered.main_types or covered.codes):
        return "unknown"
    if "*" in covered.main_types or tumor.code in covered.codes or tumor.main_type in covered.main_types:
        return "this_tumor"
    # The patient's code may be the broader one: NSCLC against "Lung Adenocarcinoma".
    kin = {tumor_types()[c].main_type for c in covered.codes}
    if tumor.main_type in kin and tumor.name == tumor.main_type:
        return "unknown"
    return "other_tumor"
