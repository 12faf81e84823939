"""Draft, signed, amended: what was released, by whom, and what changed; an edited record is not believed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from oncopipe.cli.main import main
from oncopipe.cli.report import command
from oncopipe.data.findings import Findings, Negative
from oncopipe.errors import InputError, MissingInputError
from oncopipe.io.findings import write_findings
from oncopipe.report.catalogue import words
from oncopipe.report.changes import changes, snapshot_of
from oncopipe.report.content import Beside
from oncopipe.report.html import write_report
from oncopipe.report.selection import InMemory
from oncopipe.report.signoff import amend, read_signoff, sign, signature_of
from tests import findings_builder as build

WHO = {"name": "A. Pathologist", "role": "molecular pathologist"}


def amended_findings() -> Findings:
    """The melanoma again: TP53 gone, NRAS in tier I, a new KIT, a new knowledge release."""
    old = build.melanoma()
    braf, nras, *rest = old.variants
    nras = nras.model_copy(update={"tier": build.Tier(tier="I", level="B", reason="newer evidence")})
    kit = build.variant("KIT", "p.L576P", 40, 200, "II-C", chromosome="4", position=55593661)
    provenance = old.provenance.model_copy(
        update={"knowledge": [old.provenance.knowledge[0].model_copy(update={"release": "2031-03"})]}
    )
    variants = [braf, nras, kit, *[v for v in rest if v.gene != "TP53"]]
    return old.model_copy(update={"variants": variants, "provenance": provenance})


def told(old: Findings, new: Findings) -> list[str]:
    before, after = InMemory(old), InMemory(new)
    return [words(line) for line in changes(snapshot_of(before), snapshot_of(after), new).all_lines]


def test_changes__name_what_is_lost_new_moved_and_newly_known() -> None:
    assert told(build.melanoma(), amended_findings()) == [
        "no longer called: TP53 p.R175H (II-D), was 49.2 %; limit not measured, so this is not a negative result",
        "NRAS p.Q61R: tier II-C → I-B",
        "new: KIT p.L576P (II-C), VAF 20.0 %",
        "knowledge: civic 2021-02 → 2031-03",
    ]
    assert told(build.melanoma(), build.melanoma()) == ["nothing reported has changed."]


def test_changes__a_lost_variant_is_not_detected_only_with_its_limit() -> None:
    limit = Negative(gene="TP53", target="R175H", status="not_detected", limit=0.03)
    new = amended_findings().model_copy(update={"negatives": [limit]})
    assert told(build.melanoma(), new)[0].endswith("was 49.2 %; not detected (≥ 3.0 % VAF)")


def test_changes__a_variant_that_fell_to_tier_three_is_not_called_lost() -> None:
    old = build.melanoma()
    low = old.variants[1].model_copy(update={"tier": build.Tier(tier="III", reason="none")})
    new = old.model_copy(update={"variants": [old.variants[0], *old.variants[2:], low]})
    assert told(old, new) == ["NRAS p.Q61R: tier II-C → III"]
    assert told(new, old) == ["NRAS p.Q61R: tier III → II-C"]


def test_sign__then_amend_tells_state_reason_and_differences(tmp_path: Path) -> None:
    record, first, second = tmp_path / "s.json", InMemory(build.melanoma()), InMemory(amended_findings())
    sign(first, record, **WHO, date="2031-03-11")
    assert signature_of(read_signoff(record), first).state == "signed"
    assert signature_of(read_signoff(record), second).state == "stale"
    amend(second, record, **WHO, date="2031-04-02", reason="new knowledge release")
    signature = signature_of(read_signoff(record), second)
    assert signature.state == "amended" and signature.differences is not None
    assert "new: KIT p.L576P (II-C), VAF 20.0 %" in map(words, signature.differences.all_lines)
    assert words(signature.says) == (
        "Version 2, signed by A. Pathologist, molecular pathologist, 2031-04-02; replaces version 1 of 2031-03-11. "
        "Reason: new knowledge release"
    )
    write_report(second.head, tmp_path / "r.html", beside=Beside(signoff=read_signoff(record)))
    html = (tmp_path / "r.html").read_text()
    assert "AMENDED" in html and "new knowledge release" in html and first.digest in html


def test_report__of_other_findings_than_were_signed_says_so(tmp_path: Path) -> None:
    record = tmp_path / "s.json"
    sign(InMemory(build.melanoma()), record, **WHO, date="2031-03-11")
    write_report(amended_findings(), tmp_path / "r.html", beside=Beside(signoff=read_signoff(record)))
    html = (tmp_path / "r.html").read_text()
    assert "NOT THE SIGNED FINDINGS" in html and 'class="state stale"' in html


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"date": "2031-02-30"}, "is no date"),
        ({"date": "today"}, "is no date"),
        ({"date": "2031-03-10"}, "later than 2031-03-10"),
        ({"reason": "  "}, "needs its reason"),
        ({"name": " "}, "needs a name"),
    ],
)
def test_amend__refuses_what_it_cannot_answer_for(change: dict[str, str], says: str, tmp_path: Path) -> None:
    record = tmp_path / "s.json"
    sign(InMemory(build.melanoma()), record, **WHO, date="2031-03-11")
    before = record.read_bytes()
    with pytest.raises(InputError, match=says):
        amend(InMemory(amended_findings()), record, **({**WHO, "date": "2031-04-02", "reason": "why"} | change))
    assert record.read_bytes() == before


def test_amend__refuses_the_same_findings_and_another_sample(tmp_path: Path) -> None:
    record = tmp_path / "s.json"
    with pytest.raises(MissingInputError):
        amend(InMemory(build.melanoma()), record, **WHO, date="2031-04-02", reason="why")
    sign(InMemory(build.melanoma()), record, **WHO, date="2031-03-11")
    with pytest.raises(InputError, match="signed already"):
        sign(InMemory(build.melanoma()), record, **WHO, date="2031-03-11")
    with pytest.raises(InputError, match="version 1 was signed for"):
        amend(InMemory(build.melanoma()), record, **WHO, date="2031-04-02", reason="why")
    other = build.findings([], identity=build.identity(sample="P02-T"))
    with pytest.raises(InputError, match="the findings are of P01 P02-T"):
        amend(InMemory(other), record, **WHO, date="2031-04-02", reason="why")


@pytest.mark.parametrize(
    ("old", "new"), [("A. Pathologist", "B. Other"), ("2031-03-11", "2031-03-12"), ("II-C", "I-A")]
)
def test_read_signoff__an_edit_shows(old: str, new: str, tmp_path: Path) -> None:
    record = tmp_path / "s.json"
    sign(InMemory(build.melanoma()), record, **WHO, date="2031-03-11")
    text = record.read_text()
    assert old in text
    record.write_text(text.replace(old, new, 1))
    with pytest.raises(InputError, match="was changed after it was written"):
        read_signoff(record)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format_version":"1.0","releases":[]}'])
def test_read_signoff__refuses_what_is_none(content: str, tmp_path: Path) -> None:
    (tmp_path / "s.json").write_text(content)
    with pytest.raises(InputError, match="not valid"):
        read_signoff(tmp_path / "s.json")


def test_report_command__signs_amends_and_tells(tmp_path: Path) -> None:
    write_findings(build.melanoma(), tmp_path / "1.json")
    write_findings(amended_findings(), tmp_path / "2.json")
    record = ["--signoff", str(tmp_path / "s.json"), "--name", "A. P.", "--role", "pathologist"]
    run = CliRunner().invoke(
        command,
        ["sign", "--findings", str(tmp_path / "1.json"), *record, "--date", "2031-03-11"],
        catch_exceptions=False,
    )
    assert run.exit_code == 0 and run.output.startswith("version 1 signed")
    again = ["amend", "--findings", str(tmp_path / "2.json"), *record, "--date", "2031-04-01", "--reason", "release"]
    run = CliRunner().invoke(command, again, catch_exceptions=False)
    assert "NRAS p.Q61R: tier II-C → I-B" in run.output
    arguments = ["--findings", str(tmp_path / "2.json"), "--output", str(tmp_path / "r.html")]
    previous = ["--previous", str(tmp_path / "1.json"), "--signoff", str(tmp_path / "s.json")]
    CliRunner().invoke(command, [*arguments, *previous], catch_exceptions=False)
    html = (tmp_path / "r.html").read_text()
    assert "AMENDED" in html and "Compared with P01-T (2031-03-11)" in html
    assert json.loads((tmp_path / "s.json").read_text())["releases"][1]["reason"] == "release"


def test_report_command__refuses_the_last_report_of_another_patient(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_findings(build.melanoma(), tmp_path / "1.json")
    write_findings(build.findings([], identity=build.identity(patient="P02")), tmp_path / "2.json")
    arguments = ["--findings", str(tmp_path / "1.json"), "--output", str(tmp_path / "r.html")]
    with pytest.raises(SystemExit) as stop:
        main(["report", *arguments, "--previous", str(tmp_path / "2.json")])
    assert stop.value.code == 78 and "is of patient P02" in capsys.readouterr().err
