"""MAF 2.4 as a language: its columns in vcf2maf's order, its way to write alleles, its classes; and reading it back."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from oncopipe.data.variants import Effect
from oncopipe.errors import InputError
from oncopipe.io.text_lines import read_lines

COLUMNS = (
    "Hugo_Symbol", "Entrez_Gene_Id", "Center", "NCBI_Build", "Chromosome", "Start_Position", "End_Position", "Strand",
    "Variant_Classification", "Variant_Type", "Reference_Allele", "Tumor_Seq_Allele1", "Tumor_Seq_Allele2", "dbSNP_RS",
    "dbSNP_Val_Status", "Tumor_Sample_Barcode", "Matched_Norm_Sample_Barcode", "Match_Norm_Seq_Allele1",
    "Match_Norm_Seq_Allele2", "Tumor_Validation_Allele1", "Tumor_Validation_Allele2", "Match_Norm_Validation_Allele1",
    "Match_Norm_Validation_Allele2", "Verification_Status", "Validation_Status", "Mutation_Status", "Sequencing_Phase",
    "Sequence_Source", "Validation_Method", "Score", "BAM_File", "Sequencer", "Tumor_Sample_UUID",
    "Matched_Norm_Sample_UUID", "HGVSc", "HGVSp", "HGVSp_Short", "Transcript_ID", "Exon_Number", "t_depth",
    "t_ref_count", "t_alt_count", "n_depth", "n_ref_count", "n_alt_count", "all_effects", "Allele", "Gene", "Feature",
    "Feature_type", "Consequence", "cDNA_position", "CDS_position", "Protein_position", "Amino_acids", "Codons", "FILTER",
    "QUAL",
)  # fmt: skip

# Sequence Ontology to MAF's classes, first match wins. Frame-shift and in-frame depend on the variant's type.
_CLASSES: tuple[tuple[frozenset[str], str], ...] = (
    (frozenset({"splice_donor_variant", "splice_acceptor_variant", "exon_loss_variant", "transcript_ablation"}), "Splice_Site"),
    (frozenset({"stop_gained"}), "Nonsense_Mutation"),
    (frozenset({"frameshift_variant"}), "Frame_Shift"),
    (frozenset({"stop_lost"}), "Nonstop_Mutation"),
    (frozenset({"start_lost", "initiator_codon_variant"}), "Translation_Start_Site"),
    (frozenset({"inframe_insertion", "inframe_deletion", "conservative_inframe_insertion", "conservative_inframe_deletion",
                "disruptive_inframe_insertion", "disruptive_inframe_deletion", "protein_altering_variant"}), "In_Frame"),
    (frozenset({"missense_variant"}), "Missense_Mutation"),
    (frozenset({"splice_region_variant", "splice_donor_5th_base_variant", "splice_polypyrimidine_tract_variant",
                "splice_donor_region_variant"}), "Splice_Region"),
    (frozenset({"synonymous_variant", "stop_retained_variant", "start_retained_variant",
                "incomplete_terminal_codon_variant"}), "Silent"),
    (frozenset({"5_prime_UTR_variant", "5_prime_UTR_premature_start_codon_gain_variant"}), "5'UTR"),
    (frozenset({"3_prime_UTR_variant"}), "3'UTR"),
    (frozenset({"intron_variant", "intragenic_variant"}), "Intron"),
    (frozenset({"upstream_gene_variant", "TF_binding_site_variant"}), "5'Flank"),
    (frozenset({"downstream_gene_variant"}), "3'Flank"),
    (frozenset({"non_coding_transcript_exon_variant", "non_coding_transcript_variant"}), "RNA"),
    (frozenset({"intergenic_region", "intergenic_variant"}), "IGR"),
)  # fmt: skip


def maf_alleles(position: int, reference: str, alternate: str) -> tuple[int, int, str, str]:
    """Start, end (1-based), reference and alternate in MAF's convention: no anchor, `-` for nothing.

    >>> maf_alleles(99, "GAT", "G"), maf_alleles(99, "G", "GAT")
    ((101, 102, 'AT', '-'), (100, 101, '-', 'AT'))
    """
    while reference and alternate and reference[0] == alternate[0]:
        position, reference, alternate = position + 1, reference[1:], alternate[1:]
    while reference and alternate and reference[-1] == alternate[-1]:
        reference, alternate = reference[:-1], alternate[:-1]
    if not reference:
        return position, position + 1, "-", alternate
    return position + 1, position + len(reference), reference, alternate or "-"


def variant_type(reference: str, alternate: str) -> str:
    """SNP, DNP, TNP, ONP, INS or DEL."""
    if reference == "-" or (alternate != "-" and len(alternate) > len(reference)):
        return "INS"
    if alternate == "-" or len(alternate) < len(reference):
        return "DEL"
    return {1: "SNP", 2: "DNP", 3: "TNP"}.get(len(reference), "ONP")


def variant_classification(effect: Effect | None, reference: str, alternate: str) -> str:
    """MAF's class of the most severe consequence."""
    if effect is None:
        return "IGR"
    for term in effect.consequences:
        for terms, name in _CLASSES:
            if term in terms:
                kind = "Ins" if variant_type(reference, alternate) == "INS" else "Del"
                return f"{name}_{kind}" if name in ("Frame_Shift", "In_Frame") else name
    return "Unknown"


def splice_name(effect: Effect) -> str:
    """cBioPortal's name of a splice site change, `p.X1010_splice`; empty for anything else."""
    if not {"splice_donor_variant", "splice_acceptor_variant"} & set(effect.consequences):
        return ""
    digits = ""
    for character in effect.hgvs_c.removeprefix("c."):
        if not character.isdigit():
            break
        digits += character
    return f"p.X{(int(digits) + 2) // 3}_splice" if digits else ""


@dataclass(frozen=True, slots=True)
class MafAllele:
    """The change that a row names, without anchor bases: `contig[position, position + len(reference))` is replaced."""

    sample: str
    build: str
    chromosome: str
    position: int  # 0-based
    reference: str  # empty for an insertion
    alternate: str  # empty for a deletion


def read_maf(path: Path | str) -> Iterator[MafAllele]:
    """The changes that the rows of a MAF name, in order; plain or gzipped, any line end.

    Raises: MissingInputError; InputError with the row when a column is missing or a position is no number.
    """
    needed = ("Chromosome", "Start_Position", "Reference_Allele", "Tumor_Seq_Allele2", "Tumor_Sample_Barcode")
    lines = (line for line in read_lines(path, what="the MAF") if line and not line.startswith("#"))
    rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    missing = [name for name in needed if name not in (rows.fieldnames or ())]
    if missing:
        raise InputError(f"the column {missing[0]} is missing", where=str(path), fix="give a MAF 2.4")
    for number, row in enumerate(rows, 1):
        where = f"{path}, data row {number}"
        if any(row[name] is None for name in needed):
            raise InputError("the row ends too early", where=where, fix="mend the row")
        start = row["Start_Position"]
        if not start.isascii() or not start.isdigit():
            raise InputError(f"{start!r} is no position", where=where, fix="mend the row")
        reference, alternate = (row[c].replace("-", "") for c in ("Reference_Allele", "Tumor_Seq_Allele2"))
        # Of an insertion the start is the base before: as a 0-based position, the first base after it.
        position = int(start) - (1 if reference else 0)
        yield MafAllele(
            row["Tumor_Sample_Barcode"],
            row.get("NCBI_Build") or "",
            row["Chromosome"],
            position,
            reference,
            alternate,
        )
