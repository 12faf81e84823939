"""The list of formats: a new one is its file in this room and its line here."""

from __future__ import annotations

from oncopipe.exports import cbioportal, fhir, maf, oncokb, pcgr, phenopacket, vrs, xlsx
from oncopipe.exports.shape import Format

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
