"""Every truth set that can be made, by name; made once into a folder and found again."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from oncopipe.errors import ConfigError
from oncopipe.io.output import write_text
from oncopipe.simulation.aligned import foreign_is_missing, make_foreign, make_long
from oncopipe.simulation.sets import RECIPES, Recipe, make_recipe
from oncopipe.validation.sets import TruthSet

View = tuple[str, tuple[tuple[str, object], ...], bool]


@dataclass(frozen=True)
class Entry:
    """A set to make. make: takes genome, empty folder and threads. is_missing: why it cannot be made here, or empty.

    views: names under which it is measured, with caller options and whether the caller gets `population.vcf`.
    """

    name: str
    shows: str
    make: Callable[[Path, Path, int], None]
    digest: str
    is_missing: Callable[[], str] = str
    views: tuple[View, ...] = ()

    def sets(self, folder: Path) -> list[TruthSet]:
        """The truth sets that the folder gives."""
        views = self.views or ((self.name, (), False),)
        return [TruthSet(name, folder / self.name, options=o, with_population=told) for name, o, told in views]


def _digest(*parts: object) -> str:
    """Of what is asked for and of this room's sources: a set made by other code is made again."""
    sources = (path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))
    return hashlib.sha256(b"\0".join([*sources, *(repr(part).encode() for part in parts)])).hexdigest()[:16]


def _entry(recipe: Recipe) -> Entry:
    share = recipe.tumor.contamination
    views: tuple[View, ...] = ()
    if share:
        told = (("contamination", share),)
        views = ((recipe.name, (), True), (f"{recipe.name}_told", told, True), (f"{recipe.name}_blind", (), False))
    return Entry(recipe.name, recipe.shows, partial(make_recipe, recipe), _digest(recipe), views=views)


def _long(genome: Path, folder: Path, threads: int) -> None:
    make_long(genome, _LONG, folder, 21, threads)


def _foreign(genome: Path, folder: Path, threads: int) -> None:
    make_foreign(genome, _FOREIGN, folder, 22, threads)


_LONG, _FOREIGN = ("chr20", 7_000_000, 7_300_000), ("chr20", 8_000_000, 8_400_000)
ENTRIES: tuple[Entry, ...] = (
    *map(_entry, RECIPES),
    Entry("long", "tandem duplications and deletions of 30-100 bases at 10 %", _long, _digest("long", _LONG, 21)),
    Entry("wgsim", "reads of another's simulator", _foreign, _digest("wgsim", _FOREIGN, 22), foreign_is_missing),
)


def entry_of(name: str, entries: tuple[Entry, ...] = ENTRIES) -> Entry:
    """The entry of a name. Raises: ConfigError naming those that there are."""
    for entry in entries:
        if entry.name == name:
            return entry
    known = ", ".join(entry.name for entry in entries)
    raise ConfigError(f"there is no set {name} to simulate", where="NAME", fix=f"sets: {known}")


def make_set(
    entry: Entry, genome: Path, folder: Path, *, threads: int = 1, report: Callable[[str], None] = lambda text: None
) -> list[TruthSet]:
    """The set in `folder/NAME`, made from the genome unless this very entry made it there before.

    Raises: ConfigError where it cannot be made.
    """
    if missing := entry.is_missing():
        raise ConfigError(missing, where=entry.name, fix="install it, or leave this set out")
    place, done = folder / entry.name, folder / entry.name / "made.json"
    if not (done.is_file() and json.loads(done.read_text("utf-8")).get("digest") == entry.digest):
        report(f"making the set {entry.name} in {place}")
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        entry.make(genome, place, threads)
        write_text(done, json.dumps({"digest": entry.digest, "shows": entry.shows}, indent=1) + "\n")
    return entry.sets(folder)
