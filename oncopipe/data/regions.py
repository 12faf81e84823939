"""Regions: half-open intervals on contigs, sorted and merged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Region:
    """`contig[start, end)`, 0-based half-open."""

    contig: str
    start: int
    end: int

    def __str__(self) -> str:
        return f"{self.contig}:{self.start + 1}-{self.end}"

    def __len__(self) -> int:
        return self.end - self.start


@dataclass(frozen=True)
class Regions:
    """Disjoint regions in the contig order of a reference, each contig's sorted by start."""

    rows: tuple[Region, ...]

    def __iter__(self) -> Iterator[Region]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def n_bases(self) -> int:
        return sum(len(region) for region in self.rows)


def merge_regions(regions: Iterable[Region], contig_order: Iterable[str]) -> Regions:
    """Sorted, disjoint regions from any; touching ones become one.

    Raises: KeyError when a contig is not in `contig_order` (readers check first and say it better).

    >>> [str(r) for r in merge_regions([Region("2", 5, 9), Region("1", 0, 4), Region("1", 4, 6)], ["1", "2"])]
    ['1:1-6', '2:6-9']
    """
    rank = {name: i for i, name in enumerate(contig_order)}
    merged: list[Region] = []
    for region in sorted(regions, key=lambda r: (rank[r.contig], r.start, r.end)):
        last = merged[-1] if merged else None
        if last is not None and last.contig == region.contig and region.start <= last.end:
            merged[-1] = Region(last.contig, last.start, max(last.end, region.end))
        else:
            merged.append(region)
    return Regions(tuple(merged))
