"""`oncopipe benchmark`: calls against a truth set."""

from __future__ import annotations

import json
from pathlib import Path

import click

FILE = click.Path(path_type=Path)


@click.command("benchmark")
@click.option(
    "--truth", type=FILE, required=True, metavar="FILE", help="VCF of the truth; PASS and unfiltered records."
)
@click.option(
    "--calls", type=FILE, required=True, metavar="FILE", help="VCF of the calls; PASS and unfiltered records."
)
@click.option("--reference", type=FILE, required=True, metavar="FILE", help="Reference FASTA.")
@click.option("--regions", type=FILE, metavar="FILE", help="BED inside which both are compared.")
@click.option(
    "--output",
    type=FILE,
    required=True,
    metavar="FOLDER",
    help="Folder for metrics.json, benchmark.html and the lists of alleles.",
)
def command(truth: Path, calls: Path, reference: Path, regions: Path | None, output: Path) -> None:
    """Compare calls with a truth set, once both are left-aligned and split."""
    from oncopipe.io.bed import read_bed
    from oncopipe.io.fasta import open_reference
    from oncopipe.io.output import write_text
    from oncopipe.validation import compare_calls, metrics_of
    from oncopipe.validation.metrics import table_of
    from oncopipe.validation.page import page_of

    with open_reference(reference) as genome:
        places = read_bed(regions, genome.lengths) if regions else None
        comparison = compare_calls(truth, calls, genome, places)
    metrics = metrics_of(comparison)
    write_text(output / "metrics.json", json.dumps(metrics, indent=1) + "\n")
    for name in ("true_positive", "false_positive", "false_negative"):
        rows = ["#chromosome\tposition\treference\talternate"]
        rows += [f"{c}\t{p + 1}\t{r}\t{a}" for c, p, r, a in getattr(comparison, name)]
        write_text(output / f"{name}.tsv", "\n".join(rows) + "\n")
    facts = {"truth": truth.name, "calls": calls.name, "regions": regions.name if regions else "all"}
    write_text(output / "benchmark.html", page_of(metrics, facts))
    click.echo(table_of(metrics))
