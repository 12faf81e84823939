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

# METHOD: residues that are substituted again and again in tumors, of genes of which rows of knowledge say "mutation".
# A test finds each in the recurrence statistics of cancerhotspots.org (Chang et al. 2018) with 7 tumors or more.
_HOTSPOTS = """
AR L702 W742 H875 T878
DNMT3A R882
EGFR G719 S768 L858 L861
ERBB2 S310 R678 L755 D769 V777 V842
ESR1 E380 L536 Y537 D538
EZH2 Y646
FGFR2 S252 C382 N549
FGFR3 R248 S249 G370 Y373 K650
FLT3 D835
GNA11 R183 Q209
GNAQ R183 Q209
HRAS G12 G13 Q61
IDH1 R132
IDH2 R140 R172
KRAS G12 G13 Q61 K117 A146
NRAS G12 G13 Q61
PIK3CA R88 K111 G118 N345 C420 E453 E542 E545 Q546 E726 M1043 H1047
SF3B1 R625 K666 K700
TP53 V157 R158 Y163 R175 C176 H179 H193 I195 Y220 Y234 Y236 M237 C238 S241 G245 R248 R249 R273 C275 P278 R280 R282
U2AF1 S34
"""
HOTSPOTS = {gene: frozenset(residues) for gene, *residues in map(str.split, _HOTSPOTS.strip().splitlines())}


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
    found = RESIDUE.match(short_change(effect))
    residue = found.group() if found and "missense_variant" in consequences else ""
    if residue in known.residues:
        return f"residue {residue} is one that the knowledge names"
    is_hotspot = residue in HOTSPOTS.get(effect.gene, frozenset())
    return f"residue {residue} is a hotspot of the gene" if is_hotspot else None
