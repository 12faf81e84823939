"""The plan that a command was given: from a configuration file, or from the workflow's own parameters."""

from __future__ import annotations

import json
from pathlib import Path

from oncopipe.data.config import Config, load_yaml
from oncopipe.data.findings import KnowledgeSource
from oncopipe.data.plan import Plan, make_plan
from oncopipe.errors import ConfigError, InputError


def plan_from_yaml(path: Path, samples: Path | None = None) -> Plan:
    """The plan of a configuration file; `samples` takes the place of its sample sheet."""
    content = load_yaml(path)
    if samples is not None and isinstance(content, dict):
        content = content | {"samples": str(samples)}
    return make_plan(content, where=str(path))


def plan_from_json(text: str) -> Plan:
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise ConfigError(f"--parameters is no JSON: {error}", fix="use --config") from error
    return make_plan(content, where="--parameters")


def knowledge_of(config: Config) -> list[KnowledgeSource]:
    """The sources in the knowledge folder of the configuration, by their manifests; none without a folder."""
    if config.resources.knowledge is None:
        return []
    sources = []
    for path in sorted(Path(config.resources.knowledge).glob("*.manifest.json")):
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            known = {key: content[key] for key in KnowledgeSource.model_fields if key in content}
            sources.append(KnowledgeSource.model_validate(known))
        except ValueError as error:
            raise InputError(
                f"the manifest cannot be read: {error}", where=str(path), fix="import it again"
            ) from error
    return sources
