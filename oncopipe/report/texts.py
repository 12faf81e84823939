"""The fixed sentences of a report, and the words for what the models name by a code."""

from __future__ import annotations

RESEARCH_USE = "Research use only. Not a diagnostic device; confirm every finding before it guides care."
SYNTHETIC = "Synthetic data: made by a program, not measured. No patient stands behind this report."
SYNTHETIC_SOME = "Samples of this cohort are synthetic: made by a program, not measured."

STATUS_WORD = {"PASS": "PASS", "WARN": "WARN", "FAIL": "FAIL", "NOT_ASSESSED": "NOT ASSESSED"}
MEASURED_ONLY = "no limit set"  # a value that no threshold judges
TRUST_MEANING = {
    "PASS": "Every quality measure that was taken is within its limits.",
    "WARN": "Read the findings with the cautions below.",
    "FAIL": "The data failed quality control: findings may be wrong, and findings may be missing.",
    "NOT_ASSESSED": "No quality measure was taken: nothing here says that the data can be trusted.",
}

TIER_TITLE = {
    "I": "Tier I – strong clinical significance",
    "II": "Tier II – potential clinical significance",
    "III": "Tier III – unknown significance (VUS)",
    "IV": "Tier IV – benign or likely benign",
}
COLUMN_WORD = {
    "this_tumor": "Therapy in this tumor",
    "other_tumor": "In other tumors",
    "resistance": "Resistance",
}
MATCH_WORD = {"this_tumor": "this tumor", "other_tumor": "other tumor", "unknown": "not compared"}
PLACE_WORD = {"this_tumor": "in this tumor", "other_tumor": "in another tumor", "unknown": "in a tumor not compared"}
BIOMARKER_WORD = {"reported": "reported", "not_assessable": "not assessable", "not_offered": "not offered"}
NOT_VERIFIED = "not verified against a public evidence item"

ABSENCE = (
    "A gene or variant that is not listed is not a negative result. This release does not measure, position by "
    "position, down to which VAF a variant would have been seen, so it states no wild type; "
    "a region may lack coverage."
)
NO_ANSWER = (
    "No variant of tier I or II was called. This is not a negative result: see what absence means, and the quality."
)

GERMLINE_PAIRED = (
    "Variants also present in the matched normal were taken out. This report does not look for inherited variants."
)
GERMLINE_TUMOR_ONLY = (
    "Tumor-only: without a matched normal an inherited variant cannot be told from a somatic one, and any variant "
    "listed here may be inherited. Confirmation needs normal tissue, such as blood, with genetic counseling."
)
CONSENT_WORD = {
    True: "Consent to germline findings: yes.",
    False: "Consent to germline findings: no.",
    None: "Consent to germline findings: not stated.",
}

# What a knowledge source calls a benefit, and what a loss of it (CIViC's words).
SENSITIVE = frozenset({"Sensitivity/Response"})
RESISTANT = frozenset({"Resistance", "Reduced Sensitivity", "Adverse Response"})
IMPACT_RANK = {"HIGH": 0, "MODERATE": 1, "LOW": 2, "MODIFIER": 3}

GLOSSARY: tuple[tuple[str, str], ...] = (
    ("VAF", "Variant allele fraction: fragments that carry the variant, among those that speak at its position."),
    (
        "95 % interval",
        "Jeffreys interval of the VAF: the values of the true fraction that the counted fragments are compatible "
        "with. Few fragments make it wide.",
    ),
    ("T/N", "Tumor with matched normal: both were sequenced; what both carry was taken out."),
    ("Tumor-only", "No matched normal was sequenced; inherited variants cannot be told from somatic ones."),
    (
        "Tier",
        "AMP/ASCO/CAP 2017 class of clinical significance: I strong, II potential, III unknown, IV benign or likely "
        "benign. The letter is the level of evidence: A approved therapy or guideline for this tumor type, B "
        "well-powered studies, C approved in another tumor type or several small studies, D preclinical or "
        "case reports.",
    ),
    (
        "Level A–E",
        "CIViC's level of one evidence item: A validated, B clinical, C case study, D preclinical, E inferential.",
    ),
    (
        "This tumor / other tumor",
        "Whether the disease of the evidence is the diagnosis of this patient, or another one.",
    ),
    ("Resistance", "Evidence that a therapy works less, or not, where this variant is present."),
    (
        "HGVS c. and p.",
        "Name of the change in the coding sequence and in the protein, on the transcript that is named.",
    ),
    (
        "Tumor content",
        "Share of tumor cells in the specimen, as pathology gave it. A heterozygous variant of every tumor cell in a "
        "diploid region has a VAF of half of it.",
    ),
    ("VUS", "Variant of unknown significance (tier III): nothing known speaks for or against an effect."),
    ("Fragment", "One sequenced DNA molecule; its two reads are counted once."),
)
