"""Possible germline findings in known predisposition genes: to be confirmed in blood, never a diagnosis.

Nothing is said without the consent that the sample sheet records.
"""

from __future__ import annotations

from collections.abc import Iterable

from oncopipe.data.findings import Identity, PossibleGermline
from oncopipe.data.variants import AlleleCounts, AnnotatedVariant
from oncopipe.interpretation.references import References, clinvar_key
from oncopipe.knowledge.rules import TRUNCATING, is_at_the_end

# METHOD: genes whose inherited variants are known to predispose to tumors, by common textbook knowledge; ALK, EGFR, KIT, MET,
# PDGFRA, RET and others that predispose by activation count only where ClinVar names the variant.
_GENES = """
ALK APC ATM AXIN2 BAP1 BARD1 BLM BMPR1A BRCA1 BRCA2 BRIP1 CDC73 CDH1 CDK4 CDKN1B CDKN2A CEBPA CHEK2 CYLD DDX41 DICER1 EGFR
EPCAM ETV6 FH FLCN GATA2 GREM1 HOXB13 KIT MAX MEN1 MET MITF MLH1 MSH2 MSH3 MSH6 MUTYH NBN NF1 NF2 NTHL1 PALB2 PDGFRA
PHOX2B PMS2 POLD1 POLE POT1 PRKAR1A PTCH1 PTEN RAD51C RAD51D RB1 RET RUNX1 SDHA SDHAF2 SDHB SDHC SDHD SMAD4 SMARCA4
SMARCB1 SMARCE1 STK11 SUFU TERT TMEM127 TP53 TSC1 TSC2 VHL WT1
"""
PREDISPOSING = frozenset(_GENES.split())
# METHOD: of these loss of function predisposes; in the others a truncating variant alone says nothing.
_BY_GAIN = frozenset(
    {
        "ALK",
        "CDK4",
        "EGFR",
        "EPCAM",
        "GREM1",
        "HOXB13",
        "KIT",
        "MET",
        "MITF",
        "PDGFRA",
        "PHOX2B",
        "POLD1",
        "POLE",
        "RET",
        "TERT",
    }
)
# METHOD: a heterozygous allele is seen in half of the fragments of the normal; a fifth and four fragments leave room for
# chance and for alleles that align badly, and exclude tumor cells in the normal. Without a normal the fraction in the
# tumor is asked: 30 % (SNV), 20 % (indel), below which an inherited allele would be rare.
MIN_FRACTION, MIN_FRAGMENTS = 0.2, 4
TUMOR_ONLY_SNV, TUMOR_ONLY_INDEL = 0.3, 0.2
MAX_FREQUENCY = 0.01
# Filters that call an allele inherited and none that call it unreal: OncoPipe's, and DRAGEN's tag as it is read.
_SAY_GERMLINE = frozenset({"germline", "panel_of_normals", "status_Germline_DB", "status_Germline_Proxi"})


def possible_germline(
    variants: Iterable[AnnotatedVariant], identity: Identity, references: References
) -> list[PossibleGermline]:
    """What may be inherited, by gene and place; empty unless consent is recorded.

    `variants` may hold calls that failed their filters, and alleles of the normal that are no calls at all.
    """
    if identity.germline_consent is not True:
        return []
    found: dict[tuple[str, int, str, str], PossibleGermline] = {}
    for v in variants:
        counts = _carried(v, has_normal=identity.normal is not None)
        why = _why(v, references) if counts is not None else None
        if counts is None or why is None or v.effect is None:
            continue
        where = "normal" if identity.normal is not None else "tumor (there is no normal)"
        found[v.contig, v.position, v.reference, v.alternate] = PossibleGermline(
            gene=v.effect.gene,
            name=v.effect.hgvs_p or v.effect.hgvs_c,
            reason=f"{why}; seen in the {where}: confirm in blood",
            depth=counts.depth,
            vaf=round(counts.vaf, 6),
        )
    return sorted(found.values(), key=lambda finding: (finding.gene, finding.name))


def _carried(v: AnnotatedVariant, *, has_normal: bool) -> AlleleCounts | None:
    """The counts by which a variant may be inherited; None when it may not."""
    if has_normal:
        n = v.normal
        return n if n is not None and n.alternate >= MIN_FRAGMENTS and n.vaf >= MIN_FRACTION else None
    t = v.tumor
    least = TUMOR_ONLY_SNV if len(v.reference) == len(v.alternate) else TUMOR_ONLY_INDEL
    may_be = t is not None and t.alternate >= MIN_FRAGMENTS and t.vaf >= least and _is_called(v)
    return t if may_be else None


def _is_called(v: AnnotatedVariant) -> bool:
    """Whether the allele is real, as far as its filters say: only germline filters failed, or none."""
    return v.is_pass or set(v.filters) <= _SAY_GERMLINE


def _why(v: AnnotatedVariant, references: References) -> str | None:
    """Why a variant may predispose; None when nothing says so."""
    effect = v.effect
    if effect is None or effect.gene not in PREDISPOSING or (v.population_frequency or 0.0) >= MAX_FREQUENCY:
        return None
    row = (references.clinvar or {}).get(clinvar_key(v))
    words = row["significance"].lower() if row else ""
    if row and "pathogenic" in words and "conflicting" not in words:
        return f"ClinVar {row['id']}: {row['significance'].replace('_', ' ')}"
    if "benign" in words or effect.gene in _BY_GAIN:
        return None
    terms = TRUNCATING & set(effect.consequences)
    return f"{effect.consequence} in {effect.gene}" if terms and not is_at_the_end(effect) else None
