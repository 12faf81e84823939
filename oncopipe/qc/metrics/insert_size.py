"""How long the sequenced fragments are."""

from __future__ import annotations

import numpy as np

from oncopipe.data.findings import QcMetric
from oncopipe.qc.histogram import median, median_absolute_deviation
from oncopipe.qc.judgment import Measurement, measured
from oncopipe.qc.metrics.family import MetricFamily


def _measure(m: Measurement) -> list[QcMetric]:
    histogram: np.ndarray = m.counts.insert_size
    reason = None if histogram.sum() else "there are no proper pairs"
    return [
        measured(m, "insert_size_median", "Insert size", median(histogram), "bp", reason=reason),
        measured(
            m, "insert_size_mad", "Insert size spread", median_absolute_deviation(histogram), "bp", reason=reason
        ),
    ]


INSERT_SIZE = MetricFamily("insert_size", ("insert_size_median", "insert_size_mad"), _measure)
