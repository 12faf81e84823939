"""Calls on one haplotype in one codon are named together, others are not."""

from __future__ import annotations

from pathlib import Path

import pysam
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oncopipe.annotation.annotator import annotate
from oncopipe.data.variants import AnnotatedVariant
from oncopipe.errors import InputError, MissingInputError
from oncopipe.io.annotated_vcf import read_annotated
from tests import foreign_vcfs as foreign
from tests.gene_models import MadeGene, reverse_complement, write_genome
from tests.reference.hgvs import LETTER, translate
from tests.sequence_files import header_of, write_bam_of

CDS = "ATGGCTGTGTCATTACAGGCGTAA"  # M A V S L Q A *
FIVE, THREE = "CCTGA", "GCTTAAGG"


INTRON = "GT" + "TCCATTGCA" * 5 + "AG"


def genome(folder: Path, strand: str, cut: int | None = None) -> tuple[Path, Path, str, list[int]]:
    """FASTA, GFF3, contig, and the position of each base of the CDS (on the forward strand, in reading direction).

    `cut`: an intron stands before the base of the CDS with this index.
    """
    before = len(FIVE) + (cut or 0)
    whole = FIVE + CDS + THREE
    own = whole[:before] + INTRON + whole[before:] if cut else whole
    exons = [(0, before), (before + len(INTRON), len(own))] if cut else [(0, len(own))]
    places = [i for start, end in exons for i in range(start, end)][len(FIVE) : len(FIVE) + len(CDS)]
    if strand == "-":
        exons = [(len(own) - end, len(own) - start) for start, end in reversed(exons)]
        places = [len(own) - 1 - place for place in places]
    places = [60 + place for place in places]
    contig = "T" * 59 + "C" + (own if strand == "+" else reverse_complement(own)) + "C" + "G" * 50
    coding = (min(places), max(places) + 1)
    gene = MadeGene("G", strand, [(60 + start, 60 + end) for start, end in exons], coding)
    fasta, gff3 = write_genome(folder, contig, [gene])
    return fasta, gff3, contig, places


def named(
    folder: Path,
    strand: str,
    calls: list[tuple[int, str, str]],
    tumor_bam: Path | None = None,
    cut: int | None = None,
) -> list[AnnotatedVariant]:
    """`calls`: index in the CDS, alternate base in reading direction, FILTER and tumor column of FORMAT
    GT:AD:PGT:PID:PS as "PASS 0|1:9,3:0|1:5_A_C:5"."""
    fasta, gff3, contig, places = genome(folder, strand, cut)
    records = []
    for index, base, rest in calls:
        position = places[index]
        alternate = base if strand == "+" else reverse_complement(base)
        name, values = rest.split(" ")
        records.append(
            (
                position,
                f"1 {position + 1} . {contig[position]} {alternate} . {name} . GT:AD:PGT:PID:PS 0/0:9,0 {values}",
            )
        )
    records.sort()
    path = foreign.write(folder / "c.vcf", foreign.MUTECT2, *(text for _, text in records), length=len(contig))
    annotate(path, fasta, gff3, folder / "o.vcf.gz", tumor_bam=tumor_bam)
    variants = read_annotated(folder / "o.vcf.gz").variants
    return list(variants if strand == "+" else reversed(variants))


PHASED, OTHER, PLAIN = "PASS 0|1:9,3:0|1:66_A_C:66", "PASS 1|0:9,3:1|0:66_A_C:66", "PASS 0/1:9,3:.:.:."


@pytest.mark.parametrize("strand", ["+", "-"])
def test_annotate__two_phased_calls_in_a_codon_have_one_name(tmp_path: Path, strand: str) -> None:
    variants = named(tmp_path, strand, [(6, "A", PHASED), (7, "A", PHASED)])  # GTG -> AAG
    for variant in variants:
        (effect,) = variant.effects
        assert (effect.hgvs_c, effect.hgvs_p) == ("c.7_8delinsAA", "p.Val3Lys")
        assert effect.consequences == ("missense_variant",)
        assert effect.messages == ("INFO_COMPOUND_ANNOTATION",)
    first, second = variants
    assert first.effects[0].allele == (
        f"{first.alternate}-1:{second.position + 1}_{second.reference}>{second.alternate}"
    )


@pytest.mark.parametrize("strand", ["+", "-"])
def test_annotate__all_three_bases_of_a_codon_and_none_of_the_next(tmp_path: Path, strand: str) -> None:
    variants = named(tmp_path, strand, [(6, "A", PHASED), (7, "A", PHASED), (8, "C", PHASED), (9, "A", PHASED)])
    assert [v.effects[0].hgvs_p for v in variants] == ["p.Val3Asn"] * 3 + ["p.Ser4Thr"]
    assert variants[3].effects[0].messages == ()


@pytest.mark.parametrize("second", [
    OTHER, PLAIN, "PASS 0|1:9,3:0|1:70_A_C:70", "weak_evidence 0|1:9,3:0|1:66_A_C:66", "PASS 0|1:9,3:.:.:.",
])  # fmt: skip
def test_annotate__calls_that_are_not_known_to_be_together_keep_their_own_names(tmp_path: Path, second: str) -> None:
    variants = named(tmp_path, "+", [(6, "A", PHASED), (7, "A", second)])
    assert [v.effects[0].hgvs_p for v in variants] == ["p.Val3Met", "p.Val3Glu"]


def test_annotate__phase_by_genotype_and_set_alone(tmp_path: Path) -> None:
    variants = named(tmp_path, "+", [(6, "A", "PASS 0|1:9,3:.:.:66"), (8, "C", "PASS 0|1:9,3:.:.:66")])  # GTG -> ATC
    assert [(v.effects[0].hgvs_c, v.effects[0].hgvs_p) for v in variants] == [("c.7_9delinsATC", "p.Val3Ile")] * 2


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    strand=st.sampled_from("+-"),
    changes=st.dictionaries(st.integers(3, len(CDS) - 4), st.sampled_from("ACGT"), min_size=2, max_size=9),
    cut=st.none() | st.integers(4, len(CDS) - 4),
)
def test_annotate__names_of_a_haplotype_give_its_protein(
    tmp_path: Path, strand: str, changes: dict[int, str], cut: int | None
) -> None:
    """Each codon's name, put together, is the protein of the sequence with all changes; introns do not matter."""
    changes = {index: base for index, base in changes.items() if CDS[index] != base}
    if not changes:
        return
    variants = named(tmp_path, strand, [(i, b, PHASED) for i, b in sorted(changes.items())], cut=cut)
    mutated = "".join(changes.get(i, base) for i, base in enumerate(CDS))
    expected = [translate(mutated[i : i + 3]) for i in range(0, len(CDS), 3)]
    found = [translate(CDS[i : i + 3]) for i in range(0, len(CDS), 3)]
    for variant in variants:
        name = variant.effects[0].hgvs_p
        residue = int("".join(c for c in name if c.isdigit()))
        found[residue - 1] = expected[residue - 1] if name.endswith("=") else LETTER[name[-3:]]
        assert not name.endswith("=") or expected[residue - 1] == translate(CDS[3 * residue - 3 : 3 * residue])
    assert found == expected


def reads_of(folder: Path, contig: str, haplotypes: list[tuple[dict[int, str], int]]) -> Path:
    """A BAM of fragments over the whole contig: bases exchanged by position, and how many there are of each."""
    header, reads = header_of({"1": len(contig)}, {}), []
    for number, (bases, n) in enumerate(haplotypes):
        for i in range(n):
            read = pysam.AlignedSegment(header)
            read.query_name, read.flag, read.reference_id, read.reference_start = f"f{number}.{i}", 0, 0, 0
            read.query_sequence = "".join(bases.get(at, base) for at, base in enumerate(contig))
            read.query_qualities = pysam.qualitystring_to_array("I" * len(contig))
            read.mapping_quality, read.cigarstring = 60, f"{len(contig)}M"
            reads.append(read)
    return write_bam_of(folder / "t.bam", header, reads)


@pytest.mark.parametrize(
    ("both", "one", "other", "names"),
    [
        (10, 0, 0, ["p.Val3Lys"] * 2),
        (10, 1, 1, ["p.Val3Lys"] * 2),  # errors, or a part of the molecules that is read wrong
        (10, 8, 0, ["p.Val3Met", "p.Val3Glu"]),  # a clone within a clone: most cells have one only
        (0, 10, 10, ["p.Val3Met", "p.Val3Glu"]),
        (2, 0, 0, ["p.Val3Met", "p.Val3Glu"]),
    ],
)
def test_annotate__reads_tell_whether_calls_without_phase_are_on_the_same_molecules(
    tmp_path: Path, both: int, one: int, other: int, names: list[str]
) -> None:
    _, _, contig, places = genome(tmp_path, "+")
    bases = {places[6]: "A", places[7]: "A"}
    haplotypes = [
        ({}, 30), (bases, both), ({places[6]: "A"}, one), ({places[7]: "A"}, other)
    ]  # fmt: skip
    bam = reads_of(tmp_path, contig, haplotypes)
    variants = named(tmp_path, "+", [(6, "A", PLAIN), (7, "A", PLAIN)], tumor_bam=bam)
    assert [v.effects[0].hgvs_p for v in variants] == names


@pytest.mark.parametrize("strand", ["+", "-"])
@pytest.mark.parametrize("cut", [7, 8])
def test_annotate__an_intron_in_the_codon_does_not_part_phased_calls(tmp_path: Path, strand: str, cut: int) -> None:
    calls = [(6, "A", PHASED), (7, "A", PHASED), (8, "C", PHASED)]  # GTG -> AAC, each call with its own c. name
    variants = named(tmp_path, strand, calls, cut=cut)
    assert [v.effects[0].hgvs_c for v in variants] == ["c.7G>A", "c.8T>A", "c.9G>C"]
    assert {v.effects[0].hgvs_p for v in variants} == {"p.Val3Asn"}
    assert all(v.effects[0].consequences == ("missense_variant", "splice_region_variant") for v in variants)
    assert all(v.effects[0].messages == ("INFO_COMPOUND_ANNOTATION",) for v in variants)
    apart = named(tmp_path, strand, [(6, "A", PHASED), (8, "C", OTHER)], cut=cut)
    assert [v.effects[0].hgvs_p for v in apart] == ["p.Val3Met", "p.Val3="]


def test_annotate__reads_that_span_an_intron_tell_of_both_sides(tmp_path: Path) -> None:
    _, _, contig, places = genome(tmp_path, "+", 7)
    bam = reads_of(tmp_path, contig, [({}, 10), ({places[6]: "A", places[7]: "A"}, 8)])
    variants = named(tmp_path, "+", [(6, "A", PLAIN), (7, "A", PLAIN)], tumor_bam=bam, cut=7)
    assert [(v.effects[0].hgvs_c, v.effects[0].hgvs_p) for v in variants] == [
        ("c.7G>A", "p.Val3Lys"), ("c.8T>A", "p.Val3Lys")
    ]  # fmt: skip


def test_annotate__what_the_caller_says_of_phase_goes_before_the_reads(tmp_path: Path) -> None:
    _, _, contig, places = genome(tmp_path, "+")
    bam = reads_of(tmp_path, contig, [({places[6]: "A", places[7]: "A"}, 10)])
    variants = named(tmp_path, "+", [(6, "A", PHASED), (7, "A", OTHER)], tumor_bam=bam)
    assert [v.effects[0].hgvs_p for v in variants] == ["p.Val3Met", "p.Val3Glu"]


def test_annotate__refuses_reads_that_are_not_there_or_have_no_index(tmp_path: Path) -> None:
    _, _, contig, _ = genome(tmp_path, "+")
    with pytest.raises(MissingInputError):
        named(tmp_path, "+", [(6, "A", PLAIN)], tumor_bam=tmp_path / "none.bam")
    bam = reads_of(tmp_path, contig, [({}, 3)])
    bam.with_name("t.bam.bai").unlink()
    with pytest.raises(InputError, match="index"):
        named(tmp_path, "+", [(6, "A", PLAIN), (7, "A", PLAIN)], tumor_bam=bam)
    assert not (tmp_path / "o.vcf.gz").exists()
