"""`oncopipe report`: findings of a tumor sample to the report that a board reads."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("report")
@click.option("--findings", type=click.Path(path_type=Path), required=True, help="findings.json of one tumor sample")
@click.option("--output", type=click.Path(path_type=Path), required=True, help="HTML file to write")
def command(findings: Path, output: Path) -> None:
    """Write the report of one tumor sample as one HTML file that needs no network."""
    from oncopipe.io.findings import read_findings
    from oncopipe.report import write_report

    write_report(read_findings(findings), output)
