"""Measured usages in, rows with their bounds out, as Markdown and as TSV."""

from __future__ import annotations

import platform
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version

from benchmarks.measure import Usage, cpu_model, slope

PACKAGES = ("numpy", "numba", "llvmlite", "deflate", "pysam", "pandas", "pyarrow")
TOOLS = ("samtools", "mosdepth", "bcftools", "freebayes")
# Of each row: what it is divided by, then bound and aim of the ratio.
UNITS = {
    "events": ("samtools view -c", 1.3, 1.1),
    "call": ("samtools view -c", 4.0, 2.5),
    "coverage": ("mosdepth -n", 1.3, 1.0),
    "qc": ("mosdepth -n", None, None),
}
NAMES = {
    "events": "depth and events, the pass alone",
    "call": "oncopipe call somatic, whole",
    "coverage": "coverage alone",
    "qc": "oncopipe qc, whole",
}
PEAK_BOUND, PEAK_AIM = 700.0, 400.0
WALL_BOUND, WALL_AIM = 0.62, 0.55
HELP_BOUND, TINY_BOUND = 0.3, 1.5
SLOPE_TOLERANCE = 0.1


@dataclass(frozen=True)
class Row:
    """A line of the table; `value` is what the bound holds, None where nothing is compared."""

    name: str
    usage: Usage | None
    value: float | None = None
    what: str = ""
    bound: float | None = None
    aim: float | None = None
    is_within: bool | None = None


@dataclass(frozen=True)
class Table:
    rows: list[Row]
    versions: dict[str, str]
    megabytes: list[int]
    repeats: int
    is_quick: bool
    is_busy: bool

    def tsv(self) -> str:
        lines = ["row\tcpu_s\twall_s\tpeak_mb\tvalue\twhat\tbound\taim\twithin\n"]
        return "".join(lines + ["\t".join(_cells(row)) + "\n" for row in self.rows])


def cost_rows(measured: dict[str, Usage], slices: float) -> Iterator[Row]:
    """Reading, calling and coverage as ratios; peak; two threads; slopes; rivals scaled from their slice."""
    for name, files in (("samtools view -c", "both BAMs"), ("mosdepth -n", "the tumor")):
        for threads in (1, 2):
            if usage := measured.get(f"{name} {threads}"):
                yield Row(f"{name}, {files}{'' if threads == 1 else ', two at once'}", usage)
    for kind, (unit, bound, aim) in UNITS.items():
        for threads in (1, 2):
            usage = measured[f"{kind} {threads}"]
            of = measured.get(f"{unit} {threads}")
            ratio = usage.cpu / of.cpu if of else None
            name = f"{NAMES[kind]}, {_threads(threads)}"
            yield _at_most(name, usage, ratio, f"CPU / {unit}", bound, aim)
    for name in ("bcftools mpileup", "freebayes"):
        if name in measured:
            slice_usage = measured[name]
            usage = Usage(slice_usage.cpu * slices, slice_usage.wall * slices, slice_usage.peak)
            of = measured.get("samtools view -c 1")
            ratio = usage.cpu / of.cpu if of else None
            yield _at_most(f"{name}, scaled from a slice", usage, ratio, "CPU / samtools view -c", None, None)
    yield _at_most("peak memory of call, 2 threads", None, measured["call 2"].peak, "MB", PEAK_BOUND, PEAK_AIM)
    wall = measured["call 2"].wall / measured["call 1"].wall
    yield _at_most("call, 2 threads against 1", None, wall, "wall / wall", WALL_BOUND, WALL_AIM)


def _threads(n: int) -> str:
    return "1 thread" if n == 1 else f"{n} threads"


def start_rows(measured: dict[str, Usage]) -> Iterator[Row]:
    """Start-up and, free of it, how the cost of a call grows."""
    yield _at_most("oncopipe --help", measured["help"], measured["help"].wall, "s, wall", HELP_BOUND, None)
    tiny = measured["tiny"]
    yield _at_most("call somatic on 200 bases", tiny, tiny.wall, "s, wall", TINY_BOUND, None)
    for what in ("bases", "depth"):
        steps = [measured[f"{what} {times}"] for times in (1, 2, 4)]
        value = slope([1, 2, 4], [u.cpu - tiny.cpu for u in steps])
        costs = ", ".join(f"{u.cpu - tiny.cpu:.2f}" for u in steps)
        name = f"cost of a call against {what} (1x, 2x, 4x: {costs} s)"
        yield Row(name, None, value, "slope", 1 + SLOPE_TOLERANCE, 1.0, abs(value - 1) <= SLOPE_TOLERANCE)


def _at_most(
    name: str, usage: Usage | None, value: float | None, what: str, bound: float | None, aim: float | None
) -> Row:
    is_within = None if value is None or bound is None else value <= bound
    return Row(name, usage, value, what if value is not None else "", bound, aim, is_within)


def _cells(row: Row) -> list[str]:
    usage = [f"{row.usage.cpu:.2f}", f"{row.usage.wall:.2f}", f"{row.usage.peak:.0f}"] if row.usage else ["", "", ""]
    bound = f"{1 - SLOPE_TOLERANCE:.1f} to {row.bound:.1f}" if row.what == "slope" else _number(row.bound)
    within = {None: "", True: "yes", False: "no"}[row.is_within]
    return [
        row.name, *usage, "" if row.value is None else f"{row.value:.3g}", row.what, bound, _number(row.aim), within,
    ]  # fmt: skip


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def render(table: Table) -> str:
    """The table as Markdown, with what it was measured on."""
    head = ["", "CPU s", "wall s", "peak MB", "value", "of", "at most", "aim", "within"]
    body = [_cells(row) for row in table.rows]
    widths = [max(len(line[i]) for line in [head, *body]) for i in range(len(head))]
    lines = [_line(head, widths), "|".join(["", *("-" * (w + 2) for w in widths), ""])]
    lines += [_line(cells, widths) for cells in body]
    tumor, normal = table.megabytes
    text = f"Tumor {tumor} MB, normal {normal} MB; median of {table.repeats}."
    if table.is_quick:
        text += " **A quick run on a small pair: its ratios say nothing.**"
    if table.is_busy:
        text += " **The machine was busy: wall times, and what is said of two threads, mean nothing.**"
    listed = ", ".join(f"{name} {number}" for name, number in table.versions.items())
    return f"# Speed\n\n{text}\n\n" + "\n".join(lines) + f"\n\n{listed}\n"


def _line(cells: list[str], widths: list[int]) -> str:
    padded = [
        cell.ljust(w) if i in (0, 5) else cell.rjust(w) for i, (cell, w) in enumerate(zip(cells, widths, strict=True))
    ]
    return "| " + " | ".join(padded) + " |"


def versions() -> dict[str, str]:
    """The processor and the version of all that was timed or that compiles what was."""
    found = {"CPU": cpu_model(), "oncopipe": version("oncopipe"), "Python": platform.python_version()}
    found |= {name: version(name) for name in PACKAGES}
    for tool in TOOLS:
        try:
            said = subprocess.run([tool, "--version"], capture_output=True, check=True).stdout
        except (OSError, subprocess.CalledProcessError):
            continue
        number = re.search(r"\d+\.\d+[\w.+-]*", said.decode(errors="replace"))
        found[tool] = number.group() if number else "unknown"
    return found
