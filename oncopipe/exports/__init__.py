"""Findings to the files that other systems read. A format is one file here and one line in `formats.py`."""

from oncopipe.exports.formats import FORMATS
from oncopipe.exports.shape import Batch, Format, findings_below

__all__ = ["FORMATS", "Batch", "Format", "findings_below"]
