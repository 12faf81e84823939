"""Calls to names: consequence, HGVS, population frequency."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from oncopipe.annotation.annotator import annotate

__all__ = ["annotate"]


def __getattr__(name: str) -> Any:
    """`oncopipe.annotation.annotate`, loaded on first use: it opens files with pysam."""
    if name == "annotate":
        from importlib import import_module

        return import_module("oncopipe.annotation.annotator").annotate
    raise AttributeError(name)
