"""`oncopipe report`: findings of a tumor sample to the report that a board reads, signed and amended."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from oncopipe.errors import ConfigError

if TYPE_CHECKING:
    from oncopipe.io.findings_stream import FindingsFile
    from oncopipe.io.limits import Limits
    from oncopipe.report.content import Beside
    from oncopipe.report.stacks import Stack

FILE = click.Path(path_type=Path)
_FINDINGS = click.option("--findings", type=FILE, metavar="FILE", help="findings.json of one tumor sample")


@click.group("report", invoke_without_command=True)
@_FINDINGS
@click.option("--output", type=FILE, metavar="FILE", help="HTML file to write")
@click.option(
    "--check", type=FILE, metavar="FILE", help="name what a report of these findings would lack; exit 1 when anything"
)
@click.option("--pdf", type=FILE, metavar="FILE", help="PDF of the same content; needs the extra `pdf`")
@click.option("--plot", type=FILE, metavar="FILE", help="SVG of the VAF plot alone")
@click.option("--language", default="en", show_default=True, help="language that the page opens in; it holds all")
@click.option(
    "--previous",
    type=FILE,
    multiple=True,
    metavar="FILE",
    help="findings.json of an earlier report of the patient; may be given several times, oldest first",
)
@click.option("--signoff", type=FILE, metavar="FILE", help="record that `report sign` wrote; without it, a draft")
@click.option(
    "--limits", type=FILE, metavar="FILE", help="limits.tsv of the tumor, to draw the depth at target sites"
)
@click.option("--reads", type=FILE, metavar="FILE", help="reads at the variants, as `report reads` wrote them")
@click.option("--tumor-bam", type=FILE, metavar="FILE", help="BAM or CRAM of the tumor, to draw reads at variants")
@click.option("--normal-bam", "--normal", "normal_bam", type=FILE, metavar="FILE", help="BAM or CRAM of the normal")
@click.option("--reference", type=FILE, metavar="FILE", help="FASTA of the reads; needed with the BAMs")
@click.pass_context
def command(context: click.Context, **values: Any) -> None:
    """Write the report of one tumor sample as one HTML file that needs no network."""
    if context.invoked_subcommand is not None:
        return
    if values["check"] is not None:
        _check(values["check"])
        return
    findings, output = values["findings"], values["output"]
    if findings is None:
        raise click.UsageError("Missing option '--findings'.", context)
    if output is None and values["pdf"] is None:
        raise click.UsageError("Missing option '--output' or '--pdf'.", context)
    from oncopipe.io.findings_stream import open_findings
    from oncopipe.report.html import write_report

    opened = open_findings(findings)
    beside = _beside(opened, values)
    if output is not None:
        write_report(opened, output, language=values["language"], beside=beside, plot=values["plot"])
    if values["pdf"] is not None:
        from oncopipe.report.pdf import write_pdf

        if missing := write_pdf(opened, values["pdf"], language=values["language"], beside=beside):
            from oncopipe.report.glyphs import kinds_of

            click.echo(
                f"warning: no font here draws some characters of the PDF's texts ({kinds_of(missing)}): boxes stand for "
                "them, and its first page says so. Install a font of these scripts and make it again.",
                err=True,
            )


@command.command("sign")
@_FINDINGS
@click.option("--signoff", type=FILE, required=True, metavar="FILE", help="record to write")
@click.option("--name", required=True, help="who answers for it")
@click.option("--role", required=True, help="as what")
@click.option("--date", required=True, metavar="YYYY-MM-DD", help="when; no clock is read")
def sign_command(findings: Path | None, signoff: Path, name: str, role: str, date: str) -> None:
    """Release the first version of a report: who answers for which findings."""
    from oncopipe.report.signoff import sign

    record = sign(_opened(findings), signoff, name=name, role=role, date=date)
    click.echo(f"version {len(record.releases)} signed: {signoff}")


@command.command("amend")
@_FINDINGS
@click.option("--signoff", type=FILE, required=True, metavar="FILE", help="record to add to")
@click.option("--name", required=True, help="who answers for it")
@click.option("--role", required=True, help="as what")
@click.option("--date", required=True, metavar="YYYY-MM-DD", help="when; no clock is read")
@click.option("--reason", required=True, help="why the version before is replaced")
def amend_command(findings: Path | None, signoff: Path, name: str, role: str, date: str, reason: str) -> None:
    """Replace the last version, with the reason, and print what differs."""
    from oncopipe.report.catalogue import words
    from oncopipe.report.signoff import amend, signature_of

    source = _opened(findings)
    record = amend(source, signoff, name=name, role=role, date=date, reason=reason)
    click.echo(f"version {len(record.releases)} signed: {signoff}")
    differences = signature_of(record, source).differences
    for line in differences.all_lines if differences else ():
        click.echo(f"  {words(line)}")


@command.command("reads")
@_FINDINGS
@click.option("--tumor-bam", type=FILE, required=True, metavar="FILE", help="BAM or CRAM of the tumor")
@click.option("--normal-bam", "--normal", "normal_bam", type=FILE, metavar="FILE", help="BAM or CRAM of the normal")
@click.option("--reference", type=FILE, required=True, metavar="FILE", help="FASTA of the reads")
@click.option("--output", type=FILE, required=True, metavar="FILE", help="Parquet file to write")
def reads_command(
    findings: Path | None, tumor_bam: Path, normal_bam: Path | None, reference: Path, output: Path
) -> None:
    """Keep the reads at each variant of tier I and II, so that a report can draw them without the BAMs."""
    from oncopipe.report.stacks import write_stacks

    write_stacks(_stacks(_opened(findings), tumor_bam, normal_bam, reference), output)


def _check(path: Path) -> None:
    """Raises: GateError with every item of the minimal content that is missing."""
    from oncopipe.errors import GateError
    from oncopipe.report.check import missing_content

    if missing := missing_content(_opened(path)):
        lines = "".join(f"\n  {item}" for item in missing)
        raise GateError(f"the minimal content of a molecular report is not there, missing: {len(missing)}{lines}")
    click.echo("the minimal content of a molecular report is there")


def _opened(findings: Path | None) -> FindingsFile:
    from oncopipe.io.findings_stream import open_findings

    if findings is None:
        raise click.UsageError("Missing option '--findings'.")
    return open_findings(findings)


def _beside(findings: FindingsFile, values: dict[str, Any]) -> Beside:
    """What the report is made from besides the findings. Raises: ConfigError where the parts do not belong together."""
    from oncopipe.io.findings_stream import open_findings
    from oncopipe.report.content import Beside
    from oncopipe.report.signoff import read_signoff

    own, earlier = findings.head.identity.patient, tuple(open_findings(path) for path in values["previous"])
    for path, other in zip(values["previous"], earlier, strict=True):
        if other.head.identity.patient != own:
            raise ConfigError(
                f"the earlier report is of patient {other.head.identity.patient}, this one of {own}",
                where=str(path),
                fix="give the findings of the same patient to --previous",
            )
    signoff = read_signoff(values["signoff"]) if values["signoff"] is not None else None
    return Beside(
        earlier=earlier,
        signoff=signoff,
        limits=_limits(findings, values["limits"]),
        pileups=_pileups(findings, values),
    )


def _limits(findings: FindingsFile, path: Path | None) -> Limits | None:
    """Raises: ConfigError when the limits are of another tumor."""
    if path is None:
        return None
    from oncopipe.io.limits import read_limits

    limits, own = read_limits(path), findings.head.identity.sample
    if limits.tumor not in (None, own):
        raise ConfigError(
            f"the limits are of {limits.tumor}, the findings of {own}",
            where=str(path),
            fix="give this tumor's limits to --limits",
        )
    return limits


def _pileups(findings: FindingsFile, values: dict[str, Any]) -> dict[str, Any]:
    tumor, normal, reference = values["tumor_bam"], values["normal_bam"], values["reference"]
    if values["reads"] is not None:
        if tumor is not None or normal is not None:
            raise ConfigError("the reads are given twice", fix="give either --reads or BAMs")
        from oncopipe.report.reads import draw
        from oncopipe.report.stacks import read_stacks

        return draw(read_stacks(values["reads"]))
    if tumor is None:
        if normal is not None:
            raise ConfigError("reads of the normal alone are not drawn", fix="give --tumor-bam too")
        return {}
    if reference is None:
        raise ConfigError("reads are drawn against their reference", fix="give --reference, a FASTA")
    from oncopipe.report.reads import draw

    return draw(_stacks(findings, tumor, normal, reference))


def _stacks(findings: FindingsFile, tumor: Path, normal: Path | None, reference: Path) -> list[Stack]:
    from oncopipe.report.selection import select
    from oncopipe.report.stacks import collect_stacks

    identity = findings.head.identity
    of_normal = (identity.normal or "normal", normal) if normal is not None else None
    return collect_stacks(select(findings.variants()).actionable, reference, (identity.sample, tumor), of_normal)
