"""What is wrong with an input, cell by cell, gathered so that a person mends everything in one go."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from oncopipe.errors import ConfigError


@dataclass(frozen=True)
class Problem:
    """One thing to mend: where it stands, what it is, what would be right."""

    where: str
    what: str
    fix: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}\n      fix: {self.fix}"


class ProblemsError(ConfigError):
    """Several problems in one message; `problems` holds them one by one."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(message_of(problems))


def message_of(problems: Sequence[Problem]) -> str:
    """All problems as one text, numbered, in the order found."""
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    return "\n".join(
        [f"{count} to mend before anything can run"]
        + [f"  {number}. {problem}" for number, problem in enumerate(problems, 1)]
    )


def refuse(problems: Sequence[Problem]) -> None:
    """Raise what was found, or return when nothing was. Raises: ProblemsError."""
    if problems:
        raise ProblemsError(problems)


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint for a mistyped word: the nearest known one, and all that are allowed."""
    known = list(known)
    close = get_close_matches(word.lower(), known, n=1, cutoff=0.6)
    hint = f"write {close[0]}; " if close else ""
    return f"{hint}allowed: {', '.join(known)}"
