"""`oncopipe init`: a configuration and a sample sheet from what lies in a folder, or from another pipeline's sheet."""

from __future__ import annotations

from pathlib import Path

import click

from oncopipe.errors import ConfigError, OutputError

FILE = click.Path(path_type=Path)


@click.command("init")
@click.option("--from-folder", type=FILE, help="folder with BAM, CRAM or FASTQ files")
@click.option("--from-sarek", type=FILE, help="sample sheet of nf-core/sarek (CSV)")
@click.option("--from-hydra", type=FILE, help="units.tsv of Hydra Genetics")
@click.option("--fasta", default="resources/genome.fa", show_default=True, help="reference FASTA to write down")
@click.option("--genes", default="resources/genes.gff3.gz", show_default=True, help="gene models to write down")
@click.option("--build", type=click.Choice(["GRCh37", "GRCh38"]), default="GRCh38", show_default=True)
@click.option("--output", type=FILE, default=Path("config"), show_default=True, help="folder for the two files")
def command(
    from_folder: Path | None,
    from_sarek: Path | None,
    from_hydra: Path | None,
    fasta: str,
    genes: str,
    build: str,
    output: Path,
) -> None:
    """Write config.yaml and samples.tsv. Existing files are never overwritten.

    From a folder the patient and the role are guessed from the names, and every guess is printed: read them.
    """
    from oncopipe.cli.import_sheets import rows_from_folder, rows_from_hydra, rows_from_sarek, write_run

    readers = {rows_from_folder: from_folder, rows_from_sarek: from_sarek, rows_from_hydra: from_hydra}
    given = [(reader, path) for reader, path in readers.items() if path is not None]
    if len(given) != 1:
        raise click.UsageError("give one of --from-folder, --from-sarek, --from-hydra")
    targets = [output / "config.yaml", output / "samples.tsv"]
    there = [str(path) for path in targets if path.exists()]
    if there:
        raise OutputError(f"{' and '.join(there)} would be overwritten", fix="remove, or name another --output")
    reader, source = given[0]
    rows, notes = reader(source)
    if not rows:
        raise ConfigError("no reads were found", where=str(source), fix="name a folder with .bam, .cram or .fastq.gz")
    write_run(rows, targets[0], targets[1], {"fasta": fasta, "genes": genes, "build": build})
    for note in notes:
        click.echo(f"note: {note}", err=True)
    click.echo(f"{len(rows)} rows in {targets[1]}; check them, then: oncopipe preflight --config {targets[0]}")
