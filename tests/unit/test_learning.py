"""What is learned from a sample: how noise clusters, what misplaced molecules carry, and that a given prior teaches nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from oncopipe.calling.fit import fit, read_model, write_model
from oncopipe.calling.hypotheses import GERMLINE, HYPOTHESES, NOISE, SOMATIC
from oncopipe.calling.learning import FOLLOWS, completed
from oncopipe.calling.looks import MISMATCHES_ARTEFACT, misplaced_mismatches
from oncopipe.data.evidence import ALT, SUM_MISMATCHES, TUMOR, Evidence, concatenate
from oncopipe.errors import InputError
from oncopipe.options import CallOptions
from tests.unit.test_call import collected_of, evidence, score_evidence


def at(position: int, tumor: tuple[int, int], normal: tuple[int, int], mismatches: int = 0) -> Evidence:
    e = evidence(tumor, normal)
    e.sums[0, TUMOR, ALT, SUM_MISMATCHES] = mismatches
    return replace(e, position=np.array([position]))


def noisy(position: int) -> Evidence:
    """The same fraction in both samples, on molecules with five other mismatches each."""
    return at(position, (70, 10), (35, 5), 50)


CLUSTERED = [20 * i + 1000 * (i // 10) for i in range(1, 60)]
ALONE = [5_000 * i for i in range(1, 60)]


def test_fit__learns_that_noise_follows_noise_and_how_much_comes_alone() -> None:
    together = fit(collected_of(concatenate([noisy(p) for p in CLUSTERED])), CallOptions())
    apart = fit(collected_of(concatenate([noisy(p) for p in ALONE])), CallOptions())
    assert together.noise_follows[0] > FOLLOWS > apart.noise_follows[0]
    assert together.weights_snv[NOISE] < 0.5 * apart.weights_snv[NOISE]


def test_score__doubts_an_allele_among_noise_and_believes_the_same_allele_alone() -> None:
    """Noise that lies together says little of a place without any."""
    doubtful = [at(CLUSTERED[20] + 7, (70, 6), (20, 0), 8), at(900_000, (70, 6), (20, 0), 8)]
    true = [at(400_000 + 2_000 * i, (60, 20), (40, 0)) for i in range(30)]
    e = concatenate([noisy(p) for p in CLUSTERED] + doubtful + true)
    collected = collected_of(e)
    collected = replace(collected, contigs={"chr1": 1_000_000})
    calls = score_evidence(collected, fit(collected, CallOptions()))
    beside, lone = (calls.posterior[e.position == p.position[0], SOMATIC][0] for p in doubtful)
    assert lone > 0.6 > 0.3 > beside


def test_fit__learns_the_mismatches_of_misplaced_molecules() -> None:
    few = [at(p, (70, 10), (35, 5), 20) for p in CLUSTERED]
    many = [noisy(p) for p in CLUSTERED]
    found = [fit(collected_of(concatenate(rows)), CallOptions()).misplaced_mismatches for rows in (few, many)]
    assert found[0] < MISMATCHES_ARTEFACT < found[1] < 5.0


def test_misplaced_mismatches__are_those_assumed_without_any_misplaced_molecule() -> None:
    e = concatenate([at(100, (30, 10), (30, 0), 30), at(200, (30, 10), (30, 0), 30)])
    assert misplaced_mismatches(e, np.zeros(2)) == MISMATCHES_ARTEFACT
    assert misplaced_mismatches(e, np.ones(2)) == pytest.approx((300 * 2.5 + 60) / 320)


def test_fit__with_a_given_prior_learns_everything_else_as_without() -> None:
    """A prior far above a null pair's own must not take its noise for tumor in the normal."""
    collected = collected_of(concatenate([at(p, (70, 10), (37, 3)) for p in ALONE]))
    plain, given = fit(collected, CallOptions()), fit(collected, CallOptions(somatic_prior=1e-2))
    assert given.weights_snv[SOMATIC] == 1e-2
    assert given.tumor_in_normal == plain.tumor_in_normal == 0.0
    assert (given.looks_snv, given.noise_follows) == (plain.looks_snv, plain.noise_follows)
    assert given.weights_snv[NOISE] == plain.weights_snv[NOISE]


def test_completed__weights_sum_to_one_around_a_fixed_germline_rate() -> None:
    weights = completed(np.full(len(HYPOTHESES), 1e-4), 1e-3)
    assert weights[GERMLINE] == 1e-3 and weights.sum() == pytest.approx(1.0)


def test_read_model__refuses_one_without_both_rates_of_clustering(tmp_path: Path) -> None:
    model = fit(collected_of(evidence((30, 10), (30, 0))), CallOptions())
    path = tmp_path / "model.json"
    write_model(model, path)
    assert read_model(path) == model
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {"noise_follows": [0.1]}), "utf-8")
    with pytest.raises(InputError, match="wrong shape"):
        read_model(path)
