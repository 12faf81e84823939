"""Gene models of three houses come out the same; what is no gene model is refused with its line."""

from __future__ import annotations

import gzip
import random
from pathlib import Path

import pytest

from oncopipe.data.transcripts import Transcript
from oncopipe.errors import InputError, MissingInputError, ReferenceMismatchError
from oncopipe.io.gff3 import read_gff3

LENGTHS = {"7": 1000, "8": 500}


def rows(*lines: str) -> str:
    return "##gff-version 3\n" + "".join("\t".join(line.split(" ", 8)) + "\n" for line in lines)


ENSEMBL = rows(
    "7 ensembl gene 101 400 . - . ID=gene:ENSG1;Name=AAA;biotype=protein_coding;gene_id=ENSG1;version=3",
    "7 ensembl mRNA 101 400 . - . ID=transcript:ENST1;Parent=gene:ENSG1;biotype=protein_coding;transcript_id=ENST1;"
    "version=2;tag=basic,Ensembl_canonical,MANE_Select",
    "7 ensembl exon 101 200 . - . Parent=transcript:ENST1;rank=2",
    "7 ensembl exon 301 400 . - . Parent=transcript:ENST1;rank=1",
    "7 ensembl CDS 151 200 . - 2 ID=CDS:P1;Parent=transcript:ENST1",
    "7 ensembl CDS 301 340 . - 0 ID=CDS:P1;Parent=transcript:ENST1",
    "7 ensembl five_prime_UTR 341 400 . - . Parent=transcript:ENST1",
)
REFSEQ = rows(
    "7 RefSeq region 1 1000 . + . ID=7:1..1000;chromosome=7",
    "7 BestRefSeq gene 101 400 . - . ID=gene-AAA;Name=AAA;gene=AAA;gene_biotype=protein_coding",
    "7 BestRefSeq mRNA 101 400 . - . ID=rna-NM_1.2;Parent=gene-AAA;gene=AAA;tag=MANE Select;transcript_id=NM_1.2",
    "7 BestRefSeq exon 301 400 . - . ID=exon-NM_1.2-1;Parent=rna-NM_1.2",
    "7 BestRefSeq exon 101 200 . - . ID=exon-NM_1.2-2;Parent=rna-NM_1.2",
    "7 BestRefSeq CDS 301 340 . - 0 ID=cds-NP_1.1;Parent=rna-NM_1.2",
    "7 BestRefSeq CDS 151 200 . - 2 ID=cds-NP_1.1;Parent=rna-NM_1.2",
    "7 RefSeq cDNA_match 101 200 . - . ID=x;Target=NM_1.2 1 100",
)
GENCODE = rows(
    "7 HAVANA gene 101 400 . - . ID=ENSG1.3;gene_id=ENSG1.3;gene_type=protein_coding;gene_name=AAA",
    "7 HAVANA transcript 101 400 . - . ID=ENST1.2;Parent=ENSG1.3;gene_id=ENSG1.3;transcript_id=ENST1.2;"
    "transcript_type=protein_coding;gene_name=AAA;tag=basic,MANE_Select",
    "7 HAVANA exon 301 400 . - . ID=exon:ENST1.2:1;Parent=ENST1.2",
    "7 HAVANA CDS 301 340 . - 0 ID=CDS:ENST1.2;Parent=ENST1.2",
    "7 HAVANA start_codon 338 340 . - 0 ID=start_codon:ENST1.2:1;Parent=ENST1.2",
    "7 HAVANA exon 101 200 . - . ID=exon:ENST1.2:2;Parent=ENST1.2",
    "7 HAVANA CDS 151 200 . - 2 ID=CDS:ENST1.2;Parent=ENST1.2",
)


def read(
    folder: Path, text: str | bytes, name: str = "g.gff3", lengths: dict[str, int] = LENGTHS
) -> tuple[Transcript, ...]:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_gff3(path, lengths)


@pytest.mark.parametrize(
    ("text", "identifier", "gene_id"),
    [(ENSEMBL, "ENST1.2", "ENSG1"), (REFSEQ, "NM_1.2", "gene-AAA"), (GENCODE, "ENST1.2", "ENSG1.3")],
)
def test_read_gff3__reads_three_layouts(tmp_path: Path, text: str, identifier: str, gene_id: str) -> None:
    (transcript,) = read(tmp_path, text)
    assert (transcript.identifier, transcript.gene, transcript.gene_id) == (identifier, "AAA", gene_id)
    assert (transcript.strand, transcript.biotype, transcript.exons) == (
        -1,
        "protein_coding",
        ((100, 200), (300, 400)),
    )
    assert (transcript.cds_start, transcript.cds_end, transcript.missing_bases) == (150, 340, 0)
    assert transcript.is_plain and "MANE_Select" in transcript.tags
    assert (transcript.n_coding_bases, transcript.n_bases, transcript.unversioned) == (90, 200, identifier[:-2])


def test_read_gff3__reads_gzip_and_crlf(tmp_path: Path) -> None:
    expected = read(tmp_path, ENSEMBL)
    assert read(tmp_path, gzip.compress(ENSEMBL.encode()), "g.gff3.gz") == expected
    assert read(tmp_path, ENSEMBL.replace("\n", "\r\n")) == expected


def test_read_gff3__children_may_come_first_and_have_several_parents(tmp_path: Path) -> None:
    head, *lines = ENSEMBL.splitlines()
    assert read(tmp_path, "\n".join([head, *reversed(lines)])) == read(tmp_path, ENSEMBL)
    twin = rows("7 x mRNA 101 400 . - . ID=transcript:ENST2;Parent=gene:ENSG1;transcript_id=ENST2")
    both = ENSEMBL.replace("Parent=transcript:ENST1;rank", "Parent=transcript:ENST1,transcript:ENST2;rank") + twin
    first, second = read(tmp_path, both)
    assert (first.exons, first.is_coding, second.is_coding) == (second.exons, True, False)


def test_read_gff3__phase_tells_missing_bases_and_broken_frames(tmp_path: Path) -> None:
    start = ENSEMBL.replace("340\t.\t-\t0", "340\t.\t-\t1").replace("200\t.\t-\t2", "200\t.\t-\t0")
    (transcript,) = read(tmp_path, start)
    assert (transcript.missing_bases, transcript.is_plain) == (2, True)
    (transcript,) = read(tmp_path, ENSEMBL.replace("200\t.\t-\t2", "200\t.\t-\t1"))
    assert not transcript.is_plain
    (transcript,) = read(tmp_path, ENSEMBL.replace("CDS\t151\t200", "CDS\t151\t198"))
    assert not transcript.is_plain


def test_read_gff3__one_id_on_two_contigs_is_two_genes(tmp_path: Path) -> None:
    twins = read(tmp_path, ENSEMBL + ENSEMBL.replace("\n7\t", "\n8\t").split("\n", 1)[1])
    assert [t.contig for t in twins] == ["7", "8"]


def test_read_gff3__leaves_out_contigs_that_the_reference_lacks(tmp_path: Path) -> None:
    other = ENSEMBL.replace("\n7\t", "\nGL1\t").split("\n", 1)[1]
    assert read(tmp_path, ENSEMBL + other) == read(tmp_path, ENSEMBL)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("\t.\t-\t.\tParent=transcript:ENST1;rank=2", "\t.\t-\tParent=transcript:ENST1", "line 4.*|8 columns"),
        ("exon\t101", "exon\tx", "no number"),
        ("exon\t101\t200", "exon\t201\t200", "ends before it starts"),
        ("200\t.\t-\t2\t", "200\t.\t-\t.\t", "phase 0, 1 or 2"),
        ("exon\t101\t200\t.\t-", "exon\t101\t200\t.\t.", "strand"),
        ("exon\t101\t200\t.\t-", "exon\t101\t200\t.\t+", "different strands"),
        ("Parent=transcript:ENST1;rank=2", "rank=2", "no Parent"),
        ("Parent=transcript:ENST1;rank=2", "Parent=transcript:ENST9", "is not in the file"),
        ("ID=gene:ENSG1;", 'gene_id "ENSG1"; ', "not key=value"),
        ("exon\t101\t200", "exon\t101\t310", "overlap"),
        ("CDS\t301\t340", "CDS\t281\t340", "outside the exons"),
        ("ID=transcript:ENST1;", "ID=gene:ENSG1;", "used before"),
    ],
)
def test_read_gff3__refuses_what_is_no_gene_model(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in ENSEMBL
    with pytest.raises(InputError, match=message) as caught:
        read(tmp_path, ENSEMBL.replace(old, new))
    assert "line" in (caught.value.where or "") and caught.value.fix


def test_read_gff3__refuses_another_reference(tmp_path: Path) -> None:
    with pytest.raises(ReferenceMismatchError, match="no contig of the gene models is in the reference: 7 is not"):
        read(tmp_path, ENSEMBL, lengths={"chr8": 1000})
    with pytest.raises(ReferenceMismatchError, match="the reference's 7 has 350 bases"):
        read(tmp_path, ENSEMBL, lengths={"7": 350})
    with pytest.raises(ReferenceMismatchError, match="7 has 1001 bases in the gene models"):
        read(tmp_path, ENSEMBL.replace("3\n", "3\n##sequence-region   7 1 1001\n", 1))
    # The models of an older build, whose chromosome is shorter, by any name.
    for name in ("7", "chr7", "NC_000007.13"):
        with pytest.raises(
            ReferenceMismatchError, match="has 990 bases in the gene models and 1000 in the reference"
        ):
            read(tmp_path, ENSEMBL.replace("3\n", f"3\n##sequence-region {name} 1 990\n", 1))


def test_read_gff3__chromosomes_get_the_names_of_the_reference(tmp_path: Path) -> None:
    told = {name: REFSEQ.replace("\n7\t", f"\n{name}\t") for name in ("7", "chr7", "NC_000007.14")}
    for own in ("7", "chr7"):
        models = [read(tmp_path, text, lengths={own: 1000, "chr9": 50}) for text in told.values()]
        assert models[0] == models[1] == models[2]
        assert {t.contig for t in models[0]} == {own}
    with pytest.raises(ReferenceMismatchError, match=r"NC_000007\.14 is not"):
        read(tmp_path, told["NC_000007.14"], lengths={"chr17": 1000})


@pytest.mark.parametrize(("length", "found"), [(16569, True), (16571, False)])
def test_read_gff3__the_other_mitochondrial_sequence_is_another_contig(
    tmp_path: Path, length: int, found: bool
) -> None:
    models = read(tmp_path, REFSEQ + rows(
        "MT RefSeq gene 101 400 . + . ID=gene-M;Name=M;gene_biotype=protein_coding",
        "MT RefSeq mRNA 101 400 . + . ID=rna-M;Parent=gene-M",
        "MT RefSeq exon 101 400 . + . Parent=rna-M",
    ).partition("\n")[2], lengths={"7": 1000, "chrM": length})  # fmt: skip
    assert ("chrM" in {t.contig for t in models}) == found


def test_read_gff3__refuses_damage_and_absence(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError):
        read_gff3(tmp_path / "none.gff3", LENGTHS)
    with pytest.raises(InputError, match="damaged or no text"):
        read(
            tmp_path,
            gzip.compress(ENSEMBL.encode() + random.Random(1).randbytes(9999).hex().encode())[:-30],
            "cut.gff3.gz",
        )
    with pytest.raises(InputError, match="damaged or no text"):
        read(tmp_path, b"##gff-version 3\n\xff\xff\n")
    with pytest.raises(InputError, match="no transcripts with exons"):
        read(tmp_path, "##gff-version 3\n")
