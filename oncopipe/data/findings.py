"""Findings: the machine-readable report of one tumor sample, and the contract between interpretation and report.

`oncopipe/data/findings.schema.json` is written from these models and published with each release;
`format_version` changes with them. Positions are 1-based here, as in every text that people read.
"""

from __future__ import annotations

import json
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from oncopipe.data.phase import Relation

FORMAT_VERSION: Literal["1.0"] = "1.0"

Status = Literal["PASS", "WARN", "FAIL", "NOT_ASSESSED"]
TierName = Literal["I", "II", "III", "IV"]
Truth = Literal["true", "false", "unknown"]


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Identity(Model):
    """Who and what was sequenced. Dates are inputs of the sample sheet, never a clock."""

    patient: str
    sample: str
    normal: str | None = Field(None, description="sample id of the matched normal; null means tumor-only")
    external_id: str | None = None
    diagnosis_code: str | None = Field(None, description="OncoTree code as given")
    diagnosis_name: str | None = Field(None, description="OncoTree name of the code; null when the code is unknown")
    sex: str | None = None
    purity: float | None = Field(None, ge=0, le=1, description="tumor content by pathology, fraction")
    timepoint: str | None = None
    specimen: str | None = None
    assay: str | None = None
    collected: str | None = None
    received: str | None = None
    reported: str | None = None
    germline_consent: bool | None = None
    synthetic: bool = Field(False, description="true for data that were made, not measured")


class QcMetric(Model):
    """One measured quantity of one sample, with its thresholds and what they say."""

    sample: str
    metric: str = Field(description="name as in docs/qc.md")
    label: str
    value: float | str | None
    unit: str
    status: Status
    warn: str | None = Field(None, description="the condition that gives WARN, as text, e.g. '< 60'")
    fail: str | None = None
    reason: str | None = Field(None, description="why this status, one sentence")


class Quality(Model):
    """Can the data be trusted: the worst status and the sentence of the trust line."""

    status: Status
    sentence: str
    metrics: list[QcMetric]


class Support(Model):
    """Fragments at a variant in one sample; the VAF's interval is the 95 % Jeffreys interval."""

    depth: int = Field(ge=0, description="fragments that speak")
    alternate: int = Field(ge=0, description="fragments with the alternate allele")
    vaf: float = Field(ge=0, le=1)
    vaf_low: float = Field(ge=0, le=1)
    vaf_high: float = Field(ge=0, le=1)


class Evidence(Model):
    """One statement of a knowledge source that matched a variant."""

    source: str = Field(description="e.g. civic, targets")
    evidence_id: str | None = Field(None, description="e.g. EID1409")
    evidence_type: Literal["Predictive", "Diagnostic", "Prognostic", "Predisposing", "Oncogenic", "Functional"]
    direction: Literal["Supports", "Does Not Support"]
    significance: str = Field(description="e.g. Sensitivity/Response, Resistance, Poor Outcome")
    level: str | None = Field(None, description="CIViC level A-E of the evidence")
    gene: str
    variant: str = Field(description="the variant or class as the source words it")
    disease: str
    disease_match: Literal["this_tumor", "other_tumor", "unknown"]
    therapies: list[str] = []
    therapy_interaction: str | None = None
    citation: str | None = None
    regulatory_label: str | None = Field(None, description="named where no public evidence item holds the row")
    checked: bool = Field(description="false: the row was not verified against a public evidence item")
    match: Literal["exact", "class", "codon", "gene"]
    match_reason: str = Field(description="the rule that matched, one sentence")
    condition: str | None = Field(
        None, description="what else must hold of the patient, e.g. 'EGFR[L858R] AND NOT EGFR[T790M]'"
    )
    condition_status: Truth | None = Field(
        None, description="whether it holds; evidence whose condition is not true gives no tier and has match 'gene'"
    )
    rating: int | None = Field(None, ge=1, le=5, description="CIViC's stars: how well the study was done")
    escat: str | None = Field(None, description="ESCAT level from a curated column, e.g. I-A; never worked out here")


class Tier(Model):
    """AMP/ASCO/CAP tier and level with the trace of the rules that gave it."""

    tier: TierName
    level: Literal["A", "B", "C", "D"] | None = None
    reason: str = Field(description="one sentence for the answer table")
    trace: list[str] = Field(default=[], description="each rule that was looked at and what it said")

    @property
    def is_actionable(self) -> bool:
        """True of tier I and II: what page one speaks of."""
        return self.tier in ("I", "II")


class KindTier(Model):
    """The best tier of one kind of evidence: Li et al. judge therapy, diagnosis and prognosis apart."""

    kind: Literal["therapy", "diagnosis", "prognosis"]
    tier: TierName
    level: Literal["A", "B", "C", "D"] | None = None
    by: str = Field(description="the evidence that gave it")


CriterionStatus = Literal["met", "not_met", "not_assessed"]


class Criterion(Model):
    """One criterion of the oncogenicity standard."""

    code: str = Field(description="e.g. OVS1")
    status: CriterionStatus
    points: int = Field(description="counted points; 0 when not met, or not counted beside a stronger criterion")
    reason: str


class Oncogenicity(Model):
    """Oncogenicity by ClinGen/CGC/VICC: the class, the points vector and every criterion."""

    classification: str = Field(
        description="Oncogenic, Likely Oncogenic, Uncertain Significance, Likely Benign, Benign"
    )
    points: int
    cutoffs: Literal["SOP", "PCGR"]
    vector: str = Field(description="e.g. 'OS3 +4, OP4 +1 = 5'")
    criteria: list[Criterion]

    @property
    def not_assessed(self) -> list[str]:
        return [c.code for c in self.criteria if c.status == "not_assessed"]

    @property
    def is_settled(self) -> bool:
        """False where the class is uncertain only because criteria wait for a source: no statement for page one."""
        return self.classification != "Uncertain Significance" or not self.not_assessed


class ClinVarRecord(Model):
    """What ClinVar says of this allele in the germline."""

    id: str
    significance: str
    review: str
    stars: int = Field(ge=0, le=4)


class Origin(Model):
    """The caller's posterior of where the allele comes from; the three sum to one but for rounding."""

    somatic: float = Field(ge=0, le=1)
    germline: float = Field(ge=0, le=1)
    artefact: float = Field(ge=0, le=1, description="error, noise of the place or damage")


class Phase(Model):
    """Another reported variant, and whether both lie on the same molecules of the tumor.

    Counts are of molecules (both mates of a fragment) that show both places and carry at least one of the alleles; all
    are 0 where no molecule does.
    """

    chromosome: str
    position: int = Field(ge=1)
    reference: str
    alternate: str
    name: str = Field(description="the other variant in words, e.g. 'EGFR p.C797S'")
    relation: Relation = Field(
        description="cis: on the same molecules; trans: on different ones; mixed: on the same in part"
    )
    both: int = Field(ge=0, description="molecules with both alleles")
    this_only: int = Field(ge=0, description="molecules with this allele and not the other")
    other_only: int = Field(ge=0, description="molecules with the other allele and not this one")


class Variant(Model):
    """One called allele with its names, support, evidence and tier."""

    chromosome: str
    position: int = Field(ge=1, description="1-based, VCF position of the anchor for indels")
    reference: str
    alternate: str
    variant_type: Literal["SNV", "MNV", "INS", "DEL", "DELINS"]
    gene: str | None = None
    transcript: str | None = None
    transcript_choice: str | None = Field(
        None, description="why this transcript: MANE_Select, Ensembl_canonical, ..."
    )
    exon: str | None = Field(None, description="rank/total, e.g. 15/18; null outside exons")
    consequence: list[str] = Field(description="Sequence Ontology terms, most severe first")
    impact: str | None = None
    hgvs_c: str | None = None
    hgvs_p: str | None = Field(None, description="three-letter, e.g. p.Val600Glu")
    hgvs_p_short: str | None = Field(None, description="one-letter, e.g. p.V600E")
    filters: list[str] = Field(description="['PASS'] or the names of the filters that failed")
    quality: float | None = Field(None, description="Phred of the probability that the call is not somatic")
    tumor: Support
    normal: Support | None = None
    population_frequency: float | None = None
    tier: Tier
    tiers: list[KindTier] = Field(
        default=[], description="therapy, diagnosis and prognosis apart, where evidence gives one"
    )
    escat: str | None = Field(
        None, description="best ESCAT level of curated columns in this tumor; null: none was curated"
    )
    oncogenicity: Oncogenicity | None = Field(
        None, description="null outside genes, and where the impact is MODIFIER and no evidence matches"
    )
    clinvar: ClinVarRecord | None = None
    disagreements: list[str] = Field(
        default=[], description="where sources or systems of grading contradict each other"
    )
    origin: Origin | None = Field(None, description="null where the caller gives no posterior")
    phase: list[Phase] = Field(
        default=[],
        description="reported variants on the same or on different molecules, and those of the same gene whose phase is "
        "unknown",
    )
    evidence: list[Evidence] = []
    flags: list[str] = Field(default=[], description="cautions in words, e.g. 'low VAF'")


class Biomarker(Model):
    name: str
    status: Literal["reported", "not_assessable", "not_offered"]
    value: float | None = None
    unit: str | None = None
    sentence: str


class Negative(Model):
    """A target of the diagnosis and whether its absence can be told. 'Not detected' never stands without its limit."""

    gene: str
    target: str = Field(description="what was looked for, in words, e.g. 'codons 12 and 13', 'V600E'")
    status: Literal["detected", "not_detected", "not_assessable"]
    limit: float | None = Field(
        None, gt=0, le=1, description="lowest VAF found with at least 95 % probability here; set when not detected"
    )
    depth: int | None = Field(None, ge=0, description="fragments at the least covered of its sites")
    n_sites: int = Field(1, ge=1, description="sites that the target names")
    n_assessable: int = Field(0, ge=0, description="those of them with a limit of detection that serves")
    reason: str | None = Field(None, description="why it cannot be assessed, or what was detected")
    alternate: int | None = Field(
        None, ge=0, description="molecules with the change, of the one that most show; null: none was counted by name"
    )
    molecules: int | None = Field(None, ge=0, description="molecules that speak where it would lie")

    @model_validator(mode="after")
    def _absence_has_its_limit(self) -> Negative:
        if self.status == "not_detected" and self.limit is None:
            raise ValueError("a target that was not detected needs the limit down to which it would have been found")
        return self


class PossibleGermline(Model):
    """A finding that may be inherited: to be confirmed in normal tissue, never a diagnosis."""

    gene: str
    name: str = Field(description="the change in words, e.g. p.Arg175His")
    reason: str
    depth: int | None = Field(None, ge=0)
    vaf: float | None = Field(None, ge=0, le=1, description="in the normal, or in the tumor when there is no normal")


class Profile(Model):
    """Evidence on no single variant: a compound profile, wild type, or a state of the tumor that was given."""

    condition: str
    truth: Truth
    trace: list[str] = Field(description="each part of the condition and why it is true, false or unknown")
    variants: list[str] = Field(default=[], description="variants of the patient that take part, e.g. 'EGFR p.L858R'")
    evidence: Evidence
    tier: Tier | None = Field(None, description="only where the condition is true")


class KnowledgeSource(Model):
    name: str
    release: str
    license: str
    digest: str = Field(description="sha256 of the imported content")
    n_rows: int


class Provenance(Model):
    oncopipe_version: str
    reference: str
    caller: str = Field(description="who made the calls, from the VCF header")
    knowledge: list[KnowledgeSource]
    inputs: dict[str, str] = Field(default={}, description="name of the input -> sha256")
    parameters: dict[str, str | int | float | bool | None] = {}


class Findings(Model):
    """Everything a report says about one tumor sample."""

    format_version: Literal["1.0"] = FORMAT_VERSION
    identity: Identity
    quality: Quality
    variants: list[Variant] = Field(description="every PASS call, most actionable first, then by position")
    n_filtered: int = Field(ge=0, description="calls in the VCF that did not pass")
    biomarkers: list[Biomarker]
    negatives: list[Negative] = Field(default=[], description="targets of the diagnosis, most important first")
    possible_germline: list[PossibleGermline] = []
    germline_examined: bool = Field(
        False, description="whether the normal was searched for inherited alleles; never without consent"
    )
    profiles: list[Profile] = Field(
        default=[],
        description="compound, wild-type and other profiles, true ones first; unknown ones say what is missing",
    )
    limitations: list[str]
    provenance: Provenance

    def actionable(self) -> list[Variant]:
        """Variants of tier I or II: what the answer table shows."""
        return [variant for variant in self.variants if variant.tier.is_actionable]


def schema_text() -> str:
    """The published JSON schema of findings.json, as `oncopipe/data/findings.schema.json` holds it."""
    return json.dumps(Findings.model_json_schema(), indent=1) + "\n"
