"""What htslib reads of each mutant of a batch: `python -m tests.fuzz.oracle FOLDER FIRST`, a line of JSON a mutant."""

from __future__ import annotations

import hashlib
import json
import struct
import sys
import zlib
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pysam

from tests.fuzz.bgzf import inflate, record_offsets, wrap
from tests.fuzz.rows import Row, rows_of_pysam

# Contig number, start, end. Reads lie on both sides of 16,384 and 32,768.
WINDOWS = ((0, 0, 70_000), (0, 16_384, 32_768), (0, 16_300, 16_390), (0, 32_768, 33_000), (0, 60_010, 60_011),
           (1, 0, 2000), (1, 700, 720), (2, 0, 60))  # fmt: skip


def digest(rows: Iterable[Row]) -> str:
    """One word for many rows, the same in both processes."""
    summed = hashlib.sha256()
    n = 0
    for row in rows:
        summed.update(repr(row).encode())
        n += 1
    return f"{n}:{summed.hexdigest()[:24]}"


def overlapping(rows: list[Row], window: tuple[int, int, int]) -> list[Row]:
    contig, start, end = window
    return [row for row in rows if row[0] == contig and row[1] < end and row[2] > start]


def judge(path: Path, is_reindexed: bool) -> dict[str, Any]:
    """Digests of all records, of each window by the index, and of each window as it should be."""
    if is_reindexed:
        made = path.with_suffix(".new")
        with suppress(pysam.SamtoolsError, OSError):
            pysam.index("-o", str(made), str(path))
            made.replace(f"{path}.bai")
    said: dict[str, Any] = {"all": None, "truth": [None] * len(WINDOWS), "windows": [None] * len(WINDOWS)}
    said["sound"] = _sound(path.parent.parent / "sound" / "tumor.bam")
    rows, error = _read(path)
    if error:
        said["why"] = error
        rows = _salvaged(path)
    else:
        said["all"] = digest(rows)
    if rows is not None:
        said["truth"] = [digest(overlapping(rows, window)) for window in WINDOWS]
    for i, (contig, start, end) in enumerate(WINDOWS):
        try:
            with pysam.AlignmentFile(str(path), "rb") as file:
                name = file.references[contig]
                said["windows"][i] = digest(rows_of_pysam(file.fetch(name, start, end)))
        except Exception as error:
            said["why window"] = f"{type(error).__name__}: {error}"[:200]
    return said


def _read(path: Path) -> tuple[list[Row], str]:
    """Rows up to the end or to the first that htslib cannot read, and why it cannot."""
    rows: list[Row] = []
    try:
        with pysam.AlignmentFile(str(path), "rb") as file:
            rows.extend(rows_of_pysam(file.fetch(until_eof=True)))
    except Exception as error:
        return rows, f"{type(error).__name__}: {error}"[:200]
    return rows, ""


def _salvaged(path: Path) -> list[Row] | None:
    """Rows of a damaged file without the few records that htslib cannot read; None where that is not known."""
    try:
        raw = inflate(path.read_bytes()).raw
        offsets = record_offsets(raw)
    except (zlib.error, struct.error, ValueError, IndexError, AssertionError):
        return None
    parts = [raw[a:b] for a, b in pairwise(offsets)]
    part = path.with_suffix(".part")
    for _ in range(6):
        part.write_bytes(wrap(raw[: offsets[0]] + b"".join(parts)))
        rows, error = _read(part)
        if not error:
            return rows
        del parts[len(rows)]
    return None


@cache
def _sound(path: Path) -> list[str]:
    """Each window of the file before it was changed."""
    rows, _ = _read(path)
    return [digest(overlapping(rows, window)) for window in WINDOWS]


def main(work: Callable[[Path, bool], dict[str, Any]] = judge) -> None:
    """Each mutant of the batch from the FIRST on, after the sound file, which compiles what must be compiled."""
    folder, first = Path(sys.argv[1]), int(sys.argv[2])
    work(folder.parent / "sound" / "tumor.bam", False)
    print(json.dumps({"ready": True}), flush=True)
    for entry in json.loads((folder / "batch.json").read_text())[first:]:
        found = work(folder / f"{entry['number']}.bam", entry["is_reindexed"])
        print(json.dumps({"number": entry["number"], **found}), flush=True)


if __name__ == "__main__":
    pysam.set_verbosity(0)
    main()
