"""CPU seconds of reading, calling and measuring a tumor/normal pair, as ratios to `samtools view -c` of both BAMs.

    python benchmarks/speed.py --tumor T.bam --normal N.bam --reference genome.fa [--regions R.bed] [--repeat 3]

Each command is a process of its own, kernels warm; the median of the repeats is printed. Ratios hold when the machine's
speed drifts; seconds do not. Where samtools is not installed, reading with our own engine is the unit.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

READ_ALL = """
import sys
from oncopipe.io.bam import open_alignment
for path in sys.argv[1:]:
    with open_alignment(path) as reader:
        sum(len(batch) for batch in reader.all_records())
"""


def cpu_seconds(command: list[str]) -> float:
    """User and system time of a command and its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def commands(options: argparse.Namespace, folder: Path) -> dict[str, list[list[str]]]:
    """What is timed: a name, and the commands whose times are summed."""
    oncopipe = [sys.executable, "-m", "oncopipe.cli.main"]
    regions = ["--regions", options.regions] if options.regions else []
    files = ["--tumor", options.tumor, "--normal", options.normal, "--reference", options.reference, *regions]
    bams = [options.tumor, options.normal]
    timed: dict[str, list[list[str]]] = {}
    if shutil.which("samtools"):
        timed["samtools view -c"] = [["samtools", "view", "-c", bam] for bam in bams]
    timed["start of Python and imports"] = [[*oncopipe, "--version"]]
    timed["engine, every record"] = [[sys.executable, "-c", READ_ALL, *bams]]
    for threads in ("1", "2"):
        output = ["--output", str(folder / f"c{threads}.vcf.gz"), "--threads", threads]
        timed[f"call somatic, {threads} thread{'s' if threads != '1' else ''}"] = [
            [*oncopipe, "call", "somatic", *files, *output]
        ]
    qc = ["--reference", options.reference, *regions, "--output", str(folder / "qc")]
    timed["qc of the tumor"] = [[*oncopipe, "qc", "--bam", options.tumor, *qc]]
    if shutil.which("bcftools"):
        timed["bcftools mpileup"] = [
            ["bcftools", "mpileup", "-f", options.reference, "-Ou", "-o", "/dev/null", *bams]
        ]
    return timed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("tumor", "normal", "reference"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--regions")
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    subprocess.run([sys.executable, "-m", "oncopipe.cli.main", "warmup"], check=True, stderr=subprocess.DEVNULL)
    with tempfile.TemporaryDirectory() as folder:
        timed = commands(options, Path(folder))
        rows: dict[str, list[float]] = {name: [] for name in timed}
        for _ in range(options.repeat):
            for name, parts in timed.items():
                rows[name].append(sum(cpu_seconds(part) for part in parts))
    unit = statistics.median(next(iter(rows.values())))
    print(f"{'CPU seconds, median of ' + str(options.repeat):34} {'s':>8} {'ratio':>8}")
    for name, values in rows.items():
        print(f"{name:34} {statistics.median(values):8.2f} {statistics.median(values) / unit:8.2f}")


if __name__ == "__main__":
    main()
