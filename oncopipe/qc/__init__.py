"""Quality control: reads in, metrics with a status and a reason out.

`measure_quality` reads BAMs (and imports the kernels, on first use); `read_metrics` and `summarize` are light.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from oncopipe.qc.summary import read_metrics, summarize, worst_status

if TYPE_CHECKING:
    from oncopipe.qc.measure import QualityResult, measure_quality
    from oncopipe.qc.tables import write_quality

__all__ = ["QualityResult", "measure_quality", "read_metrics", "summarize", "worst_status", "write_quality"]

_HEAVY = {"QualityResult": "measure", "measure_quality": "measure", "write_quality": "tables"}


def __getattr__(name: str) -> Any:
    """Load what reads BAMs on first use."""
    if name not in _HEAVY:
        raise AttributeError(f"oncopipe.qc has no {name}")
    from importlib import import_module

    return getattr(import_module(f"oncopipe.qc.{_HEAVY[name]}"), name)
