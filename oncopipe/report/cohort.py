"""A run's results to the tables, the summary and the page of its cohort."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from oncopipe.data.findings import Variant
from oncopipe.data.samples import Sample, SampleSheet
from oncopipe.io.output import whole_file, write_text
from oncopipe.report.catalogue import PRIMARY, check_language
from oncopipe.report.cohort_figures import GeneCounts, funnel, tier_mix
from oncopipe.report.cohort_outcomes import TIERS, Outcome, outcome_of
from oncopipe.report.html import render_to, write_figure
from oncopipe.report.therapies import evidence_name
from oncopipe.report.tsv import tsv_row

SAMPLE_COLUMNS = (
    "patient", "sample", "normal", "timepoint", "diagnosis", "status", "reason", "quality", "quality_reason",
    "n_variants", "n_tier_i", "n_tier_ii", "n_tier_iii", "n_tier_iv", "top_finding",
)  # fmt: skip
VARIANT_COLUMNS = (
    "patient", "sample", "chromosome", "position", "reference", "alternate", "gene", "transcript", "hgvs_c", "hgvs_p",
    "consequence", "tier", "level", "depth", "alternate_fragments", "vaf", "vaf_low", "vaf_high",
    "population_frequency", "evidence", "flags",
)  # fmt: skip
QUALITY_TITLES = (
    ("FAIL", "failed quality control"),
    ("WARN", "quality warnings"),
    ("NOT_ASSESSED", "quality not assessed"),
)


def write_cohort(
    sheet: SampleSheet,
    results: Path,
    output: Path,
    *,
    failed: Mapping[str, str] | None = None,
    language: str = PRIMARY,
) -> str:
    """Write `samples.tsv`, `variants.tsv`, `summary.txt`, `oncoplot.svg` and `index.html`; give back the summary.

    Findings are read one sample at a time. A sample whose findings are absent, unreadable or another's is named,
    and never stops the others; one whose step failed in this run (`failed`: sample -> why) is failed, whatever an
    earlier run has left of it.

    Raises: OutputError.
    """
    check_language(language)
    outcomes: list[Outcome] = []
    genes = GeneCounts()
    with whole_file(output / "variants.tsv") as part, part.open("w", encoding="utf-8", newline="\n") as table:
        table.write(tsv_row(VARIANT_COLUMNS))
        for sample in sheet.tumors():
            normal = sheet.normal(sample.patient)

            def each(variant: Variant, of: Sample = sample) -> None:
                genes.add(of.sample, variant)
                table.write(_variant_row(of, variant))

            normal_name = normal.sample if normal else None
            outcomes.append(outcome_of(sample, normal_name, (results, output), failed or {}, each))
    summary = summary_of(outcomes)
    write_text(output / "samples.tsv", "".join([tsv_row(SAMPLE_COLUMNS), *map(_sample_row, outcomes)]))
    write_text(output / "summary.txt", summary)
    plot = genes.oncoplot(
        [o.sample.sample for o in outcomes if o.tiers],
        frozenset(o.sample.sample for o in outcomes if o.quality == "FAIL"),
    )
    write_figure("oncoplot.html", output / "oncoplot.svg", plot=plot)
    render_to(
        "cohort.html",
        output / "index.html",
        language=language,
        outcomes=outcomes,
        undone=[o for o in outcomes if o.status != "done"],
        distrusted=[o for o in outcomes if o.quality == "FAIL"],
        funnel=funnel(outcomes),
        tiers=tier_mix(outcomes),
        plot=plot,
        is_synthetic=any(o.is_synthetic for o in outcomes),
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


def _sample_row(outcome: Outcome) -> str:
    sample = outcome.sample
    known = bool(outcome.tiers)
    return tsv_row(
        (
            sample.patient, sample.sample, outcome.normal, sample.timepoint, sample.diagnosis, outcome.status,
            outcome.reason, outcome.quality, "; ".join(outcome.quality_reasons),
            sum(outcome.tiers) if known else None, *(outcome.tiers if known else (None,) * len(TIERS)),
            outcome.top_finding,
        )
    )  # fmt: skip


def _variant_row(sample: Sample, v: Variant) -> str:
    return tsv_row(
        (
            sample.patient, sample.sample, v.chromosome, v.position, v.reference, v.alternate, v.gene,
            v.transcript, v.hgvs_c, v.hgvs_p, "&".join(v.consequence), v.tier.tier, v.tier.level, v.tumor.depth,
            v.tumor.alternate, v.tumor.vaf, v.tumor.vaf_low, v.tumor.vaf_high, v.population_frequency,
            ",".join(sorted({evidence_name(e) for e in v.evidence})), "; ".join(v.flags),
        )
    )  # fmt: skip
