"""The experiment on a trained score: it starts as the plain model, departs only for what it has seen, and repeats itself."""

from __future__ import annotations

import numpy as np

from benchmarks.train import Judged, cross_validated, picture, reliability, trained


def drawn(seed: int, told: float) -> Judged:
    """400 candidates in two slices whose first feature tells the truth as far as `told` says."""
    random = np.random.default_rng(seed)
    plain = random.normal(0, 2, 400)
    feature = random.normal(0, 1, 400)
    is_true = random.random(400) < 1 / (1 + np.exp(-(plain + told * feature)))
    x = np.column_stack([feature, *random.normal(0, 1, (3, 400))])
    return Judged("drawn", plain, x, is_true, np.zeros(400, bool), np.arange(400) // 200, plain > 0)


def loss(odds: np.ndarray, is_true: np.ndarray) -> float:
    return float(np.logaddexp(0, np.where(is_true, -odds, odds)).sum())


def test_cross_validated__learns_what_helps_and_little_where_nothing_does() -> None:
    for told, gain in ((2.0, 20.0), (0.0, -5.0)):
        j = drawn(1, told)
        odds, rows = cross_validated([j], j, False)
        assert sorted(rows.tolist()) == list(range(400))
        assert loss(j.plain[rows], j.is_true[rows]) - loss(odds, j.is_true[rows]) > gain


def test_trained__never_sees_what_it_judges_and_is_the_same_each_time() -> None:
    j, other = drawn(1, 2.0), drawn(1, 2.0)
    other.is_true[200:] = ~other.is_true[200:]  # the slice that is judged
    rest, mine = j.piece == 0, np.flatnonzero(j.piece == 1)
    assert (trained([(j, rest)], j, mine) == trained([(other, rest)], other, mine)).all()


def test_picture__is_the_same_each_time() -> None:
    j = drawn(1, 0.0)
    assert picture([j]) == picture([j]) and picture([j]).count("<circle") >= 6


def test_reliability__counts_every_candidate_once_and_is_calibrated_where_the_odds_are() -> None:
    """The drawn truth follows the plain odds, so each row's share lies near its mean."""
    j = drawn(1, 0.0)
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in list(reliability([j]))[2:]]
    assert sum(int(row[1]) for row in rows) == 400
    assert all(abs(float(row[2]) - float(row[3])) < 0.2 for row in rows if int(row[1]) > 20)
    passed = [row[5].split(" of ") for row in rows]
    assert sum(int(n) for _, n in passed) == int((j.plain > 0).sum())
    assert sum(int(true) for true, _ in passed) == int((j.is_true & j.is_pass).sum())
