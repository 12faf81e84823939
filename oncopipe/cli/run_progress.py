"""Progress of a run: a bar on a terminal, a line a step in a log. A logger plugin of the workflow engine.

What the engine says in full stands in its own log under .snakemake/log.
"""

from __future__ import annotations

import sys
from logging import WARNING, LogRecord
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent


class LogHandler(LogHandlerBase):
    """Turns the engine's events into progress that a person reads."""

    writes_to_stream = True
    writes_to_file = False
    has_filter = True
    has_formatter = True
    needs_rulegraph = False

    def __post_init__(self) -> None:
        self._running: dict[int, str] = {}
        self._done = self._total = 0
        self._console = Console(stderr=True, highlight=False, soft_wrap=True)
        self._bar: Progress | None = None

    def emit(self, record: LogRecord) -> None:
        event = getattr(record, "event", None)
        if event == LogEvent.RUN_INFO:
            self._total = int(getattr(record, "stats", {}).get("total", self._total))
        elif event == LogEvent.JOB_INFO:
            self._begin(record.__dict__)
        elif event == LogEvent.JOB_FINISHED:
            self._running.pop(getattr(record, "job_id", -1), None)
        elif event == LogEvent.PROGRESS:
            self._done, self._total = record.__dict__["done"], record.__dict__["total"]
            self._draw()
        elif event == LogEvent.JOB_ERROR:
            self._fail(record.__dict__)
        elif event is None and record.levelno >= WARNING:
            self._say(record.getMessage())

    def close(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
        super().close()

    def _begin(self, job: dict[str, Any]) -> None:
        self._running[job["jobid"]] = step_name(job["rule_name"], job.get("wildcards") or {})
        self._draw()
        if self._bar is None:
            self._say(f"{self._done} of {self._total} steps, {self._running[job['jobid']]}")

    def _fail(self, job: dict[str, Any]) -> None:
        name = self._running.pop(job["jobid"], job["rule_name"])
        self._say(f"FAILED {name}; log: {', '.join(job.get('log') or ()) or 'none'}")

    def _draw(self) -> None:
        if not sys.stderr.isatty() or self._total == 0:
            return
        if self._bar is None:
            columns = (BarColumn(20), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
            self._bar = Progress(*columns, console=self._console, transient=True)
            self._bar.add_task("")
            self._bar.start()
        names = list(self._running.values())
        more = f" and {len(names) - 2} more" if len(names) > 2 else ""
        self._bar.update(
            self._bar.task_ids[0],
            completed=self._done,
            total=self._total,
            description="; ".join(names[:2]) + more,
        )
        if self._done == self._total:
            self._bar.stop()
            self._bar = None

    def _say(self, text: str) -> None:
        self._console.print(text, markup=False)


def step_name(rule: str, wildcards: dict[str, str]) -> str:
    """A step in words: "patient P1, sample T1: call collect, part 0003"."""
    who = [f"{key} {wildcards[key]}" for key in ("patient", "sample") if wildcards.get(key)]
    part = f", part {wildcards['part']}" if wildcards.get("part") else ""
    return f"{', '.join(who)}{': ' if who else ''}{rule.replace('_', ' ')}{part}"
