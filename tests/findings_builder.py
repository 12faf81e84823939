"""Findings to test reports with. Names and evidence are CIViC's of February 2021 (GRCh37); counts are made."""

from __future__ import annotations

from typing import Any

from scipy.stats import beta

from oncopipe.data.findings import (
    Biomarker,
    Criterion,
    Evidence,
    Findings,
    Identity,
    KnowledgeSource,
    Negative,
    Oncogenicity,
    PossibleGermline,
    Profile,
    Provenance,
    QcMetric,
    Quality,
    Support,
    Tier,
    Variant,
)

SENSITIVE, RESISTANCE = "Sensitivity/Response", "Resistance"
HOSTILE = "<script>alert(1)</script>\"' onload=x\u202egnp.\U0001f9ec\x00{{7*7}}</style><img src=x>"


def support(alternate: int, depth: int) -> Support:
    """Counts with their 95 % Jeffreys interval."""
    low, high = beta.ppf([0.025, 0.975], alternate + 0.5, depth - alternate + 0.5)
    return Support(
        depth=depth,
        alternate=alternate,
        vaf=alternate / depth,
        vaf_low=0.0 if alternate == 0 else low,
        vaf_high=1.0 if alternate == depth else high,
    )


def evidence(identifier: str | None, disease: str, therapies: str, level: str, **fields: Any) -> Evidence:
    """A predictive evidence; `therapies` by comma."""
    values: dict[str, Any] = {
        "source": "civic",
        "evidence_id": identifier,
        "evidence_type": "Predictive",
        "direction": "Supports",
        "significance": SENSITIVE,
        "level": level,
        "gene": "BRAF",
        "variant": "V600E",
        "disease": disease,
        "disease_match": "this_tumor",
        "therapies": [name for name in therapies.split(",") if name],
        "therapy_interaction": "Combination" if "," in therapies else None,
        "checked": True,
        "match": "exact",
        "match_reason": "gene and protein change are equal",
    }
    return Evidence(**(values | fields))


def variant(gene: str, protein: str, n_alternate: int, depth: int, amp: str = "III", **fields: Any) -> Variant:
    """A missense variant, in tier III where nothing else is said."""
    name, _, level = amp.partition("-")
    values: dict[str, Any] = {
        "chromosome": "7",
        "position": 140453136,
        "reference": "A",
        "alternate": "T",
        "variant_type": "SNV",
        "gene": gene,
        "consequence": ["missense_variant"],
        "impact": "MODERATE",
        "hgvs_p_short": protein,
        "filters": ["PASS"],
        "quality": 93.2,
        "tumor": support(n_alternate, depth),
        "normal": support(0, 164),
        "tier": Tier(tier=name, level=level or None, reason="no evidence matched"),
    }
    return Variant(**(values | fields))


def braf_v600e(n_alternate: int = 96, depth: int = 281, **fields: Any) -> Variant:
    """BRAF V600E with evidence for melanoma, for other tumors and of resistance."""
    other: dict[str, Any] = {"disease_match": "other_tumor"}
    rows = [
        evidence("EID1409", "Skin Melanoma", "Vemurafenib", "A", citation="Chapman et al., 2011, N. Engl. J. Med."),
        evidence("EID1398", "Melanoma", "Vemurafenib", "B", citation="McArthur et al., 2014, Lancet Oncol."),
        evidence(
            "EID95", "Melanoma", "Trametinib,Dabrafenib", "B", citation="Menzies et al., 2014, Clin. Cancer Res."
        ),
        evidence("EID6178", "Melanoma", "Trametinib,Dabrafenib", "B", citation="Long et al., 2017, N. Engl. J. Med."),
        evidence("EID6938", "Melanoma", "Trametinib,Dabrafenib", "B", citation="Long et al., 2014, N. Engl. J. Med."),
        evidence("EID3017", "Lung Non-small Cell Carcinoma", "Trametinib,Dabrafenib", "A", **other),
        evidence("EID126", "Colorectal Cancer", "Cetuximab", "B", significance=RESISTANCE, **other),
        evidence("EID90", "Melanoma", "Vemurafenib", "D", significance=RESISTANCE),
        evidence("EID1405", "Colorectal Cancer", "Vemurafenib", "B", direction="Does Not Support", **other),
        evidence(
            "EID103", "Colorectal Cancer", "", "B", evidence_type="Prognostic", significance="Poor Outcome", **other
        ),
    ]
    values: dict[str, Any] = {
        "transcript": "ENST00000288602.6",
        "transcript_choice": "Ensembl_canonical",
        "exon": "15/18",
        "hgvs_c": "c.1799T>A",
        "hgvs_p": "p.Val600Glu",
        "evidence": rows,
        "tier": Tier(
            tier="I",
            level="A",
            reason="Level A evidence of response to a therapy in this tumor type (EID1409)",
            trace=[
                "population frequency: not in the resource, so not benign",
                "predictive evidence in this tumor, level A: EID1409 -> I-A",
            ],
        ),
    }
    return variant("BRAF", "p.V600E", n_alternate, depth, **(values | fields))


def nras_q61r() -> Variant:
    """NRAS Q61R at a low VAF, with an unchecked row."""
    rows = [
        evidence("EID23", "Melanoma", "Temozolomide", "C", gene="NRAS", variant="Q61R"),
        evidence(
            "EID2184",
            "Colorectal Cancer",
            "Cetuximab",
            "C",
            gene="NRAS",
            variant="Q61R",
            significance=RESISTANCE,
            disease_match="other_tumor",
        ),
        evidence(
            None,
            "Colorectal Cancer",
            "Panitumumab",
            "A",
            source="targets",
            gene="NRAS",
            variant="exon 3",
            significance=RESISTANCE,
            disease_match="other_tumor",
            checked=False,
            regulatory_label="panitumumab label",
            match="class",
            match_reason="codon 61 lies in the class",
        ),
    ]
    return variant(
        "NRAS",
        "p.Q61R",
        9,
        412,
        "II-C",
        chromosome="1",
        position=115256529,
        reference="T",
        alternate="C",
        transcript="ENST00000369535.4",
        transcript_choice="Ensembl_canonical",
        exon="3/7",
        hgvs_c="c.182A>G",
        hgvs_p="p.Gln61Arg",
        evidence=rows,
        flags=["low VAF"],
        tier=Tier(
            tier="II", level="C", reason="Level C evidence in this tumor type (EID23)", trace=["level C -> II-C"]
        ),
    )


def tp53_r175h() -> Variant:
    row = evidence(
        "EID389",
        "Breast Cancer",
        "",
        "B",
        evidence_type="Prognostic",
        significance="Poor Outcome",
        gene="TP53",
        variant="R175H",
        disease_match="other_tumor",
    )
    return variant(
        "TP53",
        "p.R175H",
        118,
        240,
        "II-D",
        chromosome="17",
        position=7578406,
        reference="C",
        alternate="T",
        transcript="ENST00000269305.4",
        hgvs_c="c.524G>A",
        hgvs_p="p.Arg175His",
        exon="5/11",
        evidence=[row],
        tier=Tier(tier="II", level="D", reason="Prognostic evidence in another tumor type (EID389)"),
    )


def metric(name: str, label: str, value: float | str | None, unit: str, **fields: Any) -> QcMetric:
    return QcMetric(
        **(
            {"sample": "P01-T", "metric": name, "label": label, "value": value, "unit": unit, "status": "PASS"}
            | fields
        )
    )


def metrics(contamination: float = 0.002) -> list[QcMetric]:
    bad = contamination > 0.05
    reason = "more than 5 % of the fragments at common sites are of another person" if bad else None
    return [
        metric("n_reads", "Reads", 84213776, "reads"),
        metric("mapped_fraction", "Mapped reads", 0.9971, "fraction", warn="< 0.95", fail="< 0.8"),
        metric("duplicate_fraction", "Duplicates", 0.118, "fraction", warn="> 0.5"),
        metric("mean_coverage", "Mean coverage", 281.4, "reads per base", warn="< 60", fail="< 20"),
        metric("fraction_at_100", "Bases at 100 reads or more", 0.9873, "fraction"),
        metric("insert_size_median", "Insert size, median", 187, "bp"),
        metric(
            "contamination",
            "Contamination",
            contamination,
            "fraction",
            warn="> 0.02",
            fail="> 0.05",
            status="FAIL" if bad else "PASS",
            reason=reason,
        ),
        metric("identity", "Identity of tumor and normal", 0.998, "fraction", warn="< 0.95", fail="< 0.8"),
        metric("mean_coverage", "Mean coverage", 164.2, "reads per base", sample="P01-N", warn="< 30", fail="< 10"),
        metric("mapped_fraction", "Mapped reads", 0.9964, "fraction", sample="P01-N", warn="< 0.95", fail="< 0.8"),
    ]


def identity(**fields: Any) -> Identity:
    values: dict[str, Any] = {
        "patient": "P01",
        "sample": "P01-T",
        "normal": "P01-N",
        "external_id": "LAB-2031-0417",
        "diagnosis_code": "MEL",
        "diagnosis_name": "Melanoma",
        "sex": "female",
        "purity": 0.65,
        "timepoint": "diagnosis",
        "specimen": "FFPE, skin, left forearm",
        "assay": "panel, 42 genes",
        "collected": "2031-03-02",
        "received": "2031-03-04",
        "reported": "2031-03-11",
        "synthetic": True,
    }
    return Identity(**(values | fields))


def quality(contamination: float = 0.002) -> Quality:
    if contamination > 0.05:
        sentence = f"Contamination {contamination:.1%}; identity 0.998; mean coverage 281 (tumor), 164 (normal)."
        return Quality(status="FAIL", sentence=sentence, metrics=metrics(contamination))
    sentence = "Identity 0.998; contamination 0.2 %; mean coverage 281 (tumor), 164 (normal)."
    return Quality(status="PASS", sentence=sentence, metrics=metrics(contamination))


def findings(variants: list[Variant], **fields: Any) -> Findings:
    not_offered = "needs a larger panel; not offered by this release"
    values: dict[str, Any] = {
        "identity": identity(),
        "quality": quality(),
        "variants": variants,
        "n_filtered": 37,
        "biomarkers": [
            Biomarker(name="Tumor mutational burden", status="not_offered", sentence=not_offered),
            Biomarker(
                name="Microsatellite instability", status="not_offered", sentence="not offered by this release"
            ),
            Biomarker(name="Copy number", status="not_offered", sentence="not offered by this release"),
        ],
        "limitations": [
            "Structural variants and fusions are not called.",
            "Indels longer than a read are not called.",
        ],
        "provenance": Provenance(
            oncopipe_version="0.1.0",
            reference="GRCh37",
            caller="oncopipe 0.1.0",
            knowledge=[
                KnowledgeSource(name="civic", release="2021-02", license="CC0-1.0", digest="5d" * 32, n_rows=3706)
            ],
            inputs={"calls": "0a" * 32, "genes": "1b" * 32},
            parameters={"max_population_frequency": 0.001, "low_vaf": 0.05},
        ),
    }
    return Findings(**(values | fields))


def unknowns(n: int) -> list[Variant]:
    """`n` variants of unknown significance in made-up genes."""
    return [
        variant(
            f"GENE{i % 97}",
            f"p.A{i + 2}T",
            5 + i % 90,
            200,
            chromosome=str(1 + i % 22),
            position=1000 + 17 * i,
            hgvs_c=f"c.{3 * i + 4}G>A",
            consequence=["synonymous_variant" if i % 3 else "missense_variant"],
            impact="LOW" if i % 3 else "MODERATE",
        )
        for i in range(n)
    ]


def melanoma() -> Findings:
    """The usual case: tumor and normal, a decisive variant, a weak one, some unknown."""
    benign = variant("GENE5", "p.A9T", 88, 190, "IV", position=900, population_frequency=0.08)
    return findings([braf_v600e(), nras_q61r(), tp53_r175h(), *unknowns(12), benign])


def failed() -> Findings:
    return findings([braf_v600e(), nras_q61r()], quality=quality(0.117))


def tumor_only() -> Findings:
    alone = [v.model_copy(update={"normal": None}) for v in (braf_v600e(), tp53_r175h(), *unknowns(8))]
    return findings(alone, identity=identity(normal=None, synthetic=False))


def crowded() -> Findings:
    """Seven actionable variants with a long evidence each: page one at its fullest."""
    many = [braf_v600e(96 - i, 281, position=140453136 + i) for i in range(7)]
    sentence = "Contamination 11.7 %; identity 0.998."
    bad = [m.model_copy(update={"status": "FAIL", "reason": "beyond its limit"}) for m in metrics(0.117)]
    return findings(many, quality=Quality(status="FAIL", sentence=sentence, metrics=bad))


def negatives() -> list[Negative]:
    rows = [
        ("NRAS", "codons 12, 13, 59, 61", 0.021, 412),
        ("KIT", "exons 11, 13, 17", 0.034, 281),
        ("MAP2K1", "codons 56, 57, 124", 0.05, 190),
        ("GNAQ", "codon 209", 0.018, 530),
        ("GNA11", "codon 209", 0.02, 488),
        ("NF1", "truncating", 0.08, 122),
        ("CDKN2A", "truncating", None, 11),
        ("TERT", "promoter, c.-124 and c.-146", None, 3),
        ("PTEN", "truncating", 0.044, 240),
        ("ROS1", "kinase domain", 0.03, 300),
    ]
    return [
        Negative(
            gene=gene,
            target=target,
            status="not_assessable" if limit is None else "not_detected",
            limit=limit,
            depth=depth,
            n_sites=12,
            n_assessable=0 if limit is None else 12,
            reason="too few fragments" if limit is None else None,
        )
        for gene, target, limit, depth in rows
    ]


def oncogenic() -> Oncogenicity:
    criteria = [
        Criterion(code="OS3", status="met", points=4, reason="hotspot of 900 samples"),
        Criterion(code="OP1", status="not_assessed", points=0, reason="no computational evidence was given"),
        Criterion(code="SBP2", status="not_met", points=0, reason="not silent"),
    ]
    return Oncogenicity(
        classification="Likely Oncogenic", points=6, cutoffs="SOP", vector="OS3 +4, OM1 +2 = 6", criteria=criteria
    )


def fullest() -> Findings:
    """Page one at its fullest: five rows with much evidence, a failed quality, negatives, possible germline."""
    whole = crowded()
    names = [
        ("BRAF", "p.V600E"),
        ("NRAS", "p.Q61R"),
        ("EGFR", "p.E746_A750del"),
        ("KRAS", "p.G12C"),
        ("KIT", "p.L576P"),
    ]
    reason = (
        "Sensitivity/Response to Dabrafenib, Trametinib in Lung Non-small Cell Carcinoma (EID3017): validated, approved "
        "or clinical evidence in another tumor type"
    )
    rows = [
        v.model_copy(
            update={
                "gene": gene,
                "hgvs_p_short": name,
                "flags": ["low fraction", "low confidence"],
                "escat": "I-A",
                "oncogenicity": oncogenic(),
                "disagreements": ["CIViC and ClinVar grade this change differently"],
                "tier": v.tier.model_copy(update={"reason": reason}),
            }
        )
        for v, (gene, name) in zip(whole.variants, names, strict=False)
    ]
    wild = evidence("EID151", "Colorectal Cancer", "Cetuximab", "B", gene="KRAS", variant="Wildtype")
    held = Profile(
        condition="NOT KRAS[MUTATION]",
        truth="true",
        trace=["KRAS: every site assessable to 5 %"],
        evidence=wild,
        tier=Tier(tier="I", level="B", reason="well-powered evidence"),
    )
    unknown = held.model_copy(update={"condition": "NOT NRAS[MUTATION]", "truth": "unknown", "tier": None})
    found = PossibleGermline(
        gene="BRCA2", name="p.Ser1982ArgfsTer22", reason="pathogenic, half of the normal's fragments"
    )
    return whole.model_copy(
        update={
            "variants": [*rows, *whole.variants[5:]],
            "negatives": negatives(),
            "possible_germline": [found],
            "profiles": [held, unknown],
        }
    )


def rich() -> Findings:
    """Two variants with as much evidence as an answer row holds, and all that can stand below."""
    other: dict[str, Any] = {"disease_match": "other_tumor"}
    names = (
        "Binimetinib,Cetuximab,Encorafenib",
        "Cetuximab,Encorafenib",
        "Cetuximab,Irinotecan,Vemurafenib",
        "Panitumumab",
    )
    rows = [
        evidence(f"EID{9000 + 10 * k + i}", "Lung Non-small Cell Carcinoma", name, "B", significance=said, **fields)
        for k, (said, fields) in enumerate(
            ((SENSITIVE, {}), (SENSITIVE, other), (RESISTANCE, {}), (RESISTANCE, other))
        )
        for i, name in enumerate(names)
    ]
    prognosis = evidence(
        "EID103", "Colorectal Cancer", "", "B", evidence_type="Prognostic", significance="Poor Outcome"
    )
    full = [braf_v600e(96 - i, 281, position=140453136 + i, evidence=[*rows, prognosis]) for i in range(2)]
    names_ = ("Tumor mutational burden", "Microsatellite instability", "Copy number", "Fusions")
    markers = [
        Biomarker(name=name, status="not_offered", sentence="not offered")
        for name in (*names_, "Homologous recombination deficiency")
    ]
    return findings(full, biomarkers=markers, negatives=negatives())


def three() -> Findings:
    """Three variants with as much evidence as an answer row holds."""
    whole = rich()
    return whole.model_copy(update={"variants": [*whole.variants, whole.variants[0]], "negatives": negatives()[:4]})


def hostile() -> Findings:
    """Every text that a file can bring is HTML, CSS, a template or a bidirectional trick."""
    row = evidence(HOSTILE, HOSTILE, HOSTILE, HOSTILE, variant=HOSTILE, match_reason=HOSTILE, citation=HOSTILE)
    fields: dict[str, Any] = dict(
        gene=HOSTILE,
        chromosome=HOSTILE,
        reference="<b>" * 2000,
        alternate=HOSTILE,
        hgvs_p=HOSTILE,
        hgvs_p_short="\u05d0\u05d1" + HOSTILE,
        hgvs_c="c." + "A" * 5000,
        transcript=HOSTILE,
        consequence=[HOSTILE],
        flags=[HOSTILE],
        evidence=[row],
        tier=Tier(tier="I", level="A", reason=HOSTILE, trace=[HOSTILE]),
    )
    bad = braf_v600e().model_copy(update=fields)
    return findings(
        [bad, variant(HOSTILE, HOSTILE, 3, 9)],
        identity=identity(
            diagnosis_name=HOSTILE, specimen=HOSTILE, assay=HOSTILE, external_id=HOSTILE, reported=HOSTILE
        ),
        quality=Quality(status="WARN", sentence=HOSTILE, metrics=[metric(HOSTILE, HOSTILE, HOSTILE, HOSTILE)]),
        negatives=[Negative(gene=HOSTILE, target=HOSTILE, status="not_assessable", reason=HOSTILE)],
        possible_germline=[PossibleGermline(gene=HOSTILE, name=HOSTILE, reason=HOSTILE)],
        biomarkers=[Biomarker(name=HOSTILE, status="reported", value=1, unit=HOSTILE, sentence=HOSTILE)],
        limitations=[HOSTILE],
    )


CASES = {
    "melanoma": melanoma,
    "failed": failed,
    "tumor_only": tumor_only,
    "nothing": lambda: findings([], identity=identity(diagnosis_code=None, diagnosis_name=None, synthetic=False)),
    "crowded": crowded,
    "fullest": fullest,
    "rich": rich,
    "three": three,
    "many_unknown": lambda: findings([braf_v600e(), *unknowns(500)]),
    "hostile": hostile,
}
