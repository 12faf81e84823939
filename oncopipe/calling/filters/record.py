"""What a filter is, and what it looks at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from oncopipe.calling.hypotheses import ARTEFACT, SOMATIC
from oncopipe.data.evidence import Evidence
from oncopipe.options import CallOptions


@dataclass(frozen=True)
class Judged:
    """What filters look at. posterior: (n, hypotheses); normal_log_odds: (n,) log10, absent against heterozygous in the
    normal (NaN without one); population, in_panel: (n,) frequency and listed or not. brought: (n,)
    probability that another person's DNA in the tumor brought it. artefact_look: (n,) the likeliest look, of
    `calling.looks`, were it an artefact. is_plain: (n,) bool, molecules look as true alleles do, whatever their orientation.
    """

    evidence: Evidence
    posterior: np.ndarray
    normal_log_odds: np.ndarray
    population: np.ndarray
    in_panel: np.ndarray
    has_normal: bool
    options: CallOptions
    brought: np.ndarray
    artefact_look: np.ndarray
    is_plain: np.ndarray

    @property
    def is_doubtful(self) -> np.ndarray:
        return self.posterior[:, SOMATIC] < self.options.threshold

    def outweighed_by(self, hypothesis: int) -> np.ndarray:
        """Doubtful, and this is the likeliest of the other hypotheses."""
        others = self.posterior.copy()
        others[:, SOMATIC] = -1.0
        return np.asarray(self.is_doubtful & (others.argmax(axis=1) == hypothesis))

    def is_artefact(self, looks: Sequence[int]) -> np.ndarray:
        """Outweighed by an artefact, which looks like one of these."""
        return self.outweighed_by(ARTEFACT) & np.isin(self.artefact_look, looks)


@dataclass(frozen=True)
class Filter:
    name: str
    description: str
    fails: Callable[[Judged], np.ndarray]
