"""`oncopipe panel`: a panel of normals from the reads of several people's normal tissue."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from oncopipe.cli.flags import collect_options, options_of
from oncopipe.options import CallOptions

FILE = click.Path(path_type=Path)


@click.group("panel")
def command() -> None:
    """Panels of normals."""


@command.command("build")
@click.option("--normal", type=FILE, multiple=True, required=True, metavar="FILE", help="BAM or CRAM, one a person.")
@click.option("--reference", type=FILE, required=True, metavar="FILE", help="Reference FASTA.")
@click.option("--regions", type=FILE, metavar="FILE", help="BED of the regions; all contigs when not given.")
@click.option(
    "--least", type=click.IntRange(1), default=2, show_default=True, help="Normals that must show an allele."
)
@click.option("--output", type=FILE, required=True, metavar="FILE", help="VCF to write, bgzipped and indexed.")
@click.option("--threads", type=click.IntRange(1, 256), default=1, show_default=True)
@options_of(CallOptions)
def build(
    normal: tuple[Path, ...], reference: Path, regions: Path | None, least: int, output: Path, **values: Any
) -> None:
    """List the alleles that several normals show."""
    from oncopipe.calling import collect_reads
    from oncopipe.calling.panel import build_panel, write_panel

    options, threads = collect_options(CallOptions, values), values["threads"]
    normals = [collect_reads(path, None, reference, regions, options, threads=threads) for path in normal]
    panel = build_panel(normals, least)
    write_panel(panel, output)
    listed = panel.listed_from()
    power = "no allele" if listed is None else f"an allele that {listed:.0%} of people show"
    click.echo(
        f"{len(panel.alleles)} alleles of {panel.n_normals} normals; {power} is listed with 95 % probability",
        err=True,
    )
