"""The PDF says what the page says, on one first page, and nothing that a file brings is a command in it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from oncopipe.cli.main import main
from oncopipe.errors import ConfigError
from oncopipe.io.findings import write_findings
from oncopipe.io.limits import Limits, Site, SiteLimit
from oncopipe.report.content import Beside
from oncopipe.report.glyphs import missing_characters
from oncopipe.report.html import write_report
from oncopipe.report.outline import ICONS, outline_of
from oncopipe.report.pdf import write_pdf
from oncopipe.report.selection import InMemory
from tests import findings_builder as build

pytest.importorskip("typst", reason="typst is not installed: no PDF is made")
COMMAND = '#panic("ran") #read("data.json") $x^2$ *bold* = Title <label> @ref \\ // `raw` #{1+1}'


def pages(path: Path, *, raw: bool = False) -> list[str]:
    """The text of each page; `raw` in the order of the file, a cell at a time."""
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed: the PDF's text is not read")
    done = subprocess.run(
        ["pdftotext", "-raw" if raw else "-layout", str(path), "-"], capture_output=True, text=True, check=True
    )
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


def test_write_pdf__a_long_name_breaks_and_is_copied_whole(tmp_path: Path) -> None:
    """It runs over nothing, and no sign of the break is left in its text."""
    name = "c.2235_2249del" + "GGAATTAAGAGAAGC" * 8
    write_pdf(build.findings([build.braf_v600e(hgvs_c=name)]), tmp_path / "r.pdf")
    assert name in "".join(pages(tmp_path / "r.pdf", raw=True)).replace(" ", "")


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


CUNEIFORM = "\U00012000"  # no patient's script


def test_missing_characters__are_those_that_no_font_draws() -> None:
    assert missing_characters("Меланома, Μελάνωμα, 34.2 % (≥ 2 %) → naïve" + "".join(ICONS.values())) == []
    if not _has_letters(CUNEIFORM):
        assert missing_characters(f"a{CUNEIFORM}b{CUNEIFORM}≥") == [CUNEIFORM]


def test_write_pdf__says_which_letters_its_fonts_lack(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On the first page, and in the log without a word of the text."""
    if _has_letters(CUNEIFORM):
        pytest.skip("a font of this machine draws cuneiform")
    found = build.findings([build.braf_v600e()], identity=build.identity(specimen=f"Secret {CUNEIFORM}"))
    write_findings(found, tmp_path / "f.json")
    with pytest.raises(SystemExit) as stop:
        main(["report", "--findings", str(tmp_path / "f.json"), "--pdf", str(tmp_path / "r.pdf")])
    assert stop.value.code in (0, None)
    said = capsys.readouterr().err
    assert "no font here draws some characters" in said and "cuneiform (1)" in said and "Secret" not in said
    first = pages(tmp_path / "r.pdf")[0]
    assert "The fonts of this PDF lack characters of its texts (cuneiform (1)): a box stands for each" in first
    assert write_pdf(build.melanoma(), tmp_path / "m.pdf") == []
    assert "The fonts of this PDF" not in pages(tmp_path / "m.pdf")[0]


def test_write_pdf__holds_the_figures(tmp_path: Path) -> None:
    """Each figure of the page stands in what Typst sets: bars of VAF and courses in lines, plots and reads on their own."""
    limits = Limits((SiteLimit(Site("BRAF", "codon V600", "snv", "7", 1, 4), 200, 0.03),), "P01-T")
    beside = Beside(earlier=(InMemory(build.melanoma()),), limits=limits)
    write_report(build.melanoma(), tmp_path / "r.html", beside=beside)
    html = (tmp_path / "r.html").read_text()
    figures = pictures(outline_of(html, "text { fill: red; }"))
    assert {name: html.count(f'<svg class="{name}"') for name in ("bar", "plot", "depths", "course")} == {
        name: sum(name in figure["svg"].split(">")[0] for figure in figures)
        for name in ("bar", "plot", "depths", "course")
    }
    assert len(figures) > 8 and all("<style>text { fill: red; }" in figure["svg"] for figure in figures)
    assert all(figure["alt"] and figure["width"] > figure["height"] for figure in figures)
    write_pdf(build.melanoma(), tmp_path / "r.pdf", beside=beside)
    write_pdf(build.melanoma(), tmp_path / "bare.pdf")
    assert (tmp_path / "r.pdf").stat().st_size > (tmp_path / "bare.pdf").stat().st_size


def pictures(blocks: object) -> list[dict[str, Any]]:
    """Every figure in blocks, at any depth."""
    if isinstance(blocks, dict):
        return [blocks] if "svg" in blocks else [p for value in blocks.values() for p in pictures(value)]
    return [p for value in blocks for p in pictures(value)] if isinstance(blocks, list) else []
