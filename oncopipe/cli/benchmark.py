"""`oncopipe benchmark`: calls against a truth set; truth sets called, tabled and held to bounds; sets to simulate."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

FILE = click.Path(path_type=Path)


class _CompareByDefault(click.Group):
    """A group that takes `benchmark --truth ...` for `benchmark compare --truth ...`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0].startswith("--") and args[0] != "--help":
            args = ["compare", *args]
        return super().parse_args(ctx, args)


@click.group("benchmark", cls=_CompareByDefault)
def command() -> None:
    """Compare calls with a truth set (the default), or call truth sets and table them."""


@command.command()
@click.option(
    "--truth", type=FILE, required=True, metavar="FILE", help="VCF of the truth; PASS and unfiltered records."
)
@click.option(
    "--calls", type=FILE, required=True, metavar="FILE", help="VCF of the calls; PASS and unfiltered records."
)
@click.option("--reference", type=FILE, required=True, metavar="FILE", help="Reference FASTA.")
@click.option("--regions", type=FILE, metavar="FILE", help="BED inside which both are compared.")
@click.option(
    "--output",
    type=FILE,
    required=True,
    metavar="FOLDER",
    help="Folder for metrics.json, benchmark.html and the lists of alleles.",
)
def compare(truth: Path, calls: Path, reference: Path, regions: Path | None, output: Path) -> None:
    """Compare calls with a truth set, once both are left-aligned and split."""
    from oncopipe.io.bed import read_bed
    from oncopipe.io.fasta import open_reference
    from oncopipe.io.output import write_text
    from oncopipe.validation import compare_calls, metrics_of
    from oncopipe.validation.metrics import table_of
    from oncopipe.validation.page import page_of

    with open_reference(reference) as genome:
        places = read_bed(regions, genome.lengths) if regions else None
        comparison = compare_calls(truth, calls, genome, places)
    metrics = metrics_of(comparison)
    write_text(output / "metrics.json", json.dumps(metrics, indent=1) + "\n")
    for name in ("true_positive", "false_positive", "false_negative"):
        rows = ["#chromosome\tposition\treference\talternate"]
        rows += [f"{c}\t{p + 1}\t{r}\t{a}" for c, p, r, a in getattr(comparison, name)]
        write_text(output / f"{name}.tsv", "\n".join(rows) + "\n")
    facts = {"truth": truth.name, "calls": calls.name, "regions": regions.name if regions else "all"}
    write_text(output / "benchmark.html", page_of(metrics, facts))
    click.echo(table_of(metrics))


@command.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--genome", type=FILE, metavar="FILE", help="FASTA with the slices that the sets are made over.")
@click.option("--output", type=FILE, metavar="FOLDER", help="Folder that gets one folder a set.")
@click.option("--threads", type=click.IntRange(1), default=1, show_default=True)
def simulate(names: tuple[str, ...], genome: Path | None, output: Path | None, threads: int) -> None:
    """Make simulated truth sets by name; without a name, list them."""
    from oncopipe.simulation.catalog import ENTRIES, entry_of, make_set

    entries = [entry_of(name) for name in names]
    if not entries:
        click.echo("\n".join(f"{entry.name:14} {entry.shows}" for entry in ENTRIES))
        return
    if genome is None or output is None:
        raise click.UsageError("--genome and --output are needed to make a set")
    for entry in entries:
        make_set(entry, genome, output, threads=threads, report=click.echo)


@command.command()
@click.argument("folders", nargs=-1, type=FILE)
@click.option(
    "--known", type=FILE, metavar="FOLDER", help="Folder of the known sets (spike_train, sim_train, admix)."
)
@click.option("--genome", type=FILE, metavar="FILE", help="FASTA to make the simulated sets over; needs --made.")
@click.option("--made", type=FILE, metavar="FOLDER", help="Folder where simulated sets are made and found again.")
@click.option("--set", "names", multiple=True, metavar="NAME", help="Only these sets; may be repeated.")
@click.option("--bounds", type=FILE, metavar="FILE", help="Table of bounds; a broken one ends with 1.")
@click.option("--before", type=FILE, metavar="FILE", help="List of an earlier release's calls; changes are named.")
@click.option("--reasons", type=FILE, metavar="FILE", help="Reasons for lost truth; a loss without one ends with 1.")
@click.option("--list", "listing", type=FILE, metavar="FILE", help="Write the list of calls.")
@click.option("--rivals", is_flag=True, help="freebayes and bcftools beside ours, where installed (slow).")
@click.option("--brief", is_flag=True, help="Without the rows by context and fraction.")
@click.option("--threads", type=click.IntRange(1), default=1, show_default=True)
@click.pass_context
def run(ctx: click.Context, folders: tuple[Path, ...], **values: Any) -> None:
    """Call truth sets (FOLDERS, known or simulated ones); print tables by type, slice, context and fraction."""
    from oncopipe.io.output import write_text
    from oncopipe.validation import TruthSet, known_sets, measure, report_of
    from oncopipe.validation.changes import calls_of, format_calls
    from oncopipe.validation.operating import best_quiet, operating_points, points_table
    from oncopipe.validation.rivals import measure_rivals

    sets = [TruthSet(folder.resolve().name, folder) for folder in folders]
    sets += known_sets(values["known"]) if values["known"] else ()
    wanted = set(values["names"])
    sets = [s for s in sets if not wanted or s.name in wanted]
    if values["genome"] and values["made"]:
        sets += _simulated(wanted, values["genome"], values["made"], values["threads"])
    _refuse_unknown(wanted - {s.name for s in sets} if sets else {""})
    measured = []
    for truth_set in sets:
        measured.append(measure(truth_set, threads=values["threads"]))
        click.echo(report_of(measured[-1], details=not values["brief"]) + "\n")
        for other in measure_rivals(truth_set, click.echo) if values["rivals"] else ():
            click.echo(report_of(other, details=False) + "\n")
    by_name = {s.name: s for s in sets}
    if "null" in by_name and "sim_train" in by_name:
        points = operating_points(by_name["null"], by_name["sim_train"], threads=values["threads"])
        click.echo(points_table(points) + "\n")
        measured += best_quiet(points)
    if values["listing"]:
        write_text(values["listing"], format_calls(calls_of(measured)))
    ctx.exit(0 if _holds(measured, values["bounds"], values["before"], values["reasons"]) else 1)


def _simulated(wanted: set[str], genome: Path, made: Path, threads: int) -> list[Any]:
    """The simulated sets of these names (all when there are none), made where they are not there yet."""
    from oncopipe.simulation.catalog import ENTRIES, make_set

    sets = []
    for entry in ENTRIES:
        names = {s.name for s in entry.sets(made)}
        if wanted and not wanted & names:
            continue
        if missing := entry.is_missing():
            click.echo(f"{entry.name} is left out: {missing}")
            wanted -= names
            continue
        made_sets = make_set(entry, genome, made, threads=threads, report=click.echo)
        sets += [s for s in made_sets if not wanted or s.name in wanted]
    return sets


def _refuse_unknown(names: set[str]) -> None:
    from oncopipe.errors import ConfigError

    if names:
        raise ConfigError(
            f"there is no truth set {', '.join(sorted(names))}".rstrip(),
            where="--set",
            fix="name folders, or --known FOLDER, or --genome FASTA --made FOLDER (`oncopipe benchmark simulate` lists)",
        )


def _holds(measured: list[Any], bounds: Path | None, before: Path | None, reasons: Path | None) -> bool:
    """Print bounds and changes; False when a floor is broken or truth was lost without a reason."""
    from oncopipe.validation.bounds import bounds_table, judge, read_bounds
    from oncopipe.validation.changes import calls_of, changes_between, read_calls, read_reasons

    holds = True
    if bounds:
        judged = judge(measured, read_bounds(bounds))
        click.echo(bounds_table(judged))
        holds = all(row.holds for row in judged)
    if before:
        told = read_reasons(reasons) if reasons else {}
        listed = read_calls(before)
        known = {name for name, _ in listed} & {m.name for m in measured}
        changes = changes_between(listed, calls_of(measured), known, told)
        for change in changes:
            click.echo(str(change))
        click.echo(f"{len(changes)} calls changed against {before.name}")
        holds = holds and not any(change.is_unexplained for change in changes)
    return holds
