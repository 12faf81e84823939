"""`oncopipe warmup`: compile the kernels once, so that short jobs do not each pay for it."""

from __future__ import annotations

import click


@click.command("warmup")
def command() -> None:
    """Compile every kernel and keep the code in the cache folder."""
    from oncopipe.jit import KEPT_IN
    from oncopipe.simulation.warmup import warm_up

    click.echo("compiling kernels (once, about 10 seconds)", err=True)
    warm_up()
    click.echo(f"kernels are kept in {KEPT_IN}")
