"""Before anything runs: every problem of a run's inputs at once, in seconds, with where it stands and its fix."""

from __future__ import annotations

from oncopipe.preflight.check import Findings, check_run

__all__ = ["Findings", "check_run"]
