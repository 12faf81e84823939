"""The plan that a command was given: from a configuration file, or from the workflow's own parameters."""

from __future__ import annotations

import json
from pathlib import Path

from oncopipe.data.config import Config, load_yaml
from oncopipe.data.findings import KnowledgeSource
from oncopipe.data.plan import Plan, make_plan
from oncopipe.errors import ConfigError


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
    """The sources that findings rest on: the shipped targets, and those in the configuration's knowledge folder."""
    from oncopipe.knowledge.sources import read_knowledge

    folder = config.resources.knowledge
    return list(read_knowledge(Path(folder) if folder else None)[1])
