"""`oncopipe preflight`: every problem of a run's inputs at once, before anything runs."""

from __future__ import annotations

from pathlib import Path

import click

from oncopipe.errors import GateError

FILE = click.Path(path_type=Path)


@click.command("preflight")
@click.option("--config", "config_path", type=FILE, default=Path("config/config.yaml"), show_default=True)
@click.option("--samples", type=FILE, help="sample sheet in place of the one that the configuration names")
def command(config_path: Path, samples: Path | None) -> None:
    """Check configuration, sample sheet and the files they name, in seconds.

    Ends with 0 when a run can start, with 1 and the list of all problems when it cannot.
    """
    from oncopipe.cli.plans import plan_from_yaml
    from oncopipe.data.problems import ProblemsError, message_of
    from oncopipe.exports.checks import export_problems
    from oncopipe.preflight import check_run

    try:
        plan = plan_from_yaml(config_path, samples)
    except ProblemsError as error:
        raise GateError(str(error)) from error
    found = check_run(plan, Path("results"))
    for warning in found.warnings:
        click.echo(f"note: {warning}", err=True)
    problems = [*found.problems, *export_problems(plan)]
    if problems:
        raise GateError(message_of(problems))
    n_tumors, n_patients = len(plan.sheet.tumors()), len(plan.sheet.patients())
    click.echo(f"ready: {n_patients} patients, {len(plan.sheet.samples)} samples, {n_tumors} reports to make")
