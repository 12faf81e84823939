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
from oncopipe.knowledge.civic import find_evidence_file, read_civic
from oncopipe.knowledge.statements import (
    Statement,
    format_statements,
    read_statements,
    shipped_targets,
    write_statements,
)

FORMAT_VERSION = "1"
TARGETS_RELEASE = "2026-11"

Reader = Callable[[Path], tuple[list[Statement], list[tuple[int, str]]]]


@dataclass(frozen=True)
class Source:
    """Where evidence comes from: how it is read, under which licence it stands."""

    name: str
    description: str
    license: str
    read: Reader
    file_of: Callable[[Path], Path]


def _read_table(path: Path) -> tuple[list[Statement], list[tuple[int, str]]]:
    return read_statements(path), []


# In the order in which they are asked; of two equal statements the first source's is shown.
SOURCES: tuple[Source, ...] = (
    Source(
        "civic",
        "CIViC evidence summaries (TSV of a release, or its folder)",
        "CC0-1.0",
        read_civic,
        find_evidence_file,
    ),
    Source(
        "table",
        "a table of one's own in the layout of docs/targets.md",
        "as its owner says",
        _read_table,
        lambda p: p,
    ),
)


def import_source(name: str, path: Path, output: Path, release: str | None = None) -> KnowledgeSource:
    """Read a source whole, then write `{name}.evidence.tsv`, `.manifest.json` and `.rejects.tsv` into `output`.

    Raises: MissingInputError, InputError (nothing is written then), ConfigError for a release that is no name.
    """
    source = next(s for s in SOURCES if s.name == name)
    if release is not None and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,60}", release):
        raise ConfigError(f"{release!r} is no release name", fix="letters, digits, space, '.', '_' and '-'")
    statements, rejects = source.read(path)
    if not statements:
        raise InputError("the source holds no statement that can be used", where=str(path), fix="check the file")
    file = source.file_of(path)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    facts = KnowledgeSource(
        name=name, release=release or f"unnamed {digest[:8]}", license=source.license, digest=digest,
        n_rows=len(statements),
    )  # fmt: skip
    write_statements(statements, output / f"{name}.evidence.tsv")
    lines = ["row\treason", *(f"{row}\t{reason}" for row, reason in rejects)]
    write_text(output / f"{name}.rejects.tsv", "\n".join(lines) + "\n")
    unmatched = sum(s.rule == "other" for s in statements)
    manifest = {
        "format_version": FORMAT_VERSION,
        **facts.model_dump(),
        "n_rejected": len(rejects),
        "n_not_matchable": unmatched,
    }
    write_text(output / f"{name}.manifest.json", json.dumps(manifest, indent=1, sort_keys=True) + "\n")
    return facts


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
            statements[name] = read_statements(folder / f"{name}.evidence.tsv")
    if targets:
        statements["targets"] = shipped_targets()
        digest = hashlib.sha256(format_statements(statements["targets"]).encode()).hexdigest()
        facts.append(
            KnowledgeSource(name="targets", release=TARGETS_RELEASE, license="CC0-1.0 (from CIViC) and own",
                            digest=digest, n_rows=len(statements["targets"]))
        )  # fmt: skip
    return statements, facts


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
