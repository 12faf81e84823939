"""The findings of a tumor sample as a FHIR R4 genomics reporting bundle, checked against the R4B models when written."""

from __future__ import annotations

from pathlib import Path

from oncopipe.data.findings import Findings
from oncopipe.errors import OncoPipeError
from oncopipe.exports import fhir_codes as fhir
from oncopipe.exports.fhir_codes import Json
from oncopipe.exports.fhir_observations import Context, observations
from oncopipe.exports.json_text import clean, write_json
from oncopipe.exports.shape import Batch, Format
from oncopipe.exports.tables import day_of, plain_text
from oncopipe.exports.vrs_alleles import VrsMaker, vrs_maker
from oncopipe.report.therapies import evidence_name

GENDER = {"female": "female", "male": "male"}
MAX_NAME = 200  # characters of a name that stands in a code or a label


def write_fhir(batch: Batch, path: Path) -> None:
    """Write the bundle of one sample, after `fhir.resources` found it valid.

    Raises: InputError when the findings name no build; ReferenceMismatchError when the FASTA is not theirs;
    OncoPipeError when our own bundle is not valid.
    """
    with vrs_maker(batch.reference) as maker:
        for findings in batch:
            made = clean(bundle(findings, maker))
            check_bundle(made, where=f"sample {findings.identity.sample}")
            write_json(path, made)


FORMAT = Format(
    name="fhir",
    about="A FHIR R4 genomics reporting bundle for each sample, as JSON.",
    makes="file_each",
    suffix=".fhir.json",
    write=write_fhir,
    options=("vrs_reference",),
    package="fhir.resources",
    extra="fhir",
)


def check_bundle(made: Json, *, where: str) -> None:
    """Raises: OncoPipeError with the first fault that the R4B models find."""
    from fhir.resources.R4B.bundle import Bundle
    from pydantic import ValidationError

    try:
        Bundle.model_validate(made)
    except ValidationError as error:
        first = error.errors()[0]
        raise OncoPipeError(
            f"the FHIR bundle is not valid: {first['msg']}",
            where=f"{where}, {'.'.join(map(str, first['loc']))}",
            fix="please report this with the findings' structure",
        ) from error


def bundle(findings: Findings, maker: VrsMaker | None = None) -> Json:
    """Patient, specimens, the report and its observations, each under an address that the same input gives again."""
    identity = findings.identity
    patient = fhir.url_of(identity.patient)
    tumor = fhir.url_of(identity.patient, identity.sample, "specimen")
    report = fhir.url_of(identity.patient, identity.sample, "report")
    resources: list[tuple[str, Json]] = [(patient, _patient(findings)), (tumor, _specimen(findings, patient))]
    specimens = [tumor]
    if identity.normal:
        normal = fhir.url_of(identity.patient, identity.normal, "specimen")
        resources.append((normal, _normal(identity.normal, patient)))
        specimens.append(normal)
    results = list(observations(Context(findings, patient, tumor, maker)))
    resources.append((report, _report(findings, patient, specimens, [url for url, _ in results])))
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "identifier": {"system": "urn:ietf:rfc:3986", "value": fhir.url_of(identity.patient, identity.sample)},
        "entry": [{"fullUrl": url, "resource": made} for url, made in [*resources, *results]],
    }


def _patient(findings: Findings) -> Json:
    identity = findings.identity
    return {
        "resourceType": "Patient",
        "identifier": [{"use": "usual", "value": identity.patient}],
        "gender": GENDER.get(identity.sex or "", "unknown"),
    }


def _specimen(findings: Findings, patient: str) -> Json:
    identity = findings.identity
    ids = [{"use": "usual", "value": identity.sample}]
    if identity.external_id:
        ids.append({"use": "secondary", "value": plain_text(identity.external_id, MAX_NAME)})
    collected, received = day_of(identity.collected), day_of(identity.received)
    notes = [identity.timepoint and f"timepoint: {identity.timepoint}"]
    if identity.purity is not None:
        notes.append(f"tumor content by pathology: {identity.purity:.0%}")
    return {
        "resourceType": "Specimen",
        "identifier": ids,
        "type": {"text": identity.specimen} if identity.specimen else None,
        "subject": fhir.reference(patient),
        "receivedTime": received and received.isoformat(),
        "collection": {"collectedDateTime": collected and collected.isoformat()},
        "note": [{"text": note} for note in notes if note],
    }


def _normal(name: str, patient: str) -> Json:
    return {
        "resourceType": "Specimen",
        "identifier": [{"use": "usual", "value": name}],
        "type": {"text": "normal tissue"},
        "subject": fhir.reference(patient),
    }


def _report(findings: Findings, patient: str, specimens: list[str], results: list[str]) -> Json:
    identity = findings.identity
    collected, reported = day_of(identity.collected), day_of(identity.reported)
    return {
        "resourceType": "DiagnosticReport",
        "meta": {"profile": [fhir.PROFILE + "genomic-report"]},
        "status": "preliminary",
        "category": [fhir.concept(fhir.SERVICE, "GE", "Genetics")],
        "code": fhir.loinc(("51969-4", "Genetic analysis report")),
        "subject": fhir.reference(patient),
        "effectiveDateTime": collected and collected.isoformat(),
        "issued": reported and f"{reported.isoformat()}T00:00:00Z",
        "specimen": fhir.references(specimens),
        "result": fhir.references(results),
        "conclusion": conclusion_of(findings),
    }


def conclusion_of(findings: Findings) -> str:
    """What a reader must know before the results: quality first, then what was found, then the limits."""
    quality = findings.quality
    parts = [f"Quality {quality.status}: {quality.sentence}"]
    if findings.identity.normal is None:
        parts.append("Tumor-only: an inherited variant cannot be told from a somatic one.")
    if findings.identity.synthetic:
        parts.append("SYNTHETIC data: of no person.")
    n = len(findings.actionable())
    parts.append(f"{n} variant(s) of tier I or II among {len(findings.variants)} called.")
    if n == 0:
        parts.append("This is not a negative result.")
    held = [f"{p.condition} ({evidence_name(p.evidence)})" for p in findings.profiles if p.truth == "true"]
    if held:
        parts.append(f"Profiles that hold: {', '.join(held)}.")
    parts.append("For research use only.")
    return " ".join([*parts, *findings.limitations])
