"""The candidates of a set beside its truth, cut into folds: what cross-validation learns on, and holds out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from oncopipe.calling import fit, score_evidence
from oncopipe.data.calls import Calls
from oncopipe.data.evidence import Collected
from oncopipe.data.regions import Region
from oncopipe.io.bed import read_bed
from oncopipe.io.fasta import open_reference
from oncopipe.options import CallOptions
from oncopipe.validation import known_sets, slices_of
from oncopipe.validation.compare import is_indel, read_alleles
from oncopipe.validation.measure import collect_set
from oncopipe.validation.sets import TruthSet

# The sets whose slices and blocks are the folds.
TRAINING_SETS = ("spike_train", "sim_train")


@dataclass(frozen=True)
class Folds:
    """Evidence of a set, collected once. is_true: (n,); piece: (n,), the fold of each candidate (-1: outside the regions).

    n_truth: (folds, types), SNVs and indels of the truth in each fold, candidates or not.
    """

    name: str
    collected: Collected
    options: CallOptions
    population: Path | None
    is_true: np.ndarray
    piece: np.ndarray
    n_truth: np.ndarray

    def __len__(self) -> int:
        return len(self.n_truth)

    @cached_property
    def is_indel(self) -> np.ndarray:
        return self.collected.evidence.is_indel

    def judged(self, options: CallOptions | None = None) -> Calls:
        """Every candidate as the caller judges it now, fitted anew: fitting sees reads, no truth."""
        chosen = options or self.options
        return score_evidence(self.collected, fit(self.collected, chosen), chosen, self.population)


def folds_of(truth_set: TruthSet) -> Folds:
    """The folds of a set: its slices, or the blocks that its one slice is cut into."""
    options = CallOptions.model_validate(dict(truth_set.options))
    collected = collect_set(truth_set, options)
    with open_reference(truth_set.reference) as genome:
        regions = read_bed(truth_set.regions, genome.lengths)
        truth = set(read_alleles(truth_set.truth, genome, regions))
    pieces = [tuple(piece) for piece in slices_of(regions, truth_set.blocks)]
    n_truth = np.zeros((len(pieces), 2), np.int64)
    for allele in truth:
        number = _fold(allele[0], allele[1], pieces)
        if number >= 0:
            n_truth[number, int(is_indel(allele))] += 1
    e, names = collected.evidence, list(collected.contigs)
    keys = list(zip([names[c] for c in e.contig], e.position.tolist(), e.reference, e.alternate, strict=True))
    piece = np.array([_fold(key[0], key[1], pieces) for key in keys], np.int64)
    is_true = np.array([key in truth for key in keys], bool)
    return Folds(truth_set.name, collected, options, truth_set.population, is_true, piece, n_truth)


def _fold(contig: str, position: int, pieces: list[tuple[Region, ...]]) -> int:
    inside = (i for i, some in enumerate(pieces) for r in some if r.contig == contig and r.start <= position < r.end)
    return next(inside, -1)


def training_folds(known: Path) -> list[Folds]:
    """The folds of the training sets in the folder of known data."""
    return [folds_of(one) for one in known_sets(known) if one.name in TRAINING_SETS]
