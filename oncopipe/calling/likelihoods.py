"""How well the molecules of a sample fit each allele fraction, with errors measured from the sample itself."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from oncopipe.calling.slippage import indel_errors, measured_error
from oncopipe.constants import BASES
from oncopipe.data.evidence import (
    ALT,
    FAIR_QUALITY,
    N_QUALITY_BINS,
    NORMAL,
    QUALITY_BIN,
    REF,
    TUMOR,
    Evidence,
    Statistics,
)

# Allele fractions: none, then spaced evenly in the logarithm from half a percent to one.
FRACTIONS = np.concatenate([[0.0], np.geomspace(0.005, 1.0, 30)])
# METHOD: where molecules are told by barcodes thousands speak at a place and misread bases are few, so that three or four
# stand for an allele of one in a thousand: the same steps go on down to one in 2,000.
_STEP, _STEPS_FURTHER = FRACTIONS[2] / FRACTIONS[1], 13
FAMILY_FRACTIONS = np.concatenate([[0.0], FRACTIONS[1] * _STEP ** np.arange(-_STEPS_FURTHER, 0.0), FRACTIONS[1:]])

# METHOD: pseudo-bases at the sequencer's own word, so that a quality seen rarely keeps what it claims.
_PSEUDO_BASES = 20.0
_LEAST, _LEAST_OF_FAMILIES = 1e-5, 1e-6
_PSEUDO_ERRORS = 1.0


@dataclass(frozen=True)
class Errors:
    """Measured chances of misreading. bases: (samples, N_QUALITY_BINS), any wrong base; indels: (kinds, columns); classes:
    (samples, reference base, read base, N_QUALITY_BINS), where molecules are families.
    """

    bases: np.ndarray
    indels: np.ndarray
    classes: np.ndarray | None = None

    @property
    def fractions(self) -> np.ndarray:
        """Allele fractions that the molecules can tell apart."""
        return FRACTIONS if self.classes is None else FAMILY_FRACTIONS


def errors_of(statistics: Statistics) -> Errors:
    """What a sample's sums say about its errors."""
    indels = measured_error(statistics.indels_shown, statistics.indel_chances)
    return Errors(error_by_quality(statistics), indels, _error_by_class(statistics))


def error_by_quality(statistics: Statistics) -> np.ndarray:
    """Measured error of a base in each quality bin, (samples, N_QUALITY_BINS).

    Mismatches that do not look like variants over aligned bases: a sequencer's quality 42 may measure as 32.
    """
    edges = [*range(0, N_QUALITY_BINS * QUALITY_BIN, QUALITY_BIN), 256]
    claimed = 10.0 ** (-(np.array(edges[:-1]) + QUALITY_BIN / 2) / 10.0)
    bases = np.add.reduceat(statistics.bases_by_quality, edges[:-1], axis=1)
    errors = np.add.reduceat(statistics.errors_by_quality, edges[:-1], axis=1)
    measured = (errors + _PSEUDO_BASES * claimed) / (bases + _PSEUDO_BASES)
    # METHOD: no rate below these is believed, however many bases lack an error: a molecule may be misplaced as well.
    least = np.where(statistics.families.any(axis=(1, 2)), _LEAST_OF_FAMILIES, _LEAST)[:, None]
    return np.asarray(np.clip(measured, least, 0.5))


def _error_by_class(statistics: Statistics) -> np.ndarray | None:
    """Measured chance of a certain wrong base, (samples, 4, 4, N_QUALITY_BINS); None where no sample has families.

    METHOD: what copies share (damaged bases, errors of the first cycles) is oxidized guanine and deaminated cytosine first of
    all, so one rate for all would believe too much of C>T and too little of the others. Gamma prior: a third of the
    rate of all classes, worth one error.
    """
    if not statistics.families.any():
        return None
    usual = error_by_quality(statistics)[:, None, None, :] / 3.0
    bases, errors = statistics.class_bases[:, :, None, :], statistics.class_errors
    measured = (errors + _PSEUDO_ERRORS) / (bases + _PSEUDO_ERRORS / usual)
    poor = -(-FAIR_QUALITY // QUALITY_BIN)  # bins whose errors are not told apart
    measured[..., :poor] = usual[..., :poor]
    return np.asarray(np.clip(measured, _LEAST_OF_FAMILIES / 3.0, 0.5))


def allele_errors(evidence: Evidence, errors: Errors) -> np.ndarray:
    """Chance that a molecule shows each candidate by error, (n,); zeros for SNVs, whose molecules have qualities."""
    return indel_errors(evidence, errors.indels)


def fraction_likelihoods(
    evidence: Evidence,
    sample: int,
    errors: Errors,
    indels: np.ndarray | None = None,
    fractions: np.ndarray = FRACTIONS,
) -> np.ndarray:
    """Log-likelihood of a sample's ref and alt molecules at each fraction, (n, fractions), natural logarithm.

    METHOD: molecules are independent given the fraction f; an alternate one is read with f (1 - e) + (1 - f) e,
    a reference one with (1 - f) (1 - e) + f e. Molecules of a third allele do not speak. A base error makes one of three
    other bases; an indel error is stated for the allele itself, whatever the quality. indels: `allele_errors`, where they
    are known already.
    """
    # PERF: the table of logarithms is the same for all SNVs; einsum adds in one order on every machine, BLAS does not.
    as_alt, as_ref = _log_chances(errors.bases[sample] / 3.0, fractions)
    n_ref, n_alt = (evidence.quality[:, sample, allele].astype(float) for allele in (REF, ALT))
    result = np.einsum("nb,bf->nf", n_alt, as_alt) + np.einsum("nb,bf->nf", n_ref, as_ref)
    for chosen, table in _classes(evidence, sample, errors):
        as_alt, as_ref = _log_chances(table, fractions)
        result[chosen] = np.einsum("nb,bf->nf", n_alt[chosen], as_alt) + np.einsum("nb,bf->nf", n_ref[chosen], as_ref)
    rows = np.flatnonzero(evidence.is_indel)
    if rows.size:
        indels = allele_errors(evidence, errors) if indels is None else indels
        as_alt, as_ref = _log_chances(indels[rows], fractions)
        result[rows] = n_alt[rows].sum(axis=1)[:, None] * as_alt + n_ref[rows].sum(axis=1)[:, None] * as_ref
    return np.asarray(result)


# METHOD: tracts of one kind and length slip at rates of their own, which tumor and normal share. In panels with barcodes the
# rate of a run over that of its length scatters by .36 to .47 more than chance (runs of 11 to 15 bases), and where a hundred
# molecules show it is the same in both samples (correlation .94). Thousands of molecules tell it from the rate of its
# kind, and if that were held for certain a tumor's allele would have to explain the difference.
_OWN_RATE = np.arange(-2.0, 2.01, 0.25)
_SCATTER = 0.4


def by_own_slippage(evidence: Evidence, indels: np.ndarray) -> np.ndarray:
    """Log-likelihood that both samples show indels by error alone, at a rate of the tract's own, (n,).

    indels: (n,) rate of its kind. Method: mean over the logarithm of the tract's rate over that of its kind, normal with a
    standard deviation of `_SCATTER`.
    """
    rates = np.minimum(indels[:, None] * np.exp(_OWN_RATE), 0.5)
    weights = -0.5 * (_OWN_RATE / _SCATTER) ** 2
    said = weights - log_sum(weights[None, :], 1)
    for sample in (TUMOR, NORMAL):
        n_ref, n_alt = (evidence.quality[:, sample, allele].sum(axis=1)[:, None] for allele in (REF, ALT))
        said = said + n_alt * np.log(rates) + n_ref * np.log1p(-rates)
    return log_sum(said, 1)


def _classes(evidence: Evidence, sample: int, errors: Errors) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Rows of each class of substitution and its errors by quality, where they are known by class."""
    if errors.classes is None:
        return
    pairs = np.array([BASES.find(r) * 4 + BASES.find(a) if len(r) == len(a) == 1 and r in BASES and a in BASES else -1
                      for r, a in zip(evidence.reference, evidence.alternate, strict=True)], np.int64)  # fmt: skip
    for pair in np.unique(pairs[pairs >= 0]).tolist():
        yield np.flatnonzero(pairs == pair), errors.classes[sample, pair >> 2, pair & 3]


# Fractions at which an interval is asked for: steps of 1/1000, finer below a hundredth. PERF: so many rows are held at once.
_AT_ONCE = 2048
_FINE = np.unique(np.concatenate([np.linspace(0.0, 0.01, 101), np.linspace(0.0, 1.0, 1001)]))


def fraction_intervals(evidence: Evidence, errors: Errors) -> np.ndarray:
    """The fraction's 95 % interval in tumor and normal, (n, samples, 2): 0 and 1 where nothing speaks.

    METHOD: equal tails of the posterior over all fractions, none of them likelier beforehand, with the errors of the molecules'
    own qualities: an allele that errors explain reaches down to 0.
    """
    indels, width = allele_errors(evidence, errors), np.gradient(_FINE)
    result = np.zeros((len(evidence), 2, 2))
    for first in range(0, len(evidence), _AT_ONCE):
        rows = np.arange(first, min(first + _AT_ONCE, len(evidence)))
        some = evidence.select(rows)
        for sample in (TUMOR, NORMAL):
            likelihoods = fraction_likelihoods(some, sample, errors, indels[rows], _FINE)
            density = np.exp(likelihoods - likelihoods.max(axis=1, keepdims=True)) * width
            below = np.cumsum(density, axis=1) / density.sum(axis=1, keepdims=True)
            result[rows, sample, 0] = _FINE[(below >= 0.025).argmax(axis=1)]
            result[rows, sample, 1] = _FINE[(below >= 0.975).argmax(axis=1)]
    silent = evidence.quality.sum(axis=(2, 3)) == 0
    result[silent] = 0.0, 1.0
    return result


def _log_chances(wrong: np.ndarray, fractions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Log-chance that a molecule reads as the alternate and as the reference allele, each (errors, fractions)."""
    e, f = wrong[:, None], fractions[None, :]
    return np.log(f * (1 - e) + (1 - f) * e), np.log((1 - f) * (1 - e) + f * e)


def log_sum(values: np.ndarray, axis: int) -> np.ndarray:
    """Logarithm of the sum of exponentials along an axis."""
    largest = values.max(axis=axis, keepdims=True)
    return np.asarray(np.squeeze(largest + np.log(np.exp(values - largest).sum(axis=axis, keepdims=True)), axis=axis))


def log_mean(values: np.ndarray, axis: int) -> np.ndarray:
    """Logarithm of the mean of exponentials along an axis."""
    return log_sum(values, axis) - np.log(values.shape[axis])


def log_rising(start: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Logarithm of start (start + 1) ... (start + counts - 1), for any start above zero, float64.

    METHOD: Stirling's series, eight steps further where it is exact to 1e-11.
    """

    def log_gamma_at(x: np.ndarray) -> np.ndarray:
        steps = sum(np.log(x + i) for i in range(8))
        x = x + 8
        series = (1 / 12 - (1 / 360 - 1 / 1260 / x**2) / x**2) / x
        return np.asarray((x - 0.5) * np.log(x) - x + 0.5 * math.log(2 * math.pi) + series - steps)

    return log_gamma_at(start + counts) - log_gamma_at(start)


def log_gamma(counts: np.ndarray, offset: float) -> np.ndarray:
    """Logarithm of the gamma function of whole numbers (0 or more) and an offset, float64.

    PERF: of each number once; 0.1 us a value. scipy.special would be faster and costs every short job 0.2 s of import.
    """
    wanted = counts.astype(np.int64)
    if wanted.max(initial=0) >= 2 * wanted.size:  # few values, large ones
        return np.array([math.lgamma(n + offset) for n in wanted.ravel().tolist()]).reshape(wanted.shape)
    table = np.array([math.lgamma(n + offset) for n in range(int(wanted.max(initial=0)) + 1)])
    return np.asarray(table[wanted])
