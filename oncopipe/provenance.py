"""The record of a run: versions, digests of what went in, releases of knowledge, parameters.

The same inputs give the same bytes: no clock, no host, no user, no path of a machine (files by name and content).
"""

from __future__ import annotations

import hashlib
import platform
import re
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Any

from oncopipe.data.findings import KnowledgeSource
from oncopipe.data.plan import Plan
from oncopipe.errors import MissingInputError

FORMAT_VERSION = "1.0"
_CHUNK = 1 << 22
_PATHS = frozenset({"fasta", "genes", "regions", "population", "panel_of_normals", "sites", "knowledge", "samples"})


def describe_run(plan: Plan, knowledge: Sequence[KnowledgeSource]) -> dict[str, Any]:
    """What a run was made of, ready for JSON.

    The SHA-256 of every input is computed in one streaming pass; with `digest_inputs: false` the reads are listed
    by name and size alone.

    Raises: MissingInputError for an input that is not there.
    """
    digested = plan.files(reads=plan.config.digest_inputs)
    return {
        "format_version": FORMAT_VERSION,
        "oncopipe_version": version("oncopipe"),
        "python_version": platform.python_version(),
        "libraries": library_versions(),
        "inputs": {name: _describe(Path(path), name in digested) for name, path in sorted(plan.files().items())},
        "knowledge": [source.model_dump() for source in knowledge],
        "parameters": _without_paths(plan.config.model_dump(mode="json")),
        "samples": [
            {"patient": s.patient, "sample": s.sample, "role": s.role, "reads": s.form, "n_lanes": len(s.lanes)}
            for s in plan.sheet
        ],
    }


def library_versions() -> dict[str, str]:
    """The installed version of every library that OncoPipe needs, by name."""
    found = {}
    for requirement in requires("oncopipe") or []:
        name = re.split(r"[^A-Za-z0-9_.-]", requirement)[0]
        if "extra ==" not in requirement:
            try:
                found[name.lower()] = version(name)
            except PackageNotFoundError:
                found[name.lower()] = "absent"
    return dict(sorted(found.items()))


def digest_of(path: Path) -> str:
    """The SHA-256 of a file's content, read in pieces. Raises: MissingInputError."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    except OSError as error:
        raise MissingInputError(f"an input cannot be read ({error.strerror})", where=str(path)) from error
    return digest.hexdigest()


def _describe(path: Path, with_digest: bool) -> dict[str, str | int | None]:
    if not path.is_file():
        raise MissingInputError("an input is missing", where=str(path), fix="run `oncopipe preflight`")
    return {"file": path.name, "bytes": path.stat().st_size, "sha256": digest_of(path) if with_digest else None}


def _without_paths(parameters: dict[str, Any]) -> dict[str, Any]:
    """The parameters without keys that hold paths: those files stand under inputs."""
    return {
        key: _without_paths(value) if isinstance(value, dict) else value
        for key, value in parameters.items()
        if key not in _PATHS
    }
