"""Would a trained score beat the plain model? Cross-validated by slice, as a table; is QUAL a probability, table and picture.

    python -m benchmarks.train [--known FOLDER] [--picture docs/reliability.svg]

METHOD: a logistic regression over twelve features of a candidate, added to the plain model's own log-odds, with a ridge towards
no change (so it starts as the plain model and must earn each departure). Each slice of `spike_train` and each block of
`sim_train` is judged by weights learned on all other slices of both sets. No seed, no search: the same table each time.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from benchmarks.folds import Folds, training_folds
from oncopipe.calling.hypotheses import ARTEFACT, ERROR, GERMLINE, NOISE, SOMATIC
from oncopipe.data.calls import Calls
from oncopipe.data.evidence import (
    ALT,
    REF,
    SUM_CLIPPED,
    SUM_MAPPING_QUALITY,
    SUM_MISMATCHES,
    SUM_NEAR_END,
    TUMOR,
)
from oncopipe.io.output import write_text

_RIDGE, _STEPS = 30.0, 30
_EDGES = (0.0, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 1.0)


@dataclass(frozen=True)
class Judged:
    """Candidates of a set: plain log-odds, features, whether true, whether an indel, slice (-1: outside), whether PASS."""

    name: str
    plain: np.ndarray
    features: np.ndarray
    is_true: np.ndarray
    is_indel: np.ndarray
    piece: np.ndarray
    is_pass: np.ndarray


def judged(folds: Folds) -> Judged:
    """The candidates of a set as the caller judges them, beside the truth."""
    calls = folds.judged()
    somatic = np.clip(calls.posterior[:, SOMATIC], 1e-9, 1 - 1e-9)
    plain = np.log(somatic / (1 - somatic))
    return Judged(folds.name, plain, features(calls), folds.is_true, folds.is_indel, folds.piece, calls.is_pass)


def features(calls: Calls) -> np.ndarray:
    """Twelve numbers of each candidate, (n, 12), none of which tells how the data were made."""
    e = calls.evidence
    n_alt, n_ref = (np.maximum(e.allele_depth(TUMOR, allele), 1.0) for allele in (ALT, REF))
    alt, ref = e.sums[:, TUMOR, ALT] / n_alt[:, None], e.sums[:, TUMOR, REF] / n_ref[:, None]
    strands = e.counts[:, TUMOR, ALT].sum(axis=2)
    other = np.log(np.maximum(calls.posterior[:, [ERROR, NOISE, GERMLINE, ARTEFACT]], 1e-9))
    columns = [
        *other.T, np.minimum(calls.tumor_log_odds, 30), np.log(n_alt), np.minimum(calls.normal_log_odds, 10),
        alt[:, SUM_NEAR_END] - ref[:, SUM_NEAR_END], alt[:, SUM_MISMATCHES] - ref[:, SUM_MISMATCHES],
        alt[:, SUM_MAPPING_QUALITY] - ref[:, SUM_MAPPING_QUALITY], alt[:, SUM_CLIPPED] - ref[:, SUM_CLIPPED],
        strands.max(axis=1) / n_alt,
    ]  # fmt: skip
    return np.stack(columns, axis=1)


def trained(train: list[tuple[Judged, np.ndarray]], test: Judged, rows: np.ndarray) -> np.ndarray:
    """Log-odds of the test's rows by weights learned from the rows of others, (rows,)."""
    x = np.concatenate([j.features[r] for j, r in train])
    offset, y = (np.concatenate([getattr(j, name)[r] for j, r in train]) for name in ("plain", "is_true"))
    mean, spread = x.mean(axis=0), x.std(axis=0) + 1e-9
    x, unseen = ((some - mean) / spread for some in (x, test.features[rows]))
    x, unseen = (np.column_stack([some, np.ones(len(some))]) for some in (x, unseen))
    weights, ridge = np.zeros(x.shape[1]), _RIDGE * np.eye(x.shape[1])
    for _ in range(_STEPS):  # Newton's, of a convex function
        p = 1 / (1 + np.exp(-(offset + x @ weights)))
        gradient = x.T @ (y - p) - ridge @ weights
        weights = weights + np.linalg.solve((x * (p * (1 - p))[:, None]).T @ x + ridge, gradient)
    return np.asarray(test.plain[rows] + unseen @ weights)


def cross_validated(sets: list[Judged], test: Judged, is_indel: bool) -> tuple[np.ndarray, np.ndarray]:
    """Log-odds of every candidate of a type by weights that never saw its slice, and its rows."""
    found, rows = [], []
    for number in range(test.piece.max() + 1):
        mine = np.flatnonzero((test.piece == number) & (test.is_indel == is_indel))
        rest = [
            (j, (j.piece >= 0) & (j.is_indel == is_indel) & ((j is not test) | (j.piece != number))) for j in sets
        ]
        found.append(trained(rest, test, mine))
        rows.append(mine)
    return np.concatenate(found), np.concatenate(rows)


def table(sets: list[Judged]) -> Iterable[str]:
    """Rows of the comparison on slices that were not in view."""
    yield "| unseen slices | plain: true / false | trained: true / false | plain, log-loss | trained, log-loss |"
    yield "|---|---|---|---|---|"
    for test in sets:
        for is_indel in (False, True):
            odds, rows = cross_validated(sets, test, is_indel)
            y, cells = test.is_true[rows], []
            for some in (test.plain[rows], odds):
                loss = float(np.logaddexp(0, np.where(y, -some, some)).sum())
                cells.append((int((y & (some >= 0)).sum()), int((~y & (some >= 0)).sum()), loss))
            (a, b, plain), (c, d, other) = cells
            yield f"| `{test.name}` {'indel' if is_indel else 'SNV'} | {a} / {b} | {c} / {d} | {plain:.1f} | {other:.1f} |"


def reliability(sets: list[Judged]) -> Iterable[str]:
    """Rows of candidates by told probability: how many, their mean, the share that is true, true ones in each set before and
    after the filters.
    """
    yield "| probability | candidates | mean | true | " + " | ".join(f"`{j.name}` | PASS" for j in sets) + " |"
    yield "|---" * (4 + 2 * len(sets)) + "|"
    told = [1 / (1 + np.exp(-j.plain)) for j in sets]
    for low, high in pairwise(_EDGES):
        rows = [(j.piece >= 0) & (p >= low) & ((p < high) | (high == 1.0)) for j, p in zip(sets, told, strict=True)]
        p = np.concatenate([some[r] for some, r in zip(told, rows, strict=True)])
        true = sum(int(j.is_true[r].sum()) for j, r in zip(sets, rows, strict=True))
        cells = [
            f"{int(j.is_true[some].sum())} of {int(some.sum()):,}"
            for j, r in zip(sets, rows, strict=True)
            for some in (r, r & j.is_pass)
        ]
        shares = (p.mean(), true / p.size) if p.size else (0.0, 0.0)
        yield f"| {low:g} to {high:g} | {p.size:,} | {shares[0]:.3f} | {shares[1]:.3f} | {' | '.join(cells)} |"


def picture(sets: list[Judged]) -> str:
    """Told probability against the share that is true, as SVG; bars are 95 % exact intervals."""
    from scipy.stats import beta

    p = np.concatenate([1 / (1 + np.exp(-j.plain[j.piece >= 0])) for j in sets])
    y = np.concatenate([j.is_true[j.piece >= 0] for j in sets])
    marks = ['<path d="M40 360 L360 40" stroke="#999" fill="none"/>', '<rect x="40" y="40" width="320" height="320" '
             'fill="none" stroke="#333"/>']  # fmt: skip
    for low, high in pairwise(_EDGES):
        inside = (p >= low) & ((p < high) | (high == 1.0))
        n, k = int(inside.sum()), int(y[inside].sum())
        if n == 0:
            continue
        bottom, top = (beta.ppf(0.025, k, n - k + 1) if k else 0.0), (beta.ppf(0.975, k + 1, n - k) if k < n else 1.0)
        x = 40 + 320 * float(p[inside].mean())
        marks.append(f'<path d="M{x:.1f} {360 - 320 * bottom:.1f} V{360 - 320 * top:.1f}" stroke="#05a"/>')
        marks.append(
            f'<circle cx="{x:.1f}" cy="{360 - 320 * k / n:.1f}" r="4" fill="#05a"><title>{k} of {n}</title></circle>'
        )
    words = [
        ("200", "390", "told probability of being somatic"), ("200", "25", "share that is true; bars: 95 % intervals"),
        ("40", "375", "0"), ("360", "375", "1"), ("28", "364", "0"), ("28", "44", "1"),
    ]  # fmt: skip
    marks += [f'<text x="{x}" y="{y}" text-anchor="middle" font-size="12">{text}</text>' for x, y, text in words]
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400" font-family="sans-serif">'
        + "".join(marks)
        + "</svg>\n"
    )


def main() -> None:
    """Print the table; write the picture where asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.train", description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--known", type=Path, default=Path("../shared/data"), help="folder of spike_train and sim_train"
    )
    parser.add_argument("--picture", type=Path, help="SVG to write")
    chosen = parser.parse_args()
    sets = [judged(folds) for folds in training_folds(chosen.known)]
    print("\n".join([*table(sets), "", *reliability(sets)]))
    if chosen.picture:
        write_text(chosen.picture, picture(sets))


if __name__ == "__main__":
    main()
