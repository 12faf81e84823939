"""A sample's quality in, files out that MultiQC reads as custom content (`*_mqc.tsv` and `*_mqc.yaml`).

Each file holds one sample and says what it is; MultiQC joins the samples of a run by the id. Tables open with their
configuration as `# key: value` lines. Curves are YAML, because MultiQC sorts the x axis of a table as text.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from oncopipe.data.findings import QcMetric
from oncopipe.qc.measure import QualityResult
from oncopipe.qc.spectrum import substitution_table

PARENT = {
    "parent_id": "oncopipe",
    "parent_name": "OncoPipe",
    "parent_description": "Quality of the samples: measured values, their judgment, and the curves behind them.",
}
MAX_POINTS = 300


def multiqc_files(result: QualityResult) -> dict[str, str]:
    """Name (behind `{sample}.`) -> text of each custom content file."""
    return {
        "oncopipe_status_mqc.tsv": _status(result),
        "oncopipe_metrics_mqc.tsv": _metrics(result),
        "oncopipe_coverage_mqc.yaml": _coverage(result),
        "oncopipe_insert_size_mqc.yaml": _insert_size(result),
        "oncopipe_substitutions_mqc.tsv": _substitutions(result),
    }


def _head(name: str, title: str, description: str, plot_type: str, plot: dict[str, Any]) -> dict[str, Any]:
    head = {"id": f"oncopipe_{name}", **PARENT, "section_name": title, "description": description}
    return {**head, "plot_type": plot_type, "pconfig": {"id": f"oncopipe_{name}_plot", "title": title, **plot}}


def _table(head: dict[str, Any], names: list[str], sample: str, cells: list[str]) -> str:
    """A table of one row behind its configuration. JSON is YAML on one line."""
    lines = [f"# {key}: {json.dumps(value)}" for key, value in head.items()]
    return "\n".join([*lines, "\t".join(["Sample", *names]), "\t".join([sample, *cells])]) + "\n"


def _curve(head: dict[str, Any], sample: str, points: list[tuple[int, float]]) -> str:
    """A curve of one sample, its x as whole numbers."""
    lines = [f"{key}: {json.dumps(value)}" for key, value in head.items()]
    data = ", ".join(f"{x}: {y:.6g}" for x, y in points)
    return "\n".join([*lines, f"data: {{{json.dumps(sample)}: {{{data}}}}}"]) + "\n"


def _status(result: QualityResult) -> str:
    """The judgments: one row, a column a metric that has a threshold."""
    judged = [m for m in result.metrics if m.warn or m.fail or m.metric in ("identity", "contamination", "sex")]
    text = "PASS, WARN, FAIL or NOT_ASSESSED by the thresholds of the configuration."
    head = _head("status", "Status", text, "table", {})
    return _table(head, [m.label for m in judged], result.sample, [m.status for m in judged])


def _metrics(result: QualityResult) -> str:
    """The measured numbers: one row, a column a metric."""
    numbers = [(m, m.value) for m in result.metrics if isinstance(m.value, float)]
    names = [_column(metric) for metric, _ in numbers]
    head = _head("metrics", "Metrics", "What was measured, with units.", "table", {})
    head["headers"] = {name: {"format": "{:,.4g}"} for name in names}
    return _table(head, names, result.sample, [f"{value:.6g}" for _, value in numbers])


def _coverage(result: QualityResult) -> str:
    """Fraction of bases with at least a depth."""
    histogram = result.counts.depth_histogram
    total = max(1, int(histogram.sum()))
    share = histogram[::-1].cumsum()[::-1] / total
    deepest = max(1, int(np.flatnonzero(histogram)[-1]) if histogram.any() else 1)
    depths = np.unique(np.linspace(0, deepest, min(deepest + 1, MAX_POINTS)).astype(np.int64)).tolist()
    plot = {"xlab": "depth (reads)", "ylab": "fraction of bases with at least this depth"}
    head = _head("coverage", "Coverage", "Cumulative coverage of the regions.", "linegraph", plot)
    return _curve(head, result.sample, [(depth, float(share[depth])) for depth in depths])


def _insert_size(result: QualityResult) -> str:
    histogram = result.counts.insert_size
    used = np.flatnonzero(histogram)
    longest = int(used[-1]) if len(used) else 0
    width = max(1, -(-(longest + 1) // MAX_POINTS))
    sums = np.add.reduceat(histogram[: longest + 1], np.arange(0, longest + 1, width))
    text = "Proper pairs by insert size, as a fraction per bp."
    plot = {"xlab": "insert size (bp)", "ylab": "fraction of pairs per bp"}
    head = _head("insert_size", "Insert size", text, "linegraph", plot)
    scale = width * max(1, int(histogram.sum()))
    return _curve(head, result.sample, [(i * width, n / scale) for i, n in enumerate(sums.tolist())])


def _substitutions(result: QualityResult) -> str:
    found = substitution_table(result.counts.substitutions)
    names = [f"{s.substitution} ({s.sequenced} sequenced)" for s in found]
    text = "Mismatches per base of each class outside likely variants."
    plot = {"ylab": "errors per base"}
    head = _head("substitutions", "Substitution errors", text, "bargraph", plot)
    return _table(head, names, result.sample, [f"{s.rate:.6g}" for s in found])


def _column(metric: QcMetric) -> str:
    return f"{metric.label} ({metric.unit})" if metric.unit else metric.label
