"""One catalogue for all languages: the same keys and holes in each, every text that the code says is in it."""

from __future__ import annotations

import ast
import importlib
import re
import tomllib
from pathlib import Path

import pytest

import oncopipe.report
from oncopipe.data.findings import Findings
from oncopipe.errors import ConfigError
from oncopipe.interpretation import tiers
from oncopipe.report import catalogue
from oncopipe.report.catalogue import Text, check_language, languages, recognize, text, values_json, words
from oncopipe.report.html import write_report
from tests import findings_builder as build

FOLDER = Path(oncopipe.report.__file__).parent
TARGETS = FOLDER.parent / "knowledge" / "data" / "targets.tsv"
HOLE = re.compile(r"\{\w+\}")


@pytest.mark.parametrize("code", [code for code in languages() if code != "en"])
def test_languages__have_the_keys_and_holes_of_english(code: str) -> None:
    english, other = languages()["en"], languages()[code]
    own = set(catalogue._flat(tomllib.loads((FOLDER / "languages" / f"{code}.toml").read_text())))
    assert own == set(english)
    assert {k for k in english if sorted(HOLE.findall(english[k])) != sorted(HOLE.findall(other[k]))} == set()


def test_catalogue__holds_every_key_that_is_said() -> None:
    said = set()
    for path in [*FOLDER.glob("*.py"), *(FOLDER / "templates").glob("*.html")]:
        said |= set(re.findall(r"""\b(?:t|text)\(\s*["']([a-z]\w*\.\w+)["']""", path.read_text()))
    assert len(said) > 150
    assert said - set(languages()["en"]) == set()


def test_words__says_values_in_the_language_too() -> None:
    said = text("trust.title", status=text("status.FAIL"))
    assert (words(said), words(said, "ru")) == ("Data quality: FAIL", "Качество данных: БРАК")
    assert words("low fraction", "ru") == "низкая доля"
    assert words("some other sentence", "ru") == "some other sentence"
    assert words(text("answer.more", n=12345)) == "and 12,345 more"


def test_recognize__finds_sentences_with_holes_and_no_others() -> None:
    found = recognize("Resistance to Cetuximab in Colorectal Cancer (EID993): clinical evidence in this tumor type")
    assert found is not None and found.key == "said.reason_resistance"
    assert words(found, "ru") == (
        "Устойчивость к Cetuximab, Колоректальный рак (EID993): клинические доказательства для этого типа опухоли"
    )
    assert recognize("low fractions") is None and recognize("") is None


def test_recognize__knows_parts_and_what_begins_with_a_hole() -> None:
    said = "any change of KRAS is meant, this is a missense_variant; residue G12 is one that the knowledge names"
    assert words(said, "ru") == (
        "имеется в виду любое изменение KRAS, это – миссенс-вариант; остаток G12 назван базой знаний"
    )
    assert words(said) == said
    assert words(
        "EID1 (Predictive, level A, Melanoma, this_tumor, exact): no tier, it speaks against the effect", "ru"
    ) == ("EID1 (Предсказательное, ур. A, Меланома, эта опухоль, точно): уровня не даёт, говорит против эффекта")
    assert recognize("a; b") is None and recognize("x" * 500 + " was found") is None


def test_languages__say_what_the_interpretation_says() -> None:
    """Sentences as the other stages hold them: a new wording there must come into the catalogue."""
    interpret = importlib.import_module("oncopipe.interpretation.interpret")
    sentences = [rule.says for rule in tiers.RULES] + list(interpret._LIMITATIONS)
    assert {s for s in sentences if recognize(s) is None} == set()


def test_languages__say_every_answer_to_a_criterion() -> None:
    """Read from the source, so that a new wording is seen without a run: literals beside met, not_met, not_assessed."""
    source = Path(importlib.import_module("oncopipe.interpretation.oncogenicity").__file__ or "").read_text()
    said = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Tuple) and len(node.elts) == 2 and isinstance(node.elts[0], ast.Constant):
            status, reason = node.elts
            if status.value in ("met", "not_met", "not_assessed") and isinstance(
                reason, (ast.Constant, ast.JoinedStr)
            ):
                parts = reason.values if isinstance(reason, ast.JoinedStr) else [reason]
                said.append("".join(str(p.value) if isinstance(p, ast.Constant) else "X1" for p in parts))
    unknown = {s for s in said if recognize(s) is None}
    assert len(said) > 20 and unknown - {"X1: X1"} == set()


def test_languages__name_the_tumor_types_of_the_shipped_targets() -> None:
    rows = [line.split("\t") for line in TARGETS.read_text().splitlines() if not line.startswith("#")]
    names = {row[rows[0].index("disease")] for row in rows[1:]}
    assert len(names) > 50 and {name for name in names if recognize(name) is None} == set()
    russian = {words(name, "ru") for name in names}
    assert all(re.search("[а-яё]", name) for name in russian)


def test_values_json__nests_texts_and_marks_what_a_language_knows() -> None:
    said = text("next.orthogonal", names='A"<b>', why=text("next.why_low"))
    assert values_json(said) == '{"names":"A\\"<b>","why":["next.why_low",{}]}'
    assert values_json(Text("x", (("a", "Resistance"),))) == '{"a":["said.resistant",{}]}'


def test_check_language__names_those_there_are() -> None:
    with pytest.raises(ConfigError, match="no language 'xx'") as refused:
        check_language("xx")
    assert "en, ru" in str(refused.value)


def test_language__a_file_adds_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    added = {"en": languages()["en"], "eo": languages()["en"] | {"language.name": "Esperanto", "qc.title": "Kvalito"}}
    monkeypatch.setattr(catalogue, "languages", lambda: added)
    monkeypatch.setattr("oncopipe.report.html.languages", lambda: added)
    findings: Findings = build.melanoma()
    write_report(findings, tmp_path / "r.html", language="eo")
    html = (tmp_path / "r.html").read_text()
    assert '<html lang="eo">' in html and ">Kvalito<" in html and ">Esperanto<" in html
