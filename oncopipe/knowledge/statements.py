"""Statements: rows of evidence of any source in one layout, read and written as TSV, checked row by row."""

from __future__ import annotations

import re
from dataclasses import astuple, dataclass, fields
from importlib.resources import files
from pathlib import Path

from oncopipe.errors import InputError
from oncopipe.io.text_lines import read_lines
from oncopipe.knowledge.conditions import BIOMARKER, Atom, Condition, parse_condition
from oncopipe.knowledge.diseases import is_term
from oncopipe.knowledge.rules import is_rule

EVIDENCE_TYPES = ("Predictive", "Diagnostic", "Prognostic", "Predisposing", "Oncogenic", "Functional")
DIRECTIONS = ("Supports", "Does Not Support")
LEVELS = ("A", "B", "C", "D", "E", "")
INTERACTIONS = ("", "Combination", "Substitutes", "Sequential")
ORIGINS = ("", "somatic", "germline")
RATINGS = ("", "1", "2", "3", "4", "5")
ESCAT_LEVELS = ("I-A", "I-B", "I-C", "II-A", "II-B", "III-A", "III-B", "IV-A", "IV-B", "V", "X")


@dataclass(frozen=True, order=True)
class Statement:
    """One row: a variant rule, in a disease, means something. The column names are the file's."""

    gene: str
    rule: str  # oncopipe.knowledge.rules
    source_variant: str  # as the source words it
    disease: str  # as the source words it
    therapies: str  # comma-separated, as the source words them
    therapy_interaction: str
    evidence_type: str
    direction: str
    significance: str
    level: str  # CIViC's A to E; empty where the source gives none
    evidence_id: str  # e.g. EID1409; empty where no public item holds the row
    citation: str  # e.g. PMID:21639808
    regulatory_label: str  # named where no public item holds the row
    checked: str  # yes: agrees with a public evidence item
    oncotree: str = ""  # terms, ;-separated, that say which tumors are meant; empty: by the disease's name
    origin: str = ""  # of the variants that the source observed: somatic, germline, or empty
    rating: str = ""  # CIViC's 1 to 5 stars: how well the study was done; empty where the source gives none
    condition: str = ""  # oncopipe.knowledge.conditions: what else must hold of the patient, or a compound profile
    escat: str = ""  # ESCAT level of this alteration, tumor and therapy, e.g. I-A, where a curator gave it

    @property
    def needs(self) -> Condition | None:
        """What must hold of the patient beside the rule; all of it, where the row is no rule on one variant."""
        if self.condition:
            return parse_condition(self.condition)
        if self.rule == "wild type":
            return Atom(self.gene, self.rule)
        if self.rule == "expression":
            return Atom(BIOMARKER, f"{self.gene} {self.source_variant}".casefold())
        return Atom(self.gene, self.rule) if self.rule in ("amplification", "loss", "fusion") else None

    @property
    def therapy_names(self) -> list[str]:
        return [name for name in self.therapies.split(",") if name]

    @property
    def oncotree_terms(self) -> tuple[str, ...]:
        return tuple(term for term in self.oncotree.split(";") if term)


# Control characters, and what other programs take for the end of a line.
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
COLUMNS = tuple(field.name for field in fields(Statement))
# Tables written before the last three columns are read as well.
_OPTIONAL = ("rating", "condition", "escat")
_HEADERS = tuple(COLUMNS[: len(COLUMNS) - n] for n in range(len(_OPTIONAL) + 1))


def read_statements(path: Path | str) -> list[Statement]:
    """The rows of a statements TSV. Raises: MissingInputError; InputError naming row, column and allowed values."""
    return _parsed(read_lines(path, what="the knowledge table"), str(path))


def shipped_targets() -> list[Statement]:
    """The table of actionable targets that ships with the package."""
    place = files("oncopipe.knowledge") / "data" / "targets.tsv"
    return parse_statements(place.read_text("utf-8"), "targets.tsv")


def parse_statements(text: str, where: str) -> list[Statement]:
    """As `read_statements`, of a text. Lines that begin with # are comments."""
    return _parsed(text.split("\n"), where)


def _parsed(text: list[str], where: str) -> list[Statement]:
    lines = [(i, line) for i, line in enumerate(text, 1) if line.strip() and not line.startswith("#")]
    if not lines or tuple(lines[0][1].split("\t")) not in _HEADERS:
        raise InputError(_header_fault(lines), where=where, fix="columns: " + " ".join(COLUMNS))
    n_columns = len(lines[0][1].split("\t"))
    rows = [(i, _statement(line.split("\t"), n_columns, f"{where}, row {i}")) for i, line in lines[1:]]
    seen: dict[tuple[str, ...], int] = {}
    for i, row in rows:
        for key, fault in _once(row).items():
            if (first := seen.setdefault(key, i)) != i:
                raise InputError(f"{fault} (first in row {first})", where=f"{where}, row {i}")
    return [row for _, row in rows]


def _once(row: Statement) -> dict[tuple[str, ...], str]:
    """What a table may hold of a row once alone, and what is wrong with a second.

    One item may speak of several diseases; that it says the same of one disease twice is a slip.
    """
    found = {astuple(row): "the row stands twice"}
    if row.evidence_id:
        own = (row.evidence_id, row.gene, row.rule, row.disease, row.therapies)
        found[own] = f"{row.evidence_id} stands twice for the same"
    return found


def _header_fault(lines: list[tuple[int, str]]) -> str:
    """What is wrong with a header, in the words of its columns."""
    found = lines[0][1].split("\t") if lines else []
    said = "the header of the table is not the documented one"
    needed = COLUMNS[: -len(_OPTIONAL)]
    if missing := [name for name in needed if name not in found]:
        return f"{said}: no column {', '.join(missing)}"
    if unknown := [name for name in found if name not in COLUMNS]:
        return f"{said}: unknown column {', '.join(unknown)}"
    twice = [name for name in found if found.count(name) > 1]
    return f"{said}: column {twice[0]} stands twice" if twice else f"{said}: its columns stand in another order"


def _statement(cells: list[str], n_columns: int, where: str) -> Statement:
    if len(cells) != n_columns:
        raise InputError(f"the row has {len(cells)} fields, the header {n_columns}", where=where)
    if any(CONTROL.search(cell) for cell in cells):
        raise InputError("the row holds control characters", where=where)
    row = Statement(*cells)
    _check_values(row, where)
    _check_words(row, where)
    return row


def _check_values(row: Statement, where: str) -> None:
    """Refuse what is none of a column's values, and columns that must not be empty."""
    allowed = {
        "evidence_type": EVIDENCE_TYPES, "direction": DIRECTIONS, "level": LEVELS, "checked": ("yes", "no"),
        "therapy_interaction": INTERACTIONS, "origin": ORIGINS, "rating": RATINGS, "escat": ("", *ESCAT_LEVELS),
    }  # fmt: skip
    for name, values in allowed.items():
        if getattr(row, name) not in values:
            said = ", ".join(v or "(empty)" for v in values)
            raise InputError(
                f"{getattr(row, name)!r} is no {name}", where=f"{where}, column {name}", fix=f"one of {said}"
            )
    for name in ("gene", "disease", "significance"):
        if not getattr(row, name):
            raise InputError(f"{name} is empty", where=f"{where}, column {name}")


def _check_words(row: Statement, where: str) -> None:
    """Refuse rules, conditions and terms that are none, and rows that name no source."""
    if not is_rule(row.rule):
        raise InputError(
            f"{row.rule!r} is no variant rule", where=f"{where}, column rule", fix="docs/targets.md lists them"
        )
    try:
        _ = row.needs
    except ValueError as error:
        raise InputError(
            f"{row.condition!r} is no condition: {error}", where=f"{where}, column condition", fix="docs/targets.md"
        ) from error
    for term in row.oncotree_terms:
        if not is_term(term):
            raise InputError(
                f"{term!r} is no OncoTree term", where=f"{where}, column oncotree", fix="docs/targets.md lists them"
            )
    if row.checked == "yes" and not row.evidence_id:
        raise InputError("a checked row needs its evidence id", where=f"{where}, column evidence_id")
    if row.checked == "no" and not (row.regulatory_label or row.citation or row.evidence_id):
        raise InputError(
            "an unchecked row names its regulatory label or its citation", where=f"{where}, column regulatory_label"
        )


def format_statements(rows: list[Statement], comment: str = "") -> str:
    """The TSV of statements, sorted."""
    lines = [f"# {line}" for line in comment.splitlines()] + ["\t".join(COLUMNS)]
    return "\n".join([*lines, *("\t".join(astuple(row)) for row in sorted(rows))]) + "\n"
