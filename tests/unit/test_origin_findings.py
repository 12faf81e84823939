"""The caller's posterior and the flag of clonal hematopoiesis reach findings and the report's row."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from oncopipe.data.samples import Sample
from oncopipe.data.variants import AlleleCounts, AnnotatedCalls, AnnotatedVariant, CallSet
from oncopipe.interpretation import interpret
from oncopipe.interpretation.interpret import identity_of
from oncopipe.io.annotated_vcf import read_calls
from oncopipe.knowledge.diseases import hematopoiesis_genes
from oncopipe.knowledge.sources import read_knowledge
from oncopipe.options import InterpretOptions
from oncopipe.report.catalogue import words
from oncopipe.report.rows import row_of
from tests import foreign_vcfs as foreign
from tests.unit.test_interpretation import QUALITY, variant


def flags(
    v: AnnotatedVariant, *, diagnosis: str = "LUAD", normal: str | None = "N", specimen: str = "FFPE block"
) -> list[str]:
    calls = AnnotatedCalls(CallSet("T", normal, "OncoPipe", True, False, {"chr7": 1000}), (v,))
    identity = identity_of(Sample("P", "T", "tumor", diagnosis=diagnosis, specimen=specimen), normal, None)
    (found,) = interpret(calls, identity, QUALITY, read_knowledge(None), InterpretOptions()).variants
    said = [words(caution) for caution in row_of(found).cautions]
    assert all(flag in said for flag in found.flags)
    return [flag for flag in found.flags if "hematopoiesis" in flag]


def alone(gene: str) -> AnnotatedVariant:
    return replace(variant(gene, "p.Arg882His", "missense_variant", 23), normal=None)


@pytest.mark.parametrize(
    ("gene", "normal_alt", "diagnosis", "normal", "specimen", "said"),
    [
        ("DNMT3A", None, "LUAD", None, "FFPE block", ["possible clonal hematopoiesis: no normal"]),
        ("DNMT3A", 0, "LUAD", "N", "FFPE block", []),
        ("DNMT3A", 1, "LUAD", "N", "FFPE block", []),
        ("TP53", 2, "LUAD", "N", "FFPE block", ["possible clonal hematopoiesis: 2 of 60 molecules of the normal show it"]),
        ("PPM1D", 0, "LUAD", "N", "blood plasma", ["possible clonal hematopoiesis: the specimen is plasma"]),
        ("JAK2", None, "LUAD", None, "cfDNA", ["possible clonal hematopoiesis: the specimen is plasma"]),
        ("KRAS", None, "LUAD", None, "plasma", []),
        ("DNMT3A", None, "AML", None, "bone marrow", []),
    ],
)  # fmt: skip
def test_interpret__flags_possible_clonal_hematopoiesis(
    gene: str, normal_alt: int | None, diagnosis: str, normal: str | None, specimen: str, said: list[str]
) -> None:
    v = alone(gene)
    if normal_alt is not None:
        v = replace(v, normal=AlleleCounts(60, 60 - normal_alt, normal_alt))
    assert flags(v, diagnosis=diagnosis, normal=normal, specimen=specimen) == said


def test_interpret__a_silent_change_is_no_clone_of_the_blood() -> None:
    silent = alone("TET2")
    assert flags(replace(silent, effects=(replace(silent.effects[0], impact="LOW"),)), normal=None) == []
    assert {"DNMT3A", "TET2", "ASXL1", "JAK2", "SF3B1", "SRSF2", "TP53", "PPM1D"} <= hematopoiesis_genes()


def test_flags__are_said_in_russian_too() -> None:
    for text in ("possible clonal hematopoiesis: no normal", "possible clonal hematopoiesis: the specimen is plasma",
                 "possible clonal hematopoiesis: 2 of 60 molecules of the normal show it"):  # fmt: skip
        assert "гемопоэз" in words(text, "ru")


def test_interpret__shows_the_posterior_of_a_tumor_without_a_normal() -> None:
    shown = replace(variant("EGFR", "p.Leu858Arg", "missense_variant", 21), origin=(0.62, 0.36, 0.02))
    for v, is_said in ((replace(shown, normal=None), True), (shown, False)):
        normal = None if v.normal is None else "N"
        calls = AnnotatedCalls(CallSet("T", normal, "OncoPipe", True, False, {"chr7": 1000}), (v,))
        identity = identity_of(Sample("P", "T", "tumor", diagnosis="LUAD"), normal, None)
        (found,) = interpret(calls, identity, QUALITY, read_knowledge(None), InterpretOptions()).variants
        assert found.origin is not None
        assert (found.origin.somatic, found.origin.germline, found.origin.artefact) == (0.62, 0.36, 0.02)
        said = [words(c) for c in row_of(found).cautions]
        assert any(c.startswith("probability somatic 62") and "germline 36" in c for c in said) is is_said


def test_read_calls__takes_the_posterior_where_all_three_are_shares(tmp_path: Path) -> None:
    rows = ("PSOM=0.6;PGERM=0.3;PART=0.1", "PSOM=0.6;PGERM=0.3", "PSOM=7;PGERM=0.3;PART=0.1")
    lines = [f"1 {11 + i} . A C . PASS {info} GT:AD 0/0:9,0 0/1:9,3" for i, info in enumerate(rows)]
    found = read_calls(foreign.write(tmp_path / "c.vcf", foreign.MUTECT2, *lines, length=100)).variants
    assert [v.origin for v in found] == [(0.6, 0.3, 0.1), None, None]
