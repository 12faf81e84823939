"""Calls: candidates with their probabilities and filters, what a VCF of somatic variants is written from."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from oncopipe.data.evidence import Evidence, concatenate_with_order


@dataclass(frozen=True)
class Calls:
    """One row an allele, in genome order.

    posterior: (n, hypotheses), rows sum to one. tumor_log_odds, normal_log_odds: (n,), log10, of present against
    absent in the tumor, and of absent against heterozygous in the normal (NaN without a normal).
    filters: (n, filters) bool, True where it fails; `filter_names` in that order. germline_from: what told germline
    alleles apart ("normal", "population and fraction" or "fraction only"). contamination: share of another
    person's DNA in the tumor.
    """

    evidence: Evidence
    posterior: np.ndarray
    tumor_log_odds: np.ndarray
    normal_log_odds: np.ndarray
    population: np.ndarray
    filters: np.ndarray
    filter_names: tuple[str, ...]
    tumor: str
    normal: str | None
    contigs: dict[str, int]
    germline_from: str
    contamination: float = 0.0

    def __len__(self) -> int:
        return len(self.evidence)

    @property
    def is_pass(self) -> np.ndarray:
        return np.asarray(~self.filters.any(axis=1))

    def joined(self, other: Calls) -> Calls:
        """The rows of both, in genome order; an allele stands in one of them only."""
        evidence, order = concatenate_with_order([self.evidence, other.evidence])
        names = ("posterior", "tumor_log_odds", "normal_log_odds", "population", "filters")
        arrays = {name: np.concatenate([getattr(self, name), getattr(other, name)])[order] for name in names}
        return replace(self, evidence=evidence, **arrays)

    def select(self, rows: np.ndarray) -> Calls:
        """The rows named by a boolean mask."""
        return Calls(
            self.evidence.select(rows), self.posterior[rows], self.tumor_log_odds[rows], self.normal_log_odds[rows],
            self.population[rows], self.filters[rows], self.filter_names, self.tumor, self.normal, self.contigs,
            self.germline_from, self.contamination,
        )  # fmt: skip
