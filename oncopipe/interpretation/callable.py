"""Could a change have been seen? The named places of a rule against the limits of detection of one tumor."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from oncopipe.data.regions import Regions
from oncopipe.io.limits import Limits, Site, SiteLimit
from oncopipe.knowledge.units import Unit


@dataclass(frozen=True)
class Callability:
    """How well the places of a rule could be read.

    `worst` is the highest limit of all sites, None when one has none; `depth` the least of all sites.
    """

    n_sites: int
    n_assessable: int  # sites with a limit that serves
    worst: float | None
    depth: int | None
    reason: str | None  # of the first site that does not serve

    @property
    def is_whole(self) -> bool:
        """Whether every site serves; never so of no sites."""
        return 0 < self.n_sites == self.n_assessable


class LimitTable:
    """Limits by gene, target and kind. `None` for the limits: they were not computed, so nothing can be told."""

    def __init__(self, limits: Limits | None) -> None:
        self.is_given = limits is not None
        self._of: dict[tuple[str, str, str], list[SiteLimit]] = defaultdict(list)
        for row in limits.rows if limits else ():
            self._of[row.site.gene, row.site.target, row.site.kind].append(row)

    def callability(self, units: Iterable[Unit], serves: float) -> Callability:
        """How well these places could be read, where a limit of at most `serves` is good enough."""
        units = tuple(units)
        if not self.is_given or not units:
            why = "its sites cannot be named" if not units else "limits of detection were not computed"
            return Callability(max(1, len(units)), 0, None, None, why)
        rows = [(unit, self._of.get((unit.gene, unit.target, unit.kind), [])) for unit in units]
        faults = [f"{u.gene} {u.target} ({u.kind}): not among the measured sites" for u, found in rows if not found]
        found = [row for _, of in rows for row in of]
        unfit = [row for row in found if row.limit is None or row.limit > serves]
        faults += [_fault(row, serves) for row in unfit]
        limits = [row.limit for row in found if row.limit is not None]
        is_complete = len(limits) == len(found) and all(of for _, of in rows)
        return Callability(
            n_sites=len(found) + sum(not of for _, of in rows),
            n_assessable=len(found) - len(unfit),
            worst=max(limits) if is_complete else None,
            depth=min((row.depth for row in found), default=None),
            reason=faults[0] if faults else None,
        )


def inside(limits: Limits, regions: Regions) -> Limits:
    """The limits, without those of sites that do not lie wholly in the regions: nothing was called there."""
    starts: dict[str, list[int]] = defaultdict(list)
    ends: dict[str, list[int]] = defaultdict(list)
    for region in regions:
        starts[region.contig].append(region.start)
        ends[region.contig].append(region.end)

    def is_inside(site: Site) -> bool:
        i = bisect_right(starts[site.chromosome], site.start) - 1
        return i >= 0 and site.end <= ends[site.chromosome][i]

    outside = "outside the regions that were called"
    rows = (row if is_inside(row.site) else replace(row, limit=None, reason=outside) for row in limits.rows)
    return replace(limits, rows=tuple(rows))


def _fault(row: SiteLimit, serves: float) -> str:
    site = row.site
    place = f"{site.gene} {site.target} ({site.kind}, {site.chromosome}:{site.start + 1}-{site.end})"
    if row.limit is None:
        return f"{place}: {row.reason or 'no limit of detection'}"
    return f"{place}: only a fraction of {row.limit:.3g} or more would have been found, {serves:.3g} is asked for"
