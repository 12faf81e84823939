"""Aligned records in input order to a sorted, duplicate-marked, indexed BAM, by pysam's bundled samtools."""

from __future__ import annotations

from pathlib import Path

import pysam

from oncopipe.errors import OncoPipeError

SORT_MEMORY_MB = 512  # each thread's share; beyond it samtools sorts on disk


def sort_and_mark(records: Path, folder: Path, threads: int, mark_duplicates: bool) -> Path:
    """The finished BAM (its index `.bai` beside it) of a BAM whose mates stand together; all files lie in `folder`.

    The bytes do not depend on the number of threads or on the folder: no @PG lines, stable sorting.
    """
    mated, by_place, marked = (folder / name for name in ("mated.bam", "sorted.bam", "marked.bam"))
    more = ["--no-PG", "-@", str(threads - 1)]
    _samtools("fixmate", *more, "-m", "-u", records, mated)
    records.unlink()
    spill, level = folder / "spill", "1" if mark_duplicates else "6"
    _samtools("sort", *more, "-m", f"{SORT_MEMORY_MB}M", "-l", level, "-T", spill, "-o", by_place, mated)
    mated.unlink()
    if mark_duplicates:
        _samtools("markdup", *more, "-T", folder / "dup", by_place, marked)
        by_place.unlink()
    result = marked if mark_duplicates else by_place
    _samtools("index", "-@", str(threads - 1), result, f"{result}.bai")
    return result


def _samtools(verb: str, *arguments: Path | str) -> None:
    """Run one bundled samtools command in this process. Raises: OncoPipeError with what it said."""
    try:
        getattr(pysam.samtools, verb)(*(str(a) for a in arguments), catch_stdout=False)
    except pysam.SamtoolsError as error:
        raise OncoPipeError(
            f"samtools {verb} failed: {str(error).strip()}", fix="is the disk full? Is the folder writable?"
        ) from error
