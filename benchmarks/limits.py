"""Is a stated limit of detection true? Alleles are planted at it and looked for, through the whole chain.

    python -m benchmarks.limits [--plants 900] [--designs pair,beside,deep,alone]

For each design: reads of a tumor (and its normal) without any somatic allele, `collect` and `fit` on them, the limit of
each place as `oncopipe call limits` gives it; then the same molecules with an allele planted at each place at its limit,
`collect` and `score` with all filters, and what passed. Exit status 1 where the lower one-sided 95 % bound of the share
found (Clopper and Pearson) is below 95 %, or where fewer than 500 of a class could be planted.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pysam
from scipy.stats import beta

from benchmarks.plants import STEP, Plant, Tube, heterozygous, plant, random_genome
from oncopipe.calling import collect_reads, limits_at, score_evidence
from oncopipe.calling.fit import Model, fit
from oncopipe.io.limits import Site
from oncopipe.knowledge.units import KINDS
from oncopipe.options import CallOptions

CLAIM, LEAST_PLANTS = 0.95, 500
# The prior of an ordinary tumor: the plants must not teach that somatic alleles are common.
OPTIONS = CallOptions(somatic_prior=3e-6)
_AWAY = 60  # bases from a plant to the heterozygous variant beside it


@dataclass(frozen=True)
class Design:
    """What is sequenced. normal: depth, None for a tumor alone. beside: each place has a heterozygous variant nearby."""

    tumor: int
    normal: int | None
    beside: bool = False


DESIGNS = {
    "pair": Design(80, 40),
    "beside": Design(80, 40, beside=True),
    "deep": Design(200, 60),
    "alone": Design(120, None),
}


@dataclass(frozen=True)
class Row:
    """One class of a design: how many were planted at which mean limit, and how many of them were found."""

    design: str
    kind: str
    n: int
    n_without_limit: int
    mean_limit: float
    n_found: int

    @property
    def at_least(self) -> float:
        """The lower one-sided 95 % bound of the share found."""
        return float(beta.ppf(0.05, self.n_found, self.n - self.n_found + 1)) if self.n_found else 0.0

    @property
    def holds(self) -> bool:
        return self.at_least >= CLAIM


@dataclass(frozen=True)
class Sequenced:
    """One design at work: the genome's molecules, and the germline variants of the person."""

    fasta: Path
    folder: Path
    tumor: Tube
    normal: Path | None
    germline: list[Plant]


def measure(name: str, n_plants: int, folder: Path, seed: int = 77) -> list[Row]:
    """A row for each kind of variant, `n_plants` of each planted in a genome of its own."""
    design, n = DESIGNS[name], n_plants * len(KINDS)
    genome = random_genome(seed, n * STEP + 1200)
    places = [plant(genome, 600 + i * STEP, KINDS[i % len(KINDS)]) for i in range(n)]
    germline = [heterozygous(genome, p.position - _AWAY) for p in places] if design.beside else []
    fasta = folder / "genome.fa"
    fasta.write_text(f">chr1\n{genome}\n")
    pysam.faidx(str(fasta))
    normal = Tube(genome, design.normal, 2).write(folder / "N.bam", "N", germline) if design.normal else None
    sample = Sequenced(fasta, folder, Tube(genome, design.tumor, 1), normal, germline)
    limits, model = _limits(sample, places)
    planted = [
        replace(p, fraction=limit, haplotype=i // len(KINDS) % 2 if design.beside else None)
        for i, (p, limit) in enumerate(zip(places, limits, strict=True))
        if limit is not None
    ]
    found = _found(sample, planted, model)
    return [_row(name, kind, places, planted, found) for kind in KINDS]


def _limits(sample: Sequenced, places: list[Plant]) -> tuple[list[float | None], Model]:
    """The limit of each place, and the model of a tumor in which nothing was planted."""
    tumor = sample.tumor.write(sample.folder / "blank.bam", "T", sample.germline)
    collected = collect_reads(tumor, sample.normal, sample.fasta, None)
    model = fit(collected, OPTIONS)
    sites = [Site("GENE", f"site {i}", p.kind, "chr1", p.position, p.position + 1) for i, p in enumerate(places)]
    limits = limits_at(
        sites, collected, model, (tumor, sample.normal), sample.fasta, OPTIONS, has_population=sample.normal is None
    )
    return [row.limit for row in limits.rows], model


def _found(sample: Sequenced, planted: list[Plant], model: Model) -> set[tuple[int, str, str]]:
    tumor = sample.tumor.write(sample.folder / "planted.bam", "T", [*planted, *sample.germline])
    collected = collect_reads(tumor, sample.normal, sample.fasta, None)
    population = None if sample.normal else _population(sample)
    calls = score_evidence(collected, model, OPTIONS, population)
    e, rows = calls.evidence, np.flatnonzero(calls.is_pass).tolist()
    return {(int(e.position[i]), str(e.reference[i]), str(e.alternate[i])) for i in rows}


def _population(sample: Sequenced) -> Path:
    """A population resource that lists none of the plants: one common variant at the end."""
    path = sample.folder / "population.vcf.gz"
    length = len(sample.tumor.genome)
    text = "##fileformat=VCFv4.2\n" + f"##contig=<ID=chr1,length={length}>\n"
    text += (
        '##INFO=<ID=AF,Number=A,Type=Float,Description="Frequency">\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n'
    )
    last = sample.tumor.genome[-1]
    text += f"chr1\t{length}\t.\t{last}\t{'A' if last != 'A' else 'C'}\t.\t.\tAF=0.4\n"
    with pysam.BGZFile(str(path), "w") as file:
        file.write(text.encode())
    pysam.tabix_index(str(path), preset="vcf", force=True)
    return path


def _row(name: str, kind: str, places: list[Plant], planted: list[Plant], found: set[tuple[int, str, str]]) -> Row:
    some = [p for p in planted if p.kind == kind]
    n_found = sum((p.position, p.reference, p.alternate) in found for p in some)
    mean = float(np.mean([p.fraction for p in some])) if some else float("nan")
    n_places = sum(p.kind == kind for p in places)
    return Row(name, kind, len(some), n_places - len(some), mean, n_found)


def table(rows: list[Row]) -> str:
    """The rows as a Markdown table, with what was sequenced."""
    lines = [
        "| reads | class | planted | mean limit | no limit | found | share | at least (95 %, one-sided) | claim |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        d = DESIGNS[row.design]
        reads = f"{d.tumor}x" + (f" with {d.normal}x normal" if d.normal else ", no normal, population resource")
        reads += ", each beside a heterozygous variant" if d.beside else ""
        lines.append(
            f"| {reads} | {row.kind} | {row.n} | {row.mean_limit:.3f} | {row.n_without_limit} | {row.n_found} "
            f"| {row.n_found / max(row.n, 1):.3f} | {row.at_least:.3f} | {'holds' if row.holds else 'DOES NOT HOLD'} |"
        )
    return "\n".join(lines) + "\n"


def main() -> int:
    """Print the table; 1 where the claim does not hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plants", type=int, default=900)
    parser.add_argument("--designs", default=",".join(DESIGNS))
    given = parser.parse_args()
    rows: list[Row] = []
    for name in given.designs.split(","):
        with tempfile.TemporaryDirectory() as folder:
            rows += measure(name, given.plants, Path(folder))
    sys.stdout.write(table(rows))
    return int(not all(row.holds and row.n >= min(LEAST_PLANTS, given.plants) for row in rows))


if __name__ == "__main__":
    sys.exit(main())
