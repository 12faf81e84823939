"""The minimal content of a molecular report is there, or what is missing is named and the exit code is 1."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from oncopipe.cli.main import main
from oncopipe.data.findings import Findings, Provenance
from oncopipe.io.findings import write_findings
from oncopipe.report.check import missing_content
from oncopipe.report.selection import InMemory
from tests import findings_builder as build


def whole() -> Findings:
    named = [v for v in build.melanoma().variants if v.gene != "TP53"]
    tp53 = build.tp53_r175h()
    return build.findings([*named, tp53], negatives=build.negatives())


def items(findings: Findings) -> list[str]:
    return [missing.item for missing in missing_content(InMemory(findings))]


def test_missing_content__nothing_of_a_whole_report() -> None:
    assert items(whole()) == []


@pytest.mark.parametrize(
    ("part", "change", "item"),
    [
        ("identity", {"external_id": None}, "second identifier of the patient"),
        ("identity", {"diagnosis_code": None}, "diagnosis"),
        ("identity", {"specimen": None}, "specimen"),
        ("identity", {"assay": ""}, "assay and what it targets"),
        ("identity", {"collected": None}, "date of collection"),
        ("identity", {"received": None}, "date of receipt"),
        ("identity", {"reported": None}, "date of report"),
        ("identity", {"purity": None}, "tumor content"),
        ("quality", {"status": "NOT_ASSESSED"}, "quality of the data"),
        ("provenance", {"reference": "unknown"}, "reference build"),
        ("provenance", {"caller": " "}, "how variants were called"),
        ("provenance", {"knowledge": []}, "release of the knowledge"),
    ],
)
def test_missing_content__names_each_item(part: str, change: dict[str, Any], item: str) -> None:
    findings = whole()
    assert items(findings.model_copy(update={part: getattr(findings, part).model_copy(update=change)})) == [item]


def test_missing_content__names_limits_limitations_and_variants() -> None:
    findings = whole()
    assert items(findings.model_copy(update={"negatives": []})) == ["limits of detection"]
    assert items(findings.model_copy(update={"limitations": []})) == ["limitations"]
    bare = findings.variants[0].model_copy(update={"hgvs_c": None})
    uncounted = findings.variants[1].model_copy(
        update={"tumor": build.Support(depth=0, alternate=0, vaf=0, vaf_low=0, vaf_high=1)}
    )
    changed = findings.model_copy(update={"variants": [bare, uncounted, *findings.variants[2:]]})
    missing = missing_content(InMemory(changed))
    assert [m.item for m in missing] == ["nomenclature (gene, transcript, HGVS c.)", "VAF"]
    assert [m.where for m in missing] == ["$.variants[0]", "$.variants[1]"]
    unknown = findings.variants[3].model_copy(update={"hgvs_c": None, "transcript": None})
    assert unknown.tier.tier == "III"
    assert items(findings.model_copy(update={"variants": [*findings.variants, unknown]})) == []


def test_missing_content__purity_of_zero_is_stated() -> None:
    findings = whole()
    assert isinstance(findings.provenance, Provenance)
    assert items(findings.model_copy(update={"identity": build.identity(purity=0.0)})) == []


def test_report_check__exits_with_one_and_names_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_findings(build.findings([], identity=build.identity(specimen=None, reported=None)), tmp_path / "f.json")
    with pytest.raises(SystemExit) as stop:
        main(["report", "--check", str(tmp_path / "f.json")])
    said = capsys.readouterr().err
    assert stop.value.code == 1
    for words in (
        "missing: 3",
        "specimen: $.identity.specimen",
        "date of report",
        "limits of detection: $.negatives",
    ):
        assert words in said
    write_findings(whole(), tmp_path / "f.json")
    with pytest.raises(SystemExit) as stop:
        main(["report", "--check", str(tmp_path / "f.json")])
    assert stop.value.code in (0, None)
