"""Letters stand out from their ground: WCAG 2.2 AA, by the contrast ratios of the colors in the style sheets."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import oncopipe.report

TEMPLATES = Path(oncopipe.report.__file__).parent / "templates"
PAGE, FIGURES = (TEMPLATES / "style.css").read_text(), (TEMPLATES / "figures.css").read_text()
NAMED = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6})", PAGE))


def light(color: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    digits = color.removeprefix("#")
    digits = "".join(2 * d for d in digits) if len(digits) == 3 else digits
    linear = [
        v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4
        for v in (int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    brighter, darker = sorted((light(one), light(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def fill(selector: str) -> str:
    """The fill that the figures' style gives a selector."""
    found = re.search(rf"(?:^|[}},]\s*){re.escape(selector)}(?:,[^{{]*)? {{[^}}]*?fill: (#[0-9a-f]+)", FIGURES, re.M)
    assert found is not None, selector
    return found[1]


def test_contrast__is_that_of_the_standard() -> None:
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#fff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("ink", ["ink", "muted", "go", "care", "stop", "other", "resist", "lead"])
@pytest.mark.parametrize("ground", ["paper", *(name for name in NAMED if name.endswith("wash"))])
def test_page__every_ink_is_legible_on_every_ground(ink: str, ground: str) -> None:
    assert contrast(NAMED[ink], NAMED[ground]) >= 4.5


GROUNDS = [".stack .read", ".stack .carries .read", ".stack rect.site"]


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("letters", [".stack text", ".stack text.reference", ".stack text.low"])
def test_reads__letters_are_legible_on_reads_and_site(letters: str, ground: str) -> None:
    assert contrast(fill(letters), fill(ground)) >= 4.5


def test_figures__letters_are_legible() -> None:
    assert contrast(fill(".stack text.difference"), fill(".stack rect.difference")) >= 4.5
    assert contrast(fill(".stack text.difference.low"), fill(".stack rect.difference.low")) >= 4.5
    for kind in ("truncating", "splice", "missense", "inframe", "other"):
        assert contrast(fill(".oncoplot text"), fill(f".{kind}")) >= 4.5
        assert contrast("#fff", fill(f".oncoplot .{kind}.decisive")) >= 4.5
    for letters in (".plot text", ".oncoplot .n", ".plot .value", ".depths text", ".depths .value", ".course text"):
        assert contrast(fill(letters), "#fff") >= 4.5


def test_figures__what_is_decisive_stands_out_from_the_ground() -> None:
    for kind in ("truncating", "splice", "missense", "inframe", "other"):
        assert contrast(fill(f".oncoplot .{kind}.decisive"), fill(".oncoplot .ground")) >= 3  # 1.4.11
    for mark in (".plot circle", ".course circle", ".depths rect"):
        assert contrast(fill(mark), "#fff") >= 3
    for outline in ("#52606d", "#8a5300"):  # of open marks: absent, unseen sites, normal
        assert contrast(outline, "#fff") >= 3
