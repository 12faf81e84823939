"""A step of the engine by itself: `python -m benchmarks.parts events|coverage THREADS REFERENCE BAM...`.

Prints `{"cpu": ..., "wall": ...}` of the step alone: Python and Numba are up, the kernels loaded by one small piece.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from functools import partial
from threading import Lock, local
from typing import Any

import numpy as np

from oncopipe.calling.collect import PADDING
from oncopipe.data.regions import Region, Regions
from oncopipe.io.bam import AlignmentReader, Room, in_order, open_alignment
from oncopipe.io.fasta import Reference, open_reference
from oncopipe.options import CallOptions, QcOptions
from oncopipe.pileup.pileup import read_pileup
from oncopipe.qc.collect import Counter


def events(readers: list[AlignmentReader], reference: Reference) -> Callable[[Region], Any]:
    """Depth, packed differences and counts of bases of all samples: the one pass of `call collect`."""
    options, lock, rooms = CallOptions(), Lock(), local()
    limits = (options.min_mapping_quality, options.min_base_quality)

    def codes_of(contig: str, start: int, end: int) -> np.ndarray:
        with lock:
            return reference.codes(contig, start, end)

    def work(piece: Region) -> int:
        if not hasattr(rooms, "each"):
            rooms.each = [Room() for _ in readers]
        return sum(
            read_pileup(
                reader, piece, partial(codes_of, piece.contig), limits, padding=PADDING, room=room
            ).mismatches.shape[1]
            for reader, room in zip(readers, rooms.each, strict=True)
        )

    return work


def coverage(readers: list[AlignmentReader], reference: Reference) -> Callable[[Region], Any]:
    """The whole pass of `oncopipe qc`: what mosdepth tells, and reads by class, insert sizes, errors by substitution."""
    name = next(iter(readers[0].header.contig_lengths))
    targets = (Region(name, 0, readers[0].header.contig_lengths[name]),)
    return Counter(readers[0], reference, targets, None, QcOptions()).count


def main(name: str, threads: str, reference_path: str, *bams: str) -> None:
    with open_reference(reference_path) as reference:
        readers = [open_alignment(bam) for bam in bams]
        work = {"events": events, "coverage": coverage}[name](readers, reference)
        regions = Regions(tuple(Region(n, 0, length) for n, length in readers[0].header.contig_lengths.items()))
        work(Region(regions.rows[0].contig, 0, 2_000))
        cpu, wall = time.process_time(), time.perf_counter()
        padding = PADDING if name == "events" else 0
        for _ in in_order(readers[0].pieces(regions, padding=padding), work, int(threads)):
            pass
        print(json.dumps({"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}))


if __name__ == "__main__":
    main(*sys.argv[1:])
