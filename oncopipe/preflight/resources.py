"""Reference and resources, looked at from outside: readable, indexed, of the same contigs."""

from __future__ import annotations

import gzip
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import pysam

from oncopipe.data.plan import Plan
from oncopipe.data.problems import Problem
from oncopipe.data.sheet_checks import file_fault
from oncopipe.errors import OncoPipeError
from oncopipe.io.bed import read_bed
from oncopipe.io.fasta import Contigs, check_contigs
from oncopipe.preflight.reads import as_problem

# PERF: indexing 100 MB of FASTA takes about a second; a larger one without .fai is left to the first step.
_SMALL_FASTA = 200_000_000


def reference_contigs(plan: Plan) -> tuple[Contigs | None, list[Problem]]:
    """The contigs of the reference, from its index or a passing one; None when they cannot be told in seconds."""
    path = Path(plan.config.reference.fasta)
    where = f"{plan.where}, key reference.fasta"
    if file_fault(str(path)):
        return None, []  # named already
    index = Path(f"{path}.fai")
    try:
        if index.is_file():
            return _read_fai(path, index), []
        if path.stat().st_size > _SMALL_FASTA:
            return None, []
        with tempfile.TemporaryDirectory(prefix="oncopipe-preflight-") as folder:
            passing = Path(folder) / "reference.fai"
            pysam.faidx("--fai-idx", str(passing), "--gzi-idx", str(Path(folder) / "reference.gzi"), str(path))
            return _read_fai(path, passing), []
    except (OSError, ValueError, pysam.SamtoolsError):
        fix = "give a FASTA, plain or compressed with bgzip (not gzip); delete a damaged .fai"
        return None, [Problem(where, f"{str(path)!r} or its index is no FASTA", fix)]


def _read_fai(path: Path, index: Path) -> Contigs:
    lengths = {}
    for line in index.read_text(encoding="utf-8").splitlines():
        fields = line.split("\t")
        lengths[fields[0]] = int(fields[1] if len(fields) > 4 else "")
    if not lengths:
        raise ValueError("no contig")
    return Contigs(path, lengths)


def resource_problems(plan: Plan, contigs: Contigs | None) -> Iterator[Problem]:
    """Files beside the reads that cannot be used, or speak of other contigs."""
    resources = plan.config.resources
    genes = plan.config.reference.genes
    if contigs is not None and not file_fault(genes):
        yield from _gff3_problems(Path(genes), contigs, f"{plan.where}, key reference.genes")
    if contigs is not None and resources.regions and not file_fault(resources.regions):
        try:
            read_bed(resources.regions, contigs.lengths)
        except OncoPipeError as error:
            yield as_problem(error, f"{plan.where}, key resources.regions")
    for key in ("population", "panel_of_normals", "sites"):
        path = getattr(resources, key)
        if path and not file_fault(path):
            yield from _vcf_problems(Path(path), contigs, f"{plan.where}, key resources.{key}")


def _gff3_problems(path: Path, contigs: Contigs, where: str) -> Iterator[Problem]:
    """Reads until the first feature on a contig of the reference; `oncopipe annotate` reads all."""
    opener = gzip.open if path.suffix == ".gz" else open
    first: str | None = None
    try:
        with opener(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                if line.startswith("#") or not line.strip():
                    continue
                contig, _, rest = line.partition("\t")
                if rest.count("\t") != 7:
                    break
                first = first or contig
                if contig in contigs.lengths:
                    return
            else:
                if first is not None:
                    what = f"none of its contigs is in the reference; its first is {first}"
                    fix = "give gene models of the same build with the reference's contig names"
                    yield Problem(where, f"{str(path)!r}: {what}", fix)
                    return
    except (OSError, EOFError, UnicodeDecodeError, zlib.error) as error:
        yield Problem(where, f"{str(path)!r} cannot be read as text ({error})", "copy it again")
        return
    yield Problem(where, f"{str(path)!r} is no GFF3: a feature has nine columns", "give Ensembl's GFF3")


def _vcf_problems(path: Path, contigs: Contigs | None, where: str) -> Iterator[Problem]:
    try:
        with pysam.VariantFile(str(path)) as file:
            lengths = {str(name): contig.length for name, contig in file.header.contigs.items() if contig.length}
        if contigs is not None and lengths:
            check_contigs(contigs, lengths, where=str(path))
    except OncoPipeError as error:
        yield as_problem(error, where)
    except (OSError, ValueError) as error:
        yield Problem(where, f"{str(path)!r} cannot be read as VCF ({error})", "give a VCF, plain or bgzipped")
