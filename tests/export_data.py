"""Batches of findings to export: usual ones, a cohort, and one whose every text is out to do harm."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from oncopipe.data.findings import Findings, Tier
from oncopipe.exports import Batch
from oncopipe.io.findings import write_findings
from tests.findings_builder import braf_v600e, findings, hostile, identity, melanoma, nras_q61r, tp53_r175h, variant

FORMULA = "=cmd|' /C calc'!A0"
TYPST = '#import "/etc/passwd": *'
LINES = "a\tb\r\nc\u2028d"
SEVERAL = [
    ("7", 55242464, "AGGAATTAAGAGAAGC", "A", "DEL", "EGFR", "p.E746_A750del", "inframe_deletion"),
    ("7", 55249010, "C", "CGGT", "INS", "EGFR", "p.D770_N771insG", "inframe_insertion"),
    ("7", 116412043, "G", "A", "SNV", "MET", None, "splice_donor_variant"),
    ("5", 1295228, "G", "A", "SNV", "TERT", None, "upstream_gene_variant"),
    ("17", 7578406, "CG", "TA", "MNV", "TP53", "p.R175L", "missense_variant"),
    ("3", 178936091, "GAT", "AC", "DELINS", "PIK3CA", "p.E545fs", "frameshift_variant"),
]


def several(**of: Any) -> Findings:
    """One sample with every type of small variant."""
    made = [
        variant(
            gene,
            protein or "",
            40,
            200,
            chromosome=chromosome,
            position=position,
            reference=reference,
            alternate=alternate,
            variant_type=kind,
            consequence=[term],
            hgvs_c="c.3028G>A" if kind == "SNV" else None,
            transcript="ENST00000000001.1",
        )
        for chromosome, position, reference, alternate, kind, gene, protein, term in SEVERAL
    ]
    return findings(made, identity=identity(**({"patient": "P02", "sample": "P02-T", "normal": "P02-N"} | of)))


def harmful() -> Findings:
    """HTML, formulas, typst commands, tabs and line ends wherever a file can bring text."""
    bad = hostile()
    texts = (FORMULA, TYPST, LINES, "@SUM(A1)", "+1", "-1+1", "'quoted'", '"quoted"')
    more = [
        variant(text, text, 3, 9, position=100 + i, hgvs_c=text, transcript=text, flags=[text],
                tier=Tier(tier="III", reason=text))
        for i, text in enumerate(texts)
    ]  # fmt: skip
    who = bad.identity.model_copy(update={"specimen": FORMULA, "assay": TYPST, "timepoint": LINES})
    return bad.model_copy(update={"variants": [*bad.variants, *more], "identity": who})


def cohort() -> list[Findings]:
    """Three patients, one with two samples, one tumor-only, one without variants."""
    relapse = identity(sample="P01-R", timepoint="relapse", collected="2032-05-06")
    only = identity(patient="P03", sample="P03-T", normal=None, sex="male", collected=None, diagnosis_code="LUAD")
    empty = identity(patient="P04", sample="P04-T", normal="P04-N", assay=None, specimen="Mar-2", diagnosis_code=None)
    return [
        melanoma(),
        findings([braf_v600e(), nras_q61r()], identity=relapse),
        several(),
        findings([tp53_r175h().model_copy(update={"normal": None})], identity=only),
        findings([], identity=empty),
    ]


def batch(folder: Path, *given: Findings, **more: Any) -> Batch:
    """A batch of findings, written into a folder."""
    paths = []
    for i, one in enumerate(given):
        path = folder / f"{i}.findings.json"
        write_findings(one, path)
        paths.append(path)
    return Batch(paths=tuple(paths), **more)
