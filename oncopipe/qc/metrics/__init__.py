"""The metrics, a family a file. A new family is one file with one record and one line here."""

from __future__ import annotations

from oncopipe.qc.metrics.contamination import CONTAMINATION
from oncopipe.qc.metrics.coverage import COVERAGE
from oncopipe.qc.metrics.family import MetricFamily
from oncopipe.qc.metrics.identity import IDENTITY
from oncopipe.qc.metrics.insert_size import INSERT_SIZE
from oncopipe.qc.metrics.reads import READS
from oncopipe.qc.metrics.sex import SEX
from oncopipe.qc.metrics.substitutions import SUBSTITUTIONS

# In reading order: of the metrics table, the docs and the report.
METRICS: tuple[MetricFamily, ...] = (
    IDENTITY,
    CONTAMINATION,
    SEX,
    COVERAGE,
    READS,
    INSERT_SIZE,
    SUBSTITUTIONS,
)
