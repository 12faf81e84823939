"""`python -m tests.fuzz`: mutants of a BAM through our reader, collect and QC, with htslib as the judge.

Ends with a table; status 1 when there is a finding, whose mutant is kept for `--only`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.fuzz.run import Run, run, table


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m tests.fuzz")
    parser.add_argument("--mutants", type=int, default=20_000, help="how many")
    parser.add_argument("--seed", type=int, default=1, help="another seed, other mutants")
    parser.add_argument("--jobs", type=int, default=2, help="batches at a time")
    parser.add_argument("--seconds", type=float, default=20, help="a mutant that takes longer hangs")
    parser.add_argument("--keep", type=Path, default=Path("fuzz-findings"), help="folder for mutants with findings")
    parser.add_argument("--only", type=int, help="one mutant by its number, with all that was said of it")
    parser.add_argument("--bounds", action="store_true", help="compile kernels with bounds checks")
    asked = parser.parse_args()
    numbers = [asked.only] if asked.only is not None else list(range(asked.mutants))
    result = run(Run(asked.seed, numbers, asked.jobs, asked.seconds, asked.keep, asked.bounds, verbose=True))
    print(table(result))
    if asked.only is not None:
        print(*result.said[asked.only], sep="\n")
    for number, found in result.findings.items():
        print(f"mutant {number} (--seed {asked.seed} --only {number}): {'; '.join(found)}")
    return 1 if result.findings else 0


if __name__ == "__main__":
    sys.exit(main())
