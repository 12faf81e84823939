"""Findings to what the report says, in reading order. No HTML here, and no decision in the templates."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from oncopipe.data.findings import Biomarker, Findings, QcMetric, Quality, Variant
from oncopipe.report import texts
from oncopipe.report.figures import Plot, vaf_plot
from oncopipe.report.rows import Row, list_order, row_of

MAX_ANSWERS = 5
MAX_DETAILED = 100  # tier I and II variants with their evidence
MAX_LISTED = 1000  # tier III and IV variants each: about 0.5 MB of HTML
MAX_PLOTTED = 40
MAX_REASONS = 4
CROSS_SAMPLE = ("contamination", "identity", "concordance", "sex", "relatedness", "swap")


@dataclass(frozen=True)
class Trust:
    """The trust line: a status, what it means, and why."""

    status: str
    word: str
    meaning: str
    sentence: str
    reasons: tuple[str, ...]
    n_more: int


@dataclass(frozen=True)
class Listing:
    """Variants of one tier as far as the page shows them."""

    tier: str
    title: str
    rows: tuple[Row, ...]
    n_left_out: int


@dataclass(frozen=True)
class QcGroup:
    """The metrics of one sample; `role` is its part in this report."""

    sample: str
    role: str
    metrics: tuple[QcMetric, ...]


@dataclass(frozen=True)
class Content:
    """Everything that the report of one tumor sample says."""

    findings: Findings
    digest: str  # sha256 of the findings, so that a printed page names its data
    is_paired: bool
    badge: str
    identifiers: tuple[tuple[str, str], ...]
    strip: tuple[tuple[str, str], ...]
    trust: Trust
    answers: tuple[Row, ...]
    n_more_answers: int
    has_unchecked: bool
    has_diagnosis: bool
    biomarkers: tuple[Biomarker, ...]
    germline: tuple[str, ...]
    actionable: Listing
    benign: Listing
    unknown: Listing
    plot: Plot
    qc: tuple[QcGroup, ...]
    cross_sample: tuple[QcMetric, ...]
    versions: tuple[tuple[str, str], ...]


def content_of(findings: Findings) -> Content:
    """What the report says about one tumor sample.

    The order of tier I and II variants is that of the findings (most actionable first); tiers III and IV go by
    impact, gene and position, so that what a limit leaves out matters least.
    """
    identity, quality = findings.identity, findings.quality
    by_tier = {tier: [v for v in findings.variants if v.tier.tier == tier] for tier in texts.TIER_TITLE}
    n_actionable = len(findings.actionable())
    actionable = [row_of(v) for v in findings.actionable()[:MAX_DETAILED]]
    plotted = findings.actionable() + by_tier["III"]
    is_paired = identity.normal is not None
    return Content(
        findings=findings,
        digest=hashlib.sha256(findings.model_dump_json().encode("utf-8", "surrogatepass")).hexdigest(),
        is_paired=is_paired,
        badge="TUMOR / NORMAL" if is_paired else "TUMOR-ONLY",
        identifiers=_identifiers(findings),
        strip=_strip(findings),
        trust=_trust(quality),
        answers=tuple(actionable[:MAX_ANSWERS]),
        n_more_answers=max(0, n_actionable - MAX_ANSWERS),
        has_unchecked=any(row.has_unchecked for row in actionable),
        has_diagnosis=identity.diagnosis_code is not None,
        biomarkers=tuple(findings.biomarkers),
        germline=_germline(findings),
        actionable=Listing(
            "I–II",
            "Variants of tier I and II, with their evidence",
            tuple(actionable),
            n_actionable - len(actionable),
        ),
        benign=_listing("IV", by_tier["IV"]),
        unknown=_listing("III", by_tier["III"]),
        plot=vaf_plot(plotted, [row_of(v).name for v in plotted[:MAX_PLOTTED]], identity.purity, MAX_PLOTTED),
        qc=_qc_groups(findings),
        cross_sample=tuple(m for m in quality.metrics if any(word in m.metric.lower() for word in CROSS_SAMPLE)),
        versions=_versions(findings),
    )


def metric_value(metric: QcMetric) -> str:
    """The value of a metric with its unit: at most 4 significant digits, thousands in groups.

    >>> from oncopipe.data.findings import QcMetric
    >>> make = lambda value, unit: QcMetric(sample="s", metric="m", label="l", value=value, unit=unit, status="PASS")
    >>> [metric_value(make(*x)) for x in ((1234567.0, "reads"), (0.01234567, "fraction"), ("XX", ""), (None, "x"))]
    ['1,234,567 reads', '0.01235 fraction', 'XX', 'no value']
    """
    if metric.value is None:
        return "no value"
    if isinstance(metric.value, str):
        number = metric.value
    elif metric.value == int(metric.value) and abs(metric.value) < 1e15:
        number = f"{int(metric.value):,}"
    else:
        number = f"{metric.value:,.1f}" if abs(metric.value) >= 1000 else f"{metric.value:.4g}"
    return f"{number} {metric.unit}".rstrip()


def _identifiers(findings: Findings) -> tuple[tuple[str, str], ...]:
    identity = findings.identity
    rows = [("Patient", identity.patient), ("Tumor sample", identity.sample)]
    if identity.external_id:
        rows.append(("External id", identity.external_id))
    rows.append(("Normal sample", identity.normal or "none"))
    return tuple(rows)


def _strip(findings: Findings) -> tuple[tuple[str, str], ...]:
    identity = findings.identity
    purity = "not stated" if identity.purity is None else f"{identity.purity:.0%} by pathology".replace("%", " %")
    return (
        ("Specimen", identity.specimen or "not stated"),
        ("Assay", identity.assay or "not stated"),
        ("Tumor content", purity),
        ("Sex", identity.sex or "not stated"),
        ("Collected", identity.collected or "not stated"),
        ("Received", identity.received or "not stated"),
        ("Reported", identity.reported or "not stated"),
        ("Time point", identity.timepoint or "not stated"),
    )


def _trust(quality: Quality) -> Trust:
    reasons = [quality_reason(m) for status in ("FAIL", "WARN") for m in quality.metrics if m.status == status]
    return Trust(
        status=quality.status,
        word=texts.STATUS_WORD[quality.status],
        meaning=texts.TRUST_MEANING[quality.status],
        sentence=quality.sentence,
        reasons=tuple(reasons[:MAX_REASONS]),
        n_more=max(0, len(reasons) - MAX_REASONS),
    )


def quality_reason(metric: QcMetric) -> str:
    """Why a metric warns or fails, with its sample, name and value."""
    value = f"{metric.label} {metric_value(metric)}"
    reason = metric.reason or f"limit {(metric.fail if metric.status == 'FAIL' else metric.warn) or 'not recorded'}"
    named = reason.lower().startswith(metric.label.lower())
    return f"{metric.status} in {metric.sample}: {reason if named else f'{value} – {reason}'}"


def _germline(findings: Findings) -> tuple[str, ...]:
    """What can be said of inherited variants. Names stand here only for tumor-only, and never against consent."""
    identity = findings.identity
    said = [texts.GERMLINE_PAIRED if identity.normal else texts.GERMLINE_TUMOR_ONLY]
    if identity.normal is None and identity.germline_consent is not False:
        # METHOD: an inherited heterozygous variant has an expected VAF of 0.5 whatever the tumor content, where
        # tumor and normal cells have the same copy number; the interval says whether the counts agree with that.
        names = [row_of(v).name for v in findings.actionable() if v.tumor.vaf_low <= 0.5 <= v.tumor.vaf_high]
        if names:
            more = f" and {len(names) - MAX_ANSWERS} more" if len(names) > MAX_ANSWERS else ""
            said.append(
                f"VAF compatible with an inherited heterozygous variant: {', '.join(names[:MAX_ANSWERS])}{more}."
            )
    said.append(texts.CONSENT_WORD[identity.germline_consent])
    return tuple(said)


def _listing(tier: str, variants: list[Variant]) -> Listing:
    chosen = sorted(variants, key=list_order)[:MAX_LISTED]
    rows = tuple(row_of(variant) for variant in chosen)
    return Listing(tier, texts.TIER_TITLE[tier], rows, len(variants) - len(rows))


def _qc_groups(findings: Findings) -> tuple[QcGroup, ...]:
    identity = findings.identity
    role = {identity.sample: "tumor"} | ({identity.normal: "normal"} if identity.normal else {})
    groups: dict[str, list[QcMetric]] = {}
    for metric in findings.quality.metrics:
        groups.setdefault(metric.sample, []).append(metric)
    return tuple(QcGroup(sample, role.get(sample, ""), tuple(group)) for sample, group in groups.items())


def _versions(findings: Findings) -> tuple[tuple[str, str], ...]:
    provenance = findings.provenance
    knowledge = ", ".join(f"{k.name} {k.release}" for k in provenance.knowledge) or "none"
    return (
        ("OncoPipe", provenance.oncopipe_version),
        ("Caller", provenance.caller),
        ("Reference", provenance.reference),
        ("Knowledge", knowledge),
        ("Findings format", findings.format_version),
    )
