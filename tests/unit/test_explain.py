"""`oncopipe explain`: names to places, gates that agree with the caller, reads asked one by one, and the whole command."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq
import pysam
import pytest
from click.testing import CliRunner

from oncopipe.annotation.alleles import SequenceCache
from oncopipe.annotation.transcripts import GeneModels
from oncopipe.cli.main import cli
from oncopipe.data.evidence import ALT, NORMAL, TUMOR
from oncopipe.errors import ConfigError, FormatVersionError, InputError
from oncopipe.explain.explain import Sources, explain
from oncopipe.explain.gates import Measure, Setting, gates_of
from oncopipe.explain.query import alleles_of, parse_query
from oncopipe.explain.reads import count_reads
from oncopipe.explain.recorded import options_of_calls
from oncopipe.io.annotated_vcf import read_annotated
from oncopipe.io.fasta import open_reference
from oncopipe.io.findings import read_findings
from oncopipe.io.gff3 import read_gff3
from oncopipe.io.judged import read_judged
from oncopipe.options import CallOptions
from tests.pairs import Pair
from tests.reference.hgvs import translate

# Filters by probability look at several things at once: those fail when all their measures do, the others when any does.
ALL_OF = {"map_qual"}
# Told by one value of several that decide: the measure is necessary for a failure, not sufficient.
PARTLY = {
    "clustered_events", "position", "excess_mismatch", "orientation", "contamination", "slippage", "weak_evidence",
}  # fmt: skip


@dataclass(frozen=True)
class Run:
    folder: Path
    pair: Pair
    genes: Path
    protein: str  # the name of the first planted SNV

    @property
    def evidence(self) -> Path:
        return self.folder / "T.evidence.parquet"


def gene_around(genome: str, position: int, alternate: str) -> tuple[int, int]:
    """Start and end of a reading frame of 8 codons without a stop, in which a substitution changes the residue."""
    changed = genome[:position] + alternate + genome[position + 1 :]
    for start in range(position - 20, position - 3):
        before, after = (translate(bases[start : start + 24]) for bases in (genome, changed))
        if "*" not in before + after and before != after:
            return start, start + 24
    raise AssertionError("no open frame")


@pytest.fixture(scope="module")
def run(pair: Pair, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The pair called, annotated on a gene around its first SNV, and interpreted."""
    folder = tmp_path_factory.mktemp("explain")
    with pysam.FastaFile(str(pair.fasta)) as fasta:
        contig = fasta.references[0]
    start, end = gene_around(pair.genome, pair.planted[0].position, pair.planted[0].alternate)
    columns = "\t".join((contig, "t", "{}", str(start + 1), str(end), ".", "+", "{}", "{}"))
    rows = (("gene", ".", "ID=gene:G1;Name=GENE1;biotype=protein_coding"),
            ("mRNA", ".", "ID=transcript:T1;Parent=gene:G1;biotype=protein_coding"),
            ("exon", ".", "Parent=transcript:T1"), ("CDS", "0", "Parent=transcript:T1"))  # fmt: skip
    (folder / "g.gff3").write_text("##gff-version 3\n" + "".join(columns.format(*row) + "\n" for row in rows))
    vcf, annotated = folder / "T.somatic.vcf.gz", folder / "T.annotated.vcf.gz"
    for arguments in (
        ("call", "somatic", "--tumor", pair.tumor, "--normal", pair.normal, "--reference", pair.fasta, "--output", vcf,
         "--evidence-output", folder / "T.evidence.parquet", "--max-depth", "1999"),
        ("annotate", "--calls", vcf, "--reference", pair.fasta, "--genes", folder / "g.gff3", "--output", annotated),
        ("interpret", "--calls", annotated, "--output", folder / "T.findings.json"),
    ):  # fmt: skip
        done = CliRunner().invoke(cli, [str(a) for a in arguments], catch_exceptions=False)
        assert done.exit_code == 0, done.output
    (name,) = {
        e.hgvs_p_short
        for v in read_annotated(annotated).variants
        for e in v.effects
        if e.gene == "GENE1" and e.hgvs_p
    }
    return Run(folder, pair, folder / "g.gff3", name)


def told(run: Run, *arguments: object) -> str:
    done = CliRunner().invoke(
        cli, ["explain", *map(str, arguments), "--evidence", str(run.evidence)], catch_exceptions=False
    )
    assert done.exit_code == 0
    return done.output


@pytest.mark.parametrize(
    "text", ["", "BRAF", "chr7", "chr7:0 A>T", "chr7:12 A>", "chr7:12 A>A", "V600E", "BRAF intron 3"]
)
def test_parse_query__refuses_what_names_no_variant(text: str) -> None:
    with pytest.raises(InputError):
        parse_query(text)


@pytest.mark.parametrize("text", ["7:140,453,136 A>T", "7:140453136A>T", "7:140453136:A:T", " 7:140453136  a>t "])
def test_parse_query__places(text: str) -> None:
    allele = parse_query(text).allele
    assert allele and (allele.chromosome, allele.position, allele.reference, allele.alternate) == (
        "7",
        140453135,
        "A",
        "T",
    )


@pytest.mark.parametrize("text", ["TP53 p.R213*", "TP53 R213*", "TP53 p.Arg213Ter", "TP53 p.(Arg213Ter)"])
def test_parse_query__protein_names(text: str) -> None:
    assert (parse_query(text).gene, parse_query(text).protein) == ("TP53", "R213*")


def test_gates_of__agree_with_what_the_caller_decided(run: Run) -> None:
    evidence = read_judged(run.evidence)
    options = options_of_calls(run.folder / "T.somatic.vcf.gz")
    assert options.max_depth == 1999
    n_failed: dict[str, int] = {}
    every = evidence.at(evidence.table["chromosome"][0].as_py(), 0, 10**9)
    assert len(every) == len(evidence.table) > 7
    for c in every:
        near = [other for other in every if abs(other.position - c.position) <= 100]
        for gate in gates_of(c, Setting(near, options, has_normal=True)):
            fails = [m.margin < 0 for m in gate.measures]
            n_failed[gate.name] = n_failed.get(gate.name, 0) + gate.failed
            if gate.name in PARTLY:
                assert not gate.failed or not fails or fails[0], gate
            elif gate.measures:
                assert gate.failed == (all(fails) if gate.name in ALL_OF else any(fails)), (c.where, gate)
    assert sum(n > 0 for n in n_failed.values()) >= 2  # tests/real holds this to thousands of candidates


def test_measure__margin_is_positive_on_the_good_side() -> None:
    assert Measure("x", 3.0, 2.0).margin == 1.0 and Measure("x", 3.0, 2.0, least=False).margin == -1.0
    assert Measure("depth", 3.0, 2.0, least=False).text == "depth 3, at most 2 (margin -1)"


def test_count_reads__agree_with_the_callers_molecules(run: Run) -> None:
    """Asked one by one, the fragments of every planted allele are those that the caller counted."""
    evidence = read_judged(run.evidence)
    contig = evidence.table["chromosome"][0].as_py()
    options = CallOptions(collapse_duplicates=True)
    n_indels = 0
    for v in run.pair.planted:
        (c,) = [c for c in evidence.at(contig, v.position, v.position + 1) if c.alternate == v.alternate]
        for sample, bam in ((TUMOR, run.pair.tumor), (NORMAL, run.pair.normal)):
            counts = count_reads(bam, run.pair.fasta, (contig, v.position, v.reference, v.alternate), options, "s")
            n_alt = int(c.counts[sample, ALT].sum())
            assert abs(len(counts.fragments["alternate"]) - n_alt) <= max(1, 0.1 * n_alt), (v, sample)
        n_indels += len(v.reference) != len(v.alternate)
    assert n_indels == 2


def test_explain__a_reported_variant_by_each_of_its_names(run: Run) -> None:
    v = run.pair.planted[0]
    evidence = read_judged(run.evidence)
    contig = evidence.table["chromosome"][0].as_py()
    call = next(x for x in read_annotated(run.folder / "T.annotated.vcf.gz").variants if x.position == v.position)
    coding = call.effects[0].hgvs_c
    texts = [
        told(run, name)
        for name in (
            f"GENE1 {run.protein}",
            f"GENE1 {coding}",
            f"T1:{coding}",
            f"{contig}:{v.position + 1} {v.reference}>{v.alternate}",
        )
    ]
    bodies = {text.split("\n", 2)[2] for text in texts}
    assert len(bodies) == 1
    (body,) = bodies
    for section in (
        "Counts",
        "Alternate molecules",
        "Scores",
        "Filters: PASS",
        "Names",
        "Matching",
        "Tier III",
        "Oncogenicity",
        "Report",
    ):
        assert f"\n{section}" in body
    assert "\n  OP1 not assessed: " in body and "\n  SBP1 not assessed: " in body
    assert "margin +" in body and "P(somatic) = " in body and "NLOD" in body and "GENE1 T1" in body
    assert "variant 1 of" in body or "in the table of variants" in body


def test_explain__with_the_reads_and_of_what_failed(run: Run) -> None:
    bams = ("--bam", run.pair.tumor, "--normal", run.pair.normal, "--reference", run.pair.fasta)
    v = next(p for p in run.pair.planted if p.normal == 0.5)  # a germline allele
    contig = read_judged(run.evidence).table["chromosome"][0].as_py()
    text = told(run, f"{contig}:{v.position + 1} {v.reference}>{v.alternate}", *bams)
    assert "FAILED germline" in text and "not reported: it failed germline" in text and "(margin -" in text
    assert "fragments that speak: " in text and text.count("reads over the place") == 2
    assert "FAILED germline" in told(run, f"{contig}:{v.position + 1}")  # by place alone


def test_explain__what_was_never_a_candidate(run: Run) -> None:
    bams = ("--bam", run.pair.tumor, "--reference", run.pair.fasta)
    contig = read_judged(run.evidence).table["chromosome"][0].as_py()
    place = 2000
    ref = run.pair.genome[place]
    alt = {"A": "C"}.get(ref, "A")
    text = told(run, f"{contig}:{place + 1} {ref}>{alt}", *bams)
    assert "was never a candidate" in text and "; 2 make a candidate" in text and "not reported: it was never" in text
    assert "0 of " in text or "1 of " in text
    with pytest.raises(InputError, match="the reference has"):
        told(run, f"{contig}:{place + 1} {alt}>{ref}", *bams)
    with pytest.raises(ConfigError, match="without the reference"):
        told(run, f"{contig}:{place + 1} {ref}>{alt}", "--bam", run.pair.tumor)


def test_explain__names_that_were_not_called_are_looked_up(run: Run) -> None:
    genes = ("--genes", run.genes, "--reference", run.pair.fasta)
    other = run.protein[:-1] + ("W" if run.protein[-1] != "W" else "F")
    text = told(run, f"GENE1 {other}", *genes)
    assert "was never a candidate" in text
    with pytest.raises(InputError, match="cannot be told without gene models"):
        told(run, f"GENE1 {other}")
    with pytest.raises(InputError, match="no coding transcript of NOGENE"):
        told(run, "NOGENE V600E", *genes)
    with pytest.raises(InputError, match=r"is none, not V"):
        told(run, "GENE1 V600E", *genes)
    with pytest.raises(InputError, match="its place cannot be told from its name"):
        told(run, f"GENE1 {run.protein[:-1]}del", *genes)


def test_alleles_of__are_named_as_they_were_asked_for(run: Run) -> None:
    """Every allele that a protein or coding name is resolved to gets that name from the annotator."""
    from oncopipe.annotation.alleles import change_of
    from oncopipe.annotation.annotator import Annotator

    with open_reference(run.pair.fasta) as reference:
        models = GeneModels(read_gff3(run.genes, reference.lengths))
        annotator, sequence = Annotator(reference, models), SequenceCache(reference)
        n = 0
        for text in (
            f"GENE1 {run.protein[:-1]}{letter}"
            for letter in "ACDEFGHIKLMNPQRSTVWY"
            if letter not in run.protein[2:3] + run.protein[-1:]
        ):
            query = parse_query(text)
            for allele in alleles_of(query, models, sequence) if query.protein[0] != query.protein[-1] else []:
                assert allele.reference and allele.alternate
                change = change_of(sequence, allele.chromosome, allele.position, allele.reference, allele.alternate)
                assert change and any(query.fits(e) for e in annotator.names(change, allele.alternate).effects)
                n += 1
        assert n > 30


def test_explain__refuses_files_of_another_tumor(run: Run, tmp_path: Path) -> None:
    other = (run.folder / "T.findings.json").read_text().replace('"sample": "', '"sample": "X')
    (tmp_path / "f.json").write_text(other)
    with pytest.raises(ConfigError, match="give those of one tumor"):
        told(run, "GENE1 A1V", "--findings", tmp_path / "f.json")
    with pytest.raises(InputError, match="names no variant"):
        explain("?", Sources(read_judged(run.evidence)))


@pytest.mark.parametrize("consent", ["yes", "no"])
def test_interpret__the_normal_is_looked_at_only_with_consent(run: Run, tmp_path: Path, consent: str) -> None:
    """A germline allele is no somatic call: it is found in the evidence, named by the gene models, and said by ClinVar."""
    v = next(p for p in run.pair.planted if p.normal == 0.5)
    start, end = gene_around(run.pair.genome, v.position, v.alternate)
    contig = read_judged(run.evidence).table["chromosome"][0].as_py()
    text = run.genes.read_text().replace("GENE1", "TP53")
    first = run.pair.planted[0]
    old_start, old_end = gene_around(run.pair.genome, first.position, first.alternate)
    (tmp_path / "g.gff3").write_text(text.replace(f"\t{old_start + 1}\t{old_end}\t", f"\t{start + 1}\t{end}\t"))
    head = "##fileformat=VCFv4.1\n##reference=GRCh37\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    row = f"{contig}\t{v.position + 1}\t77\t{v.reference}\t{v.alternate}\t.\t.\tCLNSIG=Pathogenic\n"
    (tmp_path / "clinvar.vcf").write_text(head + row)
    sheet = f"patient\tsample\trole\tbam\tgermline_consent\nP\tT\ttumor\tt.bam\t{consent}\nP\tN\tnormal\tn.bam\t\n"
    (tmp_path / "s.tsv").write_text(sheet)
    calls = run.folder / "T.annotated.vcf.gz"
    for arguments in (
        ("knowledge", "import", "--source", "clinvar", "--from", tmp_path / "clinvar.vcf", "--output", tmp_path / "k"),
        ("interpret", "--calls", calls, "--samples", tmp_path / "s.tsv", "--sample", "T", "--knowledge", tmp_path / "k",
         "--evidence", run.evidence, "--reference", run.pair.fasta, "--genes", tmp_path / "g.gff3",
         "--output", tmp_path / "f.json"),
    ):  # fmt: skip
        assert CliRunner().invoke(cli, [str(a) for a in arguments], catch_exceptions=False).exit_code == 0
    found = read_findings(tmp_path / "f.json")
    assert not any(v.position + 1 == x.position for x in found.variants)
    if consent == "no":
        assert found.possible_germline == []
    else:
        (one,) = found.possible_germline
        assert one.gene == "TP53" and one.name.startswith("p.") and 0.2 < (one.vaf or 0) < 0.8
        assert one.reason == "ClinVar 77: Pathogenic; seen in the normal: confirm in blood"


def test_explain__as_people_type_it(run: Run) -> None:
    v = run.pair.planted[0]
    contig = read_judged(run.evidence).table["chromosome"][0].as_py()
    plain = told(run, f"{contig}:{v.position + 1} {v.reference}>{v.alternate}")
    for text in (
        f"{contig}:g.{v.position + 1}{v.reference}>{v.alternate}", f"{contig} {v.position + 1} {v.reference} {v.alternate}",
        f"{contig}-{v.position + 1}-{v.reference}-{v.alternate}", f"{contig}:{v.position + 1}:{v.reference}:{v.alternate}",
    ):  # fmt: skip
        assert told(run, text) == plain, text
    sections = plain.partition("\n\n")[2]
    around = run.pair.genome[v.position - 2 : v.position + 3]
    padded = f"{contig}:{v.position - 1} {around}>{around[:2]}{v.alternate}{around[3:]}"
    assert told(run, padded).partition("\n\n")[2] == sections
    assert told(run, padded, "--reference", run.pair.fasta).partition("\n\n")[2] == sections
    genes = ("--genes", run.genes, "--reference", run.pair.fasta)
    for text in (f"gene1 {run.protein.lower()}", f"t1 {run.protein.removeprefix('p.').lower()}"):
        assert told(run, text, *genes).partition("\n\n")[2] == sections, text
    residue = run.protein.removeprefix("p.")[:-1]
    assert f"= {contig}:{v.position + 1} {v.reference}>{v.alternate} in T" in told(run, f"GENE1 {residue}", *genes)


@pytest.mark.parametrize("text", ["p.V600E", "TP53 213", "KRAS exon 2", "chr7:1-5 A>T", "KRAS amplification"])
def test_parse_query__says_how_a_variant_is_named(text: str) -> None:
    with pytest.raises(InputError, match="names no variant") as refused:
        parse_query(text)
    assert "with its gene" in str(refused.value.fix)


@pytest.mark.parametrize(
    ("text", "protein"), [("TP53 R213X", "R213*"), ("TP53 Arg213X", "R213*"), ("kras G12d", "G12D")]
)
def test_parse_query__of_old_and_careless_names(text: str, protein: str) -> None:
    assert parse_query(text).protein == protein


def test_explain__refuses_reads_of_another_sample_and_places_that_are_none(run: Run) -> None:
    v, reference = run.pair.planted[0], ("--reference", run.pair.fasta)
    contig = read_judged(run.evidence).table["chromosome"][0].as_py()
    place = f"{contig}:{v.position + 1} {v.reference}>{v.alternate}"
    with pytest.raises(InputError, match="these reads are of N, the evidence is of T"):
        told(run, place, "--bam", run.pair.normal, *reference)
    with pytest.raises(InputError, match="these reads are of T, the evidence is of N"):
        told(run, place, "--bam", run.pair.tumor, "--normal", run.pair.tumor, *reference)
    with pytest.raises(InputError, match="behind the end"):
        told(run, f"{contig}:999999 A>T", "--bam", run.pair.tumor, *reference)
    with pytest.raises(InputError, match="gives"):
        told(run, f"GENE1 {run.protein[:-1]}B", "--genes", run.genes, *reference)


def test_read_judged__refuses_evidence_of_another_release(run: Run, tmp_path: Path) -> None:
    table = pq.read_table(run.evidence)
    for facts, error in (
        ({"format_version": "2", "tumor": "T", "normal": None}, FormatVersionError),
        ({"tumor": "T", "normal": None}, InputError), ([], InputError), (7, InputError),
    ):  # fmt: skip
        path = tmp_path / "old.parquet"
        pq.write_table(table.replace_schema_metadata({b"oncopipe.evidence": json.dumps(facts).encode()}), path)
        with pytest.raises(error):
            read_judged(path)


def test_parse_query__says_no_more_of_a_long_text_than_its_beginning() -> None:
    with pytest.raises(InputError) as refused:
        parse_query("A" * 10_000)
    assert len(str(refused.value)) < 400
