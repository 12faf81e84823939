"""BED files: regions in, regions out."""

from __future__ import annotations

import gzip
from pathlib import Path

from oncopipe.data.regions import Region, Regions, merge_regions
from oncopipe.errors import InputError, MissingInputError, ReferenceMismatchError
from oncopipe.io.output import write_text

# A part of a scatter may be empty on purpose; a user's BED may not.
_EMPTY_ON_PURPOSE = "# oncopipe: no regions in this part\n"


def read_bed(path: Path | str, contig_lengths: dict[str, int]) -> Regions:
    """Sorted, merged regions of a BED file, checked against the contigs (name -> length) of the reference.

    Raises: MissingInputError; InputError with the line for a row that is no interval or a file without any;
    ReferenceMismatchError for a contig that the reference does not have.
    """
    path = Path(path)
    if not path.is_file():
        raise MissingInputError("the BED file is missing", where=str(path), fix="check the path of --regions")
    opener = gzip.open if path.suffix == ".gz" else open
    regions: list[Region] = []
    try:
        with opener(path, "rt", encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip() and not line.startswith(("#", "track", "browser")):
                    regions.append(_region(line.split("\t"), f"{path}, line {number}", contig_lengths))
    except (UnicodeDecodeError, gzip.BadGzipFile, EOFError) as error:
        raise InputError(f"the BED file cannot be read as text ({error})", where=str(path)) from error
    if not regions and _is_empty_on_purpose(path):
        return Regions(())
    if not regions:
        raise InputError("the BED file has no regions", where=str(path), fix="give at least one, or leave it out")
    return merge_regions(regions, contig_lengths)


def _is_empty_on_purpose(path: Path) -> bool:
    return path.suffix != ".gz" and path.stat().st_size < 100 and path.read_text("utf-8") == _EMPTY_ON_PURPOSE


def _region(fields: list[str], where: str, contig_lengths: dict[str, int]) -> Region:
    if len(fields) < 3 or not (fields[1].strip().isdecimal() and fields[2].strip().isdecimal()):
        raise InputError("a BED row needs contig, start and end, tab-separated", where=where)
    contig, start, end = fields[0], int(fields[1]), int(fields[2])
    if contig not in contig_lengths:
        other = contig.removeprefix("chr") if contig.startswith("chr") else f"chr{contig}"
        hint = f"the reference calls it {other}" if other in contig_lengths else "use the reference's contig names"
        raise ReferenceMismatchError(f"contig {contig} is not in the reference", where=where, fix=hint)
    if not 0 <= start < end <= contig_lengths[contig]:
        raise InputError(
            f"{contig}:{start}-{end} is no interval within the contig's {contig_lengths[contig]} bases",
            where=where,
            fix="BED is 0-based and half-open: start < end <= length",
        )
    return Region(contig, start, end)


def write_bed(path: Path | str, regions: Regions) -> None:
    """Write regions as BED3, whole or not at all; none are written as a line that says so."""
    write_text(path, "".join(f"{r.contig}\t{r.start}\t{r.end}\n" for r in regions) or _EMPTY_ON_PURPOSE)
