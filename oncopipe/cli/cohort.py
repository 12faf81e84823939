"""`oncopipe cohort`: the results of a run to the tables and the page of all its samples."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("cohort")
@click.option("--samples", type=click.Path(path_type=Path), required=True, help="sample sheet of the run")
@click.option("--results", type=click.Path(path_type=Path), required=True, help="results folder of the run")
@click.option("--output", type=click.Path(path_type=Path), required=True, help="folder for the tables and the page")
def command(samples: Path, results: Path, output: Path) -> None:
    """Write samples.tsv, variants.tsv, summary.txt and index.html, and print the summary.

    A sample that failed or is missing is named; it does not make this command fail.
    """
    from oncopipe.data.samples import read_sample_sheet
    from oncopipe.errors import MissingInputError
    from oncopipe.report import write_cohort

    if not results.is_dir():
        raise MissingInputError("there is no results folder", where=str(results), fix="give the folder of a run")
    click.echo(write_cohort(read_sample_sheet(samples, check_files=False), results, output), nl=False)
