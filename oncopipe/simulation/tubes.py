"""A tube of a made person to its BAM: reads placed where they were drawn, and aligned where they carry an indel."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pysam

from oncopipe.alignment.aligners import align_with_pybwa
from oncopipe.alignment.index import ensure_index, link_index
from oncopipe.alignment.sorting import sort_and_mark
from oncopipe.io.fasta import open_reference
from oncopipe.io.fastq import FastqRecord
from oncopipe.simulation.families import Families, families_of
from oncopipe.simulation.molecules import STRANGER_A, Library, Molecules, carry, damage, draw_molecules, slip
from oncopipe.simulation.people import Paralogs, Person, text_of
from oncopipe.simulation.reads import MadeVariant
from oncopipe.simulation.records import (
    DUPLICATE,
    NAME_DIGITS,
    merged,
    placed_records,
    raw_records,
    write_bam,
)
from oncopipe.simulation.sequencing import Reads, sequence
from oncopipe.simulation.tracts import Tracts

# PERF: bases of the genome drawn at once; at 80x some 150 MB of arrays.
WINDOW = 250_000


@dataclass(frozen=True)
class Contig:
    """One contig of the made world: its sequence, who lives there, and what the tumor has."""

    name: str
    codes: np.ndarray
    tracts: Tracts
    person: Person
    stranger: Person | None
    paralogs: Paralogs | None
    somatic: tuple[MadeVariant, ...]


@dataclass(frozen=True)
class Tube:
    """A sample of the person. tumor_share: by which the somatic fractions are multiplied."""

    name: str
    library: Library
    tumor_share: float


def write_tube(path: Path, fasta: Path, contigs: list[Contig], tube: Tube, seed: int, threads: int = 1) -> None:
    """Write a sorted, indexed BAM, copies marked. The same seed gives the same bytes for any number of threads."""
    folder = path.parent / f".{path.stem}.part"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        header = tube_header(contigs, tube.name)
        specials = _Specials()
        with (folder / "placed").open("wb") as file:
            number, dtype = 0, None
            for rank, contig in enumerate(contigs):
                for rows in _placed(rank, contig, tube, np.random.default_rng([seed, rank]), number, specials):
                    file.write(rows.tobytes())
                    number, dtype = number + rows.size, rows.dtype
        assert dtype is not None
        placed = np.memmap(folder / "placed", dtype, "r")
        aligned = specials.align(fasta, header, folder, tube.name, threads)
        write_bam(path, header, merged(placed, aligned), threads)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def tube_header(contigs: list[Contig], sample: str) -> pysam.AlignmentHeader:
    return pysam.AlignmentHeader.from_dict(
        {
            "HD": {"VN": "1.6", "SO": "coordinate"},
            "SQ": [{"SN": contig.name, "LN": int(contig.codes.size)} for contig in contigs],
            "RG": [{"ID": sample, "SM": sample, "LB": sample, "PL": "ILLUMINA"}],
            "CO": ["SYNTHETIC reads made by OncoPipe"],
        }
    )


def _placed(
    rank: int, contig: Contig, tube: Tube, rng: np.random.Generator, number: int, specials: _Specials
) -> Iterator[np.ndarray]:
    """Sorted placed records of a contig, a window at a time; molecules with an indel go to `specials`."""
    stack, library = _stack(contig), tube.library
    waiting: np.ndarray | None = None
    last = contig.codes.size - library.read
    step = max(1000, min(WINDOW, int(WINDOW * 100 / library.depth)))
    for low in range(0, last, step):
        high = min(low + step, last)
        molecules = molecules_of(rng, contig, tube, (low, high))
        families = families_of(rng, molecules, library, number, contig.codes)
        reads = sequence(rng, families.molecules, stack, library.read)
        numbers = number + np.arange(len(families.molecules))
        number += len(families.molecules)
        is_special = np.zeros(len(families.molecules), bool)
        is_special[list(families.molecules.replacements)] = True
        specials.add(families, reads, numbers, np.flatnonzero(is_special))
        records = placed_records(families, reads, numbers, rank, contig.codes, tube.name)[~np.tile(is_special, 2)]
        if waiting is not None:
            records = np.concatenate([waiting, records])
        records = records[np.argsort(records["position"], kind="stable")]
        cut = np.searchsorted(records["position"], high) if high < last else records.size
        yield records[:cut]
        waiting = records[cut:]


def _stack(contig: Contig) -> np.ndarray:
    """Chromosomes in the order of `molecules`: the person's two, the paralogs, the stranger's two."""
    rows = [contig.person.codes, (contig.paralogs.codes if contig.paralogs else contig.codes)[None]]
    if contig.stranger is not None:
        rows.append(contig.stranger.codes)
    return np.concatenate(rows)


def molecules_of(rng: np.random.Generator, contig: Contig, tube: Tube, window: tuple[int, int]) -> Molecules:
    """What is in the tube of one window of a contig."""
    library = tube.library
    molecules = draw_molecules(rng, window, contig.codes, contig.paralogs, library)
    near = (window[0] - 5000, window[1] + 5000)
    carry(rng, molecules, _within(contig.person.indels, near), 1.0)
    if contig.stranger is not None:
        carry(rng, molecules, _within(contig.stranger.indels, near), 1.0, STRANGER_A)
    if tube.tumor_share > 0:
        carry(rng, molecules, _within(contig.somatic, near), tube.tumor_share)
    slip(rng, molecules, contig.codes, contig.tracts)
    if library.damage:
        damage(rng, molecules, contig.codes, library.damage)
    return molecules


def _within(variants: tuple[MadeVariant, ...], window: tuple[int, int]) -> tuple[MadeVariant, ...]:
    return tuple(v for v in variants if window[0] <= v.position < window[1])


class _Specials:
    """Pairs that carry an indel: kept as FASTQ, then aligned, so that they look as an aligner leaves them."""

    def __init__(self) -> None:
        self._pairs: list[tuple[FastqRecord, FastqRecord]] = []
        self._copies: set[str] = set()
        self._barcodes: dict[str, list[tuple[str, str]]] = {}

    def add(self, families: Families, reads: Reads, numbers: np.ndarray, rows: np.ndarray) -> None:
        for row in rows.tolist():
            name = f"{numbers[row]:0{NAME_DIGITS}d}"
            self._pairs.append(pair_of(name, reads, row, bool(families.molecules.is_forward[row])))
            if families.is_copy[row]:
                self._copies.add(name)
            if families.barcodes:
                values = (values[row].decode() for values in families.barcodes)
                self._barcodes[name] = list(zip(("RX", "MI"), values, strict=False))

    def align(
        self, fasta: Path, header: pysam.AlignmentHeader, folder: Path, group: str, threads: int
    ) -> list[tuple[tuple[int, int], bytes]]:
        """Raw records of all pairs, sorted, with the tags that placed records have."""
        if not self._pairs:
            return []
        with open_reference(fasta) as reference:
            prefix = link_index(ensure_index(reference, fasta.parent / "bwa-index" / fasta.name), folder, reference)
        aligned, plain = folder / "aligned.bam", folder / "plain.bam"
        unsorted = header.to_dict() | {"HD": {"VN": "1.6", "SO": "unsorted", "GO": "query"}}
        with pysam.AlignmentFile(str(aligned), "wbu", header=unsorted) as writer:
            for record in align_with_pybwa(iter(self._pairs), prefix, group, threads):
                writer.write(record)
        result = sort_and_mark(aligned, folder, threads, mark_duplicates=False)
        with (
            pysam.AlignmentFile(str(result)) as reader,
            pysam.AlignmentFile(str(plain), "wbu", header=header) as writer,
        ):
            for record in reader:
                if record.query_name in self._copies:
                    record.flag |= DUPLICATE
                kept = {tag: record.get_tag(tag) for tag in ("NM", "MC", "RG") if record.has_tag(tag)}
                record.set_tags([*kept.items(), *self._barcodes.get(record.query_name or "", [])])
                if record.reference_id >= 0:  # a pair that lies nowhere says nothing at a position
                    writer.write(record)
        return list(raw_records(plain))


def pair_of(name: str, reads: Reads, row: int, is_forward: bool) -> tuple[FastqRecord, FastqRecord]:
    """Read 1 and read 2 as a sequencer gives them."""
    left = FastqRecord(name, text_of(reads.left[row]), _phred(reads.left_quality[row]))
    reverse = np.where(reads.right[row] < 4, 3 - reads.right[row], 4)[::-1]
    right = FastqRecord(name, text_of(reverse), _phred(reads.right_quality[row][::-1]))
    return (left, right) if is_forward else (right, left)


def _phred(quality: np.ndarray) -> str:
    return (quality + 33).astype(np.uint8).tobytes().decode("ascii")
