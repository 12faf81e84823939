"""Every accepted item of CIViC that names a change is found by that change, and no unnamed change finds a tier."""

from __future__ import annotations

import re
from collections import Counter
from itertools import product
from pathlib import Path

import pytest

from oncopipe.data.amino_acids import THREE_LETTERS
from oncopipe.data.variants import Effect
from oncopipe.interpretation.matching import Matcher
from oncopipe.interpretation.plausibility import HOTSPOTS
from oncopipe.interpretation.tiers import give_tier
from oncopipe.knowledge.civic import read_civic
from oncopipe.knowledge.rules import CHANGE, SPLICE, is_at_the_end, split_exception
from oncopipe.knowledge.statements import Statement, shipped_targets

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def civic(real_data: Path) -> list[Statement]:
    return read_civic(real_data / "knowledge" / "civic_2021-02").statements


def three_letters(change: str) -> str:
    """`p.Glu746_Ala750del` for `E746_A750del`."""
    parts = re.split(r"(fs|delins|del|dup|ins|ext)", change)
    return "p." + "".join(
        part if part in ("fs", "delins", "del", "dup", "ins", "ext")
        else "".join(THREE_LETTERS.get(letter, letter) for letter in part)
        for part in parts
    )  # fmt: skip


def effect_of(gene: str, change: str) -> Effect:
    kind = (
        "frameshift_variant" if change.endswith("fs")
        else "stop_lost" if change.startswith("*")
        else "inframe_insertion" if re.search("dup|(?<!del)ins", change)
        else "inframe_deletion" if "del" in change
        else "stop_gained" if change.endswith("*")
        else "missense_variant"
    )  # fmt: skip
    return Effect("A", (kind,), "MODERATE", gene=gene, transcript="T", hgvs_p=three_letters(change), cdna_position=1)


def test_match__every_named_change_finds_its_items(civic: list[Statement]) -> None:
    matcher = Matcher({"civic": civic}, "LUAD")
    checked: Counter[str] = Counter()
    for row in civic:
        for change in split_exception(row.rule)[0].split(" "):
            if not CHANGE.fullmatch(change) or change.startswith("*"):
                continue
            found = {m.evidence.evidence_id: m.evidence.match for m in matcher.match(effect_of(row.gene, change))}
            assert found.get(row.evidence_id) == "exact", (row.gene, change)
            checked["items"] += 1
    assert checked["items"] >= 1600


def test_match__no_unnamed_missense_or_in_frame_change_finds_a_tier(civic: list[Statement]) -> None:
    """Residue 9999 is named nowhere. What remains are classes by exon, which mean any change of their kind."""
    sources = {"targets": shipped_targets(), "civic": civic}
    genes = sorted({row.gene for row in civic})
    changes = {"missense_variant": "p.Gly9999Trp", "inframe_deletion": "p.Gly9999del",
               "inframe_insertion": "p.Gly9999_Gly10000insTrp"}  # fmt: skip
    tiered: set[tuple[str, int, str]] = set()
    for code in ("LUAD", "COADREAD", "GIST", "AML"):
        matcher = Matcher(sources, code)
        for gene, exon, (kind, name) in product(genes, range(1, 25), changes.items()):
            effect = Effect("A", (kind,), "MODERATE", gene=gene, rank=exon, hgvs_p=name, cdna_position=1)
            if give_tier(matcher.match(effect), None, 0.001)[0].tier in ("I", "II"):
                tiered.add((gene, exon, kind))
    assert tiered == {
        ("EGFR", 19, "inframe_deletion"), ("EGFR", 20, "inframe_insertion"),
        ("FLT3", 14, "inframe_insertion"), ("FLT3", 15, "inframe_insertion"),
        *((gene, exon, kind) for gene, exon in (("KIT", 9), ("KIT", 11), ("KIT", 13), ("KIT", 14), ("PDGFRA", 18))
          for kind in ("inframe_deletion", "inframe_insertion")),
    }  # fmt: skip


def test_match__a_stop_finds_a_tier_only_in_genes_whose_loss_is_named(civic: list[Statement]) -> None:
    matcher = Matcher({"targets": shipped_targets(), "civic": civic}, "LUAD")
    for gene in sorted({row.gene for row in civic}):
        early, late = (
            Effect("A", ("stop_gained",), "HIGH", gene=gene, hgvs_p=f"p.Gly{place}Ter", cdna_position=1,
                   protein_position=place, protein_length=1000)
            for place in (500, 990)
        )  # fmt: skip
        assert is_at_the_end(late) and not SPLICE & set(late.consequences)
        assert give_tier(matcher.match(late), None, 0.001)[0].tier == "III"
        if give_tier(matcher.match(early), None, 0.001)[0].tier != "III":
            assert any(
                row.gene == gene and row.rule in ("truncating", "mutation") and row.direction == "Supports"
                for row in civic
            )


def test_hotspots__each_is_substituted_again_and_again(real_data: Path) -> None:
    table = (real_data / "knowledge" / "hotspots_v2_and_3d.tsv").read_text("utf-8").splitlines()
    head = table[0].split("\t")
    rows = [dict(zip(head, line.split("\t"), strict=True)) for line in table[1:]]
    counts = {
        (row["hugo_symbol"], row["residue"]): int(row["tumor_count"])
        for row in rows
        if row["type"] == "single residue"
    }
    named = [(gene, residue) for gene, residues in HOTSPOTS.items() for residue in residues]
    assert [key for key in named if counts.get(key, 0) < 7] == []
    assert len(named) > 70
