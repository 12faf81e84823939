"""A measured value and its thresholds in, a metric with status and reason out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from oncopipe.data.findings import QcMetric, Status
from oncopipe.options import QcOptions
from oncopipe.qc.contamination import Contamination
from oncopipe.qc.counts import SampleCounts
from oncopipe.qc.identity import Identity
from oncopipe.qc.swap import PrivateAlleles

# Units that a sentence names; fractions go without.
WORDED_UNITS = ("reads", "reads per base", "bp", "per base")

Role = Literal["tumor", "normal"]
Sex = Literal["female", "male"]


@dataclass(frozen=True)
class Measurement:
    """What the metric families read: one sample's counts and, where it was compared, what came of it.

    families: (one or both strands, sizes) int64, ends of molecules by their copies at some places, where barcodes tell them.
    """

    sample: str
    role: Role
    counts: SampleCounts
    options: QcOptions
    has_regions: bool
    declared_sex: Sex | None = None
    has_normal: bool = False
    contamination: Contamination | None = None
    identity: Identity | None = None
    private_alleles: PrivateAlleles | None = None
    families: np.ndarray | None = None


def measured(
    measurement: Measurement,
    metric: str,
    label: str,
    value: float | None,
    unit: str,
    *,
    too: Literal["low", "high"] | None = None,
    threshold: str | None = None,
    reason: str | None = None,
) -> QcMetric:
    """A metric judged by the options `warn_<threshold>` and `fail_<threshold>`; None or NaN is not assessed.

    `too` says on which side of a threshold the value is bad. `reason` says why there is no value.
    """
    value = None if value is None or not math.isfinite(value) else float(value)
    warn = getattr(measurement.options, f"warn_{threshold}") if threshold else None
    fail = getattr(measurement.options, f"fail_{threshold}") if threshold else None
    status, why = _status(value, label, unit, warn, fail, too, reason)
    return QcMetric(
        sample=measurement.sample,
        metric=metric,
        label=label,
        value=value,
        unit=unit,
        status=status,
        warn=condition(warn, too),
        fail=condition(fail, too),
        reason=why,
    )


def not_assessed(measurement: Measurement, metric: str, label: str, unit: str, reason: str) -> QcMetric:
    """A metric that could not be measured, and why."""
    return measured(measurement, metric, label, None, unit, reason=reason)


def condition(threshold: float | None, too: Literal["low", "high"] | None) -> str | None:
    """The condition of a threshold as text: `< 60` or `>= 0.05`."""
    if threshold is None:
        return None
    return f"{'<' if too == 'low' else '>='} {threshold:g}"


def _status(
    value: float | None,
    label: str,
    unit: str,
    warn: float | None,
    fail: float | None,
    too: Literal["low", "high"] | None,
    reason: str | None,
) -> tuple[Status, str]:
    if value is None:
        return "NOT_ASSESSED", reason or "there is nothing to measure it from"
    if warn is None and fail is None:
        return "NOT_ASSESSED", reason or "measured; no threshold is set"
    # "duplicates 0.22": what the fraction is of stands in the unit.
    said = f"{label[0].lower()}{label[1:]} {value:.3g}" + (f" {unit}" if unit in WORDED_UNITS else "")
    judged: tuple[tuple[Status, float | None], ...] = (("FAIL", fail), ("WARN", warn))
    for status, threshold in judged:
        if threshold is not None and (value < threshold if too == "low" else value >= threshold):
            return status, f"{said} is {condition(threshold, too)}" + (f"; {reason}" if reason else "")
    return "PASS", said + (f"; {reason}" if reason else "")
