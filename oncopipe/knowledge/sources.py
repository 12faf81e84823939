"""Knowledge sources: one record each. Import makes a folder of tables with release, licence, digest and rejects."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel

from oncopipe.data.findings import KnowledgeSource
from oncopipe.errors import ConfigError, FormatVersionError, InputError, MissingInputError
from oncopipe.io.output import write_text
from oncopipe.io.text_lines import read_lines
from oncopipe.knowledge import clinvar, domains, hotspots, mane, oncotree
from oncopipe.knowledge.assertions import read_assertions
from oncopipe.knowledge.civic import read_civic
from oncopipe.knowledge.clinvar import read_clinvar
from oncopipe.knowledge.domains import read_domains
from oncopipe.knowledge.hotspots import read_hotspot_sites, read_hotspots
from oncopipe.knowledge.mane import read_mane
from oncopipe.knowledge.oncokb import read_oncokb
from oncopipe.knowledge.oncotree import read_oncotree
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
    columns: tuple[str, ...] = ()  # of its table, for a source that is no evidence
    key: tuple[str, ...] = ()  # those of them that say which row it is, in another release too

    @property
    def file(self) -> str:
        """The table that an import writes."""
        return f"{self.name}.{'table' if self.columns else 'evidence'}.tsv"


class _Manifest(BaseModel):
    """A manifest as far as it is read: the source, how many rows it left out, what its file says of itself."""

    source: KnowledgeSource
    n_rejected: int
    facts: dict[str, str]


def _read_own(path: Path) -> Reading:
    """A table in our own layout is taken whole or not at all."""
    statements = read_statements(path)
    return Reading(statements, [], len(statements), [hashlib.sha256(path.read_bytes()).hexdigest()])


_ALLELE = ("chromosome", "position", "reference", "alternate")
# In the order in which they are asked. A new source is one file with its reader, and one line here.
SOURCES: tuple[Source, ...] = (
    Source("civic", "CIViC evidence summaries: TSV of a release, or its folder", "CC0-1.0", read_civic),
    Source("assertions", "CIViC assertions: TSV of a release, or its folder", "CC0-1.0", read_assertions),
    Source("targets", "another release of the targets that ship", "CC0-1.0 (from CIViC) and own", _read_own),
    Source(
        "oncokb",
        "a MAF that the user annotated with OncoKB under a licence of their own",
        "OncoKB terms of use",
        read_oncokb,
    ),
    Source("table", "a table of one's own in the layout of docs/targets.md", "as its owner says", _read_own),
    Source(
        "hotspots",
        "recurrent residues with counts, of cancerhotspots.org",
        "ODbL-1.0",
        read_hotspots,
        hotspots.COLUMNS,
        ("gene", "residue", "kind"),
    ),
    Source(
        "hotspot_sites",
        "the same by coordinate, of one build",
        "ODbL-1.0",
        read_hotspot_sites,
        hotspots.SITE_COLUMNS,
        _ALLELE,
    ),
    Source("clinvar", "ClinVar's VCF", "public domain (NCBI)", read_clinvar, clinvar.COLUMNS, _ALLELE),
    Source(
        "mane", "MANE transcripts by gene", "as NCBI and EMBL-EBI say", read_mane, mane.COLUMNS, ("gene", "status")
    ),
    Source("oncotree", "OncoTree codes of another release", "CC-BY-4.0", read_oncotree, oncotree.COLUMNS, ("code",)),
    Source(
        "domains",
        "critical regions of proteins: the site's own table",
        "as its owner says",
        read_domains,
        domains.COLUMNS,
        ("gene", "first", "last"),
    ),
)


def import_source(name: str, path: Path, output: Path, release: str | None = None) -> KnowledgeSource:
    """Read a source whole, then write its table, `{name}.rejects.tsv` and, last, `{name}.manifest.json`.

    The manifest holds the digest of the evidence table, so that a folder left by a broken import is noticed.

    Raises: MissingInputError, InputError (nothing is written then), ConfigError for a name or release that is none.
    """
    source = next((s for s in SOURCES if s.name == name), None)
    if source is None:
        raise ConfigError(f"there is no source {name!r}", fix=f"one of {', '.join(s.name for s in SOURCES)}")
    if release is not None and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,60}", release):
        raise ConfigError(f"{release!r} is no release name", fix="letters, digits, space, '.', '_' and '-'")
    reading = source.read(path)
    if not reading.statements and not reading.rows:
        why = f"; the first row, because {reading.rejects[0].reason}" if reading.rejects else ""
        raise InputError(f"the source holds no row that can be used{why}", where=str(path), fix="check the file")
    table = format_statements(reading.statements) if not source.columns else format_rows(source.columns, reading.rows)
    facts = KnowledgeSource(
        name=name, release=release or f"unnamed {reading.digests[0][:8]}", license=source.license,
        digest=hashlib.sha256(table.encode()).hexdigest(), n_rows=len(reading.statements) + len(reading.rows),
    )  # fmt: skip
    manifest = {
        "format_version": FORMAT_VERSION,
        **facts.model_dump(),
        "n_read": reading.n_rows,
        "n_rejected": len(reading.rejects),
        "n_not_matchable": sum(s.rule in NEVER for s in reading.statements),
        "inputs": reading.digests,
        "facts": reading.facts,
    }
    write_text(output / source.file, table)
    write_text(output / f"{name}.rejects.tsv", format_rejects(reading.rejects))
    write_text(output / f"{name}.manifest.json", json.dumps(manifest, indent=1, sort_keys=True) + "\n")
    return facts


def n_rejected(folder: Path, name: str) -> int:
    """How many rows an import left out. Raises: InputError when the folder has no such import."""
    return _manifest(folder / f"{name}.manifest.json").n_rejected


def read_knowledge(
    folder: Path | None, *, targets: bool = True
) -> tuple[dict[str, list[Statement]], list[KnowledgeSource]]:
    """Statements by source, and what the sources are: an imported folder, and the targets that ship.

    Raises: MissingInputError when the folder holds no source; InputError, FormatVersionError for a damaged one.
    """
    statements: dict[str, list[Statement]] = {}
    facts: list[KnowledgeSource] = []
    if folder is not None:
        found = [s for s in SOURCES if (folder / f"{s.name}.manifest.json").is_file()]
        if not found:
            raise MissingInputError(
                "the knowledge folder holds no source",
                where=str(folder),
                fix="make it with `oncopipe knowledge import`",
            )
        for source in found:
            facts.append(_manifest(folder / f"{source.name}.manifest.json").source)
            if not source.columns:
                statements[source.name] = _evidence(folder / source.file, facts[-1])
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
    check_digest(path, facts)
    return read_statements(path)


def table_of(folder: Path | None, name: str) -> tuple[Path, dict[str, str]] | None:
    """The imported table of a source that is no evidence, with what its file says of itself; None when there is none.

    Raises: InputError when the table is missing, or not the one that its manifest describes.
    """
    manifest = folder / f"{name}.manifest.json" if folder else None
    if folder is None or manifest is None or not manifest.is_file():
        return None
    path = folder / next(s.file for s in SOURCES if s.name == name)
    told = _manifest(manifest)
    check_digest(path, told.source)
    return path, told.facts


def read_rows(path: Path) -> list[dict[str, str]]:
    """The rows of an imported table by column name."""
    header, *lines = read_lines(path, what="the imported table")
    columns = header.split("\t")
    return [dict(zip(columns, line.split("\t"), strict=True)) for line in lines]


def format_rows(columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """The TSV of a table that is no evidence."""
    return "".join("\t".join(row) + "\n" for row in (columns, *rows))


def check_digest(path: Path, facts: KnowledgeSource) -> None:
    """Refuse a table that is not the one that its manifest describes. Raises: InputError."""
    if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != facts.digest:
        raise InputError(
            f"the table of {facts.name} is not the one that its manifest describes",
            where=str(path),
            fix="import it again",
        )


def _manifest(path: Path) -> _Manifest:
    """What an import wrote of itself, checked. Raises: InputError; FormatVersionError of another release's."""
    try:
        content = json.loads(path.read_text("utf-8"))
        version = str(content["format_version"])
        found = _Manifest.model_validate(
            {"source": {key: content.get(key) for key in KnowledgeSource.model_fields},
             "n_rejected": content.get("n_rejected", 0), "facts": content.get("facts", {})}
        )  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            "this is no manifest of a knowledge source", where=str(path), fix="import it again"
        ) from error
    if version != FORMAT_VERSION:
        raise FormatVersionError(
            f"the knowledge has format {version[:20]}, this release reads {FORMAT_VERSION}",
            where=str(path),
            fix="import it again",
        )
    return found
