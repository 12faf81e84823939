from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from oncopipe.data.findings import Biomarker, Criterion, Negative, Oncogenicity, Profile
from oncopipe.errors import OncoPipeError
from oncopipe.exports.fhir import bundle_frame, check_entry, entries, write_fhir
from oncopipe.report.selection import InMemory
from tests.export_data import SEVERAL, batch, cohort, harmful, several
from tests.findings_builder import evidence, findings, identity, melanoma, variant

pytest.importorskip("fhir.resources", reason="fhir.resources is not installed (extra fhir)")
from fhir.resources.R4B.bundle import Bundle

LOINC, TBD = "http://loinc.org", "http://hl7.org/fhir/uv/genomics-reporting/CodeSystem/tbd-codes-cs"
BASE = "http://hl7.org/fhir/uv/genomics-reporting/StructureDefinition/"
# The guide restated: code of each profile, and of each slice of its components: system, how many, which value.
CODES = {
    "variant": (LOINC, "69548-6"),
    "molecular-consequence": (TBD, "molecular-consequence"),
    "therapeutic-implication": (TBD, "therapeutic-implication"),
    "diagnostic-implication": (TBD, "diagnostic-implication"),
}
ONE, MANY = 1, 1000
NAMES = {
    "48004-6": (ONE, "valueCodeableConcept"),
    "48005-3": (ONE, "valueCodeableConcept"),
    "51958-7": (ONE, "valueCodeableConcept"),
    "conclusion-string": (ONE, "valueString"),
}
SLICES: dict[str, dict[str, tuple[int, str]]] = {
    "variant": NAMES
    | {
        "48018-6": (MANY, "valueCodeableConcept"),
        "62374-4": (MANY, "valueCodeableConcept"),
        "48000-4": (MANY, "valueCodeableConcept"),
        "81252-9": (MANY, "valueCodeableConcept"),
        "81254-5": (ONE, "valueRange"),
        "92822-6": (ONE, "valueCodeableConcept"),
        "69547-8": (ONE, "valueString"),
        "69551-0": (ONE, "valueString"),
        "48019-4": (ONE, "valueCodeableConcept"),
        "48002-0": (ONE, "valueCodeableConcept"),
        "81258-6": (ONE, "valueQuantity"),
        "82121-5": (ONE, "valueQuantity"),
    },
    "molecular-consequence": NAMES | {"feature-consequence": (MANY, "valueCodeableConcept")},
    "therapeutic-implication": {
        "therapeutic-implication": (MANY, "valueCodeableConcept"),
        "51963-7": (MANY, "valueCodeableConcept"),
        "81259-4": (MANY, "valueCodeableConcept"),
        "93044-6": (MANY, "valueCodeableConcept"),
        "conclusion-string": (ONE, "valueString"),
    },
    "diagnostic-implication": {
        "53037-8": (ONE, "valueCodeableConcept"),
        "81259-4": (MANY, "valueCodeableConcept"),
        "93044-6": (MANY, "valueCodeableConcept"),
        "conclusion-string": (ONE, "valueString"),
    },
}
PRESENCE = {"LA9633-4", "LA9634-2", "LA18198-4", "LA11884-6"}


def made(path: Path, *given: Any, **more: Any) -> dict[str, Any]:
    write_fhir(batch(path, *given, **more), path / "out.json")
    read = json.loads((path / "out.json").read_text())
    Bundle.model_validate(read)  # whole, as a receiver reads it
    return read


def of_profile(report: dict[str, Any], profile: str) -> list[dict[str, Any]]:
    resources = (entry["resource"] for entry in report["entry"])
    return [r for r in resources if BASE + profile in r.get("meta", {}).get("profile", [])]


def codes(concept: dict[str, Any]) -> set[tuple[str, str]]:
    return {(c["system"], c["code"]) for c in concept["coding"]}


def faults(report: dict[str, Any]) -> list[str]:
    """What the guide would find wrong, in words: references, categories, codes, slices, cardinalities."""
    found = []
    by_url = {entry["fullUrl"]: entry["resource"] for entry in report["entry"]}
    if len(by_url) != len(report["entry"]):
        found.append("an address stands twice")
    found += [f"{url} is not in the bundle" for url in set(_references(report)) - set(by_url)]
    found += ["an empty value"] if _has_empty(report) else []
    for resource in (r for r in by_url.values() if r["resourceType"] == "Observation"):
        profile = resource["meta"]["profile"][0].removeprefix(BASE)
        categories = [pair for c in resource["category"] for pair in codes(c)]
        for pair in (
            ("http://terminology.hl7.org/CodeSystem/observation-category", "laboratory"),
            ("http://terminology.hl7.org/CodeSystem/v2-0074", "GE"),
        ):
            if categories.count(pair) != 1:
                found.append(f"{profile}: category {pair[1]}")
        if profile == "molecular-biomarker":
            found += [] if (TBD, "biomarker-category") in categories else ["no biomarker category"]
            continue
        if CODES[profile] not in codes(resource["code"]):
            found.append(f"{profile}: code")
        if profile == "variant":
            found += [] if {c for _, c in codes(resource["valueCodeableConcept"])} <= PRESENCE else ["presence"]
        else:
            found += [f"{profile}: has a value"] if any(k.startswith("value") for k in resource) else []
            parents = [by_url[d["reference"]] for d in resource.get("derivedFrom", [])]
            found += (
                [] if parents and all(of_variant(p) for p in parents) else [f"{profile}: derived from no variant"]
            )
        found += _slice_faults(profile, resource)
    return found


def of_variant(resource: dict[str, Any]) -> bool:
    return BASE + "variant" in resource["meta"]["profile"]


def _slice_faults(profile: str, resource: dict[str, Any]) -> list[str]:
    found, seen = [], []
    for part in resource.get("component", []):
        ((system, code),) = codes(part["code"])
        most, value = SLICES[profile].get(code, (0, ""))
        seen.append(code)
        if system != (LOINC if code[0].isdigit() else TBD):
            found.append(f"{profile}: {code} of {system}")
        if seen.count(code) > most:
            found.append(f"{profile}: {code} too often")
        if [k for k in part if k.startswith("value")] != [value]:
            found.append(f"{profile}: {code} has {sorted(part)}")
    return found


def _has_empty(thing: Any) -> bool:
    inner = thing.values() if isinstance(thing, dict) else thing if isinstance(thing, list) else []
    return thing is None or thing in ("", [], {}) or any(map(_has_empty, inner))


def _references(thing: Any) -> list[str]:
    if isinstance(thing, dict):
        own = [thing["reference"]] if isinstance(thing.get("reference"), str) else []
        return own + [url for inner in thing.values() for url in _references(inner)]
    return [url for inner in thing for url in _references(inner)] if isinstance(thing, list) else []


def component(resource: dict[str, Any], code: str) -> dict[str, Any]:
    (found,) = (p for p in resource["component"] if code in {c for _, c in codes(p["code"])})
    return found


@pytest.mark.parametrize("i", range(6))
def test_write_fhir__keeps_to_the_guide(tmp_path: Path, i: int) -> None:
    given = [*cohort(), harmful()][i]
    report = made(tmp_path, given)
    assert faults(report) == []
    present = [v for v in of_profile(report, "variant") if codes(v["valueCodeableConcept"]) == {(LOINC, "LA9633-4")}]
    assert len(present) == len(given.variants)


def test_write_fhir__a_variant_says_what_was_found(tmp_path: Path) -> None:
    report = made(tmp_path, melanoma())
    braf = of_profile(report, "variant")[0]
    assert codes(braf["valueCodeableConcept"]) == {(LOINC, "LA9633-4")}
    assert component(braf, "48018-6")["valueCodeableConcept"] == {"text": "BRAF"}
    assert codes(component(braf, "48004-6")["valueCodeableConcept"]) == {
        ("http://varnomen.hgvs.org", "ENST00000288602.6:c.1799T>A")
    }
    assert codes(component(braf, "48000-4")["valueCodeableConcept"]) == {(LOINC, "LA21260-7")}
    assert codes(component(braf, "62374-4")["valueCodeableConcept"]) == {(LOINC, "LA14029-5")}
    assert component(braf, "81254-5")["valueRange"] == {"low": {"value": 140453136}, "high": {"value": 140453136}}
    assert abs(component(braf, "81258-6")["valueQuantity"]["value"] - 96 / 281) < 1e-6
    assert component(braf, "82121-5")["valueQuantity"]["value"] == 96
    assert codes(component(braf, "48002-0")["valueCodeableConcept"]) == {(LOINC, "LA6684-0")}
    assert component(braf, "conclusion-string")["valueString"].startswith("AMP/ASCO/CAP tier I-A: ")
    (diagnostic,) = of_profile(report, "genomic-report")
    assert codes(diagnostic["code"]) == {(LOINC, "51969-4")}
    assert codes(diagnostic["category"][0]) == {("http://terminology.hl7.org/CodeSystem/v2-0074", "GE")}
    n_observations = sum(e["resource"]["resourceType"] == "Observation" for e in report["entry"])
    assert len(diagnostic["result"]) == n_observations and diagnostic["conclusion"].startswith("Quality PASS")


def test_write_fhir__a_therapy_has_its_tumor_and_its_direction(tmp_path: Path) -> None:
    rows = of_profile(made(tmp_path, melanoma()), "therapeutic-implication")
    said = {
        (component(r, "51963-7")["valueCodeableConcept"]["text"], answer)
        for r in rows
        for _, answer in codes(component(r, "therapeutic-implication")["valueCodeableConcept"])
    }
    assert ("Vemurafenib", "LA6677-4") in said and ("Cetuximab", "LA6676-6") in said
    assert all(any((LOINC, "81259-4") in codes(p["code"]) for p in r["component"]) for r in rows)


def test_write_fhir__oncogenicity_and_therapies_in_sequence(tmp_path: Path) -> None:
    grade = Oncogenicity(
        classification="Likely Oncogenic", points=6, cutoffs="SOP", vector="OS1 +4, OM1 +2 = 6",
        criteria=[Criterion(code="OP1", status="not_assessed", points=0, reason="no predictor")],
    )  # fmt: skip
    row = evidence("EID1", "Melanoma", "A,B", "B", therapy_interaction="Sequential")
    one = variant("BRAF", "p.V600E", 5, 10, "I-A", oncogenicity=grade, evidence=[row])
    report = made(tmp_path, findings([one]))
    assert faults(report) == []
    (therapy,) = of_profile(report, "therapeutic-implication")
    assert component(therapy, "51963-7")["valueCodeableConcept"]["text"] == "A, B (in sequence)"
    (found,) = of_profile(report, "diagnostic-implication")
    assert component(found, "53037-8")["valueCodeableConcept"] == {"text": "Likely Oncogenic"}
    said = component(found, "conclusion-string")["valueString"]
    assert "OS1 +4, OM1 +2 = 6" in said and "not assessed: OP1" in said


def test_write_fhir__negatives_are_absent_or_no_call(tmp_path: Path) -> None:
    negatives = [
        Negative(gene="KRAS", target="codons 12 and 13", status="not_detected", limit=0.031, depth=300),
        Negative(gene="NRAS", target="codon 61", status="not_assessable", reason="no coverage"),
        Negative(gene="BRAF", target="V600E", status="detected"),
    ]
    biomarkers = [
        Biomarker(
            name="Tumor mutational burden", status="reported", value=12.5, unit="mutations/Mb", sentence="high"
        ),
        Biomarker(name="Microsatellite instability", status="not_assessable", sentence="too few sites"),
        Biomarker(name="Copy number", status="not_offered", sentence="not offered"),
    ]
    report = made(tmp_path, findings([], negatives=negatives, biomarkers=biomarkers))
    assert faults(report) == []
    answers = {
        component(v, "48018-6")["valueCodeableConcept"]["text"]: v for v in of_profile(report, "variant")
    }  # fmt: skip
    assert codes(answers["KRAS"]["valueCodeableConcept"]) == {(LOINC, "LA9634-2")}
    assert "down to a fraction of 0.031" in component(answers["KRAS"], "conclusion-string")["valueString"]
    assert codes(answers["NRAS"]["valueCodeableConcept"]) == {(LOINC, "LA18198-4")} and "BRAF" not in answers
    tmb, msi = of_profile(report, "molecular-biomarker")
    assert codes(tmb["code"]) == {(LOINC, "94076-7")} and tmb["valueQuantity"]["code"] == "1/1000000{Base}"
    assert codes(msi["code"]) == {(LOINC, "81695-9")} and "dataAbsentReason" in msi


def test_write_fhir__a_wild_type_that_holds_rests_on_its_negatives(tmp_path: Path) -> None:
    negatives = [Negative(gene="KRAS", target="codons 12 and 13", status="not_detected", limit=0.03)]
    row = evidence("EID151", "Colorectal Cancer", "Cetuximab", "B", gene="KRAS", variant="Wildtype", match="class")
    held = Profile(condition="NOT KRAS[MUTATION]", truth="true", trace=["KRAS: every site assessable"], evidence=row)
    unknown = held.model_copy(update={"truth": "unknown"})
    report = made(tmp_path, findings([], negatives=negatives, profiles=[held, unknown]))
    assert faults(report) == []
    (therapy,) = of_profile(report, "therapeutic-implication")
    (absent,) = of_profile(report, "variant")
    assert component(therapy, "51963-7")["valueCodeableConcept"] == {"text": "Cetuximab"}
    assert "NOT KRAS[MUTATION]" in component(therapy, "conclusion-string")["valueString"]
    by_url = {entry["fullUrl"]: entry["resource"] for entry in report["entry"]}
    assert [by_url[d["reference"]] for d in therapy["derivedFrom"]] == [absent]
    assert "Profiles that hold: NOT KRAS" in of_profile(report, "genomic-report")[0]["conclusion"]
    alone = made(tmp_path, findings([], profiles=[held]))
    assert of_profile(alone, "therapeutic-implication") == [] and faults(alone) == []


def test_write_fhir__tumor_only_claims_no_origin(tmp_path: Path) -> None:
    report = made(tmp_path, cohort()[3])
    (found,) = of_profile(report, "variant")
    assert codes(component(found, "48002-0")["valueCodeableConcept"]) == {(LOINC, "LA18197-6")}
    assert "Tumor-only" in of_profile(report, "genomic-report")[0]["conclusion"]


def test_write_fhir__read_back_names_the_same_variants(tmp_path: Path) -> None:
    """Law: chromosome, start and alleles of the observations are those of the findings."""
    found = []
    for v in of_profile(made(tmp_path, several()), "variant"):
        chromosome = component(v, "48000-4")["valueCodeableConcept"]["coding"][0]["display"]
        start = component(v, "81254-5")["valueRange"]["low"]["value"]
        alleles = (component(v, "69547-8")["valueString"], component(v, "69551-0")["valueString"])
        found.append((chromosome.removeprefix("Chromosome "), start, *alleles))
    assert found == [(c, p, r, a) for c, p, r, a, *_ in SEVERAL]


def test_write_fhir__same_input_same_bytes_and_inert(tmp_path: Path) -> None:
    given = batch(tmp_path, harmful())
    for name in ("a", "b"):
        write_fhir(given, tmp_path / name)
    text = (tmp_path / "a").read_text()
    assert text == (tmp_path / "b").read_text() and "<" not in text
    assert all(c.isprintable() or c == "\n" for c in text)


def test_write_fhir__with_a_reference_has_vrs_identifiers(tmp_path: Path) -> None:
    (tmp_path / "g.fa").write_text(">7\nACGTACGT\n")
    one = findings([variant("G", "p.V1E", 5, 10, chromosome="7", position=3, reference="G", alternate="T")])
    report = made(tmp_path, one, reference=tmp_path / "g.fa")
    ((_, vrs_id),) = codes(component(of_profile(report, "variant")[0], "81252-9")["valueCodeableConcept"])
    assert vrs_id.startswith("ga4gh:VA.") and faults(report) == []


def test_check_entry__and_the_rules_see_a_fault() -> None:
    good = {**bundle_frame(melanoma()), "entry": list(entries(InMemory(melanoma())))}
    Bundle.model_validate(good)
    bad = json.loads(json.dumps(good))
    bad["entry"][0]["resource"]["gender"] = ["female"]
    with pytest.raises(OncoPipeError, match="not valid"):
        check_entry(bad["entry"][0], where="here")
    for change in ("LA9633-4", "69548-6", "81258-6", "laboratory"):
        assert faults(json.loads(json.dumps(good).replace(change, "LA0000-0"))) != []
    assert faults(json.loads(json.dumps(good).replace('"reference": "urn:', '"reference": "urx:', 1))) != []


def test_entries__hold_no_name_of_a_person_beyond_the_ids() -> None:
    text = json.dumps(list(entries(InMemory(findings([], identity=identity(external_id="LAB-7"))))))
    assert "LAB-7" in text and '"name"' not in text and "birthDate" not in text
