"""What changed between two knowledge folders: rows that came, went, or say something else."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from oncopipe.data.findings import KnowledgeSource
from oncopipe.knowledge.sources import SOURCES, Source, read_knowledge, read_rows, table_of
from oncopipe.knowledge.statements import Statement

Row = dict[str, str]
Key = tuple[str, ...]
# By what a statement is the same where one of the releases has no ids: all that it says; all but the names of its disease
# and therapies (CH5424802 became Alectinib); and all but these where only the words of its variant are others (EXON 12
# MUTATIONS became EXON 12 MUTATION). Case and spaces differ between releases.
_SAID = ("gene", "citation", "evidence_type", "direction", "significance")
_CONTENT = (*_SAID, "rule", "disease", "therapies")
_RENAMED = (*_SAID, "rule", "n")
_REWORDED = (*_SAID, "words", "n")
_EMPTY_WORDS = re.compile(r"mutations?|[^a-z0-9]")
# Columns in which a release without ids and levels says nothing: where one of the two is such, a difference there is none of
# knowledge.
_OF_IDS = frozenset({"evidence_id", "level", "checked", "source_variant", "origin", "rating", "words", "n"})
_LEVEL = re.compile(r" \| level ([A-E]) \| ")
_OF_WORDS = _OF_IDS - {"source_variant"} | {"rule"}


@dataclass(frozen=True, order=True)
class Change:
    """One difference: `added`, `removed`, or `changed` with the column and both values."""

    source: str
    kind: str
    key: str
    column: str = ""
    old: str = ""
    new: str = ""


@dataclass(frozen=True)
class SourceDiff:
    """The differences of one source, with what it was and is; None where a folder does not hold it."""

    source: str
    old: KnowledgeSource | None
    new: KnowledgeSource | None
    changes: tuple[Change, ...]

    @property
    def counts(self) -> Counter[str]:
        """Rows added, removed and changed; a row that changed in two columns is one."""
        return Counter(kind for kind, _ in {(c.kind, c.key) for c in self.changes})


def diff_knowledge(old: Path, new: Path) -> list[SourceDiff]:
    """The differences of every source that either folder holds, in the order of the sources.

    A source that only one of them holds is named, its rows are not listed.

    Raises: MissingInputError for a folder without sources; InputError for a damaged one.
    """
    (old_statements, old_facts), (new_statements, new_facts) = (read_knowledge(f, targets=False) for f in (old, new))
    before, after = ({fact.name: fact for fact in facts} for facts in (old_facts, new_facts))
    found = []
    for source in SOURCES:
        name = source.name
        if name not in before and name not in after:
            continue
        if name not in before or name not in after:
            changes: list[Change] = []
        elif source.columns:
            changes = _between(name, (_table(old, source), _table(new, source)), _key_of(source.key))
        else:
            changes = _of_statements(name, old_statements.get(name, []), new_statements.get(name, []))
        found.append(SourceDiff(name, before.get(name), after.get(name), tuple(sorted(changes))))
    return found


def format_diff(diffs: Sequence[SourceDiff]) -> str:
    """The differences as TSV."""
    head = [field.name for field in fields(Change)]
    rows = (("\t".join((c.source, c.kind, c.key, c.column, c.old, c.new))) for d in diffs for c in d.changes)
    return "\n".join(["\t".join(head), *rows]) + "\n"


def summary(diff: SourceDiff) -> str:
    """One source in a few lines: releases, counts, and in which columns rows changed."""
    if diff.old is None or diff.new is None:
        only, facts = ("the new", diff.new) if diff.new else ("the old", diff.old)
        return f"{diff.source}: only in {only} folder, {facts.release if facts else ''} ({facts.n_rows if facts else 0} rows)"
    names = " -> ".join(f"{f.release} ({f.n_rows} rows)" if f else "none" for f in (diff.old, diff.new))
    counts = diff.counts
    lines = [
        f"{diff.source}: {names}: {counts['added']} added, {counts['removed']} removed, {counts['changed']} changed"
    ]
    for kind in ("added", "removed"):
        levels = Counter(found[1] for c in diff.changes if c.kind == kind and (found := _LEVEL.search(c.key)))
        if levels:
            lines.append(f"  {kind}: " + ", ".join(f"level {level} {n}" for level, n in sorted(levels.items())))
    columns = Counter(c.column for c in diff.changes if c.kind == "changed")
    if columns:
        lines.append("  changed in: " + ", ".join(f"{column} {n}" for column, n in sorted(columns.items())))
    return "\n".join(lines)


def _table(folder: Path, source: Source) -> list[Row]:
    found = table_of(folder, source.name)
    return read_rows(found[0]) if found else []


def _of_statements(name: str, old: list[Statement], new: list[Statement]) -> list[Change]:
    """By id where every row of both releases has one, else by what the rows say."""
    before, after = ([_cells(row) for row in rows] for rows in (old, new))
    has_ids = all(row["evidence_id"] for row in (*before, *after))
    if has_ids:
        return _between(name, (before, after), _key_of(("evidence_id",)))
    unlike = frozenset(
        column for column in _OF_IDS if not all(any(row.get(column) for row in rows) for rows in (before, after))
    )
    if "level" in unlike:  # it is a release of the first layout: words and checks differ as well
        unlike = _OF_IDS
    (old_same, old_rest), (new_same, new_rest) = _parted((before, after), _key_of(_CONTENT))
    changes = _between(name, (old_same, new_same), _key_of(_CONTENT), unlike)
    for columns, silent in ((_RENAMED, unlike), (_REWORDED, _OF_WORDS)):
        key = _key_of(columns)
        (old_same, old_rest), (new_same, new_rest) = _parted(
            (_counted(old_rest, columns), _counted(new_rest, columns)), key
        )
        changes += _between(name, (old_same, new_same), key, silent)
    return changes + _between(name, (old_rest, new_rest), _key_of(_REWORDED))


def _parted(tables: tuple[list[Row], list[Row]], key: Callable[[Row], Key]) -> list[tuple[list[Row], list[Row]]]:
    """Of each table the rows whose key both have, and the others."""
    both = {key(row) for row in tables[0]} & {key(row) for row in tables[1]}
    return [([row for row in t if key(row) in both], [row for row in t if key(row) not in both]) for t in tables]


def _counted(rows: list[Row], columns: Key) -> list[Row]:
    """Rows with a number among those that agree in `columns`, so that each has one partner."""
    seen: Counter[Key] = Counter()
    numbered = []
    for row in rows:
        plain = row | {"words": _EMPTY_WORDS.sub("", row["source_variant"].casefold()), "n": ""}
        agreed = _key_of(columns)(plain)
        seen[agreed] += 1
        numbered.append(plain | {"n": str(seen[agreed])})
    return numbered


def _cells(row: Statement) -> Row:
    return {field.name: getattr(row, field.name) for field in fields(Statement)}


def _key_of(columns: Sequence[str]) -> Callable[[Row], Key]:
    return lambda row: tuple(_plain(row[column]) for column in columns)


def _plain(text: str) -> str:
    return text.casefold().replace(" ", "")


def _between(
    name: str, tables: tuple[list[Row], list[Row]], key: Callable[[Row], Key], unlike: frozenset[str] = frozenset()
) -> list[Change]:
    """The differences of an old and a new table; those of case and spaces alone, and those in columns `unlike`, are none."""
    before, after = (_by_key(rows, key) for rows in tables)
    changes = [Change(name, "removed", _spoken(before[k])) for k in before.keys() - after.keys()]
    changes += [Change(name, "added", _spoken(after[k])) for k in after.keys() - before.keys()]
    for k in before.keys() & after.keys():
        a, b = before[k], after[k]
        changes += [
            Change(name, "changed", _spoken(b), column, a[column], b[column])
            for column in b
            if column not in unlike and _plain(a[column]) != _plain(b[column])
        ]
    return changes


def _by_key(rows: Iterable[Row], key: Callable[[Row], Key]) -> dict[Key, Row]:
    """Rows by key; several rows that say the same of different words are one."""
    found: dict[Key, Row] = {}
    for row in rows:
        found.setdefault(key(row), row)
    return found


def _spoken(row: Row) -> str:
    """A row as people would point to it: the gene first, so that a list of them is sorted by it."""
    if "rule" not in row:
        return " | ".join(part for part in list(row.values())[:4] if part)
    what = " ".join(filter(None, (row["gene"], row["source_variant"])))
    effect = row["significance"] if row["direction"] == "Supports" else f"{row['direction']}: {row['significance']}"
    level = f"level {row['level']}" if row["level"] else ""
    parts = [what, row["disease"], row["therapies"], row["evidence_type"], effect, level]
    return " | ".join(part for part in (*parts, row["evidence_id"], row["citation"]) if part)
