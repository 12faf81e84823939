"""The names that a board knows, on the real sequence of EGFR and BRAF with Ensembl's gene models."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, cast

import pytest

from oncopipe.annotation.alleles import SequenceCache, change_of
from oncopipe.annotation.annotator import Annotator
from oncopipe.annotation.hgvs import position_name
from oncopipe.annotation.places import place_of
from oncopipe.annotation.transcripts import GeneModels, Ruler
from oncopipe.data.variants import Effect
from oncopipe.interpretation.matching import Matcher
from oncopipe.io.fasta import Reference, open_reference
from oncopipe.io.gff3 import read_gff3
from oncopipe.knowledge.civic import read_civic

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


# CIViC's id -> what we name the change at the row's coordinates, where CIViC words it otherwise.
CIVIC_DIFFERS = {
    "522": "p.L485_P490del",  # "DEL 485-490"
    "736": "p.A767_V769dup",  # "V769_770insASV": an insertion that repeats what stands before it is a duplication
    "1445": "p.S768_D770dup",  # "D770_N771insSVD", likewise
    "1513": "p.N771_H773dup",  # "H773_V774insNPH", likewise
    "1579": "p.A767_V769dup",  # "A767_V769dupASV": HGVS does not spell what is duplicated
    "1666": "p.D770delinsGY",  # "D770_N771insGY": the row's bases (GAC to GGGTAT) exchange Asp770, too
}
CIVIC_C_DIFFERS = {
    "2224": "c.2191C>A",  # c.2193G>T is no base of codon 731 that gives threonine
}


def civic_variants(real_data: Path) -> list[dict[str, str]]:
    """CIViC's EGFR and BRAF variants with alleles inside the true sequence."""
    path = real_data / "knowledge" / "civic_2021-02" / "nightly-VariantSummaries.tsv"
    lines = path.read_text(encoding="utf-8").splitlines()
    header = lines[0].split("\t")
    rows = [dict(zip(header, line.split("\t"), strict=False)) for line in lines[1:]]
    inside = ((55244401, 55274600), (140423000, 140483160))
    return [
        row
        for row in rows
        if row["gene"] in ("EGFR", "BRAF")
        and (row["reference_bases"] or row["variant_bases"])
        and any(a <= int(row["start"]) and int(row["stop"]) <= b for a, b in inside)
    ]


def civic_effect(annotator: Annotator, row: dict[str, str]) -> Effect:
    """Our name of a row's change. An insertion lies after `start`."""
    start, reference, alternate = int(row["start"]) - 1, row["reference_bases"], row["variant_bases"]
    if not reference:
        anchor = annotator.sequence.fetch("chr7", start, start + 1)
        return spoken(annotator, start + 1, anchor, anchor + alternate)[0]
    if not alternate:
        anchor = annotator.sequence.fetch("chr7", start - 1, start)
        return spoken(annotator, start, anchor + reference, anchor)[0]
    return spoken(annotator, start + 1, reference, alternate)[0]


def test_names__are_those_of_civic(annotator: Annotator, real_data: Path) -> None:
    rows = civic_variants(real_data)
    assert len(rows) == 42
    n_coding = 0
    for row in rows:
        effect = civic_effect(annotator, row)
        number = row["variant_id"]
        assert effect.hgvs_p_short == CIVIC_DIFFERS.get(number, f"p.{row['variant']}"), row
        for name in row["hgvs_expressions"].split(","):
            if name.startswith(("ENST00000275493", "ENST00000288602")):
                # CIViC spells the deleted bases of a replacement, as HGVS no longer does.
                told = re.sub(r"del[ACGT]+ins", "delins", name.partition(":")[2])
                assert effect.hgvs_c == CIVIC_C_DIFFERS.get(number, told), row
                n_coding += 1
    assert n_coding == 29


# The item of D770_N771insGY: as worded both residues stay, but the row's bases exchange Asp770. Two proteins, two names.
CIVIC_UNFOUND = {"EID4801"}


def test_match__every_item_inside_the_true_sequence_is_found_by_the_name_of_its_change(
    annotator: Annotator, real_data: Path
) -> None:
    """Coordinates only make the call; the item is found by the p. or c. name that the call gets."""
    statements = read_civic(real_data / "knowledge" / "civic_2021-02").statements
    matcher = Matcher({"civic": statements}, "LUAD")
    n_items, unfound = 0, set()
    for row in civic_variants(real_data):
        items = {s.evidence_id for s in statements if (s.gene, s.source_variant) == (row["gene"], row["variant"])}
        effect = civic_effect(annotator, row)
        exact = {m.evidence.evidence_id for m in matcher.match(effect) if m.evidence.match == "exact"}
        n_items += len(items)
        unfound |= items - exact
    assert n_items == 226
    assert unfound == CIVIC_UNFOUND


def test_position_name__runs_on_into_the_promoter(real_data: Path) -> None:
    """TERT's promoter hotspots, known by their names on this transcript, lie before its first exon."""
    lengths = {"chr5": 180915260}
    models = GeneModels(read_gff3(real_data / "genes" / "civic_genes.GRCh37.gff3.gz", lengths))
    (tert,) = (t for t in models.transcripts if t.unversioned == "ENST00000310581")
    assert models.chosen[id(tert)] == (0, "Ensembl_canonical")
    ruler = Ruler(tert, SequenceCache(cast(Reference, Unread())))
    for position, name in ((1295228, "-124"), (1295250, "-146")):
        first, _ = ruler.interval(position - 1, position)
        assert position_name(ruler, first) == name
        assert place_of(ruler, first, first + 1).terms == {"upstream_gene_variant"}


class Unread:
    """A reference whose bases nobody may ask for: places are told without them."""

    lengths: ClassVar[dict[str, int]] = {"chr5": 180915260}
