"""Phred scores and the probabilities they stand for. `Q = -10 log10(p)`."""

from __future__ import annotations

import math

PHRED_MAX = 3000.0


def phred_to_probability(phred: float) -> float:
    """Probability that belongs to a Phred score.

    >>> phred_to_probability(30.0)
    0.001
    """
    return float(10.0 ** (-phred / 10.0))


def probability_to_phred(probability: float) -> float:
    """Phred score of a probability, capped at `PHRED_MAX` so that zero stays finite.

    >>> probability_to_phred(0.001)
    30.0
    >>> probability_to_phred(0.0)
    3000.0
    """
    if probability <= 0.0:
        return PHRED_MAX
    return min(PHRED_MAX, -10.0 * math.log10(probability))
