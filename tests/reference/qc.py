"""Plain twins of the QC kernels, written from the definitions in docs/qc.md over pysam's records."""

from __future__ import annotations

from collections import defaultdict
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
    at, in_read = read.reference_start, 0
    for operation, n in read.cigartuples or []:
        if operation in (0, 7, 8):
            for k in range(n):
                counts.depth[at + k] += 1
                if sequence is None or qualities is None or qualities[in_read + k] < min_base_quality:
                    continue
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


def variant_bases(bases: dict[tuple[int, bool, str], int], reference: str) -> set[str]:
    """Alternate bases of a position seen by at least 2 reads and in at least 5 % of them."""
    depth, by_base = sum(bases.values()), defaultdict(int)
    for (_, _, base), n in bases.items():
        by_base[base] += n
    return {base for base, n in by_base.items() if base != reference and n >= 2 and n >= 0.05 * depth}


def substitutions(counts: PlainCounts, reference: str, inside: Iterable[int]) -> dict[tuple[int, str, str], int]:
    """(read 1 or 2, reference base, read base), as sequenced, at positions without a likely variant."""
    found: dict[tuple[int, str, str], int] = defaultdict(int)
    for position in inside:
        expected = reference[position]
        if expected not in COMPLEMENT or variant_bases(counts.bases[position], expected):
            continue
        for (read, is_reverse, base), n in counts.bases[position].items():
            pair = (COMPLEMENT[expected], COMPLEMENT[base]) if is_reverse else (expected, base)
            found[(read, *pair)] += n
    return found
