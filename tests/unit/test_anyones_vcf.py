"""VCFs of other callers: who is the tumor, how much of it carries the allele, and one table of all."""

from __future__ import annotations

import csv
import random
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from oncopipe.annotation.annotator import annotate
from oncopipe.cli.annotate import command
from oncopipe.data.variants import AlleleCounts, AnnotatedCalls
from oncopipe.errors import InputError
from oncopipe.io.allele_counts import allele_counts
from oncopipe.io.annotated_vcf import read_annotated, read_calls
from oncopipe.io.call_table import COLUMNS
from oncopipe.io.vcf_lines import VcfLine
from tests import foreign_vcfs as foreign
from tests.gene_models import make_genes, random_alleles, write_genome


def counts(calls: AnnotatedCalls) -> list[tuple[AlleleCounts | None, AlleleCounts | None]]:
    return [(v.tumor, v.normal) for v in calls.variants]


def of(calls: AnnotatedCalls) -> tuple[str, str | None, str]:
    return calls.calls.tumor_sample, calls.calls.normal_sample, calls.calls.caller


def test_read_calls__of_mutect2_with_several_alleles(tmp_path: Path) -> None:
    path = foreign.write(
        tmp_path / "m.vcf", foreign.MUTECT2,
        "1 101 . A C,AG . PASS TLOD=20,5 GT:AD:AF:DP 0/0:40,0,1:0.01,0.02:41 0/1/2:60,30,10:0.30,0.10:102",
        length=5000,
    )  # fmt: skip
    calls = read_calls(path)
    assert of(calls) == ("T7", "N7", "Mutect2 2.2")
    assert [v.alternate for v in calls.variants] == ["C", "AG"]
    assert counts(calls) == [
        (AlleleCounts(102, 60, 30), AlleleCounts(41, 40, 0)),
        (AlleleCounts(102, 60, 10), AlleleCounts(41, 40, 1)),
    ]


def test_read_calls__of_strelka2_counts_tier_one(tmp_path: Path) -> None:
    snv = foreign.write(
        tmp_path / "s.vcf", foreign.STRELKA_SNV,
        "1 101 . A C . PASS SOMATIC;QSS=99;SGT=AA->AC DP:FDP:SDP:SUBDP:AU:CU:GU:TU"
        " 30:0:0:0:30,31:0,0:0,0:0,0 52:2:0:0:37,38:12,14:1,1:0,0",
    )  # fmt: skip
    indel = foreign.write(
        tmp_path / "i.vcf", foreign.STRELKA_INDEL,
        "1 101 . AC A . LowEVS SOMATIC DP:DP2:TAR:TIR:TOR 30:30:28,28:0,0:2,2 60:60:40,41:10,11:8,8",
    )  # fmt: skip
    calls = read_calls(snv)
    assert of(calls) == ("TUMOR", "NORMAL", "Strelka2 2.9.10")
    assert counts(calls) == [(AlleleCounts(49, 37, 12), AlleleCounts(30, 30, 0))]
    assert calls.variants[0].tumor is not None and calls.variants[0].tumor.vaf == 12 / (12 + 37)
    calls = read_calls(indel)
    assert of(calls) == ("TUMOR", "NORMAL", "Strelka2 2.9.10")
    assert counts(calls) == [(AlleleCounts(50, 40, 10), AlleleCounts(28, 28, 0))]
    assert not calls.variants[0].is_pass


def test_read_calls__of_vardict_has_its_tumor_in_the_first_record(tmp_path: Path) -> None:
    record = (
        "1 101 . A C 80 PASS STATUS=StrongSomatic;SAMPLE=HB1;TYPE=SNV GT:DP:VD:ALD:RD:AD:AF"
        " 0/1:100:25:12,13:40,34:74,25:0.25 0/0:50:0:0,0:25,25:50,0:0"
    )
    calls = read_calls(foreign.write(tmp_path / "v.vcf", foreign.VARDICT, record))
    assert of(calls) == ("HB1", "HB1-blood", "VarDict 1.8.3")
    assert counts(calls) == [(AlleleCounts(100, 74, 25), AlleleCounts(50, 50, 0))]
    older = record.replace(":AD:AF", ":AF").replace(":74,25", "").replace(":50,0:0", ":0")
    calls = read_calls(foreign.write(tmp_path / "w.vcf", foreign.VARDICT, older))
    assert counts(calls) == [(AlleleCounts(100, 74, 25), AlleleCounts(50, 50, 0))]


@pytest.mark.parametrize(
    ("status", "filters"),
    [
        ("StrongSomatic", ("PASS",)), ("LikelySomatic", ("PASS",)), ("Germline", ("status_Germline",)),
        ("StrongLOH", ("status_StrongLOH",)), ("AFDiff", ("status_AFDiff",)),
    ],
)  # fmt: skip
def test_read_calls__of_vardict_passes_only_what_it_calls_somatic(
    tmp_path: Path, status: str, filters: tuple[str, ...]
) -> None:
    record = f"1 101 . A C 80 PASS STATUS={status};SAMPLE=HB1 GT:DP:AD 0/1:100:74,25 0/1:50:25,25"
    calls = read_calls(foreign.write(tmp_path / "v.vcf", foreign.VARDICT, record))
    assert calls.variants[0].filters == filters
    assert calls.variants[0].is_pass == (filters == ("PASS",))
    failed = read_calls(foreign.write(tmp_path / "w.vcf", foreign.VARDICT, record.replace("PASS", "p8;q22.5")))
    assert failed.variants[0].filters[:2] == ("p8", "q22.5") and not failed.variants[0].is_pass


DRAGEN_RECORD = (
    "1 101 . A C . PASS DP=90 GT:SQ:AD:AF:F1R2:F2R1:DP 0/0:.:40,0:0.0:20,0:20,0:40 0/1:30.1:41,9:0.18:20,4:21,5:50"
)


def test_read_calls__of_dragen_needs_the_tumor_told_where_the_header_does_not(tmp_path: Path) -> None:
    path = foreign.write(tmp_path / "d.vcf", foreign.DRAGEN, DRAGEN_RECORD, options="")
    with pytest.raises(InputError, match=r"does not say which of B-10, T-10 is the tumor") as caught:
        read_calls(path)
    assert "--tumor" in str(caught.value.fix)
    told = read_calls(path, tumor="T-10", normal="B-10")
    named = foreign.write(
        tmp_path / "e.vcf", foreign.DRAGEN, DRAGEN_RECORD, options=" --RGSM B-10 --RGSM-tumor T-10 --other"
    )
    for calls in (told, read_calls(named)):
        assert of(calls) == ("T-10", "B-10", "DRAGEN 05.121.645.4.0.3")
        assert counts(calls) == [(AlleleCounts(50, 41, 9), AlleleCounts(40, 40, 0))]
    with pytest.raises(InputError, match=r"'T-11' is not in the VCF"):
        read_calls(path, tumor="T-11")


@pytest.mark.parametrize(
    ("alternates", "tag", "filters"),
    [
        ("C", ";GermlineStatus=Germline_DB", [("status_Germline_DB",)]),
        ("C", ";GermlineStatus=Germline_Proxi", [("status_Germline_Proxi",)]),
        ("C", ";GermlineStatus=Somatic", [("PASS",)]),
        ("C", ";GermlineStatus=Somatic_Putative_DB", [("PASS",)]),
        ("C", ";GermlineStatus=.", [("PASS",)]),
        ("C", ";GermlineStatus", [("PASS",)]),
        ("C", "", [("PASS",)]),
        ("C,G", ";GermlineStatus=Somatic,Germline_DB", [("PASS",), ("status_Germline_DB",)]),
        ("C,G", ";GermlineStatus=Germline_DB", [("status_Germline_DB",)] * 2),
    ],
)  # fmt: skip
def test_read_calls__of_dragen_alone_does_not_pass_what_it_tags_germline(
    tmp_path: Path, alternates: str, tag: str, filters: list[tuple[str, ...]]
) -> None:
    depths = "41,9,4" if "," in alternates else "41,9"
    record = f"1 101 . A {alternates} . PASS DP=60{tag} GT:SQ:AD:DP 0/1:30.1:{depths}:60"
    options = " --vc-enable-germline-tagging true"
    calls = read_calls(foreign.write(tmp_path / "d.vcf", foreign.DRAGEN_ALONE, record, options=options))
    assert of(calls) == ("T-10", None, "DRAGEN 05.121.645.4.0.3")
    assert [v.filters for v in calls.variants] == filters
    assert [v.is_pass for v in calls.variants] == [names == ("PASS",) for names in filters]
    weak = record.replace("PASS", "base_quality;weak_evidence")
    found = read_calls(foreign.write(tmp_path / "w.vcf", foreign.DRAGEN_ALONE, weak, options=options)).variants
    assert {v.filters[:2] for v in found} == {("base_quality", "weak_evidence")}


def test_read_calls__of_dragen_beside_a_normal_goes_by_the_normal_and_not_by_the_tag(tmp_path: Path) -> None:
    tagged = DRAGEN_RECORD.replace("DP=90", "DP=90;GermlineStatus=Germline_DB")
    path = foreign.write(tmp_path / "d.vcf", foreign.DRAGEN, tagged, options=" --RGSM B-10 --RGSM-tumor T-10")
    (paired,) = read_calls(path).variants
    assert paired.filters == ("PASS",)


def test_read_calls__of_another_caller_does_not_read_dragens_tag(tmp_path: Path) -> None:
    record = "1 101 . A C 30 PASS GermlineStatus=Germline_DB GT:GQ:DP:AD:VAF 1/1:20:50:38,12:0.24"
    (found,) = read_calls(foreign.write(tmp_path / "p.vcf", foreign.DEEPSOMATIC, record)).variants
    assert found.filters == ("PASS",)


def test_read_calls__of_deepsomatic_has_one_column(tmp_path: Path) -> None:
    path = foreign.write(
        tmp_path / "p.vcf", foreign.DEEPSOMATIC,
        "1 101 . A C 30 PASS . GT:GQ:DP:AD:VAF:PL 1/1:20:50:38,12:0.24:30,20,0",
        "1 103 . A C 3 GERMLINE . GT:GQ:DP:AD:VAF:PL 0/0:20:50:25,25:0.5:0,20,30",
        "1 105 . A C,G 3 RefCall . GT:GQ:DP:VAF:PL 0/0:20:50:0.06,0.02:0,1,2,3,4,5",
    )  # fmt: skip
    calls = read_calls(path)
    assert of(calls) == ("case9", None, "DeepSomatic 1.8.0")
    assert [tumor for tumor, _ in counts(calls)] == [
        AlleleCounts(50, 38, 12), AlleleCounts(50, 25, 25), AlleleCounts(50, 46, 3), AlleleCounts(50, 46, 1)
    ]  # fmt: skip
    assert [v.is_pass for v in calls.variants] == [True, False, False, False]


def test_read_calls__of_varscan_and_pcgr(tmp_path: Path) -> None:
    varscan = foreign.write(
        tmp_path / "vs.vcf",
        foreign.VARSCAN,
        "1 101 . A C . PASS SS=2 GT:DP:RD:AD:FREQ 0/0:31:30:1:3% 0/1:50:40:9:18%",
    )
    calls = read_calls(varscan)
    assert counts(calls) == [(AlleleCounts(50, 40, 9), AlleleCounts(31, 30, 1))] and calls.variants[0].is_pass
    varscan.write_text(varscan.read_text().replace("SS=2", "SS=1"))
    assert read_calls(varscan).variants[0].filters == ("status_Germline",)
    pcgr = foreign.write(
        tmp_path / "p.vcf", foreign.PCGR, "1 101 . A C . PASS TVAF=0.12;TDP=100;CVAF=0;CDP=40", "1 103 . A C . PASS ."
    )
    with pytest.raises(InputError, match="has no sample columns"):
        read_calls(pcgr)
    calls = read_calls(pcgr, tumor="T", normal="N")
    assert of(calls) == ("T", "N", "unknown")
    assert counts(calls) == [(AlleleCounts(100, 88, 12), AlleleCounts(40, 40, 0)), (None, None)]


def test_read_calls__pedigree_names_the_tumor(tmp_path: Path) -> None:
    header = ("##fileformat=VCFv4.2", "##PEDIGREE=<Derived=X2,Original=X1>", f"{foreign._TAIL}\tX1\tX2")
    calls = read_calls(foreign.write(tmp_path / "x.vcf", header, "1 101 . A C . . . GT:AD 0/0:9,0 0/1:5,4"))
    assert of(calls) == ("X2", "X1", "unknown")


@given(st.dictionaries(st.sampled_from(["AD", "DP", "AU", "CU", "GU", "TU", "TAR", "TIR", "VD", "RD", "RO", "AO", "AF", "VAF"]),
                       st.text("0123456789,.-nax%", max_size=8)),
       st.sampled_from([("A", "C"), ("A", "CT"), ("A", "C,G"), ("AC", "A"), ("A", "<DEL>")]))  # fmt: skip
def test_allele_counts__of_anything_are_sound_or_none(values: dict[str, str], alleles: tuple[str, str]) -> None:
    fields = ["1", "5", ".", *alleles, ".", ".", ".", ":".join(values), ":".join(values.values())]
    line = VcfLine(fields, 4, tuple(alleles[1].split(",")), "here")
    found = allele_counts(line, 0)
    assert len(found) == len(line.alternates)
    for one in found:
        if one is not None:
            assert one.reference >= 0 and one.alternate >= 0 and one.depth >= one.reference + one.alternate
            assert 0 <= one.vaf <= 1


@pytest.mark.parametrize("text", ["9" * 10, "9" * 5000, "-3", "x"])
def test_allele_counts__that_reads_cannot_have_are_none(text: str) -> None:
    fields = ["1", "5", ".", "A", "C", ".", ".", ".", "AD:DP", f"{text},5:15"]
    assert allele_counts(VcfLine(fields, 4, ("C",), "here"), 0) == [None]


def test_annotate__several_unnormalized_alleles_get_the_names_of_single_normalized_ones(tmp_path: Path) -> None:
    contig, genes = make_genes(41)
    fasta, gff3 = write_genome(tmp_path, contig, genes)
    alleles = random_alleles(random.Random(41), contig, genes, 300)
    single = [f"1 {p + 1} . {r} {a} . PASS . GT:AD 0/0:9,0 0/1:5,4" for p, r, a in alleles]
    joined = []
    for p, r, a in alleles:
        left, right = contig[p - 3 : p], contig[p + len(r) : p + len(r) + 4]
        other = left + ("A" if r[0] != "A" else "C") + (r + right)[1:]
        alternates = [left + a + right, other] if left + a + right != other else [left + a + right]
        joined.append(
            (p - 2, f"1 {p - 2} . {left}{r}{right} {','.join(alternates)} . PASS . GT:AD 0/0:9,0,0 0/1:5,4,1")
        )
    names = []
    for name, records in (("a", single), ("b", [text for _, text in sorted(joined)])):
        calls = foreign.write(tmp_path / f"{name}.vcf", foreign.MUTECT2, *records, length=len(contig))
        annotate(calls, fasta, gff3, tmp_path / f"{name}.vcf.gz")
        names.append([
            [(e.transcript, e.consequences, e.hgvs_c, e.hgvs_p) for e in v.effects]
            for v in read_annotated(tmp_path / f"{name}.vcf.gz").variants
        ])  # fmt: skip
    first_of_each = iter(names[1])
    by_order = []
    for _, text in sorted(joined):
        by_order.append(next(first_of_each))
        if "," in text.split(" ")[4]:
            next(first_of_each)
    assert sorted(map(str, by_order)) == sorted(map(str, names[0]))


def test_annotate__writes_one_table_and_tells_what_follows_who_the_tumor_is(tmp_path: Path) -> None:
    contig, genes = make_genes(42)
    fasta, gff3 = write_genome(tmp_path, contig, genes)
    ref = contig[100]
    alt = "C" if ref != "C" else "G"
    path = foreign.write(tmp_path / "d.vcf", foreign.DRAGEN, DRAGEN_RECORD.replace("A C", f"{ref} {alt}"), options="")
    output, table = tmp_path / "o.vcf.gz", tmp_path / "t.tsv"
    arguments = ["--calls", path, "--reference", fasta, "--genes", gff3, "--output", output, "--table", table]
    refused = CliRunner().invoke(command, [*map(str, arguments)])
    assert isinstance(refused.exception, InputError) and not output.exists() and not table.exists()
    done = CliRunner().invoke(command, [*map(str, arguments), "--tumor", "T-10", "--normal", "B-10"])
    assert done.exit_code == 0, done.output
    assert of(read_annotated(output)) == ("T-10", "B-10", "DRAGEN 05.121.645.4.0.3")
    with table.open() as lines:
        (row,) = csv.DictReader(lines, delimiter="\t")
    assert tuple(row) == COLUMNS
    assert (row["caller"], row["position"], row["tumor_vaf"], row["tumor_depth"], row["normal_vaf"]) == (
        "DRAGEN 05.121.645.4.0.3", "101", "0.1800", "50", "0.0000"
    )  # fmt: skip
