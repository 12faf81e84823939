"""A sample's quality in, its files out: whole or not at all, the same bytes for the same reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from oncopipe.constants import BASES
from oncopipe.io.output import write_text
from oncopipe.qc.measure import QualityResult
from oncopipe.qc.multiqc import multiqc_files
from oncopipe.qc.spectrum import substitution_table
from oncopipe.qc.summary import format_metrics


def write_quality(result: QualityResult, folder: Path | str) -> list[Path]:
    """Write every table of a sample; the metrics come last, so that who finds them finds all.

    Raises: OutputError when the folder cannot be written.
    """
    texts = {
        "coverage.tsv": coverage_table(result),
        "depth_histogram.tsv": depth_histogram(result),
        "insert_size.tsv": insert_size_table(result),
        "substitutions.tsv": substitutions_table(result),
        **({"sites.tsv": sites_table(result)} if result.sites is not None else {}),
        **multiqc_files(result),
        "metrics.tsv": format_metrics(result.metrics),
    }
    paths = []
    for name, text in texts.items():
        paths.append(Path(folder) / f"{result.sample}.{name}")
        write_text(paths[-1], text)
    return paths


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Rows as tab-separated text; numbers with a fraction in six digits, None and NaN as an empty cell."""
    lines = ["\t".join(header)]
    lines += ["\t".join(_cell(value) for value in row) for row in rows]
    return "\n".join(lines) + "\n"


def coverage_table(result: QualityResult) -> str:
    """One row a target; the start is 0-based, the end behind the last base, as in BED."""
    counts, targets = result.counts, result.counts.targets
    header = ["contig", "start_0based", "end", "known_bases", "mean_depth_reads", "min_depth_reads"]
    header += [f"fraction_of_bases_at_least_{t}_reads" for t in counts.thresholds]
    rows = []
    for i, (region, mean) in enumerate(zip(targets.regions, targets.mean_depth.tolist(), strict=True)):
        n = int(targets.n_bases[i])
        shares = [int(k) / n if n else None for k in targets.n_at_least[i]]
        lowest = int(targets.depth_min[i]) if n else None
        rows.append([region.contig, region.start, region.end, n, mean, lowest, *shares])
    return table(header, rows)


def depth_histogram(result: QualityResult) -> str:
    """Bases of the targets by depth, and the fraction with at least that depth."""
    histogram = result.counts.depth_histogram
    total = int(histogram.sum())
    at_least = histogram[::-1].cumsum()[::-1]
    rows = (
        [depth, int(histogram[depth]), int(at_least[depth]) / total] for depth in np.flatnonzero(histogram).tolist()
    )
    return table(["depth_reads", "bases", "fraction_of_bases_at_least"], rows)


def insert_size_table(result: QualityResult) -> str:
    """Proper pairs by insert size."""
    histogram = result.counts.insert_size
    rows = ([size, int(histogram[size])] for size in np.flatnonzero(histogram).tolist())
    return table(["insert_size_bp", "pairs"], rows)


def substitutions_table(result: QualityResult) -> str:
    """Errors by substitution class and strand."""
    header = ["substitution", "sequenced_base", "errors_read1", "bases_read1", "errors_read2", "bases_read2"]
    rows = (
        [s.substitution, s.sequenced, s.n_errors_read1, s.n_bases_read1, s.n_errors_read2, s.n_bases_read2, s.rate]
        for s in substitution_table(result.counts.substitutions)
    )
    return table([*header, "errors_per_base"], rows)


def sites_table(result: QualityResult) -> str:
    """Fragments by allele at each common site, of the sample and, where given, of its normal."""
    sites, counts, normal = result.sites, result.counts.sites, result.normal_sites
    assert sites is not None
    assert counts is not None
    header = ["contig", "position_1based", "reference", "alternate", "population_frequency"]
    header += [f"{allele}_fragments" for allele in ("reference", "alternate", "other")]
    columns = [counts.reference, counts.alternate, counts.other]
    if normal is not None:
        header += [f"normal_{allele}_fragments" for allele in ("reference", "alternate", "other")]
        columns += [normal.reference, normal.alternate, normal.other]
    rows = (
        [
            result.contigs[int(sites.contig[i])],
            int(sites.position[i]) + 1,
            BASES[sites.reference[i]],
            BASES[sites.alternate[i]],
            float(sites.frequency[i]),
            *(int(column[i]) for column in columns),
        ]
        for i in range(len(sites))
    )
    return table(header, rows)


def _cell(value: object) -> str:
    if value is None or value != value:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)
