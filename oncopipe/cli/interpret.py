"""`oncopipe interpret`: annotated calls, quality and knowledge to findings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from oncopipe.cli.flags import collect_options, options_of
from oncopipe.errors import ConfigError, InputError
from oncopipe.options import InterpretOptions

FILE = click.Path(path_type=Path)


@click.command("interpret")
@click.option("--calls", type=FILE, required=True, metavar="FILE", help="Annotated VCF of `oncopipe annotate`.")
@click.option("--knowledge", type=FILE, metavar="FOLDER", help="Knowledge folder; the shipped targets always serve.")
@click.option("--no-targets", is_flag=True, help="Leave the shipped targets out.")
@click.option("--diagnosis", metavar="CODE", help="OncoTree code; the sheet's when not given.")
@click.option(
    "--qc", type=FILE, metavar="FOLDER", help="Folder of `oncopipe qc` with the metrics of tumor and normal."
)
@click.option("--samples", type=FILE, metavar="FILE", help="Sample sheet.")
@click.option("--sample", metavar="ID", help="The tumor in the sheet; the VCF's tumor sample when not given.")
@click.option("--evidence", type=FILE, metavar="FILE", help="Evidence of the calls: what the normal carries, too.")
@click.option(
    "--reference", type=FILE, metavar="FILE", help="Reference FASTA; with --genes names what the normal carries."
)
@click.option("--genes", type=FILE, metavar="FILE", help="Gene models; used only where the sheet records consent.")
@click.option("--limits", type=FILE, metavar="FILE", help="Limits of detection at named sites: what absence means.")
@click.option("--regions", type=FILE, metavar="FILE", help="BED of what was called; sites outside have no limit.")
@click.option(
    "--biomarkers", type=FILE, metavar="FILE", help="States that others measured: sample, biomarker, state."
)
@click.option("--build", metavar="NAME", default="unknown", help="Name of the reference build, for the report.")
@click.option("--output", type=FILE, required=True, metavar="FILE", help="findings.json to write.")
@options_of(InterpretOptions)
def command(calls: Path, samples: Path | None, sample: str | None, output: Path, **values: Any) -> None:
    """Match calls to knowledge, give tiers, and write the findings that a report is made of."""
    from oncopipe.interpretation.interpret import inputs_of, interpret, tumor_facts
    from oncopipe.interpretation.references import read_references
    from oncopipe.io.annotated_vcf import read_annotated
    from oncopipe.io.bed import read_bed
    from oncopipe.io.findings import write_findings
    from oncopipe.knowledge.sources import read_knowledge
    from oncopipe.qc import read_metrics, summarize

    options = collect_options(InterpretOptions, values)
    if values["no_targets"] and values["knowledge"] is None:
        raise ConfigError("there is no knowledge to match with", fix="give --knowledge, or leave --no-targets out")
    annotated = read_annotated(calls)
    tumor, normal = annotated.calls.tumor_sample, annotated.calls.normal_sample
    _check_samples(calls, tumor, normal, sample)
    identity = _identity(samples, tumor, normal, values["diagnosis"])
    if identity.diagnosis_code and not identity.diagnosis_name:
        click.echo(f"oncopipe: {identity.diagnosis_code} is no OncoTree code; evidence cannot be compared", err=True)
    of = [identity.sample, *([identity.normal] if identity.normal else [])]
    quality = summarize(read_metrics(values["qc"], of) if values["qc"] else [])
    knowledge = read_knowledge(values["knowledge"], targets=not values["no_targets"])
    files = {name: values[name] for name in ("limits", "biomarkers")}
    carried = _carried(identity, values["evidence"], values["reference"], values["genes"])
    references = read_references(values["knowledge"], [*annotated.variants, *(carried or ())], values["build"])
    regions = read_bed(values["regions"], annotated.calls.contig_lengths) if values["regions"] else None
    facts = tumor_facts(tumor, **files, regions=regions, references=references, carried=carried)
    inputs = inputs_of(calls=calls, evidence=values["evidence"], **files)
    write_findings(
        interpret(
            annotated, identity, quality, knowledge, options, tumor=facts, inputs=inputs, reference=values["build"]
        ),
        output,
    )


def _carried(identity: Any, evidence: Path | None, reference: Path | None, genes: Path | None) -> Any:
    """Alleles of the normal with names, only where consent is recorded; None when they cannot be looked at."""
    if not (identity.germline_consent and identity.normal and evidence and reference and genes):
        return None
    from oncopipe.interpretation.germline import MIN_FRACTION, MIN_FRAGMENTS
    from oncopipe.interpretation.naming import name_candidates
    from oncopipe.io.judged import read_judged

    judged = read_judged(evidence)
    if (judged.tumor, judged.normal) != (identity.sample, identity.normal):
        raise ConfigError(
            f"the evidence is of {judged.tumor} and {judged.normal}, the calls of {identity.sample} and {identity.normal}",
            where=str(evidence),
            fix="give the evidence of these calls",
        )
    return name_candidates(judged.in_normal(MIN_FRACTION, MIN_FRAGMENTS), reference, genes, has_normal=True)


def _check_samples(calls: Path, tumor: str, normal: str | None, asked: str | None) -> None:
    """Refuse calls of another sample than the one asked for, and names that cannot name files."""
    from oncopipe.io.findings import IDENTIFIER

    if asked is not None and asked != tumor:
        raise ConfigError(
            f"the calls are of tumor {tumor}, not of {asked}", where=str(calls), fix="give the calls of --sample"
        )
    for name in (tumor, normal):
        if name is not None and not IDENTIFIER.fullmatch(name):
            raise InputError(
                f"the calls name a sample {name!r}, which is no identifier",
                where=str(calls),
                fix="rename it: letters, digits, '.', '_' and '-', the first a letter or digit",
            )


def _identity(samples: Path | None, sample: str, normal: str | None, diagnosis: str | None) -> Any:
    from oncopipe.data.findings import Identity
    from oncopipe.data.samples import Sample, read_sample_sheet
    from oncopipe.interpretation.interpret import identity_of

    if samples is None:
        person: Identity = identity_of(Sample(sample, sample, "tumor"), normal, diagnosis)
        return person
    sheet = read_sample_sheet(samples, check_files=False)
    try:
        row = sheet.sample(sample)
    except KeyError:
        raise ConfigError(f"sample {sample} is not in the sheet", where=str(samples), fix="check --sample") from None
    matched = sheet.normal(row.patient)
    if (matched.sample if matched else None) != normal:
        said = matched.sample if matched else "none"
        raise ConfigError(
            f"the sheet gives {said} as normal of {sample}, the calls were made with {normal or 'none'}",
            where=str(samples),
            fix="call again with the sheet's normal",
        )
    return identity_of(row, normal, diagnosis)
