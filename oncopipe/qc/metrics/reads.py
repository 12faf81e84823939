"""How many reads there are, how many mapped, paired well, and are copies."""

from __future__ import annotations

import numpy as np

from oncopipe.data.findings import QcMetric
from oncopipe.qc.counts import READ_DUPLICATE, READ_MAPPED, READ_PAIRED, READ_PRIMARY, READ_PROPER
from oncopipe.qc.judgment import Measurement, measured
from oncopipe.qc.metrics.family import MetricFamily


def _measure(m: Measurement) -> list[QcMetric]:
    reads = [int(n) for n in m.counts.reads]
    primary, mapped, paired = reads[READ_PRIMARY], reads[READ_MAPPED], reads[READ_PAIRED]
    unknown = None if m.counts.knows_unplaced else "the index does not count the reads without a place"
    share = None if unknown else _share(mapped, primary)
    duplicates, proper = _share(reads[READ_DUPLICATE], mapped), _share(reads[READ_PROPER], paired)
    of = "fraction of {} reads"
    return [
        measured(m, "reads", "Reads", None if unknown else primary, "reads", reason=unknown),
        measured(
            m, "mapped_fraction", "Mapped reads", share, of.format("primary"),
            too="low", threshold="mapped_fraction", reason=unknown,
        ),
        measured(
            m, "duplicate_fraction", "Duplicates", duplicates, of.format("mapped"),
            too="high", threshold=None if m.families is not None else "duplicate_fraction",
            reason=None if m.families is None else "copies are wanted here: barcodes tell which molecule each is of",
        ),
        measured(m, "properly_paired_fraction", "Properly paired reads", proper, of.format("paired")),
        *_families(m),
    ]  # fmt: skip


def _families(m: Measurement) -> list[QcMetric]:
    """Copies of each end of a molecule, where barcodes tell them; nothing otherwise."""
    if m.families is None:
        return []
    sizes = m.families.sum(axis=0)
    total = int(sizes.sum())
    reads = int((sizes * np.arange(sizes.size)).sum())
    of = "fraction of molecules"
    return [
        measured(m, "family_size", "Reads of a molecule's end", _share(reads, total), "reads"),
        measured(m, "single_families", "Molecules read once", _share(int(sizes[1]), total), of),
        measured(
            m, "duplex_families", "Molecules read from both strands", _share(int(m.families[1].sum()), total), of
        ),
    ]


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


READS = MetricFamily(
    "reads",
    (
        "reads",
        "mapped_fraction",
        "duplicate_fraction",
        "properly_paired_fraction",
        "family_size",
        "single_families",
        "duplex_families",
    ),
    _measure,
)
