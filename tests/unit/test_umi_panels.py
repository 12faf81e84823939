"""The benchmark of panels with barcodes: each panel is its own, and together they are counted as one."""

from __future__ import annotations

from itertools import pairwise

from benchmarks.umi import ALL, BASES, KINDS, PANELS, recipe_of, rows_of
from oncopipe.validation import Measured
from oncopipe.validation.compare import Allele, Comparison


def test_recipe_of__panels_share_neither_sequence_nor_seed() -> None:
    recipes = [recipe_of(n) for n in range(PANELS)]
    assert all(before.slices[0][2] <= after.slices[0][1] for before, after in pairwise(recipes))
    assert len({r.seed for r in recipes}) == PANELS and PANELS * BASES > 900_000
    assert {r.tumor.barcodes for r in recipes} == set(KINDS)
    assert all(r.fractions == (0.005,) and r.numbers[0] * BASES / 1e6 == 6 for r in recipes)


def measured(number: int, found: int, false: int, missed: int) -> Measured:
    recipe = recipe_of(number)
    alleles: list[Allele] = [(f"chr{number}", i, "A", "C") for i in range(found + false + missed)]
    cuts = alleles[:found], alleles[found : found + false], alleles[found + false :]
    comparison = Comparison(*map(tuple, cuts), {a: 0.005 for a in alleles}, {}, {a: "unique" for a in alleles})
    return Measured(recipe.name, "oncopipe", comparison, (), (), 0.019, 8.0)


def test_rows_of__panels_together_and_by_kind() -> None:
    rows = rows_of([measured(0, 6, 0, 0), measured(1, 5, 1, 1), measured(2, 4, 0, 2)])
    assert [r.name for r in rows] == [ALL, f"{ALL}_duplex", f"{ALL}_simplex"]
    counts = [(r.metrics["snv"]["tp"], r.metrics["snv"]["fp"], r.metrics["snv"]["fn"]) for r in rows]
    assert counts == [(15, 1, 3), (5, 1, 1), (10, 0, 2)]
    assert round(rows[0].megabases, 3) == 0.057 and rows[2].seconds == 16.0
