"""A sample's quality in, files out that MultiQC reads as custom content (its names end in `_mqc.tsv`).

Each file opens with its configuration as `# key: value` lines and holds one sample, so MultiQC collects the samples
of a run from their files.
"""

from __future__ import annotations

import json

import numpy as np

from oncopipe.data.findings import QcMetric
from oncopipe.qc.measure import QualityResult
from oncopipe.qc.spectrum import substitution_table

PARENT_ID, PARENT_NAME = "oncopipe", "OncoPipe"
MAX_POINTS = 300


def multiqc_files(result: QualityResult) -> dict[str, str]:
    """Name (behind `{sample}.`) -> text of each custom content file."""
    return {
        "oncopipe_metrics_mqc.tsv": _metrics(result),
        "oncopipe_status_mqc.tsv": _status(result),
        "oncopipe_coverage_mqc.tsv": _coverage(result),
        "oncopipe_insert_size_mqc.tsv": _insert_size(result),
        "oncopipe_substitutions_mqc.tsv": _substitutions(result),
    }


def _file(
    name: str, title: str, description: str, plot_type: str, config: dict[str, str], rows: list[list[str]]
) -> str:
    head = {
        "id": f"oncopipe_{name}",
        "parent_id": PARENT_ID,
        "parent_name": PARENT_NAME,
        "section_name": title,
        "description": description,
        "plot_type": plot_type,
    }
    lines = [f"# {key}: {json.dumps(value)}" for key, value in head.items()]
    if config:
        lines.append("# pconfig:")
        lines += [f"#   {key}: {json.dumps(value)}" for key, value in config.items()]
    return "\n".join([*lines, *("\t".join(row) for row in rows)]) + "\n"


def _metrics(result: QualityResult) -> str:
    """The measured numbers: one row, a column a metric."""
    numbers = [(m, m.value) for m in result.metrics if isinstance(m.value, float)]
    header = ["Sample", *(_column(metric) for metric, _ in numbers)]
    rows = [header, [result.sample, *(f"{value:.6g}" for _, value in numbers)]]
    return _file(
        "metrics", "Metrics", "What was measured, with units.", "table", {"id": "oncopipe_metrics_table"}, rows
    )


def _status(result: QualityResult) -> str:
    """The judgments: one row, a column a metric that has a threshold."""
    judged = [m for m in result.metrics if m.warn or m.fail or m.metric in ("identity", "contamination", "sex")]
    rows = [["Sample", *(m.label for m in judged)], [result.sample, *(m.status for m in judged)]]
    text = "PASS, WARN, FAIL or NOT_ASSESSED by the thresholds of the configuration."
    return _file("status", "Status", text, "table", {"id": "oncopipe_status_table"}, rows)


def _coverage(result: QualityResult) -> str:
    """Fraction of bases with at least a depth."""
    histogram = result.counts.depth_histogram
    total = max(1, int(histogram.sum()))
    share = histogram[::-1].cumsum()[::-1] / total
    deepest = max(1, int(np.flatnonzero(histogram)[-1]) if histogram.any() else 1)
    depths = np.unique(np.linspace(0, deepest, min(deepest + 1, MAX_POINTS)).astype(np.int64)).tolist()
    points = [(depth, float(share[depth])) for depth in depths]
    config = {"xlab": "depth (reads)", "ylab": "fraction of bases with at least this depth"}
    return _line("coverage", "Coverage", "Cumulative coverage of the regions.", config, result.sample, points)


def _insert_size(result: QualityResult) -> str:
    histogram = result.counts.insert_size
    used = np.flatnonzero(histogram)
    longest = int(used[-1]) if len(used) else 0
    width = max(1, -(-(longest + 1) // MAX_POINTS))
    sums = np.add.reduceat(histogram[: longest + 1], np.arange(0, longest + 1, width))
    points = [(i * width, float(n)) for i, n in enumerate(sums.tolist())]
    config = {"xlab": "insert size (bp)", "ylab": "proper pairs"}
    return _line("insert_size", "Insert size", "Proper pairs by insert size.", config, result.sample, points)


def _substitutions(result: QualityResult) -> str:
    found = substitution_table(result.counts.substitutions)
    header = ["Sample", *(f"{s.substitution} ({s.sequenced} sequenced)" for s in found)]
    rows = [header, [result.sample, *(f"{s.rate:.6g}" for s in found)]]
    config = {"id": "oncopipe_substitutions_plot", "title": "Substitution errors", "ylab": "errors per base"}
    text = "Mismatches per base of each class outside likely variants."
    return _file("substitutions", "Substitution errors", text, "bargraph", config, rows)


def _line(
    name: str, title: str, text: str, config: dict[str, str], sample: str, points: list[tuple[int, float]]
) -> str:
    config = {"id": f"oncopipe_{name}_plot", "title": title, **config}
    rows = [["Sample", *(str(x) for x, _ in points)], [sample, *(f"{y:.6g}" for _, y in points)]]
    return _file(name, title, text, "linegraph", config, rows)


def _column(metric: QcMetric) -> str:
    return f"{metric.label} ({metric.unit})" if metric.unit else metric.label
