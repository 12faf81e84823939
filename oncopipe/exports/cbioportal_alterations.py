"""Copy number, segments and structural variants as the data files of a cBioPortal study."""

from __future__ import annotations

from oncopipe.data.alterations import Alterations, Breakend, StructuralVariant
from oncopipe.data.builds import CHROMOSOME_LENGTHS
from oncopipe.errors import ReferenceMismatchError
from oncopipe.exports.tables import Cell, line, lines_of

SEG_COLUMNS = ("ID", "chrom", "loc.start", "loc.end", "num.mark", "seg.mean")
SV_COLUMNS = (
    "Sample_Id", "SV_Status", "Site1_Hugo_Symbol", "Site1_Entrez_Gene_Id", "Site1_Ensembl_Transcript_Id",
    "Site1_Region_Number", "Site1_Region", "Site1_Chromosome", "Site1_Contig", "Site1_Position", "Site1_Description",
    "Site2_Hugo_Symbol", "Site2_Entrez_Gene_Id", "Site2_Ensembl_Transcript_Id", "Site2_Region_Number", "Site2_Region",
    "Site2_Chromosome", "Site2_Contig", "Site2_Position", "Site2_Description", "Site2_Effect_On_Frame", "NCBI_Build",
    "Class", "Tumor_Split_Read_Count", "Tumor_Paired_End_Read_Count", "Event_Info",
)  # fmt: skip


def copy_number_files(alterations: Alterations, build: str) -> dict[str, str]:
    """`data_cna.txt` (genes by samples) and `data_cna_seg.seg`; a file of which nothing is known is absent.

    A sample of the table whose gene is not in it has `NA` there: not measured is not neutral. Segments without a log2
    ratio, and those outside chromosomes 1 to 22, X and Y, have no row: the portal cannot draw them.

    Raises: ReferenceMismatchError when a segment ends beyond its chromosome in this build.
    """
    files: dict[str, str] = {}
    if alterations.genes:
        names = list(dict.fromkeys(g.sample for g in alterations.genes))
        states = {(g.gene, g.sample): g.state for g in alterations.genes}
        rows: list[dict[str, Cell]] = []
        for gene in sorted({g.gene for g in alterations.genes}):
            known: dict[str, Cell] = {name: states.get((gene, name), "NA") for name in names}
            rows.append({"Hugo_Symbol": gene, "Entrez_Gene_Id": "", **known})
        files["data_cna.txt"] = "".join(lines_of(("Hugo_Symbol", "Entrez_Gene_Id", *names), rows))
    lengths = CHROMOSOME_LENGTHS[build]
    segments = [s for s in alterations.segments if s.log2_ratio is not None and s.chromosome in lengths]
    for s in segments:
        if s.end > lengths[s.chromosome]:
            raise ReferenceMismatchError(
                f"a segment of sample {s.sample} ends at {s.chromosome}:{s.end}, beyond the chromosome's end in {build}",
                fix="give the segments on the build of the findings",
            )
    if segments:
        rows_seg = [line((s.sample, s.chromosome, s.start, s.end, s.n_markers or 0, s.log2_ratio)) for s in segments]
        files["data_cna_seg.seg"] = "".join([line(SEG_COLUMNS), *rows_seg])
    return files


def structural_files(alterations: Alterations, build: str) -> dict[str, str]:
    """`data_sv.txt`; without rows where samples were examined and nothing was found, absent when nothing is known."""
    if not alterations.structural and not alterations.sv_examined:
        return {}
    return {"data_sv.txt": "".join(lines_of(SV_COLUMNS, (_sv_row(sv, build) for sv in alterations.structural)))}


def sv_name(sv: StructuralVariant) -> str:
    """The event in words: "EML4-ALK fusion".

    >>> sv_name(StructuralVariant("S", Breakend("EML4"), Breakend("ALK"), "FUSION"))
    'EML4-ALK fusion'
    """
    genes = "-".join(gene for gene in (sv.first.gene, sv.second.gene) if gene)
    return f"{genes} {sv.kind.lower() if sv.kind != 'UNKNOWN' else 'rearrangement'}"


def _sv_row(sv: StructuralVariant, build: str) -> dict[str, Cell]:
    def site(end: Breakend, number: int) -> dict[str, Cell]:
        prefix = f"Site{number}_"
        return {
            f"{prefix}Hugo_Symbol": end.gene,
            f"{prefix}Ensembl_Transcript_Id": end.transcript,
            f"{prefix}Region_Number": end.exon,
            f"{prefix}Region": "EXON" if end.exon is not None else "",
            f"{prefix}Chromosome": end.chromosome,
            f"{prefix}Position": end.position,
        }

    return {
        "Sample_Id": sv.sample,
        "SV_Status": sv.status,
        **site(sv.first, 1),
        **site(sv.second, 2),
        "Site2_Effect_On_Frame": sv.frame,
        "NCBI_Build": build,
        "Class": sv.kind,
        "Tumor_Split_Read_Count": sv.split_reads,
        "Tumor_Paired_End_Read_Count": sv.paired_reads,
        "Event_Info": sv_name(sv),
    }
