"""`oncopipe call`: somatic variants at once (`somatic`, `tumor-only`) or in steps (`split`, `collect`, `fit`, `score`)."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from oncopipe.cli.flags import collect_options, options_of
from oncopipe.options import CallOptions

if TYPE_CHECKING:
    from oncopipe.calling.fit import Model
    from oncopipe.data.calls import Calls
    from oncopipe.data.evidence import Collected
    from oncopipe.qc import QualityResult

Command = TypeVar("Command", bound=Callable[..., Any])
FILE = click.Path(path_type=Path)


def _set_threads(context: click.Context, parameter: click.Parameter, value: int) -> int:
    # Read by Numba when it is imported, which is later.
    os.environ["NUMBA_NUM_THREADS"] = str(value)
    return value


def _file(flag: str, text: str, *, required: bool = True) -> Callable[[Command], Command]:
    return click.option(flag, type=FILE, required=required, metavar="FILE", help=text)


_tumor = _file("--tumor", "BAM or CRAM of the tumor.")
_normal = _file("--normal", "BAM or CRAM of the normal.")
_reference = _file("--reference", "Reference FASTA.")
_regions = _file("--regions", "BED of the regions to call in; all contigs when not given.", required=False)
_population = _file("--germline-resource", "VCF of population allele frequencies (AF).", required=False)
_panel = _file("--panel-of-normals", "VCF of alleles seen in normals.", required=False)
_output = _file("--output", "VCF to write, bgzipped and indexed.")
_evidence_output = _file("--evidence-output", "Parquet of every candidate with evidence and filters.", required=False)
_qc_output = _file(
    "--qc-output", "Folder: measure tumor and normal from the same reading, with default thresholds.", required=False
)
_hotspots = _file(
    "--hotspots",
    "Alleles that are always written: VCF, or TSV of `oncopipe knowledge sites` (every substitution of its codons).",
    required=False,
)
_copy_number = _file(
    "--copy-number",
    "Segments of the tumor, TSV or SEG: with --purity, which fraction a germline or somatic allele is expected at.",
    required=False,
)
_purity = click.option("--purity", type=click.FloatRange(0, 1, min_open=True), help="Share of tumor cells.")
_sites = _file("--sites", "VCF of common SNVs (INFO/AF), for identity and contamination in QC.", required=False)
_threads = click.option("--threads", type=click.IntRange(1, 256), default=1, show_default=True, callback=_set_threads)


@click.group("call")
def command() -> None:
    """Call somatic variants."""


@command.command("somatic")
@_tumor
@_normal
@_reference
@_regions
@_population
@_panel
@_hotspots
@_output
@_evidence_output
@_qc_output
@_sites
@_threads
@options_of(CallOptions)
def somatic(tumor: Path, normal: Path, reference: Path, **values: Any) -> None:
    """A tumor against its normal."""
    _call(tumor, normal, reference, **values)


@command.command("tumor-only")
@_tumor
@_reference
@_regions
@_population
@_panel
@_hotspots
@_copy_number
@_purity
@_output
@_evidence_output
@_qc_output
@_sites
@_threads
@options_of(CallOptions)
def tumor_only(tumor: Path, reference: Path, **values: Any) -> None:
    """A tumor alone: population frequencies and a panel of normals stand in for the normal."""
    _call(tumor, None, reference, **values)


def _call(tumor: Path, normal: Path | None, reference: Path, **values: Any) -> None:
    from oncopipe import calling
    from oncopipe.cli.progress import progress_over

    options = collect_options(CallOptions, values)
    resources = (values["germline_resource"], values["panel_of_normals"])
    calling.check_resources(reference, *resources)
    hotspots = values["hotspots"]
    files = (tumor, normal, reference, values["regions"])
    quality: list[QualityResult] = []
    with progress_over("collecting evidence") as step:
        if values["qc_output"] is None:
            collected = calling.collect_reads(
                *files, options, threads=values["threads"], progress=step, hotspots=hotspots
            )
        else:
            from oncopipe.survey import collect_with_quality

            collected, quality = collect_with_quality(
                *files, options, sites=values["sites"], threads=values["threads"], progress=step, hotspots=hotspots
            )
    if quality:
        from oncopipe.qc import write_quality

        for result in quality:
            write_quality(result, values["qc_output"])
            click.echo(f"{result.sample}: {result.quality.status}. {result.quality.sentence}", err=True)
    model = calling.fit(collected, options)
    calls = _score(collected, model, options, (tumor, reference), values)
    click.echo(f"{int(calls.is_pass.sum())} calls pass of {len(calls)} candidates; {values['output']}", err=True)


def _score(
    collected: Collected, model: Model, options: CallOptions, reads: tuple[Path, Path] | None, values: dict[str, Any]
) -> Calls:
    """Judge every candidate and write the VCF. `reads`: BAM of the tumor and FASTA, to tell phase."""
    from oncopipe import calling
    from oncopipe.data.phase import Phases

    resources = (values["germline_resource"], values["panel_of_normals"])
    calls = calling.score_evidence(collected, model, options, *resources)
    phases = calling.phases_of_calls(calls, *reads, options) if reads is not None else Phases()
    chosen = calling.chosen_calls(calls, collected, model, options, *resources)
    state = calling.tumor_state(calls.tumor, values.get("purity"), values.get("copy_number"))
    calling.write_calls(calls, model, options, values["output"], values["evidence_output"], phases, chosen, state)
    return calls


@command.command("split")
@click.option(
    "--bam", "bams", type=FILE, multiple=True, required=True, metavar="FILE", help="BAM to weigh by its index."
)
@_reference
@_regions
@click.option("--parts", type=click.IntRange(1, 10_000), required=True, help="How many BED files to write.")
@click.option("--output", type=FILE, required=True, metavar="FOLDER", help="Folder for part-0001.bed and so on.")
def split(bams: tuple[Path, ...], reference: Path, regions: Path | None, parts: int, output: Path) -> None:
    """Cut the regions into parts of about equal work, by the bytes that the index says."""
    from oncopipe.calling import regions_of
    from oncopipe.calling.split import split_regions
    from oncopipe.io.bam import open_alignment
    from oncopipe.io.bed import write_bed
    from oncopipe.io.fasta import open_reference

    with open_reference(reference) as genome, open_alignment(bams[0], reference) as reader:
        for number, part in enumerate(split_regions(reader, regions_of(genome, regions), parts), 1):
            write_bed(output / f"part-{number:04d}.bed", part)


@command.command("collect")
@_tumor
@_file("--normal", "BAM or CRAM of the normal; tumor-only without it.", required=False)
@_reference
@_regions
@_hotspots
@_file("--output", "Parquet to write.")
@_threads
@options_of(CallOptions)
def collect(tumor: Path, normal: Path | None, reference: Path, regions: Path | None, **values: Any) -> None:
    """Step one, scattered: candidates with their evidence, the only step that reads BAMs."""
    from oncopipe import calling
    from oncopipe.cli.progress import progress_over
    from oncopipe.io.evidence import write_collected

    options = collect_options(CallOptions, values)
    with progress_over("collecting evidence") as step:
        collected = calling.collect_reads(
            tumor, normal, reference, regions, options,
            threads=values["threads"], progress=step, hotspots=values["hotspots"],
        )  # fmt: skip
    write_collected(collected, values["output"])


@command.command("fit")
@click.option("--evidence", type=FILE, multiple=True, required=True, metavar="FILE", help="Every part of the sample.")
@_file("--output", "model.json to write.")
@options_of(CallOptions)
def fit(evidence: tuple[Path, ...], output: Path, **values: Any) -> None:
    """Step two, gathered: learn error rates and priors from the sums of all parts."""
    from oncopipe import calling
    from oncopipe.calling.fit import write_model
    from oncopipe.io.evidence import read_collected

    write_model(calling.fit(read_collected(list(evidence)), collect_options(CallOptions, values)), output)


@command.command("score")
@click.option("--evidence", type=FILE, multiple=True, required=True, metavar="FILE", help="Every part of the sample.")
@_file("--model", "model.json of `call fit`.")
@_population
@_panel
@_copy_number
@_purity
@_file("--tumor", "BAM or CRAM of the tumor, asked which calls lie on the same molecules.", required=False)
@_file("--reference", "Reference FASTA, needed with --tumor.", required=False)
@_output
@_evidence_output
@options_of(CallOptions)
def score(evidence: tuple[Path, ...], model: Path, tumor: Path | None, reference: Path | None, **values: Any) -> None:
    """Step three, gathered: judge every candidate and write the VCF."""
    from oncopipe.calling.fit import read_model
    from oncopipe.io.evidence import read_collected

    if (tumor is None) != (reference is None):
        raise click.UsageError("--tumor and --reference go together")
    reads = (tumor, reference) if tumor is not None and reference is not None else None
    options, fitted = collect_options(CallOptions, values), read_model(model)
    _score(read_collected(list(evidence)), fitted, options, reads, values)


@command.command("limits")
@click.option("--evidence", type=FILE, multiple=True, required=True, metavar="FILE", help="Every part of the sample.")
@_file("--model", "model.json of `call fit`.")
@_tumor
@_file("--normal", "BAM or CRAM of the normal.", required=False)
@_reference
@_population
@_file("--sites", "TSV of the sites, as `oncopipe knowledge sites` writes it.")
@_file("--output", "TSV to write: the sites with depth and limit of detection.")
@options_of(CallOptions)
def limits(evidence: tuple[Path, ...], model: Path, normal: Path | None, **values: Any) -> None:
    """The lowest fraction that calling would have found at named sites, with 95 % probability."""
    from oncopipe import calling
    from oncopipe.calling.fit import read_model
    from oncopipe.io.evidence import read_collected
    from oncopipe.io.limits import read_sites, write_limits

    options, fitted = collect_options(CallOptions, values), read_model(model)
    sites = read_sites(values["sites"])
    bams = (values["tumor"], normal)
    found = calling.limits_at(
        sites, read_collected(list(evidence)), fitted, bams, values["reference"], options,
        has_population=values["germline_resource"] is not None,
    )  # fmt: skip
    write_limits(found, values["output"])
