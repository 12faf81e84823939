"""Patients, samples and their dates as the clinical files of a cBioPortal study."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Literal, NamedTuple

from oncopipe.data.alterations import PatientFacts
from oncopipe.data.findings import Findings, Identity
from oncopipe.errors import InputError
from oncopipe.exports.tables import Cell, day_of, lines_of, plain_text
from oncopipe.io.text_lines import read_lines
from oncopipe.knowledge.diseases import tumor_types

TIMELINE_COLUMNS = (
    "PATIENT_ID", "START_DATE", "STOP_DATE", "EVENT_TYPE", "SAMPLE_ID", "SPECIMEN", "TIMEPOINT",
)  # fmt: skip
_PAIRED = {"OS_STATUS": "OS_MONTHS", "OS_MONTHS": "OS_STATUS"}  # the portal's curves need both columns
_COLOR = "Gray"  # of a cancer type that the study defines; our table of OncoTree holds no colors
_MONTHS = frozenset(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"])
_EXOME, _GENOME = frozenset({"WES", "WXS", "EXOME"}), frozenset({"WGS", "GENOME"})
_SEX = {"female": "Female", "male": "Male"}


class Attribute(NamedTuple):
    """A column of a clinical file and what the portal says of it."""

    name: str
    display: str
    description: str
    datatype: Literal["STRING", "NUMBER", "BOOLEAN"]
    priority: int


_PATIENT_ID = Attribute("PATIENT_ID", "Patient ID", "Id of the patient", "STRING", 1)
PATIENT_ATTRIBUTES = (
    _PATIENT_ID,
    Attribute("SEX", "Sex", "Sex as declared", "STRING", 1),
    Attribute("AGE", "Age", "Age at diagnosis, years", "NUMBER", 1),
    Attribute("OS_STATUS", "Overall survival status", "Overall survival status", "STRING", 1),
    Attribute("OS_MONTHS", "Overall survival, months", "Months from diagnosis", "NUMBER", 1),
)
SAMPLE_ATTRIBUTES = (
    _PATIENT_ID,
    Attribute("SAMPLE_ID", "Sample ID", "Id of the tumor sample", "STRING", 1),
    Attribute("CANCER_TYPE", "Cancer type", "Main type of OncoTree", "STRING", 1),
    Attribute("CANCER_TYPE_DETAILED", "Cancer type, detailed", "OncoTree's name of the code", "STRING", 1),
    Attribute("ONCOTREE_CODE", "OncoTree code", "OncoTree code as given", "STRING", 1),
    Attribute("SAMPLE_TYPE", "Sample type", "Timepoint as given, e.g. primary or relapse", "STRING", 1),
    Attribute("SPECIMEN", "Specimen", "Specimen as given", "STRING", 1),
    Attribute("ASSAY", "Assay", "Assay as given", "STRING", 1),
    Attribute("SOMATIC_STATUS", "Somatic status", "Matched: compared with a normal of the patient", "STRING", 1),
    Attribute("TUMOR_PURITY", "Tumor purity", "Tumor content by pathology, fraction", "NUMBER", 1),
    Attribute("TMB_NONSYNONYMOUS", "TMB", "Mutations per megabase", "NUMBER", 1),
    Attribute("MSI_SCORE", "MSI score", "Microsatellite instability", "NUMBER", 1),
    Attribute("QUALITY", "Quality", "Quality control: PASS, WARN, FAIL or NOT_ASSESSED", "STRING", 1),
)


def files(samples: Sequence[Findings], patients: dict[str, PatientFacts]) -> dict[str, str]:
    """The clinical data files by name. The timeline is absent when no sample has a date."""
    made = {
        "data_clinical_sample.txt": _table(SAMPLE_ATTRIBUTES, [_sample_row(f) for f in samples]),
        "data_clinical_patient.txt": _table(PATIENT_ATTRIBUTES, _patient_rows(samples, patients)),
    }
    timeline = timeline_rows([f.identity for f in samples], patients)
    if timeline:
        made["data_timeline_specimen.txt"] = "".join(lines_of(TIMELINE_COLUMNS, timeline))
    return made


def cancer_type(identities: Sequence[Identity]) -> tuple[str, str, str]:
    """Id, name and color of the study's cancer type: the one of all samples, else mixed."""
    codes = {i.diagnosis_code for i in identities}
    known = tumor_types().get(next(iter(codes)) or "") if len(codes) == 1 else None
    if known is None:
        return "mixed", "Mixed Cancer Types", _COLOR
    return known.code.lower(), known.name, _COLOR


def panel_of(assay: str | None) -> str:
    """The id of a gene panel from the assay's name; `WXS` and `WGS` for whole exomes and genomes, `NA` for no assay.

    >>> panel_of("panel, 42 genes"), panel_of("WES"), panel_of(None)
    ('panel_42_genes', 'WXS', 'NA')
    """
    if not assay:
        return "NA"
    words = set(re.split(r"[^A-Z]+", assay.upper()))
    if words & _EXOME:
        return "WXS"
    return "WGS" if words & _GENOME else re.sub(r"[^A-Za-z0-9-]+", "_", assay).strip("_") or "NA"


def read_genes(path: Path) -> list[str]:
    """The genes of a panel, one a line, sorted. Raises: MissingInputError; InputError when there is none."""
    lines = read_lines(path, what="the list of genes")
    genes = sorted({line.split("\t")[0].strip() for line in lines if line.strip() and not line.startswith("#")})
    wrong = [gene for gene in genes if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", gene)]
    if wrong or not genes:
        said = f"{wrong[0]!r} is no gene symbol" if wrong else "the list of genes is empty"
        raise InputError(said, where=str(path), fix="one gene symbol a line")
    return genes


def timeline_rows(identities: Sequence[Identity], patients: dict[str, PatientFacts]) -> list[dict[str, Cell]]:
    """One event a dated specimen: days since the diagnosis, else since the patient's first dated specimen."""
    dated = [(i, day) for i in identities if (day := day_of(i.collected)) is not None]
    first: dict[str, date] = {}
    for identity, day in dated:
        first[identity.patient] = min(day, first.get(identity.patient, day))
    rows: list[dict[str, Cell]] = []
    for identity, day in dated:
        facts = patients.get(identity.patient)
        zero = (day_of(facts.diagnosed) if facts else None) or first[identity.patient]
        rows.append(
            {
                "PATIENT_ID": identity.patient,
                "START_DATE": (day - zero).days,
                "EVENT_TYPE": "SPECIMEN",
                "SAMPLE_ID": identity.sample,
                "SPECIMEN": identity.specimen,
                "TIMEPOINT": identity.timepoint,
            }
        )
    return rows


def no_date(text: str | None) -> str | None:
    """Text that the importer does not take for a date that a spreadsheet mangled.

    >>> no_date("Mar-2"), no_date("HER2-positive")
    ('Mar 2', 'HER2-positive')
    """
    parts = (text or "").split("-")
    is_like = len(parts) == 2 and bool({p.strip().lower() for p in parts} & _MONTHS)
    return " ".join(parts) if is_like else text


def _sample_row(findings: Findings) -> dict[str, Cell]:
    identity = findings.identity
    known = tumor_types().get(identity.diagnosis_code or "")
    reported = {b.name.lower(): b.value for b in findings.biomarkers if b.status == "reported"}
    return {
        "PATIENT_ID": identity.patient,
        "SAMPLE_ID": identity.sample,
        "CANCER_TYPE": known.main_type if known else None,
        "CANCER_TYPE_DETAILED": known.name if known else identity.diagnosis_name,
        "ONCOTREE_CODE": identity.diagnosis_code,
        "SAMPLE_TYPE": identity.timepoint,
        "SPECIMEN": identity.specimen,
        "ASSAY": identity.assay,
        "SOMATIC_STATUS": "Matched" if identity.normal else "Unmatched",
        "TUMOR_PURITY": identity.purity,
        "TMB_NONSYNONYMOUS": reported.get("tumor mutational burden"),
        "MSI_SCORE": reported.get("microsatellite instability"),
        "QUALITY": findings.quality.status,
    }


def _patient_rows(samples: Sequence[Findings], patients: dict[str, PatientFacts]) -> list[dict[str, Cell]]:
    """One row a patient. Raises: InputError when two samples of a patient declare two sexes."""
    sexes: dict[str, str] = {}
    for identity in (f.identity for f in samples):
        sex, known = _SEX.get(identity.sex or "", ""), sexes.get(identity.patient, "")
        if sex and known and sex != known:
            raise InputError(
                f"the samples of patient {identity.patient} declare two sexes", fix="mend the sample sheet"
            )
        sexes[identity.patient] = known or sex
    rows: list[dict[str, Cell]] = []
    for patient, sex in sexes.items():
        facts = patients.get(patient, PatientFacts(patient))
        rows.append(
            {
                "PATIENT_ID": patient,
                "SEX": sex,
                "AGE": facts.age,
                "OS_STATUS": facts.os_status,
                "OS_MONTHS": facts.os_months,
            }
        )
    return rows


def _table(attributes: Sequence[Attribute], rows: Sequence[dict[str, Cell]]) -> str:
    """Four lines on the columns, the header, and the rows. A column of which no row says anything is left out."""
    said = {name for row in rows for name, value in row.items() if value not in (None, "")}
    said |= {"PATIENT_ID", "SAMPLE_ID", "SEX"}
    kept = [a for a in attributes if a.name in said or _PAIRED.get(a.name) in said]
    comments = [[str(a[i]) for a in kept] for i in range(1, 5)]
    clean = [{k: no_date(plain_text(v)) if isinstance(v, str) else v for k, v in row.items()} for row in rows]
    return "".join("#" + "\t".join(c) + "\n" for c in comments) + "".join(lines_of([a.name for a in kept], clean))
