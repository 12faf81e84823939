"""`oncopipe stage`: given files under a name of our own, with their indexes; nothing is written beside the givers."""

from __future__ import annotations

from pathlib import Path

import click

FILE = click.Path(path_type=Path)


@click.group("stage")
def command() -> None:
    """Link given reads and reference beside the results, with their indexes."""


@command.command("reads")
@click.option("--bam", type=FILE, required=True, help="sorted BAM or CRAM as given")
@click.option("--output", type=FILE, required=True, help="link to make; its index gets .bai or .crai added")
def reads(bam: Path, output: Path) -> None:
    """Link a BAM or CRAM; its index is linked too, or made beside the link."""
    from oncopipe.io.staging import stage_reads

    stage_reads(bam, output)


@command.command("reference")
@click.option("--fasta", type=FILE, required=True, help="reference FASTA as given, plain or bgzipped")
@click.option("--output", type=FILE, required=True, help="link to make; its index gets .fai (and .gzi) added")
def reference(fasta: Path, output: Path) -> None:
    """Link a FASTA; its index is linked too, or made beside the link."""
    from oncopipe.io.staging import stage_reference

    stage_reference(fasta, output)


@command.command("aligner-index")
@click.option("--reference", type=FILE, required=True, help="FASTA as `stage reference` linked it")
def aligner_index(reference: Path) -> None:
    """Put bwa's index beside the link: the given one, or one that is built."""
    from oncopipe.alignment import stage_aligner_index

    stage_aligner_index(reference)
