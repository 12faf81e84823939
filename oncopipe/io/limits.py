"""Limits of detection at named sites: read and written as TSV, positions 1-based and inclusive in the file.

A row of the sites says what is looked for where; a row of the limits adds the depth there and the lowest fraction that
would have been found with at least 95 % probability, or why there is none.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from oncopipe.errors import InputError
from oncopipe.io.output import write_text
from oncopipe.io.text_lines import read_lines

SITE_COLUMNS = ("gene", "target", "kind", "chromosome", "start", "end")
LIMIT_COLUMNS = (*SITE_COLUMNS, "depth", "limit", "reason")
KINDS = ("snv", "insertion", "deletion")


@dataclass(frozen=True, order=True)
class Site:
    """A run of bases in one exon, 0-based half-open, and one kind of change that is looked for there."""

    gene: str
    target: str  # `codon G12`, `exon 19`, `exons`
    kind: str  # snv, insertion or deletion
    chromosome: str
    start: int
    end: int


@dataclass(frozen=True)
class SiteLimit:
    """A site with its depth (fragments at the least covered base) and limit; None where there is none."""

    site: Site
    depth: int
    limit: float | None
    reason: str = ""


@dataclass(frozen=True)
class Limits:
    """The limits of one tumor, in the order of the sites."""

    rows: tuple[SiteLimit, ...]
    tumor: str | None = None


def write_sites(sites: list[Site], path: Path | str) -> None:
    """Write sites as TSV, whole or not at all."""
    lines = (f"{s.gene}\t{s.target}\t{s.kind}\t{s.chromosome}\t{s.start + 1}\t{s.end}" for s in sites)
    write_text(path, "\n".join(["\t".join(SITE_COLUMNS), *lines]) + "\n")


def read_sites(path: Path | str) -> list[Site]:
    """Sites of a TSV. Raises: MissingInputError; InputError naming the row and column."""
    return [_site(cells, where) for cells, where in _rows(Path(path), SITE_COLUMNS)[0]]


def write_limits(limits: Limits, path: Path | str) -> None:
    """Write limits as TSV, whole or not at all."""
    lines = [f"# tumor: {limits.tumor}"] if limits.tumor else []
    lines.append("\t".join(LIMIT_COLUMNS))
    for row in limits.rows:
        s = row.site
        limit = "" if row.limit is None else f"{row.limit:.6g}"
        cells = (s.gene, s.target, s.kind, s.chromosome, s.start + 1, s.end, row.depth, limit, row.reason)
        lines.append("\t".join(map(str, cells)))
    write_text(path, "\n".join(lines) + "\n")


def read_limits(path: Path | str) -> Limits:
    """Limits of a TSV. Raises: MissingInputError; InputError naming the row and column."""
    rows, comments = _rows(Path(path), LIMIT_COLUMNS)
    tumor = next((c.removeprefix("# tumor:").strip() for c in comments if c.startswith("# tumor:")), None)
    return Limits(tuple(_limit(cells, where) for cells, where in rows), tumor)


def _limit(cells: list[str], where: str) -> SiteLimit:
    *site, depth, limit, reason = cells
    n = _integer(depth, f"{where}, column depth")
    if not limit:
        return SiteLimit(_site(site, where), n, None, reason)
    try:
        value = float(limit)
    except ValueError:
        value = -1.0
    if not 0 < value <= 1:
        raise InputError(f"{limit!r} is no fraction above 0, at most 1", where=f"{where}, column limit")
    return SiteLimit(_site(site, where), n, value, reason)


def _site(cells: list[str], where: str) -> Site:
    gene, target, kind, chromosome, first, last = cells
    if kind not in KINDS:
        raise InputError(f"{kind!r} is no kind", where=f"{where}, column kind", fix="one of " + ", ".join(KINDS))
    if not (gene and target and chromosome):
        raise InputError("gene, target or chromosome is empty", where=where)
    start, end = _integer(first, f"{where}, column start") - 1, _integer(last, f"{where}, column end")
    if not 0 <= start < end:
        raise InputError(f"{first}-{last} is no interval", where=where, fix="1-based, the end inclusive")
    return Site(gene, target, kind, chromosome, start, end)


def _integer(text: str, where: str) -> int:
    if not (text.isascii() and text.isdecimal()) or len(text) > 12:
        raise InputError(f"{text!r} is no whole number", where=where)
    return int(text)


def _rows(path: Path, columns: tuple[str, ...]) -> tuple[list[tuple[list[str], str]], list[str]]:
    """Rows with where they stand, and the comments before the header."""
    lines = read_lines(path, what="the table")
    comments = [line for line in lines if line.startswith("#")]
    kept = [(i, line) for i, line in enumerate(lines, 1) if line and not line.startswith("#")]
    if not kept or tuple(kept[0][1].split("\t")) != columns:
        raise InputError(
            "the header of the table is not the documented one", where=str(path), fix="columns: " + " ".join(columns)
        )
    rows = []
    for i, line in kept[1:]:
        cells, where = line.split("\t"), f"{path}, row {i}"
        if len(cells) != len(columns):
            raise InputError(f"the row has {len(cells)} fields, the header {len(columns)}", where=where)
        rows.append((cells, where))
    return rows, comments
