"""The inputs of the Personal Cancer Genome Reporter: a VCF with its depth tags, segments, fusions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from oncopipe.data.alterations import Breakend
from oncopipe.data.findings import Support, Variant
from oncopipe.errors import InputError
from oncopipe.exports.folders import whole_folder, write_lines
from oncopipe.exports.shape import Batch, Format, build_of
from oncopipe.exports.tables import line, plain_text
from oncopipe.report.selection import Source

FILES = re.compile(r"[\w.-]+\.grch3[78]\.(vcf\.gz|vcf\.gz\.tbi|cna\.tsv|fusions\.tsv)")
CNA_COLUMNS = ("Chromosome", "Start", "End", "nMajor", "nMinor")
FUSION_COLUMNS = ("FusionGene", "LeftBreakpoint", "RightBreakpoint", "SplitReads")
_ALLELE = re.compile(r"[ACGTN]+")
_CONTIG = re.compile(r"[0-9A-Za-z._*-]+")
_HEADER = (
    "##fileformat=VCFv4.2",
    '##FILTER=<ID=PASS,Description="All filters passed">',
    '##INFO=<ID=TDP,Number=1,Type=Integer,Description="Fragments that speak at the variant in the tumor">',
    '##INFO=<ID=TVAF,Number=1,Type=Float,Description="Fraction of them with the allele in the tumor">',
    '##INFO=<ID=CDP,Number=1,Type=Integer,Description="Fragments that speak at the variant in the normal">',
    '##INFO=<ID=CVAF,Number=1,Type=Float,Description="Fraction of them with the allele in the normal">',
)
Place = tuple[int, str, int, str, str]
_CHROMOSOMES = {name: i for i, name in enumerate([*map(str, range(1, 23)), "X", "Y", "MT"])}


def write_pcgr(batch: Batch, path: Path) -> None:
    """Write the folder: for each sample its VCF with index, and tables of segments and fusions where there are any.

    Raises: InputError when an allele or chromosome of the findings cannot stand in a VCF; OutputError.
    """
    with whole_folder(path, FILES) as folder:
        for source in batch.files():
            sample = source.head.identity.sample
            stem = f"{sample}.{build_of(source.head).lower()}"
            _write_vcf(folder / f"{stem}.vcf.gz", vcf_lines(source))
            segments = [
                line((s.chromosome, s.start + 1, s.end, s.n_major, s.n_minor))
                for s in batch.alterations.segments
                if s.sample == sample and s.n_major is not None and s.n_minor is not None
            ]
            fusions = [
                line(
                    (
                        f"{sv.first.gene}--{sv.second.gene}",
                        _breakpoint(sv.first),
                        _breakpoint(sv.second),
                        sv.split_reads,
                    )
                )
                for sv in batch.alterations.structural
                if sv.sample == sample and sv.kind == "FUSION"
            ]
            for name, columns, rows in (("cna", CNA_COLUMNS, segments), ("fusions", FUSION_COLUMNS, fusions)):
                if rows:
                    write_lines(folder / f"{stem}.{name}.tsv", [line(columns), *rows])


FORMAT = Format(
    name="pcgr",
    about="Inputs of PCGR: VCF with TDP and TVAF, segments with nMajor and nMinor, fusions.",
    makes="folder",
    suffix="pcgr",
    write=write_pcgr,
    options=("alterations",),
)


def vcf_lines(source: Source) -> Iterator[str]:
    """A VCF without genotypes, sorted by place; one record a variant, PASS.

    Raises: InputError when an allele or chromosome cannot stand in a VCF.
    """
    # PERF: a VCF is sorted and findings are not: of each variant its place and its line are held, 400 bytes, no model.
    rows = sorted(_record(v, source.head.identity.sample) for v in source.variants())
    yield from _HEADER
    yield from (f"##contig=<ID={name}>" for name in dict.fromkeys(chromosome for (_, chromosome, *_), _ in rows))
    yield "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"
    yield from (record for _, record in rows)


def _record(v: Variant, sample: str) -> tuple[Place, str]:
    chromosome = v.chromosome.removeprefix("chr")
    chromosome = "MT" if chromosome == "M" else chromosome
    if not _CONTIG.fullmatch(chromosome) or not all(map(_ALLELE.fullmatch, (v.reference, v.alternate))):
        raise InputError(
            "the allele cannot stand in a VCF for PCGR",
            where=plain_text(f"sample {sample}, {v.chromosome}:{v.position}", 120),
            fix="letters A, C, G, T and N only",
        )
    quality = "." if v.quality is None else f"{v.quality:.2f}"
    info = ";".join([*_info("T", v.tumor), *(_info("C", v.normal) if v.normal else ())])
    place = (_CHROMOSOMES.get(chromosome, len(_CHROMOSOMES)), chromosome, v.position, v.reference, v.alternate)
    return place, "\t".join([chromosome, str(v.position), ".", v.reference, v.alternate, quality, "PASS", info])


def _info(whose: str, support: Support) -> list[str]:
    return [f"{whose}DP={support.depth}", f"{whose}VAF={support.vaf:.4f}"]


def _breakpoint(end: Breakend) -> str:
    return f"{end.chromosome}:{end.position}" if end.chromosome and end.position else ""


def _write_vcf(path: Path, lines: Iterable[str]) -> None:
    import pysam

    path.touch()  # a path that cannot be opened, such as one too long, crashes pysam and with it Python
    with pysam.BGZFile(str(path), "wb", index=None) as out:
        for record in lines:
            out.write(f"{record}\n".encode())
    pysam.tabix_index(str(path), preset="vcf", force=True)
