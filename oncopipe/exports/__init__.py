"""Findings to the files that other systems read. A format is one file here and one line in `FORMATS`."""

from oncopipe.exports import cbioportal, maf, oncokb, pcgr, vrs
from oncopipe.exports.shape import Batch, Format, findings_below

FORMATS: tuple[Format, ...] = (
    maf.FORMAT,
    cbioportal.FORMAT,
    pcgr.FORMAT,
    oncokb.FORMAT,
    vrs.FORMAT,
)

__all__ = ["FORMATS", "Batch", "Format", "findings_below"]
