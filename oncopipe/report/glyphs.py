"""Which characters no font at hand can draw: a printed box must not pass for a letter."""

from __future__ import annotations

import json
import re
import tempfile
import unicodedata
from collections.abc import Iterable
from pathlib import Path

# What Typst's own fonts hold: Latin with its supplements, Greek, Cyrillic. Asking costs a compilation.
_HELD = re.compile("[\n\t\u0020-\u024f\u0391-\u03c9\u0400-\u045f\u2010-\u2026]")
_NOBODYS = "\u0378"  # assigned to nothing, so that no font has it
_PROBE = """#set page(width: 20pt, height: 20pt, margin: 0pt)
#set text(font: ("Libertinus Serif", "DejaVu Sans", "DejaVu Sans Mono"), size: 10pt)
#for c in json("characters.json") { page(text(c)) }
"""
_GLYPH = re.compile(r'href="#(g[0-9A-F]+)"')
MAX_NAMED = 5


def missing_characters(text: str) -> list[str]:
    """The characters of a text for which Typst finds no glyph in its own fonts or this machine's, in code point order.

    Method: each is set on a page of its own, and one that nothing is assigned to; what is drawn like the latter is missing.
    """
    asked = sorted(c for c in set(text) if not _HELD.fullmatch(c) and unicodedata.category(c)[0] not in "CZ")
    if not asked:
        return []
    drawn = _drawn([_NOBODYS, *asked])
    return [c for c, glyphs in zip(asked, drawn[1:], strict=True) if set(glyphs) & set(drawn[0])]


def kinds_of(characters: Iterable[str]) -> str:
    """Characters in words that name no patient: of which scripts they are, and how many.

    >>> kinds_of("黑色メ🧬")
    'cjk (2), katakana (1), symbol (1)'
    """
    counts: dict[str, int] = {}
    for character in characters:
        is_symbol = unicodedata.category(character).startswith("S")
        kind = "symbol" if is_symbol else unicodedata.name(character, "unnamed").split()[0].lower()
        counts[kind] = counts.get(kind, 0) + 1
    shown = [f"{kind} ({n})" for kind, n in list(counts.items())[:MAX_NAMED]]
    return ", ".join(shown) + (", …" if len(counts) > MAX_NAMED else "")


def _drawn(characters: list[str]) -> list[list[str]]:
    """The names of the glyphs that draw each character, as an SVG page names them."""
    import typst

    with tempfile.TemporaryDirectory(prefix="oncopipe-glyphs-") as folder:
        (Path(folder) / "characters.json").write_text(json.dumps(characters), encoding="utf-8")
        (Path(folder) / "main.typ").write_text(_PROBE, encoding="utf-8")
        pages = typst.compile(str(Path(folder) / "main.typ"), root=folder, format="svg")
    made = pages if isinstance(pages, list) else [pages]
    return [_GLYPH.findall(page.decode("utf-8")) for page in made]
