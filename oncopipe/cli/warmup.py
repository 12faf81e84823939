"""`oncopipe warmup`: compile the kernels once, so that short jobs do not each pay for it."""

from __future__ import annotations

import click


@click.command("warmup")
def command() -> None:
    """Compile every kernel and keep the code in the cache folder."""
    from oncopipe.jit import cache_folder  # imports Numba

    click.echo(f"kernels are kept in {cache_folder()}")
