"""How often a base is read as another one, outside likely variants."""

from __future__ import annotations

import numpy as np

from oncopipe.data.findings import QcMetric
from oncopipe.qc.judgment import Measurement, measured
from oncopipe.qc.metrics.family import MetricFamily
from oncopipe.qc.spectrum import substitution_table


def _measure(m: Measurement) -> list[QcMetric]:
    counts = m.counts.substitutions.sum(axis=0)
    total = int(counts.sum())
    wrong = total - int(np.trace(counts))
    rate = wrong / total if total else None
    reason = None if total else "no base has a good quality"
    rows = [
        measured(
            m,
            "substitution_rate",
            "Substitution errors",
            rate,
            "per base",
            too="high",
            threshold="substitution_rate",
            reason=reason,
        )
    ]
    if total:
        worst = max(substitution_table(m.counts.substitutions), key=lambda row: row.rate)
        where = f"most often {worst.substitution}, the {worst.sequenced} sequenced"
        rows.append(
            measured(m, "substitution_rate_worst", "Worst substitution", worst.rate, "per base", reason=where)
        )
    return rows


SUBSTITUTIONS = MetricFamily("substitutions", ("substitution_rate", "substitution_rate_worst"), _measure)
