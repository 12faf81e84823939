"""Fit: from the sums over all parts to what belongs to the sample: error rates and the weight of each hypothesis."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from oncopipe.calling.damage import shows_damage
from oncopipe.calling.hypotheses import (
    ARTEFACT,
    ERROR,
    GERMLINE,
    HYPOTHESES,
    NOISE,
    SOMATIC,
    Views,
    allele_likelihoods,
    expected_looks,
    somatic_by_trace,
    views_of,
    with_looks,
)
from oncopipe.calling.likelihoods import Errors, errors_of, log_sum
from oncopipe.calling.looks import LOOKS, N_SHAPES
from oncopipe.data.evidence import N_INDEL_COLUMNS, N_INDEL_KINDS, N_QUALITY_BINS, Collected
from oncopipe.errors import FormatVersionError, InputError
from oncopipe.io.output import write_text
from oncopipe.options import CallOptions

FORMAT_VERSION = "5"
_ITERATIONS = 200
# METHOD: half a candidate of each kind is assumed beforehand, so that a sample without any keeps a prior above zero.
_PSEUDO = 0.5
# METHOD: so many candidates of each hypothesis are assumed to look as expected, before the sample's own are counted.
_PSEUDO_LOOKS = 2.0
# Shares of tumor DNA in the normal that are tried, and the log-likelihood by which one must be better than none.
_TRACES, _PLAINLY = (0.03, 0.05, 0.08, 0.12, 0.16, 0.2, 0.25, 0.3), 5.0
# METHOD: and a hundred thousand positions without any, so that a small panel with a few variants does not make pairs of
# equal errors look likely. Of 0, 1e5 and 2e5 on the training sets F1 hardly moves and precision rises with it.
_PSEUDO_POSITIONS = 100_000
# METHOD: a weight is a rate per base, shared by the alleles that a base can show: three SNVs; for indels the shorter
# ones that reads show by error: one base more or less of the run, another base inserted, a unit or length of a few.
SNV_ALLELES, INDEL_ALLELES = 3, 10
# METHOD: without a normal the rate of germline variants cannot be learned beside the somatic one, so a person's is taken:
# one SNV in 1,000 bases and an eighth as many indels (1000 Genomes Project, doi:10.1038/nature15393).
GERMLINE_SNV, GERMLINE_INDEL = 1e-3, 1.25e-4


@dataclass(frozen=True)
class Model:
    """What is learned from a sample, as plain numbers.

    base_errors: (samples, quality bins). indel_errors: (kinds, columns) of `calling.slippage`.
    weights_snv, weights_indel: per base, in the order of HYPOTHESES. looks_snv, looks_indel: (hypotheses, looks), the
    share of each look of `calling.looks`. tumor_in_normal: share of tumor DNA in the normal.
    """

    base_errors: list[list[float]]
    indel_errors: list[list[float]]
    weights_snv: list[float]
    weights_indel: list[float]
    looks_snv: list[list[float]]
    looks_indel: list[list[float]]
    n_positions: int
    has_normal: bool
    tumor_in_normal: float = 0.0
    format_version: str = FORMAT_VERSION

    def log_weights(self, is_indel: np.ndarray) -> np.ndarray:
        """Log prior of each hypothesis at each candidate, (n, hypotheses)."""
        per_allele = [
            _per_allele(np.array(weights), n)
            for weights, n in ((self.weights_snv, SNV_ALLELES), (self.weights_indel, INDEL_ALLELES))
        ]
        return np.log(np.where(is_indel[:, None], per_allele[1], per_allele[0]))

    def look_shares(self, is_indel: np.ndarray) -> np.ndarray:
        """Share of each look under each hypothesis, at each candidate, (n, hypotheses, looks)."""
        return np.where(is_indel[:, None, None], np.array(self.looks_indel), np.array(self.looks_snv))

    @property
    def errors(self) -> Errors:
        return Errors(np.array(self.base_errors), np.array(self.indel_errors))


def _per_allele(weights: np.ndarray, n_alleles: int) -> np.ndarray:
    """Weights of one allele from weights of a base; error keeps what remains."""
    shared = weights / n_alleles
    shared[ERROR] = weights[ERROR]
    return shared


def fit(collected: Collected, options: CallOptions) -> Model:
    """Learn a sample's model from its evidence and statistics.

    METHOD: maximum a posteriori by expectation-maximization over all positions, not only candidates: positions
    without a candidate count as error, so weights are rates per base and a sparse tumor gets a sparse prior.
    """
    evidence, has_normal = collected.evidence, collected.normal is not None
    errors = errors_of(collected.statistics)
    n = max(collected.statistics.n_positions, len(evidence)) + _PSEUDO_POSITIONS
    germline = (None, None) if has_normal else (GERMLINE_SNV, GERMLINE_INDEL)
    priors = (
        _Priors(n, SNV_ALLELES, options.somatic_prior, germline[0]),
        _Priors(n, INDEL_ALLELES, options.somatic_prior, germline[1]),
    )
    tables = (_rounded(errors.bases), _rounded(errors.indels))
    views, is_indel = views_of(evidence, errors), evidence.is_indel
    model = _learn_both(is_indel, views, priors, Model(*tables, [], [], [], [], n, has_normal))
    if has_normal:
        trace = _tumor_in_normal(is_indel, views, model)
        if trace > 0:
            model = _learn_both(is_indel, views, priors, replace(model, tumor_in_normal=trace))
    return model


def _tumor_in_normal(is_indel: np.ndarray, views: Views, model: Model) -> float:
    """The share of tumor DNA in the normal that the sample's somatic alleles speak for; 0 unless they do so plainly.

    METHOD: maximum likelihood over a grid, all candidates together, the weights being those learned without it. Another
    share than none must be e^5 times as likely, so that a few noisy alleles do not excuse what the normal shows.
    """
    shares, log_weights, looks = model.look_shares(is_indel), model.log_weights(is_indel), views.looks
    joint = with_looks(allele_likelihoods(views, has_normal=True), looks, shares) + log_weights
    others = log_sum(np.delete(joint, SOMATIC, axis=1), 1) if len(joint) else np.zeros(0)
    look = log_sum(looks[:, SOMATIC] + np.log(np.maximum(shares[:, SOMATIC], 1e-300)), 1) if len(joint) else others
    plain = float(np.logaddexp(joint[:, SOMATIC], others).sum())
    somatic = somatic_by_trace(views, _TRACES) + look + log_weights[:, SOMATIC]
    totals = np.logaddexp(somatic, others).sum(axis=1)
    best = int(totals.argmax())
    return _TRACES[best] if totals[best] > plain + _PLAINLY else 0.0


def _learn_both(is_indel: np.ndarray, views: Views, priors: tuple[_Priors, _Priors], model: Model) -> Model:
    """The model with the weights and looks of SNVs and of indels put in, for its tumor in the normal."""
    looks, rows = views.looks, is_indel
    fractions = allele_likelihoods(views, has_normal=model.has_normal, tumor_in_normal=model.tumor_in_normal)
    snv, looks_snv = _learn(fractions[~rows], looks[~rows], priors[0])
    indel, looks_indel = _learn(fractions[rows], looks[rows], priors[1])
    model = replace(model, weights_snv=snv, weights_indel=indel, looks_snv=looks_snv, looks_indel=looks_indel)
    if not model.has_normal:  # alone, a tumor's own C>T would teach that damage is common
        return model
    joint = with_looks(fractions, looks, model.look_shares(rows)) + model.log_weights(rows)
    damaged = fractions[:, ARTEFACT, None] + looks[:, ARTEFACT, N_SHAPES:]
    if shows_damage(log_sum(joint, 1)[~rows], damaged[~rows], priors[0].n, SNV_ALLELES):
        snv, looks_snv = _learn(fractions[~rows], looks[~rows], replace(priors[0], damaged=True))
    return replace(model, weights_snv=snv, looks_snv=looks_snv)


def _rounded(values: np.ndarray) -> list[list[float]]:
    """Rounded, so that the file and the numbers in use are the same."""
    return [[float(f"{v:.8g}") for v in row] for row in values]


@dataclass(frozen=True)
class _Priors:
    """What learning starts from: positions, alleles a base can show, weights that are fixed."""

    n: int
    n_alleles: int
    somatic: float | None
    germline: float | None
    damaged: bool = False


def _learn(fractions: np.ndarray, looks: np.ndarray, priors: _Priors) -> tuple[list[float], list[list[float]]]:
    """Weights of the hypotheses, of which some may be fixed, and their shares of looks.

    METHOD: a candidate counts for each pair of hypothesis and look by its probability. Somatic and germline alleles look
    plain by definition; how the others look is the sample's: a library with hidden copies shows noise with many
    mismatches, one without shows plain noise, and two clean molecules mean more in the first than in the second.

    METHOD: a fixed somatic prior is put in at the end. Held fixed while the others are learned, one far below the sample's
    own rate would make its somatic alleles count as artefacts, and teach that artefacts are common.
    """
    weights = _completed(np.full(len(HYPOTHESES), 1e-5), priors.germline)
    n_looks = len(LOOKS) if priors.damaged else N_SHAPES
    expected = expected_looks(damaged=priors.damaged)[:, :n_looks]
    shares, learned = expected.copy(), [ERROR, NOISE, ARTEFACT]
    # PERF: likelihoods of each possible pair, (pairs, n), over the largest of their candidate; what is learned then needs
    # products and sums, no logarithms, and candidates lie beside each other.
    of, look = np.nonzero(expected)
    joint = fractions.T[of] + looks.transpose(1, 2, 0)[of, look]
    likelihoods = np.exp(joint - joint.max(axis=0)) if joint.size else joint
    for _ in range(_ITERATIONS):
        posterior = likelihoods * (_per_allele(weights, priors.n_alleles)[of] * shares[of, look])[:, None]
        posterior /= posterior.sum(axis=0)
        sums = np.zeros(expected.shape)
        sums[of, look] = posterior.sum(axis=1)
        weights = _completed((sums.sum(axis=1) + _PSEUDO) / priors.n, priors.germline)
        seen = _PSEUDO_LOOKS * expected[learned] + sums[learned]
        shares[learned] = seen / seen.sum(axis=1, keepdims=True)
    if priors.somatic is not None:
        weights[SOMATIC] = priors.somatic
        weights = _completed(weights, priors.germline)
    whole = np.zeros((len(HYPOTHESES), len(LOOKS)))
    whole[:, :n_looks] = shares
    return _rounded(weights[None, :])[0], _rounded(whole)


def _completed(weights: np.ndarray, germline: float | None) -> np.ndarray:
    """The weights with the germline one put in where it is given; error takes what is left of one."""
    weights = weights.copy()
    if germline is not None:
        weights[GERMLINE] = germline
    weights[ERROR] = max(1.0 - np.delete(weights, ERROR).sum(), 0.5)
    return weights


def posteriors(likelihoods: np.ndarray, log_weights: np.ndarray) -> np.ndarray:
    """Probability of each hypothesis at each candidate, (n, hypotheses); rows sum to one."""
    joint = likelihoods + log_weights
    return np.asarray(np.exp(joint - log_sum(joint, 1)[:, None])) if len(joint) else joint


def write_model(model: Model, path: Path | str) -> None:
    """Write a model as JSON."""
    write_text(path, json.dumps(asdict(model), indent=1, sort_keys=True) + "\n")


def read_model(path: Path | str) -> Model:
    """Read a model. Raises: InputError, FormatVersionError."""
    try:
        fields = json.loads(Path(path).read_text("utf-8"))
        version = fields.get("format_version")
        model = Model(**fields)
        tables = (model.base_errors, model.indel_errors, model.looks_snv, model.looks_indel)
        shapes = tuple(np.array(table).shape for table in tables)
        lengths = {len(model.weights_snv), len(model.weights_indel)}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise InputError(f"this is no model of `oncopipe call fit` ({error})", where=str(path)) from error
    if version != FORMAT_VERSION:
        raise FormatVersionError(
            f"the model has format {version}, this release reads {FORMAT_VERSION}",
            where=str(path),
            fix="run `oncopipe call fit` again",
        )
    looks = (len(HYPOTHESES), len(LOOKS))
    if shapes != ((2, N_QUALITY_BINS), (N_INDEL_KINDS, N_INDEL_COLUMNS), looks, looks) or lengths != {
        len(HYPOTHESES)
    }:
        raise InputError(
            "the model's tables have a wrong shape", where=str(path), fix="run `oncopipe call fit` again"
        )
    return model
