"""The quick ways of naming say what the general ways say."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.annotation import write_calls, write_models
from oncopipe.annotation.alleles import SequenceCache, change_of, reverse_complement
from oncopipe.annotation.annotator import Annotator, annotate
from oncopipe.annotation.consequences import seen_generally
from oncopipe.annotation.seen import entry_of
from oncopipe.annotation.single_base import base_entry
from oncopipe.annotation.transcripts import GeneModels, Ruler
from oncopipe.annotation.translation import translate_long
from oncopipe.data.amino_acids import MITOCHONDRIAL_CODE, STANDARD_CODE, translate
from oncopipe.io.annotated_vcf import format_effect
from oncopipe.io.fasta import open_reference
from oncopipe.io.gff3 import read_gff3
from oncopipe.options import AnnotateOptions
from tests.gene_models import make_genes, random_alleles, write_genome


@pytest.mark.parametrize("promoter", [0, 25])
def test_base_entry__is_what_the_general_way_sees_at_every_base(tmp_path: Path, promoter: int) -> None:
    contig, genes = make_genes(31, 12)
    fasta, gff3 = write_genome(tmp_path, contig, genes)
    reference = open_reference(fasta)
    sequence = SequenceCache(reference)
    n = 0
    for transcript in read_gff3(gff3, reference.lengths):
        ruler = Ruler(transcript, sequence, promoter)
        for position in range(transcript.start - 40, transcript.end + 40):
            for base in set("ACGT") - {contig[position]}:
                change = change_of(sequence, "1", position, contig[position], base)
                assert change is not None
                own = (position, contig[position], base)
                if not ruler.is_forward:
                    own = (-1 - position, reverse_complement(contig[position]), reverse_complement(base))
                general = entry_of(seen_generally(change, ruler), ruler)
                assert base_entry(ruler, *own) == general, (transcript.identifier, position, base)
                n += 1
    assert n > 10_000


def test_names__are_the_texts_read_back(tmp_path: Path) -> None:
    contig, genes = make_genes(32, 12)
    fasta, gff3 = write_genome(tmp_path, contig, genes)
    reference = open_reference(fasta)
    annotator = Annotator(
        reference, GeneModels(read_gff3(gff3, reference.lengths)), AnnotateOptions(promoter_genes="GENE1,GENE4")
    )
    for position, ref, alt in random_alleles(random.Random(32), contig, genes, 1500):
        change = change_of(annotator.sequence, "1", position, ref, alt)
        assert change is not None
        names = annotator.names(change, alt)
        texts, reason = annotator.texts(change, alt)
        assert texts == [format_effect(effect) for effect in names.effects]
        assert reason == names.choice


@given(st.text("ACGTN", max_size=40), st.booleans())
def test_translate_long__is_translate(bases: str, is_mitochondrial: bool) -> None:
    code = MITOCHONDRIAL_CODE if is_mitochondrial else STANDARD_CODE
    assert translate_long(bases, code) == translate(bases, code)


def test_promoter__bases_before_the_transcript_and_its_first_utr_in_the_listed_genes_only(tmp_path: Path) -> None:
    contig, genes = make_genes(33)
    fasta, gff3 = write_genome(tmp_path, contig, genes)
    reference = open_reference(fasta)
    options = AnnotateOptions(promoter_genes="GENE0, GENE1", promoter_bases=30)
    annotator = Annotator(reference, GeneModels(read_gff3(gff3, reference.lengths)), options)

    def terms(gene: int, before: int) -> tuple[str, ...]:
        """Of the base that lies `before` bases before the transcript (0: its first base)."""
        made = genes[gene]
        position = made.exons[0][0] - before if made.strand == "+" else made.exons[-1][1] - 1 + before
        change = change_of(
            annotator.sequence, "1", position, contig[position], "A" if contig[position] != "A" else "C"
        )
        assert change is not None
        return next(e.consequences for e in annotator.names(change, "x").effects if e.gene == made.name)

    for gene in (0, 1):
        assert terms(gene, 1) == terms(gene, 30) == ("upstream_gene_variant", "regulatory_region_variant")
        assert terms(gene, 31) == ("upstream_gene_variant",)
        assert terms(gene, 0) == ("5_prime_UTR_variant", "regulatory_region_variant")
    assert terms(2, 1) == ("upstream_gene_variant",)
    assert terms(2, 0) == ("5_prime_UTR_variant",)


def test_annotate__of_the_benchmark_is_whole(tmp_path: Path) -> None:
    """The benchmark measures what it says: each allele gets entries of several transcripts."""
    genes = write_models(tmp_path, random.Random(1), n_genes=3)
    calls, output = tmp_path / "calls.vcf", tmp_path / "named.vcf.gz"
    write_calls(calls, tmp_path / "genome.fa", genes, 300, 0.9)
    counts = annotate(calls, tmp_path / "genome.fa", tmp_path / "genes.gff3", output)
    assert counts.n_records == counts.n_alleles == 300
    assert counts.n_with_transcript > 290
