"""The filters, one file each with one record: name, what it says in the VCF, and the rows that it fails.

Names are Mutect2's where the meaning is the same. Adding one is adding a file and a line to FILTERS; the VCF header
follows. The first seven say which hypothesis outweighs somatic, and of artefacts which look; the others look at one thing each.
"""

from __future__ import annotations

from oncopipe.calling.filters import (
    base_qual,
    clustered_events,
    contamination,
    duplicate,
    excess_mismatch,
    germline,
    haplotype,
    map_qual,
    multiallelic,
    normal_artifact,
    orientation,
    panel_of_normals,
    position,
    slippage,
    strand_bias,
    weak_evidence,
)
from oncopipe.calling.filters.record import Filter, Judged

__all__ = ["FILTERS", "Filter", "Judged"]

FILTERS: tuple[Filter, ...] = (
    weak_evidence.FILTER,
    slippage.FILTER,
    germline.FILTER,
    normal_artifact.FILTER,
    position.FILTER,
    excess_mismatch.FILTER,
    orientation.FILTER,
    base_qual.FILTER,
    map_qual.FILTER,
    strand_bias.FILTER,
    duplicate.FILTER,
    multiallelic.FILTER,
    haplotype.FILTER,
    clustered_events.FILTER,
    panel_of_normals.FILTER,
    contamination.FILTER,
)
