"""Truth sets: slices, contexts, bounds and changes of calls, by hand."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from oncopipe.cli.main import main
from oncopipe.data.regions import Region, Regions
from oncopipe.errors import InputError, MissingInputError
from oncopipe.io.fasta import open_reference
from oncopipe.validation.bounds import Bound, Judged, bounds_table, judge, read_bounds, value_of
from oncopipe.validation.changes import changes_between, format_calls, read_calls, read_reasons
from oncopipe.validation.compare import Comparison
from oncopipe.validation.context import context_of
from oncopipe.validation.measure import Measured, report_of
from oncopipe.validation.metrics import metrics_of, rate_interval
from oncopipe.validation.operating import OperatingPoint, best_quiet, operating_points, points_table
from oncopipe.validation.rivals import RIVALS, Rival, measure_rivals
from oncopipe.validation.sets import TruthSet, slices_of
from tests.pairs import Pair

A, B, C = ("1", 10, "A", "C"), ("1", 20, "AT", "A"), ("1", 30, "G", "T")


def measured(true: tuple = (), false: tuple = (), missed: tuple = (), germline: tuple = ()) -> Measured:
    alleles = [*true, *false, *missed]
    fractions = dict.fromkeys([*true, *missed], 0.1)
    called = dict.fromkeys([*true, *false], 0.04)
    comparison = Comparison(true, false, missed, fractions, called, dict.fromkeys(alleles, "unique"))
    return Measured("s", "oncopipe", comparison, (comparison,), germline, 2.0, 0.0)


def test_slices_of__cuts_where_regions_lie_apart_and_blocks_evenly() -> None:
    near, far = Region("1", 0, 100), Region("1", 500_000, 500_100)
    assert [list(s) for s in slices_of(Regions((near, far)), blocks=7)] == [[near], [far]]
    blocks = slices_of(Regions((Region("1", 0, 100), Region("1", 110, 200))), blocks=2)
    assert [list(s) for s in blocks] == [[Region("1", 0, 100)], [Region("1", 110, 200)]]
    blocks = slices_of(Regions((Region("1", 0, 90),)), blocks=3)
    assert [list(s) for s in blocks] == [[Region("1", 0, 30)], [Region("1", 30, 60)], [Region("1", 60, 90)]]


@pytest.mark.parametrize(
    ("bases", "allele", "context"),
    [
        ("GCTCGAAAAAGCTC", ("1", 4, "GA", "G"), "homopolymer"),
        ("GCTCGAAAAAGCTC", ("1", 10, "G", "T"), "homopolymer"),  # the base beside the run
        ("GCTCGAAAAAGCTC", ("1", 11, "C", "T"), "unique"),
        ("GCTCGAAAAGGCTC", ("1", 4, "GA", "G"), "unique"),  # a run of four
        ("GCTGACACACACTTGC", ("1", 3, "GAC", "G"), "dinucleotide"),
        ("GCTGACACACTTGCAG", ("1", 3, "GAC", "G"), "unique"),  # three units
    ],
)
def test_context_of__is_told_by_the_touched_bases(
    tmp_path: Path, bases: str, allele: tuple[str, int, str, str], context: str
) -> None:
    (tmp_path / "g.fa").write_text(f">1\n{bases}\n")
    with open_reference(tmp_path / "g.fa") as genome:
        assert context_of(genome, allele) == context


def test_metrics_of__counts_false_calls_by_the_fraction_called() -> None:
    metrics = metrics_of(measured(true=(A,), false=(C,), missed=(B,)).comparison)
    by_bin = {(row["type"], row["vaf_above"]): row for row in metrics["by_vaf"]}
    assert (by_bin["snv", 0.0]["called_false"], by_bin["snv", 0.0]["precision"]) == (1, 0.5)
    assert (by_bin["snv", 0.05]["tp"], by_bin["snv", 0.05]["recall"]) == (1, 1.0)
    assert (by_bin["indel", 0.05]["truth"], by_bin["indel", 0.05]["recall"]) == (1, 0.0)
    assert [(r["type"], r["context"], r["tp"], r["fp"], r["fn"]) for r in metrics["by_context"]] == [
        ("snv", "unique", 1, 1, 0),
        ("indel", "unique", 0, 0, 1),
    ]


def test_rate_interval__equals_published_values() -> None:
    # Poisson: 0 events, 97.5 % bound -ln(.025); 5 events 1.6235 to 11.6683 from tables.
    assert rate_interval(0, 1.0)[1] == pytest.approx(3.6889, abs=1e-4)
    assert rate_interval(5, 1.0) == pytest.approx((1.6235, 11.6683), abs=1e-4)


def test_value_of__reads_each_measure() -> None:
    m = measured(true=(A,), false=(C,), missed=(B,), germline=(C,))
    assert value_of(m, "snv", "precision") == 0.5
    assert value_of(m, "indel", "precision") is None
    assert value_of(m, "all", "germline") == 1
    assert value_of(m, "snv", "false_per_mb") == 0.5
    assert value_of(m, "all", "false_per_mb") == 0.5
    with pytest.raises(InputError, match="counted by type"):
        value_of(m, "all", "recall")
    assert "snv false per Mb: 0.50 (0.01-2.79)" in report_of(m)


def test_judge__floors_are_ceilings_for_what_is_bad() -> None:
    bounds = [Bound("s", "snv", "recall", 0.9, 1.0), Bound("s", "snv", "fp", 0, None), Bound("t", "snv", "tp", 1, 2)]
    rows = judge([measured(true=(A,), false=(C,))], bounds)
    assert [(row.holds, row.reaches) for row in rows] == [(True, True), (False, True)]
    assert not Judged(bounds[0], None).holds
    assert "BROKEN" in bounds_table(rows)


@pytest.mark.parametrize(
    ("row", "said"), [("s\tsnv\trecal\t1\t1", "no measure"), ("s\tsnv\tf1\tx\t", "no number"), ("s\tsnv", "lacks")]
)
def test_read_bounds__refuses_what_it_cannot_judge(tmp_path: Path, row: str, said: str) -> None:
    (tmp_path / "b.tsv").write_text(f"# note\nset\ttype\tmeasure\tfloor\treach\n{row}\n")
    with pytest.raises(InputError, match=said):
        read_bounds(tmp_path / "b.tsv")
    with pytest.raises(MissingInputError):
        read_bounds(tmp_path / "none.tsv")


def test_changes_between__names_losses_and_asks_for_reasons(tmp_path: Path) -> None:
    before, after = {("s", A): True, ("s", C): False, ("t", A): True}, {("s", B): True}
    (tmp_path / "c.tsv").write_text(format_calls(before))
    assert read_calls(tmp_path / "c.tsv") == before
    changes = changes_between(before, after, ["s"], {})
    assert [str(c) for c in changes] == [
        "LOST truth: s 1:11 A>C WITHOUT A REASON", "LOST false call: s 1:31 G>T", "gained truth: s 1:21 AT>A"
    ]  # fmt: skip
    (tmp_path / "r.tsv").write_text(
        "set\tchromosome\tposition\treference\talternate\treason\ns\t1\t11\tA\tC\tone read\n"
    )
    reasons = read_reasons(tmp_path / "r.tsv")
    assert not any(c.is_unexplained for c in changes_between(before, after, ["s"], reasons))
    with pytest.raises(InputError, match="for a call that is made"):
        changes_between(before, before, ["s"], reasons)


def test_best_quiet__is_the_largest_prior_without_too_many_false_calls() -> None:
    silent, loud = measured(), measured(false=(A, C))  # two false SNVs in 2 Mb
    some, more = measured(true=(A,), missed=(B, C)), measured(true=(A, B, C))
    points = [OperatingPoint(1e-6, silent, some), OperatingPoint(1e-4, loud, more)]
    assert [p.is_quiet("snv") for p in points] == [True, False]
    found = {m.name: m for m in best_quiet(points)}
    assert value_of(found["s_quiet_snv"], "snv", "recall") == 0.5
    assert value_of(found["s_quiet_indel"], "indel", "recall") == 1.0
    assert "1.00/Mb*" in points_table(points)
    assert best_quiet([OperatingPoint(1e-4, loud, more)])[0].name == "s_quiet_indel"


def test_operating_points__more_prior_gives_no_fewer_calls(own_set: Path) -> None:
    own = TruthSet("own", own_set)
    points = operating_points(own, own, (1e-8, 1e-3))
    few, many = (len(p.spiked.comparison.true_positive) for p in points)
    assert points[0].null.comparison == points[0].spiked.comparison
    assert few <= many == 6


@pytest.fixture(scope="module")
def own_set(pair: Pair, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pair in the layout of a truth set, as a laboratory would lay out its own."""
    folder = tmp_path_factory.mktemp("sets") / "own"
    folder.mkdir()
    for source, name in ((pair.fasta, "reference.fa"), (pair.tumor, "tumor.bam"), (pair.normal, "normal.bam")):
        (folder / name).symlink_to(source)
    for sample, path in (("tumor", pair.tumor), ("normal", pair.normal)):
        (folder / f"{sample}.bam.bai").symlink_to(f"{path}.bai")
    (folder / "regions.bed").write_text(f"chr1\t500\t{len(pair.genome) - 500}\n")
    rows = [f"chr1\t{v.position + 1}\t.\t{v.reference}\t{v.alternate}\t.\tPASS\tAF={v.tumor}"
            for v in pair.planted if v.normal == 0]  # fmt: skip
    (folder / "truth.vcf").write_text(
        "##fileformat=VCFv4.3\n##contig=<ID=chr1>\n##INFO=<ID=AF,Number=A,Type=Float,Description=\"f\">\n"
        "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n" + "\n".join(rows) + "\n"
    )  # fmt: skip
    return folder


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(["benchmark", "run", *map(str, arguments)])
    return int(stopped.value.code or 0)


def test_run__tables_a_set_and_ends_with_1_when_a_bound_breaks(
    own_set: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    calls = tmp_path / "calls.tsv"
    assert run(own_set, "--list", calls) == 0
    assert "== own by oncopipe" in capsys.readouterr().out
    listed = read_calls(calls)
    assert sum(listed.values()) == 6
    bounds = tmp_path / "bounds.tsv"
    for floor, code in ((4, 0), (5, 1)):
        bounds.write_text(f"set\ttype\tmeasure\tfloor\treach\nown\tsnv\ttp\t{floor}\t4\n")
        assert run(own_set, "--bounds", bounds, "--brief") == code
    assert run(own_set, "--before", calls) == 0
    calls.write_text(format_calls(listed | {("own", ("chr1", 5, "A", "C")): True}))
    assert run(own_set, "--before", calls) == 1
    assert "LOST truth: own chr1:6 A>C WITHOUT A REASON" in capsys.readouterr().out


def test_run__refuses_what_is_not_there(own_set: Path, tmp_path: Path) -> None:
    assert run(own_set, "--set", "other") == 78
    assert run() == 78
    with pytest.raises(MissingInputError, match="no truth"):
        _ = TruthSet("empty", tmp_path).truth


@pytest.mark.parametrize("rival", RIVALS, ids=lambda rival: rival.name)
def test_measure_rivals__calls_the_same_set(own_set: Path, monkeypatch: pytest.MonkeyPatch, rival: Rival) -> None:
    if shutil.which(rival.name) is None:
        pytest.skip(f"{rival.name} is not installed")
    monkeypatch.setattr("oncopipe.validation.rivals.RIVALS", (rival,))
    (found,) = measure_rivals(TruthSet("own", own_set), print)
    assert found.caller == rival.name and found.seconds > 0
    # Half of the molecules carry one of the six, a fifth or more the others; the germline allele is in the normal.
    assert len(found.comparison.true_positive) >= 3
    assert found.germline == ()


def test_measure_rivals__says_who_is_absent(own_set: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    said: list[str] = []
    assert measure_rivals(TruthSet("own", own_set), said.append) == []
    assert said == [f"{rival.name} is not installed: no line for it" for rival in RIVALS]
