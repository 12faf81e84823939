"""The `oncopipe` command: a list of verbs, loaded on first use, and the one place where errors become exit codes."""

from __future__ import annotations

import os
import sys
import traceback
import warnings
from importlib import import_module
from importlib.metadata import version
from typing import NoReturn

import click

from oncopipe.errors import OncoPipeError

# In the order of a patient's way through the pipeline. Name, module, one line of help.
VERBS: tuple[tuple[str, str, str], ...] = (
    ("init", "oncopipe.cli.init", "Write a configuration and a sample sheet from a folder of reads."),
    (
        "preflight",
        "oncopipe.cli.preflight",
        "Check configuration, sample sheet and files before anything runs.",
    ),
    ("run", "oncopipe.cli.run", "Run the workflow, or resume it."),
    ("demo", "oncopipe.cli.demo", "Make the synthetic demo cohort."),
    ("stage", "oncopipe.cli.stage", "Link given reads and reference beside the results, with their indexes."),
    ("align", "oncopipe.cli.align", "FASTQ to a sorted, duplicate-marked, indexed BAM."),
    ("qc", "oncopipe.cli.qc", "Measure a sample's quality, identity and contamination."),
    ("call", "oncopipe.cli.call", "Call somatic variants, at once or in steps."),
    ("panel", "oncopipe.cli.panel", "Build a panel of normals."),
    ("annotate", "oncopipe.cli.annotate", "Name consequences (SO, HGVS) and population frequency of calls."),
    ("knowledge", "oncopipe.cli.knowledge", "Import and list knowledge sources."),
    ("interpret", "oncopipe.cli.interpret", "Match calls to knowledge, give tiers, write findings."),
    ("explain", "oncopipe.cli.explain", "Tell what happened to a variant, from its reads to the report."),
    ("report", "oncopipe.cli.report", "Write the report of a patient from findings."),
    ("export", "oncopipe.cli.export", "Write the files that other systems read."),
    ("cohort", "oncopipe.cli.cohort", "Write the tables of all samples of a run."),
    ("provenance", "oncopipe.cli.provenance", "Record versions, digests and parameters of a run."),
    ("benchmark", "oncopipe.cli.benchmark", "Compare calls with a truth set."),
    ("warmup", "oncopipe.cli.warmup", "Compile the kernels once."),
)


class VerbGroup(click.Group):
    """A group whose verbs are imported only when they are called, so that `--help` stays fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for name, _, _ in VERBS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        for name, module, _ in VERBS:
            if name == cmd_name:
                command = import_module(module).command
                assert isinstance(command, click.Command)
                return command
        return None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Verbs"):
            formatter.write_dl([(name, text) for name, _, text in VERBS])


@click.group(cls=VerbGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(version("oncopipe"), prog_name="oncopipe")
def cli() -> None:
    """From the reads of a tumor to a report that a molecular tumor board can act on."""


def _tell(message: Warning | str, *_where: object, **_file: object) -> None:
    """A warning as users want to read it: without the line of our code that gave it."""
    click.echo(f"oncopipe: warning: {message}", err=True)


# PERF: NumPy's library for matrix products starts a thread for each core and lets it spin; no verb multiplies matrices.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def main(arguments: list[str] | None = None) -> None:
    """Run the command and exit: 0 done, 1 a gate said no, 2 usage, 65-78 as in docs/commands.md, 70 our fault."""
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _tell
            code = cli.main(args=arguments, prog_name="oncopipe", standalone_mode=False)
        _leave(code if isinstance(code, int) else 0, is_program=arguments is None)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        sys.exit(130)
    except OncoPipeError as error:
        click.echo(f"oncopipe: {error}", err=True)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115, PTH123 - the reader is gone, so is our voice
        sys.exit(0)
    except Exception as error:  # the last door: whatever comes here is ours to mend
        if os.environ.get("ONCOPIPE_TRACEBACK"):
            traceback.print_exc()
        click.echo(
            f"oncopipe: internal error: {type(error).__name__}: {error}\n"
            "  fix: run again with ONCOPIPE_TRACEBACK=1 and report what it prints (it names no patient data)",
            err=True,
        )
        sys.exit(70)


def _leave(code: int, *, is_program: bool) -> NoReturn:
    """Exit with a code.

    PERF: compiled kernels take a quarter of a second to be taken down, in each of a workflow's many short jobs. Files are
    closed and threads have ended by now, so a program that has loaded them goes without.
    """
    if is_program and "numba" in sys.modules and "snakemake" not in sys.modules:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


if __name__ == "__main__":
    main()
