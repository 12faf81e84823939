"""The names that a board knows, on the real sequence of EGFR and BRAF with Ensembl's gene models."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from oncopipe.annotation.alleles import change_of
from oncopipe.annotation.annotator import Annotator
from oncopipe.annotation.transcripts import GeneModels
from oncopipe.data.variants import Effect
from oncopipe.io.fasta import open_reference
from oncopipe.io.gff3 import read_gff3

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def annotator(real_data: Path) -> Iterator[Annotator]:
    genes = real_data / "genes"
    with open_reference(genes / "chr7_slices.GRCh37.fa.gz") as reference:
        yield Annotator(reference, GeneModels(read_gff3(genes / "egfr_braf.GRCh37.gff3", reference.lengths)))


def spoken(annotator: Annotator, position: int, reference: str, alternate: str) -> tuple[Effect, str | None]:
    change = change_of(annotator.sequence, "chr7", position - 1, reference, alternate)
    assert change is not None
    names = annotator.names(change, alternate)
    return names.effects[0], names.choice


@pytest.mark.parametrize(
    ("position", "reference", "alternate", "gene", "c_name", "p_name", "exon"),
    [
        (55249071, "C", "T", "EGFR", "c.2369C>T", "p.T790M", "20/28"),
        (55259515, "T", "G", "EGFR", "c.2573T>G", "p.L858R", "21/28"),
        (55259524, "T", "A", "EGFR", "c.2582T>A", "p.L861Q", "21/28"),
        (140453136, "A", "T", "BRAF", "c.1799T>A", "p.V600E", "15/18"),
        (140453136, "AC", "TT", "BRAF", "c.1798_1799delinsAA", "p.V600K", "15/18"),
    ],
)
def test_names__of_known_changes(
    annotator: Annotator,
    position: int,
    reference: str,
    alternate: str,
    gene: str,
    c_name: str,
    p_name: str,
    exon: str,
) -> None:
    effect, choice = spoken(annotator, position, reference, alternate)
    assert (effect.gene, effect.hgvs_c, effect.hgvs_p_short, effect.exon) == (gene, c_name, p_name, exon)
    assert (effect.consequence, choice) == ("missense_variant", "Ensembl_canonical")
