from __future__ import annotations

import csv
from pathlib import Path

from oncopipe.data.alterations import Alterations, Breakend, GeneCopy, StructuralVariant
from oncopipe.exports.oncokb import write_oncokb
from tests.export_data import batch, cohort, harmful

ALTERATIONS = Alterations(
    genes=(GeneCopy("P01-T", "MET", 2), GeneCopy("P01-T", "CDK4", -2), GeneCopy("P02-T", "MET", 0)),
    structural=(StructuralVariant("P02-T", Breakend("EML4"), Breakend("ALK"), "FUSION"),),
)


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text().split("\n")[:-1], delimiter="\t", quoting=csv.QUOTE_NONE))


def test_write_oncokb__has_the_columns_that_the_annotator_looks_for(tmp_path: Path) -> None:
    write_oncokb(batch(tmp_path, *cohort(), alterations=ALTERATIONS), tmp_path / "out")
    mutations = rows_of(tmp_path / "out/mutations.maf")
    braf = mutations[0]
    assert (braf["Hugo_Symbol"], braf["HGVSp_Short"], braf["NCBI_Build"]) == ("BRAF", "p.V600E", "GRCh37")
    assert (braf["Variant_Classification"], braf["Tumor_Sample_Barcode"]) == ("Missense_Mutation", "P01-T")
    assert (braf["Reference_Allele"], braf["Tumor_Seq_Allele1"], braf["Tumor_Seq_Allele2"]) == ("A", "A", "T")
    clinical = {r["SAMPLE_ID"]: r["ONCOTREE_CODE"] for r in rows_of(tmp_path / "out/clinical.txt")}
    assert clinical == {"P01-T": "MEL", "P01-R": "MEL", "P02-T": "MEL", "P03-T": "LUAD", "P04-T": ""}
    assert {r["Tumor_Sample_Barcode"] for r in mutations} <= set(clinical)
    assert rows_of(tmp_path / "out/copy_number.txt") == [
        {"Tumor_Sample_Barcode": "P01-T", "Hugo_Symbol": "MET", "Copy_Number_Alteration": "Amplification"},
        {"Tumor_Sample_Barcode": "P01-T", "Hugo_Symbol": "CDK4", "Copy_Number_Alteration": "Deletion"},
    ]
    assert rows_of(tmp_path / "out/structural_variants.txt") == [
        {"Tumor_Sample_Barcode": "P02-T", "GeneA": "EML4", "GeneB": "ALK", "Sv_Type": "FUSION"}
    ]


def test_write_oncokb__of_harmful_text_is_inert(tmp_path: Path) -> None:
    write_oncokb(batch(tmp_path, harmful()), tmp_path / "out")
    assert not (tmp_path / "out/copy_number.txt").exists()
    text = (tmp_path / "out/mutations.maf").read_text()
    assert all(line.count("\t") == text.split("\n")[0].count("\t") for line in text.split("\n")[:-1])
    assert not any(cell.startswith(("=", "@")) for line in text.split("\n") for cell in line.split("\t"))
