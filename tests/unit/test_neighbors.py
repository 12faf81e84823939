"""Substitutions side by side on the same molecules are one event."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncopipe.calling.hypotheses import SOMATIC
from oncopipe.calling.looks import look_likelihoods
from oncopipe.calling.neighbors import REACH, misread_twice, noise_around, noise_nearby, shared_molecules
from oncopipe.data.evidence import (
    ALT,
    SUM_MISMATCHES,
    SUM_NEAR_END,
    SUM_NEXT_MISMATCH,
    SUM_SECOND_MISMATCH,
    TUMOR,
    Evidence,
    concatenate,
)
from oncopipe.options import CallOptions
from tests.unit.test_call import ERRORS, collected_of, evidence, fit, score_evidence


def row(position: int, n_alt: int, mismatches: int, next_one: int = 0, second: int = 0) -> Evidence:
    e = evidence((40, n_alt), (40, 0))
    e.position[0], e.sums[0, TUMOR, ALT, SUM_MISMATCHES] = position, mismatches
    e.sums[0, TUMOR, ALT, [SUM_NEXT_MISMATCH, SUM_SECOND_MISMATCH]] = next_one, second
    return e


@pytest.mark.parametrize(
    ("rows", "partners", "shared"),
    [
        ([row(10, 3, 3, 3), row(11, 3, 3)], [1, 0], [3, 3]),
        ([row(10, 3, 3, 0, 3), row(12, 4, 5)], [1, 0], [3, 3]),
        ([row(10, 3, 3), row(13, 3, 3)], [-1, -1], [0, 0]),  # not within a codon
        ([row(10, 3, 3), row(11, 3, 3)], [-1, -1], [0, 0]),  # other molecules
        ([row(10, 9, 9, 2), row(11, 2, 2)], [-1, -1], [0, 0]),  # a few molecules of many
        ([row(10, 3, 6, 3, 3), row(11, 3, 6, 3), row(12, 3, 6)], [1, 0, 1], [3, 3, 3]),
    ],
)
def test_shared_molecules__of_neighbors_that_carry_each_other(
    rows: list[Evidence], partners: list[int], shared: list[int]
) -> None:
    found = shared_molecules(concatenate(rows))
    assert (found[0].tolist(), found[1].tolist()) == (partners, shared)


def test_look_likelihoods__hold_where_the_other_half_is_not_among_the_mismatches() -> None:
    """Mates that disagree keep the fewer mismatches of the two, so a shared molecule may state none."""
    found = look_likelihoods(concatenate([row(10, 3, 0, 3), row(11, 3, 0)]), ERRORS)
    assert np.isfinite(found).all()
    assert (found == look_likelihoods(concatenate([row(10, 3, 3, 3), row(11, 3, 3)]), ERRORS)).all()


sites = st.tuples(st.integers(1, 40), st.integers(1, 6), st.integers(0, 6), st.integers(0, 6))


@given(st.lists(sites, max_size=12, unique_by=lambda r: r[0]))
@settings(max_examples=60, deadline=None)
def test_shared_molecules__is_never_more_than_there_are(places: list[tuple[int, int, int, int]]) -> None:
    if not places:
        return
    e = concatenate([row(position, n, 12, min(a, n), min(b, n)) for position, n, a, b in places])
    partner, shared = shared_molecules(e)
    assert (shared <= e.allele_depth(TUMOR, ALT)).all()
    assert ((partner >= 0) == (shared > 0)).all()
    there = partner >= 0
    assert (np.abs(e.position[partner[there]] - e.position[there]) <= REACH).all()
    assert (misread_twice(e)[~there] == 0).all()


def test_score__two_molecules_with_both_changes_say_more_than_with_one() -> None:
    def probability(*rows: Evidence) -> float:
        collected = collected_of(concatenate(list(rows)))
        model = fit(collected_of(concatenate([row(1000 * i, 12, 0) for i in range(1, 9)])), CallOptions())
        return float(score_evidence(collected, model).posterior[0, SOMATIC])

    alone, odd, pair = (
        probability(row(10, 2, 0)),
        probability(row(10, 2, 2)),
        probability(row(10, 2, 2, 2), row(11, 2, 2)),
    )
    assert odd < alone < pair


def test_noise_nearby__counts_other_positions_within_a_fragment_and_on_the_same_contig() -> None:
    rows = [row(position, 3, 0) for position in (100, 100, 350, 700)] + [row(400, 3, 0)]
    rows[1].alternate[0], rows[4].contig[0] = "G", 1
    e = concatenate(rows)
    assert e.position.tolist() == [100, 100, 350, 700, 400]
    nearby = noise_nearby(e, np.ones(5))  # over 600 bases and three alleles
    assert nearby * 1_800 == pytest.approx([1, 1, 2, 0, 0])


def test_noise_around__of_families_spreads_to_substitutions_from_the_middle_of_molecules_alone() -> None:
    """Beside an indel of the person molecules that end there show mismatches; that says nothing of the next 300 bases."""
    rows = [row(position, 8, 0) for position in (100, 200, 300, 1200, 1300)]
    rows[1].sums[0, TUMOR, ALT, SUM_NEAR_END] = rows[3].sums[0, TUMOR, ALT, SUM_NEAR_END] = 8
    rows[2].reference[0] = "AC"
    e, noise = concatenate(rows), np.array([0.5, 1.0, 1.0, 1.0, 0.25])
    plain = noise_around(e, noise, families=False)
    assert plain.nearby == pytest.approx(noise_nearby(e, noise)) and plain.total == (3.75, 3.75)
    found = noise_around(e, noise, families=True)
    # The first and the last spread; the indel still asks for everything.
    assert found.nearby * 1_800 == pytest.approx([0, 0.5, 1.5, 0.25, 0]) and found.total == (0.75, 3.75)


def test_score__noise_nearby_makes_an_allele_doubtful() -> None:
    noisy = [evidence((36, 6), (36, 6)) for _ in range(5)]
    for i, e in enumerate(noisy):
        e.position[0] = 1000 + 20 * i
    ordinary = [row(5000 * i, 12, 0) for i in range(3, 9)]
    probability = {}
    for place in (1050, 2000):
        collected = collected_of(concatenate([*noisy, evidence_at(place), *ordinary]))
        calls = score_evidence(collected, fit(collected, CallOptions()))
        probability[place] = calls.posterior[calls.evidence.position == place, SOMATIC][0]
    assert probability[1050] < probability[2000] - 0.02


def evidence_at(position: int) -> Evidence:
    e = evidence((40, 4), (14, 0))
    e.position[0] = position
    return e
