"""Calls and quality control in one reading of tumor and normal."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from oncopipe.calling import regions_of
from oncopipe.calling.collect import collect
from oncopipe.data.evidence import Collected
from oncopipe.data.regions import Region, Regions
from oncopipe.errors import ReferenceMismatchError
from oncopipe.io.bam import open_alignment
from oncopipe.io.bed import read_bed
from oncopipe.io.fasta import open_reference
from oncopipe.io.hotspots import read_hotspots
from oncopipe.options import CallOptions, QcOptions
from oncopipe.qc.measure import QualityResult, watch_quality, watched_quality

# METHOD: for sites and substitutions QC asks for better bases than calling does, which weighs each by its quality.
_QC_BASE_QUALITY = QcOptions().min_base_quality


def collect_with_quality(
    tumor: Path | str,
    normal: Path | str | None,
    reference: Path | str,
    regions: Path | str | None,
    options: CallOptions,
    *,
    sites: Path | str | None = None,
    threads: int = 1,
    progress: Callable[[Region], None] | None = None,
    hotspots: Path | str | None = None,
) -> tuple[Collected, list[QualityResult]]:
    """What `calling.collect_reads` collects, and the metrics of tumor and normal, each file read once and whole.

    Reads are used from the calling's mapping quality on. Raises: as both; ReferenceMismatchError where tumor and normal
    were aligned to different contigs.
    """
    with ExitStack() as stack:
        genome = stack.enter_context(open_reference(reference))
        readers = [
            stack.enter_context(open_alignment(path, reference)) for path in (tumor, normal) if path is not None
        ]
        if len(readers) == 2 and readers[0].header.contig_lengths != readers[1].header.contig_lengths:
            raise ReferenceMismatchError(
                "tumor and normal were aligned to different contigs", where=f"{tumor} and {normal}"
            )
        known = readers[0].header.contig_lengths
        targets = read_bed(regions, genome.lengths) if regions is not None else None
        places = targets or Regions(tuple(r for r in regions_of(genome, None) if r.contig in known))
        qc_options = QcOptions(
            min_mapping_quality=options.min_mapping_quality,
            min_base_quality=max(_QC_BASE_QUALITY, options.min_base_quality),
        )
        watch = watch_quality(readers, genome, targets, sites, qc_options)
        collected = collect(
            readers[0], readers[1] if normal is not None else None, genome, places, options,
            threads=threads, progress=progress, watcher=watch,
            given=read_hotspots(hotspots, genome).alleles if hotspots is not None else None,
        )  # fmt: skip
        return collected, watched_quality(watch, readers, genome, has_targets=targets is not None)
