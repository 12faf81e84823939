"""`annotate` on files: what is kept, chosen, counted and refused."""

from __future__ import annotations

from pathlib import Path

import pysam
import pytest

from oncopipe.annotation import annotate
from oncopipe.cli.main import cli
from oncopipe.data.variants import AnnotatedVariant
from oncopipe.errors import InputError, MissingInputError, OncoPipeError, ReferenceMismatchError
from oncopipe.io.annotated_vcf import read_annotated
from tests.gene_models import MadeGene, gff3_of

#                1         2         3         4
#       1234567890123456789012345678901234567890
CDS = "ATGGCTTCATTATCATTATAA"
CONTIG = "T" * 50 + "CCTGA" + CDS[:9] + "GTAAGTCCTTCCATTTTTTTTTTCCAG" + CDS[9:] + "GCTTAAGG" + "C" * 60
START = 55
EXONS = [(50, START + 9), (START + 36, START + 56)]
GENE = MadeGene("AAA", "+", EXONS, (START, START + 48))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "g.fa").write_text(f">7\n{CONTIG}\n>8\n{'ACGT' * 30}\n")
    pysam.faidx(str(tmp_path / "g.fa"))
    (tmp_path / "g.gff3").write_text(gff3_of(CONTIG, [GENE], "7"))
    return tmp_path


def calls(folder: Path, *records: str, header: str = "", name: str = "c.vcf") -> Path:
    text = ["##fileformat=VCFv4.2", f"##contig=<ID=7,length={len(CONTIG)}>", "##contig=<ID=8,length=120>"]
    text += [*header.splitlines(), "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tT"]
    text += ["\t".join(r.split(" ")) for r in records]
    (folder / name).write_text("\n".join(text) + "\n")
    return folder / name


def run(folder: Path, path: Path, **more: Path) -> tuple[AnnotatedVariant, ...]:
    annotate(path, folder / "g.fa", folder / "g.gff3", folder / "o.vcf.gz", **more)
    return read_annotated(folder / "o.vcf.gz").variants


def at(offset: int, reference: str, alternate: str, info: str = ".") -> str:
    counts = "9" + ",1" * (alternate.count(",") + 1)
    return f"7 {START + offset + 1} . {reference} {alternate} . PASS {info} AD:DP {counts}:20"


def test_annotate__keeps_all_else_and_is_reproducible(folder: Path) -> None:
    header = (
        '##FILTER=<ID=odd,Description="x">\n##INFO=<ID=ANN,Number=.,Type=String,Description="old">\n##source=Mutect2'
    )
    path = calls(folder, "7 3 rs7 T A 12.50 odd X=1;ANN=old|entry;Y AD:DP 9,1:20", at(3, "G", "A,C"), header=header)
    first, *others = run(folder, path)
    assert (first.identifier, first.quality, first.filters) == ("rs7", 12.5, ("odd",))
    assert [v.effect.hgvs_p for v in others if v.effect] == ["p.Ala2Thr", "p.Ala2Pro"]
    assert [v.transcript_choice for v in others] == ["Ensembl_canonical"] * 2
    with pysam.BGZFile(str(folder / "o.vcf.gz"), "rb", None) as text:
        lines = text.read().decode().splitlines()
    assert next(x for x in lines if x.startswith("##INFO=<ID=ANN")).count("|") == 15
    assert "##source=Mutect2" in lines and '##FILTER=<ID=odd,Description="x">' in lines
    cells = lines[-2].split("\t")
    assert cells[7].startswith("X=1;Y;ANN=A|upstream_gene_variant|") and cells[8:] == ["AD:DP", "9,1:20"]
    with pysam.TabixFile(str(folder / "o.vcf.gz")) as index:
        assert len(list(index.fetch("7", START, START + 10))) == 1
    before = [(folder / n).read_bytes() for n in ("o.vcf.gz", "o.vcf.gz.tbi")]
    annotate(folder / "o.vcf.gz", folder / "g.fa", folder / "g.gff3", folder / "again.vcf.gz")
    annotate(path, folder / "g.fa", folder / "g.gff3", folder / "o.vcf.gz")
    assert [(folder / n).read_bytes() for n in ("o.vcf.gz", "o.vcf.gz.tbi")] == before
    assert (folder / "again.vcf.gz").read_bytes() == before[0]


@pytest.mark.parametrize(
    ("offset", "terms"),
    [
        (8, {"synonymous_variant", "splice_region_variant"}),
        (9, {"splice_donor_variant", "intron_variant"}),
        (13, {"splice_donor_5th_base_variant", "splice_region_variant", "intron_variant"}),
        (18, {"intron_variant"}),
        (28, {"splice_region_variant", "splice_polypyrimidine_tract_variant", "intron_variant"}),
        (20, {"splice_polypyrimidine_tract_variant", "intron_variant"}),
        (34, {"splice_acceptor_variant", "intron_variant"}),
        (-1, {"5_prime_UTR_variant"}),
        (49, {"3_prime_UTR_variant"}),
        (-10, {"upstream_gene_variant"}),
        (70, {"downstream_gene_variant"}),
    ],
)
def test_annotate__tells_the_place(folder: Path, offset: int, terms: set[str]) -> None:
    base = CONTIG[START + offset]
    alternate = "A" if base != "A" else "G"
    (variant,) = run(folder, calls(folder, at(offset, base, alternate)))
    assert variant.effect is not None and set(variant.effect.consequences) == terms
    assert variant.effect.distance == {-10: 5, 70: 15}.get(offset)


@pytest.mark.parametrize(
    ("offset", "reference", "alternate", "c_name", "term", "p_name"),
    [
        # ...TCA|GTAAGTCCTTCCATTTTTTTTTTCCAG|TTA...
        (7, "CA", "C", "c.9del", "frameshift_variant", "p.Leu4TyrfsTer?"),
        (8, "AG", "A", "c.9+1del", "splice_donor_variant", ""),
        (8, "A", "AGTAA", "c.9+3_9+6dup", "splice_region_variant", ""),
        (33, "C", "CAGTT", "c.10-1_12dup", "frameshift_variant", "p.Ser5ValfsTer?"),
        (33, "CA", "C", "c.10-2del", "splice_acceptor_variant", ""),
        (33, "C", "CA", "c.10-2dup", "splice_region_variant", ""),
        (34, "A", "AT", "c.10-2_10-1insT", "splice_acceptor_variant", ""),
    ],
)
def test_annotate__terms_at_splice_sites(
    folder: Path, offset: int, reference: str, alternate: str, c_name: str, term: str, p_name: str
) -> None:
    assert CONTIG[START + offset : START + offset + len(reference)] == reference
    (variant,) = run(folder, calls(folder, at(offset, reference, alternate)))
    assert variant.effect is not None
    assert (variant.effect.hgvs_c, variant.effect.consequence, variant.effect.hgvs_p) == (c_name, term, p_name)


def test_annotate__an_exonic_change_that_may_break_the_donor_is_a_splice_variant(folder: Path) -> None:
    """The exon's last base and the donor's first are both G: c.9del would be c.9+1del, and that is its name."""
    contig = CONTIG[: START + 8] + "G" + CONTIG[START + 9 :]
    (folder / "g.fa").write_text(f">7\n{contig}\n>8\n{'ACGT' * 30}\n")
    pysam.faidx(str(folder / "g.fa"))
    (variant,) = run(folder, calls(folder, at(7, "CG", "C")))
    assert variant.effect is not None
    assert (variant.effect.hgvs_c, variant.effect.consequence) == ("c.9+1del", "splice_donor_variant")
    assert (variant.effect.hgvs_p, variant.effect.intron) == ("", "1/1")


def test_annotate__whole_exons_and_symbolic_alleles(folder: Path) -> None:
    deletion = CONTIG[START + 20 : START + 70]
    rows = (
        at(12, "A", "<DEL>", f"END={START + 62}"), at(13, "G", "<INS>"), at(14, "T", "*"), at(15, "C", "C[8:20["),
        at(20, deletion, deletion[0]),
    )  # fmt: skip
    symbolic, insertion, star, breakend, written = run(folder, calls(folder, *rows))
    for variant in (symbolic, written):
        assert variant.effect is not None
        assert (variant.effect.consequence, variant.effect.impact) == ("exon_loss_variant", "HIGH")
        assert (variant.effect.exon, variant.effect.hgvs_p) == ("2/2", "")
    assert [v.effects for v in (insertion, star, breakend)] == [(), (), ()]


@pytest.mark.parametrize("end", ["5", "99999999999", "9" * 5000])
def test_annotate__refuses_a_deletion_with_an_end_that_is_none(folder: Path, end: str) -> None:
    with pytest.raises(InputError, match="INFO/END is") as refused:
        run(folder, calls(folder, at(12, "A", "<DEL>", f"END={end}")))
    assert "line" in str(refused.value) and len(str(refused.value)) < 400
    assert not (folder / "o.vcf.gz").exists()


def test_annotate__far_from_genes_is_intergenic(folder: Path) -> None:
    (variant,) = run(folder, calls(folder, "8 9 . A C . PASS . AD:DP 9,1:20"))
    assert variant.effect is not None
    assert (variant.effect.consequence, variant.transcript_choice) == ("intergenic_variant", None)


def gff3_with(folder: Path, *tags: str) -> None:
    """The gene with one more transcript for each tag; the first keeps both exons, the others only the first exon."""
    base = gff3_of(CONTIG, [GENE], "7")
    lines = [x for x in base.splitlines() if "transcript:" in x]
    text = "\n".join(x for x in base.splitlines() if "transcript:" not in x) + "\n"
    for i, tag in enumerate(tags):
        for line in lines:
            if i == 0 and ("CDS\t" in line or f"\t{EXONS[0][0] + 1}\t{EXONS[0][1]}\t" in line or "UTR" in line):
                continue  # the first transcript is the second exon alone, without a CDS
            text += line.replace("TAAA", f"T{i}").replace("tag=basic,Ensembl_canonical", f"tag={tag}") + "\n"
    (folder / "g.gff3").write_text(text)


def test_annotate__mane_clinical_speaks_where_mane_select_is_silent(folder: Path) -> None:
    gff3_with(folder, "MANE_Select", "MANE_Plus_Clinical")
    path = calls(folder, at(4, "C", "A"), at(48, "G", "A"))
    coding, utr = run(folder, path)
    assert coding.effect is not None and utr.effect is not None
    assert (coding.effect.transcript, coding.transcript_choice, coding.effect.hgvs_p) == (
        "T1.1", "MANE_Plus_Clinical", "p.Ala2Asp",
    )  # fmt: skip
    assert (utr.effect.transcript, utr.transcript_choice) == ("T0.1", "MANE_Select")


def test_annotate__the_sites_list_decides(folder: Path) -> None:
    gff3_with(folder, "MANE_Select", "basic")
    path = calls(folder, at(48, "G", "A"))
    listed = folder / "list.txt"
    for text, chosen in (("AAA\tT1\n", "T1.1"), ("# ours\nT1.1 # why\n", "T1.1"), ("T0.1\n", "T0.1")):
        listed.write_text(text)
        (variant,) = run(folder, path, transcripts=listed)
        assert variant.effect is not None
        assert (variant.effect.transcript, variant.transcript_choice) == (chosen, "listed")
    for text, message in (("T1.9\n", "have T1.1"), ("T9\n", "T9 is not in"), ("#\n", "is empty")):
        listed.write_text(text)
        with pytest.raises(InputError, match=message):
            run(folder, path, transcripts=listed)
    with pytest.raises(MissingInputError):
        run(folder, path, transcripts=folder / "none.txt")


def population(
    folder: Path, *records: str, keys: str = "AF AF_popmax", index: bool = False, contig: str = "7"
) -> Path:
    text = ["##fileformat=VCFv4.2", f"##contig=<ID={contig},length={len(CONTIG)}>"]
    text += [f'##INFO=<ID={k},Number=A,Type=Float,Description="f">' for k in keys.split()]
    text += ["#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO", *("\t".join(r.split(" ")) for r in records)]
    path = folder / "pop.vcf"
    path.write_text("\n".join(text) + "\n")
    if index:
        pysam.tabix_index(str(path), preset="vcf", force=True)
        return folder / "pop.vcf.gz"
    return path


@pytest.mark.parametrize("contig", ["7", "chr7", "NC_000007.14"])
@pytest.mark.parametrize("index", [False, True])
def test_annotate__population_is_matched_by_allele(folder: Path, index: bool, contig: str) -> None:
    # The run of T in the intron: one deletion, written at its right end in the calls and at its left in the resource.
    run_start = START + CONTIG[START:].index("TTTTTTTTTT")
    resource = population(
        folder,
        f"{contig} {START + 4} . G A,C . . AF=0.1,0.25;AF_popmax=0.2,.",
        f"{contig} {run_start} . {CONTIG[run_start - 1 : run_start + 1]} {CONTIG[run_start - 1]} . . AF=0.01",
        index=index,
        contig=contig,
    )
    gff3 = (folder / "g.gff3").read_text()
    (folder / "g.gff3").write_text(gff3.replace("\n7\t", f"\n{contig}\t").replace("region 7 ", f"region {contig} "))
    rows = (at(3, "G", "A,T"), at(3, "GC", "CC"), f"7 {run_start + 9} . TT T . PASS . AD:DP 9,1:20")
    found = run(folder, calls(folder, *rows), population=resource)
    assert [v.population_frequency for v in found] == [0.2, None, 0.25, 0.01]
    assert [v.effect.hgvs_p for v in found[:2] if v.effect] == ["p.Ala2Thr", "p.Ala2Ser"]
    assert read_annotated(folder / "o.vcf.gz").calls.has_population


@pytest.mark.parametrize("index", [False, True])
@pytest.mark.parametrize(
    ("record", "keys", "message"),
    [
        (f"7 {START + 4} . G A . . AF=2", "AF", "no fraction"),
        (f"7 {START + 4} . G A . . AF=0.1,0.2", "AF", "2 values for 1"),
        (f"7 {START + 4} . T A . . AF=0.1", "AF", "the reference has G"),
        (f"7 {START + 4} . G A . . POPAF=3", "POPAF", "declares none of"),
    ],
)
def test_annotate__refuses_a_broken_population(
    folder: Path, index: bool, record: str, keys: str, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        run(folder, calls(folder, at(3, "G", "A")), population=population(folder, record, keys=keys, index=index))
    assert not (folder / "o.vcf.gz").exists()


@pytest.mark.parametrize(
    ("records", "error", "message"),
    [
        ([at(3, "T", "A")], ReferenceMismatchError, "the reference has G there"),
        ([at(9, "G", "A"), at(3, "G", "A")], InputError, "not sorted"),
        (["8 3 . G A . . . GT 0/1", at(3, "G", "A"), "8 4 . T A . . . GT 0/1"], InputError, "not sorted"),
        (["chr7 3 . T A . . . GT 0/1"], ReferenceMismatchError, "the reference calls it 7"),
        (["7 9999 . T A . . . GT 0/1"], ReferenceMismatchError, "does not have"),
        (["7 0 . T A . . . GT 0/1"], ReferenceMismatchError, "does not have"),
    ],
)
def test_annotate__refuses_calls_of_another_reference(
    folder: Path, records: list[str], error: type[OncoPipeError], message: str
) -> None:
    with pytest.raises(error, match=message) as caught:
        run(folder, calls(folder, *records))
    assert "c.vcf, line" in (caught.value.where or "")
    assert not list(folder.glob("*o.vcf.gz*"))


def test_annotate__a_masked_reference_gives_no_protein_name(folder: Path) -> None:
    (folder / "g.fa").write_text(f">7\n{CONTIG[: START + 4]}N{CONTIG[START + 5 :]}\n>8\n{'ACGT' * 30}\n")
    pysam.faidx(str(folder / "g.fa"))
    inside, beside, later = run(folder, calls(folder, at(3, "G", "A"), at(4, "C", "A"), at(7, "C", "A")))
    assert [v.effect.hgvs_p for v in (inside, beside, later) if v.effect] == ["", "", "p.Ser3Ter"]
    assert inside.effect is not None and inside.effect.consequence == "coding_sequence_variant"
    assert "WARNING_SEQUENCE_NOT_AVAILABLE" in inside.effect.messages


def test_annotate_command__says_what_it_did(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = calls(folder, at(3, "G", "A"), "8 9 . A C . . . AD 9,1")
    arguments = ["annotate", "--calls", path, "--reference", folder / "g.fa", "--genes", folder / "g.gff3"]
    cli.main([*map(str, arguments), "--output", str(folder / "o.vcf.gz")], standalone_mode=False)
    assert "2 records, 2 alternate alleles: 1 near a gene, 0 with" in capsys.readouterr().err
