"""`oncopipe run`: the workflow, from a checkout or an installed wheel; what a killed run left is cleared and resumed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click

from oncopipe.errors import ConfigError, GateError, OncoPipeError

FILE = click.Path(path_type=Path)
RESULTS = Path("results")


@click.command("run", context_settings={"ignore_unknown_options": False})
@click.option("--config", "config_path", type=FILE, default=Path("config/config.yaml"), show_default=True)
@click.option("--cores", type=click.IntRange(1), help="processors to use  [default: all of this machine]")
@click.option("--profile", default="default", show_default=True, help="how to run: a name in profiles/, or a folder")
@click.option("-n", "--dry-run", is_flag=True, help="show what would be done, and do nothing")
@click.option("--unlock", is_flag=True, help="take the folder even when it cannot be known that no run is at work")
@click.argument("engine_arguments", nargs=-1, type=click.UNPROCESSED)
def command(
    config_path: Path,
    cores: int | None,
    profile: str,
    dry_run: bool,
    unlock: bool,
    engine_arguments: tuple[str, ...],
) -> None:
    """Run the workflow in this folder, or resume it: what is done is kept, what was half-done is made again.

    Arguments after -- go to Snakemake, e.g. -- --forcerun report. One patient's failure does not stop the others;
    the summary at the end names it, and the command ends with 1.
    """
    from oncopipe.cli.plans import plan_from_yaml
    from oncopipe.cli.run_guard import sole_run, sweep
    from oncopipe.data.problems import refuse
    from oncopipe.preflight import check_run

    plan = plan_from_yaml(config_path)
    arguments = engine_arguments_of(config_path, cores, profile)
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    if dry_run:
        _finish(run_engine([*arguments, "--dry-run", *engine_arguments], with_progress=False))
        return
    refuse(check_run(plan, RESULTS).problems)
    with sole_run(Path(), take=unlock, tell=lambda text: click.echo(text, err=True)) as resumed:
        if resumed:
            sweep(RESULTS)
        if resumed or unlock:
            _quietly([*arguments, "--unlock"])
        code = run_engine([*arguments, *engine_arguments], with_progress=True)
        if resumed and code == 0:
            # Scattered parts whose consumer was done when the run was killed.
            _quietly([*arguments, "--delete-temp-output"])
    _finish(code)


def engine_arguments_of(config_path: Path, cores: int | None, profile: str) -> list[str]:
    """What Snakemake is always told. Raises: ConfigError for a profile that is not there."""
    folder = workflow_folder()
    known = sorted(path.parent.name for path in (folder / "profiles").glob("*/config.yaml"))
    own = folder / "profiles" / profile
    chosen = own if profile in known else Path(profile)
    if not (chosen / "config.yaml").is_file():
        raise ConfigError(
            f"there is no profile {profile!r}", fix=f"known: {', '.join(known)}; or name a folder with a config.yaml"
        )
    return [
        *("--snakefile", str(folder / "Snakefile"), "--configfile", str(config_path)),
        *("--workflow-profile", str(chosen.resolve()), "--rerun-incomplete"),
        *(("--cores", str(cores)) if cores else ()),
    ]


def workflow_folder() -> Path:
    """The workflow's files: packed in the wheel, or at the top of a checkout. Raises: OncoPipeError."""
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "_workflow", package.parent):
        if (folder / "Snakefile").is_file() and (folder / "rules").is_dir():
            return folder
    raise OncoPipeError("the workflow's files are not where they belong", where=str(package), fix="install again")


def run_engine(arguments: list[str], *, with_progress: bool) -> int:
    """Run Snakemake in this process, so that no scheduler outlives it; returns its exit code."""
    from snakemake.cli import main as engine

    if with_progress:
        from snakemake_interface_logger_plugins.registry import LoggerPluginRegistry

        from oncopipe.cli import run_progress

        LoggerPluginRegistry().register_plugin("snakemake_logger_plugin_oncopipe", run_progress)
        arguments = [*arguments, "--logger", "oncopipe"]
    try:
        engine(arguments)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    return 0


def _quietly(arguments: list[str]) -> None:
    """One of Snakemake's chores; what it says is shown only when it fails. Raises: OncoPipeError."""
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", *arguments, "--quiet", "all"], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise OncoPipeError("the workflow engine could not tidy up", fix=(done.stdout + done.stderr).strip()[-800:])


def _finish(code: int) -> None:
    if code != 0:
        raise GateError(
            "the run did not do everything; what failed is named above",
            where="the engine's own log: the newest file in .snakemake/log",
            fix="mend it and start `oncopipe run` again: what is done is kept",
        )
