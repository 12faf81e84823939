"""A command in, its CPU time, wall time and peak memory out.

Only the standard library is imported here and in the driver: a child's peak counts what its parent held when it was
made, so the parent must be small.
"""

from __future__ import annotations

import json
import math
import os
import statistics
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Usage:
    """cpu: user and system seconds of the process and of its children; peak: MB of the largest of them."""

    cpu: float
    wall: float
    peak: float


def run(command: list[str]) -> Usage:
    """Run a command to its end. Where it prints a line `{"cpu": ..., "wall": ...}`, these times stand instead.

    Raises: RuntimeError with the end of what it said, when it fails.
    """
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as complained:
        start = time.perf_counter()
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=complained)
        _, status, used = os.wait4(child.pid, 0)
        wall = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            complained.seek(0)
            text = complained.read()[-2000:].decode(errors="replace")
            raise RuntimeError(f"{' '.join(command)} ended with {child.returncode}:\n{text}")
        said.seek(0)
        first = said.read(200)
    cpu = used.ru_utime + used.ru_stime
    if first.startswith(b'{"cpu"'):
        own = json.loads(first)
        cpu, wall = own["cpu"], own["wall"]
    return Usage(cpu, wall, used.ru_maxrss / 1024)


def run_at_once(commands: list[list[str]]) -> list[Usage]:
    """What each of some commands uses that run beside each other."""
    with ThreadPoolExecutor(len(commands)) as pool:
        return list(pool.map(run, commands))


def mean(usages: list[Usage]) -> Usage:
    """The mean of each column by itself."""
    return Usage(*(statistics.fmean(getattr(u, name) for u in usages) for name in ("cpu", "wall", "peak")))


def median(usages: list[Usage]) -> Usage:
    """The median of each column by itself."""
    return Usage(*(statistics.median(getattr(u, name) for u in usages) for name in ("cpu", "wall", "peak")))


def slope(times: list[int], costs: list[float]) -> float:
    """Least-squares slope of log cost against log size: 1 when twice the work costs twice as much."""
    x = [math.log(t) for t in times]
    y = [math.log(max(c, 1e-9)) for c in costs]
    mean_x, mean_y = statistics.fmean(x), statistics.fmean(y)
    return sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True)) / sum((a - mean_x) ** 2 for a in x)


def cpu_model() -> str:
    """The processor's name and how many of its cores we may use."""
    name = "unknown"
    path = Path("/proc/cpuinfo")
    if path.exists():
        lines = [line for line in path.read_text().splitlines() if line.startswith("model name")]
        name = lines[0].split(":", 1)[1].strip() if lines else name
    return f"{name}, {len(os.sched_getaffinity(0))} cores"
