"""Cross-validation of constants: a fold is judged by what was chosen without its truth, and the caller is left as it was."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from benchmarks.crossvalidate import (
    CONSTANTS,
    COSTS,
    SHIPPED,
    Constant,
    Outcome,
    Setting,
    changed,
    chosen,
    cross_validated,
    in_words,
    outcome_of,
)
from benchmarks.folds import Folds
from oncopipe.calling import filters, looks
from oncopipe.data.evidence import Collected, concatenate, no_statistics
from oncopipe.options import CallOptions
from tests.loci import GOOD, evidence_of

TRIED = tuple(c for c in CONSTANTS if c.name in ("empty positions", "pass at", "misplaced mismatches"))


def sample(seed: int) -> Folds:
    """Three folds of a dozen alleles of 2 to 8 molecules, true more often than not; two truths in each are no candidates."""
    random = np.random.default_rng(seed)
    loci = [
        replace(
            GOOD, position=1000 * (i + 1), tumor=(40, int(n), 0), near_end=int(random.integers(0, 2)),
            mismatches=int(random.integers(0, 3 * n)),
        )
        for i, n in enumerate(random.integers(2, 9, 36))
    ]  # fmt: skip
    evidence = concatenate([evidence_of(one) for one in loci])
    collected = Collected(evidence, replace(no_statistics(), n_positions=50_000), "T", "N", {"chr1": 100_000})
    is_true, piece = random.random(36) < 0.7, np.arange(36) // 12
    n_truth = np.array([[int((is_true & (piece == i)).sum()) + 2, 0] for i in range(3)])
    return Folds("drawn", collected, CallOptions(), None, is_true, piece, n_truth)


def test_outcome__is_counted_by_fold() -> None:
    folds = sample(1)
    outcome, calls = outcome_of([folds], SHIPPED), folds.judged()
    for i in range(3):
        true, false, missed = outcome.counts[i, 0]
        passed = calls.is_pass & (folds.piece == i)
        assert (true, false) == ((passed & folds.is_true).sum(), (passed & ~folds.is_true).sum())
        assert true + missed == folds.n_truth[i, 0]
    assert outcome.loss[:, 1].sum() == 0.0 < outcome.loss[:, 0].min()


@pytest.mark.parametrize("cost", COSTS.values(), ids=list(COSTS))
def test_chosen__never_sees_the_truth_of_what_is_held_out(cost: object) -> None:
    """Every truth of the held fold turned round, and its missed ones forgotten: the same constants are chosen."""
    ours = sample(1)
    held = np.arange(3) == 1
    turned = np.where(ours.piece == 1, ~ours.is_true, ours.is_true)
    other = replace(ours, is_true=turned, n_truth=np.where(held[:, None], 50, ours.n_truth))
    judges = [cache(lambda setting, f=folds: outcome_of([f], setting, TRIED)) for folds in (ours, other)]
    settings = [chosen(judge, held, cost, TRIED) for judge in judges]  # type: ignore[arg-type]
    assert settings[0] == settings[1]
    assert not np.array_equal(judges[0](SHIPPED).counts[1], judges[1](SHIPPED).counts[1])


def told(losses: dict[Setting, list[float]]) -> object:
    return lambda setting: Outcome(np.array([[x, 0.0] for x in losses[setting]]), np.zeros((3, 2, 3), np.int64))


def test_cross_validated__takes_what_is_best_elsewhere_even_where_it_is_worse_here() -> None:
    """Setting 5 is best in folds 2 and 3 and worst in fold 1, so fold 1 is judged by it."""
    one = (Constant("c", (5.0,), ()),)
    losses = {SHIPPED: [1.0, 3.0, 3.0], ((0, 5.0),): [9.0, 1.0, 1.0]}
    held = [np.arange(3) == i for i in range(3)]
    outcome, settings = cross_validated(told(losses), held, COSTS["log-loss"], one)  # type: ignore[arg-type]
    assert settings == [((0, 5.0),), SHIPPED, SHIPPED]
    assert outcome.loss[:, 0].tolist() == [9.0, 3.0, 3.0]


def test_changed__reaches_every_constant_and_puts_it_back() -> None:
    before = [c.shipped for c in CONSTANTS]
    assert all(c.shipped not in c.tried for c in CONSTANTS)
    setting = tuple((i, c.tried[0]) for i, c in enumerate(CONSTANTS))
    with changed(setting) as options:
        assert options == {"pass_probability": 0.4}
        assert (looks.MISMATCHES_ARTEFACT, filters.germline.NORMAL_LOG_ODDS) == (1.5, 1.5)
        assert [c.shipped for c in CONSTANTS if not c.is_option] == [c.tried[0] for c in CONSTANTS if not c.is_option]
    assert [c.shipped for c in CONSTANTS] == before
    with pytest.raises(KeyError), changed(setting):
        raise KeyError
    assert [c.shipped for c in CONSTANTS] == before
    assert in_words(SHIPPED) == "as shipped" and in_words(((0, 1.0),)) == "ends: a 1"


@pytest.fixture(scope="module")
def everything() -> Folds:
    """A sample in which each constant has a say: clusters of noise, slips, a shallow normal, odd and even candidates."""
    folds = sample(2)
    noisy = [
        replace(GOOD, position=50_000 + 40 * i + 5_000 * (i // 8), tumor=(36, 4, 0), normal=(28, 2), mismatches=8)
        for i in range(40)
    ]
    slips = [
        replace(GOOD, alleles=("A", "AC"), position=90_000 + i, tumor=(37, 3, 0), repeat=(1, 8)) for i in (0, 400)
    ]
    shallow = [replace(GOOD, position=95_000 + 500 * n, normal=(n, 0)) for n in range(5, 10)]
    evens = [replace(GOOD, position=98_000 + 300 * n, tumor=(38, 2, 0), mismatches=n) for n in range(6)]
    rows = [evidence_of(one) for one in [*noisy, *slips, *shallow, *evens]]
    bases, errors = np.zeros((2, 256), np.int64), np.zeros((2, 256), np.int64)
    bases[:, 37], errors[:, 37] = 10_000, 10
    statistics = replace(folds.collected.statistics, bases_by_quality=bases, errors_by_quality=errors)
    collected = replace(
        folds.collected, evidence=concatenate([folds.collected.evidence, *rows]), statistics=statistics
    )
    n = len(collected.evidence)
    return replace(folds, collected=collected, is_true=np.arange(n) % 3 > 0, piece=np.arange(n) % 3)


@pytest.mark.parametrize("number", range(len(CONSTANTS)), ids=[c.name for c in CONSTANTS])
def test_constants__each_moves_what_the_caller_says(everything: Folds, number: int) -> None:
    """A name that no longer reaches the caller would be tried in vain."""
    plain = outcome_of([everything], SHIPPED)
    others = [outcome_of([everything], ((number, value),)) for value in CONSTANTS[number].tried]
    moves = [not (np.array_equal(plain.loss, o.loss) and np.array_equal(plain.counts, o.counts)) for o in others]
    assert any(moves)
