"""Three-valued logic (Kleene 1938): true, false, unknown. What is not known never becomes a no."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

Truth = Literal["true", "false", "unknown"]

_RANK: dict[Truth, int] = {"false": 0, "unknown": 1, "true": 2}


def negation(of: Truth) -> Truth:
    """True of false, false of true; what is unknown stays so."""
    negated: dict[Truth, Truth] = {"true": "false", "false": "true", "unknown": "unknown"}
    return negated[of]


def conjunction(of: Iterable[Truth]) -> Truth:
    """The least certain of all: false when one is false, else unknown when one is; true of none.

    >>> conjunction(["true", "unknown"]), conjunction(["unknown", "false"]), conjunction([])
    ('unknown', 'false', 'true')
    """
    return min(of, key=_RANK.__getitem__, default="true")


def disjunction(of: Iterable[Truth]) -> Truth:
    """The most certain of all: true when one is true, else unknown when one is; false of none."""
    return max(of, key=_RANK.__getitem__, default="false")
