"""Fit: from the sums over all parts to what belongs to the sample: error rates and the weight of each hypothesis."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np

from oncopipe.calling.damage import shows_damage
from oncopipe.calling.hypotheses import (
    ARTEFACT,
    HYPOTHESES,
    SOMATIC,
    Views,
    allele_likelihoods,
    looks_of,
    somatic_by_trace,
    views_of,
    with_looks,
)
from oncopipe.calling.learning import FOLLOWS, ROUNDS, Priors, completed, following, learn, per_allele, unlearned
from oncopipe.calling.likelihoods import Errors, errors_of, log_sum
from oncopipe.calling.looks import LOOKS, MISMATCHES_ARTEFACT, N_SHAPES, misplaced_mismatches
from oncopipe.calling.neighbors import noise_around, nothing_around
from oncopipe.data.evidence import N_INDEL_COLUMNS, N_INDEL_KINDS, N_QUALITY_BINS, Collected, Evidence
from oncopipe.errors import FormatVersionError, InputError
from oncopipe.io.output import write_text
from oncopipe.options import CallOptions

FORMAT_VERSION = "8"
# Shares of tumor DNA in the normal that are tried, and the log-likelihood by which one must be better than none.
_TRACES, _PLAINLY = (0.02, 0.03, 0.05, 0.08, 0.12, 0.16, 0.2, 0.25, 0.3), 5.0
# METHOD: and a hundred thousand positions without any, so that a small panel with a few variants does not make pairs of
# equal errors look likely. Of 0, 1e5 and 2e5 on the training sets F1 hardly moves and precision rises with it.
_PSEUDO_POSITIONS = 100_000
# METHOD: a weight is a rate per base, shared by the alleles that a base can show: three SNVs; for indels the shorter
# ones that reads show by error: one base more or less of the run, another base inserted, a unit or length of a few.
SNV_ALLELES, INDEL_ALLELES = 3, 10
# METHOD: without a normal the rate of germline variants cannot be learned beside the somatic one, so a person's is taken:
# one SNV in 1,000 bases and an eighth as many indels (1000 Genomes Project, doi:10.1038/nature15393).
GERMLINE_SNV, GERMLINE_INDEL = 1e-3, 1.25e-4
# METHOD: where the somatic rate is given, indels are taken to be a tenth as common as SNVs, as Mutect2's priors have it.
INDEL_SHARE = 0.1


@dataclass(frozen=True)
class Model:
    """What is learned from a sample, as plain numbers.

    base_errors: (samples, quality bins). indel_errors: (kinds, columns) of `calling.slippage`.
    weights_snv, weights_indel: per base, in the order of HYPOTHESES. looks_snv, looks_indel: (hypotheses, looks), the
    share of each look of `calling.looks`. tumor_in_normal: share of tumor DNA in the normal.
    noise_follows: noisy SNVs and indels that follow each noisy allele nearby. misplaced_mismatches: of a misplaced molecule.
    class_errors: (samples, reference base, read base, quality bins), where molecules are families; families: of each sample,
    in words.
    """

    base_errors: list[list[float]]
    indel_errors: list[list[float]]
    weights_snv: list[float]
    weights_indel: list[float]
    looks_snv: list[list[float]]
    looks_indel: list[list[float]]
    n_positions: int
    has_normal: bool
    noise_follows: list[float]
    misplaced_mismatches: float
    tumor_in_normal: float = 0.0
    class_errors: list[list[list[list[float]]]] | None = None
    families: list[str] = field(default_factory=list)
    format_version: str = FORMAT_VERSION

    def log_weights(self, is_indel: np.ndarray) -> np.ndarray:
        """Log prior of each hypothesis at each candidate, (n, hypotheses)."""
        of_alleles = [
            per_allele(np.array(weights), n)
            for weights, n in ((self.weights_snv, SNV_ALLELES), (self.weights_indel, INDEL_ALLELES))
        ]
        return np.log(np.where(is_indel[:, None], of_alleles[1], of_alleles[0]))

    def look_shares(self, is_indel: np.ndarray) -> np.ndarray:
        """Share of each look under each hypothesis, at each candidate, (n, hypotheses, looks)."""
        return np.where(is_indel[:, None, None], np.array(self.looks_indel), np.array(self.looks_snv))

    @property
    def is_families(self) -> bool:
        """Whether molecules are told by barcodes, in either sample."""
        return self.class_errors is not None

    @property
    def errors(self) -> Errors:
        classes = None if self.class_errors is None else np.array(self.class_errors)
        return Errors(np.array(self.base_errors), np.array(self.indel_errors), classes)


def fit(collected: Collected, options: CallOptions) -> Model:
    """Learn a sample's model from its evidence and statistics.

    METHOD: maximum a posteriori by expectation-maximization over all positions, not only candidates: positions
    without a candidate count as error, so weights are rates per base and a sparse tumor gets a sparse prior.
    """
    evidence, has_normal = collected.evidence, collected.normal is not None
    errors = errors_of(collected.statistics)
    n = max(collected.statistics.n_positions, len(evidence)) + _PSEUDO_POSITIONS
    germline = (None, None) if has_normal else (GERMLINE_SNV, GERMLINE_INDEL)
    priors = (Priors(n, SNV_ALLELES, germline[0]), Priors(n, INDEL_ALLELES, germline[1]))
    tables = (_rounded(errors.bases), _rounded(errors.indels))
    views = views_of(evidence, errors, MISMATCHES_ARTEFACT)
    classes = None if errors.classes is None else _significant(errors.classes).tolist()
    told = families_in_words(collected.statistics.families)
    unlearned_model = Model(
        *tables, [], [], [], [], n, has_normal, [], MISMATCHES_ARTEFACT, class_errors=classes, families=told
    )
    model, views = _learn_both(evidence, views, priors, unlearned_model)
    if has_normal:
        trace = _tumor_in_normal(evidence.is_indel, views, model)
        if trace > 0:
            model, _ = _learn_both(evidence, views, priors, replace(model, tumor_in_normal=trace))
    return model if options.somatic_prior is None else with_prior(model, options.somatic_prior, germline)


def with_prior(model: Model, somatic: float, germline: tuple[float | None, float | None] = (None, None)) -> Model:
    """The model with a given weight of somatic SNVs, and a tenth of it of indels. germline: both where they are fixed.

    METHOD: put in at the end. Held fixed while the others are learned, a weight far below the sample's own rate would make
    its somatic alleles count as artefacts, and one far above it would take noise for tumor in the normal.
    """
    weights = []
    learned = (model.weights_snv, model.weights_indel)
    for one, fixed, share in zip(learned, germline, (1.0, INDEL_SHARE), strict=True):
        changed = np.array(one)
        changed[SOMATIC] = somatic * share
        weights.append(_rounded(completed(changed, fixed)[None, :])[0])
    return replace(model, weights_snv=weights[0], weights_indel=weights[1])


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


def _learn_both(evidence: Evidence, views: Views, priors: tuple[Priors, Priors], model: Model) -> tuple[Model, Views]:
    """The model with what is learned of SNVs and of indels put in, for its tumor in the normal, and the views by it."""
    rows = evidence.is_indel
    fractions = allele_likelihoods(views, has_normal=model.has_normal, tumor_in_normal=model.tumor_in_normal)
    model, views = _learn(evidence, fractions, views, priors, model)
    if not model.has_normal:  # alone, a tumor's own C>T would teach that damage is common
        return model, views
    joint = with_looks(fractions, views.looks, model.look_shares(rows)) + model.log_weights(rows)
    damaged = fractions[:, ARTEFACT, None] + views.looks[:, ARTEFACT, N_SHAPES:]
    if shows_damage(log_sum(joint, 1)[~rows], damaged[~rows], priors[0].n, SNV_ALLELES):
        return _learn(evidence, fractions, views, (replace(priors[0], damaged=True), priors[1]), model)
    return model, views


def _learn(
    evidence: Evidence, fractions: np.ndarray, views: Views, priors: tuple[Priors, Priors], model: Model
) -> tuple[Model, Views]:
    """As `_learn_both`, with damage or without it.

    METHOD: noise excites noise: an allele is noise by itself, at the learned rate, or follows another within a fragment's
    length (a self-exciting process, Hawkes 1971, doi:10.1093/biomet/58.1.83). How many follow each is the share of all
    noise that has its likes nearby.
    """
    types = (np.flatnonzero(~evidence.is_indel), np.flatnonzero(evidence.is_indel))
    learned = [unlearned(p, rows.size) for p, rows in zip(priors, types, strict=True)]
    around, follows, mismatches = nothing_around(len(evidence)), [FOLLOWS] * 2, model.misplaced_mismatches
    for step in range(ROUNDS):
        learned = [
            learn(fractions[rows], views.looks[rows], p, so_far, f * around.nearby[rows])
            for rows, p, so_far, f in zip(types, priors, learned, follows, strict=True)
        ]
        around = noise_around(evidence, _of_both(types, [one.noise for one in learned]), families=model.is_families)
        follows = [following(one, total) for one, total in zip(learned, around.total, strict=True)]
        if step == 1 and model.has_normal:
            misplaced = _of_both(types, [one.misplaced for one in learned])
            mismatches = float(f"{misplaced_mismatches(evidence, misplaced):.8g}")
            views = replace(views, looks=looks_of(evidence, model.errors, mismatches))
    snv, indel = learned
    model = replace(
        model, weights_snv=_rounded(snv.weights[None, :])[0], weights_indel=_rounded(indel.weights[None, :])[0],
        looks_snv=_rounded(snv.looks), looks_indel=_rounded(indel.looks),
        noise_follows=_rounded(np.array([follows]))[0], misplaced_mismatches=mismatches,
    )  # fmt: skip
    return model, views


def _of_both(types: tuple[np.ndarray, np.ndarray], values: list[np.ndarray]) -> np.ndarray:
    """Values of SNVs and of indels in the order of the candidates. types: their rows."""
    joined = np.zeros(sum(rows.size for rows in types))
    for rows, some in zip(types, values, strict=True):
        joined[rows] = some
    return joined


def families_in_words(families: np.ndarray) -> list[str]:
    """What molecules are in each sample: `off` where copies are not told by barcodes, else kind, size and shares."""
    told = []
    for one, both in families:
        sizes = one + both
        if not sizes.any():
            told.append("off")
            continue
        mean = float((sizes * np.arange(sizes.size)).sum() / sizes.sum())
        told.append(
            f"{'duplex' if both.any() else 'simplex'} {mean:.2f} reads, single {sizes[1] / sizes.sum():.3f},"
            f" both strands {both.sum() / sizes.sum():.3f}"
        )
    return told


def _significant(values: np.ndarray) -> np.ndarray:
    """Rounded to eight digits, so that the file and the numbers in use are the same."""
    return np.array([float(f"{v:.8g}") for v in values.ravel()]).reshape(values.shape)


def _rounded(values: np.ndarray) -> list[list[float]]:
    """Rounded, so that the file and the numbers in use are the same."""
    return [[float(f"{v:.8g}") for v in row] for row in values]


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
        n_follows = len(model.noise_follows)
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise InputError(f"this is no model of `oncopipe call fit` ({error})", where=str(path)) from error
    if version != FORMAT_VERSION:
        raise FormatVersionError(
            f"the model has format {version}, this release reads {FORMAT_VERSION}",
            where=str(path),
            fix="run `oncopipe call fit` again",
        )
    looks = (len(HYPOTHESES), len(LOOKS))
    if (
        shapes != ((2, N_QUALITY_BINS), (N_INDEL_KINDS, N_INDEL_COLUMNS), looks, looks)
        or lengths != {len(HYPOTHESES)}
        or n_follows != 2
    ):
        raise InputError(
            "the model's tables have a wrong shape", where=str(path), fix="run `oncopipe call fit` again"
        )
    return model
