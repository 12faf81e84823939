"""A variant to the row that speaks of it: names, counts, cautions, therapies."""

from __future__ import annotations

from dataclasses import dataclass

from oncopipe.data.findings import Evidence, Support, Variant
from oncopipe.report import texts
from oncopipe.report.figures import Bar, percent, vaf_bar, vaf_interval
from oncopipe.report.therapies import TherapyLine, besides, conflicts, evidence_order, therapy_lines

MAX_EVIDENCE = 60  # rows of one variant's evidence table
MAX_THERAPIES, FEW_ROWS = 3, 3  # therapy lines in one cell of page one; one less in a longer table
COLUMNS = (
    ("this_tumor", ("this_tumor",)),
    ("other_tumor", ("other_tumor", "unknown")),
    ("resistance", ("resistance",)),
)
MAX_BESIDES = 2  # sentences on evidence other than of therapies, on page one
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
    name: str  # gene and protein change, or what stands in for it
    gene: str
    protein: str
    place: str  # chr7:140453136 A>T
    consequence: str
    tier: str  # I-A
    vaf: str
    vaf_point: str
    vaf_interval: str
    counts: str
    bar: Bar
    normal: str | None
    therapies: tuple[TherapyLine, ...]
    besides: tuple[str, ...]  # prognostic, diagnostic and other evidence in words
    n_more_besides: int
    evidence: tuple[Evidence, ...]
    n_more_evidence: int
    flags: tuple[str, ...]
    conflicts: tuple[str, ...]
    has_unchecked: bool


def row_of(variant: Variant) -> Row:
    """The row of one variant."""
    gene, protein = variant.gene or "no gene", _protein(variant)
    point, interval = percent(variant.tumor.vaf), vaf_interval(variant.tumor)
    evidence = sorted(variant.evidence, key=evidence_order)
    lines, others = therapy_lines(evidence), besides(evidence)
    return Row(
        variant=variant,
        name=f"{variant.gene} {protein}" if variant.gene else _place(variant),
        gene=gene,
        protein=protein,
        place=_place(variant),
        consequence=", ".join(term.replace("_", " ") for term in variant.consequence) or "not annotated",
        tier=variant.tier.tier + (f"-{variant.tier.level}" if variant.tier.level else ""),
        vaf=f"{point} ({interval})",
        vaf_point=point,
        vaf_interval=interval,
        counts=_counts(variant.tumor),
        bar=vaf_bar(variant.tumor),
        normal=None if variant.normal is None else f"{_counts(variant.normal)} ({percent(variant.normal.vaf)})",
        therapies=tuple(lines),
        besides=tuple(others[:MAX_BESIDES]),
        n_more_besides=max(0, len(others) - MAX_BESIDES),
        evidence=tuple(evidence[:MAX_EVIDENCE]),
        n_more_evidence=max(0, len(evidence) - MAX_EVIDENCE),
        flags=tuple(dict.fromkeys(variant.flags)),
        conflicts=tuple(conflicts(evidence)),
        has_unchecked=any(not item.checked for item in evidence),
    )


def therapy_columns(lines: tuple[TherapyLine, ...], n_rows: int) -> list[TherapyCell]:
    """The therapy columns of an answer row: this tumor, other tumors (with those not compared), resistance.

    A table of many rows shows fewer lines a cell, so that page one stays one page.
    """
    limit = MAX_THERAPIES if n_rows <= FEW_ROWS else MAX_THERAPIES - 1
    cells = []
    for kind, kinds in COLUMNS:
        chosen = [line for line in lines if line.kind in kinds]
        cells.append(TherapyCell(kind, tuple(chosen[:limit]), max(0, len(chosen) - limit)))
    return cells


def list_order(variant: Variant) -> tuple[int, str, int, str, int, str]:
    """Sort key of the lists: severity of the consequence, then gene, then place."""
    chromosome = variant.chromosome.removeprefix("chr")
    return (
        texts.IMPACT_RANK.get(variant.impact or "", len(texts.IMPACT_RANK)),
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


def _protein(variant: Variant) -> str:
    return variant.hgvs_p_short or variant.hgvs_p or variant.hgvs_c or _place(variant)


def _place(variant: Variant) -> str:
    alleles = f"{short_allele(variant.reference)}>{short_allele(variant.alternate)}"
    return f"{variant.chromosome}:{variant.position} {alleles}"


def _counts(support: Support) -> str:
    return f"{support.alternate:,}/{support.depth:,}"
