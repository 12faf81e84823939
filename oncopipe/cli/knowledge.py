"""`oncopipe knowledge`: import, list and compare sources, and place their targets."""

from __future__ import annotations

from pathlib import Path

import click


class _SourceName(click.ParamType):
    """One of `knowledge.sources.SOURCES`, which is imported when it is asked for, not for other verbs' `--help`."""

    name = "source"

    def get_metavar(self, *_: object, **__: object) -> str:
        return f"[{'|'.join(self._names())}]"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if value not in self._names():
            self.fail(f"{value!r} is not one of {', '.join(self._names())}.", param, ctx)
        return value

    @staticmethod
    def _names() -> list[str]:
        from oncopipe.knowledge.sources import SOURCES

        return [source.name for source in SOURCES]


FOLDER = click.Path(path_type=Path)


@click.group("knowledge")
def command() -> None:
    """Import, list and compare knowledge sources; place their targets."""


@command.command("import")
@click.option("--source", type=_SourceName(), required=True, help="What kind of source it is.")
@click.option(
    "--from", "path", type=FOLDER, required=True, metavar="PATH", help="The release: a file, or its folder."
)
@click.option("--output", type=FOLDER, required=True, metavar="FOLDER", help="The knowledge folder to write into.")
@click.option("--release", metavar="NAME", help="Name of the release, e.g. 2021-02; shown in every report.")
def import_command(source: str, path: Path, output: Path, release: str | None) -> None:
    """Read a source whole, check every row, and write it into a knowledge folder."""
    from oncopipe.knowledge.sources import import_source, n_rejected

    facts = import_source(source, path, output, release)
    click.echo(f"{facts.name} {facts.release}: {facts.n_rows} rows, licence {facts.license}; {output}")
    if n := n_rejected(output, source):
        click.echo(f"{n} rows were left out, with row and reason in {output / source}.rejects.tsv", err=True)


@command.command("list")
@click.option("--knowledge", type=FOLDER, metavar="FOLDER", help="A knowledge folder; without it, what ships.")
def list_command(knowledge: Path | None) -> None:
    """List the sources in use with release, licence, rows and digest."""
    from oncopipe.knowledge.sources import read_knowledge

    for facts in read_knowledge(knowledge)[1]:
        click.echo(f"{facts.name}\t{facts.release}\t{facts.license}\t{facts.n_rows}\t{facts.digest}")


@command.command("sites")
@click.option("--knowledge", type=FOLDER, metavar="FOLDER", help="A knowledge folder; without it, what ships.")
@click.option("--no-targets", is_flag=True, help="Leave the shipped targets out.")
@click.option("--reference", type=FOLDER, required=True, metavar="FILE", help="Reference FASTA.")
@click.option("--genes", type=FOLDER, required=True, metavar="FILE", help="Gene models: GFF3.")
@click.option("--transcripts", type=FOLDER, metavar="FILE", help="The site's own list of transcripts, one a line.")
@click.option("--output", type=FOLDER, required=True, metavar="FILE", help="sites.tsv to write.")
def sites_command(
    knowledge: Path | None, no_targets: bool, reference: Path, genes: Path, transcripts: Path | None, output: Path
) -> None:
    """Write where the targets lie on the genome: the sites at which limits of detection are measured."""
    from oncopipe.interpretation.hotspots import all_hotspots
    from oncopipe.interpretation.negatives import target_sites
    from oncopipe.interpretation.references import read_references
    from oncopipe.io.limits import write_sites
    from oncopipe.knowledge.sources import read_knowledge

    statements, _ = read_knowledge(knowledge, targets=not no_targets)
    hotspots = all_hotspots(read_references(knowledge, (), "unknown"))
    placed = target_sites(statements, hotspots, reference, genes, transcripts)
    write_sites(placed.sites, output)
    click.echo(f"{len(placed.sites)} sites; {output}")
    for unit, why in placed.unplaced:
        click.echo(f"no place for {unit.gene} {unit.target} ({unit.kind}): {why}", err=True)


@command.command("diff")
@click.argument("old", type=FOLDER)
@click.argument("new", type=FOLDER)
@click.option("--output", type=FOLDER, metavar="FILE", help="TSV of every difference.")
def diff_command(old: Path, new: Path, output: Path | None) -> None:
    """Say what changed between two knowledge folders: rows added, removed, and changed by column."""
    from oncopipe.io.output import write_text
    from oncopipe.knowledge.diff import diff_knowledge, format_diff, summary

    diffs = diff_knowledge(old, new)
    for found in diffs:
        click.echo(summary(found))
    if output is not None:
        write_text(output, format_diff(diffs))
