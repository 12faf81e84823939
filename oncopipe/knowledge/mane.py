"""MANE: the transcript on which Ensembl and RefSeq agree, by gene."""

from __future__ import annotations

import re
from pathlib import Path

from oncopipe.knowledge.tables import Reading, Row, merge_twice, read_table

COLUMNS = ("gene", "ensembl", "refseq", "status")
# The summary of NCBI, and the shorter list of vcf2maf.
_GENE, _ENSEMBL, _REFSEQ = ("symbol", "gene_name"), ("Ensembl_nuc", "enst_id"), ("RefSeq_nuc", "refseq_id")
_STATUS = ("MANE Select", "MANE Plus Clinical")


def read_mane(path: Path) -> Reading:
    """Genes with their transcripts. Raises: MissingInputError; InputError when the columns are others."""
    return merge_twice(read_table(path, (_GENE, _ENSEMBL, _REFSEQ)), _row, n_key=4)


def _row(row: Row) -> tuple[str, ...] | str:
    gene, ensembl, refseq = row.get(*_GENE), row.get(*_ENSEMBL), row.get(*_REFSEQ)
    status = row.get("MANE_status") or "MANE Select"
    if (
        not gene
        or not re.fullmatch(r"ENST\d+(?:\.\d+)?", ensembl)
        or not re.fullmatch(r"N[MR]_\d+(?:\.\d+)?", refseq)
    ):
        return f"no gene or no transcript: {gene} {ensembl[:20]} {refseq[:20]}"
    return (gene, ensembl, refseq, status) if status in _STATUS else f"unknown status: {status[:30]}"
