"""A run's results to the tables, the summary and the page of its cohort."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from oncopipe.data.findings import Findings, Variant
from oncopipe.data.samples import Sample, SampleSheet
from oncopipe.errors import InputError
from oncopipe.io.findings import read_findings
from oncopipe.io.output import whole_file, write_text
from oncopipe.report.cohort_grid import GeneCounts
from oncopipe.report.content import quality_reason
from oncopipe.report.html import render_to
from oncopipe.report.rows import row_of
from oncopipe.report.texts import TIER_TITLE
from oncopipe.report.therapies import evidence_name
from oncopipe.report.tsv import tsv_row

SampleStatus = Literal["done", "failed", "missing"]

SAMPLE_COLUMNS = (
    "patient", "sample", "normal", "timepoint", "diagnosis", "status", "reason", "quality", "quality_reason",
    "n_variants", "n_tier_i", "n_tier_ii", "n_tier_iii", "n_tier_iv", "top_finding",
)  # fmt: skip
VARIANT_COLUMNS = (
    "patient", "sample", "chromosome", "position", "reference", "alternate", "gene", "transcript", "hgvs_c", "hgvs_p",
    "consequence", "tier", "level", "depth", "alternate_fragments", "vaf", "vaf_low", "vaf_high",
    "population_frequency", "evidence", "flags",
)  # fmt: skip
# How far a sample came without findings, by the last file that stands.
STAGES = (("annotated.vcf.gz", "annotated, not interpreted"), ("somatic.vcf.gz", "called, not annotated"))
QUALITY_TITLES = (
    ("FAIL", "failed quality control"),
    ("WARN", "quality warnings"),
    ("NOT_ASSESSED", "quality not assessed"),
)


@dataclass(frozen=True)
class Outcome:
    """What became of a tumor sample that the sheet asks for."""

    sample: Sample
    normal: str | None
    status: SampleStatus
    reason: str = ""  # empty when done
    quality: str | None = None
    quality_reasons: tuple[str, ...] = ()
    tiers: tuple[int, ...] = ()  # variants of each tier, in the tiers' order; empty without findings
    top_finding: str = ""
    link: str | None = None  # from the cohort's page to the report

    @property
    def n_actionable(self) -> int:
        return sum(self.tiers[:2])


def write_cohort(sheet: SampleSheet, results: Path, output: Path) -> str:
    """Write `samples.tsv`, `variants.tsv`, `summary.txt` and `index.html` into `output`; give back the summary.

    Findings are read one sample at a time. A sample whose findings are absent, unreadable or another's is named,
    and never stops the others.

    Raises: OutputError.
    """
    outcomes: list[Outcome] = []
    genes = GeneCounts()
    is_synthetic = False
    with whole_file(output / "variants.tsv") as part, part.open("w", encoding="utf-8", newline="\n") as table:
        table.write(tsv_row(VARIANT_COLUMNS))
        for sample in sheet.tumors():
            normal = sheet.normal(sample.patient)
            outcome, findings = _look_up(sample, normal.sample if normal else None, results, output)
            outcomes.append(outcome)
            if findings is not None:
                is_synthetic = is_synthetic or findings.identity.synthetic
                genes.add(sample.sample, findings.variants)
                table.writelines(_variant_rows(sample, findings.variants))
    summary = summary_of(outcomes)
    write_text(output / "samples.tsv", "".join([tsv_row(SAMPLE_COLUMNS), *map(_sample_row, outcomes)]))
    write_text(output / "summary.txt", summary)
    render_to(
        "cohort.html",
        output / "index.html",
        outcomes=outcomes,
        summary=summary.splitlines(),
        grid=genes.grid(
            [o.sample.sample for o in outcomes if o.tiers],
            frozenset(o.sample.sample for o in outcomes if o.quality == "FAIL"),
        ),
        is_synthetic=is_synthetic,
    )
    return summary


def summary_of(outcomes: Sequence[Outcome]) -> str:
    """The summary of a run in words: how many are done, and by name what is not or must not be trusted."""
    done = [o for o in outcomes if o.status == "done"]
    undone = [o for o in outcomes if o.status != "done"]
    lines = [
        f"patients: {len({o.sample.patient for o in outcomes})}, tumor samples: {len(outcomes)}, "
        f"done: {len(done)}, without a report: {len(undone)}",
        f"done with variants of tier I or II: {sum(o.n_actionable > 0 for o in done)}",
    ]
    lines += _named("without a report", undone, lambda o: f"{o.status}: {o.reason}")
    for status, title in QUALITY_TITLES:
        chosen = [o for o in outcomes if o.quality == status]
        lines += _named(title, chosen, lambda o: "; ".join(o.quality_reasons) or "no reason was recorded")
    return "\n".join(lines) + "\n"


def _named(title: str, outcomes: list[Outcome], why: Callable[[Outcome], str]) -> list[str]:
    if not outcomes:
        return []
    lines = [f"  patient {o.sample.patient}, sample {o.sample.sample}: {why(o)}" for o in outcomes]
    return [f"{title}: {len(outcomes)}", *lines]


def _look_up(sample: Sample, normal: str | None, results: Path, output: Path) -> tuple[Outcome, Findings | None]:
    """What stands of a sample under `results`, and its findings where they can be trusted to be its own."""
    folder = results / "patients" / sample.patient
    path, report = folder / f"{sample.sample}.findings.json", folder / f"{sample.sample}.report.html"
    if not path.exists():
        return Outcome(sample, normal, *_unfinished(folder, sample.sample)), None
    try:
        findings = read_findings(path)
    except InputError as error:
        return Outcome(sample, normal, "failed", error.what), None
    identity = findings.identity
    if (identity.patient, identity.sample) != (sample.patient, sample.sample):
        reason = f"its findings speak of patient {identity.patient}, sample {identity.sample}"
        return Outcome(sample, normal, "failed", reason), None
    has_report = report.exists()
    return Outcome(
        sample=sample,
        normal=normal,
        status="done" if has_report else "failed",
        reason="" if has_report else "interpreted, no report",
        quality=findings.quality.status,
        quality_reasons=_quality_reasons(findings),
        tiers=tuple(sum(v.tier.tier == tier for v in findings.variants) for tier in TIER_TITLE),
        top_finding=_top_finding(findings),
        link=quote(os.path.relpath(report, output)) if has_report else None,
    ), findings


def _unfinished(folder: Path, sample: str) -> tuple[SampleStatus, str]:
    for name, said in STAGES:
        if (folder / f"{sample}.{name}").exists():
            return "failed", said
    return "missing", "no calls and no findings"


def _quality_reasons(findings: Findings) -> tuple[str, ...]:
    quality = findings.quality
    return tuple(quality_reason(m) for m in quality.metrics if m.status == quality.status and m.status != "PASS")


def _top_finding(findings: Findings) -> str:
    actionable = findings.actionable()
    if not actionable:
        return "none of tier I or II"
    row = row_of(actionable[0])
    return f"{row.name} ({row.tier})"


def _sample_row(outcome: Outcome) -> str:
    sample = outcome.sample
    known = bool(outcome.tiers)
    return tsv_row(
        (
            sample.patient, sample.sample, outcome.normal, sample.timepoint, sample.diagnosis, outcome.status,
            outcome.reason, outcome.quality, "; ".join(outcome.quality_reasons),
            sum(outcome.tiers) if known else None, *(outcome.tiers if known else (None,) * len(TIER_TITLE)),
            outcome.top_finding,
        )
    )  # fmt: skip


def _variant_rows(sample: Sample, variants: Sequence[Variant]) -> Iterator[str]:
    for v in variants:
        yield tsv_row(
            (
                sample.patient, sample.sample, v.chromosome, v.position, v.reference, v.alternate, v.gene,
                v.transcript, v.hgvs_c, v.hgvs_p, "&".join(v.consequence), v.tier.tier, v.tier.level, v.tumor.depth,
                v.tumor.alternate, v.tumor.vaf, v.tumor.vaf_low, v.tumor.vaf_high, v.population_frequency,
                ",".join(sorted({evidence_name(e) for e in v.evidence})), "; ".join(v.flags),
            )
        )  # fmt: skip
