"""The course of each reported variant over the samples of a patient: its VAF, or down to which VAF it was absent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from oncopipe.data.findings import Findings, Support
from oncopipe.report.catalogue import Text, text
from oncopipe.report.changes import Snapshot, limits_of
from oncopipe.report.figures import percent, vaf_text
from oncopipe.report.rows import name_of
from oncopipe.report.selection import Source

MAX_COURSES = 12
MAX_SAMPLES = 6  # the latest
CHART_WIDTH, CHART_HEIGHT = 72.0, 18.0
_MARGIN = 4.0


@dataclass(frozen=True)
class Point:
    """One sample of a course: counts where the variant was called, else the limit of that very change, else neither."""

    support: Support | None
    limit: float | None

    @property
    def says(self) -> Text | str:
        if self.support is not None:
            return vaf_text(self.support)
        if self.limit is not None:
            return text("negatives.not_detected", limit=percent(self.limit))
        return text("course.not_called")


@dataclass(frozen=True)
class Chart:
    """A course in user units: whiskers and dots of calls, `absent` marks at limits, and the line between calls."""

    line: str
    dots: tuple[tuple[float, float], ...]
    whiskers: tuple[tuple[float, float, float], ...]  # x, y of the low bound, y of the high bound
    absent: tuple[tuple[float, float], ...]
    unknown: tuple[float, ...]
    top: str  # VAF at the upper edge


@dataclass(frozen=True)
class Course:
    """A variant of tier I or II over the samples; `short` says the last step."""

    name: str
    tier: str
    points: tuple[Point, ...]
    chart: Chart
    short: Text | str


@dataclass(frozen=True)
class History:
    """Courses of the variants over the samples, oldest first; `samples` holds id and date or time point of each."""

    samples: tuple[tuple[str, str], ...]
    courses: tuple[Course, ...]
    n_left_out: int


def history_of(sources: Sequence[Source], snapshots: Sequence[Snapshot]) -> History:
    """The courses over the patient's samples, two or more, oldest first; `snapshots` is what their reports say.

    Variants are those of tier I or II in any of the samples, the current ones first, known by gene and protein change.
    """
    tiers = _tiers(snapshots)
    seen = [_points(source, set(tiers)) for source in sources]
    courses = tuple(
        _course(name, tier, tuple(points.get(name, Point(None, limits.get(name))) for points, limits in seen))
        for name, tier in list(tiers.items())[:MAX_COURSES]
    )
    heads = [source.head for source in sources]
    return History(
        tuple((head.identity.sample, _when(head)) for head in heads), courses, max(0, len(tiers) - MAX_COURSES)
    )


def _tiers(snapshots: Sequence[Snapshot]) -> dict[str, str]:
    """Tier of each reported variant in the latest sample that reports it, the latest sample's variants first."""
    tiers: dict[str, str] = {}
    for snapshot in reversed(snapshots):
        for variant in snapshot.actionable:
            tiers.setdefault(variant.name, variant.tier)
    return tiers


def _points(source: Source, names: set[str]) -> tuple[dict[str, Point], dict[str, float]]:
    points: dict[str, Point] = {}
    for variant in source.variants():
        name = name_of(variant)
        if name in names and name not in points:
            points[name] = Point(variant.tumor, None)
    return points, limits_of(source.head)


def _when(head: Findings) -> str:
    identity = head.identity
    return " ".join(part for part in (identity.collected or identity.reported, identity.timepoint) if part)


def _course(name: str, tier: str, points: tuple[Point, ...]) -> Course:
    last, now = points[-2:]
    return Course(name, tier, points, chart_of(points), text("course.step", old=_brief(last), new=_brief(now)))


def _brief(point: Point) -> Text | str:
    if point.support is not None:
        return percent(point.support.vaf)
    return "?" if point.limit is None else text("course.below", limit=percent(point.limit))


def chart_of(points: Sequence[Point]) -> Chart:
    """Geometry of a small chart from 0 to the highest bound or limit; samples stand at equal distances."""
    heights = [p.support.vaf_high if p.support else p.limit or 0.0 for p in points]
    top = max([*heights, 0.01])
    step = (CHART_WIDTH - 2 * _MARGIN) / max(1, len(points) - 1)

    def y(vaf: float) -> float:
        return round(CHART_HEIGHT - 2 - (CHART_HEIGHT - 4) * vaf / top, 1)

    xs = [round(_MARGIN + step * i, 1) for i in range(len(points))]
    called = [(x, p.support) for x, p in zip(xs, points, strict=True) if p.support is not None]
    # No line across a sample in which the variant was not called: it would claim a VAF there.
    starts = [i == 0 or points[i - 1].support is None for i in range(len(points))]
    return Chart(
        line="".join(
            f"{'M' if start else 'L'}{x} {y(p.support.vaf)}"
            for x, p, start in zip(xs, points, starts, strict=True)
            if p.support is not None
        ),
        dots=tuple((x, y(s.vaf)) for x, s in called),
        whiskers=tuple((x, y(s.vaf_low), y(s.vaf_high)) for x, s in called),
        absent=tuple((x, y(p.limit)) for x, p in zip(xs, points, strict=True) if not p.support and p.limit),
        unknown=tuple(x for x, p in zip(xs, points, strict=True) if not p.support and not p.limit),
        top=percent(top),
    )
