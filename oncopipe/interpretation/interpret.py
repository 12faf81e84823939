"""Annotated calls, quality and knowledge to the findings of one tumor sample."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from scipy.special import betaincinv

from oncopipe.data.findings import (
    Biomarker,
    Findings,
    Identity,
    KnowledgeSource,
    Provenance,
    Quality,
    Support,
    Variant,
)
from oncopipe.data.samples import Sample
from oncopipe.data.variants import AlleleCounts, AnnotatedCalls, AnnotatedVariant
from oncopipe.errors import InputError
from oncopipe.interpretation.biomarkers import read_biomarkers
from oncopipe.interpretation.callable import LimitTable
from oncopipe.interpretation.matching import Matched, Matcher, is_by_exon, strength
from oncopipe.interpretation.patient import Patient
from oncopipe.interpretation.profiles import profiles_of
from oncopipe.interpretation.tiers import give_tier
from oncopipe.io.limits import Limits, read_limits
from oncopipe.knowledge.diseases import tumor_types
from oncopipe.knowledge.statements import Statement
from oncopipe.options import InterpretOptions

# Transcripts by which people number exons: the usual one, or the one that the site chose.
_EXON_NUMBERING = ("MANE_Select", "MANE_Plus_Clinical", "Ensembl_canonical", "listed")
_NOT_OFFERED = (
    ("Tumor mutational burden", "Tumor mutational burden is not offered by this version."),
    ("Microsatellite instability", "Microsatellite instability is not offered by this version."),
    ("Copy number", "Gains and losses of genes are not offered by this version."),
    ("Fusions", "Gene fusions are not offered by this version."),
    ("Homologous recombination deficiency", "Homologous recombination deficiency is not offered by this version."),
)
_LIMITATIONS = (
    "Absence from the tables is not a negative result: this version does not state down to which fraction a variant "
    "would have been found.",
    "Small variants (SNVs and indels of up to about 50 bases) inside the given regions only; copy number, fusions, "
    "large rearrangements and alleles that only clipped reads show are not looked for.",
    "Tiers come from the knowledge sources named under methods, of the releases named there; newer evidence may exist.",
    "For research use: results need confirmation and review before they guide treatment.",
)
_TUMOR_ONLY = (
    "No normal sample: variants were separated from germline ones by population frequency and fraction alone; a rare "
    "germline variant may be among them."
)


@dataclass(frozen=True)
class TumorFacts:
    """What is known of a tumor beside its calls. `biomarkers`: name in lower case -> present; `limits` of detection."""

    biomarkers: dict[str, bool] = field(default_factory=dict)
    limits: Limits | None = None


def tumor_facts(sample: str, limits: Path | None, biomarkers: Path | None) -> TumorFacts:
    """The facts that files give. Raises: MissingInputError; InputError, also for the limits of another tumor."""
    found = read_limits(limits) if limits else None
    if found and found.tumor not in (None, sample):
        raise InputError(
            f"the limits are of tumor {found.tumor}, not of {sample}",
            where=str(limits),
            fix="give this tumor's limits",
        )
    return TumorFacts(read_biomarkers(biomarkers, sample) if biomarkers else {}, found)


def interpret(
    calls: AnnotatedCalls,
    identity: Identity,
    quality: Quality,
    knowledge: tuple[dict[str, list[Statement]], list[KnowledgeSource]],
    options: InterpretOptions,
    *,
    tumor: TumorFacts | None = None,
    inputs: dict[str, str] | None = None,
    reference: str = "unknown",
) -> Findings:
    """Findings of the PASS calls, most actionable first. `knowledge` as `knowledge.sources.read_knowledge` gives it."""
    statements, sources = knowledge
    matcher = Matcher(statements, identity.diagnosis_code)
    tumor = tumor or TumorFacts()
    patient = Patient(
        calls.variants, matcher.known, LimitTable(tumor.limits), options.wild_type_limit, tumor.biomarkers
    )
    matcher.about(patient)
    passed = [v for v in calls.variants if v.is_pass]
    small = [v for v in passed if _is_small(v)]
    crowded = _crowded_codons(small)
    variants = [_variant(v, calls, matcher, options, crowded) for v in small]
    contigs = {name: i for i, name in enumerate(dict.fromkeys(v.contig for v in calls.variants))}
    return Findings(
        identity=identity,
        quality=quality,
        variants=sorted(variants, key=lambda v: _order(v, contigs)),
        n_filtered=len(calls.variants) - len(passed),
        biomarkers=[Biomarker(name=name, status="not_offered", sentence=text) for name, text in _NOT_OFFERED],
        profiles=profiles_of(matcher, patient, calls.variants),
        limitations=limitations_of(identity, calls, quality, n_other=len(passed) - len(variants)),
        provenance=Provenance(
            oncopipe_version=version("oncopipe"),
            reference=reference,
            caller=calls.calls.caller,
            knowledge=sources,
            inputs=inputs or {},
            parameters=options.model_dump(),
        ),
    )


def limitations_of(identity: Identity, calls: AnnotatedCalls, quality: Quality, *, n_other: int) -> list[str]:
    """What this report cannot say, in sentences: for every report, and for this one."""
    of_this = []
    if identity.normal is None:
        of_this.append(_TUMOR_ONLY)
    if identity.diagnosis_code is None:
        of_this.append("No diagnosis was given: evidence could not be compared with this tumor.")
    elif identity.diagnosis_name is None:
        of_this.append(f"The diagnosis {identity.diagnosis_code!r} is no code of OncoTree 2023-03: evidence could not be "
                       "compared with this tumor.")  # fmt: skip
    if not calls.calls.has_population:
        of_this.append(
            "No population frequencies were annotated: no variant could be called benign (tier IV) by them."
        )
    if not quality.metrics:
        of_this.append("Quality was not measured: nothing is said about coverage, identity or contamination.")
    if n_other:
        of_this.append(
            f"{n_other} calls that passed are no small variants with known bases; they are not interpreted."
        )
    return [*_LIMITATIONS, *of_this]


def _is_small(v: AnnotatedVariant) -> bool:
    """Whether both alleles are spelled out: not symbolic, not a breakend, not `*`."""
    return bool(v.alternate) and set((v.reference + v.alternate).upper()) <= set("ACGTNRYSWKMBDHV")


def identity_of(sample: Sample, normal: str | None, diagnosis: str | None) -> Identity:
    """Who and what was sequenced, from the sheet; `diagnosis` (OncoTree code) goes before the sheet's."""
    code = diagnosis or sample.diagnosis
    if code and code.upper() in tumor_types():
        code = code.upper()
    known = tumor_types().get(code or "")
    return Identity(
        patient=sample.patient,
        sample=sample.sample,
        normal=normal,
        external_id=sample.external_id,
        diagnosis_code=code,
        diagnosis_name=known.name if known else None,
        sex=sample.sex,
        purity=sample.purity,
        timepoint=sample.timepoint,
        specimen=sample.specimen,
        assay=sample.assay,
        collected=sample.collected,
        received=sample.received,
        reported=sample.reported,
        germline_consent=sample.germline_consent,
        synthetic="SYNTHETIC" in f"{sample.specimen or ''} {sample.assay or ''}".upper(),
    )


def _order(variant: Variant, contigs: dict[str, int]) -> tuple[object, ...]:
    """Tier, level, strength of the best evidence, then place."""
    best = strength(variant.evidence[0]) if variant.evidence else ("~",)
    rank = ("I", "II", "III", "IV").index(variant.tier.tier)
    actionable = (str(best[0]), *map(str, best[1:3])) if rank < 2 else ()
    return (
        rank,
        variant.tier.level or "Z",
        actionable,
        contigs[variant.chromosome],
        variant.position,
        variant.alternate,
    )


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


def _crowded_codons(variants: list[AnnotatedVariant]) -> frozenset[tuple[str, int]]:
    """Codons in which several substitutions at different places were called."""
    places: dict[tuple[str, int], set[int]] = {}
    for v in variants:
        if codon := _codon_of(v):
            places.setdefault(codon, set()).add(v.position)
    return frozenset(codon for codon, positions in places.items() if len(positions) > 1)


def _variant(
    v: AnnotatedVariant,
    calls: AnnotatedCalls,
    matcher: Matcher,
    options: InterpretOptions,
    crowded: frozenset[tuple[str, int]],
) -> Variant:
    effect, matched = v.effect, matcher.match(v.effect)
    tumor = support_of(v.tumor or AlleleCounts(0, 0, 0))
    tier, cautions = give_tier(matched, v.population_frequency, options.max_population_frequency)
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
        evidence=[item.evidence for item in matched],
        flags=[*cautions, *_codon_flags(v, crowded), *_flags(v, tumor, matched, calls, options)],
    )


def _type(v: AnnotatedVariant) -> Literal["SNV", "MNV", "INS", "DEL", "DELINS"]:
    """SNV, MNV, INS, DEL or DELINS."""
    n_ref, n_alt = len(v.reference), len(v.alternate)
    if n_ref == n_alt:
        return "SNV" if n_ref == 1 else "MNV"
    if v.reference[0] == v.alternate[0] and 1 in (n_ref, n_alt):
        return "INS" if n_ref == 1 else "DEL"
    return "DELINS"


def _codon_flags(v: AnnotatedVariant, crowded: frozenset[tuple[str, int]]) -> list[str]:
    """V600M and V600E side by side on one molecule are V600K: each name alone would then be wrong."""
    is_crowded = _codon_of(v) in crowded
    return (
        ["another call changes the same codon: on one molecule they would make another change"] if is_crowded else []
    )


def _flags(
    v: AnnotatedVariant, tumor: Support, matched: list[Matched], calls: AnnotatedCalls, options: InterpretOptions
) -> list[str]:
    flags = []
    if v.tumor is None:
        flags.append("no allele counts in the calls: the fraction is not known")
    elif tumor.vaf < options.low_vaf:
        flags.append("low fraction")
    if v.quality is not None and v.quality < 10:
        flags.append("low confidence")
    if calls.calls.normal_sample is None:
        flags.append("germline not excluded: no normal")
    if v.effect and v.transcript_choice not in _EXON_NUMBERING and any(is_by_exon(m) for m in matched):
        flags.append(f"matched by the exon number of {v.effect.transcript}, which may not be the usual one")
    return flags


def inputs_of(**files: Path | None) -> dict[str, str]:
    """SHA-256 of each file that is given, by its name here."""
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items() if path is not None}
