"""Observations: what each fragment says at each candidate, the noun between the reads and the model.

One row per (candidate, sample, fragment). Mates of a fragment are merged before they come here: an
overlap that agrees keeps the better quality, one that disagrees is `ALLELE_OTHER` with quality 0.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

ALLELE_REF, ALLELE_ALT, ALLELE_OTHER = 0, 1, 2

SAMPLE_TUMOR, SAMPLE_NORMAL = 0, 1


@dataclass(frozen=True)
class Candidates:
    """Alleles seen in the tumor often enough to be worth evidence. Sorted by contig, position, ref, alt.

    Axes: (candidates,). Positions are 0-based and of the first base of `reference` (VCF's anchor for indels).
    Alleles are normalized: parsimonious and left-aligned.
    """

    contig: np.ndarray  # int32, index into the reference's contigs
    position: np.ndarray  # int64
    reference: list[str]
    alternate: list[str]

    def __len__(self) -> int:
        return len(self.position)


@dataclass(frozen=True)
class Observations:
    """Structure of arrays, axes (observations,), sorted by candidate, sample, fragment_start, name_hash."""

    candidate: np.ndarray  # int32, row of Candidates
    sample: np.ndarray  # uint8, SAMPLE_TUMOR or SAMPLE_NORMAL
    allele: np.ndarray  # uint8, ALLELE_REF, ALLELE_ALT or ALLELE_OTHER
    base_quality: np.ndarray  # uint8, Phred; for indels the smallest within 1 base of the event
    mapping_quality: np.ndarray  # uint8, the better of the mates that cover the site
    is_reverse: np.ndarray  # uint8, strand of the read that spoke (the first in the file when both did)
    is_read2: np.ndarray  # uint8
    has_both_mates: np.ndarray  # uint8, 1 when both mates covered the site
    end_distance: np.ndarray  # uint16, bases from the event to the nearer end of the aligned (unclipped) read
    n_mismatches: np.ndarray  # uint16, mismatching bases plus indel events of the read, this allele not counted
    n_clipped: np.ndarray  # uint16, soft-clipped bases of the read
    fragment_start: np.ndarray  # int64, leftmost unclipped 5' position of the fragment
    fragment_end: np.ndarray  # int64, rightmost; with the start it names the molecule (duplicates share both)
    name_hash: np.ndarray  # uint64, FNV-1a of the read name

    def __len__(self) -> int:
        return len(self.candidate)

    def select(self, rows: np.ndarray) -> Observations:
        """The rows named by a boolean mask or an index array, in that order."""
        return Observations(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})
