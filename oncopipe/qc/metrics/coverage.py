"""How deep and how evenly the regions are covered, and how much of the sequencing lies in them."""

from __future__ import annotations

import numpy as np

from oncopipe.data.findings import QcMetric
from oncopipe.qc.histogram import median
from oncopipe.qc.judgment import Measurement, measured, not_assessed
from oncopipe.qc.metrics.family import MetricFamily


def _measure(m: Measurement) -> list[QcMetric]:
    targets = m.counts.targets
    n_bases = int(targets.n_bases.sum())
    reason = None if n_bases else "the regions have no known base"
    on_target = int(targets.depth_sum.sum())
    mean = on_target / n_bases if n_bases else None
    rows = [
        measured(
            m,
            "mean_coverage",
            "Mean coverage",
            mean,
            "reads per base",
            too="low",
            threshold=f"{m.role}_mean_coverage",
            reason=reason,
        ),
        measured(
            m, "median_coverage", "Median coverage", median(m.counts.depth_histogram), "reads per base", reason=reason
        ),
    ]
    covered = np.asarray(targets.n_at_least).sum(axis=0)
    for threshold, n in zip(m.counts.thresholds, covered.tolist(), strict=True):
        name, label = f"coverage_fraction_{threshold}x", f"Covered at least {threshold}x"
        rows.append(measured(m, name, label, n / n_bases if n_bases else None, "fraction of bases", reason=reason))
    label, unit = "On target", "fraction of aligned bases"
    if not m.has_regions:
        return [*rows, not_assessed(m, "on_target_fraction", label, unit, "no regions were given")]
    total = m.counts.aligned_bases
    fraction = on_target / total if total else None
    return [
        *rows,
        measured(m, "on_target_fraction", label, fraction, unit, too="low", threshold="on_target_fraction"),
    ]


COVERAGE = MetricFamily(
    "coverage", ("mean_coverage", "median_coverage", "coverage_fraction_*", "on_target_fraction"), _measure
)
