"""The parts of page one, each from the findings: who, can it be trusted, what is absent, what is inherited, what next."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce

from oncopipe.data.findings import Findings, Negative, PossibleGermline, QcMetric, Quality, Variant
from oncopipe.report.catalogue import Text, text
from oncopipe.report.figures import percent
from oncopipe.report.rows import Row, name_of

SHARE = "fraction"  # a unit that begins so is a share of something
MAX_NAMED = 5  # names in one sentence
MAX_REASONS = 3
MAX_NEGATIVES = 8
MAX_BIOMARKERS = 6
MAX_STEPS = 5  # with the line that counts what is left out
MAX_TARGET = 30  # characters of a target that a sentence names beside its gene
LOW_VAF, FEW_FRAGMENTS = 0.05, 10
NAMED = ("identity", "swap", "contamination", "sex")  # metrics that the trust line names
ALWAYS = ("identity", "contamination")
_RANK = {"NOT_ASSESSED": 0, "PASS": 1, "WARN": 2, "FAIL": 3}

Said = Text | str
Pair = tuple[Text, Said]


@dataclass(frozen=True)
class Trust:
    """The trust line: a status, what it means, and why."""

    status: str
    meaning: Text
    parts: tuple[Text, ...]  # the questions that have a metric of their own, each with its answer
    assessed: Text | None  # how much of what matters here could have been seen
    is_blind: bool  # whether any of that could not
    reasons: tuple[Text, ...]
    n_more: int


@dataclass(frozen=True)
class NegativeRow:
    """A target and its result; 'not detected' comes with its limit."""

    status: str
    gene: str
    target: str
    result: Text
    sites: str
    depth: Said
    reason: str


def identifiers(findings: Findings) -> tuple[Pair, ...]:
    """The ids that name patient and samples; two at least."""
    identity = findings.identity
    rows: list[Pair] = [(text("id.patient"), identity.patient), (text("id.tumor"), identity.sample)]
    if identity.external_id:
        rows.append((text("id.external"), identity.external_id))
    rows.append((text("id.normal"), identity.normal or text("page.none")))
    return tuple(rows)


def strip(findings: Findings) -> tuple[Pair, ...]:
    """Specimen, assay, tumor content and dates, as the sample sheet gives them."""
    identity = findings.identity
    purity = None if identity.purity is None else f"{100 * identity.purity:.0f} %"
    content = None if purity is None else text("id.by_pathology", percent=purity)
    rows: tuple[tuple[str, Said | None], ...] = (
        ("specimen", identity.specimen),
        ("assay", identity.assay),
        ("content", content),
        ("sex", identity.sex),
        ("collected", identity.collected),
        ("received", identity.received),
        ("reported", identity.reported),
        ("timepoint", identity.timepoint),
    )
    return tuple((text(f"id.{key}"), value or text("page.not_stated")) for key, value in rows)


def trust(quality: Quality, negatives: Sequence[Negative] = ()) -> Trust:
    """Whether the data can be trusted, with the first reasons against it, and how many target sites can be read."""
    reasons = [quality_reason(m) for status in ("FAIL", "WARN") for m in quality.metrics if m.status == status]
    return Trust(
        status=quality.status,
        meaning=text(f"trust.{quality.status}"),
        parts=_parts(quality.metrics),
        assessed=_assessed(negatives),
        is_blind=any(n.status == "not_assessable" for n in negatives),
        reasons=tuple(reasons[:MAX_REASONS]),
        n_more=max(0, len(reasons) - MAX_REASONS),
    )


def _parts(metrics: Sequence[QcMetric]) -> tuple[Text, ...]:
    """The answers to the questions of `NAMED`, each by the worst metric of its samples.

    Identity and contamination are never left out: what was not assessed is said.
    """
    parts: list[Text] = []
    for name in NAMED:
        found = [m for m in metrics if m.metric == name]
        worst = max(found, key=lambda m: _RANK[m.status], default=None)
        status = worst.status if worst else "NOT_ASSESSED"
        said: dict[str, Said] = {"status": text(f"status.{status}")}
        if worst and name == "contamination" and isinstance(worst.value, float) and status != "NOT_ASSESSED":
            parts.append(text("trust.contamination_value", value=f"{100 * worst.value:.1f} %", **said))
        elif status != "NOT_ASSESSED" or name in ALWAYS:
            parts.append(text(f"trust.{name}", **said))
    return tuple(parts)


def _assessed(negatives: Sequence[Negative]) -> Text | None:
    """Sites of the diagnosis's targets with a limit that serves, of all, and the highest limit stated."""
    if not negatives:
        return None
    n, total = sum(x.n_assessable for x in negatives), sum(x.n_sites for x in negatives)
    limits = [x.limit for x in negatives if x.limit is not None]
    share = f"{100 * n / total:.0f} %" if n in (0, total) else f"{min(max(100 * n / total, 0.1), 99.9):.1f} %"
    said = {"share": share, "n": n, "total": total}
    return (
        text("trust.assessed", **said, limit=percent(max(limits))) if limits else text("trust.assessed_none", **said)
    )


def quality_reason(metric: QcMetric) -> Text:
    """Why a metric warns or fails, with its sample, name and value."""
    limit = metric.fail if metric.status == "FAIL" else metric.warn
    reason: Said = metric.reason or (text("trust.limit", limit=limit) if limit else text("trust.limit_unknown"))
    said = {"status": text(f"status.{metric.status}"), "sample": metric.sample, "reason": reason}
    if isinstance(reason, str) and reason.lower().startswith(metric.label.lower()):
        return text("trust.reason", **said)
    return text("trust.reason_value", **said, label=metric.label, value=metric_value(metric))


def metric_value(metric: QcMetric) -> Said:
    """The value of a metric with its unit: shares in percent, else at most 4 significant digits, thousands in groups.

    >>> from oncopipe.data.findings import QcMetric
    >>> from oncopipe.report.catalogue import words
    >>> make = lambda value, unit: QcMetric(sample="s", metric="m", label="l", value=value, unit=unit, status="PASS")
    >>> made = [(1234567.0, "reads"), (0.01234567, "fraction of bases"), (0.5, "fraction"), ("XX", "")]
    >>> [words(metric_value(make(*x))) for x in made]
    ['1,234,567 reads', '1.2 % of bases', '50.0 %', 'XX']
    """
    if metric.value is None:
        return text("page.no_value")
    if isinstance(metric.value, str):
        return f"{metric.value} {metric.unit}".rstrip()
    if metric.unit.startswith(SHARE):
        share, of = percent(metric.value), metric.unit.removeprefix(SHARE).removeprefix(" of ")
        return text("qc.share", share=share, of=of) if of else share
    number = _number(metric.value, is_count=metric.unit.endswith("sites"))
    if metric.unit[:1].isdigit():  # a unit that says what the ends of a scale mean
        return text("qc.scaled", number=number, scale=metric.unit)
    return text("qc.measured", number=number, unit=metric.unit) if metric.unit else number


def threshold(metric: QcMetric, condition: str | None) -> str:
    """The condition of a threshold in the unit of the value: '< 0.95' of a share is '< 95 %'."""
    found = re.fullmatch(r"(<|>=?) ([0-9.]+)", condition or "")
    if found is None:
        return condition or "–"
    sign, bound = found[1].replace(">=", "≥"), float(found[2])
    return f"{sign} {100 * bound:g} %" if metric.unit.startswith(SHARE) else f"{sign} {bound:g}"


def _number(value: float, *, is_count: bool = False) -> str:
    if is_count or (value == int(value) and abs(value) < 1e15):
        return f"{round(value):,}"
    return f"{value:,.1f}" if abs(value) >= 1000 else f"{value:.4g}"


def negative_rows(negatives: Sequence[Negative]) -> tuple[NegativeRow, ...]:
    """Targets with their results, in the findings' order of importance; what was detected stands last."""
    return tuple(_negative(n) for n in sorted(negatives, key=lambda n: n.status == "detected"))


def _negative(negative: Negative) -> NegativeRow:
    result = text(f"negatives.{negative.status}")
    if negative.status == "not_detected" and negative.limit is not None:
        result = text("negatives.not_detected", limit=percent(negative.limit))
    depth: str | Text = text("variants.not_given") if negative.depth is None else f"{negative.depth:,}"
    if negative.alternate is not None and negative.molecules is not None:
        depth = text("negatives.counted", alternate=negative.alternate, molecules=negative.molecules)
    return NegativeRow(
        status=negative.status,
        gene=negative.gene,
        target=negative.target,
        result=result,
        sites=f"{negative.n_assessable:,}/{negative.n_sites:,}",
        depth=depth,
        reason=negative.reason or "",
    )


def germline(findings: Findings, actionable: Sequence[Variant]) -> tuple[Text, ...]:
    """What can be said of inherited variants. Nothing is named against consent."""
    identity = findings.identity
    paired = "germline.looked" if findings.germline_examined else "germline.paired"
    said = [text(paired if identity.normal else "germline.tumor_only")]
    if identity.germline_consent is not False:
        named = named_germline(findings)
        said += named[:MAX_NAMED]
        if len(named) > MAX_NAMED:
            said.append(text("germline.more", n=len(named) - MAX_NAMED))
        names = heterozygous(findings, actionable)
        if names:
            said.append(text("germline.candidates", names=_names(names)))
    consent = {True: "yes", False: "no", None: "unknown"}[identity.germline_consent]
    return (*said, text(f"germline.consent_{consent}"))


def named_germline(findings: Findings) -> tuple[Text, ...]:
    """Every finding that may be inherited; none against consent."""
    if findings.identity.germline_consent is False:
        return ()
    return tuple(
        text("germline.finding", gene=g.gene, name=g.name, reason=g.reason) for g in findings.possible_germline
    )


def heterozygous(findings: Findings, actionable: Sequence[Variant]) -> list[str]:
    """Tumor-only: names of the variants whose VAF interval holds one half.

    METHOD: an inherited heterozygous variant has an expected VAF of 0.5 whatever the tumor content, where tumor and
    normal cells have the same copy number; the interval says whether the counts agree with that.
    """
    if findings.identity.normal is not None:
        return []
    return [name_of(v) for v in actionable if v.tumor.vaf_low <= 0.5 <= v.tumor.vaf_high]


def next_steps(findings: Findings, rows: Sequence[Row], negatives: Sequence[NegativeRow]) -> tuple[Text, ...]:
    """Prompts that follow from the data alone: what would settle a doubt that the page states."""
    steps: list[Text] = []
    if findings.quality.status == "FAIL":
        steps.append(text("next.quality"))
    if findings.identity.diagnosis_code is None:
        steps.append(text("next.diagnosis"))
    weak = [r.name for r in rows if r.variant.tumor.vaf < LOW_VAF or r.variant.tumor.alternate < FEW_FRAGMENTS]
    if weak:
        steps.append(text("next.orthogonal", names=_names(weak), why=text("next.why_low")))
    if blind := _short_names(n for n in negatives if n.status == "not_assessable"):
        steps.append(text("next.not_assessable", names=_names(blind)))
    if findings.identity.normal is None:
        steps.append(text("next.normal"))
    if findings.possible_germline and findings.identity.germline_consent is not False:
        steps.append(text("next.germline", names=_names([_germline_name(g) for g in findings.possible_germline])))
    if any(row.has_unchecked for row in rows):
        steps.append(text("next.unverified"))
    if len(steps) > MAX_STEPS:  # the page has said what is left out: no normal, possible germline, unverified labels
        steps[MAX_STEPS - 1 :] = [text("next.more", n=len(steps) - MAX_STEPS + 1)]
    return tuple(steps) or (text("next.none"),)


def _short_names(rows: Iterable[NegativeRow]) -> list[Said]:
    """Targets by name; those with a long one by their gene, once."""
    names = (
        text("next.target", gene=row.gene, target=row.target) if len(row.target) <= MAX_TARGET else row.gene
        for row in rows
    )
    return list(dict.fromkeys(names))


def _germline_name(finding: PossibleGermline) -> str:
    return f"{finding.gene} {finding.name}"


def _names(names: Sequence[Said]) -> Said:
    """Names in one sentence, each known by its own words; at most `MAX_NAMED`, and how many more."""
    shown = reduce(lambda said, name: text("page.list", first=said, second=name), names[:MAX_NAMED])
    return shown if len(names) <= MAX_NAMED else text("next.names_more", names=shown, n=len(names) - MAX_NAMED)


def versions(findings: Findings) -> tuple[Pair, ...]:
    """What made the report, for the foot of page one."""
    provenance = findings.provenance
    knowledge = ", ".join(f"{k.name} {k.release}" for k in provenance.knowledge) or text("version.knowledge_none")
    return (
        (text("version.oncopipe"), provenance.oncopipe_version),
        (text("version.caller"), provenance.caller),
        (text("version.reference"), provenance.reference),
        (text("version.knowledge"), knowledge),
        (text("version.format"), findings.format_version),
    )
