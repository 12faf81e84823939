"""JSON that is the same for the same input, and harmless where it is pasted into a page."""

from __future__ import annotations

import json
from typing import Any

from oncopipe.exports.tables import plain_text

# Valid JSON escapes, so that no text can end a script element or hide a line end from a JavaScript reader.
_ESCAPES = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}


def json_line(value: Any) -> str:
    """The value as JSON on one line, in the order of its keys, without a line end: for what is written piece by piece.

    >>> json_line({"b": "<b>", "a": [1]})
    '{"b": "\\\\u003cb\\\\u003e", "a": [1]}'
    """
    return json.dumps(value, ensure_ascii=False, allow_nan=False).translate(_ESCAPES)


def clean(value: Any) -> Any:
    """The value with text on one line and without what is empty, as FHIR and Phenopackets want it.

    >>> clean({"a": None, "b": [], "c": "x\ty", "d": [{"e": ""}, 0, False]})
    {'c': 'x y', 'd': [0, False]}
    """
    if isinstance(value, str):
        return plain_text(value)
    if isinstance(value, dict):
        kept = {key: clean(inner) for key, inner in value.items()}
        return {key: inner for key, inner in kept.items() if not _is_empty(inner)}
    if isinstance(value, (list, tuple)):
        return [inner for inner in map(clean, value) if not _is_empty(inner)]
    return value


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, (str, list, dict)) and not value)
