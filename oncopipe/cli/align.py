"""`oncopipe align`: FASTQ of one sample to its sorted, duplicate-marked, indexed BAM."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click

from oncopipe.cli.flags import collect_options, options_of
from oncopipe.errors import ConfigError
from oncopipe.options import AlignOptions

FILE = click.Path(path_type=Path)


@click.command("align")
@click.option("--fastq-1", type=FILE, multiple=True, required=True, help="first reads; again for each lane")
@click.option("--fastq-2", type=FILE, multiple=True, required=True, help="second reads, in the order of --fastq-1")
@click.option("--reference", type=FILE, required=True, help="reference FASTA")
@click.option("--index", type=FILE, help="prefix of the aligner's index, built when missing  [default: see below]")
@click.option("--sample", required=True, help="sample id: SM of the read groups")
@click.option("--patient", required=True, help="patient id")
@click.option("--output", type=FILE, required=True, help="BAM to write; its index gets .bai added")
@click.option("--threads", type=click.IntRange(1, 256), default=1, show_default=True)
@options_of(AlignOptions)
def command(
    fastq_1: tuple[Path, ...],
    fastq_2: tuple[Path, ...],
    reference: Path,
    index: Path | None,
    sample: str,
    patient: str,
    output: Path,
    threads: int,
    **values: Any,
) -> None:
    """Align the lanes of one sample, mark duplicates, sort and index.

    Without --index the aligner's index beside the reference is used, or one is built beside the output
    (bwa-index/).
    """
    from oncopipe.alignment import Lane, align_reads

    if len(fastq_1) != len(fastq_2):
        raise ConfigError(
            f"{len(fastq_1)} files of first reads but {len(fastq_2)} of second reads",
            where="--fastq-1, --fastq-2",
            fix="give both flags once for each lane",
        )
    n_pairs = align_reads(
        [Lane(*files) for files in zip(fastq_1, fastq_2, strict=True)],
        reference,
        output,
        sample=checked_id(sample, "--sample"),
        patient=checked_id(patient, "--patient"),
        index=index,
        threads=threads,
        options=collect_options(AlignOptions, values),
        report=lambda text: click.echo(text, err=True),
    )
    click.echo(f"{n_pairs:,} pairs in {output}", err=True)


def checked_id(value: str, flag: str) -> str:
    """A sample or patient id that is safe in file names and SAM headers. Raises: ConfigError."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", value):
        raise ConfigError(
            f"{flag} cannot be {value!r}",
            fix="use letters, digits, dot, underscore and hyphen; begin with a letter or digit",
        )
    return value
