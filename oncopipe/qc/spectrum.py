"""Base-by-base counts in, the twelve substitution classes out: six, each on two strands."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from oncopipe.constants import BASES

# Named by the pyrimidine of the reference's base pair, as in the spectra of somatic mutations.
PYRIMIDINE_SUBSTITUTIONS = ("C>A", "C>G", "C>T", "T>A", "T>C", "T>G")
_COMPLEMENT = {"A": "T", "C": "G", "G": "C", "T": "A"}


@dataclass(frozen=True)
class Substitution:
    """Errors of one class on one strand. Read 1 and read 2 apart: oxidation shows as G>T in read 1, C>A in read 2."""

    substitution: str
    sequenced: str  # which of the pair's bases the read has in its own direction: pyrimidine or purine
    n_errors_read1: int
    n_bases_read1: int
    n_errors_read2: int
    n_bases_read2: int

    @property
    def rate(self) -> float:
        """Errors per base of the class's reference base, both reads together."""
        n = self.n_bases_read1 + self.n_bases_read2
        return (self.n_errors_read1 + self.n_errors_read2) / n if n else 0.0


def substitution_table(counts: np.ndarray) -> list[Substitution]:
    """Twelve rows from counts with axes (read 1 or 2, reference base, read base), bases as sequenced."""
    rows = []
    for name in PYRIMIDINE_SUBSTITUTIONS:
        for sequenced in ("pyrimidine", "purine"):
            pair = name[0], name[2]
            if sequenced == "purine":
                pair = _COMPLEMENT[pair[0]], _COMPLEMENT[pair[1]]
            reference, read = BASES.index(pair[0]), BASES.index(pair[1])
            errors = counts[:, reference, read].tolist()
            bases = counts[:, reference, :].sum(axis=1).tolist()
            rows.append(Substitution(name, sequenced, errors[0], bases[0], errors[1], bases[1]))
    return rows
