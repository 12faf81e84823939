"""Knowledge sources: one record each. Import makes a folder of tables with release, licence, digest and rejects."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from oncopipe.data.findings import KnowledgeSource
from oncopipe.errors import ConfigError, FormatVersionError, InputError, MissingInputError
from oncopipe.io.output import write_text
from oncopipe.knowledge.civic import read_civic
from oncopipe.knowledge.rules import NEVER
from oncopipe.knowledge.statements import Statement, format_statements, read_statements, shipped_targets
from oncopipe.knowledge.tables import Reading, format_rejects

FORMAT_VERSION = "1"
TARGETS_RELEASE = "2026-11"

Reader = Callable[[Path], Reading]


@dataclass(frozen=True)
class Source:
    """Where evidence comes from: how it is read, under which licence it stands."""

    name: str
    description: str
    license: str
    read: Reader


def _read_own(path: Path) -> Reading:
    """A table in our own layout is taken whole or not at all."""
    statements = read_statements(path)
    return Reading(statements, [], len(statements), [hashlib.sha256(path.read_bytes()).hexdigest()])


# In the order in which they are asked. A new source is one file with its reader, and one line here.
SOURCES: tuple[Source, ...] = (
    Source("civic", "CIViC evidence summaries: TSV of a release, or its folder", "CC0-1.0", read_civic),
    Source("targets", "another release of the targets that ship", "CC0-1.0 (from CIViC) and own", _read_own),
    Source("table", "a table of one's own in the layout of docs/targets.md", "as its owner says", _read_own),
)


def import_source(name: str, path: Path, output: Path, release: str | None = None) -> KnowledgeSource:
    """Read a source whole, then write `{name}.evidence.tsv`, `.rejects.tsv` and, last, `.manifest.json`.

    The manifest holds the digest of the evidence table, so that a folder left by a broken import is noticed.

    Raises: MissingInputError, InputError (nothing is written then), ConfigError for a name or release that is none.
    """
    source = next((s for s in SOURCES if s.name == name), None)
    if source is None:
        raise ConfigError(f"there is no source {name!r}", fix=f"one of {', '.join(s.name for s in SOURCES)}")
    if release is not None and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,60}", release):
        raise ConfigError(f"{release!r} is no release name", fix="letters, digits, space, '.', '_' and '-'")
    reading = source.read(path)
    if not reading.statements:
        why = f"; the first row, because {reading.rejects[0].reason}" if reading.rejects else ""
        raise InputError(
            f"the source holds no statement that can be used{why}", where=str(path), fix="check the file"
        )
    table = format_statements(reading.statements)
    facts = KnowledgeSource(
        name=name, release=release or f"unnamed {reading.digests[0][:8]}", license=source.license,
        digest=hashlib.sha256(table.encode()).hexdigest(), n_rows=len(reading.statements),
    )  # fmt: skip
    manifest = {
        "format_version": FORMAT_VERSION,
        **facts.model_dump(),
        "n_read": reading.n_rows,
        "n_rejected": len(reading.rejects),
        "n_not_matchable": sum(s.rule in NEVER for s in reading.statements),
        "inputs": reading.digests,
    }
    write_text(output / f"{name}.evidence.tsv", table)
    write_text(output / f"{name}.rejects.tsv", format_rejects(reading.rejects))
    write_text(output / f"{name}.manifest.json", json.dumps(manifest, indent=1, sort_keys=True) + "\n")
    return facts


def n_rejected(folder: Path, name: str) -> int:
    """How many rows an import left out. Raises: InputError when the folder has no such import."""
    path = folder / f"{name}.manifest.json"
    _manifest(path)
    return int(json.loads(path.read_text("utf-8")).get("n_rejected", 0))


def read_knowledge(
    folder: Path | None, *, targets: bool = True
) -> tuple[dict[str, list[Statement]], list[KnowledgeSource]]:
    """Statements by source, and what the sources are: an imported folder, and the targets that ship.

    Raises: MissingInputError when the folder holds no source; InputError, FormatVersionError for a damaged one.
    """
    statements: dict[str, list[Statement]] = {}
    facts: list[KnowledgeSource] = []
    if folder is not None:
        found = [s.name for s in SOURCES if (folder / f"{s.name}.manifest.json").is_file()]
        if not found:
            raise MissingInputError(
                "the knowledge folder holds no source",
                where=str(folder),
                fix="make it with `oncopipe knowledge import`",
            )
        for name in found:
            facts.append(_manifest(folder / f"{name}.manifest.json"))
            statements[name] = _evidence(folder / f"{name}.evidence.tsv", facts[-1])
    if targets and "targets" not in statements:
        statements["targets"] = shipped_targets()
        digest = hashlib.sha256(format_statements(statements["targets"]).encode()).hexdigest()
        facts.append(
            KnowledgeSource(name="targets", release=TARGETS_RELEASE, license="CC0-1.0 (from CIViC) and own",
                            digest=digest, n_rows=len(statements["targets"]))
        )  # fmt: skip
    return statements, facts


def _evidence(path: Path, facts: KnowledgeSource) -> list[Statement]:
    """The statements of an imported table. Raises: InputError when it is not the one that its manifest describes."""
    statements = read_statements(path)
    if hashlib.sha256(path.read_bytes()).hexdigest() != facts.digest:
        raise InputError(
            "the evidence table is not the one that its manifest describes", where=str(path), fix="import it again"
        )
    return statements


def _manifest(path: Path) -> KnowledgeSource:
    try:
        content = json.loads(path.read_text("utf-8"))
        version = content.pop("format_version")
        fields = {key: content[key] for key in KnowledgeSource.model_fields}
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise InputError(
            "this is no manifest of a knowledge source", where=str(path), fix="import it again"
        ) from error
    if version != FORMAT_VERSION:
        raise FormatVersionError(
            f"the knowledge has format {version}, this release reads {FORMAT_VERSION}",
            where=str(path),
            fix="import it again",
        )
    return KnowledgeSource(**fields)
