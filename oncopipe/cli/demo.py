"""`oncopipe demo`: the synthetic demo cohort."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("demo")
@click.option(
    "--output", type=click.Path(path_type=Path), required=True, metavar="FOLDER", help="Folder to write into."
)
@click.option("--threads", type=click.IntRange(1, 64), default=2, show_default=True, help="Threads for aligning.")
def command(output: Path, threads: int) -> None:
    """Make the demo cohort: genome, genes, reads, sample sheet, configuration. All of it is SYNTHETIC."""
    from oncopipe.simulation.cohort import write_demo

    write_demo(output, threads=threads, report=lambda text: click.echo(text, err=True))
    click.echo(
        f"the demo cohort is in {output}; next: cd {output} && oncopipe run --config config.yaml --cores 2", err=True
    )
