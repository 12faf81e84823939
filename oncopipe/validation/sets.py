"""Truth sets as folders: the reads of a tumor and its normal, and what is true of them. The sets of known data.

A folder holds `reference.fa` (or `.fa.gz`), `regions.bed`, a tumor and a normal BAM, `truth.vcf` (or `.vcf.gz`) and, if
known, `germline.vcf` (or `.vcf.gz`). A laboratory's own set in this layout is measured like ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from oncopipe.data.regions import Region, Regions
from oncopipe.errors import MissingInputError

# Regions further apart than this are slices of their own.
SLICE_GAP = 100_000


@dataclass(frozen=True)
class TruthSet:
    """A pair of samples and its truth. blocks: equal pieces that a single slice is cut into, for cross-validation.

    options: caller options that belong to the set. with_population: `population.vcf` is given to the caller.
    """

    name: str
    folder: Path
    tumor: str = "tumor"
    normal: str = "normal"
    blocks: int = 1
    options: tuple[tuple[str, object], ...] = ()
    with_population: bool = False

    @property
    def reference(self) -> Path:
        return self._either("reference.fa", "reference.fa.gz")

    @property
    def truth(self) -> Path:
        return self._either("truth.vcf", "truth.vcf.gz")

    @property
    def regions(self) -> Path:
        return self.folder / "regions.bed"

    @property
    def population(self) -> Path | None:
        return self._either("population.vcf", "population.vcf.gz") if self.with_population else None

    @property
    def germline(self) -> Path | None:
        paths = (self.folder / "germline.vcf", self.folder / "germline.vcf.gz")
        return next((path for path in paths if path.is_file()), None)

    def bam(self, sample: str) -> Path:
        return self.folder / f"{sample}.bam"

    def _either(self, *names: str) -> Path:
        found = next((self.folder / name for name in names if (self.folder / name).is_file()), None)
        if found is None:
            raise MissingInputError(
                f"the truth set {self.name} has no {names[0]}",
                where=str(self.folder),
                fix="see docs/accuracy.md for the files of a truth set",
            )
        return found


# METHOD: in `admix` the added person is the somatic truth, so what says "another person's DNA" must not speak.
_GATES_OFF = (("contamination", 0.0),)


def known_sets(data: Path) -> tuple[TruthSet, ...]:
    """The sets of the folder of known data (its README says what they are)."""
    return (
        TruthSet("spike_train", data / "spike_train"),
        TruthSet("sim_train", data / "sim_train", blocks=6),
        *(TruthSet(f"admix_{f}", data / "admix", f"tumor_{f}", options=_GATES_OFF) for f in ("f50", "f20", "f10")),
    )


def slices_of(regions: Regions, blocks: int = 1) -> list[Regions]:
    """Regions in slices that lie apart; a single one is cut into `blocks` pieces of about equal length.

    Train on all slices but one and measure on that one: a model has then not seen the haplotypes it is judged on.
    """
    ordered = list(regions)
    cuts = [
        i
        for i, (before, after) in enumerate(pairwise(ordered), 1)
        if before.contig != after.contig or after.start - before.end > SLICE_GAP
    ]
    slices = [Regions(tuple(ordered[a:b])) for a, b in pairwise([0, *cuts, len(ordered)])]
    if len(slices) > 1 or blocks == 1 or not ordered:
        return slices
    low, high = ordered[0].start, ordered[-1].end
    edges = [low + (high - low) * i // blocks for i in range(blocks + 1)]
    return [
        Regions(tuple(Region(r.contig, max(r.start, a), min(r.end, b)) for r in ordered if r.start < b and r.end > a))
        for a, b in pairwise(edges)
    ]
