"""`oncopipe qc`: measure a sample's quality, identity and contamination."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from oncopipe.cli.flags import collect_options, options_of
from oncopipe.options import QcOptions

PathType = click.Path(path_type=Path)


@click.command("qc")
@click.option("--bam", type=PathType, required=True, help="Sorted BAM or CRAM of the sample.")
@click.option("--reference", type=PathType, required=True, help="FASTA that the reads were aligned to.")
@click.option("--regions", type=PathType, help="BED of the targets; without it, windows over the genome.")
@click.option("--sites", type=PathType, help="VCF of common SNVs (INFO/AF): identity and contamination.")
@click.option("--normal", type=PathType, help="BAM of the patient's normal, to compare with.")
@click.option("--role", type=click.Choice(["tumor", "normal"]), default="tumor", show_default=True)
@click.option("--sample", help="Sample id of the output; by default the BAM's SM.")
@click.option("--declared-sex", type=click.Choice(["female", "male"]), help="Sex to compare X and Y with.")
@click.option("--output", type=PathType, required=True, help="Folder of the tables.")
@click.option("--threads", type=click.IntRange(1), default=1, show_default=True)
@options_of(QcOptions)
def command(
    bam: Path,
    reference: Path,
    regions: Path | None,
    sites: Path | None,
    normal: Path | None,
    output: Path,
    **values: Any,
) -> None:
    """Measure reads, coverage, errors, identity, contamination and sex; write tables, also for MultiQC.

    A status of FAIL does not make the command fail: it stands in SAMPLE.metrics.tsv with its reason.
    """
    options = collect_options(QcOptions, values)
    from oncopipe.qc import measure_quality, write_quality  # imports Numba

    result = measure_quality(
        bam,
        reference,
        regions=regions,
        sites=sites,
        normal=normal,
        role=values["role"],
        sample=values["sample"],
        declared_sex=values["declared_sex"],
        options=options,
        threads=values["threads"],
    )
    write_quality(result, output)
    click.echo(f"{result.sample}: {result.quality.status}. {result.quality.sentence}")
