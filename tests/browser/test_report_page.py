"""The report in a browser: asks for nothing, runs only its own script, is legible; page one is one page of A4."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from oncopipe.report import write_report
from tests.findings_builder import CASES

A4_WIDTH, A4_HEIGHT = 718, 1039  # CSS pixels inside the print margins: (210 - 2*10) mm, (297 - 9 - 13) mm

KINDS = ("this_tumor", "other_tumor", "resistance")

# What both rules on contrast need: relative luminance (WCAG 2.2) of a computed color.
COLORS = """
  const channel = v => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
  const rgb = text => text.match(/[\\d.]+/g).map(Number);
  const light = c => 0.2126 * channel(c[0]) + 0.7152 * channel(c[1]) + 0.0722 * channel(c[2]);
"""
# For every element with its own text: contrast of its color with the nearest painted background (WCAG 2.2, 1.4.3).
CONTRAST = (
    f"() => {{{COLORS}"
    + """
  const ground = node => {
    for (let e = node; e; e = e.parentElement) {
      const style = getComputedStyle(e), painted = style.backgroundImage.match(/rgb\\([^)]*\\)/g);
      if (painted) return painted.map(rgb);
      const c = rgb(style.backgroundColor);
      if (c.length < 4 || c[3] > 0) return [c];
    }
    return [[255, 255, 255]];
  };
  const bad = [];
  for (const e of document.body.querySelectorAll('*')) {
    if (e.closest('svg') || ![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) continue;
    for (const back of ground(e)) {
      const [a, b] = [light(rgb(getComputedStyle(e).color)), light(back)];
      const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      if (ratio < 4.5) bad.push([e.className, e.textContent.trim().slice(0, 40), ratio.toFixed(2)]);
    }
  }
  return bad;
}"""
)


def opened(browser: Any, path: Path, width: int = 1200) -> tuple[Any, list[str]]:
    """The page and what it asked for, said or did beyond showing itself."""
    page = browser.new_page(viewport={"width": width, "height": 1000})
    seen: list[str] = []
    page.on("request", lambda request: seen.append(request.url))
    page.on("console", lambda message: seen.append(message.text))
    page.on("pageerror", lambda error: seen.append(str(error)))
    page.on("dialog", lambda dialog: (seen.append(dialog.message), dialog.dismiss()))
    page.goto(path.as_uri())
    page.wait_for_load_state("networkidle")
    return page, [what for what in seen if what != path.as_uri()]


@pytest.mark.parametrize("case", CASES)
def test_page__asks_for_nothing_and_is_legible(browser: Any, reports: dict[str, Path], case: str) -> None:
    page, seen = opened(browser, reports[case])
    assert seen == []
    assert page.evaluate(CONTRAST) == []
    assert page.locator("img, iframe, link, object").count() == 0 and page.locator("script").count() == 2
    page.close()


def test_page__its_policy_stops_what_a_name_might_load(browser: Any, reports: dict[str, Path]) -> None:
    page, _ = opened(browser, reports["melanoma"])
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=\"https://example.org/x.png\">')")
    page.wait_for_timeout(200)
    assert any("Content Security Policy" in text for text in said)
    page.close()


def speak(page: Any, language: str) -> None:
    page.evaluate("code => document.querySelector(`[data-language=${code}]`).click()", language)


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize(
    "case",
    ["melanoma", "failed", "tumor_only", "nothing", "many_unknown", "crowded", "fullest", "rich", "three", "hostile"],
)
def test_page_one__is_one_page_of_a4(browser: Any, reports: dict[str, Path], case: str, language: str) -> None:
    page, _ = opened(browser, reports[case], width=A4_WIDTH)
    speak(page, language)
    page.emulate_media(media="print")
    box = page.locator(".page-one").bounding_box()
    assert box["height"] <= A4_HEIGHT
    page.close()


@pytest.mark.parametrize("language", ["en", "ru"])
def test_page_one__amended_with_a_history_is_one_page_of_a4(browser: Any, amended: Path, language: str) -> None:
    page, seen = opened(browser, amended, width=A4_WIDTH)
    speak(page, language)
    assert page.locator(".page-one svg.course").count() > 0
    assert page.locator("svg.depths rect").count() == 30 * 9  # of 40 genes, 10 without sites
    assert page.locator(".page-one").inner_text().count("P01-T") >= 2
    page.emulate_media(media="print")
    assert page.locator(".page-one").bounding_box()["height"] <= A4_HEIGHT
    assert seen == [] and page.evaluate(CONTRAST) == []
    page.close()


@pytest.mark.parametrize("width", [1200, 390])
def test_page__axe_finds_nothing(
    browser: Any, axe: str, amended: Path, reports: dict[str, Path], cohort: Path, width: int
) -> None:
    for path in (amended, cohort, *(reports[case] for case in ("melanoma", "tumor_only", "hostile", "nothing"))):
        page, _ = opened(browser, path, width=width)
        page.evaluate("for (const e of document.querySelectorAll('details')) e.open = true")
        page.evaluate(axe)
        found = page.evaluate(
            "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice']})"
        )
        assert [(fault["id"], fault["nodes"][0]["html"]) for fault in found["violations"]] == []
        page.close()


@pytest.mark.parametrize("case", CASES)
def test_page__has_no_sideways_scroll_on_a_phone(browser: Any, reports: dict[str, Path], case: str) -> None:
    page, _ = opened(browser, reports[case], width=390)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.close()


def test_page__works_by_keyboard(browser: Any, reports: dict[str, Path]) -> None:
    page, _ = opened(browser, reports["melanoma"])
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "answer"
    page.locator("summary").first.focus()
    page.keyboard.press("Enter")
    assert page.locator("details").first.evaluate("e => e.open") is True
    page.locator("#unknown thead button").first.focus()
    page.keyboard.press("Enter")
    assert page.locator("#unknown th").first.get_attribute("aria-sort") == "ascending"
    page.close()


def test_page__prints_what_was_folded(browser: Any, reports: dict[str, Path]) -> None:
    page, _ = opened(browser, reports["melanoma"])
    visible = "e => e.checkVisibility()"
    assert page.locator(".trace").first.evaluate(visible) is False
    page.emulate_media(media="print")
    assert page.locator(".trace").first.evaluate(visible) is True
    page.close()


def test_page__prints_to_pdf(browser: Any, reports: dict[str, Path], tmp_path: Path) -> None:
    page, _ = opened(browser, reports["melanoma"])
    pdf = page.pdf(prefer_css_page_size=True)
    assert pdf.startswith(b"%PDF") and 3 <= pdf.count(b"/Type /Page\n") <= 8
    page.close()
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed: the printed pages are not read")
    (tmp_path / "r.pdf").write_bytes(pdf)
    command = ["pdftotext", "-layout", str(tmp_path / "r.pdf"), "-"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\f")[:-1]
    for number, text in enumerate(printed, 1):
        assert "P01 · P01-T · sha256 " in text and f"page {number} of {len(printed)}" in text


def test_page_one__failed_quality_is_red_and_resistance_has_its_own_color(
    browser: Any, reports: dict[str, Path]
) -> None:
    """Each color stands beside an icon of its own shape and a word."""
    page, _ = opened(browser, reports["failed"])
    color = "e => getComputedStyle(e).color"
    title = page.locator(".trust.FAIL h2")
    assert title.evaluate(color) == "rgb(176, 0, 32)" and "FAIL" in title.inner_text()
    assert title.bounding_box()["y"] < page.locator("#answer").bounding_box()["y"]
    assert page.locator(".trust.FAIL .light svg[data-icon=FAIL]").count() == 1
    colors = {kind: page.locator(f"#answer li.{kind} b").first.evaluate(color) for kind in KINDS}
    assert len(set(colors.values())) == len(KINDS)
    heads = {kind: page.locator(f"#answer thead th.{kind}") for kind in KINDS}
    assert {kind: head.evaluate(color) for kind, head in heads.items()} == colors
    assert all(head.locator("svg.icon").count() == 1 and head.inner_text().strip() for head in heads.values())
    resistant = page.locator("#answer li.resistance")
    assert resistant.locator("svg[data-icon=resistance]").count() == resistant.count() > 0
    assert all("tumor" in text for text in resistant.all_inner_texts())
    page.close()


def test_page__searches_filters_and_says_how_many(browser: Any, reports: dict[str, Path]) -> None:
    page, seen = opened(browser, reports["melanoma"])
    rows = page.locator("[data-find]")
    total = rows.count()
    page.get_by_label("Search findings").fill("cetuximab NRAS")
    assert page.locator("article.variant:visible h3 .protein").all_inner_texts() == ["p.Q61R"]
    assert page.locator("#found").inner_text() == f"Shown: 1 of {total}"
    page.get_by_label("Search findings").fill("")
    page.get_by_label("Tier", exact=True).select_option("IV")
    assert page.locator("[data-find]:visible").count() == 1
    page.get_by_label("Tier", exact=True).select_option("")
    page.get_by_label("VAF at least, %").fill("34")
    shown = page.locator("[data-find]:visible").evaluate_all("all => all.map(e => Number(e.dataset.vaf))")
    assert shown and min(shown) >= 0.34 and len(shown) < total
    page.get_by_label("VAF at least, %").fill("")
    page.get_by_label("only with cautions").check()
    assert 0 < page.locator("[data-find]:visible").count() < total
    assert seen == []
    page.close()


def test_page__sorts_numbers_as_numbers_both_ways(browser: Any, reports: dict[str, Path]) -> None:
    page, seen = opened(browser, reports["many_unknown"])
    cells = page.locator("#unknown tbody td.vaf")
    values = "all => all.map(e => Number(e.dataset.value))"
    for order in (1, -1):
        page.get_by_role("button", name="VAF, 95 % interval").last.click()
        found = cells.evaluate_all(values)
        assert found == sorted(found, reverse=order < 0) and len(found) == 500
    assert page.locator("#unknown th[aria-sort]").get_attribute("aria-sort") == "descending"
    assert seen == []
    page.close()


def test_page__expands_and_folds_traces_and_evidence(browser: Any, reports: dict[str, Path]) -> None:
    page, seen = opened(browser, reports["melanoma"])
    assert page.locator(".trace:visible").count() == 0
    page.get_by_text("How the tier came about").first.click()
    assert page.locator(".trace:visible").count() == 1
    page.get_by_role("button", name="Expand all").click()
    assert page.locator("details:not([open])").count() == 0
    page.get_by_role("button", name="Fold all").click()
    assert page.locator("details[open]").count() == 0
    assert seen == []
    page.close()


@pytest.mark.parametrize("case", ["melanoma", "hostile", "tumor_only"])
def test_page__switches_language_whole_and_back(browser: Any, reports: dict[str, Path], case: str) -> None:
    page, seen = opened(browser, reports[case])
    before = page.locator("body").inner_text()
    page.get_by_role("button", name="Русский").click()
    assert page.evaluate("document.documentElement.lang") == "ru"
    text = page.locator("body").inner_text()
    for words in ("Качество данных", "Возможно наследственное", "Что рассмотреть дальше", "Ограничения"):
        assert words in text
    assert "Data quality" not in text and "Limitations" not in text and "{" not in text.replace("{{7*7}}", "")
    assert "миссенс-вариант" in text or case == "hostile"
    assert page.evaluate(CONTRAST) == []
    assert page.locator("[aria-label*='Reads of'], [aria-label='Contents']").count() == 0
    page.get_by_role("button", name="English").click()
    assert page.locator("body").inner_text() == before
    assert seen == []
    page.close()


def test_page__opens_in_the_language_asked_for(browser: Any, tmp_path: Path) -> None:
    write_report(CASES["melanoma"](), tmp_path / "ru.html", language="ru")
    page, seen = opened(browser, tmp_path / "ru.html")
    assert "ОПУХОЛЬ / НОРМА" in page.locator("header").inner_text()
    assert page.title() == "P01 P01-T – отчёт о соматических вариантах" and seen == []
    page.close()


def test_page__without_script_says_the_same(browser: Any, reports: dict[str, Path]) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(reports["melanoma"].as_uri())
    assert "Data quality: PASS" in page.locator("body").inner_text()
    assert page.locator("form:visible").count() == 0
    context.close()


def test_page__every_landmark_and_control_has_a_name(browser: Any, reports: dict[str, Path]) -> None:
    page, _ = opened(browser, reports["melanoma"])
    nameless = """() => [...document.querySelectorAll('nav, form, [role=group], section, article, svg[role=img], input, select')]
      .filter(e => !e.getAttribute('aria-label') && !document.getElementById(e.getAttribute('aria-labelledby'))
                   && !(e.labels && e.labels.length)).map(e => e.outerHTML.slice(0, 80))"""
    assert page.evaluate(nameless) == []
    assert page.evaluate("[...document.querySelectorAll('h1, h2, h3')].some(h => !h.textContent.trim())") is False
    small = page.evaluate(
        "[...document.querySelectorAll('button, input, select')].filter(e => e.checkVisibility() && !e.closest('thead') "
        "&& e.type !== 'checkbox' && e.getBoundingClientRect().height < 24).length"
    )
    assert small == 0  # WCAG 2.2, 2.5.8
    page.close()


def test_cohort_page__asks_for_nothing_searches_sorts_and_speaks(browser: Any, cohort: Path) -> None:
    page, seen = opened(browser, cohort)
    assert page.evaluate(CONTRAST) == [] and page.locator("svg.oncoplot .letter").count() > 0
    rows = page.locator("#samples tbody tr")
    page.get_by_role("searchbox").fill("quality")
    assert page.locator("#found").inner_text() == f"Shown: 0 of {rows.count()}"
    page.get_by_role("searchbox").fill("braf")
    assert 0 < page.locator("#samples tbody tr:visible").count() < rows.count()
    page.get_by_role("searchbox").fill("")
    page.locator("#samples thead button").nth(8).click()
    found = page.locator("#samples tbody td:nth-child(9)").all_inner_texts()
    numbers = [int(text) for text in found if text != "–"]
    assert numbers == sorted(numbers) and found[-1] == "–"  # a sample without findings is not one with none
    page.get_by_role("button", name="Русский").click()
    text = page.locator("main").inner_text()
    assert "Как далеко дошли образцы" in text and "How far" not in text
    assert page.evaluate("document.documentElement.scrollWidth") <= 1200
    assert seen == []
    page.close()


def test_cohort_page__links_lead_to_reports(browser: Any, cohort: Path) -> None:
    page, _ = opened(browser, cohort)
    page.locator("#samples a").first.click()
    page.wait_for_load_state()
    assert "somatic variant report" in page.title()
    page.close()


def test_page__draws_reads_that_are_seen(browser: Any, drawn: Path) -> None:
    page, seen = opened(browser, drawn)
    page.get_by_text("Reads at this variant").first.click()
    stack = page.locator("svg.stack").first
    assert stack.is_visible() and stack.bounding_box()["width"] > 400
    column = stack.locator("rect.site").bounding_box()
    boxes = stack.locator("text.difference").evaluate_all("all => all.map(e => e.getBoundingClientRect().x)")
    assert boxes and all(column["x"] <= x <= column["x"] + column["width"] for x in boxes)
    assert seen == []
    page.close()
