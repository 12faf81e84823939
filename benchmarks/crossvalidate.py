"""Are the caller's constants overfit? Chosen anew without each fold and judged on it, beside the shipped ones, as tables.

    python -m benchmarks.crossvalidate [--known FOLDER]

METHOD: folds are the slices of `spike_train` and the blocks of `sim_train`. For each fold the constants are chosen on all
other folds of both sets: from the shipped values the one change that lowers the cost most is taken, and from there
another. The cost is the log-loss of all candidates, or what is lacking in the mean F1 of SNVs and indels that pass. The
held fold is judged with what was chosen, and the folds are summed. Then a whole set is held out, so that constants chosen on
simulated reads are judged on real ones and the reverse. What the caller learns from the reads themselves sees no
truth, and is learned anew under each setting. No seed: the same tables each time.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.folds import Folds, training_folds
from oncopipe.calling.hypotheses import SOMATIC
from oncopipe.options import CallOptions
from oncopipe.validation.metrics import KINDS, exact_interval, with_interval

# Changes of one coordinate after another.
_STEPS = 2
# A change must lower the cost by more than rounding does.
_LEAST_GAIN = 1e-6


@dataclass(frozen=True)
class Constant:
    """A constant of the caller: module and name of each place in `oncopipe.calling`, or a field of its options.

    tried: other values than the shipped one, which is read from there.
    """

    name: str
    tried: tuple[float, ...]
    places: tuple[str, ...]
    is_option: bool = False

    @property
    def shipped(self) -> float:
        if self.is_option:
            return float(CallOptions.model_fields[self.places[0]].default)
        module, name = _place(self.places[0])
        return float(getattr(module, name))


# METHOD: about half and double of each, or as far as the meaning allows.
CONSTANTS = (
    Constant("ends: a", (1.0, 2.5), ("looks._ENDS_A",)),
    Constant("ends: b", (0.3, 1.0), ("looks._ENDS_B",)),
    Constant("scatter of ends", (25.0, 100.0), ("looks._ENDS_SCATTER",)),
    Constant("spread of mismatches", (1.5, 6.0), ("looks._MISMATCH_SPREAD_TRUE", "looks._MISMATCH_SPREAD_ARTEFACT")),
    Constant("misplaced mismatches", (1.5, 4.0), ("looks.MISMATCHES_ARTEFACT", "fit.MISMATCHES_ARTEFACT")),
    Constant("molecules behind them", (100.0, 1000.0), ("looks._PSEUDO_MOLECULES",)),
    Constant("one more mismatch", (0.02, 0.15), ("looks._BESIDE_NONE",)),
    Constant("one more beside a variant", (0.15, 0.5), ("looks._BESIDE_VARIANT",)),
    Constant("misplaced ones map worse", (0.2, 0.6), ("looks._MISPLACED_MAP_WORSE",)),
    Constant("poor quality", (0.25, 1.0), ("looks._POOR_SHARE",)),
    Constant("reach of noise", (150, 600), ("neighbors._CLUSTER",)),
    Constant("most that follow", (0.1, 0.6), ("learning._MOST_FOLLOW",)),
    Constant("least alone", (0.1, 0.5), ("learning._LEAST_ALONE",)),
    Constant("candidates behind looks", (0.5, 8.0), ("learning._PSEUDO_LOOKS",)),
    Constant("empty positions", (0, 300_000), ("fit._PSEUDO_POSITIONS",)),
    Constant("pseudo-bases", (5.0, 80.0), ("likelihoods._PSEUDO_BASES",)),
    Constant("slips at three units", (3e-5, 3e-4), ("slippage._SLIPS",)),
    Constant("growth of slips", (1.4, 1.8), ("slippage._GROWTH",)),
    Constant("trace in the normal", (0.02, 0.1), ("hypotheses._TRACE_WEIGHT",)),
    Constant("NLOD", (1.5, 2.5), ("filters.germline.NORMAL_LOG_ODDS",)),
    Constant("pass at", (0.4, 0.6), ("pass_probability",), is_option=True),
)

# What differs from the shipped constants: number in the list, and value.
Setting = tuple[tuple[int, float], ...]
SHIPPED: Setting = ()


@dataclass(frozen=True)
class Outcome:
    """What a setting does in each fold of all sets. loss: (folds, types). counts: (folds, types, 3), true, false, missed."""

    loss: np.ndarray
    counts: np.ndarray


Cost = Callable[[Outcome, np.ndarray], float]


def log_loss(outcome: Outcome, folds: np.ndarray) -> float:
    """Log-loss of all candidates in these folds (a mask)."""
    return float(outcome.loss[folds].sum())


def lack_of_f1(outcome: Outcome, folds: np.ndarray) -> float:
    """One less the mean F1 of SNVs and indels in these folds (a mask)."""
    true, false, missed = outcome.counts[folds].sum(axis=0).T
    return float(1 - (2 * true / np.maximum(2 * true + false + missed, 1)).mean())


COSTS: dict[str, Cost] = {"log-loss": log_loss, "F1": lack_of_f1}


def outcome_of(sets: list[Folds], setting: Setting, constants: tuple[Constant, ...] = CONSTANTS) -> Outcome:
    """Every fold of every set judged under a setting."""
    losses, counts = [], []
    with changed(setting, constants) as options:
        for folds in sets:
            calls = folds.judged(folds.options.model_copy(update=options))
            somatic, passed = np.clip(calls.posterior[:, SOMATIC], 1e-9, 1 - 1e-9), calls.is_pass
            loss, seen = np.zeros((len(folds), 2)), np.zeros((len(folds), 2, 3), np.int64)
            rows = folds.piece >= 0
            where = (folds.piece[rows], folds.is_indel[rows] * 1)
            np.add.at(loss, where, -np.log(np.where(folds.is_true, somatic, 1 - somatic))[rows])
            for k, some in enumerate((passed & folds.is_true, passed & ~folds.is_true)):
                np.add.at(seen[:, :, k], where, some[rows])
            seen[:, :, 2] = folds.n_truth - seen[:, :, 0]
            losses.append(loss)
            counts.append(seen)
    return Outcome(np.concatenate(losses), np.concatenate(counts))


@contextmanager
def changed(setting: Setting, constants: tuple[Constant, ...] = CONSTANTS) -> Iterator[dict[str, float]]:
    """The caller with a setting's constants in place of its own, until left; yields what options it takes besides.

    The one place where a benchmark reaches into the caller.
    """
    options: dict[str, float] = {}
    before: list[tuple[Any, str, object]] = []
    try:
        for number, value in setting:
            for place in constants[number].places:
                if constants[number].is_option:
                    options[place] = value
                    continue
                module, name = _place(place)
                before.append((module, name, getattr(module, name)))
                setattr(module, name, value)
        yield options
    finally:
        for module, name, value in reversed(before):
            setattr(module, name, value)


def _place(place: str) -> tuple[Any, str]:
    module, _, name = place.rpartition(".")
    return import_module(f"oncopipe.calling.{module}"), name


def chosen(
    judge: Callable[[Setting], Outcome], held: np.ndarray, cost: Cost, constants: tuple[Constant, ...] = CONSTANTS
) -> Setting:
    """The setting of least cost in the folds that are not held, a coordinate a step from the shipped one.

    held: mask of the folds that are judged later; nothing of them is looked at.
    """
    seen = ~held
    best, least = SHIPPED, cost(judge(SHIPPED), seen)
    for _ in range(_STEPS):
        taken = {number for number, _ in best}
        further = [
            tuple(sorted([*best, (number, value)]))
            for number, constant in enumerate(constants)
            for value in constant.tried
            if number not in taken
        ]
        found = min(further, key=lambda setting: cost(judge(setting), seen), default=best)
        if cost(judge(found), seen) > least - _LEAST_GAIN:
            break
        best, least = found, cost(judge(found), seen)
    return best


def cross_validated(
    judge: Callable[[Setting], Outcome],
    held: list[np.ndarray],
    cost: Cost,
    constants: tuple[Constant, ...] = CONSTANTS,
) -> tuple[Outcome, list[Setting]]:
    """Each held group of folds as judged by what was chosen without it, and what that was. held: masks of all folds."""
    settings = [chosen(judge, mask, cost, constants) for mask in held]
    plain = judge(SHIPPED)
    loss, counts = plain.loss.copy(), plain.counts.copy()
    for mask, setting in zip(held, settings, strict=True):
        loss[mask], counts[mask] = judge(setting).loss[mask], judge(setting).counts[mask]
    return Outcome(loss, counts), settings


def tables(sets: list[Folds], judge: Callable[[Setting], Outcome]) -> Iterable[str]:
    """The rows of each set under the shipped constants and under chosen ones; what was chosen; each constant alone."""
    of_set = np.repeat(np.arange(len(sets)), [len(folds) for folds in sets])
    each = [np.arange(of_set.size) == i for i in range(of_set.size)]
    whole = [of_set == i for i in range(len(sets))]
    results = [("shipped", judge(SHIPPED))]
    picked = []
    for name, cost in COSTS.items():
        for without, held in (("the slice", each), ("the set", whole)):
            outcome, settings = cross_validated(judge, held, cost)
            results.append((f"by {name} without {without}", outcome))
            picked += [(name, _folds_in_words(sets, of_set, m), s) for m, s in zip(held, settings, strict=True)]
    yield "| set | type | constants | true | false | missed | precision | recall | F1 | log-loss |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for i, folds in enumerate(sets):
        for k, kind in enumerate(KINDS):
            for name, outcome in results:
                yield _row(folds.name, kind, name, outcome.counts[of_set == i, k], outcome.loss[of_set == i, k])
    yield "\n| cost | held out | chosen |\n|---|---|---|"
    for name, held_out, setting in picked:
        yield f"| {name} | {held_out} | {in_words(setting)} |"
    yield "\n| constant | shipped | tried | log-loss | change of log-loss | change of true / false, SNVs | indels |"
    yield "|---|---|---|---|---|---|---|"
    plain = judge(SHIPPED)
    for number, constant in enumerate(CONSTANTS):
        for value in constant.tried:
            one = judge(((number, value),))
            more = (one.counts - plain.counts).sum(axis=0)
            cells = " | ".join(f"{true:+d} / {false:+d}" for true, false, _ in more.tolist())
            loss = float(one.loss.sum())
            change = loss - float(plain.loss.sum())
            yield f"| {constant.name} | {constant.shipped:g} | {value:g} | {loss:.1f} | {change:+.1f} | {cells} |"


def _row(name: str, kind: str, constants: str, counts: np.ndarray, loss: np.ndarray) -> str:
    true, false, missed = counts.sum(axis=0).tolist()
    shares = [with_interval(true / n if n else None, exact_interval(true, n)) for n in (true + false, true + missed)]
    f1 = 2 * true / max(2 * true + false + missed, 1)
    called = "SNV" if kind == "snv" else kind
    told = f"{' | '.join(shares)} | {f1:.3f}".replace("0.", ".")
    return f"| `{name}` | {called} | {constants} | {true} | {false} | {missed} | {told} | {loss.sum():.1f} |"


def _folds_in_words(sets: list[Folds], of_set: np.ndarray, held: np.ndarray) -> str:
    i = int(of_set[held][0])
    numbers = np.flatnonzero(held) - int(np.flatnonzero(of_set == i)[0]) + 1
    return f"`{sets[i].name}` {numbers[0]}" if numbers.size == 1 else f"`{sets[i].name}`, all"


def in_words(setting: Setting) -> str:
    """What a setting changes, as text."""
    return ", ".join(f"{CONSTANTS[number].name} {value:g}" for number, value in setting) or "as shipped"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.crossvalidate", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument(
        "--known", type=Path, default=Path("../shared/data"), help="folder of spike_train and sim_train"
    )
    sets = training_folds(parser.parse_args().known)
    judge = lru_cache(maxsize=None)(lambda setting: outcome_of(sets, setting))
    print("\n".join(tables(sets, judge)))


if __name__ == "__main__":
    main()
