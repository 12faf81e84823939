"""How alternate molecules look, and that a sample teaches what its noise looks like."""

from __future__ import annotations

import numpy as np
import pytest

from oncopipe.calling.fit import fit
from oncopipe.calling.hypotheses import ARTEFACT, ERROR, GERMLINE, HYPOTHESES, NOISE, SOMATIC, expected_looks
from oncopipe.calling.looks import LOOKS, PLAIN, look_likelihoods
from oncopipe.calling.score import score
from oncopipe.data.evidence import ALT, REF, SUM_MISMATCHES, SUM_NEAR_END, TUMOR, Collected, Evidence, concatenate
from oncopipe.data.evidence import no_statistics as nothing
from oncopipe.options import CallOptions
from tests.unit.test_call import evidence


def looking(n_alt: int, near_end: int, mismatches: int) -> Evidence:
    e = evidence((40, n_alt), (40, 0))
    e.sums[0, TUMOR, ALT, SUM_NEAR_END], e.sums[0, TUMOR, ALT, SUM_MISMATCHES] = near_end, mismatches
    e.sums[0, TUMOR, REF, SUM_NEAR_END], e.sums[0, TUMOR, REF, SUM_MISMATCHES] = 5, 8
    return e


@pytest.mark.parametrize(
    ("near_end", "mismatches", "look"), [(0, 1, "plain"), (6, 1, "at_ends"), (0, 24, "mismatched"), (6, 24, "both")]
)
def test_look_likelihoods__name_what_is_plain_to_see(near_end: int, mismatches: int, look: str) -> None:
    assert LOOKS[int(look_likelihoods(looking(6, near_end, mismatches))[0].argmax())] == look


def test_expected_looks__are_shares() -> None:
    shares = expected_looks()
    assert shares.shape == (len(HYPOTHESES), len(LOOKS))
    assert shares.sum(axis=1) == pytest.approx(1.0)
    assert shares[[SOMATIC, GERMLINE], PLAIN].tolist() == [1.0, 1.0]
    assert shares[ARTEFACT, PLAIN] == 0.0


def noisy_sample(mismatches: int) -> Collected:
    """Forty alleles at the same low fraction in both samples, and one of three plain molecules in the tumor alone."""
    rows = []
    for i in range(40):
        e = evidence((36, 4), (36, 4))
        e.sums[0, TUMOR, ALT, SUM_MISMATCHES] = mismatches
        e.position[0] = 1000 * (i + 1)
        rows.append(e)
    rows.append(evidence((40, 3), (20, 0)))
    return Collected(concatenate(rows), nothing(), "T", "N", {"chr1": 100_000})


def test_fit__learns_the_look_of_noise_so_that_clean_alleles_are_told_from_it() -> None:
    probability = {}
    for mismatches in (0, 20):
        collected = noisy_sample(mismatches)
        model = fit(collected, CallOptions())
        shares = np.array(model.looks_snv)
        assert shares.sum(axis=1) == pytest.approx(1.0)
        assert shares[NOISE].argmax() == (PLAIN if mismatches == 0 else LOOKS.index("mismatched"))
        assert shares[ERROR] == pytest.approx(expected_looks()[ERROR], abs=0.2)
        calls = score(collected, model, CallOptions())
        assert calls.evidence.position[0] == 100
        probability[mismatches] = calls.posterior[0, SOMATIC]
    assert probability[20] > probability[0] + 0.05
