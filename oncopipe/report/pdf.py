"""The report as a PDF: the very content of its HTML, set by Typst.

Texts reach Typst as strings of a JSON file, which it never reads as markup: a name that is a Typst command is a name.
"""

from __future__ import annotations

import json
import tempfile
from importlib.resources import files
from pathlib import Path

from oncopipe.data.findings import Findings
from oncopipe.errors import ConfigError, OncoPipeError
from oncopipe.io.findings_stream import FindingsFile
from oncopipe.io.output import whole_file
from oncopipe.report.catalogue import PRIMARY, check_language, languages, text, words
from oncopipe.report.content import Beside, content_of
from oncopipe.report.glyphs import kinds_of, missing_characters
from oncopipe.report.html import clean, environment, figure_style, source_of
from oncopipe.report.outline import outline_of

_TEMPLATES = files("oncopipe.report") / "templates"


def write_pdf(
    findings: Findings | FindingsFile, path: Path | str, *, language: str = PRIMARY, beside: Beside | None = None
) -> list[str]:
    """The report of one tumor sample as PDF, in one language. The same findings and fonts give the same bytes.

    Every page has two identifiers, the beginning of the findings' sha256, and its number of all. Gives back the
    characters that no font at hand can draw; the first page says which boxes stand for them.

    Raises: ConfigError without Typst, or when there is no such language; OutputError.
    """
    check_language(language)
    try:
        import typst
    except ModuleNotFoundError as error:
        raise ConfigError("Typst is not installed, and a PDF needs it", fix="pip install 'oncopipe[pdf]'") from error
    content = content_of(source_of(findings), beside)
    html = environment(language).get_template("report.html").render(content=content)
    identity = content.findings.identity
    data = {
        "language": language,
        "title": clean(words(text("page.title", patient=identity.patient, sample=identity.sample), language)),
        "footer": clean(content.running_footer),
        "page": languages()[language]["page.page"],
        "of": languages()[language]["page.of"],
        "blocks": outline_of(html, figure_style()),
    }
    missing = missing_characters(json.dumps(data, ensure_ascii=False))
    lacking = text("page.lacking", kinds=kinds_of(missing))
    data["lacking"] = words(lacking, language) if missing else None
    with whole_file(path) as part, tempfile.TemporaryDirectory(prefix="oncopipe-pdf-") as folder:
        (Path(folder) / "data.json").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
        (Path(folder) / "main.typ").write_bytes((_TEMPLATES / "report.typ").read_bytes())
        try:
            part.write_bytes(typst.compile(str(Path(folder) / "main.typ"), root=folder))
        except typst.TypstError as error:
            raise OncoPipeError(f"the PDF could not be set: {error}", where=str(path)) from error
    return missing
