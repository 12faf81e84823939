"""Findings to what people read: the report of a patient, the tables and page of a cohort.

`content` decides what is said, `html` how it looks: a template computes nothing, and nothing in `content` is HTML.
"""

from oncopipe.report.cohort import write_cohort
from oncopipe.report.html import write_report

__all__ = ["write_cohort", "write_report"]
