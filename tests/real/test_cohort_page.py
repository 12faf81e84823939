"""The cohort's page on public calls: the TCGA's MAFs as findings of each sample."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from pathlib import Path

import pytest

from oncopipe.data.findings import Findings, Variant
from oncopipe.data.samples import Sample, SampleSheet
from oncopipe.io.findings import write_findings
from oncopipe.io.findings_stream import digest_of
from oncopipe.report import write_cohort
from oncopipe.report.cohort_figures import GeneCounts
from tests import findings_builder as build

pytestmark = pytest.mark.real

TERMS = {
    "Missense_Mutation": ("missense_variant", "MODERATE"),
    "Nonsense_Mutation": ("stop_gained", "HIGH"),
    "Nonstop_Mutation": ("stop_lost", "HIGH"),
    "Translation_Start_Site": ("start_lost", "HIGH"),
    "Frame_Shift_Del": ("frameshift_variant", "HIGH"),
    "Frame_Shift_Ins": ("frameshift_variant", "HIGH"),
    "In_Frame_Del": ("inframe_deletion", "MODERATE"),
    "In_Frame_Ins": ("inframe_insertion", "MODERATE"),
    "Splice_Site": ("splice_donor_variant", "HIGH"),
}


def rows_of(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", errors="replace") as lines:
        return list(csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t"))


def variant(row: dict[str, str]) -> Variant:
    """A row of a MAF in tier III; its fraction is made up."""
    term, impact = TERMS.get(row["Variant_Classification"], ("intron_variant", "MODIFIER"))
    change = row.get("HGVSp_Short") or row.get("Protein_Change") or row.get("AAChange") or "."
    return build.variant(
        row["Hugo_Symbol"] or "Unknown",
        change,
        60,
        200,
        chromosome=row["Chromosome"],
        position=int(row["Start_Position"]),
        reference=row["Reference_Allele"].replace("-", "N") or "N",
        alternate=row["Tumor_Seq_Allele2"].replace("-", "N") or "N",
        consequence=[term],
        impact=impact,
        normal=None,
    )


@pytest.mark.parametrize(("name", "code"), [("tcga_laml", "AML"), ("brca", "BRCA")])
def test_cohort__of_the_tcga_counts_what_the_maf_holds(real_data: Path, tmp_path: Path, name: str, code: str) -> None:
    by_sample: dict[str, list[dict[str, str]]] = {}
    for row in rows_of(real_data / "cohort" / f"{name}.maf.gz"):
        by_sample.setdefault(row["Tumor_Sample_Barcode"], []).append(row)
    for sample, rows in by_sample.items():
        who = build.identity(patient=sample, sample=sample, normal=None, diagnosis_code=code, synthetic=False)
        made: Findings = build.findings([variant(row) for row in rows], identity=who)
        folder = tmp_path / "patients" / sample
        write_findings(made, folder / f"{sample}.findings.json")
        # A thousand whole reports would take minutes; this is what the cohort reads of one.
        head = f'<meta name="oncopipe:footer" content="{sample} sha256 {digest_of(made)[:12]}">'
        (folder / f"{sample}.report.html").write_text(head)
    sheet = SampleSheet(tuple(Sample(s, s, "tumor", diagnosis=code) for s in by_sample))
    summary = write_cohort(sheet, tmp_path, tmp_path / "cohort")
    assert f"tumor samples: {len(by_sample)}, done: {len(by_sample)}, without a report: 0" in summary
    with (tmp_path / "cohort" / "variants.tsv").open(encoding="utf-8") as lines:
        assert sum(1 for _ in lines) - 1 == sum(map(len, by_sample.values()))
    assert (tmp_path / "cohort" / "index.html").stat().st_size < 2_000_000

    counts = GeneCounts()
    expected: Counter[str] = Counter()
    for sample, rows in by_sample.items():
        changed = {r["Hugo_Symbol"] for r in rows if r["Variant_Classification"] in TERMS}
        expected.update(changed)
        for row in rows:
            counts.add(sample, variant(row))
    plot = counts.oncoplot(list(by_sample))
    assert {row.name: row.n for row in plot.rows} == {row.name: expected[row.name] for row in plot.rows}
    top = [gene for gene, _ in sorted(expected.items(), key=lambda item: (-item[1], item[0]))[: len(plot.rows)]]
    assert [row.name for row in plot.rows] == top
