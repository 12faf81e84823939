"""Another person's alleles: found by their frequency and fraction, never without either, and not where there is no stranger."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from oncopipe.calling.filters import FILTERS
from oncopipe.calling.fit import fit
from oncopipe.calling.hypotheses import SOMATIC
from oncopipe.calling.score import score
from oncopipe.data.calls import Calls
from oncopipe.data.evidence import Collected, concatenate
from oncopipe.options import CallOptions
from tests.loci import GOOD
from tests.loci import calls_of as loci_calls
from tests.unit.test_call import collected_of, evidence

CONTAMINATION = next(i for i, f in enumerate(FILTERS) if f.name == "contamination")


def mixed(share: float, n_stranger: int = 60, n_somatic: int = 20) -> tuple[Collected, np.ndarray]:
    """Alleles of a stranger at share/2 of 200 molecules, then somatic ones at 0.3; the population's frequencies."""
    random, rows = np.random.default_rng(5), []
    for i in range(n_stranger + n_somatic):
        fraction = share / 2 if i < n_stranger else 0.3
        n_alt = max(int(random.binomial(200, fraction)), 2)
        rows.append(replace(evidence((200 - n_alt, n_alt), (60, 0)), position=np.array([5_000 * (i + 1)])))
    frequency = np.where(np.arange(len(rows)) < n_stranger, 0.2, 0.0)
    return replace(collected_of(concatenate(rows)), contigs={"chr1": 1_000_000}), frequency


def calls_of(collected: Collected, frequency: np.ndarray | None, told: float | None = None) -> Calls:
    options = CallOptions(contamination=told)
    return score(
        collected,
        fit(collected, options),
        options,
        population=(lambda e: frequency) if frequency is not None else None,
    )


@pytest.mark.parametrize("share", [0.05, 0.1, 0.2])
def test_score__learns_the_share_and_passes_none_of_the_strangers_alleles(share: float) -> None:
    collected, frequency = mixed(share)
    calls = calls_of(collected, frequency)
    assert calls.contamination == pytest.approx(share, rel=0.3)
    assert not calls.is_pass[:60].any() and calls.filters[:60, CONTAMINATION].mean() > 0.95
    assert calls.is_pass[60:].all()
    assert calls.posterior.sum(axis=1) == pytest.approx(1.0)


def test_score__a_told_share_is_used_and_a_told_zero_believed() -> None:
    collected, frequency = mixed(0.1)
    told, never = calls_of(collected, frequency, 0.1), calls_of(collected, frequency, 0.0)
    assert (told.contamination, never.contamination) == (0.1, 0.0)
    assert not told.is_pass[:60].any()
    assert not never.filters[:, CONTAMINATION].any() and never.is_pass[:60].mean() > 0.9


def test_score__without_a_population_nothing_is_called_contamination() -> None:
    collected, _ = mixed(0.1)
    assert not calls_of(collected, None).filters[:, CONTAMINATION].any()


@pytest.mark.parametrize(("frequency", "n", "told"), [(0.1, 1, True), (0.01, 2, True), (0.01, 1, False)])
def test_score__few_listed_alleles_of_two_molecules_teach_a_share(frequency: float, n: int, told: bool) -> None:
    """Where a stranger makes candidates the caller learns of them, so nobody need tell it."""
    few = replace(GOOD, tumor=(78, 2, 0), near_end=0, mismatches=0, population=frequency)
    calls = loci_calls([replace(few, position=5_000 * (i + 1)) for i in range(n)])
    assert (calls.contamination > 0) == told
    assert calls.filters[:, CONTAMINATION].all() == told


def test_score__rare_and_few_listed_alleles_are_no_stranger() -> None:
    """Somatic hotspots stand in resources as single persons' mosaics."""
    collected, frequency = mixed(0.1)
    rare = calls_of(collected, np.where(frequency > 0, 5e-5, 0.0))
    assert rare.contamination == 0.0 and rare.posterior[:60, SOMATIC].mean() > 0.9
    one = calls_of(collected, np.where(np.arange(80) == 0, 0.01, 0.0))
    assert one.contamination == 0.0
