"""Evidence: what the molecules of tumor and normal say at each candidate allele, as integers.

Integers only, and every row depends on the reads at its own position alone: sums and rows are the same for any
partition of the regions and any number of threads.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

TUMOR, NORMAL = 0, 1
REF, ALT, OTHER = 0, 1, 2

# Base qualities are kept in bins of three; the last holds all above.
QUALITY_BIN = 3
N_QUALITY_BINS = 16
# METHOD: bases of a lower quality make no candidate and are no "other mismatch" of their molecule, as they are wrong too often;
# at a candidate they are evidence, by their measured error, like any other.
FAIR_QUALITY = 13

# Sums over the molecules of an allele.
# next, second: molecules that also mismatch one and two bases behind an SNV.
(SUM_MAPPING_QUALITY, SUM_MISMATCHES, SUM_END_DISTANCE, SUM_CLIPPED) = range(4)
(SUM_BOTH_MATES, SUM_NEAR_END, SUM_NEXT_MISMATCH, SUM_SECOND_MISMATCH) = range(4, 8)
N_SUMS = 8
MAX_END_DISTANCE = 40
NEAR_END = 10
MAX_MISMATCHES = 10

# Sizes of families that are told apart, as `families.consensus` counts them; the last holds all above.
N_FAMILY_SIZES = 33

# Kinds of indel, as `calling.slippage` tells them apart, and columns of units or bases; the last holds all above.
N_INDEL_KINDS, N_INDEL_COLUMNS = 8, 17


@dataclass(frozen=True)
class Evidence:
    """One row a candidate, sorted by contig, position, reference, alternate.

    Positions are 0-based, of the first base of `reference` (VCF's anchor for indels); alleles are left-aligned and
    parsimonious. Molecules are fragments, duplicates taken together.
    """

    contig: np.ndarray  # (n,) int32, index into the reference's contigs
    position: np.ndarray  # (n,) int64
    reference: list[str]
    alternate: list[str]
    repeat_unit: np.ndarray  # (n,) int32, bases of the unit of the repeat tract at the allele
    repeat_count: np.ndarray  # (n,) int32, units in the reference
    counts: np.ndarray  # (n, samples, alleles, strands, reads of a pair) int32, molecules
    quality: np.ndarray  # (n, samples, ref and alt, bins) int32, molecules by base quality
    sums: np.ndarray  # (n, samples, ref and alt, N_SUMS) int64
    copies: np.ndarray  # (n, samples, ref and alt) int32, fragments taken together into those molecules

    def __len__(self) -> int:
        return len(self.position)

    def depth(self, sample: int) -> np.ndarray:
        """Molecules that speak, (n,) int64."""
        return self.counts[:, sample].sum(axis=(1, 2, 3), dtype=np.int64)

    def allele_depth(self, sample: int, allele: int) -> np.ndarray:
        """Molecules of one allele, (n,) int64."""
        return self.counts[:, sample, allele].sum(axis=(1, 2), dtype=np.int64)

    @cached_property
    def is_indel(self) -> np.ndarray:
        """Whether the alleles differ in length, (n,) bool, not to be written to."""
        sizes = (np.fromiter(map(len, column), np.int64, len(self)) for column in (self.reference, self.alternate))
        told = np.not_equal(*sizes)
        told.flags.writeable = False
        return told

    def select(self, rows: np.ndarray) -> Evidence:
        """The rows named by a boolean mask or an index array."""
        index = np.arange(len(self))[rows]
        reference, alternate = ([column[i] for i in index] for column in (self.reference, self.alternate))
        arrays = (self.repeat_unit, self.repeat_count, self.counts, self.quality, self.sums, self.copies)
        return Evidence(self.contig[index], self.position[index], reference, alternate, *(a[index] for a in arrays))


def in_bins(by_quality: np.ndarray) -> np.ndarray:
    """Numbers by quality, (..., 256), as numbers by bin, (..., N_QUALITY_BINS)."""
    edges = [*range(0, N_QUALITY_BINS * QUALITY_BIN, QUALITY_BIN)]
    return np.asarray(np.add.reduceat(by_quality, edges, axis=-1))


@dataclass(frozen=True)
class Statistics:
    """Sums over all owned positions, not only candidates: what the fit learns about the sample.

    bases_by_quality: (samples, 256) int64, aligned bases, estimated from one fragment in 16. errors_by_quality: mismatching
    bases of alleles that do not look like a variant. n_positions: reference bases that both samples cover.
    indels_shown, indel_chances: (kinds, columns) int64, reads of the normal (of the tumor where there is none) that
    show an indel by error, and reads that could have. families: (samples, one or both strands, N_FAMILY_SIZES) int64, ends
    of molecules by the number of their copies; zeros where copies are not told by barcodes. class_bases, class_errors: of such
    samples, bases by reference base, (samples, 4, N_QUALITY_BINS), and errors by reference and read base, (samples, 4, 4,
    N_QUALITY_BINS), int64.
    """

    bases_by_quality: np.ndarray
    errors_by_quality: np.ndarray
    n_positions: int
    indels_shown: np.ndarray
    indel_chances: np.ndarray
    families: np.ndarray
    class_bases: np.ndarray
    class_errors: np.ndarray

    def __add__(self, other: Statistics) -> Statistics:
        return Statistics(
            self.bases_by_quality + other.bases_by_quality,
            self.errors_by_quality + other.errors_by_quality,
            self.n_positions + other.n_positions,
            self.indels_shown + other.indels_shown,
            self.indel_chances + other.indel_chances,
            self.families + other.families,
            self.class_bases + other.class_bases,
            self.class_errors + other.class_errors,
        )


def no_statistics() -> Statistics:
    by_quality, indels = (2, 256), (N_INDEL_KINDS, N_INDEL_COLUMNS)
    return Statistics(
        np.zeros(by_quality, np.int64),
        np.zeros(by_quality, np.int64),
        0,
        np.zeros(indels, np.int64),
        np.zeros(indels, np.int64),
        np.zeros((2, 2, N_FAMILY_SIZES), np.int64),
        np.zeros((2, 4, N_QUALITY_BINS), np.int64),
        np.zeros((2, 4, 4, N_QUALITY_BINS), np.int64),
    )


@dataclass(frozen=True)
class Collected:
    """What collecting gives: evidence and statistics, with whose reads they are and against which contigs.

    given: evidence of the alleles that were asked for by name, shown or not; nothing is learned from it.
    """

    evidence: Evidence
    statistics: Statistics
    tumor: str
    normal: str | None
    contigs: dict[str, int]
    given: Evidence = field(default_factory=lambda: no_evidence())


def concatenate(parts: list[Evidence]) -> Evidence:
    """One table of several, sorted again. Parts own disjoint positions, so no allele stands twice."""
    return concatenate_with_order(parts)[0]


def concatenate_with_order(parts: list[Evidence]) -> tuple[Evidence, np.ndarray]:
    """The same, and of each row its place among the rows of the parts, one part after the other, (n,) int64."""
    texts = [[t for part in parts for t in getattr(part, name)] for name in ("reference", "alternate")]
    names = ("contig", "position", "repeat_unit", "repeat_count", "counts", "quality", "sums", "copies")
    arrays = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    joined = Evidence(reference=texts[0], alternate=texts[1], **arrays)
    keys = zip(joined.contig.tolist(), joined.position.tolist(), *texts, range(len(joined)), strict=True)
    order = np.array([key[4] for key in sorted(keys)], np.int64)
    return joined.select(order), order


def no_evidence() -> Evidence:
    """A table without rows."""
    shapes = {
        "counts": (0, 2, 3, 2, 2),
        "quality": (0, 2, 2, N_QUALITY_BINS),
        "copies": (0, 2, 2),
    }
    zeros = {name: np.zeros(shape, np.int32) for name, shape in shapes.items()}
    return Evidence(
        np.zeros(0, np.int32),
        np.zeros(0, np.int64),
        [],
        [],
        np.zeros(0, np.int32),
        np.zeros(0, np.int32),
        sums=np.zeros((0, 2, 2, N_SUMS), np.int64),
        **zeros,
    )
