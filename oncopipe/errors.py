"""The exceptions that a user may meet, each with what is wrong, where, and what to do.

Only `oncopipe.cli` turns them into exit codes (`docs/commands.md`).
"""

from __future__ import annotations


class OncoPipeError(Exception):
    """A failure we can explain. The message is one sentence a line: what, where, what to do."""

    exit_code = 70

    def __init__(self, what: str, *, where: str | None = None, fix: str | None = None) -> None:
        self.what, self.where, self.fix = what, where, fix
        super().__init__(
            "\n".join(part for part in (what, where and f"  where: {where}", fix and f"  fix: {fix}") if part)
        )


class InputError(OncoPipeError):
    """A file holds what it must not, or lacks what it must hold."""

    exit_code = 65


class MissingInputError(InputError):
    """A file that was named is not there."""

    exit_code = 66


class ReferenceMismatchError(InputError):
    """Two files do not speak of the same reference (contig names or lengths)."""


class FormatVersionError(InputError):
    """A file was written in a format version that this release does not read."""


class OutputError(OncoPipeError):
    """A result cannot be written where it was asked for."""

    exit_code = 73


class ConfigError(OncoPipeError):
    """The configuration or the sample sheet says something that cannot be done."""

    exit_code = 78


class GateError(OncoPipeError):
    """A gate said no: the work was done, and its answer is a refusal."""

    exit_code = 1
