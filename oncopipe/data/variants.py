"""Annotated variants: one alternate allele of a VCF record with its names, between calls and findings.

Positions are 0-based here; `AnnotatedVariant.position` is VCF's POS minus one.
"""

from __future__ import annotations

from dataclasses import dataclass

from oncopipe.data.amino_acids import short_protein_name
from oncopipe.data.phase import Relation

# The ANN specification's code of an entry that several calls make together.
COMPOUND = "INFO_COMPOUND_ANNOTATION"


@dataclass(frozen=True, slots=True)
class Effect:
    """What one allele does to one transcript: an entry of INFO/ANN (ANN specification 1.0).

    Numbers are 1-based as in the field: rank of the exon or intron, first position in cDNA, CDS and protein.
    """

    allele: str
    consequences: tuple[str, ...]  # Sequence Ontology terms, most severe first
    impact: str  # HIGH, MODERATE, LOW, MODIFIER
    gene: str = ""
    gene_id: str = ""
    feature_type: str = ""  # "transcript", or "intergenic_region"
    transcript: str = ""
    biotype: str = ""
    rank: int | None = None  # exon, or intron when the variant lies in one
    n_ranks: int | None = None
    hgvs_c: str = ""  # "c.1799T>A", or "n." on a transcript without CDS
    hgvs_p: str = ""  # three-letter, "p.Val600Glu"
    cdna_position: int | None = None
    cdna_length: int | None = None
    cds_position: int | None = None
    cds_length: int | None = None
    protein_position: int | None = None
    protein_length: int | None = None  # stop codon not counted
    distance: int | None = None  # bases to the transcript when outside it
    messages: tuple[str, ...] = ()  # the warning codes of the ANN specification

    @property
    def consequence(self) -> str:
        """The most severe term."""
        return self.consequences[0] if self.consequences else ""

    @property
    def changes_protein(self) -> bool:
        """True of an impact with which the protein is another one, or none."""
        return self.impact in ("HIGH", "MODERATE")

    @property
    def hgvs_p_short(self) -> str:
        """One-letter protein name, e.g. `p.V600E`; empty when there is none."""
        return short_protein_name(self.hgvs_p)

    @property
    def is_in_exon(self) -> bool:
        """True when the variant touches an exon; `rank` then counts exons, else introns."""
        return self.cdna_position is not None

    @property
    def exon(self) -> str | None:
        """Rank of the exon and their number, "15/18"; None outside exons."""
        return f"{self.rank}/{self.n_ranks}" if self.rank is not None and self.is_in_exon else None

    @property
    def intron(self) -> str | None:
        """Rank of the intron and their number; None outside introns."""
        return f"{self.rank}/{self.n_ranks}" if self.rank is not None and not self.is_in_exon else None


@dataclass(frozen=True, slots=True)
class AlleleCounts:
    """Fragments (or reads, as the caller counts) of one sample at one allele. `depth` is at least all AD."""

    depth: int
    reference: int
    alternate: int

    @property
    def vaf(self) -> float:
        return self.alternate / self.depth if self.depth else 0.0


@dataclass(frozen=True, slots=True)
class Neighbor:
    """Another allele of the same contig, and what the tumor's molecules say of both: an entry of INFO/PHASE.

    Counts are of molecules that show both places: with both alleles, with this one alone, with the other alone.
    """

    position: int
    reference: str
    alternate: str
    relation: Relation
    both: int
    this_only: int
    other_only: int


@dataclass(frozen=True, slots=True)
class AnnotatedVariant:
    """One alternate allele of a record. `effects[0]` is the transcript that the report speaks of."""

    contig: str
    position: int
    identifier: str | None  # the ID column
    reference: str
    alternate: str
    quality: float | None
    filters: tuple[str, ...]  # ("PASS",), the names of failed filters, or () when none were applied
    tumor: AlleleCounts | None  # None: the file gives no counts
    normal: AlleleCounts | None
    effects: tuple[Effect, ...]
    transcript_choice: str | None  # INFO/TXC
    population_frequency: float | None  # INFO/POPAF_MAX; None: not in the resource, or no resource
    neighbors: tuple[Neighbor, ...] = ()  # INFO/PHASE
    origin: tuple[float, float, float] | None = None  # INFO/PSOM, PGERM, PART
    limit: float | None = None  # INFO/LOD95, of alleles that were asked for by name

    @property
    def effect(self) -> Effect | None:
        return self.effects[0] if self.effects else None

    @property
    def is_pass(self) -> bool:
        """True for FILTER PASS, and for a file whose caller applied no filters."""
        return self.filters in (("PASS",), ())

    @property
    def where(self) -> str:
        """The allele as people write it, 1-based: "7:140453136 A>T"."""
        return f"{self.contig}:{self.position + 1} {self.reference}>{self.alternate}"


@dataclass(frozen=True, slots=True)
class CallSet:
    """What the header of a VCF says about where its calls come from."""

    tumor_sample: str
    normal_sample: str | None  # None: tumor-only
    caller: str  # name and version, "unknown" when the header does not say
    is_annotated: bool  # INFO/ANN is declared
    has_population: bool  # INFO/POPAF_MAX is declared
    contig_lengths: dict[str, int]  # as far as the header gives lengths


@dataclass(frozen=True, slots=True)
class AnnotatedCalls:
    """All calls of a tumor sample, one row an alternate allele, in file order.

    forced: alleles that stand in the file only because they were asked for by name; they are no calls.
    """

    calls: CallSet
    variants: tuple[AnnotatedVariant, ...]
    forced: tuple[AnnotatedVariant, ...] = ()

    def __len__(self) -> int:
        return len(self.variants)
