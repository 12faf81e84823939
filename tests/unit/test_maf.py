from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from oncopipe.data.variants import AlleleCounts, AnnotatedCalls, AnnotatedVariant, CallSet, Effect
from oncopipe.errors import InputError, ReferenceMismatchError
from oncopipe.exports.maf import write_maf
from oncopipe.io.maf import COLUMNS, maf_alleles, splice_name, variant_classification, variant_type


@pytest.mark.parametrize(
    ("position", "reference", "alternate", "expected", "kind"),
    [
        (99, "A", "T", (100, 100, "A", "T"), "SNP"),
        (99, "AC", "TG", (100, 101, "AC", "TG"), "DNP"),
        (99, "GAT", "G", (101, 102, "AT", "-"), "DEL"),
        (99, "G", "GAT", (100, 101, "-", "AT"), "INS"),
        (99, "GAT", "GC", (101, 102, "AT", "C"), "DEL"),
        (99, "CAT", "CT", (101, 101, "A", "-"), "DEL"),
        (99, "CT", "CAT", (100, 101, "-", "A"), "INS"),
        (99, "CAT", "CGT", (101, 101, "A", "G"), "SNP"),
    ],
)
def test_maf_alleles__follow_the_convention(
    position: int, reference: str, alternate: str, expected: tuple[int, int, str, str], kind: str
) -> None:
    assert maf_alleles(position, reference, alternate) == expected
    assert variant_type(*expected[2:]) == kind


@pytest.mark.parametrize(
    ("terms", "alternate", "expected"),
    [
        (("missense_variant",), "T", "Missense_Mutation"),
        (("missense_variant", "splice_region_variant"), "T", "Missense_Mutation"),
        (("stop_gained",), "T", "Nonsense_Mutation"),
        (("frameshift_variant",), "-", "Frame_Shift_Del"),
        (("inframe_deletion",), "-", "In_Frame_Del"),
        (("inframe_insertion",), "AAAA", "In_Frame_Ins"),
        (("splice_donor_variant", "intron_variant"), "T", "Splice_Site"),
        (("synonymous_variant",), "T", "Silent"),
        (("intron_variant",), "T", "Intron"),
        (("intergenic_region",), "T", "IGR"),
        (("a_term_of_the_future",), "T", "Unknown"),
    ],
)
def test_variant_classification__is_mafs_word(terms: tuple[str, ...], alternate: str, expected: str) -> None:
    assert variant_classification(Effect("T", terms, "LOW"), "A", alternate) == expected


def test_splice_name__is_cbioportals() -> None:
    assert splice_name(Effect("T", ("splice_donor_variant",), "HIGH", hgvs_c="c.3028+1G>T")) == "p.X1010_splice"
    assert splice_name(Effect("T", ("intron_variant",), "HIGH", hgvs_c="c.3028+30G>T")) == ""


def test_write_maf__one_row_a_pass_call(tmp_path: Path) -> None:
    effect = Effect("T", ("missense_variant",), "MODERATE", gene="BRAF", gene_id="G1", feature_type="transcript",
                    transcript="T1", rank=15, n_ranks=18, hgvs_c="c.1799T>A", hgvs_p="p.Val600Glu", cdna_position=1900,
                    cdna_length=2900, cds_position=1799, cds_length=2301, protein_position=600, protein_length=766)  # fmt: skip
    variants = tuple(
        AnnotatedVariant("chr7", 140453135, None, "A", "T", 40.0, filters, AlleleCounts(100, 70, 30),
                         AlleleCounts(50, 50, 0), (effect,), "MANE_Select", None)
        for filters in (("PASS",), ("weak_evidence",))
    )  # fmt: skip
    calls = AnnotatedCalls(CallSet("T", "N", "OncoPipe", True, False, {}), variants)
    assert write_maf(calls, tmp_path / "o.maf", build="GRCh37") == 1
    assert write_maf(calls, tmp_path / "all.maf", build="GRCh37", all_filters=True) == 2
    lines = (tmp_path / "o.maf").read_text().splitlines()
    assert lines[0] == "#version 2.4" and lines[1].split("\t") == list(COLUMNS)
    row = dict(zip(COLUMNS, lines[2].split("\t"), strict=True))
    assert (row["Chromosome"], row["Start_Position"], row["HGVSp_Short"]) == ("7", "140453136", "p.V600E")
    assert (row["t_depth"], row["t_ref_count"], row["t_alt_count"], row["n_alt_count"]) == ("100", "70", "30", "0")
    assert (row["Hugo_Symbol"], row["Variant_Classification"], row["Exon_Number"]) == (
        "BRAF",
        "Missense_Mutation",
        "15/18",
    )
    assert row["Tumor_Seq_Allele2"] == "T" and row["Protein_position"] == "600/766"


def one_call(**changes: Any) -> AnnotatedCalls:
    effect = Effect("T", ("coding_sequence_variant",), "MODIFIER", gene="BRAF", hgvs_c="c.1A>T")
    fields: dict[str, Any] = {
        "contig": "chrM", "position": 9, "identifier": "rs1;COSV2", "reference": "A", "alternate": "T", "quality": None,
        "filters": ("PASS",), "tumor": None, "normal": None, "effects": (effect,), "transcript_choice": None,
        "population_frequency": None,
    }  # fmt: skip
    header = CallSet("T", changes.pop("normal_sample", None), "x", True, False, changes.pop("lengths", {}))
    return AnnotatedCalls(header, (AnnotatedVariant(**(fields | changes)),))


def written(calls: AnnotatedCalls, folder: Path, build: str = "GRCh37") -> list[dict[str, str]]:
    write_maf(calls, folder / "x.maf", build=build, all_filters=True)
    return [dict(zip(COLUMNS, x.split("\t"), strict=True)) for x in (folder / "x.maf").read_text().splitlines()[2:]]


def test_write_maf__claims_no_more_than_is_known(tmp_path: Path) -> None:
    (row,) = written(one_call(), tmp_path)
    assert (row["Chromosome"], row["dbSNP_RS"], row["Variant_Classification"]) == ("MT", "rs1", "Unknown")
    assert (row["Mutation_Status"], row["Match_Norm_Seq_Allele1"], row["t_depth"]) == ("", "", "")
    (row,) = written(one_call(normal_sample="N"), tmp_path)
    assert (row["Mutation_Status"], row["Match_Norm_Seq_Allele1"]) == ("Somatic", "A")
    (row,) = written(one_call(normal_sample="N", filters=("germline",)), tmp_path)
    assert row["Mutation_Status"] == ""
    assert written(one_call(alternate="<DEL>"), tmp_path) == []


def test_write_maf__refuses_the_other_build_and_broken_names(tmp_path: Path) -> None:
    with pytest.raises(ReferenceMismatchError, match="made on GRCh37"):
        written(one_call(lengths={"chr7": 159138663}), tmp_path, "GRCh38")
    assert written(one_call(lengths={"chr7": 159138663}), tmp_path, "GRCh37")
    effect = Effect("T", ("missense_variant",), "MODERATE", gene="BR\tAF")
    with pytest.raises(InputError, match="control character"):
        written(one_call(effects=(effect,)), tmp_path)
