"""Calls against a truth set: how many are right, wrong and missing, with exact intervals."""

from __future__ import annotations

from oncopipe.validation.compare import Comparison, compare_calls
from oncopipe.validation.metrics import metrics_of

__all__ = ["Comparison", "compare_calls", "metrics_of"]
