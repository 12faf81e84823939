"""One called allele to its finding: evidence, tiers, oncogenicity, contradictions and cautions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from scipy.special import betaincinv

from oncopipe.data.findings import ClinVarRecord, Evidence, Identity, Oncogenicity, Phase, Support, Variant
from oncopipe.data.variants import COMPOUND, AlleleCounts, AnnotatedCalls, AnnotatedVariant
from oncopipe.interpretation.disagreement import disagreements
from oncopipe.interpretation.matching import Matched, Matcher, is_by_exon
from oncopipe.interpretation.oncogenicity import Subject, oncogenicity
from oncopipe.interpretation.origin import hematopoiesis_flags, origin_of
from oncopipe.interpretation.phase import Allele, allele_of, relation_between
from oncopipe.interpretation.references import References, clinvar_key
from oncopipe.interpretation.tiers import give_tier, tiers_by_kind, why_none
from oncopipe.knowledge.clinvar import STARS
from oncopipe.knowledge.rules import short_change
from oncopipe.knowledge.statements import ESCAT_LEVELS
from oncopipe.options import InterpretOptions

# Transcripts by which people number exons: the usual one, or the one that the site chose.
_EXON_NUMBERING = ("MANE_Select", "MANE_Plus_Clinical", "Ensembl_canonical", "listed")


@dataclass(frozen=True)
class Context:
    """What a finding is made with, the same for all variants of a tumor."""

    identity: Identity
    calls: AnnotatedCalls
    matcher: Matcher
    references: References
    options: InterpretOptions
    crowded: frozenset[Allele]  # substitutions with another one in their codon
    phases: Mapping[Allele, list[Phase]]  # reported neighbors of each allele
    sources_say: frozenset[str]  # kinds of evidence that the sources in use hold
    oncogenic: Mapping[str, frozenset[str]]  # gene -> changes that a source calls oncogenic


def support_of(counts: AlleleCounts) -> Support:
    """Counts with the 95 % Jeffreys interval of the fraction.

    METHOD: Brown, Cai and DasGupta 2001, doi:10.1214/ss/1009213286; limits at 0 and n are 0 and 1.
    """
    n, k = counts.depth, min(counts.alternate, counts.depth)
    low = float(betaincinv(k + 0.5, n - k + 0.5, 0.025)) if k else 0.0
    high = float(betaincinv(k + 0.5, n - k + 0.5, 0.975)) if k < n else 1.0
    vaf = k / n if n else 0.0
    return Support(depth=n, alternate=k, vaf=round(vaf, 6), vaf_low=round(low, 6), vaf_high=round(high, 6))


def _codon_of(v: AnnotatedVariant) -> tuple[str, int] | None:
    """Transcript and residue that a substitution changes; None for others."""
    effect = v.effect
    if effect is None or effect.protein_position is None or len(v.reference) != len(v.alternate):
        return None
    return effect.transcript, effect.protein_position


def crowded_codons(variants: list[AnnotatedVariant]) -> frozenset[Allele]:
    """Substitutions with another one in their codon, which might make another change together.

    Not those that were named together, and not those that lie on other molecules: their names hold.
    """
    by_codon: dict[tuple[str, int], list[AnnotatedVariant]] = {}
    for v in variants:
        if codon := _codon_of(v):
            by_codon.setdefault(codon, []).append(v)
    return frozenset(
        allele_of(v)
        for some in by_codon.values()
        for v in some
        if not (v.effect and COMPOUND in v.effect.messages)
        and any(o.position != v.position and relation_between(v, o) != "trans" for o in some)
    )


def finding(v: AnnotatedVariant, context: Context) -> Variant:
    """The finding of a call that passed."""
    options, effect = context.options, v.effect
    matched = context.matcher.match(effect)
    tumor = support_of(v.tumor or AlleleCounts(0, 0, 0))
    evidence = [item.evidence for item in matched]
    tier, cautions = give_tier(matched, v.population_frequency, options.max_population_frequency)
    escat, scored, clinvar = _escat(matched), _scored(v, evidence, context), _clinvar(v, context.references)
    return Variant(
        chromosome=v.contig,
        position=v.position + 1,
        reference=v.reference,
        alternate=v.alternate,
        variant_type=_type(v),
        gene=(effect.gene or None) if effect else None,
        transcript=(effect.transcript or None) if effect else None,
        transcript_choice=v.transcript_choice,
        exon=effect.exon if effect else None,
        consequence=list(effect.consequences) if effect else [],
        impact=effect.impact if effect else None,
        hgvs_c=(effect.hgvs_c or None) if effect else None,
        hgvs_p=(effect.hgvs_p or None) if effect else None,
        hgvs_p_short=(effect.hgvs_p_short or None) if effect else None,
        filters=list(v.filters) or ["PASS"],
        quality=v.quality,
        tumor=tumor,
        normal=support_of(v.normal) if v.normal is not None else None,
        population_frequency=v.population_frequency,
        tier=tier,
        tiers=tiers_by_kind(matched),
        escat=escat,
        oncogenicity=scored,
        clinvar=clinvar,
        origin=origin_of(v),
        phase=context.phases.get(allele_of(v), []),
        disagreements=disagreements(evidence, tier, escat, scored, clinvar),
        evidence=evidence,
        flags=[*cautions, *_codon_flags(v, context.crowded), *_flags(v, tumor, matched, context)],
    )


def _escat(matched: list[Matched]) -> str | None:
    """The best level that a curator gave this alteration in this tumor; never worked out from other levels."""
    given = [
        m.evidence.escat for m in matched
        if m.evidence.escat and m.evidence.disease_match == "this_tumor" and why_none(m) is None
    ]  # fmt: skip
    return min(given, key=ESCAT_LEVELS.index, default=None)


def _scored(v: AnnotatedVariant, evidence: list[Evidence], context: Context) -> Oncogenicity | None:
    # PERF: what lies in an intron or beside a gene, and no source speaks of, is not scored: 17 criteria of 100,000 such
    # variants would be most of a file that nobody reads.
    if v.effect is None or not v.effect.gene or (v.effect.impact == "MODIFIER" and not evidence):
        return None
    subject = Subject(
        v.effect, evidence, v.population_frequency, context.calls.calls.has_population, context.references,
        context.sources_say, context.oncogenic, context.matcher.diagnosis,
    )  # fmt: skip
    return oncogenicity(subject, pcgr_compat=context.options.pcgr_compat)


def _clinvar(v: AnnotatedVariant, references: References) -> ClinVarRecord | None:
    row = (references.clinvar or {}).get(clinvar_key(v))
    if row is None:
        return None
    stars = STARS.get(row["review"], 0)
    return ClinVarRecord(id=row["id"], significance=row["significance"], review=row["review"], stars=stars)


def _type(v: AnnotatedVariant) -> Literal["SNV", "MNV", "INS", "DEL", "DELINS"]:
    """SNV, MNV, INS, DEL or DELINS."""
    n_ref, n_alt = len(v.reference), len(v.alternate)
    if n_ref == n_alt:
        return "SNV" if n_ref == 1 else "MNV"
    if v.reference[0] == v.alternate[0] and 1 in (n_ref, n_alt):
        return "INS" if n_ref == 1 else "DEL"
    return "DELINS"


def _codon_flags(v: AnnotatedVariant, crowded: frozenset[Allele]) -> list[str]:
    """V600M and V600E side by side on one molecule are V600K: each name alone would then be wrong."""
    said = "another call changes the same codon: on one molecule they would make another change"
    return [said] if allele_of(v) in crowded else []


def _flags(v: AnnotatedVariant, tumor: Support, matched: list[Matched], context: Context) -> list[str]:
    flags = []
    if v.tumor is None:
        flags.append("no allele counts in the calls: the fraction is not known")
    elif tumor.vaf < context.options.low_vaf:
        flags.append("low fraction")
    if v.quality is not None and v.quality < 10:
        flags.append("low confidence")
    if context.calls.calls.normal_sample is None:
        flags.append("germline not excluded: no normal")
    flags += hematopoiesis_flags(
        v,
        has_normal=context.calls.calls.normal_sample is not None,
        specimen=context.identity.specimen,
        code=context.identity.diagnosis_code,
    )
    if v.effect and v.transcript_choice not in _EXON_NUMBERING and any(is_by_exon(m) for m in matched):
        flags.append(f"matched by the exon number of {v.effect.transcript}, which may not be the usual one")
    # Substitutions alone: the tables write indels in another way than VCF does.
    site = (context.references.hotspot_sites or {}).get(clinvar_key(v))
    if site and (v.effect is None or v.effect.gene != site[0] or short_change(v.effect) != site[1]):
        flags.append(f"cancerhotspots.org names this place {site[0]} {site[1]}")
    mane = (context.references.mane or {}).get(v.effect.gene) if v.effect else None
    if v.effect and mane and v.effect.transcript.split(".")[0] not in mane:
        flags.append(f"named on {v.effect.transcript}, which is no MANE transcript of {v.effect.gene}")
    return flags
