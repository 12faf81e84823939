"""Score: evidence and a fitted model to calls with probabilities and filters. Tables only, no BAM."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from oncopipe.calling.contamination import strangers
from oncopipe.calling.filters import FILTERS, Judged
from oncopipe.calling.fit import Model, posteriors
from oncopipe.calling.hypotheses import ARTEFACT, GERMLINE, NOISE, SOMATIC, Views, hypothesis_likelihoods, views_of
from oncopipe.calling.likelihoods import log_sum
from oncopipe.calling.looks import N_SHAPES, PLAIN
from oncopipe.calling.neighbors import noise_around
from oncopipe.data.calls import Calls
from oncopipe.data.evidence import ALT, NORMAL, TUMOR, Collected, Evidence
from oncopipe.options import CallOptions

# Log-odds (log10) from which an allele is written at all: Mutect2's emission threshold.
EMISSION_LOG_ODDS = 3.0
# An allele that is plainly in the normal is no somatic call that failed; it is left out of the VCF.
PLAIN_GERMLINE_FRACTION = 0.2
# METHOD: an allele in the panel of normals is this much likelier to be noise of the place (it passed into the panel
# because at least two normals showed it).
PANEL_FACTOR = 1000.0

# METHOD: tumor-only, an allele that the population resource does not list is not called germline: a convention, much as in
# Mutect2, and no estimate, since reads cannot tell it from a private germline allele. So is one listed below 1e-4:
# somatic hotspots stand in such resources as single persons' mosaics. A board must not lose a driver; the report names
# what may be germline.
RARE_FREQUENCY, NOT_GERMLINE = 1e-4, 1e-12

AlleleLookup = Callable[[Evidence], np.ndarray]


def score(
    collected: Collected,
    model: Model,
    options: CallOptions,
    *,
    population: AlleleLookup | None = None,
    panel: AlleleLookup | None = None,
) -> Calls:
    """Every candidate, judged. `population` gives allele frequencies (n,), `panel` whether an allele is listed (n,)."""
    evidence = collected.evidence
    frequency = population(evidence) if population else np.zeros(len(evidence))
    in_panel = panel(evidence) > 0 if panel else np.zeros(len(evidence), bool)
    views = views_of(evidence, model.errors, model.misplaced_mismatches)
    shares = model.look_shares(evidence.is_indel)
    likelihoods = hypothesis_likelihoods(
        views, shares, has_normal=model.has_normal, tumor_in_normal=model.tumor_in_normal
    )
    weights = _weights(model, evidence, frequency if population else None, in_panel)
    posterior = (
        _clustered(evidence, model, likelihoods, weights) if model.has_normal else posteriors(likelihoods, weights)
    )
    share, brought = 0.0, np.zeros(len(evidence))
    if model.has_normal and len(evidence):
        others = log_sum(likelihoods + weights, 1)
        look = log_sum(views.looks[:, SOMATIC] + np.log(np.maximum(shares[:, SOMATIC], 1e-300)), 1)
        share, brought = strangers(views, others, look, frequency, evidence.depth(TUMOR), options.contamination)
        posterior = posterior * (1 - brought)[:, None]
        posterior[:, GERMLINE] += brought  # another person's
    tumor_odds, normal_odds = _log_odds(views, model)
    artefact_look = (views.looks[:, ARTEFACT] + np.log(np.maximum(shares[:, ARTEFACT], 1e-300))).argmax(axis=1)
    judged = Judged(
        evidence,
        posterior,
        normal_odds,
        frequency,
        in_panel,
        model.has_normal,
        options,
        brought,
        artefact_look,
        views.looks[:, SOMATIC, :N_SHAPES].argmax(axis=1) == PLAIN,
    )
    filters = (
        np.stack([f.fails(judged) for f in FILTERS], axis=1) if len(evidence) else np.zeros((0, len(FILTERS)), bool)
    )
    # A probability at or above the threshold is what PASS promises, so nothing doubtful may slip through.
    assert not (judged.is_doubtful & ~filters.any(axis=1)).any()
    return Calls(
        evidence, posterior, tumor_odds, normal_odds, frequency, filters, tuple(f.name for f in FILTERS),
        collected.tumor, collected.normal, collected.contigs, _germline_from(model.has_normal, population is not None),
        share,
    )  # fmt: skip


def _clustered(evidence: Evidence, model: Model, likelihoods: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Probabilities, noise being likelier beside noise; twice, since neighbors judge each other."""
    posterior = posteriors(likelihoods, weights)
    follows = np.array(model.noise_follows)[evidence.is_indel * 1]
    for _ in range(2):
        nearby = weights.copy()
        around = noise_around(evidence, posterior[:, NOISE], families=model.is_families).nearby
        nearby[:, NOISE] = np.log(np.exp(weights[:, NOISE]) + follows * around)
        posterior = posteriors(likelihoods, nearby)
    return posterior


def _germline_from(has_normal: bool, has_population: bool) -> str:
    """What told germline alleles apart."""
    if has_normal:
        return "normal"
    return "population and fraction" if has_population else "fraction only"


def _weights(model: Model, evidence: Evidence, frequency: np.ndarray | None, in_panel: np.ndarray) -> np.ndarray:
    """Log prior at each candidate: the sample's, and what population (None: not asked) and panel say of this allele."""
    weights = model.log_weights(evidence.is_indel)
    # METHOD: a person carries an allele of frequency p with probability 1 - (1 - p)^2 (Hardy-Weinberg). With a normal the
    # normal itself answers, and the learned rate stays.
    if not model.has_normal and frequency is not None:
        carried = 1.0 - (1.0 - np.minimum(frequency, 0.9999)) ** 2
        weights[:, GERMLINE] = np.log(np.where(frequency >= RARE_FREQUENCY, carried, NOT_GERMLINE))
    weights[:, NOISE] += np.where(in_panel, np.log(PANEL_FACTOR), 0.0)
    return weights


def _log_odds(views: Views, model: Model) -> tuple[np.ndarray, np.ndarray]:
    """Present against absent in the tumor; in the normal absent (or its learned share of the tumor's fraction) against
    heterozygous; each (n,), log10.
    """
    tumor, normal = views.tumor / np.log(10), views.normal / np.log(10)
    n = len(tumor)
    if not n:
        return np.zeros(0), np.zeros(0)
    tumor_odds = tumor[:, 1:].max(axis=1) - tumor[:, 0]
    if not model.has_normal:
        return tumor_odds, np.full(n, np.nan)
    likeliest = views.fractions[tumor.argmax(axis=1)]
    trace = np.searchsorted(views.fractions, likeliest * model.tumor_in_normal)
    absent = np.maximum(normal[:, 0], normal[np.arange(n), trace])
    heterozygous = int(np.abs(views.fractions - 0.5).argmin())
    return tumor_odds, absent - normal[:, heterozygous]


def worth_writing(calls: Calls) -> np.ndarray:
    """Rows that a VCF holds: every PASS, and what came near without being plainly germline, (n,) bool."""
    depth = np.maximum(calls.evidence.depth(NORMAL), 1)
    in_normal = calls.evidence.allele_depth(NORMAL, ALT) / depth >= PLAIN_GERMLINE_FRACTION
    return np.asarray(calls.is_pass | ((calls.tumor_log_odds >= EMISSION_LOG_ODDS) & ~in_normal))
