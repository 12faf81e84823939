"""Names to places on generated genes of both strands: what the annotator names, the query finds again."""

from __future__ import annotations

import random
import re
from collections import Counter
from pathlib import Path

import pytest

from oncopipe.annotation.alleles import SequenceCache, change_of
from oncopipe.annotation.annotator import Annotator
from oncopipe.annotation.transcripts import GeneModels
from oncopipe.errors import InputError
from oncopipe.explain.places import Allele, as_in_vcf, left_aligned
from oncopipe.explain.query import alleles_of, parse_query
from oncopipe.io.fasta import open_reference
from oncopipe.io.gff3 import read_gff3
from tests.gene_models import make_genes, random_alleles, write_genome


@pytest.mark.parametrize("seed", [31, 32, 33])
def test_alleles_of__finds_what_the_annotator_named(tmp_path: Path, seed: int) -> None:
    """Substitutions in and around exons: the c. name leads back to the allele, the p. name to a set that holds it."""
    contig, genes = make_genes(seed)
    fasta, gff3 = write_genome(tmp_path, contig, genes)
    rng = random.Random(seed)
    n = {"coding": 0, "protein": 0, "intronic": 0, "reverse": 0}
    with open_reference(fasta) as reference:
        models = GeneModels(read_gff3(gff3, reference.lengths))
        annotator = Annotator(reference, models)
        strands = {t.identifier: t.strand for t in models.transcripts if t.is_coding and not t.missing_bases}
        for _ in range(1500):
            gene = rng.choice(genes)
            start, end = rng.choice(gene.exons)
            position = rng.randrange(max(0, start - 8), min(len(contig), end + 8))
            old = contig[position]
            new = rng.choice([base for base in "ACGT" if base != old])
            change = change_of(annotator.sequence, "1", position, old, new)
            assert change is not None
            for effect in annotator.names(change, new).effects:
                if effect.transcript not in strands or not re.match(r"c\.-?\d+([+-]\d+)?[ACGT]>", effect.hgvs_c):
                    continue
                if effect.distance:  # beside the transcript: numbered, but no place of it
                    continue
                asked = Allele("1", position, old, new)
                assert alleles_of(
                    parse_query(f"{effect.transcript} {effect.hgvs_c}"), models, annotator.sequence
                ) == [asked]
                n["coding"] += 1
                n["intronic"] += "+" in effect.hgvs_c or "-" in effect.hgvs_c[3:]
                n["reverse"] += strands[effect.transcript] < 0
                if (
                    re.fullmatch(r"p\.[A-Z]\d+[A-Z*]", effect.hgvs_p_short)
                    and "start_lost" not in effect.consequences
                ):
                    found = alleles_of(
                        parse_query(f"{effect.transcript} {effect.hgvs_p}"), models, annotator.sequence
                    )
                    assert asked in found
                    n["protein"] += 1
    assert min(n.values()) > 50, n


@pytest.mark.parametrize("seed", [34, 35])
def test_alleles_of__every_kind_of_coding_name_leads_back(tmp_path: Path, seed: int) -> None:
    """Substitutions, deletions, insertions, duplications and replacements, in flanks, UTRs and introns too."""
    contig, genes = make_genes(seed)
    fasta, gff3 = write_genome(tmp_path, contig, genes)
    n: Counter[str] = Counter()
    with open_reference(fasta) as reference:
        models = GeneModels(read_gff3(gff3, reference.lengths))
        annotator = Annotator(reference, models)
        coding = {t.identifier for t in models.transcripts if t.is_coding}
        for position, old, new in random_alleles(random.Random(seed), contig, genes, 800):
            change = change_of(annotator.sequence, "1", position, old, new)
            assert change is not None
            for effect in annotator.names(change, new).effects:
                if effect.transcript not in coding or effect.hgvs_c.endswith("inv"):
                    continue
                query = parse_query(f"{effect.transcript.lower()} {effect.hgvs_c}")
                (found,) = alleles_of(query, models, annotator.sequence)
                assert found.reference is not None and found.alternate is not None
                again = change_of(annotator.sequence, "1", found.position, found.reference, found.alternate)
                assert again == change, effect.hgvs_c
                n[next(kind for kind in (">", "delins", "del", "dup", "ins") if kind in effect.hgvs_c)] += 1
    assert min(n.values()) > 20 and len(n) == 5, n


@pytest.mark.parametrize(
    "name", ["c.5_3del", "c.5ins", "c.5_9insA", "c.5_6ins", "c.99999A>T", "c.4+1_xdel", "c.(4_6)del"]
)
def test_alleles_of__refuses_what_names_no_bases(tmp_path: Path, name: str) -> None:
    contig, genes = make_genes(36)
    fasta, gff3 = write_genome(tmp_path, contig, genes)
    with open_reference(fasta) as reference, pytest.raises(InputError):
        models = GeneModels(read_gff3(gff3, reference.lengths))
        alleles_of(parse_query(f"GENE0 {name}"), models, SequenceCache(reference))


def test_left_aligned__every_way_of_writing_an_allele_is_one(tmp_path: Path) -> None:
    """At each of its equal places, with bases that both sides share before and behind."""
    contig, genes = make_genes(37)
    fasta, _ = write_genome(tmp_path, contig, genes)
    rng, n_shifted = random.Random(37), 0
    with open_reference(fasta) as reference:
        sequence = SequenceCache(reference)
        for position, old, new in random_alleles(rng, contig, genes, 400):
            change = change_of(sequence, "1", position, old, new)
            assert change is not None
            expected = as_in_vcf(change, sequence)
            assert expected.reference != expected.alternate
            for n in {0, change.n_shifts, rng.randint(0, change.n_shifts)}:
                start, end, inserted = change.shifted(n)
                first, last = max(0, start - rng.randint(1, 4)), end + rng.randint(0, 4)
                before, after = contig[first:start], contig[end:last]
                text = f"chr1:{first + 1} {before}{contig[start:end]}{after}>{before}{inserted}{after}"
                asked = parse_query(text).allele
                assert asked is not None and left_aligned(asked, reference) == expected, text
                n_shifted += n > 0
    assert n_shifted > 50


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("chr2:5 A>T", "no contig chr2"), ("1:99999999 A>T", "behind the end of 1"), ("1:99999999", "behind the end of 1"),
        ("1:10 {}>G", "the reference has"),
    ],
)  # fmt: skip
def test_left_aligned__refuses_places_that_are_none(tmp_path: Path, text: str, why: str) -> None:
    contig, genes = make_genes(37)
    fasta, _ = write_genome(tmp_path, contig, genes)
    asked = parse_query(text.format("A" if contig[9] == "C" else "C")).allele
    with open_reference(fasta) as reference, pytest.raises(InputError, match=why):
        assert asked is not None
        left_aligned(asked, reference)
