"""Progress on a terminal; in a log, a line now and then."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from oncopipe.data.regions import Region

_EVERY = 50_000_000  # bases between two lines in a log


@contextmanager
def progress_over(task: str) -> Iterator[Callable[[Region], None]]:
    """A function to call with each piece that is done; shows where the work is, on standard error only."""
    if sys.stderr.isatty():
        from rich.console import Console

        with Console(stderr=True).status(task) as status:
            yield lambda piece: status.update(f"{task}: {piece.contig}:{piece.end:,}")
        return
    done = [0, 0]

    def step(piece: Region) -> None:
        done[0] += len(piece)
        if done[0] - done[1] >= _EVERY:
            done[1] = done[0]
            print(f"{task}: {done[0] // 1_000_000} Mb, at {piece.contig}:{piece.end:,}", file=sys.stderr, flush=True)

    yield step
