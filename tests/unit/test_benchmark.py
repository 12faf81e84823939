"""The benchmark: alleles match whatever their spelling, and counts become exact intervals."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncopipe.cli.main import main
from oncopipe.data.regions import Region, Regions
from oncopipe.errors import InputError, ReferenceMismatchError
from oncopipe.io.fasta import Reference, open_reference
from oncopipe.io.normalized import normalize
from oncopipe.validation import compare_calls
from oncopipe.validation.metrics import exact_interval, metrics_of

# A homopolymer at 8-12, a dinucleotide repeat at 20-27.
GENOME = "ACGTACGGAAAAATCCGTACCACACACAGGTTCAGGCATGCAAT"
HEADER = (
    "##fileformat=VCFv4.3\n##contig=<ID=1>\n"
    '##FILTER=<ID=weak,Description="w">\n##INFO=<ID=AF,Number=A,Type=Float,Description="f">\n'
    "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
)


@pytest.fixture(scope="module")
def genome(tmp_path_factory: pytest.TempPathFactory) -> Reference:
    path = tmp_path_factory.mktemp("genome") / "g.fa"
    path.write_text(f">1\n{GENOME}\n")
    return open_reference(path)


def vcf(path: Path, *rows: str) -> Path:
    path.write_text(HEADER + "".join(row.replace(" ", "\t") + "\n" for row in rows))
    return path


def applied(position: int, ref: str, alt: str) -> str:
    assert GENOME[position : position + len(ref)] == ref
    return GENOME[:position] + alt + GENOME[position + len(ref) :]


@given(st.integers(1, len(GENOME) - 8), st.integers(1, 4), st.text("ACGT", max_size=4))
@settings(max_examples=300, deadline=None)
def test_normalize__keeps_the_haplotype_and_is_leftmost(
    genome: Reference, position: int, n_ref: int, inserted: str
) -> None:
    ref = GENOME[position : position + n_ref]
    alt = ref[0] + inserted
    if len(ref) == len(alt):
        return
    _, place, r, a = normalize(genome, ("1", position, ref, alt))[0]
    haplotype = applied(position, ref, alt)
    assert applied(place, r, a) == haplotype
    # Leftmost and shortest: no other spelling of the same size begins earlier. (Brute force.)
    assert min(len(r), len(a)) == 1 or (r[0] != a[0] and r[-1] != a[-1])
    if min(len(r), len(a)) == 1 and r[0] == a[0]:
        size = len(r) - len(a)
        for p in range(place):
            if size > 0:
                assert GENOME[: p + 1] + GENOME[p + 1 + size :] != haplotype
            else:
                assert GENOME[: p + 1] + haplotype[p + 1 : p + 1 - size] + GENOME[p + 1 :] != haplotype


def test_normalize__takes_substitutions_apart(genome: Reference) -> None:
    assert normalize(genome, ("1", 13, "TCC", "ACG")) == [("1", 13, "T", "A"), ("1", 15, "C", "G")]
    assert normalize(genome, ("1", 13, "TC", "TC")) == []


def test_normalize__refuses_another_genome(genome: Reference) -> None:
    with pytest.raises(InputError, match="not the genome's"):
        normalize(genome, ("1", 0, "C", "T"))
    with pytest.raises(ReferenceMismatchError, match="contig chr1"):
        normalize(genome, ("chr1", 0, "A", "T"))


def test_compare_calls__counts_each_outcome_by_hand(genome: Reference, tmp_path: Path) -> None:
    truth = vcf(
        tmp_path / "t.vcf",
        "1 8 . GA G . PASS AF=0.1",  # a deletion from the run of A
        "1 21 . CA C . . AF=0.3",
        "1 35 . G T . PASS AF=0.05",
        "1 38 . A C,T . PASS AF=0.2,0.4",
        "1 40 . G C . weak AF=0.5",  # no truth
        "1 3 . G C . PASS AF=0.5",  # outside the regions
        "1 41 . C G . NEAR AF=0.5",  # called or not, it does not count
    )
    calls = vcf(
        tmp_path / "c.vcf",
        "1 12 . AA A . PASS .",  # the same deletion at the run's other end
        "1 35 . G A . PASS .",  # right place, wrong base
        "1 38 . AT TT . . .",  # the second allele of 38, with a base too many
        "1 40 . G C . PASS .",
        "1 41 . C G . PASS .",
        "1 42 . A <DEL> . PASS .",
    )
    found = compare_calls(truth, calls, genome, Regions((Region("1", 5, 44),)))
    assert found.true_positive == (("1", 7, "G" + "A", "G"), ("1", 37, "A", "T"))
    assert found.false_positive == (("1", 34, "G", "A"), ("1", 39, "G", "C"))
    assert found.false_negative == (("1", 20, "CA", "C"), ("1", 34, "G", "T"), ("1", 37, "A", "C"))
    metrics = metrics_of(found)
    assert [metrics["snv"][k] for k in ("tp", "fp", "fn")] == [1, 2, 2]
    assert [metrics["indel"][k] for k in ("tp", "fp", "fn")] == [1, 0, 1]
    assert metrics["snv"]["f1"] == pytest.approx(2 / (2 + 2 + 2))
    assert sum(row["truth"] for row in metrics["by_vaf"]) == 5


def test_exact_interval__equals_published_values() -> None:
    # Clopper-Pearson: 0 of n is 1 - (alpha/2)^(1/n); 10 of 100 from tables.
    assert exact_interval(0, 10) == pytest.approx((0.0, 1 - 0.025 ** (1 / 10)))
    assert exact_interval(10, 10) == pytest.approx((0.025 ** (1 / 10), 1.0))
    assert exact_interval(10, 100) == pytest.approx((0.0490, 0.1762), abs=1e-4)
    assert exact_interval(0, 0) is None


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as stopped:
        main([str(a) for a in arguments])
    return int(stopped.value.code or 0)


def test_command__writes_metrics_and_a_page(genome: Reference, tmp_path: Path) -> None:
    calls = vcf(tmp_path / "<b>&.vcf", "1 35 . G A . PASS .")
    truth = vcf(tmp_path / "t.vcf", "1 35 . G A . PASS AF=0.1", "1 38 . A T . PASS AF=0.4")
    files = ("--truth", truth, "--calls", calls, "--reference", genome.path)
    assert run("benchmark", *files, "--output", tmp_path / "out") == 0
    metrics = json.loads((tmp_path / "out" / "metrics.json").read_text())
    assert (metrics["snv"]["precision"], metrics["snv"]["recall"]) == (1.0, 0.5)
    assert metrics["indel"]["precision"] is None
    page = (tmp_path / "out" / "benchmark.html").read_text()
    assert "&lt;b&gt;&amp;.vcf" in page
    assert "<b>" not in page
    HTMLParser().feed(page)
    assert "src=" not in page.replace("default-src", "").replace("style-src", "")
    assert (tmp_path / "out" / "false_negative.tsv").read_text().splitlines()[1:] == ["1\t38\tA\tT"]


@pytest.mark.parametrize(("what", "code"), [("missing", 66), ("no vcf", 65), ("other contigs", 65)])
def test_command__ends_with_the_documented_code(
    genome: Reference, tmp_path: Path, capsys: pytest.CaptureFixture[str], what: str, code: int
) -> None:
    truth, calls = vcf(tmp_path / "t.vcf", "1 35 . G A . PASS AF=0.1"), tmp_path / "c.vcf"
    if what == "no vcf":
        calls.write_bytes(b"nothing")
    elif what == "other contigs":
        calls.write_text(
            vcf(calls, "1 35 . G A . PASS .").read_text().replace("ID=1", "ID=chr1").replace("\n1\t", "\nchr1\t")
        )
    files = ("--truth", truth, "--calls", calls, "--reference", genome.path)
    assert run("benchmark", *files, "--output", tmp_path / "out") == code
    assert "fix:" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
