"""The findings of a tumor sample as a FHIR R4 genomics reporting bundle, checked against the R4B models when written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from oncopipe.data.findings import Findings
from oncopipe.errors import OncoPipeError
from oncopipe.exports import fhir_codes as fhir
from oncopipe.exports.fhir_codes import Json
from oncopipe.exports.fhir_observations import Context, Tally, observations
from oncopipe.exports.json_text import clean, json_line
from oncopipe.exports.shape import Batch, Format
from oncopipe.exports.tables import day_of, plain_text
from oncopipe.exports.vrs_alleles import VrsMaker, vrs_maker
from oncopipe.io.output import whole_file
from oncopipe.report.selection import Source
from oncopipe.report.therapies import evidence_name

GENDER = {"female": "female", "male": "male"}
MAX_NAME = 200  # characters of a name that stands in a code or a label
_BUNDLE: Json = {"resourceType": "Bundle", "type": "collection"}
_SLICE = 1000  # references of the report that are checked at once


def write_fhir(batch: Batch, path: Path) -> None:
    """Write the bundle of one sample, one entry a line, each after `fhir.resources` found it valid.

    Raises: InputError when the findings name no build; ReferenceMismatchError when the FASTA is not theirs;
    OncoPipeError when our own bundle is not valid.
    """
    with vrs_maker(batch.reference) as maker:
        for source in batch.files():
            where = f"sample {source.head.identity.sample}"
            # PERF: 100,000 variants are 200,000 resources: written as they come, only their addresses are kept.
            with whole_file(path) as part, part.open("w", encoding="utf-8", newline="\n") as file:
                file.write(json_line(bundle_frame(source.head))[:-1] + ', "entry": [')
                for i, entry in enumerate(entries(source, maker)):
                    check_entry(entry, where=where)
                    file.write((",\n" if i else "\n") + json_line(entry))
                file.write("\n]}\n")


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


def check_entry(entry: Json, *, where: str) -> None:
    """Raises: OncoPipeError with the first fault that the R4B models find in an entry of the bundle.

    A report of many results is checked once for each part of them: a model of all would take a gigabyte.
    """
    resource = entry["resource"]
    results = resource.get("result", [])
    for start in range(0, max(1, len(results)), _SLICE):
        part = resource | {"result": results[start : start + _SLICE]} if results else resource
        _check({**_BUNDLE, "entry": [entry | {"resource": part}]}, where)


def _check(made: Json, where: str) -> None:
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


def bundle_frame(head: Findings) -> Json:
    """The bundle without its entries."""
    address = fhir.url_of(head.identity.patient, head.identity.sample)
    return {**_BUNDLE, "identifier": {"system": "urn:ietf:rfc:3986", "value": address}}


def entries(source: Source, maker: VrsMaker | None = None) -> Iterator[Json]:
    """Patient, specimens, observations, and last the report that names them all.

    Each stands under an address that the same input gives again.
    """
    head, identity = source.head, source.head.identity
    patient = fhir.url_of(identity.patient)
    tumor = fhir.url_of(identity.patient, identity.sample, "specimen")
    resources: list[tuple[str, Json]] = [(patient, _patient(head)), (tumor, _specimen(head, patient))]
    specimens = [tumor]
    if identity.normal:
        normal = fhir.url_of(identity.patient, identity.normal, "specimen")
        resources.append((normal, _normal(identity.normal, patient)))
        specimens.append(normal)
    yield from (_entry(*resource) for resource in resources)
    tally, results = Tally(), []
    for url, made in observations(Context(head, patient, tumor, maker), source.variants(), tally):
        results.append(url)
        yield _entry(url, made)
    report = fhir.url_of(identity.patient, identity.sample, "report")
    yield _entry(report, _report(head, patient, specimens, results, tally))


def _entry(url: str, made: Json) -> Json:
    resource: Json = clean(made)
    return {"fullUrl": url, "resource": resource}


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


def _report(findings: Findings, patient: str, specimens: list[str], results: list[str], tally: Tally) -> Json:
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
        "conclusion": conclusion_of(findings, tally),
    }


def conclusion_of(findings: Findings, tally: Tally) -> str:
    """What a reader must know before the results: quality first, then what was found, then the limits."""
    quality = findings.quality
    parts = [f"Quality {quality.status}: {quality.sentence}"]
    if findings.identity.normal is None:
        parts.append("Tumor-only: an inherited variant cannot be told from a somatic one.")
    if findings.identity.synthetic:
        parts.append("SYNTHETIC data: of no person.")
    parts.append(f"{tally.n_actionable} variant(s) of tier I or II among {tally.n} called.")
    if tally.n_actionable == 0:
        parts.append("This is not a negative result.")
    held = [f"{p.condition} ({evidence_name(p.evidence)})" for p in findings.profiles if p.truth == "true"]
    if held:
        parts.append(f"Profiles that hold: {', '.join(held)}.")
    parts.append("For research use only.")
    return " ".join([*parts, *findings.limitations])
