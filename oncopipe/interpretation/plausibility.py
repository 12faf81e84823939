"""Is a variant one of those that a gene is known for? For rows of knowledge that mean "any mutation" of it.

A row such as "KRAS mutation: resistance" does not mean every change of the protein. It counts for a variant that is
plausibly of the known kind; for others it is shown, but gives no tier.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from oncopipe.data.variants import Effect
from oncopipe.knowledge.rules import (
    RESIDUE,
    TRUNCATING,
    fit,
    is_at_the_end,
    is_by_exon_mutation,
    is_class_by_exon,
    residues_of,
    short_change,
)

# METHOD: genes whose loss drives tumors, so that a truncating change is of the known kind. They are bona fide tumor
# suppressors by common textbook knowledge, chosen narrowly: a missing gene costs a tier, a wrong one makes a false tier.
_SUPPRESSORS = """
APC ARID1A ARID2 ASXL1 ATM ATRX AXIN1 B2M BAP1 BARD1 BCOR BRCA1 BRCA2 BRIP1 CDH1 CDK12 CDKN1B CDKN2A CHEK2
CREBBP CYLD DAXX DNMT3A EP300 FBXW7 FH KDM6A KEAP1 KMT2C KMT2D MEN1 MLH1 MSH2 MSH6 NF1 NF2 PALB2 PBRM1 PHF6 PMS2
POT1 PTCH1 PTEN RAD51C RAD51D RB1 RNF43 RUNX1 SDHA SDHB SDHC SDHD SETD2 SMAD2 SMAD4 SMARCA4 SMARCB1 STAG2 STK11
SUFU TET2 TNFAIP3 TP53 TSC1 TSC2 VHL WT1 ZRSR2
"""
SUPPRESSORS = frozenset(_SUPPRESSORS.split())

# METHOD: genes in which in-frame insertions and deletions of the exon that a row names activate. Elsewhere (KRAS exon 2,
# STK11 exons 1-2) a row on mutations of an exon speaks of substitutions or of truncation.
INDEL_GENES = frozenset({"CTNNB1", "EGFR", "ERBB2", "FLT3", "KIT", "PDGFRA"})


@dataclass
class KnownKinds:
    """What knowledge names in one gene more narrowly than "any mutation"."""

    residues: set[str] = field(default_factory=set)  # one by one, `V600`
    classes: set[str] = field(default_factory=set)  # rules by exon and kind, `exon 19 deletion`

    def add(self, gene: str, rule: str) -> None:
        """Take note of what one row of knowledge names."""
        self.residues |= residues_of(rule)
        if is_class_by_exon(rule):
            self.classes.add(rule)
        elif is_by_exon_mutation(rule) and gene in INDEL_GENES:
            self.classes.add(rule.replace("mutation", "indel"))


def plausible_reason(effect: Effect, known: KnownKinds) -> str | None:
    """Why a protein-changing effect is of the kind that its gene is known for; None when it is not known to be."""
    consequences = frozenset(effect.consequences)
    for rule in sorted(known.classes):
        if fit(rule, effect):
            return f"it fits the class '{rule}' that the knowledge names"
    if consequences & TRUNCATING:
        if effect.gene not in SUPPRESSORS or is_at_the_end(effect):
            return None
        return f"it cuts the tumor suppressor {effect.gene} short"
    residue = RESIDUE.match(short_change(effect))
    if residue and residue.group() in known.residues:
        return f"residue {residue.group()} is one that the knowledge names"
    return None
