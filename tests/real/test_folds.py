"""The folds that cross-validation holds out: counted as the accuracy tables count, slice by slice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.crossvalidate import SHIPPED, outcome_of
from benchmarks.folds import folds_of
from oncopipe.validation import known_sets, measure
from oncopipe.validation.compare import is_indel

pytestmark = pytest.mark.real


def test_folds__count_what_the_accuracy_tables_count(real_data: Path) -> None:
    spiked = next(s for s in known_sets(real_data) if s.name == "spike_train")
    folds, counted = folds_of(spiked), measure(spiked)
    outcome = outcome_of([folds], SHIPPED)
    assert len(folds) == len(counted.slices) == 2
    for i, piece in enumerate(counted.slices):
        alleles = (piece.true_positive, piece.false_positive, piece.false_negative)
        expected = [[sum(is_indel(a) == kind for a in some) for some in alleles] for kind in (False, True)]
        assert np.array_equal(outcome.counts[i], expected)
