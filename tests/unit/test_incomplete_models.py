"""Transcripts whose start is not known: the reading frame follows the phase of the first part, 1 and 2 as well as 0."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from oncopipe.annotation.alleles import change_of
from oncopipe.annotation.annotator import Annotator
from oncopipe.annotation.transcripts import GeneModels
from oncopipe.data.variants import Effect
from oncopipe.io.fasta import open_reference
from oncopipe.io.gff3 import read_gff3
from tests.gene_models import MadeGene, gff3_of, make_genes, write_genome


def without_first_exons(text: str, gene: MadeGene, n: int) -> tuple[str, int]:
    """The gene models with the first `n` exons of the gene's transcript and their CDS left out, and the phase that the
    CDS then begins with; the models of all other genes are left out."""
    first, last = gene.exons[n:][0][0], gene.exons[-1][1]
    if gene.strand == "-":
        kept = gene.exons[: len(gene.exons) - n]
        first, last = kept[0][0], kept[-1][1]
    lines, phases = [], {}
    for line in text.splitlines():
        cells = line.split("\t")
        if line.startswith("#"):
            lines.append(line)
        elif f"{gene.name};" in cells[8] + ";":
            start, end = int(cells[3]) - 1, int(cells[4])
            if cells[2] in ("gene", "mRNA"):
                lines.append("\t".join([*cells[:3], str(first + 1), str(last), *cells[5:]]))
            elif start >= first and end <= last:
                lines.append(line)
                if cells[2] == "CDS":
                    phases[start] = int(cells[7])
    begin = min(phases) if gene.strand == "+" else max(phases)
    return "\n".join(lines) + "\n", phases[begin]


def effects(annotator: Annotator, contig: str, positions: range) -> dict[tuple[int, str], Effect]:
    found = {}
    for position in positions:
        for base in set("ACGT") - {contig[position]}:
            change = change_of(annotator.sequence, "1", position, contig[position], base)
            assert change is not None
            found[position, base] = annotator.names(change, base).effects[0]
    return found


def test_names__of_a_cut_transcript_are_those_of_the_whole_but_for_the_count(tmp_path: Path) -> None:
    phases: Counter[tuple[str, int]] = Counter()
    for seed in range(61, 75):
        contig, genes = make_genes(seed)
        fasta, gff3 = write_genome(tmp_path, contig, genes)
        text = gff3_of(contig, genes)
        for gene in genes:
            if gene.coding is None or len(gene.exons) < 3:
                continue
            ordered = gene.exons if gene.strand == "+" else gene.exons[::-1]
            coding = [i for i, (s, e) in enumerate(ordered) if s < gene.coding[1] and e > gene.coding[0]]
            if len(coding) < 2:
                continue
            cut, phase = without_first_exons(text, gene, coding[0] + 1)
            gff3.write_text(cut)
            with open_reference(fasta) as reference:
                part = Annotator(reference, GeneModels(read_gff3(gff3, reference.lengths)))
                gff3.write_text(text)
                whole = Annotator(reference, GeneModels(read_gff3(gff3, reference.lengths)))
                exon = ordered[coding[1]]
                span = range(max(exon[0], gene.coding[0]), min(exon[1], gene.coding[1]))
                compare(effects(part, contig, span), effects(whole, contig, span))
            phases[gene.strand, phase] += 1
    assert all(phases[strand, phase] >= 2 for strand in "+-" for phase in (0, 1, 2)), phases


def compare(part: dict[tuple[int, str], Effect], whole: dict[tuple[int, str], Effect]) -> None:
    """Whole codons have the same residues and one difference in their numbers; the codon that is cut has no name."""
    differences: Counter[int] = Counter()
    n_unnamed = 0
    for key, effect in part.items():
        other = whole[key]
        if effect.protein_position == 1 and not effect.hgvs_p:
            assert effect.consequences[0] == "coding_sequence_variant"
            n_unnamed += 1
            continue
        assert effect.hgvs_p and other.hgvs_p
        if "ext" not in other.hgvs_p:
            assert re.sub(r"\d+", "#", effect.hgvs_p) == re.sub(r"\d+", "#", other.hgvs_p), (key, effect, other)
        assert effect.protein_position is not None and other.protein_position is not None
        differences[other.protein_position - effect.protein_position] += 1
    assert len(differences) <= 1 and n_unnamed <= 6


@pytest.mark.parametrize("phase", [0, 1, 2])
def test_names__count_the_cut_codon_as_the_first(tmp_path: Path, phase: int) -> None:
    """With phase 1 or 2 the first whole codon is residue 2, as Ensembl counts."""
    bases = "GC"[:phase] + "GCTTCATTATCATAA"
    contig = "T" * 50 + bases + "C" * 50
    gene = MadeGene("G", "+", [(50, 50 + len(bases))], (50, 50 + len(bases)))
    fasta, gff3 = write_genome(tmp_path, contig, [gene])
    gff3.write_text(gff3.read_text().replace("+\t0\t", f"+\t{phase}\t"))
    with open_reference(fasta) as reference:
        annotator = Annotator(reference, GeneModels(read_gff3(gff3, reference.lengths)))
        change = change_of(annotator.sequence, "1", 50 + phase, "G", "A")
        assert change is not None
        (effect,) = annotator.names(change, "A").effects
    assert effect.hgvs_p == ("p.Ala1Thr" if phase == 0 else "p.Ala2Thr")
    assert ("WARNING_TRANSCRIPT_INCOMPLETE" in effect.messages) == (phase > 0)
