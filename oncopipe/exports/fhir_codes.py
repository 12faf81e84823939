"""The codes of FHIR genomics reporting that we use, and the small pieces that observations are made of.

Profiles and slices: HL7 Genomics Reporting Implementation Guide, STU3; codes: LOINC (https://loinc.org), Sequence Ontology.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import NAMESPACE_URL, uuid5

Json = dict[str, Any]

PROFILE = "http://hl7.org/fhir/uv/genomics-reporting/StructureDefinition/"
LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
TBD = "http://hl7.org/fhir/uv/genomics-reporting/CodeSystem/tbd-codes-cs"
CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
SERVICE = "http://terminology.hl7.org/CodeSystem/v2-0074"
ONTOLOGY = "http://www.sequenceontology.org"
HGVS = "http://varnomen.hgvs.org"
VRS = "https://w3id.org/ga4gh/vrs"

# LOINC codes of components; a display stands only where the guide's own examples show it, since a wrong one is a fault.
COMPONENTS: dict[str, tuple[str, str | None]] = {
    "gene-studied": ("48018-6", "Gene studied [ID]"),
    "coding-hgvs": ("48004-6", "DNA change (c.HGVS)"),
    "protein-hgvs": ("48005-3", "Amino acid change (pHGVS)"),
    "transcript-ref-seq": ("51958-7", "Transcript reference sequence [ID]"),
    "ref-allele": ("69547-8", "Genomic ref allele [ID]"),
    "alt-allele": ("69551-0", "Genomic alt allele [ID]"),
    "exact-start-end": ("81254-5", None),
    "coordinate-system": ("92822-6", "Genomic coordinate system [Type]"),
    "coding-change-type": ("48019-4", "DNA change type"),
    "genomic-source-class": ("48002-0", None),
    "sample-allelic-frequency": ("81258-6", None),
    "allelic-read-depth": ("82121-5", "Allelic read depth"),
    "reference-sequence-assembly": ("62374-4", "Human reference sequence assembly version"),
    "chromosome-identifier": ("48000-4", None),
    "variation-code": ("81252-9", None),
    "evidence-level": ("93044-6", None),
    "clinical-significance": ("53037-8", None),
    "medication-assessed": ("51963-7", None),
    "phenotype": ("81259-4", None),
}
ASSEMBLY = {"GRCh37": ("LA14029-5", "GRCh37"), "GRCh38": ("LA26806-2", "GRCh38")}
PRESENT, ABSENT, NO_CALL = ("LA9633-4", "Present"), ("LA9634-2", "Absent"), ("LA18198-4", "No call")
SOMATIC, UNKNOWN_ORIGIN = ("LA6684-0", "Somatic"), ("LA18197-6", "Unknown genomic origin")
ONE_BASED = ("LA30102-0", "1-based character counting")
RESPONSIVE, RESISTANT = ("LA6677-4", "Responsive"), ("LA6676-6", "Resistant")
CHANGE_TYPE = {
    "SNV": ("SO:0001483", "SNV"),
    "MNV": ("SO:0002007", "MNV"),
    "INS": ("SO:0000667", "insertion"),
    "DEL": ("SO:0000159", "deletion"),
    "DELINS": ("SO:1000032", "delins"),
}
# Answers of LL2938-0, in the order of the chromosomes.
CHROMOSOME = dict(
    zip(
        [*map(str, range(1, 23)), "X", "Y"],
        (
            "LA21254-0", "LA21255-7", "LA21256-5", "LA21257-3", "LA21258-1", "LA21259-9", "LA21260-7", "LA21261-5",
            "LA21262-3", "LA21263-1", "LA21264-9", "LA21265-6", "LA21266-4", "LA21267-2", "LA21268-0", "LA21269-8",
            "LA21270-6", "LA21271-4", "LA21272-2", "LA21273-0", "LA21274-8", "LA21275-5", "LA21276-3", "LA21277-1",
        ),
        strict=True,
    )
)  # fmt: skip


def concept(system: str, code: str, display: str | None = None) -> Json:
    """A CodeableConcept with one coding."""
    return {"coding": [{"system": system, "code": code, "display": display}]}


def loinc(pair: tuple[str, str | None]) -> Json:
    """A CodeableConcept with a LOINC code."""
    return concept(LOINC, *pair)


def tbd(code: str, display: str) -> Json:
    """A CodeableConcept of the guide's own system of codes that LOINC does not have yet."""
    return concept(TBD, code, display)


def component(name: str, **value: Any) -> Json:
    """A component of an observation: its slice by name, and one `value...`."""
    return {"code": loinc(COMPONENTS[name]), **value}


def conclusion(text: str) -> Json:
    """The component that holds a sentence."""
    return {"code": tbd("conclusion-string", "Conclusion Text"), "valueString": text}


def categories(*more: Json) -> list[Json]:
    """What every genomic observation is: of the laboratory, genetic."""
    return [concept(CATEGORY, "laboratory", "Laboratory"), *more, concept(SERVICE, "GE", "Genetics")]


def url_of(*parts: str) -> str:
    """The address of a resource within its bundle: the same for the same parts."""
    return f"urn:uuid:{uuid5(NAMESPACE_URL, '/'.join(('oncopipe', *parts)))}"


def reference(url: str) -> Json:
    return {"reference": url}


def references(urls: Iterable[str]) -> list[Json]:
    return [reference(url) for url in urls]
