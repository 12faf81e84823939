"""Operating points: what fixed somatic priors cost in false calls on a null pair and give in recall on a spiked set.

Spiked sets hold a thousand times more variants than a tumor and learn a prior to match, so their precision says nothing
about false calls per megabase; and a null pair alone says nothing about what is missed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from oncopipe.options import CallOptions
from oncopipe.validation.measure import Measured, collect_set, judge_set
from oncopipe.validation.metrics import KINDS, with_interval
from oncopipe.validation.sets import TruthSet

PRIORS = (1e-7, 1e-6, 3e-6, 6e-6, 8e-6, 1e-5, 2e-5, 5e-5, 1e-4, 3e-4)  # of a somatic allele at a base
MOST_FALSE = {"snv": 0.3, "indel": 0.1}  # a megabase, on the null pair


@dataclass(frozen=True)
class OperatingPoint:
    """Both sets called under one fixed prior."""

    prior: float
    null: Measured
    spiked: Measured

    def is_quiet(self, kind: str) -> bool:
        """Whether the null pair shows no more false calls of a kind than are allowed."""
        return self.null.false_per_megabase(kind)[1] <= MOST_FALSE[kind]


def operating_points(
    null: TruthSet, spiked: TruthSet, priors: Iterable[float] = PRIORS, *, threads: int = 1
) -> list[OperatingPoint]:
    """Both sets, read once, under each prior in turn."""
    collected = {s.name: collect_set(s, CallOptions.model_validate(dict(s.options)), threads) for s in (null, spiked)}
    points = []
    for prior in priors:
        options = [CallOptions.model_validate(dict(s.options) | {"somatic_prior": prior}) for s in (null, spiked)]
        found = [judge_set(s, collected[s.name], o) for s, o in zip((null, spiked), options, strict=True)]
        points.append(OperatingPoint(prior, *found))
    return points


def best_quiet(points: Iterable[OperatingPoint]) -> list[Measured]:
    """The spiked set at the largest prior that is quiet on the null pair, for each kind; named `SET_quiet_KIND`."""
    found = []
    for kind in KINDS:
        quiet = [point for point in points if point.is_quiet(kind)]
        if quiet:
            spiked = max(quiet, key=lambda point: point.prior).spiked
            found.append(replace(spiked, name=f"{spiked.name}_quiet_{kind}"))
    return found


def points_table(points: Iterable[OperatingPoint]) -> str:
    """The operating points as text; `*` where the null pair shows more false calls than are allowed."""
    lines = ["== operating points: one fixed prior for the null pair and the spiked set; * is too many false calls"]
    for point in points:
        cells = []
        for kind in KINDS:
            n, rate, _ = point.null.false_per_megabase(kind)
            m = point.spiked.metrics[kind]
            mark = " " if point.is_quiet(kind) else "*"
            cells.append(
                f"{kind} {n:3} null, {rate:5.2f}/Mb{mark} recall {with_interval(m['recall'], m['recall_ci95'])}"
            )
        lines.append(f"prior {point.prior:6.0e}  {'   '.join(cells)}")
    return "\n".join(lines)
