"""Each rule on the study's files, one by one: our study keeps it, and a study that breaks it is seen.

The rules are those of cBioPortal's File-Formats page, file by file. A change of one line breaks each.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from oncopipe.data.alterations import Alterations, PatientFacts
from oncopipe.exports.cbioportal import write_study
from oncopipe.io.maf import COLUMNS
from tests.cbioportal_rules import faults
from tests.export_data import batch, cohort
from tests.findings_builder import melanoma
from tests.unit.test_cbioportal import EVERYTHING, rows_of

# File, what stands there, what breaks the rule, and the fault that is seen.
RULES = [
    ("meta_study.txt", "type_of_cancer: ", "type: ", "a needed field is missing"),
    ("meta_study.txt", "description: ", "about: ", "a needed field is missing"),
    ("meta_study.txt", "name: oncopipe", "name: ", "a needed field is missing"),
    ("meta_study.txt", "cancer_study_identifier: oncopipe", "cancer_study_identifier: other", "one study identifier"),
    ("meta_study.txt", "reference_genome: hg19", "reference_genome: GRCh37", "reference genome"),
    ("meta_study.txt", "reference_genome: ", "genome: ", "unknown field"),
    ("meta_cancer_type.txt", "datatype: CANCER_TYPE", "datatype: TYPE", "is no known kind"),
    ("cancer_type.txt", "\ttissue", "", "four cells"),
    ("meta_clinical_sample.txt", "SAMPLE_ATTRIBUTES", "SAMPLES", "is no known kind"),
    ("meta_clinical_sample.txt", "data_clinical_sample.txt", "samples.txt", "no data file"),
    ("data_clinical_sample.txt", "#Patient ID\t", "#", "width of the definitions"),
    ("data_clinical_sample.txt", "#Patient ID\t", "#\t", "empty definition"),
    ("data_clinical_sample.txt", "\tNUMBER", "\tFLOAT", "datatype"),
    ("data_clinical_sample.txt", "\n#1\t", "\n#first\t", "priority"),
    ("data_clinical_sample.txt", "\nPATIENT_ID\t", "\npatient_id\t", "lower-case attribute"),
    ("data_clinical_sample.txt", "\nPATIENT_ID\t", "\nPATIENT\t", "PATIENT_ID"),
    ("data_clinical_sample.txt", "SAMPLE_ID", "SAMPLE", "SAMPLE_ID"),
    ("data_clinical_sample.txt", "P01-R", "P01-T", "an id stands twice"),
    ("data_clinical_sample.txt", "P01-R", "P01/R", "id 'P01/R'"),
    ("data_clinical_sample.txt", "\t0.65\t", "\tmuch\t", "is no number"),
    ("meta_clinical_patient.txt", "PATIENT_ATTRIBUTES", "PATIENTS", "is no known kind"),
    ("data_clinical_patient.txt", "1:DECEASED", "DECEASED", "OS_STATUS"),
    ("data_clinical_patient.txt", "OS_MONTHS", "OS_YEARS", "are a pair"),
    ("data_clinical_patient.txt", "\nP02\t", "\nP09\t", "not the patients of the samples"),
    ("meta_mutations.txt", "MUTATION_EXTENDED", "MUTATION", "is no known kind"),
    ("meta_mutations.txt", "stable_id: mutations", "stable_id: variants", "stable id"),
    ("meta_mutations.txt", "tab: true", "tab: yes", "show_profile_in_analysis_tab"),
    ("meta_mutations.txt", "tab: true", "tab: false", "mutations are not shown"),
    ("meta_mutations.txt", "profile_description: ", "profile: ", "a needed field is missing"),
    ("data_mutations.txt", "Tumor_Sample_Barcode", "Tumor_Sample", "missing column"),
    ("data_mutations.txt", "\nHugo_Symbol\t", "\nHugo\t", "missing column"),
    ("data_mutations.txt", "Variant_Classification", "Classification", "missing column"),
    ("data_mutations.txt", "HGVSp_Short", "Protein", "no protein change column"),
    ("data_mutations.txt", "GRCh37", "hg19", "build"),
    ("data_mutations.txt", "GRCh37\t7\t", "GRCh37\tchr7\t", "chromosome chr7"),
    ("data_mutations.txt", "Missense_Mutation", "missense", "class"),
    ("data_mutations.txt", "140453136\t140453136", "140453136\t140453135", "start after end"),
    ("data_mutations.txt", "140453136\t140453136", "140453136.0\t140453136", "position"),
    ("data_mutations.txt", "\tSNP\t", "\tDNP\t", "DNP"),
    ("data_mutations.txt", "p.V600E", "p.V600E,p.V601E", "p.V600E,p.V601E"),
    ("data_mutations.txt", "Somatic", "Acquired", "status"),
    ("data_mutations.txt", "Putative_Driver", "Driver", "driver"),
    ("data_mutations.txt", "cbp_driver_annotation", "annotation", "cbp_driver without"),
    ("data_mutations.txt", "cbp_driver_tiers_annotation", "annotation", "cbp_driver_tiers without"),
    ("data_mutations.txt", "AMP Tier I-A", "AMP/ASCO/CAP tier I-A", "tiers"),
    ("data_mutations.txt", "Level A evidence", "Level A evidence" + " and more" * 9, "annotation"),
    ("meta_cna.txt", "DISCRETE", "LOG2", "is no known kind"),
    ("meta_cna.txt", "stable_id: cna", "stable_id: copies", "stable id"),
    ("data_cna.txt", "\t2", "\t3", "value"),
    ("data_cna.txt", "P02-T", "P09-T", "samples"),
    ("meta_cna_seg.txt", "SEG", "SEGMENTS", "is no known kind"),
    ("meta_cna_seg.txt", "reference_genome_id: ", "genome: ", "a needed field is missing"),
    ("meta_cna_seg.txt", "description: ", "about: ", "a needed field is missing"),
    ("data_cna_seg.seg", "loc.start", "start", "header"),
    ("data_cna_seg.seg", "\t7\t", "\tchr7\t", "chr7"),
    ("data_cna_seg.seg", "\t159000000\t", "\t160000000\t", "160000000"),
    ("meta_sv.txt", "STRUCTURAL_VARIANT", "SV", "is no known kind"),
    ("meta_sv.txt", "structural_variants", "sv", "stable id"),
    ("data_sv.txt", "Sample_Id", "SAMPLE_ID", "columns"),
    ("data_sv.txt", "Site2_Contig", "Contig", "columns"),
    ("data_sv.txt", "SOMATIC", "somatic", "status"),
    ("data_sv.txt", "FUSION", "JOIN", "class JOIN"),
    ("data_sv.txt", "GRCh37", "hg19", "build"),
    ("meta_gene_panel_matrix.txt", "datatype: GENE_PANEL_MATRIX", "datatype: MATRIX", "is no known kind"),
    ("data_gene_panel_matrix.txt", "SAMPLE_ID", "SAMPLE", "header"),
    ("data_gene_panel_matrix.txt", "\tmutations", "\tMAF", "header"),
    ("data_gene_panel_matrix.txt", "P01-R", "P09-R", "samples"),
    ("meta_timeline_specimen.txt", "TIMELINE", "EVENTS", "is no known kind"),
    ("data_timeline_specimen.txt", "START_DATE\tSTOP_DATE", "STOP_DATE\tSTART_DATE", "header"),
    ("data_timeline_specimen.txt", "\t60\t", "\t60.5\t", "60.5"),
    ("data_timeline_specimen.txt", "\tSPECIMEN\tP01-T", "\t\tP01-T", "P01-T"),
    ("case_lists/cases_all.txt", "oncopipe_all", "all", "stable id"),
    ("case_lists/cases_all.txt", "oncopipe_all", "oncopipe_every", "no list _all"),
    ("case_lists/cases_all.txt", "case_list_name", "name", "fields"),
    ("case_lists/cases_all.txt", "all_cases_in_study", "all", "category"),
    ("case_lists/cases_all.txt", "P01-T\tP01-R", "P01-T P01-R", "ids"),
    ("case_lists/cases_sequenced.txt", "oncopipe_sequenced", "oncopipe_mutated", "no list _sequenced"),
    ("case_lists/cases_sequenced.txt", "P01-R\t", "", "not in _sequenced"),
    ("case_lists/cases_cna.txt", "oncopipe_cna", "oncopipe_copies", "no list _cna"),
    ("case_lists/cases_sv.txt", "\tP02-T", "", "sample"),
]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study")
    write_study(batch(folder, *cohort(), alterations=EVERYTHING), folder / "study")
    assert faults(folder / "study") == []
    return folder / "study"


@pytest.mark.parametrize(("name", "old", "new", "said"), RULES)
def test_rule__is_kept_and_its_breach_is_seen(whole: Path, name: str, old: str, new: str, said: str) -> None:
    text = (whole / name).read_text()
    assert old in text
    try:
        (whole / name).write_text(text.replace(old, new))
        found = faults(whole)
    finally:
        (whole / name).write_text(text)
    assert any(said in fault for fault in found), found


def test_rule__every_file_of_the_study_has_one(whole: Path) -> None:
    files = {p.relative_to(whole).as_posix() for p in whole.rglob("*") if p.is_file()}
    same = {"case_lists/cases_cnaseq.txt"}  # as cases_cna.txt
    assert files - {name for name, *_ in RULES} == same


def test_mutations__have_the_columns_that_the_portal_names(whole: Path) -> None:
    """Those that it needs, those that it recommends, and vcf2maf's 46 in their order."""
    header = (whole / "data_mutations.txt").read_text().split("\n")[1].split("\t")
    assert (whole / "data_mutations.txt").read_text().startswith("#version 2.4\n")
    assert header[: len(COLUMNS)] == list(COLUMNS) and header[len(COLUMNS) :] == [
        "cbp_driver",
        "cbp_driver_annotation",
        "cbp_driver_tiers",
        "cbp_driver_tiers_annotation",
    ]
    for column in (
        "Hugo_Symbol", "NCBI_Build", "Chromosome", "Variant_Classification", "Reference_Allele", "Tumor_Seq_Allele2",
        "Tumor_Sample_Barcode", "HGVSp_Short", "Entrez_Gene_Id", "Start_Position", "End_Position", "t_ref_count",
        "t_alt_count", "n_ref_count", "n_alt_count", "Protein_position",
    ):  # fmt: skip
        assert column in header, column


def test_patients__survival_is_a_pair_of_columns(tmp_path: Path) -> None:
    """Also where only one of the two is known of anybody."""
    for facts in (PatientFacts("P01", os_status="0:LIVING"), PatientFacts("P01", os_months=3.5)):
        write_study(batch(tmp_path, melanoma(), alterations=Alterations(patients={"P01": facts})), tmp_path / "study")
        assert faults(tmp_path / "study") == []
        (row,) = rows_of(tmp_path / "study" / "data_clinical_patient.txt")
        assert (row["OS_STATUS"], row["OS_MONTHS"]) == (facts.os_status, "" if facts.os_months is None else "3.5")
