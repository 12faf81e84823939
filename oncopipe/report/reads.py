"""The reads of a sample around a variant: who is drawn, and where. The templates draw them as inline SVG."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from oncopipe.data.findings import Variant
from oncopipe.data.reads import ReadBatch
from oncopipe.data.regions import Region
from oncopipe.io.bam import AlignmentReader, open_alignment
from oncopipe.io.fasta import Reference, open_reference
from oncopipe.report.rows import key_of

FLANK = 25  # reference bases on either side
MAX_SPAN = 40  # reference bases of the variant itself that are drawn
MAX_READS = {"tumor": (12, 10), "normal": (6, 8)}  # with the alternate allele, and other
MAX_VARIANTS = 40
LOW_QUALITY = 20
COLUMN, ROW, TOP = 9.0, 12.0, 15.0  # user units
_UNUSED = 0x100 | 0x200 | 0x400 | 0x800  # secondary, failed, duplicate, supplementary
_LETTERS = "=ACMGRSVTWYHKDBN"
_M, _I, _D, _N, _S, _EQUAL, _X = 0, 1, 2, 3, 4, 7, 8


@dataclass(frozen=True)
class Run:
    """Neighboring letters of one kind: `low` base quality, a `difference`, or plain."""

    x: float
    width: float
    letters: str
    kind: str


@dataclass(frozen=True)
class DrawnRead:
    """One read in user units. `gaps` are deletions, `bars` insertions with their bases."""

    y: float
    outline: str  # path, with an arrow where the read ends in sight
    has_alternate: bool
    runs: tuple[Run, ...]
    gaps: tuple[tuple[float, float], ...]
    bars: tuple[tuple[float, str], ...]


@dataclass(frozen=True)
class Pileup:
    """The stack of one sample. Counts are of primary reads that are no duplicates."""

    role: str  # tumor or normal
    sample: str
    place: str
    width: float
    height: float
    site: tuple[float, float]  # x and width of the variant's columns
    reference: Run
    reads: tuple[DrawnRead, ...]
    n: int
    n_alternate: int

    @property
    def n_alternate_drawn(self) -> int:
        return sum(read.has_alternate for read in self.reads)


@dataclass(frozen=True)
class _Aligned:
    """A read laid on the window: letter and quality per reference column, what it lacks and what it adds."""

    order: tuple[int, int]  # start, name hash
    start: int
    end: int
    is_reverse: bool
    letters: dict[int, str]
    quality: dict[int, int]
    gaps: tuple[tuple[int, int], ...]  # reference intervals
    added: tuple[tuple[int, str], ...]  # position before which bases are inserted


def draw_pileups(
    variants: list[Variant], reference: Path, tumor: tuple[str, Path], normal: tuple[str, Path] | None
) -> dict[str, tuple[Pileup, ...]]:
    """The stacks of the first `MAX_VARIANTS` variants by their key; samples as (name, BAM or CRAM).

    A variant on a contig that the reads or the reference lack has no stacks.
    Raises: MissingInputError, InputError, as the readers of BAM and FASTA do.
    """
    drawn: dict[str, tuple[Pileup, ...]] = {variant_key: () for variant_key in map(key_of, variants[:MAX_VARIANTS])}
    with open_reference(reference) as genome:
        for role, given in (("tumor", tumor), ("normal", normal)):
            if given is None:
                continue
            with open_alignment(given[1], reference) as reader:
                for variant in variants[:MAX_VARIANTS]:
                    if variant.chromosome in reader.header.contigs and variant.chromosome in genome.lengths:
                        drawn[key_of(variant)] += (_pileup(variant, role, given[0], reader, genome),)
    return drawn


def _pileup(variant: Variant, role: str, sample: str, reader: AlignmentReader, genome: Reference) -> Pileup:
    site = variant.position - 1
    span = min(len(variant.reference), MAX_SPAN)
    start, end = max(0, site - FLANK), min(site + span + FLANK, genome.lengths[variant.chromosome])
    bases = genome.fetch(variant.chromosome, start, end)
    reads = list(_aligned(reader.read(Region(variant.chromosome, site, site + span)), start, end))
    reads = [read for read in reads if read.start <= site and read.end >= site + 1]
    carrying = [read for read in reads if _carries(read, variant, site)]
    carrying_ids = {id(read) for read in carrying}
    most, most_other = MAX_READS[role]
    others = [read for read in reads if id(read) not in carrying_ids]
    chosen = _chosen(carrying, most) + _chosen(others, most_other)
    drawn = tuple(
        _drawn(read, bases, start, TOP + ROW * row, id(read) in carrying_ids) for row, read in enumerate(chosen)
    )
    return Pileup(
        role=role,
        sample=sample,
        place=f"{variant.chromosome}:{variant.position}",
        width=COLUMN * len(bases),
        height=TOP + ROW * len(drawn) + 2,
        site=(COLUMN * (site - start), COLUMN * span),
        reference=Run(0.0, COLUMN * len(bases), bases, "reference"),
        reads=drawn,
        n=len(reads),
        n_alternate=len(carrying),
    )


def _chosen(reads: list[_Aligned], most: int) -> list[_Aligned]:
    """At most so many, by the hash of the name, which knows nothing of what they show; then in order of start."""
    return sorted(sorted(reads, key=lambda r: (r.order[1], r.order[0]))[:most], key=lambda r: r.order)


def _aligned(batch: ReadBatch, start: int, end: int) -> Iterator[_Aligned]:
    """Each usable read of a batch, laid on the window from `start` to `end`."""
    for i in np.flatnonzero((batch.flag & _UNUSED) == 0):
        n_cigar, length = int(batch.n_cigar[i]), int(batch.length[i])
        if n_cigar == 0 or length == 0:
            continue
        at, packed, quality = (
            int(column[i]) for column in (batch.cigar_offset, batch.sequence_offset, batch.quality_offset)
        )
        cigar = np.frombuffer(batch.buffer[at : at + 4 * n_cigar].tobytes(), "<u4")
        nibbles = batch.buffer[packed : packed + (length + 1) // 2]
        codes = np.stack((nibbles >> 4, nibbles & 15), axis=1).ravel()[:length]
        qualities = batch.buffer[quality : quality + length]
        yield _lay(batch, int(i), cigar, codes, qualities, (start, end))


def _lay(
    batch: ReadBatch, i: int, cigar: np.ndarray, codes: np.ndarray, qualities: np.ndarray, window: tuple[int, int]
) -> _Aligned:
    start, end = window
    letters: dict[int, str] = {}
    quality: dict[int, int] = {}
    gaps: list[tuple[int, int]] = []
    added: list[tuple[int, str]] = []
    position, read_at = int(batch.position[i]), 0
    for word in cigar.tolist():
        operation, n = word & 15, word >> 4
        if operation in (_M, _EQUAL, _X):
            for k in range(max(0, start - position), min(n, end - position)):
                letters[position + k] = _LETTERS[codes[read_at + k]]
                quality[position + k] = int(qualities[read_at + k])
            position, read_at = position + n, read_at + n
        elif operation in (_D, _N):
            if position < end and position + n > start:
                gaps.append((position, position + n))
            position += n
        elif operation == _I:
            if start <= position <= end:
                added.append((position, "".join(_LETTERS[c] for c in codes[read_at : read_at + n])))
            read_at += n
        elif operation == _S:
            read_at += n
    return _Aligned(
        order=(int(batch.position[i]), int(batch.name_hash[i])),
        start=int(batch.position[i]),
        end=int(batch.end[i]),
        is_reverse=bool(batch.flag[i] & 0x10),
        letters=letters,
        quality=quality,
        gaps=tuple(gaps),
        added=tuple(added),
    )


def _carries(read: _Aligned, variant: Variant, site: int) -> bool:
    """Whether a read shows the alternate allele.

    METHOD: an indel is one of its length within ten bases, because an aligner may place it elsewhere in a repeat; an
    inserted text must be of the same bases in any rotation. This serves the picture; the counts of the report are the
    caller's.
    """
    reference, alternate = variant.reference, variant.alternate
    if len(reference) == len(alternate):
        return all(read.letters.get(site + k) == base for k, base in enumerate(alternate))
    grown = len(alternate) - len(reference)
    if grown > 0:
        bases = sorted(alternate[len(reference) :]) if len(reference) == 1 else None
        return any(
            len(text) == grown and abs(at - site - 1) <= 10 and (bases is None or sorted(text) == bases)
            for at, text in read.added
        )
    return any(stop - at == -grown and abs(at - site - 1) <= 10 for at, stop in read.gaps)


def _drawn(read: _Aligned, bases: str, start: int, y: float, has_alternate: bool) -> DrawnRead:
    runs: list[Run] = []
    last, kind = -2, ""
    for position in sorted(read.letters):
        letter, column = read.letters[position], position - start
        differs = letter not in (bases[column], "=")
        now = "difference" if differs else "plain"
        if read.quality[position] < LOW_QUALITY:
            now, letter = "difference low" if differs else "low", letter.lower()
        if runs and position == last + 1 and now == kind and not differs:
            before = runs.pop()
            runs.append(Run(before.x, before.width + COLUMN, before.letters + letter, now))
        else:
            runs.append(Run(COLUMN * column, COLUMN, letter, now))
        last, kind = position, now
    stop = start + len(bases)
    gaps = tuple((COLUMN * (max(a, start) - start), COLUMN * (min(b, stop) - start)) for a, b in read.gaps)
    bars = tuple((COLUMN * (at - start), text) for at, text in read.added)
    return DrawnRead(y, _outline(read, start, stop, y), has_alternate, tuple(runs), gaps, bars)


def _outline(read: _Aligned, start: int, stop: int, y: float) -> str:
    left, right = COLUMN * (max(read.start, start) - start), COLUMN * (min(read.end, stop) - start)
    height = ROW - 2
    if read.is_reverse and read.start >= start:
        return f"M{right:g} {y:g}H{left:g}l-4 {height / 2:g} 4 {height / 2:g}H{right:g}z"
    if not read.is_reverse and read.end <= stop:
        return f"M{left:g} {y:g}H{right:g}l4 {height / 2:g}-4 {height / 2:g}H{left:g}z"
    return f"M{left:g} {y:g}H{right:g}v{height:g}H{left:g}z"
