"""Alleles of half a percent in panels with barcodes: how many are found, and what is called that is not there.

    python -m benchmarks.umi [--panels 48] [--jobs 2] [--made FOLDER] [--bounds tests/golden/bounds.tsv]

Each panel is 20 kb of its own with 2,000 families a site in the tumor and 500 in the normal, half a dozen planted SNVs and
a person, damage and misread barcodes of its own seed (docs/accuracy.md, "Barcodes"). Panels are made, called with the
learned prior and given up again, one or two at a time, since a megabase of them takes 3 GB; `--made` keeps them. Exit status 1
where a bound is broken.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from oncopipe.simulation.sets import Recipe, deep_panel, make_recipe
from oncopipe.validation import Measured, TruthSet, measure, report_of
from oncopipe.validation.bounds import bounds_table, judge, read_bounds
from oncopipe.validation.compare import Comparison

# How barcodes are told, in turns: MI of one strand or of both, RX alone.
KINDS = ("simplex", "duplex", "simplex", "rx", "simplex", "duplex")
BASES, FIRST, PANELS = 20_000, 6_000_000, 48
ALL = "umi_panels"
_SEED = 5_000


def recipe_of(number: int) -> Recipe:
    """Panel `number`: its stretch of chromosome 20, kind of barcodes and seed."""
    kind, start = KINDS[number % len(KINDS)], FIRST + number * BASES
    return Recipe(
        f"{ALL}_{kind}", "recall and false calls in panels with barcodes", (("chr20", start, start + BASES),),
        tumor=deep_panel(2000, kind), normal=deep_panel(500, kind), numbers=(300, 60), fractions=(0.005,),
        seed=_SEED + number,
    )  # fmt: skip


def measured_panel(number: int, genome: Path, made: Path) -> Measured:
    """What the caller makes of one panel, made into a folder of `made` unless it is there."""
    recipe, place = recipe_of(number), made / f"panel{number:03d}"
    if not (place / "made").is_file():
        place.mkdir(parents=True, exist_ok=True)
        make_recipe(recipe, genome, place, 1)
        (place / "made").touch()
    return measure(TruthSet(recipe.name, place))


def in_a_room_of_its_own(number: int, genome: Path) -> Measured:
    """The same without keeping the panel."""
    with tempfile.TemporaryDirectory(prefix="oncopipe-umi-") as folder:
        return measured_panel(number, genome, Path(folder))


def pooled(panels: list[Measured], name: str) -> Measured:
    """Panels as one, under a name."""
    some = [p.comparison for p in panels]
    outcomes = ("true_positive", "false_positive", "false_negative")
    facts = ("truth_fraction", "called_fraction", "context")
    alleles: list[Any] = [tuple(chain.from_iterable(getattr(c, outcome) for c in some)) for outcome in outcomes]
    known: list[Any] = [{k: v for c in some for k, v in getattr(c, fact).items()} for fact in facts]
    germline = tuple(chain.from_iterable(p.germline for p in panels))
    megabases, seconds = sum(p.megabases for p in panels), sum(p.seconds for p in panels)
    return Measured(name, panels[0].caller, Comparison(*alleles, *known), (), germline, megabases, seconds)


def rows_of(panels: list[Measured]) -> list[Measured]:
    """All panels as one, and those of each kind."""
    kinds = sorted({p.name for p in panels})
    return [pooled(panels, ALL), *(pooled([p for p in panels if p.name == kind], kind) for kind in kinds)]


def main() -> int:
    """Print the rows; 1 where a bound is broken."""
    data = Path(os.environ.get("ONCOPIPE_DATA", "../shared/data"))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--genome", type=Path, default=data / "genome" / "grch38.chr20_and_21_10M.fa.gz")
    parser.add_argument("--panels", type=int, default=PANELS)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--made", type=Path, help="folder where panels are kept and found again")
    parser.add_argument("--bounds", type=Path, help="table of bounds")
    given = parser.parse_args()
    work = (
        partial(in_a_room_of_its_own, genome=given.genome)
        if given.made is None
        else partial(measured_panel, genome=given.genome, made=given.made)
    )
    with ProcessPoolExecutor(given.jobs) as pool:
        panels = list(pool.map(work, range(given.panels)))
    rows = rows_of(panels)
    for row in rows:
        sys.stdout.write(report_of(row, details=False) + "\n\n")
    judged = judge(rows, read_bounds(given.bounds)) if given.bounds else []
    if judged:
        sys.stdout.write(bounds_table(judged) + "\n")
    return int(not all(row.holds for row in judged))


if __name__ == "__main__":
    sys.exit(main())
