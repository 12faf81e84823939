from __future__ import annotations

from pathlib import Path

import pytest

from oncopipe.data.alterations import Breakend, GeneCopy, PatientFacts, Segment, StructuralVariant
from oncopipe.errors import InputError, MissingInputError
from oncopipe.io.alterations import read_alterations


def test_read_alterations__positions_and_words(tmp_path: Path) -> None:
    """A table of segments is 1-based with both ends within; inside the interval is 0-based half-open."""
    (tmp_path / "seg").write_text(
        "# made by hand\nsample\tchromosome\tstart\tend\tlog2_ratio\tn_major\tn_minor\r\n"
        "S1\tchr7\t1\t100\t-0.5\t1\t0\r\nS1\tchrM\t5\t6\tNA\t\t\r\n"
    )
    (tmp_path / "cna").write_text("Sample\tGene\tState\nS1\tEGFR\t2\nS1\tTP53\t-1\n")
    (tmp_path / "sv").write_text(
        "sample\tgene_a\tgene_b\tchromosome_a\tposition_a\texon_a\tclass\tsplit_reads\n"
        "S1\tEML4\tALK\tchr2\t42522656\t13\tfusion\t12\nS1\tMET\t\t\t\t\t\t\nS2\t\t\t\t\t\tnone\t\n"
    )
    (tmp_path / "pat").write_text("patient\tdiagnosed\tos_status\tos_months\tage\nP1\t2031-01-02\tliving\t3.5\t61\n")
    made = read_alterations(
        segments=tmp_path / "seg",
        copy_number=tmp_path / "cna",
        structural_variants=tmp_path / "sv",
        patients=tmp_path / "pat",
    )
    assert made.segments == (
        Segment("S1", "7", 0, 100, None, -0.5, 1, 0),
        Segment("S1", "MT", 4, 6),
    )
    assert made.genes == (GeneCopy("S1", "EGFR", 2), GeneCopy("S1", "TP53", -1))
    assert made.structural == (
        StructuralVariant("S1", Breakend("EML4", "2", 42522656, "", 13), Breakend("ALK"), "FUSION", "", 12),
        StructuralVariant("S1", Breakend("MET"), Breakend("")),
    )
    assert made.patients == {"P1": PatientFacts("P1", "2031-01-02", 61.0, "0:LIVING", 3.5)}
    assert made.sv_examined == {"S1", "S2"} and made.samples() == {"S1", "S2"}
    assert read_alterations().samples() == set()


@pytest.mark.parametrize(
    "header",
    [
        "ID\tchrom\tloc.start\tloc.end\tnum.mark\tseg.mean",
        "Sample\tChromosome\tStart\tEnd\tNum_Probes\tSegment_Mean",
    ],
)
def test_read_alterations__segments_of_other_tools(tmp_path: Path, header: str) -> None:
    (tmp_path / "x.seg").write_text(f"{header}\rS1\tchrX\t61735\t86341\t15\t-0.683\r")
    made = read_alterations(segments=tmp_path / "x.seg")
    assert made.segments == (Segment("S1", "X", 61734, 86341, 15, -0.683),)


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("segments", "sample\tchromosome\tstart\nS\t1\t1\n", "lacks the column 'end'"),
        ("segments", "", "lacks the column 'sample'"),
        ("segments", "sample\tchromosome\tstart\tend\nS\t1\t9\t3\n", "row 2, column end"),
        ("segments", "sample\tchromosome\tstart\tend\nS\t1\t0\t3\n", "row 2, column start"),
        ("segments", "sample\tchromosome\tstart\tend\nS T\t1\t1\t3\n", "column sample"),
        ("segments", "sample\tchromosome\tstart\tend\nS\t<b>\t1\t3\n", "column chromosome"),
        ("segments", "sample\tchromosome\tstart\tend\tlog2_ratio\nS\t1\t1\t3\tnan\n", "a finite number"),
        ("segments", "sample\tsample\tchromosome\tstart\tend\n", "a column stands twice"),
        ("segments", "sample\tchromosome\tstart\tend\nS\t1\t1\t3\t4\t5\n", "6 cells under 4 columns"),
        ("copy_number", "sample\tgene\tstate\nS\tEGFR\t3\n", "needs -2, -1, 0, 1, 2"),
        ("copy_number", "sample\tgene\tstate\nS\t\t2\n", "a gene symbol"),
        ("copy_number", "sample\tgene\tstate\nS\tA\t2\nS\tA\t1\n", "stands twice"),
        ("structural_variants", "sample\tgene_a\tgene_b\tclass\nS\tA\tB\tODD\n", "needs DELETION"),
        ("structural_variants", "sample\tgene_a\tgene_b\tstatus\nS\tA\tB\tODD\n", "needs SOMATIC, GERMLINE"),
        ("structural_variants", "sample\tgene_a\tgene_b\tclass\nS\tA\t\tNONE\n", "NONE without genes"),
        ("structural_variants", "sample\tgene_a\tgene_b\nS\t\t\n", "a gene on at least one side"),
        ("structural_variants", "sample\tgene_a\tgene_b\nS\tA\tB\nS\tA\tB\n", "stands twice"),
        ("patients", "patient\tdiagnosed\nP\t1.2.2031\n", "a date, YYYY-MM-DD"),
        ("patients", "patient\tos_status\nP\tgone\n", "living or deceased"),
        ("patients", "patient\tage\nP\told\n", "a number"),
    ],
)
def test_read_alterations__each_fault_is_named(tmp_path: Path, kind: str, text: str, said: str) -> None:
    (tmp_path / "table.tsv").write_text(text)
    with pytest.raises(InputError) as caught:
        read_alterations(**{kind: tmp_path / "table.tsv"})
    assert said in str(caught.value) and "table.tsv" in str(caught.value)


def test_read_alterations__missing_and_broken_files(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError):
        read_alterations(segments=tmp_path / "nowhere")
    (tmp_path / "bad").write_bytes(b"sample\xff\n")
    with pytest.raises(InputError, match="cannot be read"):
        read_alterations(segments=tmp_path / "bad")
