"""What is published from the option models: JSON schemas of configuration and sheet, and the page of all options."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from oncopipe.data.config import Config
from oncopipe.data.sheet_checks import ALLOWED_VALUES, ID_PATTERN, MAX_ID_LENGTH
from oncopipe.data.sheet_rows import COLUMNS, KEY_COLUMNS

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_MEANING = {
    "patient": "whom the sample is from",
    "sample": "id of the sample; rows with the same id are lanes of one sample",
    "role": "tumor or normal; a patient without a normal runs tumor-only",
    "fastq_1": "first reads of a lane",
    "fastq_2": "second reads of a lane",
    "bam": "BAM or CRAM in place of FASTQ, sorted by coordinate",
    "external_id": "the laboratory's own id, printed on the report",
    "diagnosis": "OncoTree code",
    "sex": "compared with the reads",
    "purity": "tumor content by pathology, a fraction",
    "timepoint": "e.g. primary, relapse",
    "specimen": "e.g. FFPE biopsy, liver",
    "assay": "e.g. the panel's name",
    "collected": "YYYY-MM-DD",
    "received": "YYYY-MM-DD",
    "reported": "YYYY-MM-DD; printed as the report's date",
    "germline_consent": "may germline findings be told",
    "previous": "findings.json of the patient's last report, of another run",
}


def config_schema() -> dict[str, Any]:
    """The JSON schema of `config.yaml`, for editors and other programs."""
    return {"$schema": _DRAFT, **Config.model_json_schema()}


def sheet_schema() -> dict[str, Any]:
    """The JSON schema of one row of the sample sheet. What it cannot say (one normal a patient) `preflight` checks."""
    properties: dict[str, dict[str, Any]] = {}
    for column in COLUMNS:
        entry: dict[str, Any] = {"type": "string", "description": _MEANING[column]}
        if column in ("patient", "sample"):
            entry |= {"pattern": f"^{ID_PATTERN}$", "maxLength": MAX_ID_LENGTH}
        if column in ALLOWED_VALUES:
            entry["enum"] = [*ALLOWED_VALUES[column], *([] if column in KEY_COLUMNS else [""])]
        properties[column] = entry
    return {
        "$schema": _DRAFT,
        "title": "Row of the sample sheet",
        "type": "object",
        "properties": properties,
        "required": list(KEY_COLUMNS[:3]),
        "additionalProperties": False,
    }


def options_page() -> str:
    """`docs/options.md`: every key of the configuration with its default, its range and its meaning."""
    lines = [
        "# All options",
        "",
        "Written from the option models by `scripts/write_published.py`; a test fails when it is stale. A key of a",
        "section is also a flag of its verb: `call: {min_base_quality: 20}` is `oncopipe call ... --min-base-quality 20`.",
    ]
    sections: list[tuple[str, type[BaseModel]]] = [("config.yaml", Config)]
    sections += [(name, model) for name, field in Config.model_fields.items() if (model := _model(field))]
    for name, model in sections:
        lines += ["", f"## {name}", "", " ".join((model.__doc__ or "").split()), ""]
        lines += ["| key | default | allowed | meaning |", "|---|---|---|---|", *_rows(model)]
    return "\n".join(lines) + "\n"


def _rows(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        if _model(field):
            continue
        default = "needed" if field.is_required() else _shown(field.default)
        yield f"| `{name}` | {default} | {_allowed(field)} | {(field.description or '').replace('|', '/')} |"


def _model(field: FieldInfo) -> type[BaseModel] | None:
    kind = field.annotation
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _shown(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{list(value) if isinstance(value, tuple) else value}`"


def _allowed(field: FieldInfo) -> str:
    """A field's values in words: names, or bounds."""
    kinds = [field.annotation, *get_args(field.annotation)]
    names = [str(name) for kind in kinds if str(get_origin(kind)) == "typing.Literal" for name in get_args(kind)]
    signs = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}
    bounds = [
        f"{word} {getattr(rule, sign)}"
        for rule in field.metadata
        for sign, word in signs.items()
        if hasattr(rule, sign)
    ]
    return ", ".join(f"`{name}`" for name in names) or ", ".join(bounds) or "true, false" * (field.annotation is bool)
