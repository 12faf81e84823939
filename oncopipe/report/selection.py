"""A stream of variants to those that a page shows, in little memory whatever their number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from oncopipe.data.findings import Findings, Variant
from oncopipe.io.findings_stream import digest_of
from oncopipe.report.rows import list_order, name_of

MAX_DETAILED = 100  # tier I and II variants with their evidence
MAX_LISTED = 1000  # tier III and IV variants each: about 0.5 MB of HTML
MAX_PLOTTED = 40
_LISTED = ("III", "IV")


class Source(Protocol):
    """Findings as a report reads them: `head` without variants, and the variants in their order."""

    @property
    def head(self) -> Findings: ...

    @property
    def digest(self) -> str: ...

    def variants(self) -> Iterable[Variant]: ...


@dataclass(frozen=True)
class InMemory:
    """Findings that are held already."""

    head: Findings

    @property
    def digest(self) -> str:
        return digest_of(self.head)

    def variants(self) -> Iterator[Variant]:
        return iter(self.head.variants)


@dataclass
class Selection:
    """What is kept of the variants: the first of tier I and II, the most severe of III and IV, and the counts."""

    n_by_tier: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("I", "II", "III", "IV"), 0))
    actionable: list[Variant] = field(default_factory=list)
    plotted: list[Variant] = field(default_factory=list)
    others: dict[str, str] = field(default_factory=dict)  # name of each variant of tier III or IV -> tier
    listed: dict[str, list[Variant]] = field(default_factory=lambda: {tier: [] for tier in _LISTED})

    @property
    def n_actionable(self) -> int:
        return self.n_by_tier["I"] + self.n_by_tier["II"]

    @property
    def n(self) -> int:
        return sum(self.n_by_tier.values())


def select(variants: Iterable[Variant]) -> Selection:
    """The variants that a page shows. Tier I and II keep their order; III and IV go by severity, gene and place."""
    chosen = Selection()
    unknown: list[Variant] = []
    for variant in variants:
        tier = variant.tier.tier
        chosen.n_by_tier[tier] += 1
        if tier in _LISTED:
            chosen.others[name_of(variant)] = tier
            _keep(chosen.listed[tier], variant)
            if tier == "III" and len(unknown) < MAX_PLOTTED:
                unknown.append(variant)
        elif len(chosen.actionable) < MAX_DETAILED:
            chosen.actionable.append(variant)
    for listed in chosen.listed.values():
        _cut(listed)
    chosen.plotted = [*chosen.actionable, *unknown][:MAX_PLOTTED]
    return chosen


def _keep(listed: list[Variant], variant: Variant) -> None:
    listed.append(variant)
    if len(listed) >= 4 * MAX_LISTED:
        _cut(listed)


def _cut(listed: list[Variant]) -> None:
    listed.sort(key=list_order)
    del listed[MAX_LISTED:]
