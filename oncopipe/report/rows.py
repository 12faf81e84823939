"""A variant to the row that speaks of it: names, counts, cautions, therapies."""

from __future__ import annotations

from dataclasses import dataclass

from oncopipe.data.findings import Evidence, Phase, Support, Tier, Variant
from oncopipe.report.catalogue import Text, text
from oncopipe.report.figures import Bar, percent, vaf_bar, vaf_interval
from oncopipe.report.therapies import Conflict, TherapyLine, besides, conflicts, evidence_order, therapy_lines

MAX_EVIDENCE = 60  # rows of one variant's evidence table
# Columns of the answer table: kind, what it shows, lines of a cell; one less in a table of more than FEW_ROWS rows.
COLUMNS = (
    ("this_tumor", ("this_tumor",), 3),
    ("other_tumor", ("other_tumor", "unknown"), 3),
    ("resistance", ("resistance",), 3),
)
FEW_ROWS = 3
MAX_BESIDES = 2  # sentences on evidence other than of therapies, on page one
IMPACT_RANK = {"HIGH": 0, "MODERATE": 1, "LOW": 2, "MODIFIER": 3}
MAX_ALLELE = 12  # bases of an allele that are spelled out
CHROMOSOME_ORDER = {name: i for i, name in enumerate([*map(str, range(1, 23)), "X", "Y", "M", "MT"])}


@dataclass(frozen=True)
class TherapyCell:
    """The therapy lines of one column of the answer table."""

    kind: str
    lines: tuple[TherapyLine, ...]
    n_more: int


@dataclass(frozen=True)
class Row:
    """One variant as the report shows it."""

    variant: Variant
    key: str
    name: str  # gene and protein change, or what stands in for it
    gene: str | Text
    protein: str
    place: str  # chr7:140453136 A>T
    consequence: tuple[str | Text, ...]
    tier: str  # I-A
    vaf: str
    vaf_point: str
    vaf_interval: str
    counts: str
    bar: Bar
    normal: str | None
    therapies: tuple[TherapyLine, ...]
    besides: tuple[Text, ...]  # prognostic, diagnostic and other evidence on this tumor
    n_more_besides: int
    evidence: tuple[Evidence, ...]
    n_more_evidence: int
    cautions: tuple[str | Text, ...]  # of the variant, and where evidence for this tumor disagrees
    all_cautions: tuple[str | Text, ...]  # with disagreement on other tumors
    has_unchecked: bool


def row_of(variant: Variant) -> Row:
    """The row of one variant."""
    gene, protein = variant.gene or text("variants.no_gene"), _protein(variant)
    point, interval = percent(variant.tumor.vaf), vaf_interval(variant.tumor)
    evidence = sorted(variant.evidence, key=evidence_order)
    others = besides(evidence)
    near = [said.words for said in others if said.match != "other_tumor"][:MAX_BESIDES]
    disagreeing = conflicts(evidence)
    return Row(
        variant=variant,
        key=key_of(variant),
        name=name_of(variant),
        gene=gene,
        protein=protein,
        place=_place(variant),
        consequence=tuple(term.replace("_", " ") for term in variant.consequence)
        or (text("variants.not_annotated"),),
        tier=tier_of(variant),
        vaf=f"{point} ({interval})",
        vaf_point=point,
        vaf_interval=interval,
        counts=_counts(variant.tumor),
        bar=vaf_bar(variant.tumor),
        normal=None if variant.normal is None else f"{_counts(variant.normal)} ({percent(variant.normal.vaf)})",
        therapies=tuple(therapy_lines(evidence)),
        besides=tuple(near),
        n_more_besides=len(others) - len(near),
        evidence=tuple(evidence[:MAX_EVIDENCE]),
        n_more_evidence=max(0, len(evidence) - MAX_EVIDENCE),
        cautions=_cautions(variant, [c for c in disagreeing if c.match != "other_tumor"]),
        all_cautions=_cautions(variant, disagreeing),
        has_unchecked=any(not item.checked for item in evidence),
    )


def key_of(variant: Variant) -> str:
    """Place and alleles in full: no two variants share it."""
    return f"{variant.chromosome}:{variant.position} {variant.reference}>{variant.alternate}"


def name_of(variant: Variant) -> str:
    """Gene and protein change, or what stands in for them."""
    return f"{variant.gene} {_protein(variant)}" if variant.gene else _place(variant)


def tier_of(variant: Variant) -> str:
    """Tier and level of a variant: I-A."""
    return grade(variant.tier)


def grade(tier: Tier) -> str:
    """Tier and level: I-A."""
    return tier.tier + (f"-{tier.level}" if tier.level else "")


def therapy_columns(lines: tuple[TherapyLine, ...], n_rows: int) -> list[TherapyCell]:
    """The therapy columns of an answer row: this tumor, other tumors (with those not compared), resistance.

    A table of many rows shows fewer lines a cell, so that page one stays one page.
    """
    cells = []
    for kind, kinds, most in COLUMNS:
        limit = most if n_rows <= FEW_ROWS else most - 1
        chosen = [line for line in lines if line.kind in kinds]
        cells.append(TherapyCell(kind, tuple(chosen[:limit]), max(0, len(chosen) - limit)))
    return cells


def list_order(variant: Variant) -> tuple[int, str, int, str, int, str]:
    """Sort key of the lists: severity of the consequence, then gene, then place."""
    chromosome = variant.chromosome.removeprefix("chr")
    return (
        IMPACT_RANK.get(variant.impact or "", len(IMPACT_RANK)),
        variant.gene or "\U0010ffff",
        CHROMOSOME_ORDER.get(chromosome, len(CHROMOSOME_ORDER)),
        chromosome,
        variant.position,
        variant.alternate,
    )


def short_allele(allele: str) -> str:
    """An allele in print: long ones by their beginning and length.

    >>> short_allele("ACGT" * 10)
    'ACGTACGTACGT…(40 bp)'
    """
    return allele if len(allele) <= MAX_ALLELE + 6 else f"{allele[:MAX_ALLELE]}…({len(allele):,} bp)"


def _cautions(variant: Variant, disagreeing: list[Conflict]) -> tuple[str | Text, ...]:
    said: dict[str | Text, None] = dict.fromkeys(map(_phase, variant.phase))
    if variant.normal is None and variant.origin is not None:
        shares = (variant.origin.somatic, variant.origin.germline, variant.origin.artefact)
        somatic, germline, artefact = map(percent, shares)
        said[text("origin.shares", somatic=somatic, germline=germline, artefact=artefact)] = None
    said |= dict.fromkeys(variant.flags)
    for conflict in disagreeing:
        said[text("caution.conflict", place=text(f"place.{conflict.match}"), therapies=conflict.words)] = None
    return tuple(said)


def _phase(phase: Phase) -> Text:
    """In cis or in trans with another reported variant, and the molecules that say so."""
    if not phase.both + phase.this_only + phase.other_only:
        return text("phase.unseen", name=phase.name)
    return text(
        f"phase.{phase.relation}", name=phase.name,
        both=phase.both, this=phase.this_only, other=phase.other_only,
    )  # fmt: skip


def _protein(variant: Variant) -> str:
    return variant.hgvs_p_short or variant.hgvs_p or variant.hgvs_c or _place(variant)


def _place(variant: Variant) -> str:
    alleles = f"{short_allele(variant.reference)}>{short_allele(variant.alternate)}"
    return f"{variant.chromosome}:{variant.position} {alleles}"


def _counts(support: Support) -> str:
    return f"{support.alternate:,}/{support.depth:,}"
