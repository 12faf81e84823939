"""Calls against truth sets: how many are right, wrong and missing, with exact intervals, bounds and changes."""

from __future__ import annotations

from oncopipe.validation.compare import Comparison, compare_calls
from oncopipe.validation.measure import Measured, measure, report_of
from oncopipe.validation.metrics import metrics_of
from oncopipe.validation.sets import TruthSet, known_sets, slices_of

__all__ = [
    "Comparison",
    "Measured",
    "TruthSet",
    "compare_calls",
    "known_sets",
    "measure",
    "metrics_of",
    "report_of",
    "slices_of",
]
