"""The depth at the sites of actionable targets, gene by gene: limits of detection in, geometry out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from oncopipe.io.limits import Limits, SiteLimit
from oncopipe.report.catalogue import Text, text

MAX_GENES = 40
WIDTH, LABEL, RIGHT, ROW, BAR = 680.0, 80.0, 150.0, 26.0, 20.0
MAX_BAR_WIDTH = 16.0
DEPTH_STEPS = (10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000)


@dataclass(frozen=True)
class SiteBar:
    """A site in user units; `is_seen`: its limit of detection serves."""

    x: float
    y: float
    width: float
    height: float
    is_seen: bool


@dataclass(frozen=True)
class GeneRow:
    gene: str
    y: float  # of the row's ground
    bars: tuple[SiteBar, ...]
    says: Text


@dataclass(frozen=True)
class CoveragePlot:
    """Bars of depth, a row a gene. Every row has the same scale, marked at `half` and `top`."""

    width: float
    height: float
    label: float
    right: float
    rows: tuple[GeneRow, ...]
    top: int
    serves: float
    n_left_out: int


def coverage_plot(limits: Limits, first: Iterable[str], serves: float) -> CoveragePlot:
    """A plot of all genes with target sites: those of `first` (the diagnosis's targets) first, then by name.

    A gene of the diagnosis none of whose sites was measured keeps its row, empty. A site is seen when its limit is at
    most `serves`. Sites stand in the order of the genome, at equal distances. Where more than one kind of change is
    looked for at the same bases, substitutions stand for all.
    """
    genes = _by_gene(limits.rows)
    order = [*dict.fromkeys(first)]
    order += [gene for gene in sorted(genes) if gene not in order]
    deepest = max((row.depth for row in limits.rows), default=0)
    top = next((step for step in DEPTH_STEPS if step >= deepest), max(deepest, 1))
    rows = tuple(_row(gene, genes.get(gene, ()), i, top, serves) for i, gene in enumerate(order[:MAX_GENES]))
    return CoveragePlot(
        WIDTH, ROW * len(rows) + 8, LABEL, WIDTH - RIGHT, rows, top, serves, max(0, len(order) - MAX_GENES)
    )


def _by_gene(rows: Sequence[SiteLimit]) -> dict[str, list[SiteLimit]]:
    kept: dict[tuple[str, str, int, int], SiteLimit] = {}
    for row in rows:
        key = (row.site.gene, row.site.chromosome, row.site.start, row.site.end)
        if key not in kept or row.site.kind == "snv":
            kept[key] = row
    genes: dict[str, list[SiteLimit]] = {}
    for (gene, *_), row in sorted(kept.items(), key=lambda item: item[0]):
        genes.setdefault(gene, []).append(row)
    return genes


def _row(gene: str, sites: Sequence[SiteLimit], i: int, top: int, serves: float) -> GeneRow:
    ground = ROW * i + 4 + BAR
    if not sites:
        return GeneRow(gene, ground, (), text("coverage.gene_none"))
    step = min((WIDTH - LABEL - RIGHT) / len(sites), MAX_BAR_WIDTH)
    bars = []
    for j, site in enumerate(sites):
        height = round(max(BAR * min(site.depth / top, 1), 0.6), 1)
        is_seen = site.limit is not None and site.limit <= serves
        width = round(max(0.82 * step, 0.4), 2)
        bars.append(SiteBar(round(LABEL + step * j, 2), round(ground - height, 1), width, height, is_seen))
    depths = [site.depth for site in sites]
    says = text(
        "coverage.gene_says",
        seen=sum(bar.is_seen for bar in bars),
        n=len(bars),
        least=min(depths),
        middle=round(median(depths)),
    )
    return GeneRow(gene, ground, tuple(bars), says)
