"""Exports on files of others: their MAFs and segments read, their tools' columns met, VRS on real sequence."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from oncopipe.errors import InputError
from oncopipe.exports.cbioportal import write_study
from oncopipe.exports.pcgr import CNA_COLUMNS, FUSION_COLUMNS
from oncopipe.exports.vrs_alleles import VrsMaker, vrs_maker
from oncopipe.io.alterations import read_alterations
from oncopipe.io.maf import read_maf
from tests.cbioportal_rules import faults
from tests.export_data import batch, several
from tests.unit.test_vrs import Text, official, without_digests

pytestmark = pytest.mark.real


@pytest.mark.parametrize(
    ("name", "n_rows", "n_samples"),
    [("tcga_laml.maf.gz", 2207, 193), ("brca.maf.gz", 1913, None)],
)
def test_read_maf__of_others(real_data: Path, name: str, n_rows: int, n_samples: int | None) -> None:
    alleles = list(read_maf(real_data / "cohort" / name))
    assert len(alleles) == n_rows and n_samples in (None, len({a.sample for a in alleles}))
    assert all(a.reference or a.alternate for a in alleles)
    assert all(set(a.reference + a.alternate) <= set("ACGTN") for a in alleles)


def test_read_maf__names_the_row_that_has_no_position(real_data: Path) -> None:
    """A file whose only line end is CR, with one row without a place."""
    rows = read_maf(real_data / "cohort" / "APL_primary.maf.gz")
    with pytest.raises(InputError, match="'NA' is no position") as caught:
        list(rows)
    assert "data row 231" in str(caught.value)


def test_write_study__with_real_segments_passes(real_data: Path, tmp_path: Path) -> None:
    made = read_alterations(segments=real_data / "cohort" / "TCGA.AB.3009.hg19.seg.gz")
    assert len(made.segments) > 100 and made.segments[0].start == 61734
    one = several(patient="TCGA-AB", sample="TCGA-AB-3009")
    write_study(batch(tmp_path, one, alterations=made), tmp_path / "study")
    assert faults(tmp_path / "study") == []
    rows = (tmp_path / "study/data_cna_seg.seg").read_text().split("\n")[1:-1]
    assert len(rows) == sum(s.chromosome in [*map(str, range(1, 23)), "X", "Y"] for s in made.segments)


@pytest.mark.parametrize("build", ["grch37", "grch38"])
def test_pcgr_columns__are_those_of_its_own_examples(real_data: Path, build: str) -> None:
    for kind, columns in (("cna", CNA_COLUMNS), ("fusions", FUSION_COLUMNS)):
        header = (real_data / "vcf" / f"T001-COAD.{build}.{kind}.tsv").read_text().split("\n")[0]
        assert tuple(header.split("\t")) == columns


def test_vrs__equals_the_official_package_on_real_sequence(real_data: Path) -> None:
    """200 changes on chr20 of GRCh38, half of them in tracts where an indel can be written in many places."""
    rng = random.Random(20)
    window = 400
    with vrs_maker(real_data / "genome" / "grch38.chr20_and_21_10M.fa.gz") as maker:
        assert maker is not None
        source = maker.reference
        n, n_rolled = 0, 0
        while n < 200:
            start = rng.randrange(100_000, 9_900_000)
            bases = source.fetch("chr20", start, start + window)
            if set(bases) - set("ACGT"):
                continue
            place = window // 2
            unit = rng.randint(1, 4)
            if n % 2:  # a place where one unit repeats
                places = [i for i in range(20, window - 20) if bases[i : i + unit] == bases[i + unit : i + 2 * unit]]
                place = rng.choice(places or [place])
            anchor, piece = bases[place - 1], bases[place : place + unit]
            reference, alternate = rng.choice(
                [(anchor + piece, anchor), (anchor, anchor + piece), (anchor, "ACGT"[n % 4])]
            )
            if reference == alternate:
                continue
            ours = VrsMaker(Text(bases)).allele("1", place, reference, alternate)
            assert ours == without_digests(official(bases, place - 1, place - 1 + len(reference), alternate))
            whole = maker.allele("chr20", start + place, reference, alternate)
            n_rolled += whole["location"]["end"] - whole["location"]["start"] > max(len(reference), len(alternate))
            n += 1
    assert n_rolled > 20
