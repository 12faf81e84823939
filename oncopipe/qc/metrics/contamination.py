"""How much of another person's DNA there is."""

from __future__ import annotations

from oncopipe.data.findings import QcMetric
from oncopipe.qc.contamination import Contamination
from oncopipe.qc.judgment import Measurement, measured, not_assessed
from oncopipe.qc.metrics.family import MetricFamily


def _measure(m: Measurement) -> list[QcMetric]:
    label, unit = "Contamination", "fraction of another person's DNA"
    found = m.contamination
    if found is None:
        return [not_assessed(m, "contamination", label, unit, "no common sites were given")]
    bounds = [
        measured(m, "contamination_low", "Contamination, lower bound", found.low, unit),
        measured(m, "contamination_high", "Contamination, upper bound", found.high, unit),
        measured(m, "contamination_sites", "Sites of contamination", found.n_sites, "homozygous sites"),
    ]
    how = f"95 % interval {found.low:.4f} to {found.high:.4f} from {found.n_sites:.0f} homozygous sites"
    how += " of the normal" if m.has_normal else " of the sample itself"
    how += "" if found.is_frequency_known else ", population frequencies learned"
    if found.n_sites < m.options.min_sites:
        reason = f"{found.n_sites:.0f} homozygous sites are covered, {m.options.min_sites} are needed"
        return [not_assessed(m, "contamination", label, unit, reason), *bounds]
    row = measured(m, "contamination", label, found.fraction, unit, too="high", threshold="contamination", reason=how)
    return [_with_doubt(m, row, found, how), *bounds]


def _with_doubt(m: Measurement, row: QcMetric, found: Contamination, how: str) -> QcMetric:
    """The status that the interval allows: few reads neither acquit nor condemn."""
    warn, fail = m.options.warn_contamination, m.options.fail_contamination
    if row.status == "PASS" and fail is not None and found.high >= fail:
        reason = f"the upper bound {found.high:.3g} does not exclude {fail:g}: too few reads at sites; {how}"
        return row.model_copy(update={"status": "NOT_ASSESSED", "reason": reason})
    if row.status == "FAIL" and warn is not None and found.low < warn:
        reason = f"{row.reason}; the lower bound {found.low:.3g} does not exclude a clean sample"
        return row.model_copy(update={"status": "WARN", "reason": reason})
    return row


CONTAMINATION = MetricFamily(
    "contamination",
    ("contamination", "contamination_low", "contamination_high", "contamination_sites"),
    _measure,
)
