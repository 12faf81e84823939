"""WCAG 2.2 A and AA, as far as a browser can tell, with nothing beside the browser: each rule by its number."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.browser.test_report_page import COLORS, CONTRAST, opened, speak

PAGES = ("melanoma", "tumor_only", "nothing", "failed", "fullest", "hostile", "amended", "drawn", "cohort")

# 1.3.1: every text that is seen lies in a landmark or in a region with a name, so that a reader can jump to it.
OUTSIDE = """() => {
  const kept = 'header, nav, main, footer, section[aria-labelledby], section[aria-label], a.skip';
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const lost = [];
  for (let n = walker.nextNode(); n; n = walker.nextNode()) {
    const e = n.parentElement;
    if (!n.textContent.trim() || e.closest('script, style') || !e.checkVisibility()) continue;
    if (!e.closest(kept)) lost.push(n.textContent.trim().slice(0, 60));
  }
  return lost;
}"""
LANDMARKS = """() => {
  const count = css => document.querySelectorAll(css).length;
  const outer = css => [...document.querySelectorAll(css)].filter(e => !e.closest('main, article, section, nav')).length;
  const unnamed = [...document.querySelectorAll('section, nav, [role=group], [role=search]')].filter(e => {
    const by = e.getAttribute('aria-labelledby');
    const name = e.getAttribute('aria-label') || (by && document.getElementById(by) || {}).textContent || '';
    return !name.trim();
  }).map(e => e.outerHTML.slice(0, 60));
  const names = [...document.querySelectorAll('section, nav')].map(e => e.getAttribute('aria-label')
    || document.getElementById(e.getAttribute('aria-labelledby')).textContent.trim());
  return { main: count('main'), banner: outer('header'), contentinfo: outer('footer'), unnamed,
           twins: names.length - new Set(names).size };
}"""
# 1.3.1: headings go down by one step; there is one of the first level.
HEADINGS = """() => [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].filter(e => e.checkVisibility())
  .map(e => Number(e.tagName[1]))"""
# 1.3.1: a heading cell says what it heads; every column has a heading with words; every table has a name.
TABLES = """() => {
  const faults = [];
  for (const table of document.querySelectorAll('table')) {
    const say = what => faults.push([what, table.className, table.textContent.trim().slice(0, 40)]);
    if ([...table.querySelectorAll('th')].some(th => !['col', 'row', 'rowgroup'].includes(th.scope))) say('scope');
    const width = row => [...row.cells].reduce((n, cell) => n + cell.colSpan, 0);
    const head = table.tHead && table.tHead.rows[0];
    if (head) {
      if ([...head.cells].some(cell => cell.tagName !== 'TH' || !cell.textContent.trim())) say('empty heading');
      if (Math.max(...[...table.tBodies].flatMap(b => [...b.rows].map(width))) > width(head)) say('column without heading');
    }
    if (![...table.tBodies].every(b => b.querySelector('th'))) say('rows without heading');
    const holder = table.closest('[role=group], section');
    const by = holder && holder.getAttribute('aria-labelledby');
    if (!table.caption && !(holder && (holder.getAttribute('aria-label') || (by && document.getElementById(by))))) say('name');
  }
  return faults;
}"""
# 1.1.1 and 4.1.2: a picture has a name or is hidden; a control has a name; its name holds the words that are seen (2.5.3).
NAMES = """() => {
  const faults = [];
  for (const e of document.querySelectorAll('svg')) {
    const hidden = e.getAttribute('aria-hidden') === 'true';
    const named = e.getAttribute('role') === 'img' && (e.getAttribute('aria-label') || '').trim();
    if (!hidden && !named) faults.push(e.outerHTML.slice(0, 80));
  }
  for (const e of document.querySelectorAll('button, input, select, a[href], summary')) {
    const seen = e.textContent.trim(), label = e.getAttribute('aria-label');
    const name = label || seen || [...(e.labels || [])].map(l => l.textContent).join(' ');
    if (!name.trim()) faults.push(e.outerHTML.slice(0, 80));
    if (label && seen && e.tagName !== 'SELECT' && !label.includes(seen)) faults.push('name without its words: ' + label);
  }
  return faults;
}"""
# 1.4.11: the edge of a control, and a picture that means something, stand out three to one.
EDGES = (
    f"() => {{{COLORS}"
    + """
  const ground = node => {
    for (let e = node; e; e = e.parentElement) {
      const c = rgb(getComputedStyle(e).backgroundColor);
      if (c.length < 4 || c[3] > 0) return c;
    }
    return [255, 255, 255];
  };
  const ratio = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
  const faults = [];
  for (const e of document.querySelectorAll('input:not([type=checkbox]), select, button')) {
    if (!e.checkVisibility() || e.closest('thead')) continue;
    const style = getComputedStyle(e);
    if (ratio(rgb(style.borderTopColor), ground(e.parentElement)) < 3) faults.push(e.outerHTML.slice(0, 80));
  }
  for (const e of document.querySelectorAll('svg.icon')) {
    const faint = ratio(rgb(getComputedStyle(e).color), ground(e.parentElement)) < 3;
    if (e.checkVisibility() && faint) faults.push(e.outerHTML.slice(0, 80));
  }
  return faults;
}"""
)
# 2.5.8: a target is 24 pixels wide and high, or has that much room around its middle; links in a sentence are exempt.
SMALL = """() => {
  const all = [...document.querySelectorAll('a[href], button, input, select, summary')].filter(e => e.checkVisibility()
    && !e.classList.contains('skip') && !e.closest('p, li, td, th'));
  const boxes = all.map(e => e.getBoundingClientRect());
  const middle = b => [b.x + b.width / 2, b.y + b.height / 2];
  const far = (i, j) => {  // from the middle of i to the box of j
    const [x, y] = middle(boxes[i]), b = boxes[j];
    return Math.hypot(Math.max(b.left - x, 0, x - b.right), Math.max(b.top - y, 0, y - b.bottom));
  };
  const small = boxes.map(b => b.width < 24 || b.height < 24);
  return all.filter((e, i) => small[i] && boxes.some((_, j) => j !== i && (far(i, j) < 12
    || (small[j] && Math.hypot(middle(boxes[i])[0] - middle(boxes[j])[0], middle(boxes[i])[1] - middle(boxes[j])[1]) < 24))))
    .map(e => e.outerHTML.slice(0, 80));
}"""
# 2.4.7 and 2.4.11: what has the focus shows it, and is not hidden below what stays in place.
FOCUSED = """() => {
  const e = document.activeElement;
  if (!e || e === document.body) return null;
  const all = [...document.querySelectorAll('*')], style = getComputedStyle(e), box = e.getBoundingClientRect();
  const bar = document.querySelector('nav.contents');
  const over = bar && !bar.contains(e) ? bar.getBoundingClientRect() : null;
  const stuck = over && over.top <= 0 ? over.bottom : 0;
  return { at: all.indexOf(e), what: e.outerHTML.slice(0, 90),
           ring: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
           hidden: box.bottom <= stuck + 1 || box.top >= innerHeight || box.right <= 0 || box.left >= innerWidth };
}"""
# 2.1.1: whatever can be used, by its place among all elements.
CONTROLS = """() => {
  const all = [...document.querySelectorAll('*')];
  return [...document.querySelectorAll('a[href], button, input, select, summary, [tabindex="0"]')]
    .filter(e => e.checkVisibility()).map(e => all.indexOf(e));
}"""
# 1.4.12: words stay whole when a reader sets them wider.
SPACING = "* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; }"


@pytest.fixture(scope="session")
def pages(reports: dict[str, Path], amended: Path, drawn: Path, cohort: Path) -> dict[str, Path]:
    """A page of each kind by its name."""
    return {**reports, "amended": amended, "drawn": drawn, "cohort": cohort}


def unfolded(browser: Any, path: Path, width: int = 1200) -> Any:
    page, _ = opened(browser, path, width=width)
    page.evaluate("for (const e of document.querySelectorAll('details')) e.open = true")
    return page


@pytest.mark.parametrize("name", PAGES)
def test_page__structure_can_be_walked(browser: Any, pages: dict[str, Path], name: str) -> None:
    page = unfolded(browser, pages[name])
    assert page.evaluate(OUTSIDE) == []
    found = page.evaluate(LANDMARKS)
    assert (found["main"], found["banner"], found["unnamed"], found["twins"]) == (1, 1, [], 0)
    assert found["contentinfo"] == (0 if name == "cohort" else 1)
    levels = page.evaluate(HEADINGS)
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(b <= a + 1 for a, b in pairwise(levels)), levels
    assert page.evaluate(TABLES) == []
    assert page.evaluate(NAMES) == []
    page.close()


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("name", PAGES)
def test_page__is_seen(browser: Any, pages: dict[str, Path], name: str, language: str) -> None:
    page = unfolded(browser, pages[name])
    speak(page, language)
    assert page.evaluate(CONTRAST) == []
    assert page.evaluate(EDGES) == []
    assert page.evaluate(SMALL) == []
    assert page.evaluate("document.documentElement.lang") == language and page.title().strip()
    page.close()


@pytest.mark.parametrize("name", PAGES)
def test_page__flows_on_a_narrow_screen_and_with_wide_words(browser: Any, pages: dict[str, Path], name: str) -> None:
    """1.4.10 asks for 320 pixels; 1.4.12 for wider words, in which nothing may be cut."""
    page = unfolded(browser, pages[name], width=320)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.add_style_tag(content=SPACING)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    cut = """() => [...document.querySelectorAll('body *')].filter(e => e.checkVisibility()
      && !e.closest('svg, .unseen, .answers thead') && getComputedStyle(e).overflowX === 'hidden'
      && e.scrollWidth > e.clientWidth + 1).map(e => e.outerHTML.slice(0, 80))"""
    assert page.evaluate(cut) == []
    page.close()


@pytest.mark.parametrize("key", ["Tab", "Shift+Tab"])
@pytest.mark.parametrize("name", ["melanoma", "amended", "cohort"])
def test_page__focus_goes_in_reading_order_and_is_seen(
    browser: Any, pages: dict[str, Path], name: str, key: str
) -> None:
    page = unfolded(browser, pages[name])
    assert page.locator("[tabindex]:not([tabindex='0']):not([tabindex='-1'])").count() == 0
    walked = []
    for _ in range(300):
        page.keyboard.press(key)
        state = page.evaluate(FOCUSED)
        if state is None or (walked and state["at"] == walked[0]["at"]):
            break
        walked.append(state)
    places = [state["at"] for state in walked]
    assert len(places) > 8 and places == sorted(places, reverse=key != "Tab")
    assert [state["what"] for state in walked if not state["ring"]] == []
    assert [state["what"] for state in walked if state["hidden"]] == []
    assert len(places) < 300  # no trap
    assert set(page.evaluate(CONTROLS)) <= set(places)
    page.close()


@pytest.mark.parametrize(
    ("rule", "harm"),
    [
        (CONTRAST, "document.querySelector('.note').style.color = '#aaa'"),
        (EDGES, "document.querySelector('#find-text').style.borderColor = '#ddd'"),
        (
            SMALL,
            "for (const b of document.querySelectorAll('.folds button')) b.style = 'all: unset; font-size: 3px'",
        ),
        (OUTSIDE, "document.body.append('lost')"),
        (TABLES, "document.querySelector('.answers th').removeAttribute('scope')"),
        (TABLES, "document.querySelector('.answers thead th').textContent = ''"),
        (
            TABLES,
            "document.querySelector('.negatives, .biomarkers').closest('section').removeAttribute('aria-labelledby')",
        ),
        (NAMES, "document.querySelector('svg.plot').removeAttribute('aria-label')"),
        (NAMES, "document.querySelector('label[for=find-text]').remove()"),
        (f"() => ({LANDMARKS})().unnamed", "document.querySelector('#qc-title').textContent = ''"),
    ],
)
def test_rules__see_what_they_are_for(browser: Any, reports: dict[str, Path], rule: str, harm: str) -> None:
    page = unfolded(browser, reports["melanoma"])
    assert page.evaluate(rule) == []
    page.evaluate(f"() => {{ {harm} }}")
    assert page.evaluate(rule) != []
    page.close()
