"""`oncopipe annotate`: calls to names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from oncopipe.cli.flags import collect_options, options_of
from oncopipe.options import AnnotateOptions

FILE = click.Path(path_type=Path)


@click.command("annotate")
@click.option("--calls", type=FILE, required=True, help="VCF of calls, sorted; anyone's.")
@click.option("--reference", type=FILE, required=True, help="FASTA that the calls were made on.")
@click.option("--genes", type=FILE, required=True, help="Gene models: GFF3 of Ensembl, RefSeq or GENCODE.")
@click.option("--population", type=FILE, help="VCF with INFO/AF or AF_popmax, such as gnomAD's sites.")
@click.option("--transcripts", type=FILE, help="The site's own list of transcripts, one a line.")
@click.option(
    "--tumor", metavar="NAME", help="Sample column of the tumor; written to the header for all that follows."
)
@click.option("--normal", metavar="NAME", help="Sample column of its normal.")
@click.option(
    "--tumor-bam",
    type=FILE,
    help="Reads of the tumor: tell whether neighboring calls without phase are of one codon.",
)
@click.option("--table", type=FILE, help="Also a table (TSV): one row an allele with VAF, depth and caller.")
@click.option("--output", type=FILE, required=True, help="The annotated VCF, .vcf.gz; its .tbi comes beside it.")
@options_of(AnnotateOptions)
def command(
    calls: Path,
    reference: Path,
    genes: Path,
    population: Path | None,
    transcripts: Path | None,
    tumor: str | None,
    normal: str | None,
    tumor_bam: Path | None,
    table: Path | None,
    output: Path,
    **values: Any,
) -> None:
    """Name consequences (SO, HGVS) and population frequency of calls."""
    from oncopipe.annotation.annotator import annotate
    from oncopipe.io.annotated_vcf import check_tumor_is_known, read_annotated
    from oncopipe.io.call_table import write_call_table

    options = collect_options(AnnotateOptions, values)
    if table is not None:
        check_tumor_is_known(calls, tumor=tumor, normal=normal)
    files = {"population": population, "transcripts": transcripts, "tumor_bam": tumor_bam}
    counts = annotate(calls, reference, genes, output, **files, samples=(tumor, normal), options=options)
    if table is not None:
        write_call_table(read_annotated(output), table)
    click.echo(
        f"{counts.n_records} records, {counts.n_alleles} alternate alleles: {counts.n_with_transcript} near a gene, "
        f"{counts.n_with_frequency} with a population frequency",
        err=True,
    )
