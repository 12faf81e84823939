"""Are there barcodes? Asked of the first reads of a file."""

from __future__ import annotations

from contextlib import closing
from typing import Literal

import numpy as np

from oncopipe.errors import InputError
from oncopipe.families import tag_kernels as tags
from oncopipe.io.bam import AlignmentReader

Mode = Literal["off", "simplex", "duplex"]
# METHOD: half of the reads must have a barcode: a file that was merged from libraries with and without is told by most of it.
_SHARE = 0.5


def family_mode(reader: AlignmentReader, wanted: str, *, required: bool = True) -> Mode:
    """How the reads of a file are taken together. wanted: `auto`, or what it says. required: whether a file without barcodes is
    refused when they are asked for.

    The choice depends on the file's first reads alone, so that all parts of the genome make the same.
    Raises: InputError where barcodes are asked for and there are none.
    """
    if wanted == "off":
        return "off"
    counts = np.zeros(tags.N_COUNTS, np.int64)
    try:
        with closing(reader.all_records()) as records:
            batch = next(records, None)
    except InputError:  # what is wrong is told when the place itself is read, and need not matter
        batch = None
    if batch is not None:
        tags.count_tags(batch.buffer, batch.columns, counts)
    n, barcoded, both_strands = counts.tolist()
    if n == 0 or barcoded < _SHARE * n:
        if wanted == "auto" or not required or n == 0:
            return "off"
        raise InputError(
            f"{barcoded} of the first {n} reads have a barcode (tags MI or RX)",
            where=str(reader.path),
            fix="group the reads by their barcodes, or call with --umi auto",
        )
    if wanted == "auto":
        return "duplex" if both_strands else "simplex"
    return "duplex" if wanted == "duplex" else "simplex"
