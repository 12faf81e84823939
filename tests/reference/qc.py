"""Plain twins of the QC kernels, written from the definitions in docs/qc.md over pysam's records."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

import pysam

COMPLEMENT = {"A": "T", "C": "G", "G": "C", "T": "A"}


@dataclass
class PlainCounts:
    """What one look at some records counts, in dictionaries by 0-based position."""

    reads: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    insert_size: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    depth: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    # position -> (read 1 or 2, is reverse, base) -> good bases
    bases: dict[int, dict[tuple[int, bool, str], int]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(int))
    )
    # (position, read 1 or 2, is reverse) of each good base, known or not, of one fragment in 16
    sampled: list[tuple[int, int, bool]] = field(default_factory=list)
    # position -> read name -> bases that its reads show
    fragments: dict[int, dict[str, set[str]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(set)))


def is_used(read: pysam.AlignedSegment, min_mapping_quality: int) -> bool:
    """Mapped, primary, no duplicate, not failed, mapping quality high enough."""
    bad = read.is_unmapped or read.is_secondary or read.is_supplementary or read.is_duplicate or read.is_qcfail
    return not bad and read.mapping_quality >= min_mapping_quality


def count_plainly(
    records: Iterable[pysam.AlignedSegment], min_mapping_quality: int, min_base_quality: int
) -> PlainCounts:
    """Counts of the records of one contig, read by read and base by base."""
    counts = PlainCounts()
    for read in records:
        _count_read(counts, read, min_mapping_quality)
        if is_used(read, min_mapping_quality):
            _count_bases(counts, read, min_base_quality)
    return counts


def _count_read(counts: PlainCounts, read: pysam.AlignedSegment, min_mapping_quality: int) -> None:
    if read.is_secondary:
        counts.reads["secondary"] += 1
        return
    if read.is_supplementary:
        counts.reads["supplementary"] += 1
        return
    counts.reads["primary"] += 1
    counts.reads["paired"] += read.is_paired
    if read.is_unmapped:
        return
    counts.reads["mapped"] += 1
    counts.reads["properly_paired"] += read.is_paired and read.is_proper_pair
    counts.reads["duplicate"] += read.is_duplicate
    if is_used(read, min_mapping_quality):
        counts.reads["used"] += 1
        if read.is_paired and read.is_proper_pair and read.template_length > 0:
            counts.insert_size[read.template_length] += 1


def _count_bases(counts: PlainCounts, read: pysam.AlignedSegment, min_base_quality: int) -> None:
    qualities, sequence = read.query_qualities, read.query_sequence
    is_drawn = name_hash((read.query_name or "").encode()) % 16 == 0
    at, in_read = read.reference_start, 0
    for operation, n in read.cigartuples or []:
        if operation in (0, 7, 8):
            for k in range(n):
                counts.depth[at + k] += 1
                if sequence is None or qualities is None or qualities[in_read + k] < min_base_quality:
                    continue
                if is_drawn:
                    counts.sampled.append((at + k, int(read.is_read2), read.is_reverse))
                base = sequence[in_read + k]
                counts.fragments[at + k][read.query_name].add(base)
                if base in COMPLEMENT:
                    counts.bases[at + k][(int(read.is_read2), read.is_reverse, base)] += 1
        if operation in (0, 2, 3, 7, 8):
            at += n
        if operation in (0, 1, 4, 7, 8):
            in_read += n


def fragments_by_base(names: dict[str, set[str]]) -> dict[str, int]:
    """Fragments at a site whose reads agree on one of ACGT."""
    found: dict[str, int] = defaultdict(int)
    for bases in names.values():
        if len(bases) == 1 and (base := next(iter(bases))) in COMPLEMENT:
            found[base] += 1
    return found


def variant_bases(bases: dict[tuple[int, bool, str], int], reference: str, depth: int) -> set[str]:
    """Alternate bases of a position seen by at least 2 reads and 5 % of its depth."""
    by_base: dict[str, int] = defaultdict(int)
    for (_, _, base), n in bases.items():
        by_base[base] += n
    return {base for base, n in by_base.items() if base != reference and n >= 2 and n >= 0.05 * depth}


def errors(counts: PlainCounts, reference: str) -> Counter[tuple[int, str, str]]:
    """(read 1 or 2, reference base, read base), as sequenced, of alternate bases that are no variants."""
    found: Counter[tuple[int, str, str]] = Counter()
    for position, bases in counts.bases.items():
        expected = reference[position]
        if expected not in COMPLEMENT:
            continue
        variants = variant_bases(bases, expected, counts.depth[position])
        for (read, is_reverse, base), n in bases.items():
            if base != expected and base not in variants:
                pair = (COMPLEMENT[expected], COMPLEMENT[base]) if is_reverse else (expected, base)
                found[(read, *pair)] += n
    return found


def sampled_bases(counts: PlainCounts, reference: str) -> Counter[tuple[int, str]]:
    """Good bases by (read 1 or 2, reference base as sequenced) of the fragments whose names are drawn."""
    found: Counter[tuple[int, str]] = Counter()
    for position, read, is_reverse in counts.sampled:
        expected = reference[position]
        if expected in COMPLEMENT:
            found[read, COMPLEMENT[expected] if is_reverse else expected] += 1
    return found


def name_hash(name: bytes) -> int:
    """The hash that draws fragments, as a signed 64-bit number: words of eight bytes, the last one overlapping."""
    mask, prime = (1 << 64) - 1, 1099511628211
    hashed = 14695981039346656037 ^ len(name)
    if len(name) < 8:
        for byte in name:
            hashed = (hashed ^ byte) * prime & mask
    else:
        for i in range(0, len(name) - 7, 8):
            hashed = (hashed ^ int.from_bytes(name[i : i + 8], "little")) * prime & mask
            hashed ^= hashed >> 32
        if len(name) % 8:
            hashed = (hashed ^ int.from_bytes(name[-8:], "little")) * prime & mask
    hashed = (hashed ^ hashed >> 29) * 0x9E3779B97F4A7C15 & mask
    hashed ^= hashed >> 32
    return hashed - (1 << 64) if hashed >> 63 else hashed
