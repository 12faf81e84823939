"""Annotated calls as MAF 2.4: the columns of the GDC's format in vcf2maf's order, then what we know beyond them."""

from __future__ import annotations

from pathlib import Path

from oncopipe.data.variants import AnnotatedCalls, AnnotatedVariant, Effect
from oncopipe.errors import InputError, ReferenceMismatchError
from oncopipe.io.output import write_text
from oncopipe.io.vcf_lines import is_sequence

# Lengths of a few long chromosomes that tell the builds apart (GRC, GRCh37 and GRCh38).
BUILD_LENGTHS: dict[str, dict[str, int]] = {
    "GRCh37": {"1": 249250621, "2": 243199373, "7": 159138663, "17": 81195210, "20": 63025520, "X": 155270560},
    "GRCh38": {"1": 248956422, "2": 242193529, "7": 159345973, "17": 83257441, "20": 64444167, "X": 156040895},
}

COLUMNS = (
    "Hugo_Symbol", "Entrez_Gene_Id", "Center", "NCBI_Build", "Chromosome", "Start_Position", "End_Position", "Strand",
    "Variant_Classification", "Variant_Type", "Reference_Allele", "Tumor_Seq_Allele1", "Tumor_Seq_Allele2", "dbSNP_RS",
    "dbSNP_Val_Status", "Tumor_Sample_Barcode", "Matched_Norm_Sample_Barcode", "Match_Norm_Seq_Allele1",
    "Match_Norm_Seq_Allele2", "Tumor_Validation_Allele1", "Tumor_Validation_Allele2", "Match_Norm_Validation_Allele1",
    "Match_Norm_Validation_Allele2", "Verification_Status", "Validation_Status", "Mutation_Status", "Sequencing_Phase",
    "Sequence_Source", "Validation_Method", "Score", "BAM_File", "Sequencer", "Tumor_Sample_UUID",
    "Matched_Norm_Sample_UUID", "HGVSc", "HGVSp", "HGVSp_Short", "Transcript_ID", "Exon_Number", "t_depth",
    "t_ref_count", "t_alt_count", "n_depth", "n_ref_count", "n_alt_count", "all_effects", "Allele", "Gene", "Feature",
    "Feature_type", "Consequence", "cDNA_position", "CDS_position", "Protein_position", "FILTER", "QUAL",
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


def write_maf(calls: AnnotatedCalls, path: Path | str, *, build: str, all_filters: bool = False) -> int:
    """Write the PASS calls (or all) of a tumor sample as MAF 2.4, whole or not at all; the number of rows.

    build: GRCh37 or GRCh38. Symbolic alleles and breakends have no row: MAF cannot say them.

    Raises: ReferenceMismatchError when the header's contigs are those of the other build; InputError when a name
    holds a tab or a line end; OutputError.
    """
    _check_build(calls.calls.contig_lengths, build)
    chosen = [v for v in calls.variants if (all_filters or v.is_pass) and is_sequence(v.alternate)]
    rows = [maf_row(v, calls, build) for v in chosen]
    for v, row in zip(chosen, rows, strict=True):
        if any(not cell.isprintable() for cell in row.values()):
            raise InputError("a name holds a tab or another control character", where=v.where, fix="repair the names")
    lines = ["#version 2.4", "\t".join(COLUMNS), *("\t".join(row[c] for c in COLUMNS) for row in rows)]
    write_text(path, "\n".join(lines) + "\n")
    return len(rows)


def _check_build(contig_lengths: dict[str, int], build: str) -> None:
    other = {"GRCh37": "GRCh38", "GRCh38": "GRCh37"}[build]
    for name, length in contig_lengths.items():
        if length == BUILD_LENGTHS[other].get(name.removeprefix("chr")):
            raise ReferenceMismatchError(
                f"the calls were made on {other}: contig {name} has {length} bases", where="the header of the calls",
                fix=f"say --build {other}",
            )  # fmt: skip


def maf_row(v: AnnotatedVariant, calls: AnnotatedCalls, build: str) -> dict[str, str]:
    """One allele as MAF columns; what is not known is empty."""
    start, end, reference, alternate = maf_alleles(v.position, v.reference, v.alternate)
    effect = v.effect
    row = dict.fromkeys(COLUMNS, "")
    row |= {
        "Hugo_Symbol": (effect.gene if effect else "") or "Unknown",
        "Entrez_Gene_Id": "0",
        "NCBI_Build": build,
        "Chromosome": "MT" if v.contig == "chrM" else v.contig.removeprefix("chr"),
        "Start_Position": str(start),
        "End_Position": str(end),
        "Strand": "+",
        "Variant_Classification": variant_classification(effect, reference, alternate),
        "Variant_Type": variant_type(reference, alternate),
        "Reference_Allele": reference,
        "Tumor_Seq_Allele1": reference,
        "Tumor_Seq_Allele2": alternate,
        "dbSNP_RS": ",".join(x for x in (v.identifier or "").split(";") if x.startswith("rs")),
        "Tumor_Sample_Barcode": calls.calls.tumor_sample,
        "Matched_Norm_Sample_Barcode": calls.calls.normal_sample or "",
        # Without a normal nobody knows; a call that did not pass is not said to be somatic.
        "Mutation_Status": "Somatic" if calls.calls.normal_sample and v.is_pass else "",
        "Allele": alternate,
        "FILTER": ";".join(v.filters) or "PASS",
        "QUAL": f"{v.quality:.2f}" if v.quality is not None else "",
    }
    if calls.calls.normal_sample:
        row |= {"Match_Norm_Seq_Allele1": reference, "Match_Norm_Seq_Allele2": reference}
    for prefix, counts in (("t", v.tumor), ("n", v.normal)):
        if counts is not None:
            numbers = (counts.depth, counts.reference, counts.alternate)
            names = (f"{prefix}_depth", f"{prefix}_ref_count", f"{prefix}_alt_count")
            row |= dict(zip(names, map(str, numbers), strict=True))
    return row | (_names(effect) if effect else {}) | {"all_effects": _all_effects(v.effects)}


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


def _names(effect: Effect) -> dict[str, str]:
    def pair(first: int | None, total: int | None) -> str:
        return "" if first is None else f"{first}/{total}" if total is not None else str(first)

    return {
        "HGVSc": effect.hgvs_c,
        "HGVSp": effect.hgvs_p,
        "HGVSp_Short": effect.hgvs_p_short or splice_name(effect),
        "Transcript_ID": effect.transcript,
        "Exon_Number": effect.exon or "",
        "Gene": effect.gene_id,
        "Feature": effect.transcript,
        "Feature_type": effect.feature_type,
        "Consequence": ",".join(effect.consequences),
        "cDNA_position": pair(effect.cdna_position, effect.cdna_length),
        "CDS_position": pair(effect.cds_position, effect.cds_length),
        "Protein_position": pair(effect.protein_position, effect.protein_length),
    }


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


def _all_effects(effects: tuple[Effect, ...]) -> str:
    parts = (",".join([e.gene, e.consequence, e.hgvs_p, e.transcript, e.hgvs_c, e.impact]) for e in effects)
    return ";".join(part.replace("\t", " ") for part in parts)
