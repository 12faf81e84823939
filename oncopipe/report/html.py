"""Content to one self-contained HTML file. Every text from a file is escaped, cleaned and isolated here."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import unicodedata
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from oncopipe.data.findings import Findings
from oncopipe.io.findings_stream import FindingsFile
from oncopipe.io.output import whole_file, write_text
from oncopipe.report.catalogue import PRIMARY, Text, check_language, languages, recognize, text, values_json, words
from oncopipe.report.content import GLOSSARY, MAX_COURSES, MAX_PROFILES, MAX_SINCE, Beside, content_of
from oncopipe.report.figures import percent
from oncopipe.report.outline import standalone_svg
from oncopipe.report.page_one import MAX_BIOMARKERS, MAX_NEGATIVES, metric_value, threshold
from oncopipe.report.rows import therapy_columns
from oncopipe.report.selection import InMemory, Source
from oncopipe.report.therapies import RESISTANT, evidence_name, therapy_name

MAX_TEXT = 400  # characters of one text from a file
_UNPRINTABLE = frozenset({"Cc", "Cs", "Co", "Cn"})
# Overrides, isolates and what has no width: they can make one name look like another. No script needs them; joiners stay.
_TRICKS = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u00ad\u200b\u2060\u2061"
                    "\u2062\u2063\u2064\ufeff") | frozenset(map(chr, range(0xE0000, 0xE0080)))  # fmt: skip
_CHUNK = 200
_PATH = re.compile(r"[MHVLZmhvlz0-9 .-]*")
_WORDS = re.compile(r"[A-Za-z]{2,} [A-Za-z]{2,}| [a-z]{3,} ")
_HOLE = re.compile(r"\{(\w+)\}")
_SCRIPT_KEYS = ("page.page", "page.of", "find.count", "find.sort", "language.name")


def write_report(
    findings: Findings | FindingsFile,
    path: Path | str,
    *,
    language: str = PRIMARY,
    beside: Beside | None = None,
    plot: Path | str | None = None,
) -> None:
    """The report of one tumor sample as one HTML file that needs no network. The same findings give the same bytes.

    `language` is the one that the page opens in; it holds all of the catalogue. `plot`: its VAF plot as SVG.
    Raises: OutputError when the file cannot be written; ConfigError when there is no such language.
    """
    check_language(language)
    content = content_of(source_of(findings), beside)
    render_to("report.html", path, language=language, content=content)
    if plot is not None:
        write_figure("vaf_plot.html", plot, content=content)


def write_figure(template: str, path: Path | str, **values: Any) -> None:
    """Write a figure of a page as an SVG file of its own."""
    html = environment().get_template(template).render(**values)
    write_text(path, standalone_svg(html, figure_style()))


def figure_style() -> str:
    """The CSS of all figures."""
    return (files("oncopipe.report") / "templates" / "figures.css").read_text(encoding="utf-8")


def source_of(findings: Findings | FindingsFile) -> Source:
    """Findings in memory or on disk, as a report reads them."""
    return findings if isinstance(findings, FindingsFile) else InMemory(findings)


def render_to(template: str, path: Path | str, *, language: str = PRIMARY, **values: Any) -> None:
    """Write a template's text whole, in chunks, so that a long table is never in memory as text."""
    stream = environment(language).get_template(template).stream(**values)
    stream.enable_buffering(_CHUNK)
    with whole_file(path) as part, part.open("wb") as file:
        for chunk in stream:
            file.write(chunk.encode("utf-8"))


def environment(language: str = PRIMARY) -> Environment:
    """The template environment: escaping always on, unknown names are errors, texts cleaned on their way out."""
    speaker = Speaker(language)
    made = Environment(
        loader=PackageLoader("oncopipe.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=speaker.shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(
        t=text,
        language=language,
        languages={code: known["language.name"] for code, known in languages().items()},
        label=speaker.label,
        said_in=speaker.attributes,
        words=speaker.words,
        catalogue_json=speaker.catalogue_json,
        script=_script(),
        csp=content_security_policy(),
        css_string=css_string,
        max_since=MAX_SINCE,
        max_courses=MAX_COURSES,
        max_profiles=MAX_PROFILES,
        max_negatives=MAX_NEGATIVES,
        max_biomarkers=MAX_BIOMARKERS,
        glossary=GLOSSARY,
        resistant=RESISTANT,
    )
    made.filters.update(
        foreign=foreign,
        drawing=drawing,
        brief=speaker.brief,
        percent=percent,
        said=speaker.said,
        metric_value=metric_value,
        threshold=threshold,
        evidence_name=evidence_name,
        therapy_name=therapy_name,
        therapy_columns=therapy_columns,
    )
    return made


def content_security_policy() -> str:
    """No request, and no script but the page's own, known by its hash: what a name smuggles in cannot run."""
    digest = base64.b64encode(hashlib.sha256(_script().encode("utf-8")).digest()).decode("ascii")
    return (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; "
        "base-uri 'none'; form-action 'none'"
    )


class Speaker:
    """Says texts in the language that a page opens in, and marks them so that the page's script can say them in others."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._used: set[str] = set(_SCRIPT_KEYS)

    def shown(self, value: Any) -> Any:
        """What stands on the page for a value of a template."""
        if isinstance(value, Text):
            return Markup("<span{}>{}</span>").format(self.attributes(value), self._inner(value))
        return clean(value)

    def said(self, value: str | Text, limit: int = MAX_TEXT) -> Markup:
        """A text from a file in the reader's language where the catalogue knows it, else as it is, isolated."""
        known = recognize(value) if isinstance(value, str) else value
        if known is None:
            # Sentences of other stages are English; a reader aloud must know (WCAG 2.2, 3.1.2).
            is_english = str(value).isascii() and _WORDS.search(str(value)) is not None
            return (
                Markup('<bdi lang="en">{}</bdi>').format(clean(value, limit)) if is_english else foreign(value, limit)
            )
        made: Markup = self.shown(known)
        return made

    def brief(self, value: str, limit: int) -> Markup:
        """A text by its beginning, for page one; it stands in full on the pages behind."""
        if len(value) <= limit:
            return self.said(value)
        return self.said(f"{value[: limit - 1].rstrip(' ,;(')}…")

    def attributes(self, said: Text) -> Markup:
        """The marks of a text, for an element that holds nothing else."""
        said = self._note(said)
        values = Markup(' data-v="{}"').format(values_json(said)) if said.values else Markup("")
        return Markup(' data-t="{}"{}').format(said.key, values)

    def label(self, attribute: str, said: Text) -> Markup:
        """An attribute with a text, marked. One of an element."""
        said = self._note(said)
        values = Markup(' data-lv="{}"').format(values_json(said)) if said.values else Markup("")
        shown = words(said, self.language)
        return Markup(' {}="{}" data-l="{}" data-la="{}"{}').format(attribute, shown, said.key, attribute, values)

    def words(self, said: Text | str) -> str:
        """A text in words, for where no mark can stand."""
        return str(clean(words(said, self.language)))

    def catalogue_json(self) -> Markup:
        """The texts that the page has used, in all languages, as JSON that closes no script."""
        used = {code: {k: known[k] for k in sorted(self._used)} for code, known in languages().items()}
        body = json.dumps(used, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
        return Markup(body)  # noqa: S704 - texts of our own files, and no "<" is left

    def _note(self, said: Text) -> Text:
        """The text with its values cleaned; its keys are remembered for the page's catalogue."""
        values = []
        for name, value in said.values:
            known = recognize(value) if isinstance(value, str) else value
            values.append((name, clean(value) if known is None else self._note(known)))
        self._used.add(said.key)
        return Text(said.key, tuple(values))

    def _inner(self, said: Text) -> Markup:
        """Words with their values, those from files isolated where their direction may differ."""
        values = dict(said.values)
        parts = _HOLE.split(languages()[self.language][said.key])
        return Markup("").join(
            self._value(values[part]) if i % 2 else escape(part) for i, part in enumerate(parts) if part
        )

    def _value(self, value: str | Text) -> Markup:
        known = recognize(value) if isinstance(value, str) else value
        if known is not None:
            return self._inner(known)
        return escape(clean(value)) if str(value).isascii() else foreign(value)


def clean(value: Any, limit: int = MAX_TEXT) -> Any:
    """A value for the page: characters that are no text become U+FFFD, very long texts are cut and say so."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    if not value.isprintable():
        value = "".join(c if _is_text(c) else "\ufffd" for c in value)
    return value if len(value) <= limit else f"{value[:limit]}… ({len(value):,} characters)"


def foreign(value: Any, limit: int = MAX_TEXT) -> Markup:
    """A text from a file, isolated so that its writing direction does not reorder what stands around it."""
    return Markup("<bdi>{}</bdi>").format(clean(str(value), limit))


def drawing(path: str) -> Markup:
    """The path of a figure, whole whatever its length. Raises: ValueError when it is anything but a path."""
    if not _PATH.fullmatch(path):
        raise ValueError("this is no path of a figure")
    return Markup(path)  # noqa: S704 - the line above leaves nothing that HTML could act on


def css_string(value: str) -> Markup:
    """A text as a CSS string in which nothing but letters, digits and '._-' stands unescaped."""
    body = re.sub(r"[^A-Za-z0-9._-]", lambda m: f"\\{ord(m.group()):06x} ", clean(value))
    return Markup(f'"{body}"')  # noqa: S704 - the line above leaves no character that HTML or CSS could act on


def _script() -> Markup:
    source = files("oncopipe.report") / "templates" / "report.js"
    return Markup(source.read_text(encoding="utf-8").rstrip("\n"))  # noqa: S704 - a file of our own


def _is_text(character: str) -> bool:
    is_trick = character in _TRICKS or unicodedata.category(character) in _UNPRINTABLE
    return character in "\n\t" or not is_trick
