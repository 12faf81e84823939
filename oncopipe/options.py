"""Each option written once: name, default, range, meaning. Keyword, flag, config key, schema and docs follow.

A model's fields become flags (`cli.flags.options_of`), config keys (`data.config.Config`), schema entries
(`config/schemas/config.schema.json`, checked in, a test fails when it is stale) and rows of `docs/options.md`.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Options(BaseModel):
    """A frozen set of options that refuses unknown keys and values out of range."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class CallOptions(Options):
    """How reads become calls."""

    min_mapping_quality: int = Field(20, ge=0, le=254, description="reads mapped with a lower quality are not used")
    min_base_quality: int = Field(10, ge=0, le=93, description="bases of a lower quality do not speak for an allele")
    min_alternate_fragments: int = Field(2, ge=1, description="distinct tumor fragments that make a candidate")
    max_depth: int = Field(
        20_000, ge=100, description="fragments looked at per sample and candidate, chosen by name hash"
    )
    collapse_duplicates: bool = Field(
        True, description="take fragments with the same ends as one molecule; turn off for amplicons"
    )
    umi: Literal["auto", "off", "simplex", "duplex"] = Field(
        "auto",
        description="copies of a molecule told by their barcode (MI or RX); auto: where the first reads have one",
    )
    somatic_prior: float | None = Field(
        None, gt=0, lt=0.1, description="prior of a somatic allele at a base; learned from the sample when not given"
    )
    pass_probability: float = Field(
        0.5, gt=0, lt=1, description="a call passes when it is somatic with at least this probability"
    )
    sensitivity: Literal["screening", "default", "high-precision"] = Field(
        "default", description="passes at 0.2, 0.5 or 0.9, unless `pass_probability` says otherwise than 0.5"
    )
    max_population_frequency: float = Field(
        0.001, ge=0, le=1, description="tumor-only: an allele at least this common is called germline"
    )
    contamination: float | None = Field(
        None,
        ge=0,
        lt=0.5,
        description="fraction of another person's DNA in the tumor; with a normal and population frequencies learned when not"
        " given",
    )

    @property
    def threshold(self) -> float:
        """The probability at which a call passes. METHOD: a preset shifts nothing else."""
        if self.pass_probability != 0.5:
            return self.pass_probability
        return {"screening": 0.2, "default": 0.5, "high-precision": 0.9}[self.sensitivity]


class QcOptions(Options):
    """What is measured, and where WARN and FAIL begin. A threshold of null is not judged."""

    min_mapping_quality: int = Field(20, ge=0, le=254, description="reads below do not count towards coverage")
    min_base_quality: int = Field(
        20, ge=0, le=93, description="bases below do not count at sites and for substitutions"
    )
    coverage_thresholds: tuple[int, ...] = Field(
        (1, 10, 30, 100, 250), description="depths whose covered fraction is told"
    )
    warn_tumor_mean_coverage: float | None = Field(
        60, description="mean tumor coverage of the regions, reads per base"
    )
    fail_tumor_mean_coverage: float | None = Field(
        20, description="mean tumor coverage of the regions, reads per base"
    )
    warn_normal_mean_coverage: float | None = Field(
        30, description="mean normal coverage of the regions, reads per base"
    )
    fail_normal_mean_coverage: float | None = Field(
        10, description="mean normal coverage of the regions, reads per base"
    )
    warn_contamination: float | None = Field(0.02, description="estimated fraction of another person's DNA")
    fail_contamination: float | None = Field(0.05, description="estimated fraction of another person's DNA")
    warn_identity: float | None = Field(
        0.95, description="tumor and normal: 1 is the same person, 0 are unrelated people"
    )
    fail_identity: float | None = Field(
        0.80, description="tumor and normal: 1 is the same person, 0 are unrelated people"
    )
    min_sites: int = Field(20, ge=1, description="homozygous sites needed to judge identity and contamination at all")
    different_sex: Literal["WARN", "FAIL"] = Field(
        "WARN", description="status when the sex seen in the reads is not the declared one"
    )
    swapped: Literal["WARN", "FAIL"] = Field(
        "FAIL", description="status when tumor and normal seem to have changed places"
    )
    warn_on_target_fraction: float | None = Field(None, description="aligned bases that lie in the regions")
    fail_on_target_fraction: float | None = Field(None, description="aligned bases that lie in the regions")
    warn_substitution_rate: float | None = Field(0.01, description="mismatches per base outside likely variants")
    fail_substitution_rate: float | None = Field(None, description="mismatches per base outside likely variants")
    warn_duplicate_fraction: float | None = Field(0.5, description="duplicates among mapped reads")
    fail_duplicate_fraction: float | None = Field(None, description="duplicates among mapped reads")
    warn_mapped_fraction: float | None = Field(0.95, description="mapped among all primary reads")
    fail_mapped_fraction: float | None = Field(0.80, description="mapped among all primary reads")


class InterpretOptions(Options):
    """How calls become findings."""

    max_population_frequency: float = Field(
        0.001, ge=0, le=1, description="a more common allele is not oncogenic (tier IV)"
    )
    low_vaf: float = Field(0.05, ge=0, le=1, description="calls below this fraction carry a caution")
    negative_limit: float = Field(
        0.2, gt=0, le=1, description="a target is not assessable where only a higher fraction would have been found"
    )
    pcgr_compat: bool = Field(
        False, description="oncogenicity by PCGR's cut-offs (9 and 5 points) instead of the standard's (10 and 6)"
    )
    wild_type_limit: float = Field(
        0.05,
        gt=0,
        le=1,
        description="a site is callable when this fraction, or a lower one, would have been found there",
    )


class AlignOptions(Options):
    """How FASTQ becomes BAM."""

    aligner: Literal["pybwa", "bwa"] = Field("pybwa", description="pybwa needs no program; bwa must be on PATH")
    mark_duplicates: bool = Field(True, description="mark duplicates after sorting")
    platform: Literal["ILLUMINA", "DNBSEQ", "ELEMENT", "SINGULAR"] = Field(
        "ILLUMINA", description="PL of the read groups"
    )


class AnnotateOptions(Options):
    """How calls get names."""

    flank: int = Field(5000, ge=0, le=100_000, description="bases before and after a transcript that are named by it")
    promoter_genes: str = Field(
        "TERT", max_length=10_000, description="genes whose promoter window is told, separated by commas"
    )
    promoter_bases: int = Field(1000, ge=0, le=100_000, description="bases before the transcript in that window")


class StudyOptions(Options):
    """How a cohort is named where it is imported as a study."""

    study: str = Field("oncopipe", pattern=r"^[a-z0-9_]+$", max_length=200, description="id of the cBioPortal study")
    study_name: str | None = Field(None, max_length=255, description="name that people see; the id when not given")
    study_description: str | None = Field(None, max_length=1024, description="one line on the study")
    study_groups: str | None = Field(
        None, max_length=200, description="portal groups that may see it, separated by ;"
    )
    gene_panel: str | None = Field(
        None, pattern=r"^[A-Za-z0-9_-]+$", description="gene panel of all samples; from the assay when not given"
    )
    define_cancer_type: bool = Field(
        True, description="write cancer_type.txt too; turn off where the portal already holds OncoTree"
    )
