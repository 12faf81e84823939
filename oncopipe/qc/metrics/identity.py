"""Whether tumor and normal are of the same person, and in their own places."""

from __future__ import annotations

from oncopipe.data.findings import QcMetric, Status
from oncopipe.qc.identity import Identity
from oncopipe.qc.judgment import Measurement, measured, not_assessed
from oncopipe.qc.metrics.family import MetricFamily
from oncopipe.qc.swap import MAX_SWAP_PROBABILITY

MIN_PRIVATE_ALLELES = 10


def _measure(m: Measurement) -> list[QcMetric]:
    return [*_identity(m), _swap(m)]


def _identity(m: Measurement) -> list[QcMetric]:
    label, unit = "Identity of tumor and normal", "1 same person to 0 unrelated"
    if not m.has_normal:
        return [not_assessed(m, "identity", label, unit, "there is no normal to compare with")]
    if m.identity is None:
        return [not_assessed(m, "identity", label, unit, "no common sites were given")]
    found = m.identity
    told = measured(m, "identity_sites", "Sites of identity", found.n_sites, "homozygous sites")
    if found.n_sites < m.options.min_sites:
        reason = f"{found.n_sites:.0f} homozygous sites are covered, {m.options.min_sites} are needed"
        return [not_assessed(m, "identity", label, unit, reason), told]
    interval = f"95 % interval {found.low:.2f} to {found.high:.2f} from {found.n_sites:.0f} sites"
    row = measured(m, "identity", label, found.identity, unit, too="low", threshold="identity", reason=interval)
    return [_with_doubt(m, row, found), told]


def _with_doubt(m: Measurement, row: QcMetric, found: Identity) -> QcMetric:
    """The status that the interval allows: few reads neither prove a person nor another one."""
    warn, fail = m.options.warn_identity, m.options.fail_identity
    if row.status == "PASS" and fail is not None and found.low < fail:
        reason = f"the lower bound {found.low:.2f} does not exclude another person; {row.reason}"
        return row.model_copy(update={"status": "NOT_ASSESSED", "reason": reason})
    if row.status == "FAIL" and warn is not None and found.high >= warn:
        reason = f"{row.reason}; the upper bound does not exclude the same person"
        return row.model_copy(update={"status": "WARN", "reason": reason})
    if row.status == "FAIL":
        reason = f"tumor and normal look like different people: {row.reason}"
        return row.model_copy(update={"reason": reason})
    return row


def _swap(m: Measurement) -> QcMetric:
    label, unit = "Tumor and normal in their places", ""
    found = m.private_alleles
    if found is None:
        return not_assessed(m, "swap", label, unit, "there is no normal to compare with")
    said = f"{found.n_normal} alleles are only in the normal, {found.n_tumor} only in the tumor"
    status: Status = "PASS"
    if m.identity is not None and m.options.fail_identity is not None and m.identity.high < m.options.fail_identity:
        return not_assessed(m, "swap", label, unit, "tumor and normal look like different people")
    if found.is_swapped:
        status = m.options.swapped
        said = f"tumor and normal seem swapped, or the normal is contaminated: {said}"
    elif found.n_tumor + found.n_normal < MIN_PRIVATE_ALLELES:
        return not_assessed(m, "swap", label, unit, f"{said}: too few to tell")
    return QcMetric(
        sample=m.sample,
        metric="swap",
        label=label,
        value="swapped" if found.is_swapped else "in place",
        unit=unit,
        status=status,
        warn=f"p < {MAX_SWAP_PROBABILITY:g}" if m.options.swapped == "WARN" else None,
        fail=f"p < {MAX_SWAP_PROBABILITY:g}" if m.options.swapped == "FAIL" else None,
        reason=said,
    )


IDENTITY = MetricFamily("identity", ("identity", "identity_sites", "swap"), _measure)
