"""Haplotypes in, reads out: where each was drawn, then its bases, qualities, CIGAR and tags."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.bam_bytes import Records, record_bytes
from benchmarks.haplotypes import Haplotype, homopolymers

if TYPE_CHECKING:
    from benchmarks.pair import PairParameters

BATCH = 16_384
WINDOW = 1_000
SHORTEST_RUN = 8
QUALITIES = np.array([2, 8, 12, 22, 27, 32, 37, 41], np.uint8)
_CODE_OF_FORMAT = np.array([1, 2, 4, 8, 15], np.uint8)  # A C G T N
_NAME_LETTERS = b"H7LBENCH:1:"
_PRIME = 7_368_787_123  # spreads the numbers of fragments over ten digits, each once
M, I, D, S = 0, 1, 2, 4  # noqa: E741 - the letters of the format


@dataclass(frozen=True)
class Rows:
    """One entry a read, in file order; unplaced reads at the end with contig -1."""

    contig: np.ndarray
    haplotype: np.ndarray
    offset: np.ndarray  # of the read's first base on its haplotype
    position: np.ndarray
    end: np.ndarray
    flag: np.ndarray
    mapq: np.ndarray
    mate_position: np.ndarray
    template: np.ndarray
    fragment: np.ndarray
    clip: np.ndarray  # bases clipped: negative at the left end, positive at the right
    stutter_at: np.ndarray  # base of the read from which on it is `stutter` bases off
    stutter: np.ndarray

    def select(self, rows: np.ndarray | slice) -> Rows:
        return Rows(*(column[rows] for column in vars(self).values()))


def draw_reads(
    haplotypes: list[list[Haplotype]],
    shares: np.ndarray,
    depth: float,
    part: int | None,
    parameters: PairParameters,
    seed: list[int],
) -> Rows:
    """Where the pairs of a sample lie, sorted by position. `part` limits the first contig."""
    rng = np.random.default_rng(seed)
    parts, n_fragments = [], 0
    for contig, made in enumerate(haplotypes):
        rows = _draw_contig(contig, made, shares, depth, part, parameters, rng, n_fragments)
        n_fragments = int(rows.fragment.max()) + 1
        parts.append(rows)
    parts.append(_unplaced(int(parameters.unplaced_share * n_fragments), n_fragments))
    return Rows(*(np.concatenate(columns) for columns in zip(*(vars(p).values() for p in parts), strict=True)))


def _draw_contig(
    contig: int, made: list[Haplotype], shares: np.ndarray, depth: float, part: int | None,
    parameters: PairParameters, rng: np.random.Generator, first_fragment: int,
) -> Rows:  # fmt: skip
    length = parameters.read_length
    shortest = min(h.codes.size for h in made)
    reach = min(part or shortest, shortest - int(parameters.insert_mean + 8 * parameters.insert_sd))
    n = int(rng.poisson(depth * reach / (2 * length)))
    weight = np.exp(rng.normal(0, parameters.coverage_sd, reach // WINDOW)).cumsum()
    edges = np.linspace(0, reach, weight.size)
    start = np.interp(rng.random(n) * weight[-1], weight, edges).astype(np.int64)
    insert = np.clip(rng.normal(parameters.insert_mean, parameters.insert_sd, n).astype(np.int64), length + 1, None)
    haplotype = rng.choice(shares.size, n, p=shares)
    is_left_first = rng.random(n) < 0.5
    copied = np.flatnonzero(rng.random(n) < parameters.duplicate_share)
    start, insert, haplotype, is_left_first = (
        np.concatenate([column, column[copied]]) for column in (start, insert, haplotype, is_left_first)
    )
    is_copy = np.arange(start.size) >= n
    n_windows = reach // WINDOW + 1
    low = np.where(rng.random(n_windows) < 0.5, 0, rng.integers(1, 50, n_windows))
    mapq_of_window = np.where(rng.random(n_windows) < 0.06, low, 60)
    clip, stutter_at, stutter = (np.zeros((2, start.size), np.int64) for _ in range(3))
    offset = np.stack([start, start + insert - length])
    position, end = np.empty_like(offset), np.empty_like(offset)
    for h, haplotype_made in enumerate(made):
        mine = haplotype == h
        for side in (0, 1):
            columns = _place(haplotype_made, offset[side, mine], parameters, rng)
            for column, values in zip((position, end, clip, stutter_at, stutter), columns, strict=True):
                column[side, mine] = values
    template = end[1] - position[0]
    flag = np.where(is_left_first, [[0x63], [0x93]], [[0xA3], [0x53]]) | (is_copy * 0x400)
    rows = Rows(
        np.full(2 * start.size, contig),
        np.tile(haplotype, 2),
        offset.ravel(),
        position.ravel(),
        end.ravel(),
        flag.ravel(),
        mapq_of_window[np.tile(start // WINDOW, 2)],
        position[::-1].ravel(),
        np.concatenate([template, -template]),
        np.tile(first_fragment + np.arange(start.size), 2),
        clip.ravel(),
        stutter_at.ravel(),
        stutter.ravel(),
    )
    return rows.select(np.argsort(rows.position, kind="stable"))


def _place(
    haplotype: Haplotype, offset: np.ndarray, parameters: PairParameters, rng: np.random.Generator
) -> tuple[np.ndarray, ...]:
    """Position, end, clip, stutter_at and stutter of reads that begin at these bases of a haplotype."""
    n, length, place = offset.size, parameters.read_length, haplotype.place
    clip = rng.integers(5, 50, n) * rng.choice([-1, 1], n) * (rng.random(n) < parameters.clipped_share)
    run, run_length = _runs_of(haplotype)
    found = np.minimum(np.searchsorted(run, offset + 5), run.size - 1)
    rate = parameters.stutter_base * parameters.stutter_growth ** (run_length[found] - SHORTEST_RUN)
    at = run[found] - offset
    is_off = (at >= 5) & (at + run_length[found] < length - 5) & (clip == 0) & (rng.random(n) < np.minimum(rate, 0.2))
    # A base lost is three times as frequent as one gained.
    stutter = np.where(rng.random(n) < 0.75, 1, -1) * is_off
    first = offset - np.minimum(clip, 0)
    last = offset + length - 1 + stutter - np.maximum(clip, 0)
    end = place[last] + (place[last] != place[last + 1])
    return place[first], end, clip, at * is_off, stutter


def _runs_of(haplotype: Haplotype) -> tuple[np.ndarray, np.ndarray]:
    run, length = homopolymers(haplotype.codes, SHORTEST_RUN)
    return (run, length) if run.size else (np.zeros(1, np.int64), np.zeros(1, np.int64))


def _unplaced(n: int, first_fragment: int) -> Rows:
    nothing, nowhere = np.zeros(2 * n, np.int64), np.full(2 * n, -1)
    flag, fragment = np.tile([77, 141], n), np.repeat(first_fragment + np.arange(n), 2)
    columns = (nowhere, nothing, nothing, nowhere, nowhere, flag, nothing, nowhere, nothing, fragment)
    return Rows(*columns, nothing, nothing, nothing)


def read_batches(
    rows: Rows, genome: list[np.ndarray], haplotypes: list[list[Haplotype]], sample: str,
    parameters: PairParameters, seed: list[int],
) -> Iterator[list[bytes]]:  # fmt: skip
    """The reads as BAM records, a batch at a time; each batch has its own seed."""
    tables = _quality_tables(parameters.read_length)
    n_placed = int(np.searchsorted(rows.contig < 0, True))
    starts = [*range(0, n_placed, BATCH), *range(n_placed, rows.contig.size, BATCH)]
    for number, (low, high) in enumerate(zip(starts, [*starts[1:], rows.contig.size], strict=True)):
        rng = np.random.default_rng([*seed, number])
        batch = rows.select(slice(low, min(high, n_placed) if low < n_placed else high))
        qualities = _draw_qualities(batch.flag & 0x10 > 0, tables, rng)
        bases, place = _true_bases(batch, haplotypes, parameters.read_length, rng)
        wrong = rng.random(bases.shape, np.float32) < (10.0 ** (-np.arange(64) / 10)).astype(np.float32)[qualities]
        bases[wrong] = (bases[wrong] + rng.integers(1, 4, int(wrong.sum()), np.uint8)) % 4
        bases[qualities == 2] = 4
        cigars, tags = _alignments(batch, bases, place, genome, sample)
        yield record_bytes(_records(batch, bases, qualities, cigars, tags))


def _records(
    batch: Rows, bases: np.ndarray, qualities: np.ndarray, cigars: list[bytes], tags: list[bytes]
) -> Records:
    return Records(
        batch.contig, batch.position, batch.end, batch.mapq, batch.flag, batch.contig, batch.mate_position,
        batch.template, _names(batch.fragment), _CODE_OF_FORMAT[bases], qualities, cigars, tags,
    )  # fmt: skip


def _names(fragment: np.ndarray) -> np.ndarray:
    number = (fragment * _PRIME) % 10**10
    names = np.zeros((fragment.size, len(_NAME_LETTERS) + 11), np.uint8)
    names[:, : len(_NAME_LETTERS)] = np.frombuffer(_NAME_LETTERS, np.uint8)
    names[:, len(_NAME_LETTERS) : -1] = 48 + number[:, None] // 10 ** np.arange(9, -1, -1) % 10
    return names


def _quality_tables(length: int) -> np.ndarray:
    """Qualities by (class of read, cycle, eight random bits): worse in bad reads and late cycles."""
    cycle = np.arange(length) / length
    tables = np.empty((3, length, 256), np.uint8)
    for kind, badness in enumerate((0.0, 0.35, 1.1)):
        for at, late in enumerate(cycle.tolist()):
            bad = min(0.9, (0.022 + 0.08 * late**2) * (1 + 6 * badness))
            share = np.array([0.02 * bad, 0.1 * bad, 0.15 * bad, 0.2 * bad, 0.53 * bad, 1.1 * bad, 0.12 + 1.5 * bad])
            share = np.append(share, max(0.02, 1 - share.sum()))
            tables[kind, at] = QUALITIES[
                np.searchsorted(np.cumsum(share / share.sum()), (np.arange(256) + 0.5) / 256)
            ]
    return tables


def _draw_qualities(is_reverse: np.ndarray, tables: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A quality holds for some cycles, then another is drawn."""
    n, length = is_reverse.size, tables.shape[1]
    kind = rng.choice(3, n, p=[0.8, 0.15, 0.05])
    cycle = np.arange(length)
    drawn = tables[kind[:, None], cycle, rng.integers(0, 256, (n, length), np.uint8)]
    is_new = rng.integers(0, 256, (n, length), np.uint8) < 64
    since = np.maximum.accumulate(np.where(is_new, cycle.astype(np.int16), np.int16(0)), axis=1)
    drawn = np.take_along_axis(drawn, since.astype(np.intp), axis=1)
    drawn[is_reverse] = drawn[is_reverse, ::-1]
    return drawn


def _true_bases(
    batch: Rows, haplotypes: list[list[Haplotype]], length: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Bases as the molecule has them, clipped ends random; places of them and of the base behind, (reads, length + 1)."""
    n = batch.contig.size
    bases, place = np.empty((n, length), np.uint8), np.empty((n, length + 1), np.int32)
    at = np.arange(length + 1)
    for contig in np.unique(batch.contig).tolist():
        for h, haplotype in enumerate(haplotypes[contig] if contig >= 0 else ()):
            mine = np.flatnonzero((batch.contig == contig) & (batch.haplotype == h))
            index = batch.offset[mine, None] + at
            off = np.flatnonzero(batch.stutter[mine])
            index[off] += batch.stutter[mine[off], None] * (at >= batch.stutter_at[mine[off], None])
            bases[mine] = haplotype.codes[index[:, :-1]]
            place[mine] = haplotype.place[index]
    clip = batch.clip
    for row in np.flatnonzero((clip != 0) | (batch.contig < 0)).tolist():
        cut = slice(0, length) if batch.contig[row] < 0 else slice(0, -clip[row]) if clip[row] < 0 else None
        cut = cut or slice(length - int(clip[row]), length)
        bases[row, cut] = rng.integers(0, 4, cut.stop - cut.start)
    return bases, place


def _alignments(
    batch: Rows, bases: np.ndarray, place: np.ndarray, genome: list[np.ndarray], sample: str
) -> tuple[list[bytes], list[bytes]]:
    """CIGARs and tags."""
    n, length = bases.shape
    if batch.contig[0] < 0:
        return [b""] * n, [b"RGZ" + sample.encode() + b"\0"] * n
    is_plain = (place[:, -1] - place[:, 0] == length) & (batch.clip == 0) & (np.diff(place, axis=1) == 1).all(axis=1)
    plain = struct.pack("<I", length << 4 | M)
    wrong = np.empty(bases.shape, bool)
    for contig in np.unique(batch.contig).tolist():
        mine = batch.contig == contig
        wrong[mine] = bases[mine] != genome[contig][place[mine, :-1]]
    count = wrong.sum(axis=1).tolist()
    rows, columns = np.nonzero(wrong)
    edge = np.searchsorted(rows, np.arange(n + 1)).tolist()
    columns = columns.tolist()
    cigars, tags = [plain] * n, [b""] * n
    low = (batch.mapq < 60).tolist()
    for row, (plain_row, contig) in enumerate(zip(is_plain.tolist(), batch.contig.tolist(), strict=True)):
        reference = genome[contig]
        if plain_row:
            start = int(batch.position[row]) if count[row] else 0
            at = columns[edge[row] : edge[row + 1]]
            text = _md([(i, "ACGT"[reference[start + i]]) for i in at], length)
            n_wrong, score = count[row], length - 5 * count[row]
        else:
            clip = int(batch.clip[row])
            cigars[row], text, n_wrong, score = _describe(
                place[row], wrong[row], reference, -min(clip, 0), max(clip, 0)
            )
        score = max(score, 30)
        tags[row] = b"NMC%cMDZ%b\0ASC%cXSC%cRGZ%b\0" % (
            n_wrong, text.encode(), score, score if low[row] else 19 + row % 7, sample.encode(),
        )  # fmt: skip
    return cigars, tags


def _md(marks: list[tuple[int, str]], end: int) -> str:
    """The MD tag: marks are (aligned bases before it, what the reference has there); `end` aligned bases in all."""
    text, since = "", 0
    for at, letters in marks:
        text += f"{at - since}{letters}"
        since = at + 1 if len(letters) == 1 else at
    return f"{text}{end - since}"


def _describe(
    place: np.ndarray, wrong: np.ndarray, reference: np.ndarray, clip_left: int, clip_right: int
) -> tuple[bytes, str, int, int]:
    """CIGAR, MD, NM and score of a read with gaps or clips, base by base as `place` says."""
    step = np.diff(place).tolist()
    bases = [i for i in range(clip_left, len(step) - clip_right)]
    while step[bases[0]] == 0:  # an insertion at an end is a clip to an aligner
        bases.pop(0)
    while step[bases[-1]] == 0:
        bases.pop()
    operations: list[list[int]] = [[bases[0], S]] if bases[0] else []
    marks: list[tuple[int, str]] = []
    n_aligned = n_wrong = gaps = 0
    for i in bases:
        operation = I if step[i] == 0 else M
        if operations and operations[-1][1] == operation:
            operations[-1][0] += 1
        else:
            operations.append([1, operation])
        if operation == I:
            n_wrong += 1
            continue
        if wrong[i]:
            marks.append((n_aligned, "ACGT"[reference[place[i]]]))
            n_wrong += 1
        n_aligned += 1
        if step[i] > 1 and i != bases[-1]:
            lost = step[i] - 1
            operations.append([lost, D])
            letters = "".join("ACGT"[c] for c in reference[place[i] + 1 : place[i] + 1 + lost])
            marks.append((n_aligned, "^" + letters))
            n_wrong += lost
            gaps += 1
    behind = len(step) - 1 - bases[-1]
    if behind:
        operations.append([behind, S])
    cigar = b"".join(struct.pack("<I", size << 4 | operation) for size, operation in operations)
    return cigar, _md(marks, n_aligned), n_wrong, n_aligned - 5 * len(marks) - 6 * gaps
