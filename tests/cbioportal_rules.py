"""What cBioPortal's importer asks of a study folder, restated from its File-Formats page and its validator's messages.

Only what fails an import is a fault here. The official validator is run beside the project, never vendored.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path

NULL = frozenset(
    ["[not applicable]", "[not available]", "[pending]", "[discrepancy]", "[completed]", "[null]", "", "na"]
)
CLASSES = frozenset(
    (
        "Frame_Shift_Del", "Frame_Shift_Ins", "In_Frame_Del", "In_Frame_Ins", "Missense_Mutation",
        "Nonsense_Mutation", "Splice_Site", "Translation_Start_Site", "Nonstop_Mutation", "Targeted_Region",
        "De_novo_Start_InFrame", "De_novo_Start_OutOfFrame", "Silent", "Intron", "3'UTR", "3'Flank", "5'UTR",
        "5'Flank", "IGR", "RNA", "Splice_Region", "Fusion", "Unknown",
    )
)  # fmt: skip
PROFILE = ("stable_id", "show_profile_in_analysis_tab", "profile_name", "profile_description")
KINDS: dict[tuple[str, str], tuple[str, ...]] = {
    ("CANCER_TYPE", "CANCER_TYPE"): ("data_filename",),
    ("CLINICAL", "PATIENT_ATTRIBUTES"): ("cancer_study_identifier", "data_filename"),
    ("CLINICAL", "SAMPLE_ATTRIBUTES"): ("cancer_study_identifier", "data_filename"),
    ("CLINICAL", "TIMELINE"): ("cancer_study_identifier", "data_filename"),
    ("MUTATION_EXTENDED", "MAF"): ("cancer_study_identifier", "data_filename", *PROFILE),
    ("COPY_NUMBER_ALTERATION", "DISCRETE"): ("cancer_study_identifier", "data_filename", *PROFILE),
    ("COPY_NUMBER_ALTERATION", "SEG"): (
        "cancer_study_identifier",
        "data_filename",
        "reference_genome_id",
        "description",
    ),
    ("STRUCTURAL_VARIANT", "SV"): ("cancer_study_identifier", "data_filename", *PROFILE),
    ("GENE_PANEL_MATRIX", "GENE_PANEL_MATRIX"): ("cancer_study_identifier", "data_filename"),
}
OPTIONAL = frozenset(["variant_classification_filter", "gene_panel", "namespaces", "swissprot_identifier"])
STUDY = ("cancer_study_identifier", "type_of_cancer", "name", "description")
STUDY_OPTIONAL = frozenset(["citation", "pmid", "groups", "add_global_case_list", "reference_genome", "tags_file"])
CATEGORIES = frozenset(
    f"all_cases_{x}"
    for x in ("in_study", "with_mutation_data", "with_cna_data", "with_mutation_and_cna_data", "with_sv_data")
)
SIZES = {"hg19": {"1": 249250621, "7": 159138663}, "hg38": {"1": 248956422, "7": 159345973}}
SV_COLUMNS = (
    "Sample_Id", "SV_Status", "Site2_Effect_On_Frame", "NCBI_Build", "Class", "Tumor_Split_Read_Count",
    "Tumor_Paired_End_Read_Count",
    *(f"Site{n}_{what}" for n in (1, 2) for what in (
        "Hugo_Symbol", "Ensembl_Transcript_Id", "Entrez_Gene_Id", "Region_Number", "Region", "Chromosome", "Contig",
        "Position", "Description")),
)  # fmt: skip
SV_CLASSES = frozenset(["DELETION", "TRANSLOCATION", "DUPLICATION", "INSERTION", "INVERSION", "FUSION", "UNKNOWN"])
CHROMOSOMES = frozenset([*map(str, range(1, 23)), "X", "Y"])


def fields_of(path: Path) -> dict[str, str]:
    """The `key: value` lines of a meta file or a case list."""
    pairs = (line.split(":", 1) for line in path.read_text(encoding="utf-8").split("\n") if line.strip())
    return {key.strip(): value.strip(" ") for key, value in pairs}


class Study:
    """A folder being looked at; `faults` grows."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.faults = folder, []  # type: tuple[Path, list[str]]
        self.meta = {
            p.name: fields_of(p) for p in sorted(folder.iterdir()) if re.search(r"(\b|_)meta(\b|[_0-9])", p.name)
        }
        self.samples: set[str] = set()
        self.patients: set[str] = set()
        self.stable_ids: set[str] = set()

    def fault(self, text: str) -> None:
        self.faults.append(text)

    def need(self, condition: bool, text: str) -> None:
        if not condition:
            self.fault(text)

    def table(self, name: str, *, blanks: bool, comments: int = 0) -> tuple[list[str], list[dict[str, str]]]:
        """Header and rows after the comment lines, with the checks that all tables share."""
        text = (self.folder / name).read_text(encoding="utf-8")
        self.need(text.endswith("\n") and "\r" not in text, f"{name}: line ends")
        self.need(_is_tab_separated(text), f"{name}: the importer's guess at the separator fails")
        lines = text.split("\n")[:-1]
        top = [line for line in lines if line.startswith("#")]
        self.need(lines[: len(top)] == top, f"{name}: a data line begins with #")
        self.need(not comments or len(top) == comments, f"{name}: {len(top)} comment lines")
        header = lines[len(top)].split("\t")
        self.need(len(set(header)) == len(header), f"{name}: a column stands twice")
        rows = []
        for number, line in enumerate(lines[len(top) + 1 :], 1):
            cells = line.split("\t")
            self.need(len(cells) == len(header), f"{name} row {number}: {len(cells)} cells of {len(header)}")
            self.need(any(c.strip() for c in cells), f"{name} row {number}: blank line")
            self.need(blanks or all(c.strip() for c in cells), f"{name} row {number}: blank cell")
            rows.append(dict(zip(header, cells, strict=False)))
        return header, rows


def faults(folder: Path) -> list[str]:
    """What the importer would refuse in this study, in words; empty for a study that passes."""
    study = Study(folder)
    _meta(study)
    if study.faults:
        return study.faults
    _clinical(study)
    if study.faults:
        return study.faults
    lists = _case_lists(study)
    checks = {"MAF": _mutations, "DISCRETE": _cna, "SEG": _seg, "SV": _sv, "TIMELINE": _timeline}
    for fields in study.meta.values():
        check = checks.get(fields.get("datatype", ""))
        if check:
            check(study, fields, lists)
    _panel_matrix(study, lists)
    return study.faults


def _meta(study: Study) -> None:
    identifiers = {f["cancer_study_identifier"] for f in study.meta.values() if "cancer_study_identifier" in f}
    study.need(len(identifiers) == 1, "one study identifier")
    study.need(all(re.fullmatch(r"[a-z0-9_]+", i) for i in identifiers), "study identifier: a-z, 0-9, _")
    seen_kinds: list[tuple[str, str]] = []
    for name, fields in study.meta.items():
        if name == "meta_study.txt":
            study.need(all(fields.get(key) for key in STUDY), f"{name}: a needed field is missing")
            study.need(set(fields) <= {*STUDY, *STUDY_OPTIONAL}, f"{name}: unknown field")
            study.need(fields.get("reference_genome", "hg19") in SIZES, f"{name}: reference genome")
            continue
        kind = (fields.get("genetic_alteration_type", ""), fields.get("datatype", ""))
        if kind not in KINDS:
            study.fault(f"{name}: {kind} is no known kind")
            continue
        study.need(all(fields.get(key) for key in KINDS[kind]), f"{name}: a needed field is missing")
        unknown = set(fields) - {*KINDS[kind], "genetic_alteration_type", "datatype", *OPTIONAL}
        study.need(not unknown, f"{name}: unknown fields {sorted(unknown)}")
        study.need((study.folder / fields.get("data_filename", "?")).is_file(), f"{name}: no data file")
        study.need(kind not in seen_kinds, f"{name}: {kind} stands twice")
        seen_kinds.append(kind)
        shown = fields.get("show_profile_in_analysis_tab", "true")
        study.need(shown in ("true", "false"), f"{name}: show_profile_in_analysis_tab {shown!r}")
        study.need(kind[1] != "MAF" or shown == "true", f"{name}: mutations are not shown")
        if "stable_id" in fields:
            study.need(fields["stable_id"] not in study.stable_ids, f"{name}: stable id twice")
            study.stable_ids.add(fields["stable_id"])
    study.need("meta_study.txt" in study.meta, "no meta_study.txt")
    study.need(("CLINICAL", "SAMPLE_ATTRIBUTES") in seen_kinds, "no sample attributes")
    of_kind = {("MUTATION_EXTENDED", "MAF"): {"mutations"}, ("STRUCTURAL_VARIANT", "SV"): {"structural_variants"},
               ("COPY_NUMBER_ALTERATION", "DISCRETE"): {"gistic", "cna", "cna_rae", "cna_consensus"}}  # fmt: skip
    for name, fields in study.meta.items():
        allowed = of_kind.get((fields.get("genetic_alteration_type", ""), fields.get("datatype", "")))
        study.need(allowed is None or fields["stable_id"] in allowed, f"{name}: stable id {fields.get('stable_id')}")
    if "meta_cancer_type.txt" in study.meta:
        for line in (study.folder / "cancer_type.txt").read_text().splitlines():
            study.need(len(line.split("\t")) == 4 and all(line.split("\t")), "cancer_type.txt: four cells")


def _clinical(study: Study) -> None:
    levels: dict[str, set[str]] = {}
    for kind, patient_level in (("SAMPLE_ATTRIBUTES", False), ("PATIENT_ATTRIBUTES", True)):
        named = [f["data_filename"] for f in study.meta.values() if f.get("datatype") == kind]
        if not named:
            continue
        header, rows = study.table(named[0], blanks=True, comments=4)
        top = [line[1:].split("\t") for line in (study.folder / named[0]).read_text().split("\n")[:4]]
        study.need(all(len(row) == len(header) for row in top), f"{named[0]}: width of the definitions")
        study.need(all(c.strip().lower() not in NULL for row in top for c in row), f"{named[0]}: empty definition")
        study.need(set(top[2]) <= {"STRING", "NUMBER", "BOOLEAN"}, f"{named[0]}: datatype")
        study.need(all(re.fullmatch(r"-1|[0-9]+", c) for c in top[3]), f"{named[0]}: priority")
        study.need(all(name.isupper() for name in header), f"{named[0]}: lower-case attribute")
        study.need("PATIENT_ID" in header, f"{named[0]}: PATIENT_ID")
        study.need(
            ("OS_STATUS" in header) == ("OS_MONTHS" in header), f"{named[0]}: OS_STATUS and OS_MONTHS are a pair"
        )
        study.need(("SAMPLE_ID" in header) != patient_level, f"{named[0]}: SAMPLE_ID")
        study.need(not {"MUTATION_COUNT", "FRACTION_GENOME_ALTERED"} & set(header), f"{named[0]}: banned attribute")
        level_of = {"SEX": True, "AGE": True, "OS_STATUS": True, "OS_MONTHS": True, "SAMPLE_TYPE": False}
        study.need(all(level_of.get(h, patient_level) == patient_level for h in header), f"{named[0]}: wrong level")
        if study.faults:
            return
        levels[kind] = set(header) - {"PATIENT_ID"}
        ids = [row["PATIENT_ID" if patient_level else "SAMPLE_ID"] for row in rows]
        study.need(len(set(ids)) == len(ids), f"{named[0]}: an id stands twice")
        for row in rows:
            for name, kind_of in zip(header, top[2], strict=False):
                value = row[name].strip()
                if name in ("PATIENT_ID", "SAMPLE_ID"):
                    study.need(bool(re.fullmatch(r"[A-Za-z0-9._-]{1,63}", value)), f"{named[0]}: id {value!r}")
                if kind_of == "NUMBER" and value.lower() not in NULL:
                    study.need(_is_float(value.lstrip("<>")), f"{named[0]}: {name} {value!r} is no number")
                parts = value.lower().split("-")
                is_date = len(parts) == 2 and not set(",.:;") & set(value) and any(p in _MONTHS for p in parts)
                study.need("DATE" in name or not is_date, f"{named[0]}: {value!r} looks like a date")
                if name == "OS_STATUS":
                    study.need(value in ("", "0:LIVING", "1:DECEASED"), f"{named[0]}: OS_STATUS {value!r}")
        if not patient_level:
            study.samples, study.patients = set(ids), {row["PATIENT_ID"] for row in rows}
        else:
            study.need(set(ids) == study.patients, f"{named[0]}: not the patients of the samples")
    study.need(not set.intersection(*levels.values()) if len(levels) > 1 else True, "attribute on both levels")


_MONTHS = frozenset(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"])


def _is_tab_separated(text: str) -> bool:
    """The importer lets Python guess the separator from the header and five rows; no guess is only a warning."""
    lines = [line for line in text.split("\n") if not line.startswith("#")]
    try:
        return csv.Sniffer().sniff("\n".join(lines[:6]), delimiters="\t").delimiter == "\t"
    except csv.Error:
        return "\t" in text


def _is_float(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _case_lists(study: Study) -> dict[str, set[str]]:
    own = study.meta["meta_study.txt"]["cancer_study_identifier"]
    lists: dict[str, set[str]] = {}
    for path in sorted((study.folder / "case_lists").iterdir()):
        fields = fields_of(path)
        needed = {"cancer_study_identifier", "stable_id", "case_list_name", "case_list_description", "case_list_ids"}
        study.need(needed <= set(fields) <= needed | {"case_list_category"}, f"{path.name}: fields")
        study.need(fields["cancer_study_identifier"] == own, f"{path.name}: study")
        study.need(fields["stable_id"].startswith(f"{own}_"), f"{path.name}: stable id")
        study.need(fields.get("case_list_category", "all_cases_in_study") in CATEGORIES, f"{path.name}: category")
        ids = fields["case_list_ids"].split("\t")
        study.need(len(set(ids)) == len(ids) and set(ids) <= study.samples, f"{path.name}: ids")
        study.need(fields["stable_id"] not in lists, f"{path.name}: stable id twice")
        lists[fields["stable_id"].removeprefix(f"{own}_")] = set(ids)
    study.need("all" in lists or study.meta["meta_study.txt"].get("add_global_case_list") == "true", "no list _all")
    needs = {"MAF": "sequenced", "DISCRETE": "cna"}
    for fields in study.meta.values():
        name = needs.get(fields.get("datatype", ""))
        study.need(name is None or name in lists, f"no list _{name}")
    return lists


def _mutations(study: Study, fields: dict[str, str], lists: dict[str, set[str]]) -> None:
    name = fields["data_filename"]
    header, rows = study.table(name, blanks=True)
    needed = {"Tumor_Sample_Barcode", "Hugo_Symbol", "Variant_Classification"}
    study.need(needed <= set(header), f"{name}: missing column")
    study.need("HGVSp_Short" in header or "Amino_Acid_Change" in header, f"{name}: no protein change column")
    for a, b in (("cbp_driver", "cbp_driver_annotation"), ("cbp_driver_tiers", "cbp_driver_tiers_annotation")):
        study.need((a in header) == (b in header), f"{name}: {a} without {b}")
    if study.faults:
        return
    build = {"hg19": "GRCh37", "hg38": "GRCh38"}[study.meta["meta_study.txt"].get("reference_genome", "hg19")]
    keys = set()
    for number, row in enumerate(rows, 1):
        where = f"{name} row {number}"
        gene, entrez = row["Hugo_Symbol"], row["Entrez_Gene_Id"]
        study.need(row["NCBI_Build"] == build, f"{where}: build")
        study.need(row["Tumor_Sample_Barcode"] in study.samples, f"{where}: sample")
        study.need(row["Tumor_Sample_Barcode"] in lists.get("sequenced", set()), f"{where}: not in _sequenced")
        study.need(row["Variant_Classification"] in CLASSES, f"{where}: class")
        study.need(not row["Chromosome"].startswith("chr"), f"{where}: chromosome {row['Chromosome']}")
        study.need(bool(gene.strip()), f"{where}: no gene")
        study.need(gene not in ("Unknown", "NA") or entrez == "0", f"{where}: unknown gene")
        study.need(entrez == "" or entrez.isdigit(), f"{where}: Entrez id")
        protein = row["HGVSp_Short"]
        study.need(
            len(protein) <= 255 and "p." not in protein[1:] and not set(",;") & set(protein), f"{where}: {protein}"
        )
        if not (row["Start_Position"].isdigit() and row["End_Position"].isdigit()):
            study.fault(f"{where}: position")
            continue
        study.need(int(row["Start_Position"]) <= int(row["End_Position"]), f"{where}: start after end")
        _alleles(study, row, where)
        for column in ("t_alt_count", "t_ref_count", "n_alt_count", "n_ref_count"):
            study.need(row[column] in ("", ".") or row[column].isdigit(), f"{where}: {column}")
        study.need(row["Mutation_Status"].lower() in ("", "somatic", "germline", "unknown"), f"{where}: status")
        study.need(
            row["cbp_driver"] in ("Putative_Passenger", "Putative_Driver", "NA", "Unknown", ""), f"{where}: driver"
        )
        study.need(len(row["cbp_driver_tiers"]) <= 20, f"{where}: tiers")
        annotations = ("cbp_driver_annotation", "cbp_driver_tiers_annotation")
        study.need(all(len(row[c]) <= 80 for c in annotations), f"{where}: annotation")
        key = (entrez, row["Chromosome"], row["Start_Position"], row["End_Position"], row["Variant_Classification"],
               row["Tumor_Seq_Allele2"], protein, row["Tumor_Sample_Barcode"])  # fmt: skip
        study.need(key not in keys, f"{where}: stands twice")
        keys.add(key)


def _alleles(study: Study, row: dict[str, str], where: str) -> None:
    reference, first, second = (row[c] for c in ("Reference_Allele", "Tumor_Seq_Allele1", "Tumor_Seq_Allele2"))
    length = int(row["End_Position"]) - int(row["Start_Position"]) + 1
    kind = row["Variant_Type"]
    study.need(bool(set(reference + first + second) <= set("-ACGTN")), f"{where}: letters of alleles")
    if kind in ("SNP", "DNP", "TNP"):
        n = {"SNP": 1, "DNP": 2, "TNP": 3}[kind]
        study.need(
            {len(reference), len(first), len(second)} == {n} and "-" not in reference + second, f"{where}: {kind}"
        )
    elif kind == "ONP":
        study.need(len(reference) == len(second) > 3, f"{where}: ONP")
    elif kind == "INS":
        study.need(length == 2 or length == len(reference), f"{where}: INS positions")
        study.need(len(reference) <= len(second), f"{where}: INS alleles")
    else:
        study.need(kind == "DEL" and length == len(reference) >= len(second), f"{where}: {kind}")


def _cna(study: Study, fields: dict[str, str], lists: dict[str, set[str]]) -> None:
    name = fields["data_filename"]
    header, rows = study.table(name, blanks=True)
    samples = [c for c in header if c not in ("Hugo_Symbol", "Entrez_Gene_Id", "Cytoband")]
    study.need(bool(samples) and set(samples) <= study.samples, f"{name}: samples")
    study.need(set(samples) == lists.get("cna"), f"{name}: not the samples of _cna")
    study.need(header[-len(samples) :] == samples, f"{name}: gene columns come first")
    study.need(
        all(row["Entrez_Gene_Id"] == "" or int(row["Entrez_Gene_Id"]) > 0 for row in rows), f"{name}: Entrez id"
    )
    allowed = {"-2", "-1.5", "-1", "0", "1", "2", "NA"}
    study.need(all(row[s] in allowed for row in rows for s in samples), f"{name}: value")


def _seg(study: Study, fields: dict[str, str], lists: dict[str, set[str]]) -> None:
    name = fields["data_filename"]
    header, rows = study.table(name, blanks=False)
    study.need(header == ["ID", "chrom", "loc.start", "loc.end", "num.mark", "seg.mean"], f"{name}: header")
    if study.faults:
        return
    sizes = SIZES[fields["reference_genome_id"]]
    for row in rows:
        start, end = int(row["loc.start"]), int(row["loc.end"])
        study.need(row["ID"] in study.samples and row["chrom"] in CHROMOSOMES, f"{name}: {row}")
        study.need(0 <= start < end <= sizes.get(row["chrom"], end), f"{name}: {row}")
        study.need(row["num.mark"].isdigit() and _is_float(row["seg.mean"]), f"{name}: {row}")


def _sv(study: Study, fields: dict[str, str], lists: dict[str, set[str]]) -> None:
    name = fields["data_filename"]
    header, rows = study.table(name, blanks=True)
    study.need(set(header) >= set(SV_COLUMNS), f"{name}: columns")
    if study.faults:
        return
    seen = set()
    for row in rows:
        study.need(
            row["Sample_Id"] in study.samples and row["Sample_Id"] in lists.get("sv", set()), f"{name}: sample"
        )
        study.need(row["SV_Status"] in ("SOMATIC", "GERMLINE"), f"{name}: status")
        study.need(row["NCBI_Build"] in ("GRCh37", "GRCh38"), f"{name}: build")
        study.need(row["Class"] in SV_CLASSES, f"{name}: class {row['Class']}")
        study.need(bool(row["Site1_Hugo_Symbol"] or row["Site2_Hugo_Symbol"]), f"{name}: no gene")
        key = tuple(
            v for k, v in row.items() if k.startswith(("Sample", "Site1", "Site2", "Event")) and "Effect" not in k
        )
        study.need(key not in seen, f"{name}: stands twice")
        seen.add(key)


def _timeline(study: Study, fields: dict[str, str], lists: dict[str, set[str]]) -> None:
    name = fields["data_filename"]
    header, rows = study.table(name, blanks=True)
    study.need(header[:4] == ["PATIENT_ID", "START_DATE", "STOP_DATE", "EVENT_TYPE"], f"{name}: header")
    for row in rows:
        study.need(row["PATIENT_ID"] in study.patients and bool(row["EVENT_TYPE"]), f"{name}: {row}")
        study.need(bool(re.fullmatch(r"-?\d+", row["START_DATE"])), f"{name}: {row}")


def _panel_matrix(study: Study, lists: dict[str, set[str]]) -> None:
    named = [f["data_filename"] for f in study.meta.values() if f.get("datatype") == "GENE_PANEL_MATRIX"]
    for name in named:
        header, rows = study.table(name, blanks=False)
        study.need(header[0] == "SAMPLE_ID" and set(header[1:]) <= study.stable_ids, f"{name}: header")
        if study.faults:
            return
        ids = [row["SAMPLE_ID"] for row in rows]
        study.need(len(set(ids)) == len(ids) and set(ids) <= study.samples, f"{name}: samples")
        profiled = [row["SAMPLE_ID"] for row in rows if row.get("mutations", "NA") != "NA"]
        study.need(set(profiled) <= lists.get("sequenced", set()), f"{name}: not in _sequenced")
