"""`oncopipe export`: the files that other systems read."""

from __future__ import annotations

from pathlib import Path

import click

FILE = click.Path(path_type=Path)


@click.group("export")
def command() -> None:
    """Write the files that other systems read."""


@command.command("maf")
@click.option("--calls", type=FILE, required=True, metavar="FILE", help="Annotated VCF of `oncopipe annotate`.")
@click.option("--build", type=click.Choice(["GRCh37", "GRCh38"]), required=True, help="Build, for NCBI_Build.")
@click.option("--all", "all_filters", is_flag=True, help="Also calls that did not pass.")
@click.option("--output", type=FILE, required=True, metavar="FILE", help="MAF to write.")
def maf(calls: Path, build: str, all_filters: bool, output: Path) -> None:
    """MAF 2.4 of the PASS calls, as cBioPortal, OncoKB's annotator and maftools read it."""
    from oncopipe.io.annotated_vcf import read_annotated
    from oncopipe.io.maf import write_maf

    n = write_maf(read_annotated(calls), output, build=build, all_filters=all_filters)
    click.echo(f"{n} rows in {output}", err=True)
