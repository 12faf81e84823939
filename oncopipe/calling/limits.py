"""Named sites to their limits of detection: depth from the reads, the rest from the sample's decision rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from oncopipe.calling.collect import family_modes
from oncopipe.calling.depth import molecule_depth
from oncopipe.calling.detection import DetectionRule
from oncopipe.calling.neighbors import BESIDE, is_plain_variant
from oncopipe.data.evidence import NORMAL, TUMOR, Collected, Statistics
from oncopipe.data.regions import Region
from oncopipe.families.consensus import read_consensus
from oncopipe.io.bam import AlignmentReader, Room
from oncopipe.io.limits import Limits, Site, SiteLimit

# Sites no further apart than a gap are read together, up to the longest window.
_GAP, _WINDOW = 5_000, 200_000


@dataclass(frozen=True)
class Tubes:
    """The reads of a tumor and (if there is one) its normal, and what was counted in them."""

    tumor: AlignmentReader
    normal: AlignmentReader | None
    statistics: Statistics
    variants: Mapping[str, np.ndarray]  # by contig, where the sample has plain variants, sorted

    def speaking(self, sample: int, min_base_quality: int) -> float:
        """Share of the bases that are good enough to speak."""
        bases = self.statistics.bases_by_quality[sample]
        return float((bases[min_base_quality:].sum() + 1) / (bases.sum() + 1))

    def has_variant_beside(self, site: Site) -> bool:
        """Whether molecules of an allele at this site may carry another variant as well."""
        return has_beside(self.variants, site.chromosome, site.start, site.end)


def has_beside(variants: Mapping[str, np.ndarray], contig: str, start: int, end: int) -> bool:
    """Whether a plain variant lies within the length of a read of `[start, end)`."""
    low, high = np.searchsorted(variants.get(contig, np.zeros(0, np.int64)), [start - BESIDE, end + BESIDE])
    return bool(high > low)


def plain_variants(collected: Collected) -> dict[str, np.ndarray]:
    """By contig, the places where part of the molecules of tumor or normal plainly carry another allele, sorted."""
    evidence = collected.evidence
    plain = is_plain_variant(evidence)
    return {
        name: np.unique(evidence.position[plain & (evidence.contig == i)].astype(np.int64))
        for i, name in enumerate(collected.contigs)
    }


def site_limits(tubes: Tubes, sites: list[Site], rule: DetectionRule, tumor: str) -> Limits:
    """The limit of each site, in the order given; the worst base of a site speaks for all of it.

    Raises: InputError (damaged file).
    """
    found: dict[Site, SiteLimit] = {}
    known = set(tubes.tumor.header.contigs)
    readable = sorted(
        (s for s in set(sites) if s.chromosome in known), key=lambda s: (s.chromosome, s.start, s.end, s)
    )
    for region, some in _windows(readable):
        depths = _depths(tubes, region, rule)
        for site in some:
            found[site] = _limit(site, region, depths, rule, beside=tubes.has_variant_beside(site))
    absent = "the reads were not aligned to this contig"
    return Limits(tuple(found.get(site) or SiteLimit(site, 0, None, absent) for site in sites), tumor)


def _windows(sites: list[Site]) -> Iterator[tuple[Region, list[Site]]]:
    some: list[Site] = []
    end = 0
    for site in sites:
        apart = bool(some) and (site.chromosome != some[0].chromosome or site.start > end + _GAP)
        if some and (apart or max(end, site.end) - some[0].start > _WINDOW):
            yield Region(some[0].chromosome, some[0].start, end), some
            some, end = [], 0
        some.append(site)
        end = max(end, site.end)
    if some:
        yield Region(some[0].chromosome, some[0].start, end), some


def _depths(tubes: Tubes, region: Region, rule: DetectionRule) -> list[np.ndarray | None]:
    """Molecules whose base is good enough to speak, over each position, in tumor and normal.

    METHOD: of the molecules over a position the share of good bases of the whole sample, rounded down.
    """
    depths: list[np.ndarray | None] = []
    options, room = rule.options, Room()
    modes = family_modes((tubes.tumor, tubes.normal), options)
    for sample, reader in ((TUMOR, tubes.tumor), (NORMAL, tubes.normal)):
        if reader is None:
            depths.append(None)
            continue
        if modes[sample] == "off":
            batch, collapse = reader.read(region), options.collapse_duplicates
        else:
            mapping, is_duplex = options.min_mapping_quality, modes[sample] == "duplex"
            (batch, _), collapse = read_consensus(reader, region, mapping, is_duplex=is_duplex, room=room), False
        share = tubes.speaking(sample, options.min_base_quality)
        depths.append((molecule_depth(batch, region, options, collapse=collapse) * share).astype(np.int64))
    return depths


def _limit(
    site: Site, region: Region, depths: list[np.ndarray | None], rule: DetectionRule, *, beside: bool
) -> SiteLimit:
    inside = slice(site.start - region.start, site.end - region.start)
    tumor, normal = (None if depth is None else int(depth[inside].min()) for depth in depths)
    assert tumor is not None
    limit = rule.limit(tumor, normal or 0, site.kind, beside=beside)
    if limit is not None:
        return SiteLimit(site, tumor, limit)
    if tumor == 0:
        return SiteLimit(site, tumor, None, "no molecule of the tumor covers the whole site")
    return SiteLimit(site, tumor, None, _why(tumor, normal, site, rule, beside=beside))


def _why(tumor: int, normal: int | None, site: Site, rule: DetectionRule, *, beside: bool) -> str:
    """Why no fraction would have been found with 95 % probability."""
    if normal is None and not rule.has_population:
        return "without a normal and a population resource no allele is told from a germline one"
    if normal is not None and rule.limit(1000, normal, site.kind) is None:
        return f"{normal} molecules of the normal exclude no germline allele"
    if beside and rule.limit(tumor, normal or 0, site.kind) is not None:
        return "a variant of the sample lies nearby: molecules that carry two look misplaced"
    return "the tumor is too shallow"
