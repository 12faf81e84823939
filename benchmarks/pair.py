"""Parameters in, a tumor/normal pair of BAMs with its reference out: made once, kept in a folder, always the same.

    python -m benchmarks.pair FOLDER [--quick]

The sequence is real where ONCOPIPE_DATA holds it; reads are drawn from haplotypes with germline and somatic variants, as
pairs with sequencing errors by quality, stutter in homopolymers, duplicates, soft clips, poorly mappable windows and
NM/MD/AS/XS/RG tags, and stand where they were drawn: no aligner is needed.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pysam

from benchmarks.bam_bytes import write_bam
from benchmarks.haplotypes import Haplotype, Variants, build_haplotype, draw_variants
from benchmarks.reads import draw_reads, read_batches

_SOURCES = ("pair.py", "reads.py", "haplotypes.py", "bam_bytes.py")
_REAL_GENOME = "genome/grch38.chr20_and_21_10M.fa.gz"


@dataclass(frozen=True)
class PairParameters:
    """All that the pair depends on. Slices of the genome are free of N; depths are before duplicates."""

    slices: tuple[tuple[str, int, int], ...] = (("chr20", 100_000, 9_900_000), ("chr21", 9_540_000, 9_990_000))
    depth: tuple[float, float] = (200.0, 150.0)  # tumor, normal
    part: int = 1_200_000  # of the first contig: what is called for the slope of depth
    steps: tuple[int, ...] = (2, 4)  # depths of that part, in units of the usual one
    parts: tuple[int, ...] = (
        1,
        2,
        4,
        8,
    )  # of the first contig, in units of the part; the last three are the slope of bases
    read_length: int = 150
    insert_mean: float = 350.0
    insert_sd: float = 80.0
    duplicate_share: float = 0.08
    clipped_share: float = 0.015
    unplaced_share: float = 0.003
    germline_snv: float = 1.0e-3
    germline_indel: float = 1.2e-4
    somatic_snv: float = 3.0e-5
    somatic_indel: float = 3.0e-6
    paralog_windows: float = 0.03  # of 1 kb, in which some molecules of both samples come from a copy elsewhere
    paralog_share: float = 0.15  # of molecules there
    paralog_divergence: float = 0.02
    clones: tuple[float, ...] = (0.3, 0.5, 0.2)  # shares of molecules: normal cells, main clone, subclone of it
    coverage_sd: float = 0.18  # of the logarithm, between windows of 1 kb
    stutter_base: float = 0.004  # share of reads one base off in a run of 8, times `stutter_growth` a base
    stutter_growth: float = 1.35
    seed: int = 20_240_501


FULL = PairParameters()
QUICK = PairParameters(slices=(("chr20", 1_000_000, 1_300_000), ("chr21", 9_000_000, 9_060_000)), part=37_000)


@dataclass(frozen=True)
class _File:
    """A BAM to write: sample, times of the usual depth, and the part of the first contig (None: everything)."""

    name: str
    sample: int
    times: int
    part: int | None


def make_pair(folder: Path, parameters: PairParameters = FULL) -> Path:
    """The folder of the pair below `folder`, written unless it is there.

    It holds genome.fa, tumor.bam, normal.bam, truth.vcf (the somatic alleles), {tumor,normal}.depth{2,4}.bam (the first
    part alone, deeper) and bases{1,2,4,8}.bed; all indexed.
    """
    target = folder / f"pair-{_digest(parameters)}"
    if (target / "complete").exists():
        return target
    target.mkdir(parents=True, exist_ok=True)
    genome = _genome(parameters)
    _write_genome(target / "genome.fa", genome)
    for times in parameters.parts:
        _write_bed(target / f"bases{times}.bed", parameters, times)
    files = [_File(f"{name}.bam", i, 1, None) for i, name in enumerate(("tumor", "normal"))]
    files += [
        _File(f"{name}.depth{times}.bam", i, times, parameters.part)
        for times in parameters.steps
        for i, name in enumerate(("tumor", "normal"))
    ]
    _write_truth(target / "truth.vcf", parameters, genome)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        list(pool.map(_write_sample, [target] * len(files), files, [parameters] * len(files)))
    (target / "complete").write_text("")
    return target


def _sweep(folder: Path) -> None:
    """Remove pairs that these sources would not make again: each takes 2.5 GB."""
    kept = {f"pair-{_digest(parameters)}" for parameters in (FULL, QUICK)}
    for path in folder.glob("pair-" + 12 * "[0-9a-f]"):
        if path.name not in kept:
            shutil.rmtree(path)


def _digest(parameters: PairParameters) -> str:
    digest = hashlib.sha256(repr([(f.name, getattr(parameters, f.name)) for f in fields(parameters)]).encode())
    digest.update(b"real" if _real_genome() else b"made")
    for name in _SOURCES:
        digest.update(Path(__file__).with_name(name).read_bytes())
    return digest.hexdigest()[:12]


def _real_genome() -> Path | None:
    root = os.environ.get("ONCOPIPE_DATA") or Path(__file__).parents[2] / "shared" / "data"
    path = Path(root) / _REAL_GENOME
    return path if path.exists() else None


def _genome(parameters: PairParameters) -> dict[str, np.ndarray]:
    """Codes 0-3 of each slice, a contig each. N, where a slice has some, becomes A."""
    path = _real_genome()
    if path is None:
        return _made_genome(parameters)
    codes = np.zeros(256, np.uint8)
    codes[list(b"ACGTacgt")] = [0, 1, 2, 3] * 2
    with pysam.FastaFile(str(path)) as file:
        text = {name: file.fetch(name, start, end) for name, start, end in parameters.slices}
    return {name: codes[np.frombuffer(bases.encode("ascii"), np.uint8)] for name, bases in text.items()}


def _made_genome(parameters: PairParameters) -> dict[str, np.ndarray]:
    """Random sequence of a human GC content, with runs of one base as long as a genome's."""
    rng = np.random.default_rng(parameters.seed)
    genome = {}
    for name, start, end in parameters.slices:
        codes = rng.choice(4, end - start, p=[0.295, 0.205, 0.205, 0.295]).astype(np.uint8)
        for at in rng.integers(0, codes.size - 40, codes.size // 600).tolist():
            codes[at : at + 7 + int(rng.geometric(0.2))] = 3 * int(rng.integers(2))
        genome[name] = codes
    return genome


def _variants(parameters: PairParameters, genome: dict[str, np.ndarray]) -> dict[str, tuple[Variants, ...]]:
    """Alleles of each contig: germline (groups: first copy, second copy, both), of paralogs, somatic (2 * subclone + copy)."""
    found = {}
    for i, (name, codes) in enumerate(genome.items()):
        rng = np.random.default_rng([parameters.seed, 1, i])
        germline = draw_variants(
            codes, rng, parameters.germline_snv, parameters.germline_indel, (1 / 3, 1 / 3, 1 / 3)
        )
        paralog = draw_variants(codes, rng, parameters.paralog_divergence, 0, (1.0,))
        is_copied = rng.random(codes.size // 1000 + 1) < parameters.paralog_windows
        somatic = draw_variants(codes, rng, parameters.somatic_snv, parameters.somatic_indel, (0.3, 0.3, 0.2, 0.2))
        after = np.searchsorted(germline.position, somatic.position)
        padded = np.concatenate([[-1000], germline.position, [codes.size + 1000]])
        apart = np.minimum(somatic.position - padded[after], padded[after + 1] - somatic.position)
        found[name] = germline, paralog.select(is_copied[paralog.position // 1000]), somatic.select(apart > 40)
    return found


def _haplotypes(
    codes: np.ndarray, germline: Variants, paralog: Variants, somatic: Variants, *, is_tumor: bool
) -> list[Haplotype]:
    """One with paralogs, two of the normal cells and, in the tumor, two of the main clone and two of its subclone."""
    made = [build_haplotype(codes, [germline.select(germline.group == 2), paralog])]
    for clone in range(3 if is_tumor else 1):
        for copy in range(2):
            mine = germline.select((germline.group == copy) | (germline.group == 2))
            gained = somatic.select((somatic.group % 2 == copy) & (somatic.group // 2 < clone))
            made.append(build_haplotype(codes, [mine, gained]))
    return made


def _write_sample(folder: Path, file: _File, parameters: PairParameters) -> None:
    genome = _genome(parameters)
    variants = _variants(parameters, genome)
    is_tumor = file.sample == 0
    own = np.repeat(parameters.clones, 2) / 2 if is_tumor else np.array([0.5, 0.5])
    shares = np.append(parameters.paralog_share, own * (1 - parameters.paralog_share))
    names = list(genome)[:1] if file.part else list(genome)
    haplotypes = [_haplotypes(genome[name], *variants[name], is_tumor=is_tumor) for name in names]
    seed = [parameters.seed, 2, file.sample, file.times, file.part or 0]
    depth = parameters.depth[file.sample] * file.times
    rows = draw_reads(haplotypes, shares, depth, file.part, parameters, seed)
    sample = "tumor" if is_tumor else "normal"
    contigs = [(name, codes.size) for name, codes in genome.items()]
    text = "@HD\tVN:1.6\tSO:coordinate\n"
    text += "".join(f"@SQ\tSN:{name}\tLN:{length}\n" for name, length in contigs)
    text += f"@RG\tID:{sample}\tSM:{sample}\tPL:ILLUMINA\tLB:{sample}\n"
    batches = read_batches(rows, list(genome.values()), haplotypes, sample, parameters, seed)
    write_bam(folder / file.name, text, contigs, batches)
    pysam.index(str(folder / file.name))


def _write_genome(path: Path, genome: dict[str, np.ndarray]) -> None:
    with path.open("w") as file:
        for name, codes in genome.items():
            bases = np.frombuffer(b"ACGT", np.uint8)[codes].tobytes().decode()
            file.write(f">{name}\n" + "".join(bases[i : i + 60] + "\n" for i in range(0, len(bases), 60)))
    pysam.faidx(str(path))


def _write_bed(path: Path, parameters: PairParameters, times: int) -> None:
    left = times * parameters.part
    lines = []
    for name, start, end in parameters.slices:
        if left > 0:
            lines.append(f"{name}\t0\t{min(end - start, left)}\n")
            left -= end - start
    path.write_text("".join(lines))


def _write_truth(path: Path, parameters: PairParameters, genome: dict[str, np.ndarray]) -> None:
    """The somatic alleles with the fraction they were drawn at; indels are not left-aligned."""
    lines = ["##fileformat=VCFv4.2\n", '##INFO=<ID=VAF,Number=A,Type=Float,Description="Share of molecules">\n']
    lines += [f"##contig=<ID={name},length={codes.size}>\n" for name, codes in genome.items()]
    lines.append("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n")
    _, main, sub = parameters.clones
    for name, (*_, somatic) in _variants(parameters, genome).items():
        text = np.frombuffer(b"ACGT", np.uint8)[genome[name]].tobytes().decode()
        for p, code, gained, group in zip(
            somatic.position.tolist(),
            somatic.code.tolist(),
            somatic.length.tolist(),
            somatic.group.tolist(),
            strict=True,
        ):
            reference = text[p : p + 1 - min(gained, 0)]
            alternate = "ACGT"[code] if gained == 0 else text[p] + text[p + 1 - gained : p + 1] * (gained > 0)
            fraction = (1 - parameters.paralog_share) * (main + sub if group < 2 else sub) / 2
            lines.append(f"{name}\t{p + 1}\t.\t{reference}\t{alternate}\t.\tPASS\tVAF={fraction:.3f}\n")
    path.write_text("".join(lines))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--quick", action="store_true", help="about 10 MB instead of 120 MB a sample")
    chosen = parser.parse_args()
    _sweep(chosen.folder)
    print(make_pair(chosen.folder, QUICK if chosen.quick else FULL))
