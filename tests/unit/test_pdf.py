"""The PDF says what the page says, on one first page, and nothing that a file brings is a command in it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest

from oncopipe.cli.main import main
from oncopipe.errors import ConfigError
from oncopipe.io.findings import write_findings
from oncopipe.report.content import Beside
from oncopipe.report.html import write_report
from oncopipe.report.outline import outline_of
from oncopipe.report.pdf import write_pdf
from oncopipe.report.selection import InMemory
from tests import findings_builder as build

pytest.importorskip("typst", reason="typst is not installed: no PDF is made")
COMMAND = '#panic("ran") #read("data.json") $x^2$ *bold* = Title <label> @ref \\ // `raw` #{1+1}'


def pages(path: Path) -> list[str]:
    """The text of each page."""
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed: the PDF's text is not read")
    done = subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True)
    return [re.sub(r"\s+", " ", page) for page in done.stdout.split("\f")[:-1]]


def test_write_pdf__each_page_has_two_identifiers_a_hash_and_its_number(tmp_path: Path) -> None:
    write_pdf(build.melanoma(), tmp_path / "r.pdf")
    found = pages(tmp_path / "r.pdf")
    digest = InMemory(build.melanoma()).digest[:12]
    assert len(found) > 1
    for number, page in enumerate(found, 1):
        assert f"P01 · P01-T · sha256 {digest}" in page and f"page {number} of {len(found)}" in page


def test_write_pdf__page_one_holds_all_of_page_one_at_its_fullest(tmp_path: Path) -> None:
    beside = Beside(earlier=(InMemory(build.melanoma()),))
    write_pdf(build.fullest(), tmp_path / "r.pdf", beside=beside)
    first, second = pages(tmp_path / "r.pdf")[:2]
    for said in (
        "DRAFT",
        "Data quality: FAIL",
        "KIT p.L576P",
        "NOT ASSESSABLE",
        "Possible germline",
        "To consider next",
    ):
        assert said in first, said
    assert "Limitations are part of this report" in first
    assert second.strip().startswith("Variants of tier I and II, with their evidence")


def test_write_pdf__says_what_the_page_says(tmp_path: Path) -> None:
    write_report(build.melanoma(), tmp_path / "r.html")
    write_pdf(build.melanoma(), tmp_path / "r.pdf")
    text = " ".join(pages(tmp_path / "r.pdf"))

    def words(blocks: list[dict[str, object]]) -> str:
        return re.sub(r"[^\w]+", " ", str([value for block in blocks for value in block.values()]))

    said = set(re.findall(r"EID\d+|p\.[A-Z]\w+|ENST\d+", (tmp_path / "r.html").read_text().split("<script")[0]))
    assert len(said) > 15 and {one for one in said if one not in text} == set()
    assert "EID1409" in words(outline_of((tmp_path / "r.html").read_text(), ""))


def test_write_pdf__speaks_russian(tmp_path: Path) -> None:
    write_pdf(build.melanoma(), tmp_path / "r.pdf", language="ru")
    first = pages(tmp_path / "r.pdf")[0]
    assert "Качество данных: НОРМА" in first and "стр. 1 из" in first


def test_write_pdf__the_same_findings_give_the_same_bytes(tmp_path: Path) -> None:
    write_pdf(build.melanoma(), tmp_path / "a.pdf")
    write_pdf(build.melanoma(), tmp_path / "b.pdf")
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()
    assert ((tmp_path / "a.pdf").stat().st_mode & 0o777) == 0o640


def test_write_pdf__commands_in_names_are_names(tmp_path: Path) -> None:
    bad = build.braf_v600e().model_copy(update=dict.fromkeys(("gene", "hgvs_c", "hgvs_p_short"), COMMAND))
    who = build.identity(diagnosis_name=COMMAND, specimen=COMMAND)
    write_pdf(build.findings([bad], identity=who, limitations=[COMMAND]), tmp_path / "r.pdf")
    text = " ".join(pages(tmp_path / "r.pdf"))
    assert '#panic("ran") #read("data.json") $x^2$ *bold* = Title <label> @ref' in text


@pytest.mark.parametrize("case", ["hostile", "nothing", "tumor_only"])
def test_write_pdf__every_case_can_be_set(case: str, tmp_path: Path) -> None:
    write_pdf(build.CASES[case](), tmp_path / "r.pdf")
    assert (tmp_path / "r.pdf").read_bytes().startswith(b"%PDF")


def test_write_pdf__without_typst_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(ConfigError, match="Typst is not installed") as refused:
        write_pdf(build.melanoma(), tmp_path / "r.pdf")
    assert "oncopipe[pdf]" in str(refused.value) and not (tmp_path / "r.pdf").exists()


def test_report_command__writes_both(tmp_path: Path) -> None:
    write_findings(build.melanoma(), tmp_path / "f.json")
    arguments = ["--findings", str(tmp_path / "f.json"), "--output", str(tmp_path / "r.html")]
    with pytest.raises(SystemExit) as stop:
        main(["report", *arguments, "--pdf", str(tmp_path / "r.pdf")])
    assert stop.value.code in (0, None)
    assert (tmp_path / "r.pdf").is_file() and (tmp_path / "r.html").is_file()


SCRIPTS = {
    "Cyrillic": "Меланома, предплечье",
    "Greek": "Μελάνωμα",
    "Arabic": "ورم ميلانيني",
    "Hebrew": "מלנומה",
    "Chinese": "黑色素瘤",
    "Japanese": "メラノーマ",
    "Devanagari": "मेलेनोमा",
    "emoji": "🧬🧪",
}


@pytest.mark.parametrize("script", SCRIPTS)
def test_reports__hold_names_in_any_script(tmp_path: Path, script: str) -> None:
    """The page holds them as they are, isolated; the PDF too, where a font of this machine has the letters."""
    name = SCRIPTS[script]
    found = build.findings([build.braf_v600e()], identity=build.identity(diagnosis_name=name, specimen=name))
    write_report(found, tmp_path / "r.html")
    assert (tmp_path / "r.html").read_text().count(f"<bdi>{name}</bdi>") == 2
    write_pdf(found, tmp_path / "r.pdf")
    first = pages(tmp_path / "r.pdf")[0]
    assert "P01-T" in first and "Limitations are part of this report" in first
    if script in ("Cyrillic", "Greek"):
        assert first.count(name) == 2
    elif script in ("Arabic", "Hebrew") and _has_letters(name):
        assert set(name) - {" "} <= set(unicodedata.normalize("NFKC", first))


def _has_letters(text: str) -> bool:
    """Whether DejaVu or another font of the machine has these letters."""
    if shutil.which("fc-list") is None:
        return False
    codes = [f":charset={ord(c):x}" for c in set(text) - {" "}]
    return all(subprocess.run(["fc-list", code], capture_output=True, text=True, check=True).stdout for code in codes)
