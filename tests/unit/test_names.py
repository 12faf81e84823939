"""Names are read back: a c. name must give the changed genome, a p. name the changed protein, however it was called."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from typing import cast

import pysam.bcftools
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oncopipe.annotation.alleles import Change, SequenceCache, change_of
from oncopipe.annotation.annotator import Annotator
from oncopipe.annotation.transcripts import GeneModels
from oncopipe.data.variants import Effect
from oncopipe.io.fasta import Reference, open_reference
from oncopipe.io.gff3 import read_gff3
from tests.gene_models import MadeGene, make_genes, random_alleles, write_genome
from tests.reference.hgvs import apply_coding_name, check_protein_name, protein_of
from tests.reference.places import is_coding_place, mutated_protein

SEEDS = (11, 12, 13, 14)
Made = tuple[str, list[MadeGene], Annotator]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> list[Made]:
    found = []
    for seed in SEEDS:
        contig, genes = make_genes(seed)
        fasta, gff3 = write_genome(tmp_path_factory.mktemp("made"), contig, genes)
        reference = open_reference(fasta)
        found.append((contig, genes, Annotator(reference, GeneModels(read_gff3(gff3, reference.lengths)))))
    return found


def effects(annotator: Annotator, change: Change, allele: str = "x") -> dict[str, Effect]:
    return {e.gene: e for e in annotator.names(change, allele).effects if e.gene}


def test_names__read_back_give_the_changed_genome_and_protein(made: list[Made]) -> None:
    checked: Counter[str] = Counter()
    for seed, (contig, genes, annotator) in zip(SEEDS, made, strict=True):
        for position, ref, alt in random_alleles(random.Random(seed), contig, genes, 1500):
            change = change_of(annotator.sequence, "1", position, ref, alt)
            assert change is not None
            expected = contig[:position] + alt + contig[position + len(ref) :]
            by_gene = effects(annotator, change)
            for gene in genes:
                if (effect := by_gene.get(gene.name)) is None:
                    continue
                assert apply_coding_name(contig, gene, effect.hgvs_c) == expected, (position, ref, alt, effect)
                checked["c"] += 1
                if effect.hgvs_p and effect.hgvs_p not in ("p.Met1?", "p.?"):
                    check_p(contig, gene, change, effect)
                    checked[effect.consequence] += 1
    assert checked["c"] > 5000 * 4
    assert all(checked[term] > 10 for term in
               ("missense_variant", "frameshift_variant", "inframe_deletion", "inframe_insertion", "stop_gained",
                "synonymous_variant", "stop_lost", "protein_altering_variant")), checked  # fmt: skip


def check_p(contig: str, gene: MadeGene, change: Change, effect: Effect) -> None:
    """The p. name gives the protein at one of the equal places, the most 3' one where it can."""
    forward = gene.strand == "+"
    places = (change.n_shifts, 0) if forward else (0, change.n_shifts)
    inside = [n for n in places if is_coding_place(gene, change, n)]
    assert inside, effect
    old, _ = protein_of(contig, gene)
    check_protein_name(effect.hgvs_p, old, mutated_protein(contig, gene, change, inside[0]))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(which=st.integers(0, len(SEEDS) - 1), seed=st.integers(0, 2**32))
def test_names__do_not_depend_on_how_the_allele_was_written(made: list[Made], which: int, seed: int) -> None:
    contig, genes, annotator = made[which]
    rng = random.Random(seed)
    position, ref, alt = random_alleles(rng, contig, genes, 1)[0]
    change = change_of(annotator.sequence, "1", position, ref, alt)
    assert change is not None
    expected = annotator.names(change, "x")
    for n in {0, change.n_shifts, rng.randint(0, change.n_shifts)}:
        start, end, inserted = change.shifted(n)
        left, right = rng.randint(1, 6), rng.randint(0, 6)
        padded_ref = contig[start - left : end + right]
        padded_alt = contig[start - left : start] + inserted + contig[end : end + right]
        again = change_of(annotator.sequence, "1", start - left, padded_ref, padded_alt)
        assert again == change
        assert annotator.names(again, "x") == expected


class Bases:
    """A reference of one contig."""

    def __init__(self, bases: str) -> None:
        self.bases, self.lengths = bases, {"1": len(bases)}

    def fetch(self, contig: str, start: int, end: int) -> str:
        return self.bases[max(0, start) : end]


@given(bases=st.text("ACGT", min_size=8, max_size=60), data=st.data())
@settings(max_examples=200, deadline=None)
def test_change_of__equals_only_for_equal_sequences(bases: str, data: st.DataObject) -> None:
    sequence = SequenceCache(cast(Reference, Bases(bases)))
    keys: dict[tuple[str, int, int, str], str] = {}
    results: dict[str, tuple[str, int, int, str]] = {}
    for _ in range(12):
        start = data.draw(st.integers(0, len(bases) - 2))
        end = data.draw(st.integers(start + 1, min(len(bases), start + 4)))
        alt = data.draw(st.text("ACGT", min_size=1, max_size=4))
        change = change_of(sequence, "1", start, bases[start:end], alt)
        result = bases[:start] + alt + bases[end:]
        if change is None:
            assert result == bases
            continue
        assert bases[: change.start] + change.inserted + bases[change.end :] == result
        assert keys.setdefault(change.key, result) == result
        assert results.setdefault(result, change.key) == change.key


def one(annotator: Annotator, gene: str, position: int, ref: str, alt: str) -> Effect:
    change = change_of(annotator.sequence, "1", position, ref, alt)
    assert change is not None
    return effects(annotator, change)[gene]


def small(folder: Path, cds: str, *, five: str = "CCTGA", three: str = "GCTTAAGG") -> tuple[Annotator, int]:
    """One gene on the forward strand around `cds`; the position of its first coding base."""
    contig = "T" * 50 + "C" + five + cds + three + "C" + "G" * 50
    start = 51 + len(five)
    gene = MadeGene("G", "+", [(51, 51 + len(five + cds + three))], (start, start + len(cds)))
    fasta, gff3 = write_genome(folder, contig, [gene])
    reference = open_reference(fasta)
    return Annotator(reference, GeneModels(read_gff3(gff3, reference.lengths))), start


@pytest.mark.parametrize(
    ("at", "ref", "alt", "c_name", "p_name", "terms"),
    [
        # cds: ATG GCT TCA TTA TCA TTA TAA
        (0, "A", "G", "c.1A>G", "p.Met1?", ("start_lost",)),
        (3, "G", "A", "c.4G>A", "p.Ala2Thr", ("missense_variant",)),
        (5, "T", "C", "c.6T>C", "p.Ala2=", ("synonymous_variant",)),
        (7, "C", "G", "c.8C>G", "p.Ser3Ter", ("stop_gained",)),
        (18, "T", "C", "c.19T>C", "p.Ter7GlnextTer2", ("stop_lost",)),
        (20, "A", "G", "c.21A>G", "p.Ter7=", ("stop_retained_variant",)),
        (5, "TTCA", "T", "c.8_10del", "p.Ser3del", ("inframe_deletion",)),
        (5, "TTCATTA", "T", "c.14_19del", "p.Ser5_Leu6del", ("inframe_deletion",)),
        (17, "A", "ATCATTA", "c.14_19dup", "p.Ser5_Leu6dup", ("inframe_insertion",)),
        (2, "GG", "G", "c.4del", "p.Ala2LeufsTer?", ("frameshift_variant",)),
        (3, "GCTTCA", "ACTTGA", "c.4_8delinsACTTG", "p.Ala2_Ser3delinsThrTer", ("stop_gained",)),
        (3, "GCT", "AAA", "c.4_6delinsAAA", "p.Ala2Lys", ("missense_variant",)),
        (3, "GCTTCA", "AAA", "c.4_8delinsAA", "p.Ala2_Ser3delinsLys", ("protein_altering_variant",)),
        (-1, "A", "G", "c.-1A>G", "", ("5_prime_UTR_variant",)),
        (22, "C", "G", "c.*2C>G", "", ("3_prime_UTR_variant",)),
        (-3, "TGAATG", "T", "c.-1_4del", "p.Met1?", ("start_lost", "coding_sequence_variant", "5_prime_UTR_variant")),
    ],
)
def test_names__of_the_textbook(
    tmp_path: Path, at: int, ref: str, alt: str, c_name: str, p_name: str, terms: tuple[str, ...]
) -> None:
    annotator, start = small(tmp_path, "ATGGCTTCATTATCATTATAA")
    effect = one(annotator, "G", start + at, ref, alt)
    assert (effect.hgvs_c, effect.hgvs_p, effect.consequences) == (c_name, p_name, terms)


# bcftools csq's words in the order of severity, and ours. It has one word for all of a transcript without a CDS.
CSQ = {
    "splice_acceptor": "splice_acceptor_variant", "splice_donor": "splice_donor_variant", "stop_gained": "stop_gained",
    "stop_lost": "stop_lost", "start_lost": "start_lost", "missense": "missense_variant",
    "stop_retained": "stop_retained_variant", "synonymous": "synonymous_variant",
    "splice_region": "splice_region_variant", "5_prime_utr": "5_prime_UTR_variant",
    "3_prime_utr": "3_prime_UTR_variant", "intron": "intron_variant",
}  # fmt: skip


def worst(terms: set[str]) -> str | None:
    return next((term for term in CSQ.values() if term in terms), None)


def test_names__classes_of_snvs_agree_with_csq_on_exons_introns_and_utrs(tmp_path: Path) -> None:
    contig, genes = make_genes(21, 24)
    fasta, gff3 = write_genome(tmp_path, contig, genes)
    alleles = [a for a in random_alleles(random.Random(21), contig, genes, 4000) if len(a[1]) == 1 == len(a[2])]
    lines = ["##fileformat=VCFv4.2", f"##contig=<ID=1,length={len(contig)}>"]
    lines += ['##FORMAT=<ID=GT,Number=1,Type=String,Description="g">']
    lines += ["#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tT"]
    lines += [f"1\t{p + 1}\t.\t{r}\t{a}\t.\t.\t.\tGT\t0/1" for p, r, a in alleles]
    (tmp_path / "c.vcf").write_text("\n".join(lines) + "\n")
    options = ("-l", "-p", "a", "-O", "v", "-f", str(fasta), "-g", str(gff3), str(tmp_path / "c.vcf"))
    annotator = Annotator(open_reference(fasta), GeneModels(read_gff3(gff3, {"1": len(contig)})))
    n_compared, different = 0, []
    for line in pysam.bcftools.csq(*options, split_lines=True):
        cells = line.split("\t")
        if line.startswith("#") or "BCSQ=" not in line:
            continue
        told = {e.split("|")[1]: e.split("|")[0] for e in cells[7].partition("BCSQ=")[2].split(",") if "|" in e}
        change = change_of(annotator.sequence, "1", int(cells[1]) - 1, cells[3], cells[4])
        assert change is not None
        ours = effects(annotator, change)
        for gene, words in told.items():
            if "non_coding" not in words:
                theirs = worst({CSQ[w] for w in words.lstrip("*").split("&") if w in CSQ})
                n_compared += 1
                if theirs != worst(set(ours[gene].consequences)):
                    different.append((line, ours[gene]))
    assert n_compared > 1000
    # csq does not look at a start or stop codon that an intron follows or splits within three bases.
    for line, effect in different:
        assert {"start_lost", "stop_lost"} & set(effect.consequences), (line, effect)
        assert "splice_region_variant" in effect.consequences, (line, effect)
    assert len(different) <= 5
