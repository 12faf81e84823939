"""Sequence Ontology terms, in the order of severity, with their impact.

Order and impact follow Ensembl's published table of calculated consequences; `exon_loss_variant`, which that table
lacks, is put where a transcript loses a part for certain (snpEff gives it the impact HIGH).
"""

from __future__ import annotations

from collections.abc import Set

TRANSCRIPT_ABLATION = "transcript_ablation"
EXON_LOSS = "exon_loss_variant"
SPLICE_ACCEPTOR = "splice_acceptor_variant"
SPLICE_DONOR = "splice_donor_variant"
STOP_GAINED = "stop_gained"
FRAMESHIFT = "frameshift_variant"
STOP_LOST = "stop_lost"
START_LOST = "start_lost"
INFRAME_INSERTION = "inframe_insertion"
INFRAME_DELETION = "inframe_deletion"
MISSENSE = "missense_variant"
PROTEIN_ALTERING = "protein_altering_variant"
DONOR_5TH_BASE = "splice_donor_5th_base_variant"
SPLICE_REGION = "splice_region_variant"
POLYPYRIMIDINE = "splice_polypyrimidine_tract_variant"
INCOMPLETE_TERMINAL_CODON = "incomplete_terminal_codon_variant"
STOP_RETAINED = "stop_retained_variant"
SYNONYMOUS = "synonymous_variant"
CODING_SEQUENCE = "coding_sequence_variant"
UTR_5 = "5_prime_UTR_variant"
UTR_3 = "3_prime_UTR_variant"
NON_CODING_EXON = "non_coding_transcript_exon_variant"
INTRON = "intron_variant"
UPSTREAM = "upstream_gene_variant"
DOWNSTREAM = "downstream_gene_variant"
REGULATORY = "regulatory_region_variant"
INTERGENIC = "intergenic_variant"

IMPACTS = ("HIGH", "MODERATE", "LOW", "MODIFIER")

IMPACT: dict[str, str] = {
    TRANSCRIPT_ABLATION: "HIGH",
    EXON_LOSS: "HIGH",
    SPLICE_ACCEPTOR: "HIGH",
    SPLICE_DONOR: "HIGH",
    STOP_GAINED: "HIGH",
    FRAMESHIFT: "HIGH",
    STOP_LOST: "HIGH",
    START_LOST: "HIGH",
    INFRAME_INSERTION: "MODERATE",
    INFRAME_DELETION: "MODERATE",
    MISSENSE: "MODERATE",
    PROTEIN_ALTERING: "MODERATE",
    DONOR_5TH_BASE: "LOW",
    SPLICE_REGION: "LOW",
    POLYPYRIMIDINE: "LOW",
    INCOMPLETE_TERMINAL_CODON: "LOW",
    STOP_RETAINED: "LOW",
    SYNONYMOUS: "LOW",
    CODING_SEQUENCE: "MODIFIER",
    UTR_5: "MODIFIER",
    UTR_3: "MODIFIER",
    NON_CODING_EXON: "MODIFIER",
    INTRON: "MODIFIER",
    UPSTREAM: "MODIFIER",
    DOWNSTREAM: "MODIFIER",
    REGULATORY: "MODIFIER",
    INTERGENIC: "MODIFIER",
}
SEVERITY: dict[str, int] = {term: rank for rank, term in enumerate(IMPACT)}
IMPACT_RANK: dict[str, int] = {term: IMPACTS.index(impact) for term, impact in IMPACT.items()}


def by_severity(terms: Set[str]) -> tuple[str, ...]:
    """The terms, most severe first.

    >>> by_severity({INTRON, SPLICE_DONOR})
    ('splice_donor_variant', 'intron_variant')
    """
    return tuple(sorted(terms, key=SEVERITY.__getitem__)) if len(terms) > 1 else tuple(terms)
