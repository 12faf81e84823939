"""Where a variant may come from, beside the tumor: the germline, an artefact, or the blood's own clones."""

from __future__ import annotations

import re

from oncopipe.data.findings import Origin
from oncopipe.data.variants import AnnotatedVariant
from oncopipe.knowledge.diseases import hematopoiesis_genes, tumor_types

_PLASMA = re.compile(r"plasma|cf-?dna|ct-?dna|liquid biopsy|cell-free", re.IGNORECASE)
_BLOOD_TISSUES = ("Myeloid", "Lymphoid")
# METHOD: molecules of a normal that make more than a misread base; one in a thousand bases is misread.
_LEAST_IN_NORMAL = 2


def origin_of(v: AnnotatedVariant) -> Origin | None:
    """The posterior that the caller gave; None where it gave none."""
    if v.origin is None:
        return None
    somatic, germline, artefact = v.origin
    return Origin(somatic=somatic, germline=germline, artefact=artefact)


def hematopoiesis_flags(
    v: AnnotatedVariant, *, has_normal: bool, specimen: str | None, code: str | None
) -> list[str]:
    """The caution that a variant may be a clone of the blood and none of the tumor.

    METHOD: a change of the protein of a gene of clonal hematopoiesis where blood may be what was sequenced: in plasma;
    without a normal, since blood cells are in every tissue; and where molecules of the normal, commonly blood, show it as
    well. Not in a tumor of the blood, where the gene is the tumor's own.
    """
    effect = v.effect
    if effect is None or effect.gene not in hematopoiesis_genes() or not effect.changes_protein:
        return []
    tumor_type = tumor_types().get(code or "")
    if tumor_type is not None and tumor_type.tissue in _BLOOD_TISSUES:
        return []
    if v.normal is not None and v.normal.alternate >= _LEAST_IN_NORMAL:
        return [
            f"possible clonal hematopoiesis: {v.normal.alternate} of {v.normal.depth} molecules of the normal show it"
        ]
    if _PLASMA.search(specimen or ""):
        return ["possible clonal hematopoiesis: the specimen is plasma"]
    return [] if has_normal else ["possible clonal hematopoiesis: no normal"]
