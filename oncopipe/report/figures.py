"""Geometry of the figures: numbers in, coordinates out. The templates draw them as inline SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from oncopipe.data.findings import Support, Variant

BAR_WIDTH = 100.0  # user units of a VAF bar that spans 0 to 1
PLOT_WIDTH, PLOT_LABEL, PLOT_ROW = 680.0, 190.0, 17.0
MAX_LABEL = 30  # characters that fit left of the axis
PLOT_TICKS = (0, 25, 50, 75, 100)


@dataclass(frozen=True)
class Bar:
    """A VAF with its interval on an axis from 0 to 1, in user units."""

    point: float
    low: float
    high: float


@dataclass(frozen=True)
class PlotRow:
    label: str
    tier: str
    text: str
    y: float
    tumor: Bar
    normal: float | None  # x of the VAF in the normal


@dataclass(frozen=True)
class Plot:
    """Dots with whiskers, one row a variant; `expected` is the x of half the tumor content."""

    width: float
    height: float
    left: float
    rows: tuple[PlotRow, ...]
    ticks: tuple[tuple[float, str], ...]
    expected: float | None
    n_left_out: int


def vaf_bar(support: Support) -> Bar:
    """Where point and interval of a VAF lie on a bar of `BAR_WIDTH`."""
    return Bar(*(round(BAR_WIDTH * v, 1) for v in (support.vaf, support.vaf_low, support.vaf_high)))


def vaf_plot(variants: Sequence[Variant], labels: Sequence[str], purity: float | None, n_left_out: int) -> Plot:
    """A plot of the variants, in the order given."""
    span = PLOT_WIDTH - PLOT_LABEL - 120

    def x(fraction: float) -> float:
        return round(PLOT_LABEL + span * fraction, 1)

    rows = tuple(
        PlotRow(
            label=label if len(label) <= MAX_LABEL else label[: MAX_LABEL - 1] + "…",
            tier=variant.tier.tier,
            text=vaf_text(variant.tumor),
            y=round(12 + PLOT_ROW * i, 1),
            tumor=Bar(x(variant.tumor.vaf), x(variant.tumor.vaf_low), x(variant.tumor.vaf_high)),
            normal=x(variant.normal.vaf) if variant.normal and variant.normal.depth else None,
        )
        for i, (variant, label) in enumerate(zip(variants, labels, strict=True))
    )
    return Plot(
        width=PLOT_WIDTH,
        height=round(PLOT_ROW * len(rows) + 30, 1),
        left=PLOT_LABEL,
        rows=rows,
        ticks=tuple((x(tick / 100), f"{tick} %") for tick in PLOT_TICKS),
        expected=None if purity is None else x(purity / 2),
        n_left_out=n_left_out,
    )


def percent(fraction: float) -> str:
    """A fraction in percent, with the digits that its size deserves.

    >>> [percent(v) for v in (0.3417, 0.0217, 0.0004, 1.0, 0.0)]
    ['34.2 %', '2.2 %', '0.04 %', '100 %', '0 %']
    """
    if fraction in (0, 1):
        return f"{100 * fraction:.0f} %"
    if fraction < 0.0001:
        return "<0.01 %"
    return f"{100 * fraction:.2f} %" if fraction < 0.001 else f"{100 * fraction:.1f} %"


def vaf_interval(support: Support) -> str:
    """The 95 % interval of a VAF in percent: '29.1–39.7'."""
    return "–".join(percent(bound).removesuffix(" %") for bound in (support.vaf_low, support.vaf_high))


def vaf_text(support: Support) -> str:
    """A VAF with its interval: '34.2 % (29.1–39.7)'."""
    return f"{percent(support.vaf)} ({vaf_interval(support)})"
