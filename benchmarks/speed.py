"""What reading, calling and coverage cost, as ratios to `samtools view -c`, held against their bounds.

    python -m benchmarks.speed [--quick] [--repeat 5] [--no-bounds] [--no-rivals]

Makes the pair of `benchmarks.pair` once, in build/bench. Every command is a fresh process, kernels warm; the rows of a
repeat run one after the other, so that a drift of the machine meets all of them; the median stands in the table. Exit
status 1 when a row is out of its bound.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from benchmarks.measure import Usage, mean, median, run, run_at_once
from benchmarks.table import Row, Table, cost_rows, render, start_rows, versions

ONCOPIPE = [sys.executable, "-m", "oncopipe.cli.main"]
ROOT = Path(__file__).parents[1]
SLICE = 300_000  # bases of the first contig that the slow rivals read
BUSY = 1.3  # a process of one thread that waits so much longer than it works shares its core
Commands = dict[str, list[list[str]]]


def main() -> None:
    options = _options()
    made = [sys.executable, "-m", "benchmarks.pair", str(options.cache), *(["--quick"] if options.quick else [])]
    pair = Path(subprocess.run(made, check=True, stdout=subprocess.PIPE, text=True).stdout.strip())
    subprocess.run([*ONCOPIPE, "warmup"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with tempfile.TemporaryDirectory(prefix="oncopipe-bench-") as folder:
        timed = commands(pair, Path(folder))
        rivals = {} if options.no_rivals else rival_commands(pair, Path(folder))
        usages: defaultdict[str, list[Usage]] = defaultdict(list)
        for i in range(options.repeat):
            print(f"repeat {i + 1} of {options.repeat}", file=sys.stderr)
            for name, usage in units(pair, Path(folder)).items():
                usages[name].append(usage)
            for name, parts in timed.items():
                usages[name].append(_sum([run(part) for part in parts]))
        measured = {name: median(values) for name, values in usages.items()}
        measured |= {name: _sum([run(part) for part in parts]) for name, parts in rivals.items()}
    rows: list[Row] = [*cost_rows(measured, _genome_size(pair) / SLICE), *start_rows(measured)]
    sizes = [round((pair / f"{name}.bam").stat().st_size / 1e6) for name in ("tumor", "normal")]
    unit = measured.get("samtools view -c 1", measured["call 1"])
    table = Table(rows, versions(), sizes, options.repeat, options.quick, is_busy=unit.wall > BUSY * unit.cpu)
    text = render(table)
    print(text)
    if options.output:
        options.output.mkdir(parents=True, exist_ok=True)
        (options.output / "speed.md").write_text(text)
        (options.output / "speed.tsv").write_text(table.tsv())
    failed = [row.name for row in rows if row.is_within is False]
    if failed and not options.no_bounds:
        sys.exit(f"out of bounds: {', '.join(failed)}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a pair of 10 MB: says that the script works, no more")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--no-bounds", action="store_true", help="exit status 0 whatever the rows say")
    parser.add_argument("--no-rivals", action="store_true", help="leave bcftools and freebayes out")
    parser.add_argument("--cache", type=Path, default=ROOT / "build" / "bench", help="where the pair is kept")
    parser.add_argument("--output", type=Path, help="folder for speed.md and speed.tsv")
    return parser.parse_args()


def commands(pair: Path, folder: Path) -> Commands:
    """What is timed: a name, and the commands whose times are summed."""
    reference, bams = str(pair / "genome.fa"), [str(pair / "tumor.bam"), str(pair / "normal.bam")]
    timed: Commands = {}
    for threads in ("1", "2"):
        part = [sys.executable, "-m", "benchmarks.parts"]
        timed[f"events {threads}"] = [[*part, "events", threads, reference, *bams]]
        timed[f"call {threads}"] = [_call(pair, folder, "", None, threads)]
        timed[f"coverage {threads}"] = [[*part, "coverage", threads, reference, bams[0]]]
        qc = ["--reference", reference, "--output", str(folder / "qc"), "--threads", threads]
        timed[f"qc {threads}"] = [[*ONCOPIPE, "qc", "--bam", bams[0], *qc]]
    tiny = folder / "tiny.bed"
    tiny.write_text(f"{_first_contig(pair)}\t50000\t50200\n")
    timed["help"] = [[*ONCOPIPE, "--help"]]
    timed["tiny"] = [_call(pair, folder, "", tiny)]
    for times in (1, 2, 4):
        timed[f"bases {times}"] = [_call(pair, folder, "", pair / f"bases{2 * times}.bed")]
        timed[f"depth {times}"] = [_call(pair, folder, f".depth{times}" if times > 1 else "", pair / "bases1.bed")]
    return timed


def units(pair: Path, folder: Path) -> dict[str, Usage]:
    """What ratios are taken to, for one thread and for two: a program that only reads.

    Two busy cores share memory, so that each does less a second. Rows of two threads are therefore held against units that
    are measured two at once, one on each core.
    """
    bams, measured = [str(pair / "tumor.bam"), str(pair / "normal.bam")], {}
    if shutil.which("samtools"):
        count = [["samtools", "view", "-c", bam] for bam in bams]
        measured["samtools view -c 1"] = _sum([run(part) for part in count])
        measured["samtools view -c 2"] = _sum(run_at_once(count))
    if _works("mosdepth"):
        twice = [["mosdepth", "-n", str(folder / f"m{i}"), bams[0]] for i in (1, 2)]
        measured["mosdepth -n 1"] = run(twice[0])
        measured["mosdepth -n 2"] = mean(run_at_once(twice))
    return measured


def rival_commands(pair: Path, folder: Path) -> Commands:
    """Slow callers on a slice, run once."""
    reference, bams = str(pair / "genome.fa"), [str(pair / "tumor.bam"), str(pair / "normal.bam")]
    where = f"{_first_contig(pair)}:1-{SLICE}"
    timed: Commands = {}
    if _works("bcftools"):
        mpileup = ["bcftools", "mpileup", "-f", reference, "-r", where, "-Ou", "-o", str(folder / "m.bcf")]
        timed["bcftools mpileup"] = [[*mpileup, *bams]]
    if _works("freebayes"):
        timed["freebayes"] = [["freebayes", "-f", reference, "-r", where.replace("1-", "0-"), *bams]]
    return timed


def _call(pair: Path, folder: Path, which: str, regions: Path | None, threads: str = "1") -> list[str]:
    files = ["--tumor", str(pair / f"tumor{which}.bam"), "--normal", str(pair / f"normal{which}.bam")]
    files += ["--reference", str(pair / "genome.fa"), "--output", str(folder / "calls.vcf.gz")]
    files += ["--regions", str(regions)] if regions else []
    return [*ONCOPIPE, "call", "somatic", *files, "--threads", threads]


def _works(tool: str) -> bool:
    """True when the tool is there and starts (Debian's mosdepth wants the development files of htslib)."""
    if not shutil.which(tool):
        return False
    return subprocess.run([tool, "--version"], capture_output=True).returncode == 0


def _sum(usages: list[Usage]) -> Usage:
    return Usage(sum(u.cpu for u in usages), sum(u.wall for u in usages), max(u.peak for u in usages))


def _first_contig(pair: Path) -> str:
    return (pair / "genome.fa.fai").read_text().split("\t", 1)[0]


def _genome_size(pair: Path) -> int:
    return sum(int(line.split("\t")[1]) for line in (pair / "genome.fa.fai").read_text().splitlines())


if __name__ == "__main__":
    main()
