"""Does a sample show damaged bases? Asked before artefacts of one orientation are believed in."""

from __future__ import annotations

import numpy as np

_RATES = (1e-5, 1e-4, 1e-3)


def shows_damage(joint: np.ndarray, damaged: np.ndarray, n_positions: int, n_alleles: int) -> bool:
    """Whether one kind of damage explains the candidates so much better that a sample must have it.

    joint: (n,) log-likelihood of each candidate without damage, weights included. damaged: (n, damages) its log-likelihood
    under each.

    METHOD: likelihood ratio of one damage at a fixed rate against none, over all positions, above the Bayesian
    information criterion of twelve shares. Libraries without damage gain at most 7, simulated OxoG and FFPE ones 237 and more.
    Without this gate two molecules that are of one orientation by chance would teach damage that is not there.
    """
    if not len(joint):
        return False
    least = damaged.shape[1] / 2 * np.log(max(len(joint), 2))
    ratio = damaged - joint[:, None]
    gains = [np.logaddexp(0.0, np.log(w / n_alleles) + ratio).sum(axis=0) - w * n_positions for w in _RATES]
    return bool(np.max(gains) > least)
