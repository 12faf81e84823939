"""Names and knowledge to findings: matching and tiers."""

from __future__ import annotations

from oncopipe.interpretation.interpret import interpret

__all__ = ["interpret"]
