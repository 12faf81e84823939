"""`oncopipe export`: the files that other systems read, of findings or of a run's results."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from oncopipe.cli.flags import collect_options, options_of
from oncopipe.exports import FORMATS, Batch, Format, findings_below
from oncopipe.options import StudyOptions

FILE = click.Path(path_type=Path)
Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def _file_option(flag: str, text: str) -> Decorator:
    return click.option(flag, type=FILE, metavar="FILE", help=text)


# What formats may ask for beside findings; the names stand in `Format.options`.
OPTIONS: dict[str, tuple[Decorator, ...]] = {
    "study": (options_of(StudyOptions),),
    "alterations": (
        _file_option("--segments", "Table of copy number segments."),
        _file_option("--copy-number", "Table of the copy state of genes."),
        _file_option("--structural-variants", "Table of structural variants."),
    ),
    "patients": (_file_option("--patients", "Table of what is known of patients: diagnosis date, age, survival."),),
    "panel_genes": (_file_option("--panel-genes", "Genes of the panel, one a line: writes its definition too."),),
    "reference": (
        click.option("--reference", type=FILE, required=True, metavar="FILE", help="FASTA of the findings' build."),
    ),
    "vrs_reference": (
        _file_option("--reference", "FASTA of the findings' build: adds the VRS identifiers of the variants."),
    ),
    "calls": (
        _file_option("--calls", "In place of findings: annotated VCF of `oncopipe annotate`."),
        click.option("--build", type=click.Choice(["GRCh37", "GRCh38"]), help="Build of --calls, for NCBI_Build."),
        click.option("--all", "all_filters", is_flag=True, help="With --calls: also calls that did not pass."),
    ),
}


@click.group("export")
def command() -> None:
    """Write the files that other systems read."""


def _command_of(form: Format) -> click.Command:
    """The command of one format: its inputs, its own options, one call."""

    def run(
        findings: tuple[Path, ...], results: Path | None, samples: Path | None, output: Path, **given: Any
    ) -> None:
        if given.get("calls"):
            _maf_of_calls(given["calls"], given["build"], given["all_filters"], output)
            return
        form.check_installed()
        if samples and not results:
            raise click.UsageError("--samples needs --results")
        paths = findings + (findings_below(results, samples) if results else ())
        if not paths:
            raise click.UsageError("give --findings or --results" + (" or --calls" * ("calls" in given)))
        names = _run_format(form, _batch(paths, given), output)
        click.echo(f"{form.name} of {len(paths)} tumor samples: {names}", err=True)

    decorated: Callable[..., Any] = run
    for name in form.options:
        for option in OPTIONS[name]:
            decorated = option(decorated)
    for option in (
        click.option("--output", type=FILE, required=True, metavar="PATH", help=_OUTPUT[form.makes]),
        _file_option("--samples", "With --results: only the tumors of this sample sheet."),
        click.option("--results", type=FILE, metavar="FOLDER", help="Results folder of a run: all its findings."),
        click.option("--findings", type=FILE, multiple=True, metavar="FILE", help="Findings; may be given again."),
    ):
        decorated = option(decorated)
    return click.command(form.name, help=form.about)(decorated)


_OUTPUT = {
    "file": "File to write.",
    "folder": "Folder to write.",
    "file_each": "File to write; a folder when there are several samples.",
}


def _batch(paths: tuple[Path, ...], given: dict[str, Any]) -> Batch:
    from oncopipe.io.alterations import read_alterations

    tables = ("segments", "copy_number", "structural_variants", "patients")
    return Batch(
        paths=paths,
        alterations=read_alterations(**{name: given.get(name) for name in tables}),
        study=collect_options(StudyOptions, given),
        reference=given.get("reference"),
        panel_genes=given.get("panel_genes"),
    )


def _run_format(form: Format, batch: Batch, output: Path) -> Path:
    """Write the batch, or each of its samples by itself; where."""
    from dataclasses import replace

    from oncopipe.io.findings import read_findings

    if form.makes in ("file", "folder") or (len(batch.paths) == 1 and not output.is_dir()):
        form.write(batch, output)
        return output
    for path in batch.paths:
        sample = read_findings(path).identity.sample
        form.write(replace(batch, paths=(path,)), output / f"{sample}{form.suffix}")
    return output


def _maf_of_calls(calls: Path, build: str | None, all_filters: bool, output: Path) -> None:
    from oncopipe.exports.maf import write_maf
    from oncopipe.io.annotated_vcf import read_annotated

    if build is None:
        raise click.UsageError("--calls needs --build")
    n = write_maf(read_annotated(calls), output, build=build, all_filters=all_filters)
    click.echo(f"{n} rows in {output}", err=True)


for _form in FORMATS:
    command.add_command(_command_of(_form))
