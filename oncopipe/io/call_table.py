"""Calls of any caller as one table: a row an alternate allele, with name, fraction, depth and caller."""

from __future__ import annotations

from pathlib import Path

from oncopipe.data.variants import AlleleCounts, AnnotatedCalls, AnnotatedVariant
from oncopipe.io.output import write_text

COLUMNS = (
    "tumor", "normal", "caller", "contig", "position", "reference", "alternate", "id", "quality", "filter",
    "tumor_depth", "tumor_reference", "tumor_alternate", "tumor_vaf",
    "normal_depth", "normal_reference", "normal_alternate", "normal_vaf",
    "gene", "transcript", "consequence", "impact", "hgvs_c", "hgvs_p", "population_frequency",
)  # fmt: skip


def write_call_table(calls: AnnotatedCalls, path: Path | str) -> int:
    """Write the table (tab-separated, positions 1-based, empty where nothing is told); the number of its rows."""
    of = calls.calls
    head = (of.tumor_sample, of.normal_sample or "", of.caller)
    lines = ["\t".join(COLUMNS), *("\t".join((*head, *_cells(variant))) for variant in calls.variants)]
    write_text(path, "\n".join(lines) + "\n")
    return len(calls)


def _cells(variant: AnnotatedVariant) -> tuple[str, ...]:
    effect = variant.effect
    names = (
        (effect.gene, effect.transcript, "&".join(effect.consequences), effect.impact, effect.hgvs_c, effect.hgvs_p)
        if effect
        else ("",) * 6
    )
    return (
        variant.contig,
        str(variant.position + 1),
        variant.reference,
        variant.alternate,
        variant.identifier or "",
        _number(variant.quality),
        ";".join(variant.filters),
        *_counts(variant.tumor),
        *_counts(variant.normal),
        *names,
        _number(variant.population_frequency),
    )


def _counts(counts: AlleleCounts | None) -> tuple[str, ...]:
    if counts is None:
        return ("",) * 4
    return str(counts.depth), str(counts.reference), str(counts.alternate), f"{counts.vaf:.4f}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"
