"""Given: what is said of an allele that was asked for by name."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Given:
    """limit: the lowest fraction that the decision rule finds there with 95 % probability, None where there is none.
    is_forced: it stands in the VCF for no other reason than that it was asked for.
    """

    limit: float | None
    is_forced: bool
