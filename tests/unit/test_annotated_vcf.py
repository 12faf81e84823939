"""Annotated VCFs come back as they were written, and broken ones are refused with their line."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncopipe.data.variants import Effect
from oncopipe.errors import InputError, MissingInputError
from oncopipe.io.annotated_vcf import INFO_LINES, format_effect, parse_effect, read_annotated

HEADER = "\n".join(
    (
        "##fileformat=VCFv4.2",
        "##oncopipe_version=0.1.0",
        "##contig=<ID=7,length=159138663>",
        "##tumor_sample=T1",
        "##normal_sample=N1",
        *INFO_LINES,
        "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tN1\tT1",
    )
)
V600E = (
    "T|missense_variant|MODERATE|BRAF|ENSG00000157764|transcript|ENST00000288602|protein_coding|15/18|c.1799T>A"
    "|p.Val600Glu|1860/2480|1799/2301|600/766||"
)
OTHER = "T|intron_variant|MODIFIER|BRAF|ENSG00000157764|transcript|ENST2|protein_coding|3/4|c.9+1T>A||||||"
RECORD = (
    f"7\t140453136\trs1\tA\tT\t60\tPASS\tANN={V600E},{OTHER};TXC=Ensembl_canonical;POPAF_MAX=4e-06"
    "\tGT:AD:DP\t0/0:30,0:30\t0/1:40,10:52"
)


def write(folder: Path, *records: str, header: str = HEADER) -> Path:
    path = folder / "a.vcf.gz"
    path.write_bytes(gzip.compress("\n".join((header, *records, "")).encode(), mtime=0))
    return path


def test_read_annotated__gives_names_counts_and_choice(tmp_path: Path) -> None:
    calls = read_annotated(write(tmp_path, RECORD))
    (variant,) = calls.variants
    assert (calls.calls.tumor_sample, calls.calls.normal_sample, calls.calls.caller) == ("T1", "N1", "OncoPipe 0.1.0")
    assert variant.where == "7:140453136 A>T"
    assert variant.position == 140453135
    assert variant.effect is not None
    assert (variant.effect.hgvs_p, variant.effect.hgvs_p_short) == ("p.Val600Glu", "p.V600E")
    assert (variant.effect.exon, variant.effects[1].exon, variant.effects[1].intron) == ("15/18", None, "3/4")
    assert variant.tumor is not None and variant.normal is not None
    assert (variant.tumor.depth, variant.tumor.reference, variant.tumor.alternate) == (52, 40, 10)
    assert variant.normal.vaf == 0
    assert (variant.transcript_choice, variant.population_frequency) == ("Ensembl_canonical", 4e-06)
    assert variant.is_pass


def test_read_annotated__splits_alleles(tmp_path: Path) -> None:
    c_entry = V600E.replace("T|", "C|", 1).replace("Val600Glu", "Val600Gly")
    info = f"ANN={V600E},{c_entry};TXC=longest,.;POPAF_MAX=.,0.5"
    record = f"7\t140453136\t.\tA\tT,C\t.\tgermline;weak_evidence\t{info}\tAD\t9,0,0\t5,2,1"
    first, second = read_annotated(write(tmp_path, record)).variants
    assert first.effect is not None and second.effect is not None
    assert (first.effect.hgvs_p, second.effect.hgvs_p) == ("p.Val600Glu", "p.Val600Gly")
    assert (first.transcript_choice, second.transcript_choice) == ("longest", None)
    assert (first.population_frequency, second.population_frequency) == (None, 0.5)
    assert second.tumor is not None and (second.tumor.depth, second.tumor.alternate) == (8, 1)
    assert first.filters == ("germline", "weak_evidence") and not first.is_pass and first.quality is None


def test_read_annotated__one_sample_is_the_tumor(tmp_path: Path) -> None:
    header = "\n".join(line for line in HEADER.split("\n") if "_sample" not in line).replace("\tN1\tT1", "\tonly")
    record = "\t".join(RECORD.split("\t")[:10])
    calls = read_annotated(write(tmp_path, record, header=header))
    assert (calls.calls.tumor_sample, calls.calls.normal_sample, calls.variants[0].normal) == ("only", None, None)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda h, r: (h.replace("##tumor_sample=T1", "##tumor_sample=X"), r), "'X' is not in the VCF"),
        (lambda h, r: (h.replace("##tumor_sample=T1\n", ""), r), "does not say which"),
        (lambda h, r: (h.replace("##tumor_sample=T1", "##tumor_sample=N1"), r), "the same sample"),
        (lambda h, r: (h.replace("ID=ANN", "ID=CSQ"), r), "not annotated"),
        (lambda h, r: (h.replace("##fileformat", "##format"), r), "does not begin with"),
        (lambda h, r: (h.replace("#CHROM\t", "#CHROM "), r), "no line of column names"),
        (lambda h, r: (h, r.replace("|15/18|", "|")), "ANN entry has 15 fields"),
        (lambda h, r: (h, r.replace("|600/766|", "|x/766|")), "'x/766' where a number"),
        (lambda h, r: (h, r.replace("4e-06", "nan")), "POPAF_MAX is no number"),
        (lambda h, r: (h, r.replace("TXC=Ensembl_canonical", "TXC=a,b")), "2 values for 1"),
        (lambda h, r: (h, r.replace("140453136", "-5")), "POS is no number"),
        (lambda h, r: (h, r.replace("140453136", "1" * 5000)), "POS is no number"),
        (lambda h, r: (h, r.replace("PASS", "PASS\0")), "NUL byte"),
        (lambda h, r: (h, r.replace("\tA\tT\t", "\tA\tT;\t")), "ALT is no allele"),
        (lambda h, r: (h, r.replace("\tA\tT\t", "\t\tT\t")), "REF is no sequence"),
        (lambda h, r: (h, r + "\t0/1"), "12 columns, the header 11"),
    ],
)  # fmt: skip
def test_read_annotated__refuses_what_is_broken(tmp_path: Path, change, message: str) -> None:
    header, record = change(HEADER, RECORD)
    with pytest.raises(InputError, match=message) as caught:
        read_annotated(write(tmp_path, record, header=header))
    assert "a.vcf.gz" in str(caught.value)


def test_read_annotated__refuses_damage_and_absence(tmp_path: Path) -> None:
    path = write(tmp_path, *[RECORD] * 400)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(InputError, match="truncated or damaged"):
        read_annotated(path)
    path.write_bytes(b"##fileformat=VCFv4.2\n\xff\xfe\n")
    with pytest.raises(InputError, match="not text"):
        read_annotated(path)
    path.write_bytes(b"")
    with pytest.raises(InputError, match="no line of column names"):
        read_annotated(path)
    with pytest.raises(MissingInputError):
        read_annotated(tmp_path / "none.vcf")


words = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12)
numbers = st.none() | st.integers(1, 10**6)


@given(gene=words, name=words, first=numbers, second=numbers, messages=st.lists(st.sampled_from(["W1", "I1"])))
def test_format_effect__is_the_inverse_of_parse(gene: str, name: str, first, second, messages) -> None:
    effect = Effect(
        "A", ("missense_variant", "splice_region_variant"), "MODERATE", gene, "g1", "transcript", "ENST1.2", "x", 2,
        3, name, "p.Val600=", first, second if first else None, 3, None, None, None, second, tuple(messages),
    )  # fmt: skip
    text = format_effect(effect)
    assert not set(text) & set(",;= \t")
    assert parse_effect(text, "here") == effect
