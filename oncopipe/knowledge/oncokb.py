"""OncoKB, as far as a user has it: a MAF that OncoKB's own annotator filled in. Nothing of OncoKB ships.

The levels are those of the tumor type with which the MAF was annotated, so a row says nothing of other tumors.
"""

from __future__ import annotations

import re
from pathlib import Path

from oncopipe.knowledge.diseases import tumor_types
from oncopipe.knowledge.rules import CHANGE
from oncopipe.knowledge.statements import Statement
from oncopipe.knowledge.tables import Reading, Row, read_table, reject

_GENE = ("Hugo_Symbol", "HUGO_SYMBOL", "Gene")
_CHANGE = ("HGVSp_Short", "ALTERATION", "Alteration")
_TUMOR = ("ONCOTREE_CODE", "Oncotree_Code", "CANCER_TYPE", "Cancer_Type")
_NEEDED = (_GENE, _CHANGE, ("ONCOGENIC",))
# METHOD: OncoKB's levels in CIViC's words: 1 (approved) and 2 (guideline) are validated, 3A is clinical, 4 is preclinical;
# R1 is standard of care, R2 clinical. 3B is a level 1 to 3A of another tumor type: it is written down as evidence of
# level B in a tumor that is not this one. PCGR counts 1 to 3B as strong, as levels A and B are here.
_LEVELS: dict[str, tuple[str, str, str]] = {
    "LEVEL_1": ("A", "Predictive", "Sensitivity/Response"),
    "LEVEL_2": ("A", "Predictive", "Sensitivity/Response"),
    "LEVEL_3A": ("B", "Predictive", "Sensitivity/Response"),
    "LEVEL_3B": ("B", "Predictive", "Sensitivity/Response"),
    "LEVEL_4": ("D", "Predictive", "Sensitivity/Response"),
    "LEVEL_R1": ("A", "Predictive", "Resistance"),
    "LEVEL_R2": ("B", "Predictive", "Resistance"),
    "LEVEL_Dx1": ("A", "Diagnostic", "Positive"),
    "LEVEL_Dx2": ("B", "Diagnostic", "Positive"),
    "LEVEL_Dx3": ("C", "Diagnostic", "Positive"),
    "LEVEL_Px1": ("A", "Prognostic", "N/A"),
    "LEVEL_Px2": ("B", "Prognostic", "N/A"),
    "LEVEL_Px3": ("C", "Prognostic", "N/A"),
}
_ONCOGENIC = {
    "Oncogenic": ("Supports", "Oncogenic"),
    "Likely Oncogenic": ("Supports", "Likely Oncogenic"),
    "Resistance": ("Supports", "Oncogenic"),
    "Likely Neutral": ("Does Not Support", "Oncogenic"),
}
_EFFECTS = {
    "Gain-of-function": ("Supports", "Gain of Function"),
    "Loss-of-function": ("Supports", "Loss of Function"),
    "Switch-of-function": ("Supports", "Neomorphic"),
    "Neutral": ("Supports", "Neutral"),
}
_SILENT = ("", "Unknown", "Inconclusive", "NA", "None")


def read_oncokb(path: Path) -> Reading:
    """Statements of an annotated MAF: oncogenicity, effect, and the therapies of each level.

    Raises: MissingInputError; InputError when it was not annotated.
    """
    table = read_table(path, _NEEDED)
    found: set[Statement] = set()
    rejects = list(table.rejects)
    for row in table.rows:
        made = _statements(row)
        if isinstance(made, str):
            rejects.append(reject(table, row, made))
        else:
            found.update(made)
    rejects.sort(key=lambda r: r.row)
    return Reading(sorted(found), rejects, table.n_rows, [table.digest])


def _statements(row: Row) -> list[Statement] | str:
    gene, change = row.get(*_GENE), re.sub(r"[A-Z*]?fs.*$", "fs", row.get(*_CHANGE).removeprefix("p."))
    if not gene or not CHANGE.fullmatch(change):
        return f"no gene, or no protein change in one-letter form: {gene} {change[:30]}"
    code = row.get(*_TUMOR)
    known = tumor_types().get(code.upper())
    made = []
    if said := _ONCOGENIC.get(row.get("ONCOGENIC")):
        made.append(
            _one(gene, change, ("", "Oncogenic", said[1]), said[0], "Cancer", "OncoKB: oncogenic effect", "any")
        )
    elif row.get("ONCOGENIC") not in _SILENT:
        return f"unknown oncogenicity: {row.get('ONCOGENIC')[:30]}"
    if said := _EFFECTS.get(row.get("MUTATION_EFFECT").removeprefix("Likely ")):
        made.append(
            _one(gene, change, ("", "Functional", said[1]), said[0], "Cancer", "OncoKB: mutation effect", "any")
        )
    for column, kind in _LEVELS.items():
        # "LEVEL_3B" is of another tumor; without a code that OncoTree holds nothing can be compared.
        is_here = known is not None and column != "LEVEL_3B"
        disease = known.name if known and is_here else "another tumor type" if column == "LEVEL_3B" else code
        for therapy in _therapies(row.get(column), kind[1]):
            terms = known.code if known and is_here else ""
            made.append(
                _one(
                    gene,
                    change,
                    kind,
                    "Supports",
                    disease or "tumor type not given",
                    f"OncoKB {column}",
                    terms,
                    therapy,
                )
            )
    return made or "OncoKB says nothing of it"


def _therapies(cell: str, kind: str) -> list[tuple[str, str]]:
    """Therapies of a level with how they belong together: "A,B+C" is A, and B with C."""
    if cell in _SILENT:
        return []
    if kind != "Predictive":
        return [("", "")]
    sets = [sorted(name.strip() for name in part.split("+") if name.strip()) for part in cell.split(",")]
    return [(",".join(names), "Combination" if len(names) > 1 else "") for names in sets if names]


def _one(
    gene: str, change: str, kind: tuple[str, str, str], direction: str, disease: str, label: str, terms: str,
    therapy: tuple[str, str] = ("", ""),
) -> Statement:  # fmt: skip
    level, evidence_type, significance = kind
    return Statement(
        gene, change, change, disease, therapy[0], therapy[1], evidence_type, direction, significance, level, "", "",
        label, "no", terms, "somatic",
    )  # fmt: skip
