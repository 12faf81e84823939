"""Recipes of truth sets whose reads lie where they were drawn: null pairs, damage, contamination, tumor in the normal."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from oncopipe.io.fasta import Reference, open_reference
from oncopipe.simulation.molecules import Library
from oncopipe.simulation.people import make_paralogs, make_person, plant
from oncopipe.simulation.reads import MadeVariant
from oncopipe.simulation.tracts import find_tracts
from oncopipe.simulation.truth import write_truth, write_variants
from oncopipe.simulation.tubes import Contig, Tube, write_tube

FRACTIONS = (0.03, 0.05, 0.1, 0.2, 0.35, 0.5)


@dataclass(frozen=True)
class Recipe:
    """A set to make. slices: contig, start, end of the genome. numbers: somatic SNVs and indels a megabase.

    shows: what a number measured on it means. tumor_in_normal: share of tumor molecules in the normal.
    """

    name: str
    shows: str
    slices: tuple[tuple[str, int, int], ...]
    tumor: Library = field(default=Library(80.0))
    normal: Library = field(default=Library(40.0))
    numbers: tuple[int, int] = (300, 100)
    fractions: tuple[float, ...] = FRACTIONS
    tumor_in_normal: float = 0.0
    seed: int = 1

    def shortened(self, bases: int) -> Recipe:
        """The same over the first `bases` of its first slice."""
        contig, start, end = self.slices[0]
        return replace(self, slices=((contig, start, min(end, start + bases)),))


def _piece(number: int) -> tuple[tuple[str, int, int], ...]:
    """Megabase `number` of chromosome 20, so that sets do not share sequence."""
    return (("chr20", number * 1_000_000 + 100_000, number * 1_000_000 + 1_100_000),)


def deep_panel(families: int, kind: str) -> Library:
    """Plasma-like fragments of 170 bases, read from both ends, with barcodes."""
    read, insert = 100, (170.0, 20.0)
    return Library(families * 2 * read / insert[0], read=read, insert=insert, barcodes=kind)


# Four exons' worth of places, so that one stretch's hidden copies do not decide.
_UMI_PIECES = tuple(("chr20", 9_200_000 + i * 100_000, 9_200_000 + i * 100_000 + 15_000) for i in range(4))

RECIPES: tuple[Recipe, ...] = (
    Recipe("null", "false calls per megabase: two samples of one person, nothing somatic",
           (("chr20", 67_000, 10_000_000), ("chr21", 9_528_000, 10_000_000)), numbers=(0, 0), seed=11),
    Recipe("clean", "recall by fraction in ordinary reads", _piece(1), seed=12),
    Recipe("oxog", "oxidized guanines in the tumor", _piece(2), tumor=Library(80.0, damage="oxog"), seed=13),
    Recipe("ffpe", "deaminated cytosines and short molecules in the tumor", _piece(3),
           tumor=Library(80.0, insert=(200.0, 35.0), damage="ffpe"), seed=14),
    Recipe("contaminated", "5 % of the tumor's molecules are another person's", _piece(4),
           tumor=Library(80.0, contamination=0.05), seed=15),
    *(Recipe(f"tin{percent:02d}", f"{percent} % tumor in the normal", _piece(5), tumor_in_normal=percent / 100,
             fractions=(0.1, 0.2, 0.35, 0.5), seed=16) for percent in (2, 5, 10)),
    *(Recipe(f"umi_{kind}", f"2,000 {kind} families a site, alleles at .5 %", _UMI_PIECES,
             tumor=deep_panel(2000, kind), normal=deep_panel(500, kind), numbers=(2800, 700), fractions=(0.005,), seed=17)
      for kind in ("simplex", "duplex")),
)  # fmt: skip


def make_recipe(recipe: Recipe, genome: Path, folder: Path, threads: int) -> None:
    """Write the set of a recipe into an empty folder."""
    contigs = _world(recipe, genome)
    write_truth(
        folder,
        {c.name: c.codes for c in contigs},
        [v for c in contigs for v in c.somatic],
        [v for c in contigs for v in c.person.variants],
    )
    if recipe.tumor.contamination:
        _write_population(recipe, folder, contigs)
    tubes = (("tumor", recipe.tumor, 1.0), ("normal", recipe.normal, recipe.tumor_in_normal))
    for number, (name, library, share) in enumerate(tubes):
        tube = Tube(name.upper(), library, share * (1.0 - library.contamination))
        write_tube(
            folder / f"{name}.bam", folder / "reference.fa", contigs, tube, recipe.seed * 1000 + number, threads
        )


# METHOD: a population resource lists nine in ten of a person's alleles; the rest are private.
_LISTED = 0.9


def _write_population(recipe: Recipe, folder: Path, contigs: list[Contig]) -> None:
    """Frequencies of most of both people's alleles."""
    rng = np.random.default_rng([recipe.seed, 77])
    people = [person for c in contigs for person in (c.person, c.stranger) if person]
    alleles = {(v.contig, v.position, v.reference, v.alternate) for person in people for v in person.variants}
    listed = [
        MadeVariant(*allele, float(rng.uniform(0.005, 0.5))) for allele in sorted(alleles) if rng.random() < _LISTED
    ]
    write_variants(folder / "population.vcf", {c.name: int(c.codes.size) for c in contigs}, listed)


def _world(recipe: Recipe, genome: Path) -> list[Contig]:
    with open_reference(genome) as reference:
        return [_contig(recipe, reference, rank, *cut) for rank, cut in enumerate(recipe.slices)]


def _contig(recipe: Recipe, reference: Reference, rank: int, name: str, start: int, end: int) -> Contig:
    """A slice of the genome as a contig of its own, named by where it comes from."""
    rng = np.random.default_rng([recipe.seed, rank, 99])
    codes, called = reference.codes(name, start, end), f"{name}_{start}"
    tracts = find_tracts(codes)
    person = make_person(rng, called, codes, tracts)
    paralogs = make_paralogs(rng, codes)
    stranger = make_person(rng, called, codes, tracts) if recipe.tumor.contamination else None
    taken = [v.position for p in (person, stranger) if p for v in p.variants]
    taken += [place for a, b in paralogs.spans for place in range(a, b, 30)]
    numbers = (round(recipe.numbers[0] * codes.size / 1e6), round(recipe.numbers[1] * codes.size / 1e6))
    somatic = plant(rng, called, codes, tracts, numbers, recipe.fractions, 30, np.unique(np.array(taken, np.int64)))
    return Contig(called, codes, tracts, person, stranger, paralogs, somatic)
