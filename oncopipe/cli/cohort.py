"""`oncopipe cohort`: the results of a run to the tables and the page of all its samples."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("cohort")
@click.option("--samples", type=click.Path(path_type=Path), required=True, help="sample sheet of the run")
@click.option("--results", type=click.Path(path_type=Path), required=True, help="results folder of the run")
@click.option("--output", type=click.Path(path_type=Path), required=True, help="folder for the tables and the page")
@click.option(
    "--engine-log",
    "engine_logs",
    type=click.Path(path_type=Path),
    multiple=True,
    help="log of the run that just ended: a sample whose step failed in it is failed, whatever stands",
)
@click.option("--language", default="en", show_default=True, help="language that the page opens in")
def command(samples: Path, results: Path, output: Path, engine_logs: tuple[Path, ...], language: str) -> None:
    """Write samples.tsv, variants.tsv, summary.txt, oncoplot.svg and index.html, and print the summary.

    A sample that failed or is missing is named; it does not make this command fail.
    """
    from oncopipe.cli.failures import failed_samples
    from oncopipe.data.samples import read_sample_sheet
    from oncopipe.errors import MissingInputError
    from oncopipe.report import write_cohort

    if not results.is_dir():
        raise MissingInputError("there is no results folder", where=str(results), fix="give the folder of a run")
    sheet = read_sample_sheet(samples, check_files=False)
    failed = failed_samples(map(str, engine_logs), sheet)
    click.echo(write_cohort(sheet, results, output, failed=failed, language=language), nl=False)
