"""A step of the engine by itself: `python -m benchmarks.parts events|coverage THREADS REFERENCE BAM...`.

Prints `{"cpu": ..., "wall": ...}` of the step alone: Python and Numba are up, the kernels loaded by one small piece.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from threading import Lock
from typing import Any

import numpy as np

from oncopipe.calling.collect import PADDING, _events
from oncopipe.data.regions import Region, Regions
from oncopipe.io.bam import AlignmentReader, in_order, open_alignment
from oncopipe.io.fasta import Reference, open_reference
from oncopipe.options import CallOptions, QcOptions
from oncopipe.qc import pileup_kernels
from oncopipe.qc.counts import MAX_DEPTH, MAX_INSERT_SIZE, READ_CLASSES


def events(readers: list[AlignmentReader], reference: Reference) -> Callable[[Region], Any]:
    """Depth by strand, packed differences and error counts of all samples: the one pass of `call collect`."""
    options, lock = CallOptions(), Lock()

    def work(piece: Region) -> int:
        batches = [reader.read(piece, padding=PADDING) for reader in readers]
        start = max(0, min([piece.start, *(int(b.position.min()) for b in batches if len(b))]) - PADDING)
        end = max([piece.end, *(int(b.end.max()) for b in batches if len(b))]) + PADDING
        with lock:
            codes = reference.codes(piece.contig, start, end)
        return _events(batches, codes, start, options)[0].shape[1]

    return work


def coverage(readers: list[AlignmentReader], reference: Reference) -> Callable[[Region], Any]:
    """Reads by class, insert sizes, depth, its histogram and the bases above each threshold: what mosdepth tells."""
    options = QcOptions()
    thresholds = np.array(options.coverage_thresholds, np.int64)

    def work(piece: Region) -> int:
        batch = readers[0].read(piece)
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
        work = {"events": events, "coverage": coverage}[name](readers, reference)
        regions = Regions(tuple(Region(n, 0, length) for n, length in readers[0].header.contig_lengths.items()))
        work(Region(regions.rows[0].contig, 0, 2_000))
        cpu, wall = time.process_time(), time.perf_counter()
        for _ in in_order(readers[0].pieces(regions), work, int(threads)):
            pass
        print(json.dumps({"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}))


if __name__ == "__main__":
    main(*sys.argv[1:])
