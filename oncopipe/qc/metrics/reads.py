"""How many reads there are, how many mapped, paired well, and are copies."""

from __future__ import annotations

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
            too="high", threshold="duplicate_fraction",
        ),
        measured(m, "properly_paired_fraction", "Properly paired reads", proper, of.format("paired")),
    ]  # fmt: skip


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


READS = MetricFamily(
    "reads", ("reads", "mapped_fraction", "duplicate_fraction", "properly_paired_fraction"), _measure
)
