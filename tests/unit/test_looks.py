"""How alternate molecules look, and that a sample teaches what its noise looks like."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from oncopipe.calling.fit import fit
from oncopipe.calling.hypotheses import ARTEFACT, ERROR, GERMLINE, HYPOTHESES, NOISE, SOMATIC, expected_looks
from oncopipe.calling.looks import LOOKS, N_SHAPES, PLAIN, look_likelihoods
from oncopipe.calling.score import score
from oncopipe.data.evidence import ALT, REF, SUM_MISMATCHES, SUM_NEAR_END, TUMOR, Collected, Evidence, concatenate
from oncopipe.data.evidence import no_statistics as nothing
from oncopipe.options import CallOptions
from tests.unit.test_call import ERRORS, evidence


def looking(n_alt: int, near_end: int, mismatches: int) -> Evidence:
    e = evidence((40, n_alt), (40, 0))
    e.sums[0, TUMOR, ALT, SUM_NEAR_END], e.sums[0, TUMOR, ALT, SUM_MISMATCHES] = near_end, mismatches
    e.sums[0, TUMOR, REF, SUM_NEAR_END], e.sums[0, TUMOR, REF, SUM_MISMATCHES] = 5, 8
    return e


@pytest.mark.parametrize(
    ("near_end", "mismatches", "look"), [(0, 1, "plain"), (6, 1, "at_ends"), (0, 24, "mismatched"), (6, 24, "both")]
)
def test_look_likelihoods__name_what_is_plain_to_see(near_end: int, mismatches: int, look: str) -> None:
    assert LOOKS[int(look_likelihoods(looking(6, near_end, mismatches), ERRORS)[0].argmax())] == look


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


def oriented(reference: str, alternate: str, sides: tuple[int, int], position: int) -> Evidence:
    """An SNV with so many F1R2 and F2R1 molecules of 80, none in the normal."""
    n = sum(sides)
    e = evidence((80 - n, n), (40, 0))
    e.counts[0, TUMOR, REF] = [[20, 20], [20, 20 - n]]
    e.counts[0, TUMOR, ALT] = [[sides[0] // 2, sides[1] // 2], [sides[1] - sides[1] // 2, sides[0] - sides[0] // 2]]
    e.reference[0], e.alternate[0], e.position[0] = reference, alternate, position
    return e


def library(n_damaged: int) -> Collected:
    """Twenty somatic alleles of any kind, and damage: G>T of F1R2, and on the other strand C>A of F2R1."""
    kinds = [("A", "G"), ("C", "T"), ("T", "G"), ("G", "A"), ("G", "T")]
    rows = [oriented(*kinds[i % 5], (6, 6), 1000 * (i + 1)) for i in range(20)]
    for i in range(n_damaged):
        damage = ("G", "T", (3, 0)) if i % 2 else ("C", "A", (0, 3))
        rows.append(oriented(*damage, 50_000 + 1000 * i))
    rows.append(oriented("G", "T", (3, 0), 900_000))  # as the damage looks
    rows.append(oriented("G", "T", (2, 1), 910_000))  # the same change, of both orientations
    rows.append(oriented("T", "C", (3, 0), 920_000))  # one orientation, another change
    statistics = replace(nothing(), n_positions=1_000_000)
    return Collected(concatenate(rows), statistics, "T", "N", {"chr1": 1_000_000})


def test_fit__learns_damage_where_a_sample_shows_it_and_only_there() -> None:
    shares, somatic = {}, {}
    for n in (0, 300):
        collected = library(n)
        model = fit(collected, CallOptions())
        shares[n] = np.array(model.looks_snv)[ARTEFACT]
        somatic[n] = score(collected, model, CallOptions()).posterior[-3:, SOMATIC]
    assert shares[0][N_SHAPES:].sum() == 0.0
    assert shares[300][LOOKS.index("C>A_F2R1")] > 0.9
    assert (somatic[0] > 0.5).all()
    assert somatic[300][0] < 0.01
    assert (somatic[300][1:] > 20 * somatic[300][0]).all()


def test_look_likelihoods__of_damage_are_the_same_on_either_strand_of_the_genome() -> None:
    one, other = oriented("G", "T", (4, 1), 1), oriented("C", "A", (1, 4), 1)
    other.counts[0, TUMOR, REF] = one.counts[0, TUMOR, REF][:, ::-1]
    assert look_likelihoods(one, ERRORS) == pytest.approx(look_likelihoods(other, ERRORS))
    indel = replace(one, reference=["GA"])
    assert (look_likelihoods(indel, ERRORS)[:, N_SHAPES:] < -1e29).all()
