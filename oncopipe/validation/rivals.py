"""Other people's callers on the same set in the same run, where they are installed; no number is remembered."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pysam

from oncopipe.errors import OncoPipeError
from oncopipe.io.output import write_text
from oncopipe.validation.measure import Measured, count
from oncopipe.validation.sets import TruthSet

# METHOD: freebayes and bcftools are no somatic callers; the simplest rule makes them one. An allele is a call when its
# record has this quality, two of the tumor's reads or more show it, and none of the normal's.
MIN_QUALITY, MIN_TUMOR_READS, MAX_NORMAL_READS = 10.0, 2, 0
_HEADER = (
    '##INFO=<ID=AF,Number=A,Type=Float,Description="Fraction of the tumor\'s reads">',
    "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO",
)


@dataclass(frozen=True)
class Rival:
    """A program: its commands for (FASTA, BED, tumor, normal), the last one's output being VCF, and its read counts.

    counts: reads of the alleles of a sample, reference first.
    """

    name: str
    commands: Callable[[Path, Path, Path, Path], list[list[str]]]
    counts: Callable[[pysam.VariantRecordSample], tuple[int, ...]]


def _freebayes(fasta: Path, bed: Path, tumor: Path, normal: Path) -> list[list[str]]:
    return [["freebayes", "-f", str(fasta), "-t", str(bed), "-F", "0.02", "-C", "2", str(tumor), str(normal)]]


def _freebayes_counts(sample: pysam.VariantRecordSample) -> tuple[int, ...]:
    alternate = sample.get("AO") or ()
    alternate = alternate if isinstance(alternate, tuple) else (alternate,)
    return (sample.get("RO") or 0, *(n or 0 for n in alternate))


def _bcftools(fasta: Path, bed: Path, tumor: Path, normal: Path) -> list[list[str]]:
    pileup = ["bcftools", "mpileup", "-f", str(fasta), "-T", str(bed), "-d", "10000", "-q", "20", "-Q", "13", "-a", "AD",
              "-Ou", str(tumor), str(normal)]  # fmt: skip
    return [pileup, ["bcftools", "call", "-mv", "-P", "0.01", "-Ov"]]


def _bcftools_counts(sample: pysam.VariantRecordSample) -> tuple[int, ...]:
    return tuple(n or 0 for n in sample.get("AD") or ())


RIVALS = (
    Rival("freebayes", _freebayes, _freebayes_counts),
    Rival("bcftools", _bcftools, _bcftools_counts),
)


def measure_rivals(truth_set: TruthSet, report: Callable[[str], None]) -> list[Measured]:
    """What each installed rival makes of a set; the others are named as absent. Raises: OncoPipeError when one fails."""
    found = []
    for rival in RIVALS:
        if shutil.which(rival.name) is None:
            report(f"{rival.name} is not installed: no line for it")
            continue
        with tempfile.TemporaryDirectory(prefix="oncopipe-rival-") as folder:
            vcf = Path(folder) / "calls.vcf"
            seconds = _call(rival, truth_set, Path(folder), vcf)
            found.append(count(truth_set, vcf, rival.name, seconds))
    return found


def _call(rival: Rival, truth_set: TruthSet, folder: Path, output: Path) -> float:
    """Write the rival's somatic calls; returns its CPU seconds."""
    fasta = folder / "reference.fa"
    with (
        pysam.FastxFile(str(truth_set.reference)) as source,
        fasta.open("w") as out,
    ):  # freebayes reads plain FASTA only
        for contig in source:
            out.write(f">{contig.name}\n{contig.sequence}\n")
    pysam.faidx(str(fasta))
    tumor, normal = (truth_set.bam(sample) for sample in (truth_set.tumor, truth_set.normal))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    raw = folder / "raw.vcf"
    _pipe(rival.commands(fasta, truth_set.regions, tumor, normal), raw, rival.name)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    names = tuple(_sample_name(path) for path in (tumor, normal))
    with pysam.FastaFile(str(fasta)) as reference:
        contigs = [f"##contig=<ID={name}>" for name in reference.references]
    write_text(output, "\n".join(["##fileformat=VCFv4.3", *contigs, *_HEADER, *_somatic(rival, raw, *names)]) + "\n")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _pipe(commands: list[list[str]], output: Path, name: str) -> None:
    processes: list[subprocess.Popen[bytes]] = []
    with output.open("wb") as out, tempfile.TemporaryFile() as log:
        for number, command in enumerate(commands):
            last = number == len(commands) - 1
            source = processes[-1].stdout if processes else None
            processes.append(
                subprocess.Popen(command, stdin=source, stdout=out if last else subprocess.PIPE, stderr=log,
                                 env={**os.environ, "LC_ALL": "C"})
            )  # fmt: skip
            if source is not None:
                source.close()
        codes = [process.wait() for process in processes]
        if any(codes):
            log.seek(0)
            raise OncoPipeError(f"{name} failed", fix=log.read().decode("utf-8", "replace").strip()[-300:])


def _sample_name(bam: Path) -> str:
    with pysam.AlignmentFile(str(bam)) as file:
        return str(file.header.to_dict()["RG"][0]["SM"])


def _somatic(rival: Rival, raw: Path, tumor: str, normal: str) -> Iterator[str]:
    """VCF rows of the alleles that the rule calls."""
    with pysam.VariantFile(str(raw)) as file:
        for record in file:
            in_tumor, in_normal = (rival.counts(record.samples[name]) for name in (tumor, normal))
            if record.qual is None or record.qual < MIN_QUALITY:
                continue
            for i, alt in enumerate(record.alts or (), 1):
                n = in_tumor[i] if i < len(in_tumor) else 0
                there = in_normal[i] if i < len(in_normal) else 0
                if n >= MIN_TUMOR_READS and there <= MAX_NORMAL_READS:
                    fraction = n / max(1, sum(in_tumor))
                    yield f"{record.contig}\t{record.pos}\t.\t{record.ref}\t{alt}\t.\tPASS\tAF={fraction:.4f}"
