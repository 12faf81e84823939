"""A look at some places of a file, in families where its reads have barcodes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import numpy as np

from oncopipe.data.evidence import N_FAMILY_SIZES
from oncopipe.data.reads import ReadBatch
from oncopipe.data.regions import Region
from oncopipe.errors import InputError
from oncopipe.families.consensus import ConsensusBuilder
from oncopipe.families.detect import Mode, family_mode
from oncopipe.io.bam import AlignmentReader
from oncopipe.read_kernels import END, POSITION


def sampled_reads(
    reader: AlignmentReader, mode: Mode, min_mapping_quality: int
) -> Iterator[tuple[ReadBatch, np.ndarray]]:
    """Reads of some places, a contig at a time, as they are called, and the sizes of their families.

    Raises: InputError (damaged there).
    """
    for batch in reader.sampled():
        for contig in np.unique(batch.contig[batch.contig >= 0]).tolist():
            columns = batch.columns[batch.contig == contig]
            region = Region(reader.header.contigs[contig], int(columns[0, POSITION]), int(columns[:, END].max()))
            if mode == "off":
                yield ReadBatch(region, contig, batch.buffer, columns), _none()
                continue
            builder = ConsensusBuilder(region, min_mapping_quality, is_duplex=mode == "duplex")
            builder.add(batch.buffer, columns, 0)
            yield builder.batch(contig), builder.sizes


def sampled_sizes(reader: AlignmentReader, min_mapping_quality: int) -> np.ndarray | None:
    """Sizes of the families at some places, (one or both strands, N_FAMILY_SIZES) int64; None without barcodes."""
    mode = family_mode(reader, "auto")
    if mode == "off":
        return None
    total = _none()
    with suppress(InputError):  # of damage the reading of its place tells
        for _, sizes in sampled_reads(reader, mode, min_mapping_quality):
            total += sizes
    return total


def _none() -> np.ndarray:
    return np.zeros((2, N_FAMILY_SIZES), np.int64)
