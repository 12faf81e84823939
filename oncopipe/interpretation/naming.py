"""Candidates of the evidence with names: alleles that the VCF of calls does not hold, named by the gene models."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from oncopipe.annotation.alleles import change_of
from oncopipe.annotation.annotator import Annotator
from oncopipe.annotation.transcripts import GeneModels
from oncopipe.data.variants import AlleleCounts, AnnotatedVariant
from oncopipe.io.fasta import open_reference
from oncopipe.io.gff3 import read_gff3
from oncopipe.io.judged import NORMAL, TUMOR, Candidate


def name_candidates(
    candidates: Iterable[Candidate], reference: Path, genes: Path, *, has_normal: bool
) -> list[AnnotatedVariant]:
    """Each candidate as an annotated variant, with its counts and the names of its filters."""
    with open_reference(reference) as fasta:
        models = GeneModels(read_gff3(genes, fasta.lengths))
        annotator = Annotator(fasta, models)
        return [_named(c, annotator, has_normal) for c in candidates]


def _named(c: Candidate, annotator: Annotator, has_normal: bool) -> AnnotatedVariant:
    change = change_of(annotator.sequence, c.chromosome, c.position, c.reference, c.alternate)
    names = annotator.names(change, c.alternate) if change else None
    return AnnotatedVariant(
        contig=c.chromosome,
        position=c.position,
        identifier=None,
        reference=c.reference,
        alternate=c.alternate,
        quality=None,
        filters=tuple(c.failed) or ("PASS",),
        tumor=_counts(c, TUMOR),
        normal=_counts(c, NORMAL) if has_normal else None,
        effects=names.effects if names else (),
        transcript_choice=names.choice if names else None,
        population_frequency=c.population_frequency or None,
    )


def _counts(c: Candidate, sample: int) -> AlleleCounts:
    return AlleleCounts(c.depth(sample), c.references(sample), c.alternates(sample))
