"""Lists of calls of two releases: which were gained, which lost, and whether a loss of truth has a recorded reason."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from oncopipe.errors import InputError, MissingInputError
from oncopipe.validation.compare import Allele
from oncopipe.validation.measure import Measured

COLUMNS = ("set", "chromosome", "position", "reference", "alternate")
Listed = tuple[str, Allele]  # name of the set, allele


@dataclass(frozen=True)
class Change:
    """A call that only one of two lists has. is_true: the truth has it. reason: recorded for a loss, or empty."""

    set: str
    allele: Allele
    is_gained: bool
    is_true: bool
    reason: str = ""

    @property
    def is_unexplained(self) -> bool:
        """A loss of truth that nobody gave a reason for."""
        return self.is_true and not self.is_gained and not self.reason

    def __str__(self) -> str:
        contig, position, ref, alt = self.allele
        what = f"{'gained' if self.is_gained else 'LOST'} {'truth' if self.is_true else 'false call'}"
        reason = f" ({self.reason})" if self.reason else " WITHOUT A REASON" if self.is_unexplained else ""
        return f"{what}: {self.set} {contig}:{position + 1} {ref}>{alt}{reason}"


def calls_of(measured: Iterable[Measured]) -> dict[Listed, bool]:
    """Every call of these sets, and whether it is true."""
    found: dict[Listed, bool] = {}
    for m in measured:
        found |= {(m.name, allele): True for allele in m.comparison.true_positive}
        found |= {(m.name, allele): False for allele in m.comparison.false_positive}
    return found


def format_calls(calls: dict[Listed, bool]) -> str:
    """The list as TSV, sorted."""
    rows = ["\t".join([*COLUMNS, "outcome"])]
    for (name, (contig, position, ref, alt)), is_true in sorted(calls.items()):
        rows.append(f"{name}\t{contig}\t{position + 1}\t{ref}\t{alt}\t{'true' if is_true else 'false'}")
    return "\n".join(rows) + "\n"


def read_calls(path: Path) -> dict[Listed, bool]:
    """A list that `format_calls` wrote. Raises: MissingInputError, InputError."""
    return {listed: outcome == "true" for listed, outcome in _rows(path, "outcome")}


def read_reasons(path: Path) -> dict[Listed, str]:
    """Reasons for losses: the columns of a list, and `reason`. Raises: MissingInputError, InputError."""
    return dict(_rows(path, "reason"))


def _rows(path: Path, last: str) -> list[tuple[Listed, str]]:
    if not path.is_file():
        raise MissingInputError("the list of calls is missing", where=str(path), fix="check the path")
    found = []
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader((line for line in file if not line.startswith("#")), delimiter="\t")
        for number, row in enumerate(reader, 1):
            try:
                allele = (row["chromosome"], int(row["position"]) - 1, row["reference"], row["alternate"])
                name, value = row["set"], row[last].strip()
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                raise InputError(
                    f"a row does not name a call ({error})",
                    where=f"{path}, row {number}",
                    fix=f"tab-separated columns: {' '.join([*COLUMNS, last])}",
                ) from error
            if not value:
                raise InputError(f"{last} is empty", where=f"{path}, row {number}", fix=f"give a {last}")
            found.append(((name, allele), value))
    return found


def changes_between(
    before: dict[Listed, bool], after: dict[Listed, bool], sets: Iterable[str], reasons: dict[Listed, str]
) -> list[Change]:
    """What changed in these sets, losses first. A reason for a call that was not lost is an error of its own.

    Raises: InputError for a reason that explains nothing: it would hide the next loss of the same allele.
    """
    names = set(sets)
    stale = [listed for listed in reasons if listed[0] in names and listed in after]
    if stale:
        name, (contig, position, ref, alt) = sorted(stale)[0]
        raise InputError(
            "a reason is recorded for a call that is made",
            where=f"{name} {contig}:{position + 1} {ref}>{alt}",
            fix="remove the row from the reasons",
        )
    lost = [
        Change(name, allele, False, before[name, allele], reasons.get((name, allele), ""))
        for name, allele in sorted(before)
        if name in names and (name, allele) not in after
    ]
    gained = [
        Change(name, allele, True, after[name, allele])
        for name, allele in sorted(after)
        if (name, allele) not in before
    ]
    return lost + [change for change in gained if change.set in names]
