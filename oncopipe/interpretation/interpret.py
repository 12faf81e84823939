"""Annotated calls, quality and knowledge to the findings of one tumor sample."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from oncopipe.data.findings import (
    Biomarker,
    Findings,
    Identity,
    KnowledgeSource,
    Provenance,
    Quality,
    Variant,
)
from oncopipe.data.regions import Regions
from oncopipe.data.samples import Sample
from oncopipe.data.variants import AnnotatedCalls, AnnotatedVariant
from oncopipe.errors import InputError
from oncopipe.interpretation.biomarkers import read_biomarkers
from oncopipe.interpretation.callable import LimitTable, inside
from oncopipe.interpretation.germline import possible_germline
from oncopipe.interpretation.hotspots import hotspots_of
from oncopipe.interpretation.matching import Matcher, strength
from oncopipe.interpretation.negatives import negatives_of
from oncopipe.interpretation.patient import Patient
from oncopipe.interpretation.phase import phases_between
from oncopipe.interpretation.profiles import profiles_of
from oncopipe.interpretation.references import References
from oncopipe.interpretation.variants import Context, crowded_codons, finding
from oncopipe.io.limits import Limits, read_limits
from oncopipe.knowledge.diseases import tumor_types
from oncopipe.knowledge.rules import CHANGE
from oncopipe.knowledge.statements import Statement
from oncopipe.options import InterpretOptions

_NOT_OFFERED = (
    ("Tumor mutational burden", "Tumor mutational burden is not offered by this version."),
    ("Microsatellite instability", "Microsatellite instability is not offered by this version."),
    ("Copy number", "Gains and losses of genes are not offered by this version."),
    ("Fusions", "Gene fusions are not offered by this version."),
    ("Homologous recombination deficiency", "Homologous recombination deficiency is not offered by this version."),
)
_NO_LIMITS = (
    "Absence from the tables is not a negative result: down to which fraction a variant would have been found was not "
    "computed."
)
_LIMITS = (
    "Absence from the tables is a negative result only for the targets that are listed as not detected, and only for "
    "fractions of their limit or more."
)
_LIMITATIONS = (
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
    """What is known of a tumor beside its calls.

    `biomarkers`: name -> present. `limits` of detection; None: not computed. `carried`: alleles that the
    normal shows, with names; None: nobody looked.
    """

    biomarkers: dict[str, bool] = field(default_factory=dict)
    limits: Limits | None = None
    references: References = field(default_factory=References)
    carried: Sequence[AnnotatedVariant] | None = None


def _said(sources: dict[str, list[Statement]]) -> tuple[frozenset[str], dict[str, frozenset[str]]]:
    """Kinds of evidence that the sources hold, and by gene the changes that they call oncogenic."""
    kinds: set[str] = set()
    oncogenic: dict[str, set[str]] = {}
    for row in (row for rows in sources.values() for row in rows):
        kinds.add(row.evidence_type)
        if row.evidence_type == "Oncogenic" and row.direction == "Supports":
            oncogenic.setdefault(row.gene, set()).update(w for w in row.rule.split(" ") if CHANGE.fullmatch(w))
    return frozenset(kinds), {gene: frozenset(changes) for gene, changes in oncogenic.items()}


def _given(states: dict[str, bool]) -> list[Biomarker]:
    """States that others measured, in words."""
    return [
        Biomarker(
            name=name,
            status="reported",
            sentence=f"{name}: {'present' if state else 'absent'}, as given with the sample.",
        )
        for name, state in sorted(states.items())
    ]


def _not_offered() -> list[Biomarker]:
    return [Biomarker(name=name, status="not_offered", sentence=text) for name, text in _NOT_OFFERED]


def _named(identity: Identity, references: References) -> Identity:
    """The identity with the diagnosis' name, where only an imported release of OncoTree has it."""
    name = references.tumor_names.get(identity.diagnosis_code or "")
    return identity if identity.diagnosis_name or not name else identity.model_copy(update={"diagnosis_name": name})


def tumor_facts(
    sample: str,
    limits: Path | None,
    biomarkers: Path | None,
    regions: Regions | None = None,
    references: References | None = None,
    carried: Sequence[AnnotatedVariant] | None = None,
) -> TumorFacts:
    """The facts that files give. A site outside the regions that were called has no limit.

    Raises: MissingInputError; InputError, also for the limits of another tumor.
    """
    found = read_limits(limits) if limits else None
    if found and found.tumor not in (None, sample):
        raise InputError(
            f"the limits are of tumor {found.tumor}, not of {sample}",
            where=str(limits),
            fix="give this tumor's limits",
        )
    states = read_biomarkers(biomarkers, sample) if biomarkers else {}
    found = inside(found, regions) if found and regions else found
    return TumorFacts(states, found, references or References(), carried)


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
    tumor = tumor or TumorFacts()
    matcher = Matcher(statements, tumor.references.nearest_code(identity.diagnosis_code))
    patient = Patient(
        calls.variants,
        matcher.known,
        LimitTable(tumor.limits),
        options.wild_type_limit,
        tumor.biomarkers,
        calls.forced,
    )
    matcher.about(patient)
    passed = [v for v in calls.variants if v.is_pass]
    small = [v for v in passed if _is_small(v)]
    context = Context(
        identity,
        calls,
        matcher,
        tumor.references,
        options,
        crowded_codons(small),
        phases_between(small),
        *_said(statements),
    )
    variants = [finding(v, context) for v in small]
    contigs = {name: i for i, name in enumerate(dict.fromkeys(v.contig for v in calls.variants))}
    return Findings(
        identity=_named(identity, tumor.references),
        quality=quality,
        variants=sorted(variants, key=lambda v: _order(v, contigs)),
        n_filtered=len(calls.variants) - len(passed),
        biomarkers=[*_given(tumor.biomarkers), *_not_offered()],
        negatives=negatives_of(
            matcher, patient, options.negative_limit, hotspots_of(tumor.references, identity.diagnosis_code)
        ),
        possible_germline=possible_germline([*calls.variants, *(tumor.carried or ())], identity, tumor.references),
        germline_examined=_is_germline_examined(identity, tumor),
        profiles=profiles_of(matcher, patient, calls.variants),
        limitations=limitations_of(identity, calls, quality, tumor, n_other=len(passed) - len(variants)),
        provenance=Provenance(
            oncopipe_version=version("oncopipe"),
            reference=reference,
            caller=calls.calls.caller,
            knowledge=sources,
            inputs=inputs or {},
            parameters=options.model_dump(),
        ),
    )


def limitations_of(
    identity: Identity, calls: AnnotatedCalls, quality: Quality, tumor: TumorFacts, *, n_other: int
) -> list[str]:
    """What this report cannot say, in sentences: for every report, and for this one."""
    of_this = [_NO_LIMITS if tumor.limits is None else _LIMITS]
    if identity.germline_consent and identity.normal and not _is_germline_examined(identity, tumor):
        of_this.append("The germline was not looked at: that needs the evidence of the calls and gene models.")
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
    return [*of_this[:1], *_LIMITATIONS, *of_this[1:]]


def _is_germline_examined(identity: Identity, tumor: TumorFacts) -> bool:
    """Whether somebody looked for inherited alleles in the normal: only with consent."""
    return identity.germline_consent is True and identity.normal is not None and tumor.carried is not None


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


def inputs_of(**files: Path | None) -> dict[str, str]:
    """SHA-256 of each file that is given, by its name here."""
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items() if path is not None}
