"""`oncopipe provenance`: versions, digests and parameters of a run."""

from __future__ import annotations

import json
from pathlib import Path

import click

FILE = click.Path(path_type=Path)


@click.command("provenance")
@click.option("--config", "config_path", type=FILE, help="config.yaml of the run")
@click.option("--parameters", help="the same as JSON text, as the workflow hands it over")
@click.option("--output", type=FILE, required=True, help="provenance.json to write")
def command(config_path: Path | None, parameters: str | None, output: Path) -> None:
    """Record versions, digests of the inputs, releases of knowledge and parameters, without clock, host or paths."""
    from oncopipe.cli.plans import knowledge_of, plan_from_json, plan_from_yaml
    from oncopipe.io.output import write_text
    from oncopipe.provenance import describe_run

    if (config_path is None) == (parameters is None):
        raise click.UsageError("give --config or --parameters")
    plan = plan_from_yaml(config_path) if config_path else plan_from_json(parameters or "")
    record = describe_run(plan, knowledge_of(plan.config))
    write_text(output, json.dumps(record, indent=2, ensure_ascii=False, sort_keys=True) + "\n")
