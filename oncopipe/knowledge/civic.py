"""CIViC's evidence tables (CC0), by column name, in the three layouts that releases have had."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from oncopipe.errors import MissingInputError
from oncopipe.knowledge.conditions import Atom, atoms_of, format_condition, parse_condition, profile_condition
from oncopipe.knowledge.duplications import with_duplications
from oncopipe.knowledge.statements import DIRECTIONS, EVIDENCE_TYPES, INTERACTIONS, LEVELS, RATINGS, Statement
from oncopipe.knowledge.tables import Reading, Reject, Row, read_table, reject
from oncopipe.knowledge.wordings import rule_of_wording

# What is read, by the names that releases have used. 2015: drugs, clinical_significance, pubmed_id, and no ids, levels
# or status; 2021: those, with citation_id; today: molecular_profile for gene and variant, therapies, significance.
_GENE = ("gene", "molecular_profile")
_THERAPIES = ("therapies", "drugs")
_INTERACTION = ("therapy_interaction_type", "drug_interaction_type")
_SIGNIFICANCE = ("significance", "clinical_significance")
_CITATION = ("citation_id", "pubmed_id")
_NEEDED = (_GENE, ("disease",), _THERAPIES, ("evidence_type",), ("evidence_direction",), _SIGNIFICANCE, _CITATION)
_EVIDENCE_FILES = "*ClinicalEvidenceSummaries.tsv"
# Words of the 2015 layout for what later ones call otherwise.
_TODAY = {"Sensitivity": "Sensitivity/Response", "Resistance or Non-Response": "Resistance"}
_NO_NAME = ("", "N/A")
# METHOD: A763_Y764insFQEA lies before the loop in which the other insertions of exon 20 lie, and is sensitive where
# they are resistant (CIViC EID4497 against EID4650): what is said of the resistance of the class does not hold for it.
_SPARED = {("EGFR", "exon 20 insertion", "Resistance"): "A763_Y764insFQEA"}


@dataclass(frozen=True)
class _Names:
    """HGVS names of variants, by gene and wording, where the release describes its variants."""

    of: Mapping[tuple[str, str], tuple[str, ...]]
    rejects: tuple[Reject, ...] = ()
    digests: tuple[str, ...] = ()


def read_civic(path: Path) -> Reading:
    """Accepted evidence as statements, and the rows that were left out with the reason.

    `path` is the evidence table or the folder of a release. VariantSummaries beside it give the variants' HGVS names;
    a line of theirs that does not fit costs those names, not the evidence.

    Raises: MissingInputError; InputError when the columns are not CIViC's.
    """
    file = find_evidence_file(path)
    table = read_table(file, _NEEDED)
    names = _variant_names(file)
    statements: dict[tuple[str, ...], Statement] = {}
    rejects = list(table.rejects)
    lines_of: dict[str, int] = {}
    for row in table.rows:
        made = _statement(row, names)
        if isinstance(made, Statement) and made.evidence_id:
            first = lines_of.setdefault(made.evidence_id, row.number)
            made = made if first == row.number else f"{made.evidence_id} stands twice, first in line {first}"
        if isinstance(made, str):
            rejects.append(reject(table, row, made))
        elif (first_line := _place(made, row, lines_of)) != row.number:
            rejects.append(reject(table, row, f"the same statement stands in line {first_line}"))
        else:
            statements[_key(made)] = made
    rejects.sort(key=lambda r: r.row)
    return Reading(
        sorted(with_duplications(statements.values())),
        [*rejects, *names.rejects],
        table.n_rows,
        [table.digest, *names.digests],
    )


def find_evidence_file(path: Path) -> Path:
    """The evidence table itself: the path, or the one inside a folder of a release."""
    file = next(iter(sorted(path.glob(_EVIDENCE_FILES))), path) if path.is_dir() else path
    if not file.is_file():
        raise MissingInputError(
            "there is no CIViC evidence table",
            where=str(path),
            fix="give ClinicalEvidenceSummaries.tsv or its folder",
        )
    return file


def _key(row: Statement) -> tuple[str, ...]:
    """What makes a statement the same as another, where the release has no ids."""
    return (row.gene, row.source_variant, row.evidence_id, row.citation, row.disease, row.therapies,
            row.significance, row.evidence_type, row.direction)  # fmt: skip


def _place(row: Statement, line: Row, lines_of: dict[str, int]) -> int:
    """The line in which this statement stands first."""
    return lines_of.setdefault("\t".join(_key(row)), line.number)


def _statement(row: Row, names: _Names) -> Statement | str:
    """The statement of one line, or why it is left out."""
    status = row.get("evidence_status").lower()
    if status != "accepted" and "evidence_status" in row.cells:
        return f"status {status or 'empty'}, not accepted"
    if row.get("is_flagged").lower() == "true":
        return "flagged by the editors of the source"
    gene, wording = _gene_and_wording(row)
    if fault := _fault(row):
        return fault
    rule, condition = _meant(gene, wording, row, names)
    if not gene and not condition:
        return f"the profile stands for no variants that we can name: {wording}"
    number = row.get("evidence_id")
    identifier = f"EID{number}" if number else ""
    therapies = sorted({t.strip() for t in row.get(*_THERAPIES).split(",")} - set(_NO_NAME))
    return Statement(
        gene=gene or next(atom.gene for atom, _ in atoms_of(parse_condition(condition))),
        rule=rule,
        source_variant=wording,
        disease=row.get("disease"),
        therapies=",".join(therapies),
        therapy_interaction=row.get(*_INTERACTION),
        evidence_type=row.get("evidence_type"),
        direction=row.get("evidence_direction"),
        significance=_TODAY.get(row.get(*_SIGNIFICANCE), row.get(*_SIGNIFICANCE)),
        level=row.get("evidence_level"),
        evidence_id=identifier,
        citation=_citation(row),
        regulatory_label="",
        checked="yes" if identifier else "no",  # a release without ids cannot be looked up item by item
        origin=_origin(row.get("variant_origin")),
        rating=row.get("rating"),
        condition=condition,
    )


def _meant(gene: str, wording: str, row: Row, names: _Names) -> tuple[str, str]:
    """Rule and condition of a row's words."""
    rule = rule_of_wording(wording, gene, names.of.get((gene, wording), ())) if gene else "compound"
    if rule == "compound":
        profile = profile_condition(wording, gene)
        return rule, format_condition(profile) if profile and not isinstance(profile, Atom) else ""
    spared = _SPARED.get((gene, rule, row.get(*_SIGNIFICANCE)))
    return (f"{rule} except {spared}" if spared else rule), ""


def _fault(row: Row) -> str | None:
    """Why a line says nothing that can be used."""
    if row.get("evidence_type") not in EVIDENCE_TYPES or row.get("evidence_level") not in LEVELS:
        return f"unknown evidence type or level: {row.get('evidence_type')} {row.get('evidence_level')}"
    if row.get("evidence_direction") not in DIRECTIONS:
        return "no evidence direction: it neither supports nor refutes"
    if not row.get("disease") or not row.get(*_SIGNIFICANCE):
        return "no disease or no significance"
    if row.get(*_INTERACTION) not in INTERACTIONS:
        return f"unknown therapy interaction: {row.get(*_INTERACTION)}"
    if row.get("evidence_type") == "Predictive" and not set(row.get(*_THERAPIES).split(",")) - set(_NO_NAME):
        return "a predictive item that names no therapy"
    if row.get("rating") not in RATINGS:
        return f"unknown rating: {row.get('rating')[:20]}"
    number = row.get("evidence_id")
    if number and not (number.isascii() and number.isdecimal()):
        return f"the evidence id is no number: {number[:20]}"
    return None


def _gene_and_wording(row: Row) -> tuple[str, str]:
    """Gene and variant; of a profile of several variants the profile alone."""
    if "gene" in row.cells:
        return row.get("gene"), row.get("variant")
    profile = row.get("molecular_profile")
    if re.search(r"\b(AND|OR|NOT)\b", profile):
        return "", profile
    gene, _, wording = profile.partition(" ")
    return (gene, wording.strip()) if wording else ("", profile)


def _citation(row: Row) -> str:
    citation = row.get(*_CITATION)
    kind = row.get("source_type")
    return f"{'PMID' if kind in ('', 'PubMed') else kind}:{citation}" if citation else ""


def _origin(text: str) -> str:
    """Of a list of origins: somatic when it names it, germline when it names only that."""
    words = text.lower()
    return "somatic" if "somatic" in words else "germline" if "germline" in words else ""


def _variant_names(evidence: Path) -> _Names:
    file = evidence.with_name(re.sub("(Accepted(AndSubmitted)?)?ClinicalEvidence", "Variant", evidence.name))
    if file == evidence or not file.is_file():
        return _Names({})
    table = read_table(file, (("gene", "feature_name"), ("variant",)))
    of = {
        (row.get("gene", "feature_name"), row.get("variant")): tuple(
            name.strip() for name in row.get("hgvs_expressions", "hgvs_descriptions").split(",") if ":" in name
        )
        for row in table.rows
    }
    return _Names(of, table.rejects, (table.digest,))
