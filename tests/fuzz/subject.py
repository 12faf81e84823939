"""What we make of each mutant of a batch: `python -m tests.fuzz.subject FOLDER FIRST`, a line of JSON a mutant.

The mutant is read whole and by region, collected as a tumor with its copies told by barcodes and without, and counted for
quality control. What is raised is
told as `named` (an error of ours) or `unnamed` (anything else).
"""

from __future__ import annotations

import resource
import sys
import traceback
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from oncopipe.calling.collect import collect
from oncopipe.data.regions import Region, Regions
from oncopipe.errors import OncoPipeError
from oncopipe.io.bam import AlignmentReader, open_alignment
from oncopipe.io.fasta import check_contigs, open_reference
from oncopipe.io.index_file import StaleIndexWarning
from oncopipe.io.sites import Sites
from oncopipe.options import CallOptions, QcOptions
from oncopipe.qc.collect import collect_counts
from tests.fuzz.oracle import WINDOWS, digest, main
from tests.fuzz.rows import rows_of_batch

MEMORY = 6 << 30  # bytes of address space: what a hostile number must not ask for


def attempt(work: Callable[[], Any]) -> dict[str, Any]:
    """What came out: a result, or what was raised."""
    try:
        return {"result": work()}
    except OncoPipeError as error:
        return {"named": error.what, "where": error.where}
    except Exception as error:
        return {"unnamed": f"{type(error).__name__}: {error}", "trace": traceback.format_exc()[-2000:]}


def judge(path: Path, is_reindexed: bool) -> dict[str, Any]:
    """Everything that we do with a BAM, each apart."""
    opened = attempt(lambda: open_alignment(path))
    said: dict[str, Any] = {"all": opened, "windows": [opened] * len(WINDOWS)}
    if "result" in opened:
        with opened["result"] as reader:
            said["all"] = attempt(
                lambda: digest(row for batch in reader.all_records() for row in rows_of_batch(batch))
            )
            said["windows"] = [attempt(partial(_window, reader, window)) for window in WINDOWS]
    said["collect"] = attempt(lambda: _collected(path, CallOptions(umi="off")))
    said["families"] = attempt(lambda: _collected(path, CallOptions(umi="duplex")))
    said["qc"] = attempt(lambda: _counted(path))
    return said


def _window(reader: AlignmentReader, window: tuple[int, int, int]) -> str | None:
    contig, start, end = window
    if contig >= len(reader.header.contigs):
        return None
    return digest(rows_of_batch(reader.read(Region(reader.header.contigs[contig], start, end))))


def _whole(reader: AlignmentReader) -> Regions:
    return Regions(tuple(Region(name, 0, length) for name, length in reader.header.contig_lengths.items()))


def _collected(path: Path, options: CallOptions) -> int:
    folder = path.parent.parent / "sound"
    with (
        open_reference(folder / "genome.fa") as reference,
        open_alignment(path) as tumor,
        open_alignment(folder / "normal.bam") as normal,
    ):
        return len(collect(tumor, normal, reference, _whole(normal), options).evidence)


def _counted(path: Path) -> int:
    places = np.array([16_390, 16_400, 32_700, 60_010], np.int64)
    sites = Sites(np.zeros(4, np.int32), places, np.zeros(4, np.uint8), np.ones(4, np.uint8), np.full(4, 0.3), 0)
    with open_reference(path.parent.parent / "sound" / "genome.fa") as reference, open_alignment(path) as reader:
        check_contigs(reference, reader.header.contig_lengths, where=str(path))
        return int(collect_counts(reader, reference, None, sites, QcOptions()).aligned_bases)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    warnings.simplefilter("ignore", StaleIndexWarning)
    sys.setrecursionlimit(300)
    main(judge)
