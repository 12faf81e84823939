"""Findings to the files that other systems read. A format is one file here and one line in `FORMATS`."""

from oncopipe.exports import cbioportal, maf
from oncopipe.exports.shape import Batch, Format, findings_below

FORMATS: tuple[Format, ...] = (
    maf.FORMAT,
    cbioportal.FORMAT,
)

__all__ = ["FORMATS", "Batch", "Format", "findings_below"]
