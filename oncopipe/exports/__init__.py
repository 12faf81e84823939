"""Findings to the files that other systems read. A format is one file here and one line in `FORMATS`."""

from oncopipe.exports import cbioportal, fhir, maf, oncokb, pcgr, phenopacket, vrs, xlsx
from oncopipe.exports.shape import Batch, Format, findings_below

FORMATS: tuple[Format, ...] = (
    maf.FORMAT,
    cbioportal.FORMAT,
    fhir.FORMAT,
    pcgr.FORMAT,
    oncokb.FORMAT,
    phenopacket.FORMAT,
    vrs.FORMAT,
    xlsx.FORMAT,
)

__all__ = ["FORMATS", "Batch", "Format", "findings_below"]
