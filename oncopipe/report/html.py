"""Content to one self-contained HTML file. Every text from a file is escaped, cleaned and isolated here."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from oncopipe.data.findings import Findings
from oncopipe.io.output import whole_file
from oncopipe.report import texts
from oncopipe.report.content import Content, content_of, metric_value
from oncopipe.report.rows import therapy_columns
from oncopipe.report.therapies import evidence_name, therapy_name

# No script, no request: whatever a name might smuggle in has nothing to run on and nowhere to go.
CONTENT_SECURITY_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
MAX_TEXT = 400  # characters of one text from a file
_UNPRINTABLE = frozenset({"Cc", "Cs", "Co", "Cn"})
# Overrides and isolates: they can make one name look like another. Right-to-left letters need none of them.
_DIRECTION = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_CHUNK = 200


def write_report(findings: Findings, path: Path | str) -> None:
    """The report of one tumor sample as one HTML file that needs no network. The same findings give the same bytes.

    Raises: OutputError when the file cannot be written.
    """
    render_to("report.html", path, content=content_of(findings))


def render_to(template: str, path: Path | str, **values: Any) -> None:
    """Write a template's text whole, in chunks, so that a long table is never in memory as text."""
    stream = environment().get_template(template).stream(**values)
    stream.enable_buffering(_CHUNK)
    with whole_file(path) as part, part.open("wb") as file:
        for chunk in stream:
            file.write(chunk.encode("utf-8"))


def environment() -> Environment:
    """The template environment: escaping always on, unknown names are errors, texts cleaned on their way out."""
    made = Environment(
        loader=PackageLoader("oncopipe.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=clean,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(texts=texts, csp=CONTENT_SECURITY_POLICY, running_footer=_running_footer)
    made.filters.update(
        foreign=foreign,
        metric_value=metric_value,
        evidence_name=evidence_name,
        therapy_name=therapy_name,
        therapy_columns=therapy_columns,
    )
    return made


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


def css_string(value: str) -> Markup:
    """A text as a CSS string in which nothing but letters, digits and '._-' stands unescaped."""
    body = re.sub(r"[^A-Za-z0-9._-]", lambda m: f"\\{ord(m.group()):06x} ", clean(value))
    return Markup(f'"{body}"')  # noqa: S704 - the line above leaves no character that HTML or CSS could act on


def _running_footer(content: Content) -> Markup:
    """Two identifiers and what data the page speaks of, for the foot of each printed page."""
    ids = [f"{label} {value}" for label, value in content.identifiers[:2]]
    return css_string(" · ".join([*ids, f"findings {content.digest[:12]}"]))


def _is_text(character: str) -> bool:
    is_trick = character in _DIRECTION or unicodedata.category(character) in _UNPRINTABLE
    return character in "\n\t" or not is_trick
