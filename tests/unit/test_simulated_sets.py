"""Simulated truth sets: the reads hold what the truth says, lie where they were drawn, and are the same each time."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pysam
import pytest

from oncopipe.errors import ConfigError
from oncopipe.io.fasta import open_reference
from oncopipe.simulation import catalog
from oncopipe.simulation.aligned import apply_variants, foreign_is_missing, make_foreign, make_long
from oncopipe.simulation.catalog import Entry, entry_of, make_set
from oncopipe.simulation.molecules import Library
from oncopipe.simulation.people import make_paralogs, make_person, plant, text_of
from oncopipe.simulation.reads import MadeVariant
from oncopipe.simulation.sets import Recipe, make_recipe
from oncopipe.simulation.tracts import find_tracts
from oncopipe.validation import measure

SIZE = 60_000


@pytest.fixture(scope="module")
def genome(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random genome with tracts in it."""
    rng = np.random.default_rng(3)
    bases = "".join(rng.choice(list("ACGT"), SIZE + 2000))
    for place in range(1000, SIZE, 1500):
        bases = (
            bases[:place] + ("A" * 12 if place % 1000 else "CA" * 9) + bases[place + (12 if place % 1000 else 18) :]
        )
    path = tmp_path_factory.mktemp("genome") / "g.fa"
    path.write_text(f">chr20\n{bases}\n")
    return path


RECIPE = Recipe("small", "a test", (("chr20", 0, SIZE),), numbers=(400, 200), fractions=(0.2, 0.4), seed=5)


@pytest.fixture(scope="module")
def small(genome: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small")
    make_recipe(RECIPE, genome, folder, 1)
    return folder


def test_find_tracts__equals_a_plain_search() -> None:
    rng = np.random.default_rng(1)
    bases = "".join(rng.choice(list("ACGTN"), 20_000, p=[0.6, 0.3, 0.05, 0.04, 0.01]))
    codes = np.array(["ACGTN".index(b) for b in bases], np.uint8)
    tracts = find_tracts(codes)
    found = set(zip(tracts.start.tolist(), tracts.end.tolist(), tracts.unit.tolist(), strict=True))
    runs = {(m.start(), m.end(), 1) for m in re.finditer(r"([ACGT])\1{4,}", bases)}
    assert {t for t in found if t[2] == 1} == runs
    for start, end, _ in (t for t in found if t[2] == 2):
        assert re.fullmatch(r"(([ACGT])(?!\2)[ACGT])\1{3,}[ACGT]?", bases[start:end])
        assert bases[start - 1 : start] != bases[start + 1] and bases[end : end + 1] != bases[end - 2]
    assert sum(t[2] == 2 for t in found) > 10
    assert ((tracts.slip > 0) & (tracts.slip <= 0.2)).all()


def test_apply_variants__equals_text_put_together() -> None:
    codes = np.random.default_rng(2).integers(0, 4, 400, dtype=np.uint8)
    bases = text_of(codes)
    variants = (MadeVariant("c", 50, bases[50], "ACGT"[(codes[50] + 1) % 4], 1.0), MadeVariant("c", 100, bases[100:131],
                bases[100], 1.0), MadeVariant("c", 200, bases[200], bases[200:240], 1.0))  # fmt: skip
    expected = bases[:50] + variants[0].alternate + bases[51:101] + bases[131:201] + bases[201:240] + bases[201:]
    assert text_of(apply_variants(codes, variants)) == expected


def test_plant__keeps_apart_and_away_from_what_is_taken() -> None:
    rng = np.random.default_rng(4)
    codes = rng.integers(0, 4, 200_000, dtype=np.uint8)
    tracts = find_tracts(codes)
    person = make_person(rng, "c", codes, tracts)
    taken = np.array([v.position for v in person.variants])
    made = plant(rng, "c", codes, tracts, (300, 100), (0.1,), 30, taken)
    assert len(made) > 250 and sum(len(v.reference) != len(v.alternate) for v in made) > 50
    for v in (*made, *person.variants):
        assert text_of(codes[v.position : v.end]) == v.reference != v.alternate
    assert all(after.position - before.end >= 30 for before, after in pairwise(made))
    assert min(abs(taken - v.position).min() for v in made) >= 30


def test_reads__differ_from_the_genome_only_as_told(small: Path) -> None:
    with open_reference(small / "reference.fa") as reference, pysam.AlignmentFile(str(small / "tumor.bam")) as bam:
        bases = reference.fetch("chr20_0", 0, SIZE)
        flags: Counter[int] = Counter()
        wrong, total, last = 0, 0, -1
        for read in bam:
            assert read.reference_start >= last
            last = read.reference_start
            flags[read.flag & ~1024] += 1
            if read.cigarstring != "150M":
                continue
            differs = sum(a != b for a, b in zip(read.query_sequence, bases[read.reference_start :], strict=False))
            assert read.get_tag("NM") == differs
            if not read.is_reverse and read.get_tag("MC") == "150M":
                assert read.template_length == read.next_reference_start - read.reference_start + 150
            wrong, total = wrong + differs, total + 150
        depth = total / SIZE
    assert 65 < depth < 95
    assert 0.001 < wrong / total < 0.006
    # Fragments are F1R2 (99, 147) or F2R1 (163, 83) at random.
    f1r2, f2r1 = flags[99] + flags[147], flags[163] + flags[83]
    assert 0.45 < f1r2 / (f1r2 + f2r1) < 0.55
    assert flags[99] > 0 and flags[83] > 0
    with pysam.AlignmentFile(str(small / "tumor.bam")) as bam:
        copies = sum(read.is_duplicate for read in bam) / bam.mapped
    assert 0.03 < copies < 0.09


def test_set__every_allele_has_its_fraction_and_is_called(small: Path) -> None:
    with pysam.VariantFile(str(small / "truth.vcf")) as truth:
        rows = [(v.start, v.ref, v.alts[0], v.info["AF"][0]) for v in truth]
    assert len(rows) >= 20 and any(len(r[1]) != len(r[2]) for r in rows)
    measured = measure(catalog.TruthSet("small", small))
    found = len(measured.comparison.true_positive)
    # A few lie in paralogs or long tracts; a fifth and more of 80 molecules is otherwise plain.
    assert found >= 0.9 * (found + len(measured.comparison.false_negative))
    assert measured.germline == ()
    stated = [measured.comparison.called_fraction[a] - measured.comparison.truth_fraction[a]
              for a in measured.comparison.true_positive if len(a[2]) == len(a[3])]  # fmt: skip
    assert abs(np.mean(stated)) < 0.03 and np.abs(stated).max() < 0.25


def test_set__is_the_same_for_any_number_of_threads(small: Path, genome: Path, tmp_path: Path) -> None:
    make_recipe(RECIPE, genome, tmp_path, 2)
    for name in ("tumor.bam", "normal.bam", "truth.vcf", "germline.vcf", "reference.fa"):
        assert (tmp_path / name).read_bytes() == (small / name).read_bytes()


@pytest.mark.parametrize(("kind", "f1r2", "f2r1"), [("oxog", "G>T", "C>A"), ("ffpe", "C>T", "G>A")])
def test_damage__shows_in_one_orientation(genome: Path, tmp_path: Path, kind: str, f1r2: str, f2r1: str) -> None:
    recipe = replace(RECIPE, tumor=Library(60.0, damage=kind), normal=Library(2.0), numbers=(0, 0))
    make_recipe(recipe, genome, tmp_path, 1)
    seen: Counter[tuple[str, str]] = Counter()
    with open_reference(tmp_path / "reference.fa") as reference:
        bases = reference.fetch("chr20_0", 0, SIZE)
    with pysam.AlignmentFile(str(tmp_path / "tumor.bam")) as bam:
        for read in bam:
            if read.cigarstring != "150M" or read.get_tag("NM") > 3:  # not the diverged reads of a paralog
                continue
            orientation = "f1r2" if read.is_read1 != read.is_reverse else "f2r1"
            for i, base in enumerate(read.query_sequence):
                old = bases[read.reference_start + i]
                if base != old and read.query_qualities[i] >= 30:
                    seen[f"{old}>{base}", orientation] += 1
    assert seen[f1r2, "f1r2"] > 2 * seen[f1r2, "f2r1"] > 0
    assert seen[f2r1, "f2r1"] > 2 * seen[f2r1, "f1r2"] > 0


@pytest.mark.parametrize("kind", ["simplex", "duplex"])
def test_families__barcodes_group_the_copies_of_a_molecule(genome: Path, tmp_path: Path, kind: str) -> None:
    panel = Library(200.0, read=100, insert=(170.0, 20.0), barcodes=kind)
    recipe = replace(
        RECIPE, slices=(("chr20", 0, 4000),), tumor=panel, normal=Library(2.0, read=100), numbers=(0, 800)
    )
    make_recipe(replace(recipe, fractions=(0.5,)), genome, tmp_path, 1)
    families: dict[str, list[tuple[str, bool, int, int]]] = {}
    shape = r"\d{8}/[AB]" if kind == "duplex" else r"\d{8}"
    with pysam.AlignmentFile(str(tmp_path / "tumor.bam")) as bam:
        for read in bam:
            assert re.fullmatch(shape, read.get_tag("MI")) and not read.is_duplicate
            assert re.fullmatch("[ACGT]{6}-[ACGT]{6}" if kind == "duplex" else "[ACGT]{6}", read.get_tag("RX"))
            if read.is_read1 and read.cigarstring == "100M" and read.get_tag("MC") == "100M":
                place = min(read.reference_start, read.next_reference_start), abs(read.template_length)
                family, _, strand = read.get_tag("MI").partition("/")
                barcode = read.get_tag("RX")
                own = "-".join(barcode.split("-")[::-1]) if strand == "B" else barcode
                families.setdefault(family, []).append((own, read.is_reverse != (strand == "B"), *place))
    # All copies share ends, and barcode but for a misread one; the strands of a duplex are read from opposite ends.
    assert all(len({copy[1:] for copy in copies}) == 1 for copies in families.values())
    agree = [len({copy[0] for copy in copies}) == 1 for copies in families.values()]
    assert 0.9 < np.mean(agree) < 1
    sizes = [len(copies) for copies in families.values()]
    assert (
        2.5 < np.mean(sizes) < 5
        and 0.05 < np.mean(np.array(sizes) == 1) < 0.4
        and len({c[0][0] for c in families.values()}) > 0.5 * len(families)
    )


def test_make_paralogs__diverge_inside_their_spans_only() -> None:
    codes = np.random.default_rng(5).integers(0, 4, 400_000, dtype=np.uint8)
    paralogs = make_paralogs(np.random.default_rng(6), codes)
    inside = np.zeros(codes.size, bool)
    for start, end in paralogs.spans:
        inside[start:end] = True
        assert 0.003 < (paralogs.codes[start:end] != codes[start:end]).mean() < 0.06
    assert len(paralogs.spans) >= 5
    assert not (paralogs.codes != codes)[~inside].any()


def test_make_long__events_are_clipped_as_in_life(genome: Path, tmp_path: Path) -> None:
    make_long(genome, ("chr20", 0, 20_000), tmp_path, 7, 1, (60, 10))
    with pysam.VariantFile(str(tmp_path / "truth.vcf")) as truth:
        sizes = [len(v.alts[0]) - len(v.ref) for v in truth]
    assert len(sizes) >= 4 and min(sizes) < 0 < max(sizes)
    assert all(30 <= abs(size) <= 100 for size in sizes)
    with pysam.AlignmentFile(str(tmp_path / "tumor.bam")) as bam:
        clips = sum("S" in (read.cigarstring or "") for read in bam)
    assert clips > 3 * len(sizes)


@pytest.mark.skipif(bool(foreign_is_missing()), reason="wgsim is not installed")
def test_make_foreign__planted_alleles_are_found(genome: Path, tmp_path: Path) -> None:
    make_foreign(genome, ("chr20", 0, 40_000), tmp_path, 8, 1, (80, 30))
    measured = measure(catalog.TruthSet("foreign", tmp_path))
    assert (
        len(measured.comparison.true_positive)
        >= 0.6 * (len(measured.comparison.true_positive) + len(measured.comparison.false_negative))
        > 0
    )


def test_make_set__is_made_once(genome: Path, tmp_path: Path) -> None:
    made: list[int] = []

    def make(genome: Path, folder: Path, threads: int) -> None:
        made.append(threads)

    entry = Entry("e", "a test", make, "d1", views=(("e", (), False), ("e_told", (("contamination", 0.1),), True)))
    sets = make_set(entry, genome, tmp_path)
    assert [(s.name, s.folder.name, dict(s.options), s.with_population) for s in sets] == [
        ("e", "e", {}, False),
        ("e_told", "e", {"contamination": 0.1}, True),
    ]
    make_set(entry, genome, tmp_path)
    assert len(made) == 1
    make_set(replace(entry, digest="d2"), genome, tmp_path)
    assert len(made) == 2
    with pytest.raises(ConfigError, match="not installed"):
        make_set(replace(entry, is_missing=lambda: "x is not installed"), genome, tmp_path)
    with pytest.raises(ConfigError, match="no set other"):
        entry_of("other")
    assert entry_of("null").name == "null"
