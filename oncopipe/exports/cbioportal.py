"""A cohort as a cBioPortal study: the folder that its importer loads, meta and data file by meta and data file.

Format: cBioPortal's File-Formats page; what the importer's validator asks is restated in tests/unit/test_cbioportal.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from oncopipe.data.findings import Findings, Identity, Variant
from oncopipe.errors import InputError
from oncopipe.exports import cbioportal_clinical as clinical
from oncopipe.exports.cbioportal_alterations import copy_number_files, structural_files
from oncopipe.exports.folders import whole_folder, write_lines
from oncopipe.exports.maf import maf_row_of_variant
from oncopipe.exports.shape import Batch, Format, build_of
from oncopipe.exports.tables import Cell, lines_of, plain_text
from oncopipe.io.maf import COLUMNS as MAF_COLUMNS
from oncopipe.report.rows import tier_of

FILES = re.compile(
    r"(meta|data)_[a-z_]+\.(txt|seg)|cancer_type\.txt|case_lists/cases_[a-z]+\.txt|gene_panels/data_gene_panel_[\w-]+\.txt"
)
GENOME = {"GRCh37": "hg19", "GRCh38": "hg38"}
# All but Silent and what lies outside genes: a promoter change (5'Flank) of TERT must not be dropped by the importer.
FILTERED_CLASSES = "Silent, Intron, IGR, 3'UTR, 3'Flank, 5'UTR, RNA"
DRIVER = {"I": "Putative_Driver", "II": "Putative_Driver", "III": "Unknown", "IV": "Putative_Passenger"}
ONCOGENICITY = {
    "oncogenic": "Putative_Driver",
    "likely oncogenic": "Putative_Driver",
    "likely benign": "Putative_Passenger",
    "benign": "Putative_Passenger",
}
_DRIVER_COLUMNS = ("cbp_driver", "cbp_driver_annotation", "cbp_driver_tiers", "cbp_driver_tiers_annotation")
MAX_ID = 63  # characters of a sample's or a patient's id
_ANNOTATION = 80  # characters that a driver annotation may have
_CASE_LISTS = (
    ("all", "All samples", "all_cases_in_study"),
    ("sequenced", "Samples with mutation data", "all_cases_with_mutation_data"),
    ("cna", "Samples with copy number data", "all_cases_with_cna_data"),
    ("cnaseq", "Samples with mutation and copy number data", "all_cases_with_mutation_and_cna_data"),
    ("sv", "Samples with structural variant data", "all_cases_with_sv_data"),
)


@dataclass
class Samples:
    """What one pass over the findings leaves behind: who the samples are and which profiles each has."""

    build: str = ""
    rows: list[Findings] = field(default_factory=list)  # without their variants

    def add(self, findings: Findings) -> None:
        """Raises: InputError for an id that the portal cannot hold."""
        for name in (findings.identity.sample, findings.identity.patient):
            if len(name) > MAX_ID:
                raise InputError(
                    f"the id {name} has {len(name)} characters; a cBioPortal study holds {MAX_ID}",
                    fix="shorten it in the sample sheet",
                )
        self.build = build_of(findings)
        self.rows.append(findings)

    def names(self) -> list[str]:
        return [f.identity.sample for f in self.rows]

    def identities(self) -> list[Identity]:
        return [f.identity for f in self.rows]


def write_study(batch: Batch, path: Path) -> None:
    """Write the study folder, whole or not at all.

    Raises: InputError when a table speaks of a sample or patient that is not among the findings; OutputError.
    """
    with whole_folder(path, FILES) as folder:
        samples = Samples()
        _write_mutations(batch, samples, folder)
        _check_known(batch, samples)
        profiled = {"sequenced": samples.names()}
        for name, text in copy_number_files(batch.alterations, samples.build).items():
            write_lines(folder / name, [text])
        for name, text in structural_files(batch.alterations, samples.build).items():
            write_lines(folder / name, [text])
        profiled |= _profiled(batch, samples)
        for name, text in clinical.files(samples.rows, batch.alterations.patients).items():
            write_lines(folder / name, [text])
        _write_panels(folder, batch, samples, profiled)
        _write_meta(folder, batch, samples)
        _write_case_lists(folder, batch.study.study, samples, profiled)


FORMAT = Format(
    name="cbioportal",
    about="A complete cBioPortal study folder.",
    makes="folder",
    suffix="cbioportal",
    write=write_study,
    options=("study", "alterations", "patients", "panel_genes"),
)


def _write_mutations(batch: Batch, samples: Samples, folder: Path) -> None:
    def rows() -> Iterable[dict[str, Cell]]:
        for file in batch.files():
            samples.add(file.head)
            for variant in file.variants():
                yield {**maf_row_of_variant(variant, file.head.identity, samples.build), **driver_cells(variant)}

    columns = (*MAF_COLUMNS, *_DRIVER_COLUMNS)
    write_lines(folder / "data_mutations.txt", chain(["#version 2.4\n"], lines_of(columns, rows())))
    if not samples.rows:
        raise InputError("there are no findings to export", fix="give --findings or --results")


def driver_cells(variant: Variant) -> dict[str, Cell]:
    """The tier in the columns from which the portal colors mutations, and whether the variant drives.

    A driver is of tier I or II, or (likely) oncogenic by its points; a passenger is of tier IV, or (likely) benign.
    """
    reason = plain_text(variant.tier.reason, _ANNOTATION)
    grade = variant.oncogenicity
    driver = DRIVER[variant.tier.tier]
    if grade and driver == "Unknown":
        driver = ONCOGENICITY.get(grade.classification.lower(), "Unknown")
    return {
        "cbp_driver": driver,
        "cbp_driver_annotation": plain_text(f"{grade.classification}: {grade.vector}", _ANNOTATION)
        if grade
        else reason,
        "cbp_driver_tiers": f"AMP Tier {tier_of(variant)}",
        "cbp_driver_tiers_annotation": reason,
    }


def _check_known(batch: Batch, samples: Samples) -> None:
    strangers = sorted(batch.alterations.samples() - set(samples.names()))
    if strangers:
        raise InputError(
            f"sample {strangers[0]} has copy number or structural variants but no findings",
            fix="give its findings too, or take it out of the table",
        )
    patients = {i.patient for i in samples.identities()}
    strangers = sorted(set(batch.alterations.patients) - patients)
    if strangers:
        raise InputError(f"patient {strangers[0]} has no findings", fix="take it out of the table of patients")


def _profiled(batch: Batch, samples: Samples) -> dict[str, list[str]]:
    """The samples of each case list. A table that holds a sample profiles it."""
    names, alterations = samples.names(), batch.alterations
    copied = {g.sample for g in alterations.genes}
    rearranged = {s.sample for s in alterations.structural} | alterations.sv_examined
    return {
        "all": names,
        "cna": [n for n in names if n in copied],
        "cnaseq": [n for n in names if n in copied],
        "sv": [n for n in names if n in rearranged],
    }


def meta(fields: Mapping[str, str | None]) -> str:
    """A meta file: one `key: value` a line; what is None is left out."""
    return "".join(f"{key}: {plain_text(value)}\n" for key, value in fields.items() if value is not None)


def _write_meta(folder: Path, batch: Batch, samples: Samples) -> None:
    """`meta_study.txt`, and the meta file of every data file that was written."""
    study, genome = batch.study, GENOME[samples.build]
    cancer = clinical.cancer_type(samples.identities())
    about = {
        "type_of_cancer": cancer[0],
        "cancer_study_identifier": study.study,
        "name": study.study_name or study.study,
        "description": study.study_description or f"{len(samples.rows)} tumor samples, called by OncoPipe",
        "groups": study.study_groups,
        "reference_genome": genome,
    }
    write_lines(folder / "meta_study.txt", [meta(about)])
    if study.define_cancer_type:
        write_lines(folder / "cancer_type.txt", ["\t".join((*cancer, "tissue")) + "\n"])
    for stem, fields in meta_files(study.study, genome).items():
        if (folder / fields["data_filename"]).exists():
            write_lines(folder / f"meta_{stem}.txt", [meta(fields)])


def meta_files(study: str, genome: str) -> dict[str, dict[str, str]]:
    """The meta files beside `meta_study.txt`: name without `meta_` and `.txt`, to their fields."""
    own = {"cancer_study_identifier": study}

    def of(kind: str, datatype: str, data: str) -> dict[str, str]:
        return {"genetic_alteration_type": kind, "datatype": datatype, "data_filename": data}

    def profile(stable_id: str, name: str, description: str, *, shown: bool = True) -> dict[str, str]:
        return {
            "stable_id": stable_id,
            "show_profile_in_analysis_tab": str(shown).lower(),
            "profile_name": name,
            "profile_description": description,
        }

    return {
        "cancer_type": of("CANCER_TYPE", "CANCER_TYPE", "cancer_type.txt"),
        "clinical_patient": own | of("CLINICAL", "PATIENT_ATTRIBUTES", "data_clinical_patient.txt"),
        "clinical_sample": own | of("CLINICAL", "SAMPLE_ATTRIBUTES", "data_clinical_sample.txt"),
        "timeline_specimen": own | of("CLINICAL", "TIMELINE", "data_timeline_specimen.txt"),
        "mutations": own
        | of("MUTATION_EXTENDED", "MAF", "data_mutations.txt")
        | profile("mutations", "Mutations", "Somatic small variants called by OncoPipe")
        | {"variant_classification_filter": FILTERED_CLASSES},
        "cna": own
        | of("COPY_NUMBER_ALTERATION", "DISCRETE", "data_cna.txt")
        | profile("cna", "Copy-number alterations", "-2 deep deletion, -1 loss, 0 neutral, 1 gain, 2 amplification"),
        "cna_seg": own
        | of("COPY_NUMBER_ALTERATION", "SEG", "data_cna_seg.seg")
        | {"reference_genome_id": genome, "description": "Segments of copy number, log2 ratio"},
        "sv": own
        | of("STRUCTURAL_VARIANT", "SV", "data_sv.txt")
        | profile("structural_variants", "Structural variants", "Structural variants as given to OncoPipe"),
        "gene_panel_matrix": own | of("GENE_PANEL_MATRIX", "GENE_PANEL_MATRIX", "data_gene_panel_matrix.txt"),
    }


def _write_panels(folder: Path, batch: Batch, samples: Samples, profiled: dict[str, list[str]]) -> None:
    """The matrix that tells "not profiled" from "no mutation", and the definition of the panel when genes are given."""
    columns = ["SAMPLE_ID", "mutations"]
    columns += [c for c, key in (("cna", "cna"), ("structural_variants", "sv")) if profiled[key]]
    key_of = {"mutations": "sequenced", "cna": "cna", "structural_variants": "sv"}
    rows: list[dict[str, Cell]] = []
    for identity in samples.identities():
        panel = batch.study.gene_panel or clinical.panel_of(identity.assay)
        row: dict[str, Cell] = {"SAMPLE_ID": identity.sample}
        for column in columns[1:]:
            row[column] = panel if identity.sample in profiled[key_of[column]] else "NA"
        rows.append(row)
    write_lines(folder / "data_gene_panel_matrix.txt", lines_of(columns, rows))
    if batch.panel_genes:
        panels = sorted({str(row["mutations"]) for row in rows} - {"NA", "WXS", "WGS"})
        genes = clinical.read_genes(batch.panel_genes)
        for panel in panels:
            fields = {"stable_id": panel, "description": f"{len(genes)} genes"}
            text = meta(fields) + "gene_list: " + "\t".join(genes) + "\n"
            write_lines(folder / f"gene_panels/data_gene_panel_{panel}.txt", [text])


def _write_case_lists(folder: Path, study: str, samples: Samples, profiled: dict[str, list[str]]) -> None:
    for suffix, name, category in _CASE_LISTS:
        if profiled[suffix]:
            fields = {
                "cancer_study_identifier": study,
                "stable_id": f"{study}_{suffix}",
                "case_list_name": name,
                "case_list_description": f"{name} ({len(profiled[suffix])})",
                "case_list_category": category,
            }
            text = meta(fields) + "case_list_ids: " + "\t".join(profiled[suffix]) + "\n"
            write_lines(folder / f"case_lists/cases_{suffix}.txt", [text])
