"""The options with which calls were made, as their VCF records them."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from oncopipe.io.vcf_lines import VcfText
from oncopipe.options import CallOptions


def options_of_calls(path: Path | None) -> CallOptions:
    """The options of `##oncopipe_options`; the defaults where there is no such line, or one of another release."""
    if path is None:
        return CallOptions()
    with VcfText(path) as vcf:
        text = vcf.header.value("oncopipe_options") or ""
    pairs = dict(part.split("=", 1) for part in text.split(",") if "=" in part)
    known = {key: value for key, value in pairs.items() if key in CallOptions.model_fields and value != "None"}
    try:
        return CallOptions.model_validate(known)
    except ValidationError:
        return CallOptions()
