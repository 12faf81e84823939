"""Copy number, structural variants and clinical facts that a site knows beside our findings, for exports that carry them.

Intervals are 0-based half-open inside; the tables that people write have 1-based first and last base.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

CopyState = Literal[-2, -1, 0, 1, 2]  # deep deletion, loss, neutral, gain, amplification
SvClass = Literal["DELETION", "TRANSLOCATION", "DUPLICATION", "INSERTION", "INVERSION", "FUSION", "UNKNOWN"]


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of one chromosome with one copy number."""

    sample: str
    chromosome: str  # without "chr"
    start: int
    end: int
    n_markers: int | None = None
    log2_ratio: float | None = None
    n_major: int | None = None
    n_minor: int | None = None


@dataclass(frozen=True, slots=True)
class GeneCopy:
    """The copy state of one gene in one sample."""

    sample: str
    gene: str
    state: CopyState


@dataclass(frozen=True, slots=True)
class Breakend:
    """One side of a structural variant. `position` is 1-based, as a base that people name."""

    gene: str
    chromosome: str = ""
    position: int | None = None
    transcript: str = ""
    exon: int | None = None


@dataclass(frozen=True, slots=True)
class StructuralVariant:
    """A rearrangement that joins two places."""

    sample: str
    first: Breakend
    second: Breakend
    kind: SvClass = "UNKNOWN"
    frame: str = ""
    split_reads: int | None = None
    paired_reads: int | None = None
    status: Literal["SOMATIC", "GERMLINE"] = "SOMATIC"


@dataclass(frozen=True, slots=True)
class PatientFacts:
    """What is known of a patient beside the sample sheet. Dates are ISO; an export holds only the days between them."""

    patient: str
    diagnosed: str = ""
    age: float | None = None
    os_status: Literal["", "0:LIVING", "1:DECEASED"] = ""
    os_months: float | None = None


@dataclass(frozen=True, slots=True)
class Alterations:
    """All of them; each part may be empty."""

    segments: tuple[Segment, ...] = ()
    genes: tuple[GeneCopy, ...] = ()
    structural: tuple[StructuralVariant, ...] = ()
    patients: dict[str, PatientFacts] = field(default_factory=dict)
    sv_examined: frozenset[str] = frozenset()  # samples in which structural variants were looked for, found or not

    def samples(self) -> set[str]:
        """Every sample that the tables speak of."""
        named = {row.sample for rows in (self.segments, self.genes, self.structural) for row in rows}
        return named | self.sv_examined
