"""MAF 2.4 of annotated calls or of findings, as cBioPortal, OncoKB's annotator and maftools read it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from oncopipe.data.builds import CHROMOSOME_LENGTHS
from oncopipe.data.findings import Identity, Support, Variant
from oncopipe.data.variants import AlleleCounts, AnnotatedCalls, AnnotatedVariant, Effect
from oncopipe.errors import InputError, ReferenceMismatchError
from oncopipe.exports.shape import Batch, Format, build_of
from oncopipe.exports.tables import lines_of
from oncopipe.io.findings_stream import FindingsFile
from oncopipe.io.maf import COLUMNS, maf_alleles, splice_name, variant_classification, variant_type
from oncopipe.io.output import whole_file
from oncopipe.io.vcf_lines import is_sequence

MAX_PROTEIN_NAME = 255  # what a cBioPortal study may hold in HGVSp_Short
_SUBSTITUTION = re.compile(r"p\.\(?([A-Z])\d+([A-Z*])\)?")
_RESIDUE = re.compile(r"p\.\(?[A-Z][a-z]{0,2}(\d+)")


def write_maf(calls: AnnotatedCalls, path: Path | str, *, build: str, all_filters: bool = False) -> int:
    """Write the PASS calls (or all) of a tumor sample as MAF 2.4, whole or not at all; the number of rows.

    build: GRCh37 or GRCh38. Symbolic alleles and breakends have no row: MAF cannot say them.

    Raises: ReferenceMismatchError when the header's contigs are those of the other build; InputError when a name
    holds a tab or a line end; OutputError.
    """
    _check_build(calls.calls.contig_lengths, build)
    chosen = [v for v in calls.variants if (all_filters or v.is_pass) and is_sequence(v.alternate)]
    rows = [maf_row(v, calls.calls.tumor_sample, calls.calls.normal_sample, build) for v in chosen]
    for v, row in zip(chosen, rows, strict=True):
        if any(not cell.isprintable() for cell in row.values()):
            raise InputError("a name holds a tab or another control character", where=v.where, fix="repair the names")
    _write(path, rows)
    return len(rows)


def write_maf_of_findings(batch: Batch, path: Path) -> None:
    """The variants of all findings as one MAF. Names keep one line; text that a spreadsheet would run is inert."""
    _write(path, (row for file in batch.files() for row in maf_rows(file)))


FORMAT = Format(
    name="maf",
    about="MAF 2.4, as cBioPortal, OncoKB's annotator and maftools read it.",
    makes="file",
    suffix="cohort.maf",
    write=write_maf_of_findings,
    options=("calls",),
)


def maf_rows(file: FindingsFile) -> Iterator[dict[str, str]]:
    """One row a variant of the findings. What only the VCF knows (gene id, other transcripts, cDNA place) is empty."""
    build = build_of(file.head)
    for variant in file.variants():
        yield maf_row_of_variant(variant, file.head.identity, build)


def maf_row_of_variant(variant: Variant, identity: Identity, build: str) -> dict[str, str]:
    """The MAF columns of one variant of the findings.

    METHOD: findings count fragments that speak and those with the allele; the reference count is their difference,
    so that alternate / (reference + alternate) is the VAF of the report.
    """
    residue = _RESIDUE.match(variant.hgvs_p or variant.hgvs_p_short or "")
    effect = Effect(
        allele=variant.alternate,
        consequences=tuple(variant.consequence),
        impact=variant.impact or "",
        gene=variant.gene or "",
        feature_type="transcript" if variant.transcript else "",
        transcript=variant.transcript or "",
        hgvs_c=variant.hgvs_c or "",
        hgvs_p=variant.hgvs_p or "",
        protein_position=int(residue[1]) if residue else None,
    )
    known = bool(variant.gene or variant.consequence)
    annotated = AnnotatedVariant(
        contig=variant.chromosome,
        position=variant.position - 1,
        identifier=None,
        reference=variant.reference,
        alternate=variant.alternate,
        quality=variant.quality,
        filters=tuple(variant.filters),
        tumor=_counts(variant.tumor),
        normal=_counts(variant.normal) if variant.normal else None,
        effects=(effect,) if known else (),
        transcript_choice=variant.transcript_choice,
        population_frequency=variant.population_frequency,
    )
    row = maf_row(annotated, identity.sample, identity.normal, build)
    if variant.hgvs_p_short:
        row["HGVSp_Short"] = one_change(variant.hgvs_p_short)
    return row | {"Exon_Number": variant.exon or "", "all_effects": ""}


def one_change(name: str) -> str:
    """A protein name when it is that of one change, as HGVSp_Short must be; else empty.

    >>> one_change("p.V600E"), one_change("p.[V600E;K601N]"), one_change("V600E,K601N")
    ('p.V600E', '', '')
    """
    is_one = not set(",;") & set(name) and "p." not in name[1:] and len(name) <= MAX_PROTEIN_NAME
    return name if is_one else ""


def _counts(support: Support) -> AlleleCounts:
    return AlleleCounts(support.depth, support.depth - support.alternate, support.alternate)


def _write(path: Path | str, rows: Iterable[dict[str, str]]) -> None:
    with whole_file(path) as part, part.open("w", encoding="utf-8", newline="\n") as out:
        out.write("#version 2.4\n")
        out.writelines(lines_of(COLUMNS, rows))


def _check_build(contig_lengths: dict[str, int], build: str) -> None:
    other = {"GRCh37": "GRCh38", "GRCh38": "GRCh37"}[build]
    for name, length in contig_lengths.items():
        if length == CHROMOSOME_LENGTHS[other].get(name.removeprefix("chr")):
            raise ReferenceMismatchError(
                f"the calls were made on {other}: contig {name} has {length} bases", where="the header of the calls",
                fix=f"say --build {other}",
            )  # fmt: skip


def maf_row(v: AnnotatedVariant, tumor: str, normal: str | None, build: str) -> dict[str, str]:
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
        "Tumor_Sample_Barcode": tumor,
        "Matched_Norm_Sample_Barcode": normal or "",
        # Without a normal nobody knows; a call that did not pass is not said to be somatic.
        "Mutation_Status": "Somatic" if normal and v.is_pass else "",
        "Allele": alternate,
        "FILTER": ";".join(v.filters) or "PASS",
        "QUAL": f"{v.quality:.2f}" if v.quality is not None else "",
    }
    if normal:
        row |= {"Match_Norm_Seq_Allele1": reference, "Match_Norm_Seq_Allele2": reference}
    for prefix, counts in (("t", v.tumor), ("n", v.normal)):
        if counts is not None:
            numbers = (counts.depth, counts.reference, counts.alternate)
            names = (f"{prefix}_depth", f"{prefix}_ref_count", f"{prefix}_alt_count")
            row |= dict(zip(names, map(str, numbers), strict=True))
    return row | (_names(effect) if effect else {}) | {"all_effects": _all_effects(v.effects)}


def _names(effect: Effect) -> dict[str, str]:
    def pair(first: int | None, total: int | None) -> str:
        return "" if first is None else f"{first}/{total}" if total is not None else str(first)

    return {
        "HGVSc": effect.hgvs_c,
        "HGVSp": effect.hgvs_p,
        "HGVSp_Short": one_change(effect.hgvs_p_short) or splice_name(effect),
        "Transcript_ID": effect.transcript,
        "Exon_Number": effect.exon or "",
        "Gene": effect.gene_id,
        "Feature": effect.transcript,
        "Feature_type": effect.feature_type,
        "Consequence": ",".join(effect.consequences),
        "cDNA_position": pair(effect.cdna_position, effect.cdna_length),
        "CDS_position": pair(effect.cds_position, effect.cds_length),
        "Protein_position": pair(effect.protein_position, effect.protein_length),
        "Amino_acids": amino_acids(effect.hgvs_p_short),
    }


def amino_acids(name: str) -> str:
    """The residues of a substitution, before and after, as VEP writes them; empty for any other change.

    >>> amino_acids("p.V600E"), amino_acids("p.R213*"), amino_acids("p.E746_A750del")
    ('V/E', 'R/*', '')
    """
    found = _SUBSTITUTION.fullmatch(name)
    return f"{found[1]}/{found[2]}" if found else ""


def _all_effects(effects: tuple[Effect, ...]) -> str:
    parts = (",".join([e.gene, e.consequence, e.hgvs_p, e.transcript, e.hgvs_c, e.impact]) for e in effects)
    return ";".join(part.replace("\t", " ") for part in parts)
