"""FASTQ to aligned reads: a sorted, duplicate-marked, indexed BAM of one sample."""

from __future__ import annotations

from oncopipe.alignment.align import Lane, align_reads
from oncopipe.alignment.index import ensure_index
from oncopipe.alignment.staging import stage_aligner_index

__all__ = ["Lane", "align_reads", "ensure_index", "stage_aligner_index"]
