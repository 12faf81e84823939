"""A workbook for people who live in one: samples, variants, evidence, quality, negatives, limits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from math import isfinite
from pathlib import Path
from typing import Any

from oncopipe.data.findings import Findings, Variant
from oncopipe.exports.shape import Batch, Format
from oncopipe.exports.tables import Cell, plain_text
from oncopipe.io.output import whole_file
from oncopipe.report.catalogue import words
from oncopipe.report.rows import tier_of
from oncopipe.report.therapies import therapy_lines

MAX_CELL = 32_767  # characters that a cell may hold
MAX_ROWS = 1_048_576
# A workbook says when it was made; ours says this, so that the same input gives the same bytes.
CREATED = datetime(2000, 1, 1)
_WIDTH = 60

SHEETS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "Samples",
        (
            "patient", "sample", "normal", "diagnosis", "diagnosis name", "timepoint", "specimen", "assay", "purity",
            "collected", "reported", "quality", "why", "tier I", "tier II", "tier III", "tier IV", "build", "version",
        ),
    ),
    (
        "Variants",
        (
            "patient", "sample", "tier", "gene", "protein", "coding", "transcript", "exon", "consequence", "chromosome",
            "position", "reference", "alternate", "VAF", "VAF low", "VAF high", "depth", "alternate fragments",
            "normal depth", "normal alternate", "population frequency",
            "oncogenicity", "points", "ESCAT", "ClinVar", "therapies", "reason", "cautions",
        ),
    ),
    (
        "Evidence",
        (
            "patient", "sample", "gene", "protein", "source", "id", "type", "direction", "significance", "level",
            "therapies", "disease", "this tumor", "match", "checked", "citation",
        ),
    ),
    ("Quality", ("patient", "sample", "metric", "value", "unit", "status", "warn", "fail", "reason")),
    ("Negatives", ("patient", "sample", "gene", "target", "status", "limit (VAF)", "depth", "reason")),
    ("Profiles", ("patient", "sample", "condition", "truth", "therapies", "significance", "disease", "id", "tier", "trace")),
    ("Possible germline", ("patient", "sample", "gene", "change", "VAF", "depth", "reason")),
    ("Biomarkers", ("patient", "sample", "biomarker", "status", "value", "unit", "sentence")),
    ("Limits", ("patient", "sample", "what this cannot say")),
)  # fmt: skip


def write_xlsx(batch: Batch, path: Path) -> None:
    """Write the workbook, whole or not at all.

    Every text is written as text: no cell is a formula or a link, whatever a file brought. Rows beyond what a sheet
    can hold are counted in its last row.

    Raises: OutputError.
    """
    import xlsxwriter

    # PERF: rows wait in temporary files of their own; in memory 100,000 variants took 430 MB, so they take 47 MB.
    safe = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "constant_memory": True,
    }
    with whole_file(path) as part:
        book = xlsxwriter.Workbook(str(part), safe)
        book.set_properties({"title": "OncoPipe findings", "created": CREATED})
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        sheets = {name: _Sheet(book.add_worksheet(name), columns, bold) for name, columns in SHEETS}
        for file in batch.files():
            who = (file.head.identity.patient, file.head.identity.sample)
            tiers: Counter[str] = Counter()
            for variant in file.variants():
                tiers[variant.tier.tier] += 1
                sheets["Variants"].add((*who, *_variant(variant)))
                for row in _evidence(variant):
                    sheets["Evidence"].add((*who, *row))
            sheets["Samples"].add(_sample(file.head, tiers))
            for name, rows in _rows(file.head).items():
                for row in rows:
                    sheets[name].add((*who, *row))
        for sheet in sheets.values():
            sheet.finish()
        book.close()


FORMAT = Format(
    name="xlsx",
    about="A workbook with samples, variants, evidence, quality, negatives, profiles and limits.",
    makes="file",
    suffix="findings.xlsx",
    write=write_xlsx,
    package="xlsxwriter",
    extra="xlsx",
)


class _Sheet:
    """One sheet being filled from the top."""

    def __init__(self, sheet: Any, columns: Sequence[str], bold: Any) -> None:
        self.sheet, self.columns, self.n_rows, self.n_left_out = sheet, columns, 1, 0
        for i, name in enumerate(columns):
            sheet.write_string(0, i, name, bold)
        self._widths = [len(name) for name in columns]

    def add(self, row: Sequence[Cell]) -> None:
        if self.n_rows >= MAX_ROWS - 1:
            self.n_left_out += 1
            return
        for i, value in enumerate(row):
            if isinstance(value, str):
                text = plain_text(value, MAX_CELL)
                self.sheet.write_string(self.n_rows, i, text)
                self._widths[i] = min(_WIDTH, max(self._widths[i], len(text)))
            elif value is not None and isfinite(value):
                self.sheet.write_number(self.n_rows, i, value)
        self.n_rows += 1

    def finish(self) -> None:
        if self.n_left_out:
            self.sheet.write_string(self.n_rows, 0, f"{self.n_left_out} more rows do not fit into a sheet")
        for i, width in enumerate(self._widths):
            self.sheet.set_column(i, i, width + 2)
        self.sheet.freeze_panes(1, 2)
        self.sheet.autofilter(0, 0, max(self.n_rows - 1, 1), len(self.columns) - 1)


def _rows(head: Findings) -> dict[str, Iterator[Sequence[Cell]]]:
    """The rows of the sheets on the sample as a whole, without patient and sample."""
    return {
        "Quality": ((m.metric, m.value, m.unit, m.status, m.warn, m.fail, m.reason) for m in head.quality.metrics),
        "Negatives": ((n.gene, n.target, n.status, n.limit, n.depth, n.reason) for n in head.negatives),
        "Profiles": (
            (p.condition, p.truth, ", ".join(p.evidence.therapies), p.evidence.significance, p.evidence.disease,
             p.evidence.evidence_id, p.tier.tier if p.tier else None, "; ".join(p.trace))
            for p in head.profiles
        ),
        "Possible germline": ((g.gene, g.name, g.vaf, g.depth, g.reason) for g in head.possible_germline),
        "Biomarkers": ((b.name, b.status, b.value, b.unit, b.sentence) for b in head.biomarkers),
        "Limits": ((text,) for text in head.limitations),
    }  # fmt: skip


def _sample(head: Findings, tiers: Counter[str]) -> Sequence[Cell]:
    i = head.identity
    return (
        i.patient, i.sample, i.normal or "none: tumor-only", i.diagnosis_code, i.diagnosis_name, i.timepoint, i.specimen,
        i.assay, i.purity, i.collected, i.reported, head.quality.status, head.quality.sentence,
        *(tiers[tier] for tier in ("I", "II", "III", "IV")),
        head.provenance.reference, head.provenance.oncopipe_version,
    )  # fmt: skip


def _variant(v: Variant) -> Sequence[Cell]:
    grade = v.oncogenicity
    therapies = "; ".join(
        f"{words(line.therapy)}: {line.significance} in {', '.join(line.diseases)}"
        for line in therapy_lines(v.evidence)
    )
    return (
        tier_of(v), v.gene, v.hgvs_p_short or v.hgvs_p, v.hgvs_c, v.transcript, v.exon, ", ".join(v.consequence),
        v.chromosome, v.position, v.reference, v.alternate, v.tumor.vaf, v.tumor.vaf_low, v.tumor.vaf_high,
        v.tumor.depth, v.tumor.alternate, v.normal.depth if v.normal else None, v.normal.alternate if v.normal else None,
        v.population_frequency, grade.classification if grade else None, grade.vector if grade else None, v.escat,
        v.clinvar.significance if v.clinvar else None, therapies, v.tier.reason, "; ".join([*v.flags, *v.disagreements]),
    )  # fmt: skip


def _evidence(v: Variant) -> Iterator[Sequence[Cell]]:
    for e in v.evidence:
        yield (
            v.gene, v.hgvs_p_short, e.source, e.evidence_id, e.evidence_type, e.direction, e.significance, e.level,
            ", ".join(e.therapies), e.disease, e.disease_match, e.match, "yes" if e.checked else "no", e.citation,
        )  # fmt: skip
