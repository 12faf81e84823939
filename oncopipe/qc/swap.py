"""Alleles that only the tumor or only the normal has in, whether the two may have changed places out.

METHOD: a tumor has alleles that its normal lacks, below one half because tumors are impure; a normal has next to
none that its tumor lacks. Alleles near one half do not count: a germline allele that the tumor lost would look
private to the normal. A sign test asks whether the normal has more.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from oncopipe.qc.counts import VariantAlleles

MIN_READS = 4
MIN_FRACTION = 0.05
# METHOD: an allele counts when a heterozygous site would show so few reads only once in a hundred times.
HETEROZYGOUS_TAIL = 0.01
MIN_OTHER_DEPTH = 12
MAX_SWAP_PROBABILITY = 1e-3


@dataclass(frozen=True)
class PrivateAlleles:
    """How many alleles below one half are private to each of two samples."""

    n_tumor: int
    n_normal: int

    @property
    def probability(self) -> float:
        """Probability that the normal has at least so many of them if each were as likely in either."""
        from scipy.special import bdtrc  # 0.2 s of import, for who compares two samples

        total = self.n_tumor + self.n_normal
        return float(bdtrc(self.n_normal - 1, total, 0.5)) if total else 1.0

    @property
    def is_swapped(self) -> bool:
        """True when the normal has significantly more private alleles than the tumor."""
        return self.probability < MAX_SWAP_PROBABILITY


def candidate_alleles(variants: VariantAlleles, other: VariantAlleles) -> np.ndarray:
    """Rows of `variants` below one half that are not among the variants of the other sample at all."""
    from scipy.special import bdtr

    is_low = bdtr(variants.count, variants.depth, 0.5) < HETEROZYGOUS_TAIL
    is_seen = variants.count >= np.maximum(MIN_READS, MIN_FRACTION * variants.depth)
    return np.flatnonzero(is_low & is_seen & ~np.isin(_key(variants), _key(other)))


def count_private(other_alternate: np.ndarray, other_depth: np.ndarray) -> int:
    """Candidates that the other sample could have shown and did not. Axes: (candidates,), fragments."""
    return int(((other_depth >= MIN_OTHER_DEPTH) & (other_alternate == 0)).sum())


def _key(variants: VariantAlleles) -> np.ndarray:
    """One number an allele."""
    return (variants.contig.astype(np.int64) << 40) | (variants.position << 2) | variants.base
