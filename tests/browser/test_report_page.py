"""The report in a browser: asks for nothing, runs nothing, is legible, and page one is one page of A4."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.findings_builder import CASES

A4_WIDTH, A4_HEIGHT = 718, 1039  # CSS pixels inside the print margins: (210 - 2*10) mm, (297 - 9 - 13) mm

# For every element with its own text: contrast of its color with the nearest painted background (WCAG 2.2, 1.4.3).
CONTRAST = """() => {
  const channel = v => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
  const rgb = text => text.match(/[\\d.]+/g).map(Number);
  const light = c => 0.2126 * channel(c[0]) + 0.7152 * channel(c[1]) + 0.0722 * channel(c[2]);
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
    assert page.locator("script, img, iframe, link, object").count() == 0
    page.close()


def test_page__its_policy_stops_what_a_name_might_load(browser: Any, reports: dict[str, Path]) -> None:
    page, _ = opened(browser, reports["melanoma"])
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=\"https://example.org/x.png\">')")
    page.wait_for_timeout(200)
    assert any("Content Security Policy" in text for text in said)
    page.close()


@pytest.mark.parametrize("case", ["melanoma", "failed", "tumor_only", "nothing", "many_unknown"])
def test_page_one__is_one_page_of_a4(browser: Any, reports: dict[str, Path], case: str) -> None:
    page, _ = opened(browser, reports[case], width=A4_WIDTH)
    page.emulate_media(media="print")
    box = page.locator(".page-one").bounding_box()
    assert box["height"] <= A4_HEIGHT
    page.close()


def test_page_one__at_its_fullest_holds_trust_and_all_answers(browser: Any, reports: dict[str, Path]) -> None:
    page, _ = opened(browser, reports["crowded"], width=A4_WIDTH)
    page.emulate_media(media="print")
    table = page.locator(".answers").bounding_box()
    assert table["y"] + table["height"] <= A4_HEIGHT
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
    assert page.locator("details").first.evaluate("e => e.open") is False
    page.close()


def test_page__prints_what_was_folded(browser: Any, reports: dict[str, Path]) -> None:
    page, _ = opened(browser, reports["melanoma"])
    visible = "e => e.checkVisibility()"
    page.locator("summary").first.click()
    assert page.locator(".trace").first.evaluate(visible) is False
    page.emulate_media(media="print")
    assert page.locator(".trace").first.evaluate(visible) is True
    page.close()


def test_page__prints_to_pdf(browser: Any, reports: dict[str, Path]) -> None:
    page, _ = opened(browser, reports["melanoma"])
    pdf = page.pdf(prefer_css_page_size=True)
    assert pdf.startswith(b"%PDF") and 3 <= pdf.count(b"/Type /Page\n") <= 8
    page.close()
