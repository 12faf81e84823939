"""What molecules say of two reported variants reaches findings, cautions and the report's row."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from oncopipe.data.findings import Variant
from oncopipe.data.phase import Relation
from oncopipe.data.variants import COMPOUND, AnnotatedVariant, Neighbor
from oncopipe.io.annotated_vcf import read_calls
from oncopipe.report.catalogue import words
from oncopipe.report.rows import row_of
from tests import foreign_vcfs as foreign
from tests.unit.test_interpretation import findings, variant


def placed(v: AnnotatedVariant, position: int, **fields: Any) -> AnnotatedVariant:
    return replace(v, position=position, **fields)


def pair(relation: Relation, counts: tuple[int, int, int]) -> list[Variant]:
    """EGFR T790M with C797S, 20 bases apart, and what molecules say of them."""
    first = placed(variant("EGFR", "p.Thr790Met", "missense_variant", 20), 500)
    second = placed(variant("EGFR", "p.Cys797Ser", "missense_variant", 20), 520)
    both, one, other = counts
    a = replace(first, neighbors=(Neighbor(520, "A", "T", relation, both, one, other),))
    b = replace(second, neighbors=(Neighbor(500, "A", "T", relation, both, other, one),))
    return sorted(findings("LUAD", a, b).variants, key=lambda v: v.position)


@pytest.mark.parametrize(
    ("relation", "counts", "said"),
    [
        ("cis", (12, 1, 0), "in cis with EGFR p.C797S: molecules with both 12, with this one alone 1, with the other alone 0"),
        ("trans", (0, 9, 7), "in trans with EGFR p.C797S: molecules with both 0, with this one alone 9, with the other alone 7"),
        ("mixed", (9, 8, 7), "in cis with EGFR p.C797S in part: "),
        ("unknown", (1, 1, 1), "phase unknown with EGFR p.C797S: molecules with both 1, "),
    ],
)  # fmt: skip
def test_interpret__says_whether_two_variants_lie_on_the_same_molecules(
    relation: Relation, counts: tuple[int, int, int], said: str
) -> None:
    t790m, c797s = pair(relation, counts)
    (phase,) = t790m.phase
    assert (phase.name, phase.position, phase.relation) == ("EGFR p.C797S", 521, relation)
    assert (phase.both, phase.this_only, phase.other_only) == counts
    (mirror,) = c797s.phase
    assert (mirror.name, mirror.both, mirror.this_only, mirror.other_only) == (
        "EGFR p.T790M", counts[0], counts[2], counts[1],
    )  # fmt: skip
    row = row_of(t790m)
    assert words(row.cautions[0]).startswith(said)
    assert any(str(phase.this_only) in words(c, "ru") and "EGFR p.C797S" in words(c, "ru") for c in row.cautions)


def test_interpret__two_hits_of_a_gene_that_no_molecule_shows_together_have_unknown_phase() -> None:
    hits = [
        placed(variant("TP53", p, "missense_variant", 5), at)
        for p, at in (("p.Arg175His", 500), ("p.Arg273Cys", 900))
    ]
    elsewhere = placed(variant("KRAS", "p.Gly12Asp", "missense_variant", 2), 700)
    silent = replace(hits[0], position=950, effects=(replace(hits[0].effects[0], impact="LOW"),))
    by_name = {v.hgvs_p_short or str(v.position): v for v in findings("LUAD", *hits, elsewhere).variants}
    (phase,) = by_name["p.R175H"].phase
    assert (phase.name, phase.relation, phase.both + phase.this_only + phase.other_only) == (
        "TP53 p.R273C", "unknown", 0,
    )  # fmt: skip
    assert words(row_of(by_name["p.R175H"]).cautions[0]) == (
        "phase unknown with TP53 p.R273C: no molecule shows both places"
    )
    assert by_name["p.G12D"].phase == []
    assert all(not v.phase for v in findings("LUAD", hits[0], silent).variants)


def test_interpret__a_gene_with_very_many_changes_has_no_pairs_but_those_that_molecules_tell() -> None:
    many = [placed(variant("TTN", f"p.Arg{n}His", "missense_variant", 5), 100 * n) for n in range(1, 9)]
    many[0] = replace(many[0], neighbors=(Neighbor(200, "A", "T", "trans", 0, 4, 5),))
    found = {v.position: v.phase for v in findings("LUAD", *many).variants}
    assert [p.relation for p in found[101]] == ["trans"]
    assert all(not phase for position, phase in found.items() if position != 101)


def test_interpret__a_neighbor_that_is_not_reported_is_not_named() -> None:
    alone = placed(variant("EGFR", "p.Thr790Met", "missense_variant", 20), 500)
    alone = replace(alone, neighbors=(Neighbor(520, "A", "T", "cis", 9, 0, 0),))
    (found,) = findings("LUAD", alone).variants
    assert found.phase == []


@pytest.mark.parametrize(
    ("relation", "joined", "flagged"),
    [("unknown", False, True), ("cis", False, True), ("trans", False, False), ("cis", True, False)],
)
def test_interpret__a_codon_is_doubtful_unless_phase_settles_it(
    relation: Relation, joined: bool, flagged: bool
) -> None:
    """V600M with V600E: on different molecules both names hold; named together they are V600K already."""
    made = []
    for p, at, other in (("p.Val600Met", 100, 101), ("p.Val600Glu", 101, 100)):
        v = variant("BRAF", p, "missense_variant", 15)
        effect = replace(v.effects[0], protein_position=600, messages=(COMPOUND,) if joined else ())
        made.append(
            replace(v, position=at, effects=(effect,), neighbors=(Neighbor(other, "A", "T", relation, 9, 9, 9),))
        )
    variants = findings("SKCM", *made).variants
    assert len(variants) == 2
    for found in variants:
        assert any("same codon" in flag for flag in found.flags) is flagged


def test_read_calls__takes_neighbors_from_our_key_alone(tmp_path: Path) -> None:
    info = "PHASE=12_A_T|cis|7|1|0,30_AC_A|trans|0|4|5,bad,9_A_T|near|1|1|1,0.97"
    path = foreign.write(
        tmp_path / "c.vcf", foreign.MUTECT2, f"1 11 . A C . PASS {info} GT:AD 0/0:9,0 0/1:9,3", length=100
    )
    (v,) = read_calls(path).variants
    assert v.neighbors == (Neighbor(11, "A", "T", "cis", 7, 1, 0), Neighbor(29, "AC", "A", "trans", 0, 4, 5))
