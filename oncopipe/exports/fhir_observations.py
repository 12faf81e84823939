"""Findings as FHIR observations: variants, what they do to the protein, what they imply, and what was not found."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from oncopipe.data.findings import Biomarker, Evidence, Findings, Negative, Oncogenicity, Variant
from oncopipe.exports import fhir_codes as fhir
from oncopipe.exports.fhir_codes import Json, component, concept, conclusion, loinc, tbd
from oncopipe.exports.shape import build_of
from oncopipe.exports.vrs_alleles import VrsMaker
from oncopipe.report.catalogue import words
from oncopipe.report.rows import tier_of
from oncopipe.report.therapies import TherapyLine, evidence_order, therapy_lines

TMB, MSI = "tumor mutational burden", "microsatellite instability"
BIOMARKERS: dict[str, tuple[str, str | None]] = {TMB: ("94076-7", None), MSI: ("81695-9", None)}
_PER_MEGABASE = {"unit": "Mutations/Megabase", "system": fhir.UCUM, "code": "1/1000000{Base}"}
_UNKNOWN = concept("http://terminology.hl7.org/CodeSystem/data-absent-reason", "unknown", "Unknown")
_STATUS = "preliminary"  # findings carry no signature


@dataclass(frozen=True)
class Context:
    """What every observation of a report refers to."""

    findings: Findings
    subject: str
    specimen: str
    maker: VrsMaker | None = None

    def url(self, *parts: str) -> str:
        identity = self.findings.identity
        return fhir.url_of(identity.patient, identity.sample, *parts)

    def observation(self, profile: str, code: Json, *, biomarker: bool = False, **more: object) -> Json:
        """The frame that all observations share."""
        extra = [tbd("biomarker-category", "Biomarker Category")] if biomarker else []
        return {
            "resourceType": "Observation",
            "meta": {"profile": [fhir.PROFILE + profile]},
            "status": _STATUS,
            "category": fhir.categories(*extra),
            "code": code,
            "subject": fhir.reference(self.subject),
            "specimen": fhir.reference(self.specimen),
            **more,
        }


@dataclass
class Tally:
    """What the variants were, once all have been told: their number, and where those stand that profiles rest on."""

    n: int = 0
    n_actionable: int = 0
    urls: dict[str, list[str]] = field(default_factory=dict)


def observations(context: Context, variants: Iterable[Variant], tally: Tally) -> Iterator[tuple[str, Json]]:
    """Every observation with its address, the variant before what is derived from it. `tally` is filled meanwhile."""
    named = {name for profile in context.findings.profiles if profile.truth == "true" for name in profile.variants}
    for i, variant in enumerate(variants):
        own = context.url("variant", str(i))
        tally.n += 1
        tally.n_actionable += variant.tier.is_actionable
        if (name := f"{variant.gene} {variant.hgvs_p_short or variant.hgvs_c}") in named:
            tally.urls.setdefault(name, []).append(own)
        yield own, variant_observation(variant, context)
        if variant.hgvs_c or variant.consequence:
            yield context.url("consequence", str(i)), _consequence(variant, own, context)
        for j, line in enumerate(therapy_lines(variant.evidence)):
            yield context.url("therapy", str(i), str(j)), _therapy(line, [own], context)
        if variant.oncogenicity:
            yield context.url("oncogenicity", str(i)), _oncogenicity(variant.oncogenicity, own, context)
        others = [
            e
            for e in variant.evidence
            if e.evidence_type in ("Diagnostic", "Prognostic") and e.direction == "Supports"
        ]
        for j, item in enumerate(sorted(others, key=evidence_order)):
            yield context.url("diagnostic", str(i), str(j)), _diagnostic(item, own, context)
    for i, negative in enumerate(context.findings.negatives):
        if negative.status != "detected":
            yield context.url("negative", str(i)), _negative(negative, context)
    yield from _profiles(context, tally)
    for i, biomarker in enumerate(context.findings.biomarkers):
        if biomarker.name.lower() in BIOMARKERS and biomarker.status != "not_offered":
            yield context.url("biomarker", str(i)), _biomarker(biomarker, context)


def variant_observation(v: Variant, context: Context) -> Json:
    """The variant as the profile `variant` says it: present, with place, alleles, names, fraction and count."""
    parts = [_gene(v.gene), *_place(v, context), *_names(v)]
    origin = fhir.SOMATIC if context.findings.identity.normal else fhir.UNKNOWN_ORIGIN
    frequency = {"value": round(v.tumor.vaf, 6), "unit": "relative frequency", "system": fhir.UCUM, "code": "1"}
    count = {"value": v.tumor.alternate, "unit": "fragments", "system": fhir.UCUM, "code": "1"}
    parts += [
        component(
            "coding-change-type", valueCodeableConcept=concept(fhir.ONTOLOGY, *fhir.CHANGE_TYPE[v.variant_type])
        ),
        component("genomic-source-class", valueCodeableConcept=loinc(origin)),
        component("sample-allelic-frequency", valueQuantity=frequency),
        component("allelic-read-depth", valueQuantity=count),
        conclusion(
            f"AMP/ASCO/CAP tier {tier_of(v)}: {v.tier.reason}. {v.tumor.alternate} of {v.tumor.depth} fragments, "
            f"95 % interval of the fraction {v.tumor.vaf_low:.3f} to {v.tumor.vaf_high:.3f}"
            + "".join(f"; {flag}" for flag in v.flags)
            + "."
        ),
    ]
    if context.maker:
        vrs_id = context.maker.allele(v.chromosome, v.position, v.reference, v.alternate)["id"]
        parts.append(component("variation-code", valueCodeableConcept=concept(fhir.VRS, vrs_id)))
    return context.observation(
        "variant",
        loinc(("69548-6", "Genetic variant assessment")),
        valueCodeableConcept=loinc(fhir.PRESENT),
        component=[part for part in parts if part],
    )


def _gene(gene: str | None) -> Json:
    """The gene by its symbol: its HGNC number is not among the findings, so no code is claimed."""
    return component("gene-studied", valueCodeableConcept={"text": gene}) if gene else {}


def _place(v: Variant, context: Context) -> list[Json]:
    chromosome = v.chromosome.removeprefix("chr")
    parts = [
        component(
            "reference-sequence-assembly", valueCodeableConcept=loinc(fhir.ASSEMBLY[build_of(context.findings)])
        ),
        component("coordinate-system", valueCodeableConcept=loinc(fhir.ONE_BASED)),
        component(
            "exact-start-end",
            valueRange={"low": {"value": v.position}, "high": {"value": v.position + len(v.reference) - 1}},
        ),
        component("ref-allele", valueString=v.reference),
        component("alt-allele", valueString=v.alternate),
    ]
    if chromosome in fhir.CHROMOSOME:
        answer = (fhir.CHROMOSOME[chromosome], f"Chromosome {chromosome}")
        parts.insert(1, component("chromosome-identifier", valueCodeableConcept=loinc(answer)))
    return parts


def _names(v: Variant) -> list[Json]:
    parts = []
    if v.hgvs_c:
        name = f"{v.transcript}:{v.hgvs_c}" if v.transcript else v.hgvs_c
        parts.append(component("coding-hgvs", valueCodeableConcept=_hgvs(name)))
    if v.hgvs_p:
        parts.append(component("protein-hgvs", valueCodeableConcept=_hgvs(v.hgvs_p)))
    if v.transcript:
        parts.append(component("transcript-ref-seq", valueCodeableConcept={"text": v.transcript}))
    return parts


def _hgvs(name: str) -> Json:
    """An HGVS name; FHIR codes hold no blanks at their ends and none twice, so another name is text."""
    is_code = name == " ".join(name.split())
    return concept(fhir.HGVS, name, name) if is_code else {"text": name}


def _consequence(v: Variant, variant_url: str, context: Context) -> Json:
    features = [
        {
            "code": tbd("feature-consequence", "Feature Consequence"),
            "valueCodeableConcept": {"text": term},
        }
        for term in v.consequence
    ]
    return context.observation(
        "molecular-consequence",
        tbd("molecular-consequence", "Molecular Consequence"),
        derivedFrom=fhir.references([variant_url]),
        component=[*_names(v), *features],
    )


def _profiles(context: Context, tally: Tally) -> Iterator[tuple[str, Json]]:
    """Therapies of profiles that hold (compound, wild type), derived from the variants and negatives that they rest on.

    A profile of which no observation is at hand is only named in the report's conclusion.
    """
    findings = context.findings
    for i, profile in enumerate(findings.profiles):
        if profile.truth != "true":
            continue
        variants = [url for name in dict.fromkeys(profile.variants) for url in tally.urls.get(name, ())]
        negatives = [
            context.url("negative", str(j))
            for j, n in enumerate(findings.negatives)
            if n.status == "not_detected" and re.search(rf"\b{re.escape(n.gene)}\b", profile.condition)
        ]
        for j, line in enumerate(therapy_lines([profile.evidence]) if variants or negatives else ()):
            because = f" Profile: {profile.condition} ({'; '.join(profile.trace)})."
            made = _therapy(line, [*variants, *negatives], context, because=because)
            yield context.url("profile", str(i), str(j)), made


def _therapy(line: TherapyLine, parents: list[str], context: Context, *, because: str = "") -> Json:
    answer = fhir.RESISTANT if line.kind == "resistance" else fhir.RESPONSIVE
    parts = [
        component("medication-assessed", valueCodeableConcept={"text": words(line.therapy)}),
        {
            "code": tbd("therapeutic-implication", "Therapeutic Implication"),
            "valueCodeableConcept": loinc(answer) | {"text": line.significance},
        },
        *(component("phenotype", valueCodeableConcept={"text": disease}) for disease in line.diseases),
    ]
    if line.level:
        parts.append(component("evidence-level", valueCodeableConcept={"text": f"CIViC level {line.level}"}))
    where = {"this_tumor": "this tumor", "other_tumor": "another tumor"}.get(line.match, "a tumor not compared")
    caution = "" if line.checked else "; not verified against a public evidence item"
    parts.append(conclusion(f"{line.significance} in {where}: {', '.join(line.evidence)}{caution}.{because}"))
    return context.observation(
        "therapeutic-implication",
        tbd("therapeutic-implication", "Therapeutic Implication"),
        derivedFrom=fhir.references(parents),
        component=parts,
    )


def _oncogenicity(grade: Oncogenicity, variant_url: str, context: Context) -> Json:
    """Whether the variant drives cancer, by ClinGen/CGC/VICC, with its points and what could not be judged."""
    unknown = f"; not assessed: {', '.join(grade.not_assessed)}" if grade.not_assessed else ""
    return context.observation(
        "diagnostic-implication",
        tbd("diagnostic-implication", "Diagnostic Implication"),
        derivedFrom=fhir.references([variant_url]),
        component=[
            component("clinical-significance", valueCodeableConcept={"text": grade.classification}),
            conclusion(f"Oncogenicity by ClinGen/CGC/VICC ({grade.cutoffs} cut-offs): {grade.vector}{unknown}."),
        ],
    )


def _diagnostic(item: Evidence, variant_url: str, context: Context) -> Json:
    parts = [
        component(
            "clinical-significance", valueCodeableConcept={"text": f"{item.evidence_type}: {item.significance}"}
        ),
        component("phenotype", valueCodeableConcept={"text": item.disease}),
    ]
    if item.level:
        parts.append(component("evidence-level", valueCodeableConcept={"text": f"CIViC level {item.level}"}))
    parts.append(conclusion(f"{item.source} {item.evidence_id or ''}: {item.match_reason}."))
    return context.observation(
        "diagnostic-implication",
        tbd("diagnostic-implication", "Diagnostic Implication"),
        derivedFrom=fhir.references([variant_url]),
        component=parts,
    )


def _negative(negative: Negative, context: Context) -> Json:
    """A target that was looked for: absent down to its limit, or no call."""
    is_absent = negative.status == "not_detected"
    said = (
        f"not detected, down to a fraction of {negative.limit:.3f} with at least 95 % probability"
        if is_absent
        else f"not assessable: {negative.reason or 'no limit of detection can be stated'}"
    )
    return context.observation(
        "variant",
        loinc(("69548-6", "Genetic variant assessment")),
        valueCodeableConcept=loinc(fhir.ABSENT if is_absent else fhir.NO_CALL),
        component=[_gene(negative.gene), conclusion(f"{negative.gene} {negative.target}: {said}.")],
    )


def _biomarker(biomarker: Biomarker, context: Context) -> Json:
    """TMB is a number, microsatellite instability a word; what could not be assessed has a reason in place of a value."""
    name = biomarker.name.lower()
    value: Json = {"dataAbsentReason": _UNKNOWN}
    if biomarker.status == "reported" and name == MSI:
        value = {"valueCodeableConcept": {"text": biomarker.sentence}}
    elif biomarker.status == "reported" and biomarker.value is not None:
        value = {"valueQuantity": {"value": biomarker.value, **_PER_MEGABASE}}
    return context.observation(
        "molecular-biomarker", loinc(BIOMARKERS[name]), biomarker=True, note=[{"text": biomarker.sentence}], **value
    )
