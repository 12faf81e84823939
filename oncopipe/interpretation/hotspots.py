"""Hotspots of a tumor: residues that are substituted again and again in tumors of its tissue."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping

from oncopipe.interpretation.references import References, Residue
from oncopipe.knowledge.diseases import tumor_types

# METHOD: as many samples as the oncogenicity standard asks of a strong hotspot (OS3), ten of them of this tissue, and mostly
# substitutions: hotspots of stops are told by the suppressor's exons.
MIN_SAMPLES, MIN_OF_TISSUE = 50, 10
# OncoTree's tissues in the words of cancerhotspots.org; the others differ in case and spaces alone.
_TISSUES = {
    "CNS/Brain": ("brain",),
    "Head and Neck": ("head_neck",),
    "Myeloid": ("blood",),
    "Lymphoid": ("blood", "lymph"),
    "Ovary/Fallopian Tube": ("ovary",),
    "Esophagus/Stomach": ("stomach",),
    "Bladder/Urinary Tract": ("bladder",),
    "Vulva/Vagina": ("vulva",),
}


def hotspots_of(references: References, code: str | None) -> dict[str, frozenset[str]]:
    """By gene, the hotspot residues of a tumor with this OncoTree code; none without a code or a table of hotspots."""
    tumor = tumor_types().get(code or "")
    if tumor is None:
        return {}
    words = words_of_tissue(tumor.tissue)
    return _by_gene(references, lambda residue: sum(residue.tumor_types.get(word, 0) for word in words))


def words_of_tissue(tissue: str) -> tuple[str, ...]:
    """OncoTree's tissue in the words of cancerhotspots.org.

    >>> words_of_tissue("Soft Tissue"), words_of_tissue("CNS/Brain")
    (('soft_tissue',), ('brain',))
    """
    return _TISSUES.get(tissue, (tissue.lower().replace(" ", "_"),))


def all_hotspots(references: References) -> dict[str, frozenset[str]]:
    """By gene, the hotspot residues of any tissue."""
    return _by_gene(references, lambda residue: max(residue.tumor_types.values(), default=0))


def _by_gene(references: References, count: Callable[[Residue], int]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for (gene, residue), hotspot in (references.hotspots or {}).items():
        if hotspot.n_samples >= MIN_SAMPLES and _is_substituted(hotspot.changes) and count(hotspot) >= MIN_OF_TISSUE:
            found[gene].add(residue)
    return {gene: frozenset(residues) for gene, residues in sorted(found.items())}


def _is_substituted(changes: Mapping[str, int]) -> bool:
    return 2 * changes.get("*", 0) < sum(changes.values())
