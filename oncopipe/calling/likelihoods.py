"""How well the molecules of a sample fit each allele fraction, with errors measured from the sample itself."""

from __future__ import annotations

import numpy as np

from oncopipe.data.evidence import ALT, N_QUALITY_BINS, QUALITY_BIN, REF, Evidence, Statistics

# Allele fractions: none, then spaced evenly in the logarithm from half a percent to one.
FRACTIONS = np.concatenate([[0.0], np.geomspace(0.005, 1.0, 30)])

# METHOD: the error of an indel read off a molecule depends on the repeat it lies in and grows by a factor with each
# unit (Lai & Sun 2003, doi:10.1093/molbev/msg228, for the shape). The three numbers were chosen on a coarse
# grid (48 points) for the sum of F1 on the two training sets, not on any site; docs/calling.md shows the grid.
INDEL_ERROR, INDEL_GROWTH, INDEL_FIRST_UNITS, INDEL_ERROR_MAX = 3e-4, 1.7, 3, 0.1

# METHOD: pseudo-bases at the sequencer's own word, so that a quality seen rarely keeps what it claims.
_PSEUDO_BASES = 20.0


def error_by_quality(statistics: Statistics) -> np.ndarray:
    """Measured error of a base in each quality bin, (samples, N_QUALITY_BINS).

    Mismatches that do not look like variants over aligned bases: a sequencer's quality 42 may measure as 32.
    """
    edges = [*range(0, N_QUALITY_BINS * QUALITY_BIN, QUALITY_BIN), 256]
    claimed = 10.0 ** (-(np.array(edges[:-1]) + QUALITY_BIN / 2) / 10.0)
    bases = np.add.reduceat(statistics.bases_by_quality, edges[:-1], axis=1)
    errors = np.add.reduceat(statistics.errors_by_quality, edges[:-1], axis=1)
    measured = (errors + _PSEUDO_BASES * claimed) / (bases + _PSEUDO_BASES)
    return np.asarray(np.clip(measured, 1e-5, 0.5))


def indel_error(evidence: Evidence) -> np.ndarray:
    """Chance that a molecule shows the candidate's indel by error, (n,)."""
    units = np.maximum(evidence.repeat_count - INDEL_FIRST_UNITS, 0)
    is_repeat = evidence.repeat_unit <= 6
    return np.minimum(INDEL_ERROR * np.where(is_repeat, INDEL_GROWTH**units, 1.0), INDEL_ERROR_MAX)


def molecule_errors(evidence: Evidence, errors: np.ndarray) -> np.ndarray:
    """Chance that a molecule of one allele reads as the other, (n, bins). errors: (bins,) of a base in this sample."""
    # A base error makes one of three other bases; an indel error is stated for the allele itself.
    of_bases = np.broadcast_to(errors / 3.0, (len(evidence), N_QUALITY_BINS))
    return np.where(evidence.is_indel[:, None], indel_error(evidence)[:, None], of_bases)


def fraction_likelihoods(evidence: Evidence, sample: int, errors: np.ndarray) -> np.ndarray:
    """Log-likelihood of a sample's ref and alt molecules at each fraction, (n, fractions), natural logarithm.

    METHOD: molecules are independent given the fraction f; an alternate one is read with f (1 - e) + (1 - f) e,
    a reference one with (1 - f) (1 - e) + f e. Molecules of a third allele do not speak.
    """
    wrong = molecule_errors(evidence, errors)[:, None, :]
    fraction = FRACTIONS[None, :, None]
    as_alt = np.log(fraction * (1 - wrong) + (1 - fraction) * wrong)
    as_ref = np.log((1 - fraction) * (1 - wrong) + fraction * wrong)
    n_alt = evidence.quality[:, sample, ALT, None, :]
    n_ref = evidence.quality[:, sample, REF, None, :]
    return np.asarray((n_alt * as_alt + n_ref * as_ref).sum(axis=2))


def log_sum(values: np.ndarray, axis: int) -> np.ndarray:
    """Logarithm of the sum of exponentials along an axis."""
    largest = values.max(axis=axis, keepdims=True)
    return np.asarray(np.squeeze(largest + np.log(np.exp(values - largest).sum(axis=axis, keepdims=True)), axis=axis))


def log_mean(values: np.ndarray, axis: int) -> np.ndarray:
    """Logarithm of the mean of exponentials along an axis."""
    return log_sum(values, axis) - np.log(values.shape[axis])
