from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from oncopipe.data.alterations import Alterations, Breakend, GeneCopy, PatientFacts, Segment, StructuralVariant
from oncopipe.data.findings import Oncogenicity
from oncopipe.errors import InputError, OutputError
from oncopipe.exports import Batch
from oncopipe.exports.cbioportal import FILES, driver_cells, write_study
from oncopipe.options import StudyOptions
from tests.cbioportal_rules import faults, fields_of
from tests.export_data import batch, cohort, harmful, several
from tests.findings_builder import findings, melanoma, variant

SEGMENTS = (
    Segment("P01-T", "7", 0, 55_000_000, 1200, -0.42, 1, 0),
    Segment("P01-T", "7", 55_000_000, 159_000_000, 3000, 1.7, 4, 2),
    Segment("P02-T", "MT", 0, 100, 3, 0.1),
)
GENES = (GeneCopy("P01-T", "EGFR", 2), GeneCopy("P01-T", "CDKN2A", -2), GeneCopy("P02-T", "EGFR", 0))
STRUCTURAL = (
    StructuralVariant("P02-T", Breakend("EML4", "2", 42522656, "ENST1", 13), Breakend("ALK", "2", 29446394), "FUSION",
                      "in-frame", 12, 5),
    StructuralVariant("P01-T", Breakend("MET", "7", 116_411_990), Breakend(""), "DELETION"),
)  # fmt: skip
FACTS = {"P01": PatientFacts("P01", "2031-01-01", 61, "1:DECEASED", 14.2)}
EVERYTHING = Alterations(SEGMENTS, GENES, STRUCTURAL, FACTS)


def study(folder: Path, **more: object) -> Path:
    write_study(batch(folder / "in", *cohort(), **more), folder / "study")
    return folder / "study"


def rows_of(path: Path) -> list[dict[str, str]]:
    lines = [line for line in path.read_text().split("\n") if line and not line.startswith("#")]
    return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def test_write_study__is_complete_and_passes(tmp_path: Path) -> None:
    genes = tmp_path / "genes.txt"
    genes.write_text("KRAS\nBRAF\nEGFR\n")
    made = study(tmp_path, alterations=EVERYTHING, panel_genes=genes, study=StudyOptions(study="pilot_1"))
    assert faults(made) == []
    names = {p.relative_to(made).as_posix() for p in made.rglob("*") if p.is_file()}
    stems = (
        "clinical_patient",
        "clinical_sample",
        "mutations",
        "cna",
        "sv",
        "gene_panel_matrix",
        "timeline_specimen",
    )
    assert names == {
        "meta_study.txt", "meta_cancer_type.txt", "cancer_type.txt", "meta_cna_seg.txt", "data_cna_seg.seg",
        *(f"meta_{s}.txt" for s in stems), *(f"data_{s}.txt" for s in stems),
        *(f"case_lists/cases_{s}.txt" for s in ("all", "sequenced", "cna", "cnaseq", "sv")),
        "gene_panels/data_gene_panel_panel_42_genes.txt",
    }  # fmt: skip
    assert all(FILES.fullmatch(name) for name in names)
    assert fields_of(made / "meta_study.txt")["reference_genome"] == "hg19"
    assert fields_of(made / "meta_study.txt")["type_of_cancer"] == "mixed"
    assert fields_of(made / "gene_panels/data_gene_panel_panel_42_genes.txt")["gene_list"] == "BRAF\tEGFR\tKRAS"


def test_write_study__says_what_is_known_and_no_more(tmp_path: Path) -> None:
    made = study(tmp_path, alterations=EVERYTHING)
    mutations = rows_of(made / "data_mutations.txt")
    braf = next(r for r in mutations if r["Hugo_Symbol"] == "BRAF")
    assert (braf["Chromosome"], braf["Start_Position"], braf["HGVSp_Short"]) == ("7", "140453136", "p.V600E")
    assert (braf["cbp_driver"], braf["cbp_driver_tiers"]) == ("Putative_Driver", "AMP Tier I-A")
    assert (braf["t_ref_count"], braf["t_alt_count"], braf["Mutation_Status"]) == ("185", "96", "Somatic")
    only = next(r for r in mutations if r["Tumor_Sample_Barcode"] == "P03-T")
    assert (only["Mutation_Status"], only["n_alt_count"], only["Matched_Norm_Sample_Barcode"]) == ("", "", "")
    met = next(r for r in mutations if r["Hugo_Symbol"] == "MET")
    assert (met["Variant_Classification"], met["HGVSp_Short"]) == ("Splice_Site", "p.X1010_splice")
    kept = fields_of(made / "meta_mutations.txt")["variant_classification_filter"]
    assert "5'Flank" not in kept and any(r["Variant_Classification"] == "5'Flank" for r in mutations)
    cna = {r["Hugo_Symbol"]: r for r in rows_of(made / "data_cna.txt")}
    assert (cna["CDKN2A"]["P01-T"], cna["CDKN2A"]["P02-T"]) == ("-2", "NA")
    seg = rows_of(made / "data_cna_seg.seg")
    assert [(r["chrom"], r["loc.start"], r["loc.end"]) for r in seg] == [
        ("7", "0", "55000000"),
        ("7", "55000000", "159000000"),
    ]
    panels = {r["SAMPLE_ID"]: r for r in rows_of(made / "data_gene_panel_matrix.txt")}
    assert panels["P01-T"] == {
        "SAMPLE_ID": "P01-T",
        "mutations": "panel_42_genes",
        "cna": "panel_42_genes",
        "structural_variants": "panel_42_genes",
    }
    assert (panels["P04-T"]["mutations"], panels["P03-T"]["cna"]) == ("NA", "NA")


def test_write_study__times_are_days_between_dates(tmp_path: Path) -> None:
    made = study(tmp_path, alterations=EVERYTHING)
    rows = {r["SAMPLE_ID"]: r for r in rows_of(made / "data_timeline_specimen.txt")}
    assert (rows["P01-T"]["START_DATE"], rows["P01-R"]["START_DATE"]) == ("60", "491")  # since the diagnosis
    assert rows["P02-T"]["START_DATE"] == "0" and "P03-T" not in rows  # since the first specimen; no date
    patients = {r["PATIENT_ID"]: r for r in rows_of(made / "data_clinical_patient.txt")}
    assert patients["P01"] == {
        "PATIENT_ID": "P01",
        "SEX": "Female",
        "AGE": "61",
        "OS_STATUS": "1:DECEASED",
        "OS_MONTHS": "14.2",
    }
    assert not re.search(r"20\d\d-\d\d", "".join(p.read_text() for p in made.rglob("*") if p.is_file()))


def test_write_study__examined_and_nothing_found_is_profiled(tmp_path: Path) -> None:
    made = study(tmp_path, alterations=Alterations(sv_examined=frozenset({"P02-T"})))
    assert faults(made) == []
    assert rows_of(made / "data_sv.txt") == []
    assert fields_of(made / "case_lists/cases_sv.txt")["case_list_ids"] == "P02-T"
    panels = {r["SAMPLE_ID"]: r["structural_variants"] for r in rows_of(made / "data_gene_panel_matrix.txt")}
    assert panels["P02-T"] == "panel_42_genes" and panels["P01-T"] == "NA"


def test_write_study__without_tables_has_no_files_of_them(tmp_path: Path) -> None:
    made = study(tmp_path, study=StudyOptions(define_cancer_type=False))
    assert faults(made) == []
    names = {p.name for p in made.rglob("*")}
    assert not names & {
        "meta_cna.txt",
        "data_cna.txt",
        "meta_sv.txt",
        "meta_cna_seg.txt",
        "cases_cna.txt",
        "cancer_type.txt",
    }


def test_write_study__of_one_cancer_type_is_named_by_it(tmp_path: Path) -> None:
    write_study(batch(tmp_path, melanoma()), tmp_path / "study")
    assert fields_of(tmp_path / "study/meta_study.txt")["type_of_cancer"] == "mel"
    assert (tmp_path / "study/cancer_type.txt").read_text() == "mel\tMelanoma\tGray\ttissue\n"


def test_write_study__same_input_same_bytes(tmp_path: Path) -> None:
    first, second = (study(tmp_path / name, alterations=EVERYTHING) for name in ("a", "b"))
    for path in sorted(first.rglob("*")):
        twin = second / path.relative_to(first)
        assert path.is_dir() or path.read_bytes() == twin.read_bytes()
        assert path.stat().st_mode & 0o007 == 0


def test_write_study__of_harmful_text_passes_and_is_inert(tmp_path: Path) -> None:
    write_study(batch(tmp_path, harmful()), tmp_path / "study")
    allele = re.compile("letters of alleles")  # HTML as an allele: the importer warns
    assert [f for f in faults(tmp_path / "study") if not allele.search(f)] == []
    for path in (tmp_path / "study").rglob("*"):
        if path.is_file():
            for line in path.read_text().split("\n"):
                assert all(c.isprintable() for c in line.replace("\t", ""))
                cells = [] if line.startswith("#") else line.split("\t")
                assert not any(c.startswith(("=", "@", "#")) or re.match(r"[+-]\D", c) for c in cells)


def test_write_study__an_earlier_study_is_replaced_and_nothing_else(tmp_path: Path) -> None:
    made = study(tmp_path, alterations=EVERYTHING)
    write_study(batch(tmp_path / "in", melanoma()), made)
    assert faults(made) == [] and not (made / "data_cna.txt").exists()
    (made / ".mark_of_a_tool").touch()
    write_study(batch(tmp_path / "in", melanoma()), made)
    (made / "notes.docx").write_text("mine")
    with pytest.raises(OutputError, match="none of this export's files"):
        write_study(batch(tmp_path / "in", melanoma()), made)
    assert (made / "notes.docx").exists() and [p for p in tmp_path.iterdir() if p.name.startswith(".")] == []


@pytest.mark.parametrize(
    ("alterations", "said"),
    [
        (Alterations(genes=(GeneCopy("P99-T", "EGFR", 2),)), "P99-T has copy number"),
        (Alterations((Segment("P01-T", "21", 0, 48_129_896, 1, 0.1),)), "beyond the chromosome's end in GRCh37"),
        (Alterations(patients={"P99": PatientFacts("P99")}), "patient P99 has no findings"),
    ],
)
def test_write_study__refuses_strangers_and_another_build(
    tmp_path: Path, alterations: Alterations, said: str
) -> None:
    with pytest.raises(InputError, match=said):
        study(tmp_path, alterations=alterations)
    assert not (tmp_path / "study").exists()


def test_driver_cells__tier_first_then_oncogenicity() -> None:
    def driver(amp: str, name: str | None) -> str:
        grade = name and Oncogenicity(classification=name, points=0, cutoffs="SOP", vector="OS1 +4", criteria=[])
        return str(driver_cells(variant("G", "p.A1T", 3, 9, amp, oncogenicity=grade or None))["cbp_driver"])

    assert driver("III", "Likely Oncogenic") == driver("II-C", "Benign") == "Putative_Driver"
    assert driver("III", "Benign") == driver("IV", "Oncogenic") == "Putative_Passenger"
    assert driver("III", "Uncertain Significance") == driver("III", None) == "Unknown"


def test_write_study__refuses_an_id_that_the_portal_cannot_hold(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has 64 characters"):
        write_study(batch(tmp_path, several(sample="S" * 64)), tmp_path / "study")


def test_batch__refuses_a_sample_twice_and_two_builds(tmp_path: Path) -> None:
    twice = batch(tmp_path, melanoma(), melanoma())
    with pytest.raises(InputError, match="P01-T was given twice"):
        write_study(twice, tmp_path / "study")
    with pytest.raises(InputError, match="no findings"):
        write_study(Batch(paths=()), tmp_path / "study")
    other = cohort()[2]
    other = other.model_copy(update={"provenance": other.provenance.model_copy(update={"reference": "GRCh38"})})
    with pytest.raises(InputError, match="two builds: GRCh37 and GRCh38"):
        write_study(batch(tmp_path, melanoma(), other), tmp_path / "study")
    nameless = findings([], provenance=other.provenance.model_copy(update={"reference": "unknown"}))
    with pytest.raises(InputError, match="name no genome build"):
        write_study(batch(tmp_path, nameless), tmp_path / "study")


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("data_mutations.txt", "HGVSp_Short", "HGVSp_Brief"),
        ("data_mutations.txt", "GRCh37", "GRCh38"),
        ("data_mutations.txt", "p.V600E", "p.V600E;p.K601N"),
        ("data_cna.txt", "-2", "-3"),
        ("data_clinical_sample.txt", "SAMPLE_ID", "Sample_Id"),
        ("data_sv.txt", "SOMATIC", "ACQUIRED"),
        ("data_gene_panel_matrix.txt", "mutations", "mutations_2"),
        ("case_lists/cases_sequenced.txt", "P02-T\t", ""),
        ("meta_sv.txt", "structural_variants", "sv"),
        ("data_timeline_specimen.txt", "60", "2031-03-02"),
    ],
)
def test_rules__see_what_the_importer_refuses(tmp_path: Path, name: str, old: str, new: str) -> None:
    made = study(tmp_path, alterations=EVERYTHING)
    text = (made / name).read_text()
    assert old in text
    (made / name).write_text(text.replace(old, new))
    assert faults(made) != []
