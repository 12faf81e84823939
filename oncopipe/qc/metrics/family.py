"""What a family of metrics is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from oncopipe.data.findings import QcMetric
from oncopipe.qc.judgment import Measurement


@dataclass(frozen=True)
class MetricFamily:
    """Metrics that are measured together. A name that ends in `*` stands for one metric a coverage threshold."""

    name: str
    metrics: tuple[str, ...]
    measure: Callable[[Measurement], list[QcMetric]]
