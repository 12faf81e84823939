"""The reads under a variant: which are shown, and as a table that outlives the BAM."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from oncopipe.data.findings import Variant
from oncopipe.data.reads import ReadBatch
from oncopipe.data.regions import Region
from oncopipe.errors import InputError, MissingInputError
from oncopipe.io.bam import AlignmentReader, open_alignment
from oncopipe.io.fasta import Reference, open_reference
from oncopipe.io.output import whole_file
from oncopipe.report.rows import key_of

FLANK = 25  # reference bases on either side
MAX_SPAN = 40  # reference bases of the variant itself that are shown
MAX_READS = {"tumor": (12, 10), "normal": (6, 8)}  # with the alternate allele, and other
MAX_VARIANTS = 40
PROBE, PROBED = 12, 60  # bases of a clip that tell where it goes on, and reference bases that are looked at for them
NEAR = 10  # bases within which an aligner may have put an indel elsewhere
UNUSED = 0x100 | 0x200 | 0x400 | 0x800  # secondary, failed, duplicate, supplementary
_BASES = re.compile(r"[A-Za-z=]*")
LETTERS = "=ACMGRSVTWYHKDBN"
M, I, D, N, S, H, P, EQUAL, X = range(9)  # noqa: E741 - the names of the SAM specification

SCHEMA = pa.schema(
    [
        ("variant", pa.string()), ("role", pa.string()), ("sample", pa.string()), ("place", pa.string()),
        ("window_start", pa.int64()), ("reference", pa.string()), ("site", pa.int64()), ("span", pa.int64()),
        ("n", pa.int64()), ("n_alternate", pa.int64()), ("start", pa.int64()), ("is_reverse", pa.bool_()),
        ("has_alternate", pa.bool_()), ("cigar", pa.list_(pa.uint32())), ("bases", pa.string()),
        ("qualities", pa.binary()),
    ]
)  # fmt: skip


@dataclass(frozen=True)
class StackRead:
    """One read as it is in the BAM. `start` is 0-based; `cigar` are SAM's words."""

    start: int
    is_reverse: bool
    has_alternate: bool
    cigar: tuple[int, ...]
    bases: str
    qualities: bytes

    @property
    def end(self) -> int:
        return self.start + sum(word >> 4 for word in self.cigar if word & 15 in (M, D, N, EQUAL, X))


@dataclass(frozen=True)
class Stack:
    """Reads of one sample at one variant. Counts are of all primary reads that are no duplicates."""

    variant: str  # key of the variant
    role: str  # tumor or normal
    sample: str
    place: str
    window_start: int
    reference: str  # bases of the window
    site: int  # 0-based
    span: int
    n: int
    n_alternate: int
    reads: tuple[StackRead, ...]


def collect_stacks(
    variants: list[Variant], reference: Path, tumor: tuple[str, Path], normal: tuple[str, Path] | None
) -> list[Stack]:
    """The stacks of the first `MAX_VARIANTS` variants; samples as (name, BAM or CRAM).

    A variant on a contig that the reads or the reference lack has none.
    Raises: MissingInputError, InputError, as the readers of BAM and FASTA do.
    """
    stacks: list[Stack] = []
    with open_reference(reference) as genome:
        for role, given in (("tumor", tumor), ("normal", normal)):
            if given is None:
                continue
            with open_alignment(given[1], reference) as reader:
                stacks += [
                    _stack(variant, role, given[0], reader, genome)
                    for variant in variants[:MAX_VARIANTS]
                    if variant.chromosome in reader.header.contigs and variant.chromosome in genome.lengths
                ]
    return stacks


def write_stacks(stacks: list[Stack], path: Path) -> None:
    """Write stacks as Parquet, one row a read; one without reads has one row without a read."""
    columns: dict[str, list[object]] = {name: [] for name in SCHEMA.names}
    for stack in stacks:
        for read in stack.reads or (None,):
            for name in SCHEMA.names:
                of_read = getattr(read, name, None) if read is not None else None
                columns[name].append(getattr(stack, name) if hasattr(stack, name) else of_read)
    table = pa.table({name: pa.array(columns[name], SCHEMA.field(name).type) for name in SCHEMA.names}, schema=SCHEMA)
    with whole_file(path) as part:
        pq.write_table(table, part, compression="zstd")


def read_stacks(path: Path) -> list[Stack]:
    """Stacks from the Parquet file that `write_stacks` wrote. Raises: MissingInputError, InputError."""
    try:
        table = pq.read_table(path)
    except FileNotFoundError:
        raise MissingInputError(
            "there are no reads", where=str(path), fix="make them: oncopipe report reads"
        ) from None
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"the reads cannot be read: {error}", where=str(path)) from error
    if not table.schema.equals(SCHEMA):
        raise InputError("this is no table of reads of this release", where=str(path), fix="oncopipe report reads")
    stacks: dict[tuple[str, str], Stack] = {}
    reads: dict[tuple[str, str], list[StackRead]] = {}
    for row in table.to_pylist():
        key = (row["variant"], row["role"])
        fields = {name: row[name] for name in Stack.__dataclass_fields__ if name != "reads"}
        stacks.setdefault(key, Stack(**fields, reads=()))
        if row["start"] is not None:
            made = {name: row[name] for name in StackRead.__dataclass_fields__} | {"cigar": tuple(row["cigar"])}
            reads.setdefault(key, []).append(StackRead(**made))
    made_stacks = [Stack(**{**vars(stack), "reads": tuple(reads.get(key, ()))}) for key, stack in stacks.items()]
    if not all(map(_is_sound, made_stacks)):
        raise InputError("the table of reads contradicts itself", where=str(path), fix="oncopipe report reads")
    return made_stacks


def _is_sound(stack: Stack) -> bool:
    """Whether a stack from a file can be drawn: parts that fit each other, letters that are bases."""
    window = range(stack.window_start, stack.window_start + len(stack.reference))
    fits = stack.role in MAX_READS and stack.site in window and 0 <= stack.span <= MAX_SPAN
    is_short = len(stack.reference) <= 2 * FLANK + MAX_SPAN and len(stack.reads) <= sum(MAX_READS["tumor"])
    return fits and is_short and _BASES.fullmatch(stack.reference) is not None and all(map(_is_whole, stack.reads))


def _is_whole(read: StackRead) -> bool:
    n = sum(word >> 4 for word in read.cigar if word & 15 in (M, I, S, EQUAL, X))
    return (
        read.start >= 0 and n == len(read.bases) == len(read.qualities) and _BASES.fullmatch(read.bases) is not None
    )


def _stack(variant: Variant, role: str, sample: str, reader: AlignmentReader, genome: Reference) -> Stack:
    site = variant.position - 1
    span = min(len(variant.reference), MAX_SPAN)
    start, end = max(0, site - FLANK), min(site + span + FLANK, genome.lengths[variant.chromosome])
    behind = site + len(variant.reference)
    probed = genome.fetch(variant.chromosome, behind, min(behind + PROBED, genome.lengths[variant.chromosome]))
    found = list(_usable(reader.read(Region(variant.chromosome, site, site + span)), variant, site, probed))
    carrying = [item for item in found if item[1].has_alternate]
    others = [item for item in found if not item[1].has_alternate]
    most, most_other = MAX_READS[role]
    return Stack(
        variant=key_of(variant),
        role=role,
        sample=sample,
        place=f"{variant.chromosome}:{variant.position}",
        window_start=start,
        reference=genome.fetch(variant.chromosome, start, end),
        site=site,
        span=span,
        n=len(found),
        n_alternate=len(carrying),
        reads=(*_chosen(carrying, most), *_chosen(others, most_other)),
    )


def _chosen(found: list[tuple[int, StackRead]], most: int) -> list[StackRead]:
    """At most so many, by the hash of the name, which knows nothing of what they show; then in order of start."""
    by_hash = sorted(found, key=lambda item: (item[0], item[1].start, item[1].is_reverse))[:most]
    return [read for _, read in sorted(by_hash, key=lambda item: (item[1].start, item[0], item[1].is_reverse))]


def _usable(batch: ReadBatch, variant: Variant, site: int, behind: str) -> Iterator[tuple[int, StackRead]]:
    """Name hash and read, of each usable read that covers the site. behind: reference bases behind the variant's."""
    covering = (batch.position <= site) & (batch.end > site)
    for i in np.flatnonzero(((batch.flag & UNUSED) == 0) & covering & (batch.n_cigar > 0) & (batch.length > 0)):
        n_cigar, length = int(batch.n_cigar[i]), int(batch.length[i])
        at, packed, quality = (
            int(column[i]) for column in (batch.cigar_offset, batch.sequence_offset, batch.quality_offset)
        )
        nibbles = batch.buffer[packed : packed + (length + 1) // 2]
        codes = np.stack((nibbles >> 4, nibbles & 15), axis=1).ravel()[:length]
        read = StackRead(
            start=int(batch.position[i]),
            is_reverse=bool(batch.flag[i] & 0x10),
            has_alternate=False,
            cigar=tuple(np.frombuffer(batch.buffer[at : at + 4 * n_cigar].tobytes(), "<u4").tolist()),
            bases="".join(LETTERS[code] for code in codes),
            qualities=batch.buffer[quality : quality + length].tobytes(),
        )
        carries = _carries(read, variant, site) or _clip_goes_on(read, variant, behind)
        yield int(batch.name_hash[i]), StackRead(**{**vars(read), "has_alternate": carries})


def _carries(read: StackRead, variant: Variant, site: int) -> bool:
    """Whether a read shows the alternate allele.

    METHOD: an indel is one of its length within `NEAR` bases, because an aligner may place it elsewhere in a repeat; an
    inserted text must be of the same bases in any rotation. This serves the picture; the counts of the report are the
    caller's.
    """
    reference, alternate = variant.reference, variant.alternate
    if len(reference) == len(alternate):
        letters = {p: base for p, base, _ in letters_of(read) if site <= p < site + len(alternate)}
        return all(letters.get(site + k) == base for k, base in enumerate(alternate))
    gaps, added = indels_of(read)
    grown = len(alternate) - len(reference)
    if grown > 0:
        bases = sorted(alternate[1:]) if len(reference) == 1 else None
        return any(
            len(text) == grown and abs(at - site - 1) <= NEAR and (bases is None or sorted(text) == bases)
            for at, text in added
        )
    return any(stop - at == -grown and abs(at - site - 1) <= NEAR for at, stop in gaps)


def _clip_goes_on(read: StackRead, variant: Variant, behind: str) -> bool:
    """Whether a clipped read goes on as the alternate allele does: with what is inserted, or behind what is lost.

    METHOD: reads seldom hold an indel of tens of bases and are clipped at it. Bases of the clip beside the aligned part are
    looked for in the inserted ones (twice, as an aligner may have gone on by chance) or behind the deleted ones.
    """
    grown = len(variant.alternate) - len(variant.reference)
    if abs(grown) < PROBE:
        return False
    inserted = variant.alternate[1:] if grown > 0 else ""
    for word, is_first in ((read.cigar[0], True), (read.cigar[-1], False)):
        n = word >> 4
        if word & 15 != S or n < PROBE:
            continue
        probe = read.bases[n - PROBE : n] if is_first else read.bases[len(read.bases) - n :][:PROBE]
        if probe in (2 * inserted if is_first else 2 * inserted + behind):
            return True
    return False


def letters_of(read: StackRead) -> Iterator[tuple[int, str, int]]:
    """Position, base and quality of each base that lies on the reference."""
    position, at = read.start, 0
    for word in read.cigar:
        operation, n = word & 15, word >> 4
        if operation in (M, EQUAL, X):
            yield from ((position + k, read.bases[at + k], read.qualities[at + k]) for k in range(n))
        position += n if operation in (M, D, N, EQUAL, X) else 0
        at += n if operation in (M, I, S, EQUAL, X) else 0


def indels_of(read: StackRead) -> tuple[list[tuple[int, int]], list[tuple[int, str]]]:
    """Intervals of the reference that the read lacks, and inserted bases with the position before which they stand."""
    gaps: list[tuple[int, int]] = []
    added: list[tuple[int, str]] = []
    position, at = read.start, 0
    for word in read.cigar:
        operation, n = word & 15, word >> 4
        if operation in (D, N):
            gaps.append((position, position + n))
        elif operation == I:
            added.append((position, read.bases[at : at + n]))
        position += n if operation in (M, D, N, EQUAL, X) else 0
        at += n if operation in (M, I, S, EQUAL, X) else 0
    return gaps, added
