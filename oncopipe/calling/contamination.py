"""Another person's DNA in the tumor: how much there is, and which alleles it brings.

METHOD: a stranger carries an allele of population frequency p once with probability 2p(1 - p) and twice with p^2
(Hardy-Weinberg). With a share c of the tumor's molecules theirs, such an allele shows at c/2 or at c, and not in the
normal. c is the share that makes all listed candidates together likeliest, if they are e^10 times as likely with it as
without; that joint fractions say c is the thought of ContEst (Cibulskis et al. 2011, doi:10.1093/bioinformatics/btr446).
"""

from __future__ import annotations

import numpy as np

from oncopipe.calling.hypotheses import Views
from oncopipe.calling.likelihoods import FRACTIONS, log_mean

# METHOD: rarer alleles are no evidence of a person: somatic hotspots stand in resources as single persons' mosaics.
RARE = 1e-4
# METHOD: how much likelier contamination must make the candidates, and the least share worth asking for: with fewer
# molecules nobody tells a share from errors.
_PLAINLY, _LEAST, _MOST = 10.0, 0.01, 0.45


def strangers(
    views: Views, others: np.ndarray, look: np.ndarray, frequency: np.ndarray, depth: np.ndarray, told: float | None
) -> tuple[float, np.ndarray]:
    """The share of another person's DNA, and for each candidate the probability that they brought it, (n,).

    others: (n,) log-likelihood of everything else, weights included. look: (n,) log-likelihood that molecules look true.
    frequency: (n,) of the population, 0 where not listed. depth: (n,) molecules of the tumor.
    told: the share where it is known; None to learn it.
    """
    none = np.zeros(len(frequency))
    rows = np.flatnonzero(frequency >= RARE)
    if not rows.size or told == 0.0:
        return 0.0, none
    p = np.minimum(frequency[rows], 0.999)
    base = views.normal[rows, 0] + look[rows]
    once, twice = np.log(2 * p * (1 - p)), 2 * np.log(p)
    shares = _SHARES if told is None else (told,)
    brought = [base + np.logaddexp(once + _at(views, rows, c / 2), twice + _at(views, rows, c)) for c in shares]
    carries_none = 2 * np.log1p(-p) + others[rows]
    # METHOD: only alleles of two molecules and more are candidates, which those of a low share seldom are; without that in mind
    # the share would be told too high.
    gains = [
        float((np.logaddexp(carries_none, one - _log_seen(c, depth[rows])) - others[rows]).sum())
        for c, one in zip(shares, brought, strict=True)
    ]
    best = int(np.argmax(gains))
    if told is None and gains[best] < _PLAINLY:
        return 0.0, none
    none[rows] = 1.0 / (1.0 + np.exp(np.clip(carries_none - brought[best], -700, 700)))
    return float(shares[best]), none


_SHARES = tuple(float(c) for c in FRACTIONS if _LEAST <= c <= _MOST)


def _log_seen(share: float, depth: np.ndarray) -> np.ndarray:
    """Log-probability that two molecules or more show a stranger's heterozygous allele, (rows,)."""
    f = share / 2
    missed = (1 - f) ** depth + depth * f * (1 - f) ** np.maximum(depth - 1, 0)
    return np.asarray(np.log(np.maximum(1 - missed, 1e-6)))


def _at(views: Views, rows: np.ndarray, fraction: float) -> np.ndarray:
    """Log-likelihood of the tumor at about a fraction, (rows,).

    METHOD: the mean over the three nearest fractions, since copy number and capture move it by a fifth.
    """
    nearest = int(np.abs(views.fractions - fraction).argmin())
    first = max(nearest - 1, 1)
    return log_mean(views.tumor[rows, first : nearest + 2], 1)
