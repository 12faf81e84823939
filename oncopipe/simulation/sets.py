"""Truth sets made over a real sequence: what each is to show, and its folder, made once and found again."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np
import pysam

from oncopipe.errors import ConfigError
from oncopipe.io.fasta import Reference, open_reference
from oncopipe.io.output import write_text
from oncopipe.simulation.molecules import Library
from oncopipe.simulation.people import make_paralogs, make_person, plant
from oncopipe.simulation.reads import MadeVariant
from oncopipe.simulation.tracts import find_tracts
from oncopipe.simulation.tubes import Contig, Tube, write_tube
from oncopipe.validation.sets import TruthSet

# Raised when the same recipe makes other reads, so that sets made before are made again.
GENERATION = 1
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

    @property
    def digest(self) -> str:
        text = json.dumps([GENERATION, asdict(self)], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def _piece(number: int) -> tuple[tuple[str, int, int], ...]:
    """Megabase `number` of chromosome 20, so that sets do not share sequence."""
    return (("chr20", number * 1_000_000 + 100_000, number * 1_000_000 + 1_100_000),)


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
)  # fmt: skip


def recipe_of(name: str, recipes: tuple[Recipe, ...] = RECIPES) -> Recipe:
    """The recipe of a name. Raises: ConfigError naming those that there are."""
    for recipe in recipes:
        if recipe.name == name:
            return recipe
    raise ConfigError(
        f"there is no simulated set {name}", where="--set", fix=f"sets: {', '.join(r.name for r in recipes)}"
    )


def make_set(
    recipe: Recipe, genome: Path, folder: Path, *, threads: int = 1, report: Callable[[str], None] = lambda text: None
) -> TruthSet:
    """The set in `folder/NAME`, made from the genome unless this very recipe made it there before."""
    place, done = folder / recipe.name, folder / recipe.name / "recipe.json"
    if not (done.is_file() and json.loads(done.read_text("utf-8")).get("digest") == recipe.digest):
        report(f"making the simulated set {recipe.name} in {place}")
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        contigs = _world(recipe, genome)
        _write_truth(place, contigs)
        seed = recipe.seed * 1000
        for number, (name, library, share) in enumerate(
            (("tumor", recipe.tumor, 1.0), ("normal", recipe.normal, recipe.tumor_in_normal))
        ):
            tube = Tube(name.upper(), library, share * (1.0 - library.contamination))
            write_tube(place / f"{name}.bam", place / "reference.fa", contigs, tube, seed + number, threads)
        write_text(done, json.dumps({"digest": recipe.digest, **asdict(recipe)}, indent=1) + "\n")
    return TruthSet(recipe.name, place)


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


def _write_truth(folder: Path, contigs: list[Contig]) -> None:
    """Reference, regions, and what is true of the samples."""
    write_reference(folder / "reference.fa", {c.name: c.codes for c in contigs})
    write_text(folder / "regions.bed", "".join(f"{c.name}\t500\t{c.codes.size - 500}\n" for c in contigs))
    lengths = {c.name: int(c.codes.size) for c in contigs}
    write_variants(folder / "truth.vcf", lengths, [v for c in contigs for v in c.somatic])
    germline = [v for c in contigs for v in c.person.variants]
    write_variants(folder / "germline.vcf", lengths, germline)


def write_reference(path: Path, contigs: dict[str, np.ndarray]) -> None:
    """A FASTA and its index."""
    with path.open("wb") as file:
        for name, codes in contigs.items():
            file.write(f">{name}\n".encode())
            bases = np.frombuffer(b"ACGTN", np.uint8)[codes].tobytes()
            file.writelines(bases[i : i + 60] + b"\n" for i in range(0, len(bases), 60))
    pysam.faidx(str(path))


def write_variants(path: Path, lengths: dict[str, int], variants: list[MadeVariant]) -> None:
    """Alleles with the fraction that was meant, as VCF."""
    lines = [
        "##fileformat=VCFv4.3", "##source=SYNTHETIC",
        *(f"##contig=<ID={name},length={length}>" for name, length in lengths.items()),
        '##INFO=<ID=AF,Number=A,Type=Float,Description="Fraction of molecules that carry it">',
        "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO",
    ]  # fmt: skip
    lines += [
        f"{v.contig}\t{v.position + 1}\t.\t{v.reference}\t{v.alternate}\t.\tPASS\tAF={v.fraction:.4g}"
        for v in variants
    ]
    write_text(path, "\n".join(lines) + "\n")
