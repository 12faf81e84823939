"""The interval of a fraction, and that no call rests on its being near one half or one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import beta

from oncopipe.calling.fit import fit
from oncopipe.calling.likelihoods import errors_of, fraction_intervals
from oncopipe.data.evidence import ALT, NORMAL, TUMOR, concatenate, no_statistics
from oncopipe.options import CallOptions
from tests.unit.test_call import collected_of, evidence, score_evidence

ERRORS = errors_of(no_statistics())


@pytest.mark.parametrize(("ref", "alt"), [(95, 5), (50, 50), (3, 97), (0, 40), (900, 100)])
def test_fraction_intervals__equal_the_beta_where_errors_are_rare(ref: int, alt: int) -> None:
    found = fraction_intervals(evidence((ref, alt), (30, 0), quality_bin=15), ERRORS)[0, TUMOR]
    assert found == pytest.approx(beta(alt + 1, ref + 1).ppf([0.025, 0.975]), abs=2e-3)


def test_fraction_intervals__cover_the_truth_as_often_as_they_say() -> None:
    random, covered = np.random.default_rng(1), []
    for fraction in (0.03, 0.1, 0.5, 0.9):
        drawn = random.binomial(120, fraction, 400).tolist()
        rows = [
            replace(evidence((120 - n, n), (30, 0)), position=np.array([10 * (i + 1)])) for i, n in enumerate(drawn)
        ]
        low, high = fraction_intervals(concatenate(rows), ERRORS)[:, TUMOR].T
        covered.append(((low <= fraction) & (fraction <= high)).mean())
    assert min(covered) >= 0.92 and np.mean(covered) <= 0.985


def test_fraction_intervals__reach_zero_where_errors_explain_the_allele_and_say_nothing_of_silence() -> None:
    found = fraction_intervals(evidence((200, 2), (0, 0), quality_bin=4), ERRORS)[0]
    assert found[TUMOR, 0] == pytest.approx(0.0, abs=1e-3)
    assert found[NORMAL].tolist() == [0.0, 1.0]
    assert fraction_intervals(evidence((1, 1), (0, 0)).select(np.zeros(0, int)), ERRORS).shape == (0, 2, 2)


@pytest.mark.parametrize("fraction", [0.05, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0])
def test_score__calls_an_allele_at_any_fraction(fraction: float) -> None:
    """Copy-number changes and loss of heterozygosity press fractions anywhere."""
    n_alt = round(80 * fraction)
    fillers = [replace(evidence((60, 20), (40, 0)), position=np.array([5_000 * (i + 1)])) for i in range(10)]
    rows = [*fillers, replace(evidence((80 - n_alt, n_alt), (40, 0)), position=np.array([100_000]))]
    collected = replace(collected_of(concatenate(rows)), contigs={"chr1": 200_000})
    assert score_evidence(collected, fit(collected, CallOptions())).is_pass.all()


@pytest.mark.parametrize("fraction", [0.0, 0.1, 0.9, 1.0])
def test_score__passes_no_heterozygous_allele_that_the_tumor_lost_or_doubled(fraction: float) -> None:
    n_alt = max(round(80 * fraction), 2)
    fillers = [replace(evidence((60, 20), (40, 0)), position=np.array([5_000 * (i + 1)])) for i in range(10)]
    rows = [*fillers, replace(evidence((80 - n_alt, n_alt), (20, 20)), position=np.array([100_000]))]
    collected = replace(collected_of(concatenate(rows)), contigs={"chr1": 200_000})
    assert score_evidence(collected, fit(collected, CallOptions())).is_pass.tolist() == [True] * 10 + [False]


def test_score__passes_two_alleles_of_one_position() -> None:
    """Each is judged beside the other, which speaks for neither."""
    one, other = evidence((50, 15), (40, 0)), evidence((50, 15), (40, 0))
    other.alternate[0] = "G"
    for e in (one, other):
        e.counts[0, TUMOR, ALT + 1, 0, 0] = 15
    collected = collected_of(concatenate([one, other]))
    assert score_evidence(collected, fit(collected, CallOptions())).is_pass.all()
