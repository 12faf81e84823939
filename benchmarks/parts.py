"""A step of the engine by itself: `python -m benchmarks.parts events|coverage THREADS REFERENCE BAM...`.

Prints `{"cpu": ..., "wall": ...}` of the step alone: Python and Numba are up, the kernels loaded by one small piece.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from threading import Lock, local
from typing import Any

import numpy as np

from oncopipe.calling.collect import PADDING
from oncopipe.data.regions import Region, Regions
from oncopipe.io.bam import AlignmentReader, Room, in_order, open_alignment
from oncopipe.io.fasta import Reference, open_reference
from oncopipe.options import CallOptions, QcOptions
from oncopipe.pileup.pileup import pile_up
from oncopipe.qc import pileup_kernels
from oncopipe.qc.counts import MAX_DEPTH, MAX_INSERT_SIZE, READ_CLASSES


def events(readers: list[AlignmentReader], reference: Reference) -> Callable[[Region], Any]:
    """Depth by strand, packed differences and bases by quality of all samples: the one pass of `call collect`."""
    options, lock, rooms = CallOptions(), Lock(), local()
    limits = (options.min_mapping_quality, options.min_base_quality)

    def work(piece: Region) -> None:
        if not hasattr(rooms, "each"):
            rooms.each = [Room() for _ in readers]
        batches = [
            reader.read(piece, padding=PADDING, with_tags=False, room=room)
            for reader, room in zip(readers, rooms.each, strict=True)
        ]
        start = max(0, min([piece.start, *(int(b.position.min()) for b in batches if len(b))]) - PADDING)
        end = max([piece.end, *(int(b.end.max()) for b in batches if len(b))]) + PADDING
        with lock:
            codes = reference.codes(piece.contig, start, end)
        for batch in batches:
            pile_up(batch, codes, start, limits)

    return work


def coverage(readers: list[AlignmentReader], reference: Reference) -> Callable[[Region], Any]:
    """Reads by class, insert sizes, depth, its histogram and the bases above each threshold: what mosdepth tells."""
    options = QcOptions()
    thresholds, rooms = np.array(options.coverage_thresholds, np.int64), local()

    def work(piece: Region) -> int:
        if not hasattr(rooms, "one"):
            rooms.one = Room()
        batch = readers[0].read(piece, with_tags=False, room=rooms.one)
        reads, insert_size = np.zeros(len(READ_CLASSES), np.int64), np.zeros(MAX_INSERT_SIZE + 1, np.int64)
        quality = options.min_mapping_quality
        pileup_kernels.tally_reads(batch.columns, piece.start, piece.end, quality, reads, insert_size)
        change = np.zeros(len(piece) + 1, np.int32)
        pileup_kernels.add_depth(batch.buffer, batch.columns, piece.start, quality, change)
        depth = np.cumsum(change[:-1], dtype=np.int32)
        targets, histogram = np.zeros((1, 3 + thresholds.size), np.int64), np.zeros(MAX_DEPTH + 1, np.int64)
        spans = np.array([[0, len(piece)]], np.int64)
        pileup_kernels.fold_targets(depth, np.zeros(len(piece), np.uint8), spans, thresholds, targets, histogram)
        return int(targets[0, 1])

    return work


def main(name: str, threads: str, reference_path: str, *bams: str) -> None:
    with open_reference(reference_path) as reference:
        readers = [open_alignment(bam) for bam in bams]
        make, padding = {"events": (events, PADDING), "coverage": (coverage, 0)}[name]
        work = make(readers, reference)
        regions = Regions(tuple(Region(n, 0, length) for n, length in readers[0].header.contig_lengths.items()))
        work(Region(regions.rows[0].contig, 0, 2_000))
        cpu, wall = time.process_time(), time.perf_counter()
        for _ in in_order(readers[0].pieces(regions, padding=padding), work, int(threads)):
            pass
        print(json.dumps({"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}))


if __name__ == "__main__":
    main(*sys.argv[1:])
