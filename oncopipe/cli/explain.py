"""`oncopipe explain`: what happened to a variant, gate by gate."""

from __future__ import annotations

from pathlib import Path

import click

from oncopipe.errors import ConfigError

FILE = click.Path(path_type=Path)


@click.command("explain")
@click.argument("variant")
@click.option(
    "--evidence", type=FILE, required=True, metavar="FILE", help="Evidence of `oncopipe call`: every candidate."
)
@click.option("--calls", type=FILE, metavar="FILE", help="Annotated VCF; the one beside the evidence when not given.")
@click.option(
    "--findings", type=FILE, metavar="FILE", help="findings.json; the one beside the evidence when not given."
)
@click.option("--bam", type=FILE, metavar="FILE", help="BAM or CRAM of the tumor, to look at the reads.")
@click.option("--normal", type=FILE, metavar="FILE", help="BAM or CRAM of the normal.")
@click.option("--reference", type=FILE, metavar="FILE", help="Reference FASTA.")
@click.option("--genes", type=FILE, metavar="FILE", help="Gene models, for names that are not among the calls.")
@click.option("--output", type=FILE, metavar="FILE", help="Text file to write; printed when not given.")
def command(
    variant: str,
    evidence: Path,
    calls: Path | None,
    findings: Path | None,
    bam: Path | None,
    normal: Path | None,
    reference: Path | None,
    genes: Path | None,
    output: Path | None,
) -> None:
    """Tell what happened to VARIANT: 'BRAF p.V600E', 'BRAF c.1799T>A' or 'chr7:140453136 A>T'.

    Reads, counts, scores, each filter with its margin, names, matching, tier and place in the report; with the BAMs also
    for what was never a candidate.
    """
    from oncopipe.explain.explain import Sources, explain
    from oncopipe.explain.recorded import options_of_calls
    from oncopipe.io.annotated_vcf import read_annotated
    from oncopipe.io.findings import read_findings
    from oncopipe.io.judged import read_judged
    from oncopipe.io.output import write_text

    judged = read_judged(evidence)
    calls = calls or _beside(evidence, ".annotated.vcf.gz")
    findings = findings or _beside(evidence, ".findings.json")
    sources = Sources(
        judged,
        calls=read_annotated(calls) if calls else None,
        findings=read_findings(findings) if findings else None,
        bam=bam,
        normal_bam=normal,
        reference=reference,
        genes=genes,
        options=options_of_calls(calls),
    )
    for name, path, sample in (
        ("calls", calls, sources.calls.calls.tumor_sample if sources.calls else None),
        ("findings", findings, sources.findings.identity.sample if sources.findings else None),
    ):
        if sample is not None and sample != judged.tumor:
            raise ConfigError(
                f"the evidence is of {judged.tumor}, the {name} of {sample}",
                where=str(path),
                fix="give those of one tumor",
            )
    text = "\n".join(found.text for found in explain(variant, sources))
    if output is not None:
        write_text(output, text)
    else:
        click.echo(text, nl=False)


def _beside(evidence: Path, suffix: str) -> Path | None:
    """The file of the same sample in the same folder, when it is there."""
    path = evidence.with_name(evidence.name.removesuffix(".evidence.parquet") + suffix)
    return path if path.is_file() else None
