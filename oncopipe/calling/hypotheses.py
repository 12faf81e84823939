"""Why an allele is seen: five hypotheses, each with the likelihood of everything the molecules say.

    somatic   the tumor has it at some fraction, the normal at most a trace of the tumor's
    error     nobody has it: molecules were misread
    noise     both samples show it at the same low fraction: a systematic error of this place
    germline  the normal has it at 0.3 or more, the tumor at any fraction
    artefact  the tumor alone shows it, at a low fraction, and its molecules look wrong

METHOD: docs/calling.md derives the likelihoods. Joint tumor/normal fractions follow the thought of Strelka2 (Kim et
al. 2018, doi:10.1038/s41592-018-0051-x); the same-fraction noise hypothesis is its shared-noise term.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from oncopipe.calling.likelihoods import (
    FRACTIONS,
    Errors,
    allele_errors,
    by_own_slippage,
    fraction_likelihoods,
    log_mean,
    log_sum,
)
from oncopipe.calling.looks import (
    AT_ENDS,
    IMPOSSIBLE,
    LOOKS,
    MISMATCHED,
    MISMATCHES_ARTEFACT,
    N_SHAPES,
    PLAIN,
    POOR,
    look_likelihoods,
)
from oncopipe.calling.neighbors import misread_twice
from oncopipe.data.evidence import NORMAL, TUMOR, Evidence

HYPOTHESES = ("somatic", "error", "noise", "germline", "artefact")
SOMATIC, ERROR, NOISE, GERMLINE, ARTEFACT = range(5)

# Fractions below it are those of noise and artefacts, from it on those of germline alleles in the normal.
_HETEROZYGOUS = 0.3

# METHOD: share of tumor DNA in the normal. Unless the sample teaches otherwise (calling.fit), none, or a trace of 2 % with a
# twentieth of the weight; where it does, that share with nine tenths of the weight.
_TRACE, _TRACE_WEIGHT = 0.02, 0.05
# A likelihood, over the largest of its sample's, below which products of doubles may vanish.
_UNLIKELY = 1e-280


def expected_looks(*, damaged: bool = False) -> np.ndarray:
    """Share of each look under each hypothesis before any is learned, (hypotheses, looks); rows sum to one.

    METHOD: true alleles look plain, artefacts never do, errors and noise may have any shape; damage is an artefact, of
    samples that show it. Errors are told by their qualities already.
    """
    shares = np.zeros((len(HYPOTHESES), len(LOOKS)))
    shares[[SOMATIC, GERMLINE], PLAIN] = 1.0
    shares[NOISE, :N_SHAPES] = 1 / N_SHAPES
    shares[ERROR, :POOR] = 1 / POOR
    shares[ARTEFACT, AT_ENDS:N_SHAPES] = (0.5 if damaged else 1.0) / (N_SHAPES - 1)
    shares[ARTEFACT, N_SHAPES:] = (0.5 if damaged else 0.0) / (len(LOOKS) - N_SHAPES)
    return shares


@dataclass(frozen=True)
class Views:
    """What the molecules say at each candidate, before any hypothesis is weighed.

    tumor, normal: (n, fractions), log-likelihood of each allele fraction. error: (n,) that of both samples without the allele.
    looks: (n, hypotheses, looks). fractions: those asked for. is_indel: (n,) bool.
    """

    tumor: np.ndarray
    normal: np.ndarray
    error: np.ndarray
    looks: np.ndarray
    fractions: np.ndarray
    is_indel: np.ndarray

    def by_grid(self) -> list[tuple[slice | np.ndarray, Views]]:
        """Rows whose alleles are asked for the same fractions, and their views.

        METHOD: indels are asked for the ordinary fractions, whatever the molecules are. Below half a percent slippage and
        the aligner make them in every sample, and of a place's 500 normal molecules none may show it.
        """
        ordinary = np.isin(self.fractions, FRACTIONS)
        if ordinary.all():
            return [(slice(None), self)]
        rows = np.flatnonzero(self.is_indel)
        rest = np.flatnonzero(~self.is_indel)
        return [(rest, self._part(rest, self.fractions >= 0)), (rows, self._part(rows, ordinary))]

    def _part(self, rows: np.ndarray, columns: np.ndarray) -> Views:
        tumor, normal = self.tumor[rows][:, columns], self.normal[rows][:, columns]
        grid = self.fractions[columns]
        return Views(tumor, normal, self.error[rows], self.looks[rows], grid, self.is_indel[rows])


def views_of(evidence: Evidence, errors: Errors, misplaced: float = MISMATCHES_ARTEFACT) -> Views:
    """The views of a sample's candidates, by its errors and the mismatches of its misplaced molecules."""
    indels, grid = allele_errors(evidence, errors), errors.fractions
    tumor, normal = (fraction_likelihoods(evidence, sample, errors, indels, grid) for sample in (TUMOR, NORMAL))
    error = tumor[:, 0] + normal[:, 0]
    if errors.classes is not None:
        rows = np.flatnonzero(evidence.is_indel)
        error[rows] = by_own_slippage(evidence.select(rows), indels[rows])
    return Views(tumor, normal, error, looks_of(evidence, errors, misplaced), grid, evidence.is_indel)


def hypothesis_likelihoods(
    views: Views, shares: np.ndarray | None = None, *, has_normal: bool, tumor_in_normal: float = 0.0
) -> np.ndarray:
    """Log-likelihood of each hypothesis, (n, hypotheses).

    shares: (hypotheses, looks) or (n, hypotheses, looks), as `expected_looks` when not given.
    """
    fractions = allele_likelihoods(views, has_normal=has_normal, tumor_in_normal=tumor_in_normal)
    return with_looks(fractions, views.looks, expected_looks() if shares is None else shares)


def looks_of(evidence: Evidence, errors: Errors, misplaced: float = MISMATCHES_ARTEFACT) -> np.ndarray:
    """Log-likelihood of each look under each hypothesis, (n, hypotheses, looks).

    METHOD: molecules misread at two bases side by side are unlikely, but not at their ends, where runs of mismatches are
    common (a remnant of an adapter, an indel that the aligner could not place).
    """
    looks = np.repeat(look_likelihoods(evidence, errors, misplaced)[:, None, :], len(HYPOTHESES), axis=1)
    looks[:, ERROR, [PLAIN, MISMATCHED]] += misread_twice(evidence)[:, None]
    return looks


def with_looks(fractions: np.ndarray, looks: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Fractions (n, hypotheses) and looks (n, hypotheses, looks) together, (n, hypotheses)."""
    if looks.shape[2] > N_SHAPES and not shares[..., N_SHAPES:].any():  # PERF: a sample without damage
        looks, shares = looks[:, :, :N_SHAPES], shares[..., :N_SHAPES]
    return fractions + log_sum(looks + np.log(np.maximum(shares, 1e-300)), 2)


def allele_likelihoods(views: Views, *, has_normal: bool, tumor_in_normal: float = 0.0) -> np.ndarray:
    """Log-likelihood of the fractions in tumor and normal under each hypothesis, (n, hypotheses).

    Without a normal, germline is judged by the tumor's fraction alone, and noise of a place is left out: the tumor alone
    cannot tell it from a somatic allele, so that learning its weight would swallow them.
    """
    result = np.empty((len(views.tumor), len(HYPOTHESES)))
    for rows, some in views.by_grid():
        result[rows] = _of_one_grid(some, has_normal, tumor_in_normal)
    return result


def _of_one_grid(views: Views, has_normal: bool, tumor_in_normal: float) -> np.ndarray:
    tumor, normal, present = views.tumor, views.normal, views.fractions > 0
    low, high = present & (views.fractions < _HETEROZYGOUS), views.fractions >= _HETEROZYGOUS
    somatic = _by_trace(views, (tumor_in_normal,))[0]
    noise = log_mean(tumor[:, low] + normal[:, low], 1)
    if has_normal:
        germline = log_mean(normal[:, high], 1) + log_mean(tumor[:, present], 1)
    else:
        germline = log_mean(tumor[:, high], 1)
        noise = np.full(len(tumor), IMPOSSIBLE)
    artefact = log_mean(tumor[:, low], 1) + normal[:, 0]
    return np.stack([somatic, views.error, noise, germline, artefact], axis=1)


def somatic_by_trace(views: Views, traces: tuple[float, ...]) -> np.ndarray:
    """Log-likelihood of the somatic hypothesis for each share of tumor DNA in the normal, (traces, n).

    Any fraction in the tumor, and in the normal nothing or a share of it.
    """
    result = np.empty((len(traces), len(views.tumor)))
    for rows, some in views.by_grid():
        result[:, rows] = _by_trace(some, traces)
    return result


def _by_trace(views: Views, traces: tuple[float, ...]) -> np.ndarray:
    # PERF: in the logarithm each trace takes an exponential and a logarithm for every fraction; likelihoods over the
    # largest of their sample need one product. Rows too unlikely for that are done in the logarithm.
    tops = [said.max(axis=1, initial=-np.inf, keepdims=True) for said in (views.tumor, views.normal)]
    tumor, normal = (np.exp(said - top) for said, top in zip((views.tumor, views.normal), tops, strict=True))
    result, present = np.empty((len(traces), len(tumor))), views.fractions > 0
    for i, trace in enumerate(traces):
        total = np.zeros(len(tumor))
        for weight, place in _in_normal(trace, views.fractions):
            total += weight * np.einsum("nf,nf->n", tumor[:, present], normal[:, place])
        result[i] = np.log(np.maximum(total / place.size, _UNLIKELY)) + (tops[0] + tops[1])[:, 0]
        rows = np.flatnonzero(total <= place.size * _UNLIKELY)
        if rows.size:
            result[i, rows] = _somatic_in_logarithm(views.tumor[rows], views.normal[rows], trace, views.fractions)
    return result


def _somatic_in_logarithm(
    tumor: np.ndarray, normal: np.ndarray, trace: float, fractions: np.ndarray = FRACTIONS
) -> np.ndarray:
    """As `somatic_by_trace`, of one trace, without ever leaving the logarithm, (n,)."""
    ways = [np.log(weight) + normal[:, place] for weight, place in _in_normal(trace, fractions)]
    return log_mean(tumor[:, fractions > 0] + np.logaddexp(*ways), 1)


def _in_normal(tumor_in_normal: float, fractions: np.ndarray) -> list[tuple[float, np.ndarray]]:
    """Shares of the tumor's fraction that the normal may show: weight, and which of the fractions each then is there."""
    ways = (
        ((0.1, 0.0), (0.9, tumor_in_normal))
        if tumor_in_normal > 0
        else ((1 - _TRACE_WEIGHT, 0.0), (_TRACE_WEIGHT, _TRACE))
    )
    return [(weight, np.searchsorted(fractions, fractions[fractions > 0] * share)) for weight, share in ways]
