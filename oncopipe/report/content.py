"""Findings to what the report says, in reading order. No HTML here, and no decision in the templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from oncopipe.data.findings import Biomarker, Findings, QcMetric, Variant
from oncopipe.io.limits import Limits
from oncopipe.report import page_one
from oncopipe.report.catalogue import Text, text
from oncopipe.report.changes import Changes, changes, snapshot_of
from oncopipe.report.coverage import CoveragePlot, coverage_plot
from oncopipe.report.figures import Plot, vaf_plot
from oncopipe.report.history import MAX_SAMPLES, History, history_of
from oncopipe.report.page_one import MAX_NEGATIVES, NegativeRow, Pair, Trust
from oncopipe.report.rows import FEW_ROWS, Row, grade, name_of, row_of, therapy_columns
from oncopipe.report.selection import MAX_PLOTTED, Selection, Source, select
from oncopipe.report.signoff import Signature, SignOff, signature_of
from oncopipe.report.therapies import TherapyLine, therapy_lines

if TYPE_CHECKING:
    from oncopipe.report.reads import Pileup

MAX_ANSWERS = 5
MAX_SINCE, MAX_COURSES = 4, 3  # lines and small charts on page one
MAX_PROFILES = 200
ROOM = 14  # lines of answers, reasons and biomarkers or negatives that page one holds in print of full size
CROSS_SAMPLE = ("contamination", "identity", "concordance", "sex", "relatedness", "swap")
GLOSSARY = (
    "vaf", "interval", "limit", "paired", "tumor_only", "tier", "level", "place", "resistance", "hgvs", "content",
    "vus", "fragment",
)  # fmt: skip


@dataclass(frozen=True)
class Beside:
    """What a report is made from besides its findings."""

    earlier: tuple[Source, ...] = ()  # findings of the patient's earlier reports, oldest first
    signoff: SignOff | None = None
    limits: Limits | None = None  # limits of detection at the target sites
    pileups: Mapping[str, tuple[Pileup, ...]] = field(
        default_factory=dict
    )  # place of a variant -> its stacks of reads


@dataclass(frozen=True)
class ProfileLine:
    """A compound or wild-type profile that holds, with the therapy that its evidence speaks of."""

    condition: str
    tier: str
    line: TherapyLine


@dataclass(frozen=True)
class Listing:
    """Variants of one tier as far as the page shows them."""

    tier: str
    rows: tuple[Row, ...]
    n: int

    @property
    def n_left_out(self) -> int:
        return self.n - len(self.rows)


@dataclass(frozen=True)
class QcGroup:
    """The metrics of one sample; `role` is its part in this report. `judged`: those with a limit or without a value."""

    sample: str
    role: Text | None
    judged: tuple[QcMetric, ...]
    measured: tuple[QcMetric, ...]


@dataclass(frozen=True)
class Content:
    """Everything that the report of one tumor sample says. `findings` are without their variants."""

    findings: Findings
    digest: str  # sha256 of the findings, so that a printed page names its data
    signature: Signature
    n_passed: int
    is_paired: bool
    identifiers: tuple[Pair, ...]
    strip: tuple[Pair, ...]
    trust: Trust
    answers: tuple[Row, ...]
    n_more_answers: int
    has_unchecked: bool
    has_diagnosis: bool
    profiles: tuple[ProfileLine, ...]
    biomarkers: tuple[Biomarker, ...]
    negatives: tuple[NegativeRow, ...]
    germline: tuple[Text, ...]
    named_germline: tuple[Text, ...]  # all of them; page one names a few
    since: Changes | None  # to the signed version that this one replaces, else to the last report of the patient
    since_earlier: Changes | None
    history: History | None
    next_steps: tuple[Text, ...]
    actionable: Listing
    benign: Listing
    unknown: Listing
    pileups: Mapping[str, tuple[Pileup, ...]]
    plot: Plot
    coverage: CoveragePlot | None
    qc: tuple[QcGroup, ...]
    cross_sample: tuple[QcMetric, ...]
    versions: tuple[Pair, ...]

    @property
    def is_dense(self) -> bool:
        """Whether page one holds so much that it is printed small, to stay one page."""
        lines = [cell for row in self.answers for cell in [_most_lines(row, len(self.answers))]]
        beside = max(min(len(self.negatives), MAX_NEGATIVES), len(self.biomarkers) + 2)
        return len(self.answers) > FEW_ROWS or sum(lines) + len(self.trust.reasons) + beside > ROOM

    @property
    def running_footer(self) -> str:
        """Two identifiers and what data the page speaks of, for the foot of each printed page."""
        identity = self.findings.identity
        return " · ".join([identity.patient, identity.sample, f"sha256 {self.digest[:12]}"])


def content_of(source: Source, beside: Beside | None = None) -> Content:
    """What the report says about one tumor sample.

    The order of tier I and II variants is that of the findings (most actionable first); tiers III and IV go by
    impact, gene and position, so that what a limit leaves out matters least.
    """
    beside, chosen, head = beside or Beside(), select(source.variants()), source.head
    actionable = tuple(row_of(v) for v in chosen.actionable)
    negatives = page_one.negative_rows(head.negatives)
    signature, (since, history) = signature_of(beside.signoff, source), _compared(beside.earlier, source, chosen)
    return Content(
        findings=head,
        digest=source.digest,
        signature=signature,
        n_passed=chosen.n,
        is_paired=head.identity.normal is not None,
        identifiers=page_one.identifiers(head),
        strip=page_one.strip(head),
        trust=page_one.trust(head.quality, head.negatives),
        answers=actionable[:MAX_ANSWERS],
        n_more_answers=max(0, chosen.n_actionable - MAX_ANSWERS),
        has_unchecked=any(row.has_unchecked for row in actionable),
        has_diagnosis=head.identity.diagnosis_code is not None,
        profiles=_profiles(head),
        biomarkers=tuple(head.biomarkers),
        negatives=negatives,
        germline=page_one.germline(head, chosen.actionable),
        named_germline=page_one.named_germline(head),
        since=signature.differences or since,
        since_earlier=since,
        history=history,
        next_steps=page_one.next_steps(head, actionable, negatives),
        actionable=Listing("I–II", actionable, chosen.n_actionable),
        benign=_listing("IV", chosen),
        unknown=_listing("III", chosen),
        pileups=beside.pileups,
        plot=_plot(chosen, head.identity.purity),
        coverage=_coverage(beside.limits, head),
        qc=_qc_groups(head),
        cross_sample=_cross_sample(head),
        versions=page_one.versions(head),
    )


def _most_lines(row: Row, n_rows: int) -> int:
    """Lines of a row of the answer table, counting one for its tier and why."""
    return 1 + max(len(cell.lines) + (cell.n_more > 0) for cell in therapy_columns(row.therapies, n_rows))


def _profiles(head: Findings) -> tuple[ProfileLine, ...]:
    """Profiles of tier I and II that hold and speak of a therapy, in the findings' order."""
    return tuple(
        ProfileLine(profile.condition, grade(profile.tier), line)
        for profile in head.profiles
        if profile.truth == "true" and profile.tier is not None and profile.tier.is_actionable
        for line in therapy_lines([profile.evidence])
    )


def _compared(earlier: Sequence[Source], source: Source, chosen: Selection) -> tuple[Changes | None, History | None]:
    """The changes since the last report, and the courses over all; None of either without an earlier one."""
    if not earlier:
        return None, None
    # PERF: each file of findings is read for its snapshot once; it may hold 100,000 variants.
    sources = [*earlier, source][-MAX_SAMPLES:]
    snapshots = [*map(snapshot_of, sources[:-1]), snapshot_of(source, chosen)]
    return changes(snapshots[-2], snapshots[-1], source.head), history_of(sources, snapshots)


def _listing(tier: str, chosen: Selection) -> Listing:
    return Listing(tier, tuple(row_of(v) for v in chosen.listed[tier]), chosen.n_by_tier[tier])


def _plot(chosen: Selection, purity: float | None) -> Plot:
    drawn: Sequence[Variant] = chosen.plotted
    n = chosen.n_actionable + chosen.n_by_tier["III"]
    return vaf_plot(drawn, [name_of(v) for v in drawn], purity, n - min(n, MAX_PLOTTED))


def _coverage(limits: Limits | None, head: Findings) -> CoveragePlot | None:
    if limits is None:
        return None
    serves = head.provenance.parameters.get("negative_limit")
    return coverage_plot(
        limits, (n.gene for n in head.negatives), float(serves) if isinstance(serves, (int, float)) else 1.0
    )


def _qc_groups(findings: Findings) -> tuple[QcGroup, ...]:
    identity = findings.identity
    role = {identity.sample: text("qc.role_tumor")}
    if identity.normal:
        role[identity.normal] = text("qc.role_normal")
    groups: dict[str, list[QcMetric]] = {}
    for metric in findings.quality.metrics:
        groups.setdefault(metric.sample, []).append(metric)
    return tuple(
        QcGroup(
            sample,
            role.get(sample),
            tuple(m for m in group if not _is_cross(m) and _is_judged(m)),
            tuple(m for m in group if not _is_cross(m) and not _is_judged(m)),
        )
        for sample, group in groups.items()
    )


def _is_judged(metric: QcMetric) -> bool:
    return metric.status != "NOT_ASSESSED" or metric.value is None


def _is_cross(metric: QcMetric) -> bool:
    return any(word in metric.metric.lower() for word in CROSS_SAMPLE)


def _cross_sample(head: Findings) -> tuple[QcMetric, ...]:
    """What tells whose the samples are and what else is in them. A normal is not compared with itself."""
    return tuple(
        m
        for m in head.quality.metrics
        if _is_cross(m) and (m.sample != head.identity.normal or m.value is not None or m.status != "NOT_ASSESSED")
    )
