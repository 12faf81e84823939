"""The model's laws, the filters' registry, and the command from BAMs to a VCF."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from itertools import pairwise
from pathlib import Path

import numpy as np
import pysam
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncopipe.calling import call_somatic, call_tumor_only, collect_reads, fit, score_evidence
from oncopipe.calling.filters import FILTERS, Filter
from oncopipe.calling.fit import FORMAT_VERSION, posteriors, read_model, write_model
from oncopipe.calling.hypotheses import (
    ERROR,
    HYPOTHESES,
    SOMATIC,
    _somatic_in_logarithm,
    hypothesis_likelihoods,
    somatic_by_trace,
    views_of,
)
from oncopipe.calling.likelihoods import FRACTIONS, errors_of, fraction_likelihoods
from oncopipe.cli.main import main
from oncopipe.data.calls import Calls
from oncopipe.data.evidence import ALT, N_SUMS, NORMAL, TUMOR, Collected, Evidence, concatenate, no_statistics
from oncopipe.errors import FormatVersionError, InputError
from oncopipe.options import CallOptions
from tests.pairs import Pair
from tests.reference.collect import left_aligned

score_module = import_module("oncopipe.calling.score")  # the package exports a function of the same name
ERRORS = errors_of(no_statistics())


def evidence(tumor: tuple[int, int], normal: tuple[int, int], quality_bin: int = 12, near_end: int = 0) -> Evidence:
    """One SNV candidate with (ref, alt) molecules in tumor and normal."""
    counts, quality = np.zeros((1, 2, 3, 2, 2), np.int32), np.zeros((1, 2, 2, 16), np.int32)
    sums, copies = np.zeros((1, 2, 2, N_SUMS), np.int64), np.zeros((1, 2, 2), np.int32)
    for sample, molecules in enumerate((tumor, normal)):
        for allele, n in enumerate(molecules):
            counts[0, sample, allele, 0, 0], counts[0, sample, allele, 1, 0] = n // 2, n - n // 2
            quality[0, sample, allele, quality_bin], copies[0, sample, allele] = n, n
            sums[0, sample, allele, :3] = 60 * n, 0, 30 * n
    sums[0, TUMOR, ALT, 5] = near_end
    one = np.ones(1, np.int32)
    return Evidence(np.zeros(1, np.int32), np.array([100]), ["A"], ["C"], one, one, counts, quality, sums, copies)


def somatic_log_odds(e: Evidence) -> float:
    likelihoods = hypothesis_likelihoods(views_of(e, ERRORS), has_normal=True)[0]
    others = np.delete(likelihoods, SOMATIC)
    return float(likelihoods[SOMATIC] - others.max())


@pytest.mark.parametrize(
    "counts", [((20, 5), (30, 0)), ((0, 60), (30, 30)), ((500, 8000), (8000, 900)), ((0, 0), (0, 0))]
)
def test_somatic_by_trace__equals_the_sum_in_the_logarithm(counts: tuple[tuple[int, int], tuple[int, int]]) -> None:
    """Also where the normal shows so much that its likelihoods are too small for a double."""
    views = views_of(evidence(*counts), ERRORS)
    for trace in (0.0, 0.03, 0.3):
        slow = _somatic_in_logarithm(views.tumor, views.normal, trace)
        assert somatic_by_trace(views, (trace,))[0] == pytest.approx(slow, rel=1e-12, abs=1e-9)


def test_fraction_likelihoods__equal_the_formula() -> None:
    e = evidence((7, 3), (5, 0))
    wrong = ERRORS.bases[TUMOR][12] / 3
    for i, f in enumerate(FRACTIONS):
        alt, ref = f * (1 - wrong) + (1 - f) * wrong, (1 - f) * (1 - wrong) + f * wrong
        assert fraction_likelihoods(e, TUMOR, ERRORS)[0, i] == pytest.approx(3 * np.log(alt) + 7 * np.log(ref))


@given(st.integers(0, 60), st.integers(1, 40), st.integers(0, 40), st.integers(0, 5))
@settings(max_examples=60, deadline=None)
def test_posteriors__sum_to_one(ref: int, alt: int, normal_ref: int, normal_alt: int) -> None:
    likelihoods = hypothesis_likelihoods(
        views_of(evidence((ref, alt), (normal_ref, normal_alt)), ERRORS), has_normal=True
    )
    assert posteriors(likelihoods, np.log(np.full(len(HYPOTHESES), 0.2))).sum() == pytest.approx(1.0)


@pytest.mark.parametrize("depth", [20, 60, 200])
def test_tumor_log_odds__never_fall_with_another_alternate_molecule(depth: int) -> None:
    best = [fraction_likelihoods(evidence((depth - n, n), (30, 0)), TUMOR, ERRORS)[0] for n in range(depth // 2)]
    odds = [row[1:].max() - row[0] for row in best]
    assert all(later >= earlier - 1e-9 for earlier, later in pairwise(odds))


def test_somatic_odds__rise_with_the_tumors_evidence() -> None:
    odds = [somatic_log_odds(evidence((40 - n, n), (30, 0))) for n in (2, 4, 8, 16)]
    assert odds == sorted(odds)


@pytest.mark.parametrize(
    ("tumor", "normal", "near_end", "winner"),
    [
        ((30, 10), (30, 0), 0, "somatic"),
        ((38, 2), (40, 2), 0, "noise"),
        ((20, 20), (15, 15), 0, "germline"),
        ((0, 40), (15, 15), 0, "germline"),
        ((37, 3), (40, 0), 3, "artefact"),
    ],
)
def test_hypotheses__name_what_is_plain(
    tumor: tuple[int, int], normal: tuple[int, int], near_end: int, winner: str
) -> None:
    likelihoods = hypothesis_likelihoods(
        views_of(evidence(tumor, normal, near_end=near_end), ERRORS), has_normal=True
    )
    # Priors as they are in a genome: somatic 1e-5, germline 1e-3, noise and artefact 1e-4 per base.
    weights = np.log([1e-5, 0.998, 1e-4, 1e-3, 1e-4])
    assert HYPOTHESES[int(posteriors(likelihoods, weights)[0].argmax())] == winner


def collected_of(e: Evidence, normal: str | None = "N") -> Collected:
    return Collected(e, replace(no_statistics(), n_positions=100_000), "T", normal, {"chr1": 1000})


@pytest.mark.parametrize("record", FILTERS, ids=lambda f: f.name)
def test_filters__are_records_that_judge_every_row(record: Filter) -> None:
    names = [f.name for f in FILTERS]
    assert len(set(names)) == len(names)
    collected = collected_of(evidence((30, 10), (30, 0)))
    calls = score_evidence(collected, fit(collected, CallOptions()))
    assert calls.filters.shape == (1, len(FILTERS))
    assert calls.is_pass.all()
    assert '"' not in record.description


def test_fit__without_candidates_keeps_a_prior_above_zero() -> None:
    collected = collected_of(evidence((30, 10), (30, 0)).select(np.zeros(1, bool)))
    model = fit(collected, CallOptions())
    assert 0 < model.weights_snv[SOMATIC] < 1e-4
    assert len(score_evidence(collected, model)) == 0


def test_fit__takes_a_fixed_prior() -> None:
    model = fit(collected_of(evidence((30, 10), (30, 0))), CallOptions(somatic_prior=1e-6))
    assert model.weights_snv[SOMATIC] == 1e-6 and model.weights_indel[SOMATIC] == pytest.approx(1e-7)


def test_fit__learns_the_tumor_in_the_normal_and_then_keeps_its_alleles() -> None:
    random = np.random.default_rng(3)
    found = {}
    for share in (0.0, 0.1):
        rows = []
        for i in range(60):
            n_alt = int(random.integers(8, 40))
            in_normal = int(random.binomial(40, share * n_alt / 80))
            e = evidence((80 - n_alt, n_alt), (40 - in_normal, in_normal))
            rows.append(replace(e, position=np.array([5000 * (i + 1)])))
        collected = collected_of(concatenate(rows))
        model = fit(collected, CallOptions())
        passed = score_evidence(collected, model).is_pass.mean()
        blind = score_evidence(collected, replace(model, tumor_in_normal=0.0)).is_pass.mean()
        found[share] = (model.tumor_in_normal, passed, blind)
    assert found[0.0][0] == 0.0 and found[0.0][1] == found[0.0][2] > 0.98
    assert 0.08 <= found[0.1][0] <= 0.12
    assert found[0.1][1] > 0.98 > found[0.1][2] + 0.04


@pytest.mark.parametrize(
    ("options", "threshold"),
    [({}, 0.5), ({"sensitivity": "screening"}, 0.2), ({"sensitivity": "high-precision"}, 0.9),
     ({"sensitivity": "screening", "pass_probability": 0.7}, 0.7)],
)  # fmt: skip
def test_sensitivity__shifts_the_threshold_alone(options: dict[str, object], threshold: float) -> None:
    chosen = CallOptions.model_validate(options)
    assert chosen.threshold == threshold
    collected = collected_of(evidence((30, 10), (30, 0)))
    model, plain = fit(collected, chosen), fit(collected, CallOptions())
    assert model == plain
    posterior = score_evidence(collected, model, chosen).posterior
    assert np.array_equal(posterior, score_evidence(collected, plain).posterior)


def test_fit__a_fixed_prior_does_not_teach_that_artefacts_are_common() -> None:
    rows = [replace(evidence((30, 10), (30, 0)), position=np.array([1000 * i])) for i in range(1, 40)]
    collected = collected_of(concatenate(rows))
    learned, fixed = fit(collected, CallOptions()), fit(collected, CallOptions(somatic_prior=1e-6))
    others = [i for i in range(len(HYPOTHESES)) if i not in (SOMATIC, ERROR)]
    assert [fixed.weights_snv[i] for i in others] == [learned.weights_snv[i] for i in others]
    assert sum(fixed.weights_snv) == pytest.approx(1.0)


def test_model__is_read_back_and_checked(tmp_path: Path) -> None:
    model = fit(collected_of(evidence((30, 10), (30, 0))), CallOptions())
    write_model(model, tmp_path / "m.json")
    assert read_model(tmp_path / "m.json") == model
    (tmp_path / "v.json").write_text(
        (tmp_path / "m.json").read_text().replace(f'"format_version": "{FORMAT_VERSION}"', '"format_version": "9"')
    )
    with pytest.raises(FormatVersionError, match="format 9"):
        read_model(tmp_path / "v.json")
    (tmp_path / "x.json").write_text("[]")
    with pytest.raises(InputError, match="no model"):
        read_model(tmp_path / "x.json")


def passing(calls: Calls, probability: float = 0.5) -> set[tuple[int, str, str]]:
    kept = calls.select(calls.is_pass & (calls.posterior[:, SOMATIC] >= probability)).evidence
    return set(zip(kept.position.tolist(), kept.reference, kept.alternate, strict=True))


def test_call_somatic__finds_what_was_planted_and_nothing_else(pair: Pair) -> None:
    wanted = {left_aligned(pair.genome, v.position, v.reference, v.alternate) for v in pair.planted if not v.normal}
    calls = call_somatic(pair.tumor, pair.normal, pair.fasta)
    # Six variants in 12 kb make a dense prior, under which pairs of equal errors are even odds; nothing else is likely.
    assert passing(calls, 0.9) == wanted
    assert wanted <= passing(calls)
    doubtful = calls.is_pass & (calls.posterior[:, SOMATIC] < 0.9)
    assert (calls.evidence.allele_depth(TUMOR, ALT)[doubtful] == 2).all()


def test_call_tumor_only__takes_the_population_for_the_normal(pair: Pair, tmp_path: Path) -> None:
    germline = next(v for v in pair.planted if v.normal == 0.5)
    resource = tmp_path / "population.vcf"
    resource.write_text(
        '##fileformat=VCFv4.3\n##INFO=<ID=AF,Number=A,Type=Float,Description="f">\n##contig=<ID=chr1>\n'
        "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
        f"chr1\t{germline.position + 1}\t.\t{germline.reference}\t{germline.alternate}\t.\t.\tAF=0.2\n"
    )
    allele = (germline.position, germline.reference, germline.alternate)
    with_resource = call_tumor_only(pair.tumor, pair.fasta, germline_resource=resource)
    assert allele not in passing(with_resource)
    listed = call_tumor_only(pair.tumor, pair.fasta, panel_of_normals=resource)
    assert allele not in passing(listed)
    wanted = {left_aligned(pair.genome, v.position, v.reference, v.alternate) for v in pair.planted if v.tumor == 0.2}
    assert wanted <= passing(with_resource)


@pytest.mark.parametrize(
    ("frequency", "passes"), [(0.0, True), (4e-6, True), (5e-4, False), (0.2, False), (None, False)]
)
def test_score__tumor_only_keeps_a_driver_at_one_half(frequency: float | None, passes: bool) -> None:
    """A sparse tumor: an allele at 45 % is lost only where the population knows it, or nothing was asked."""
    collected = replace(
        collected_of(evidence((55, 45), (0, 0)), normal=None),
        statistics=replace(no_statistics(), n_positions=1_000_000),
    )
    options = CallOptions()
    model = fit(collected, options)
    population = None if frequency is None else lambda rows: np.full(len(rows), frequency)
    calls = score_module.score(collected, model, options, population=population)
    assert bool(calls.is_pass[0]) == passes
    assert calls.germline_from == ("fraction only" if frequency is None else "population and fraction")


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as stopped:
        main([str(a) for a in arguments])
    return int(stopped.value.code or 0)


def test_command__steps_give_the_bytes_of_the_whole(pair: Pair, tmp_path: Path) -> None:
    files = ("--tumor", pair.tumor, "--normal", pair.normal, "--reference", pair.fasta)
    assert run("call", "somatic", *files, "--output", tmp_path / "whole.vcf.gz", "--threads", 2) == 0
    parts_folder = tmp_path / "parts"
    assert (
        run("call", "split", "--bam", pair.tumor, "--reference", pair.fasta, "--parts", 5, "--output", parts_folder)
        == 0
    )
    beds = sorted(parts_folder.glob("*.bed"))
    assert len(beds) == 5
    evidence_flags: list[object] = []
    for bed in beds:
        assert run("call", "collect", *files, "--regions", bed, "--output", bed.with_suffix(".parquet")) == 0
        evidence_flags += ["--evidence", bed.with_suffix(".parquet")]
    assert run("call", "fit", *evidence_flags, "--output", tmp_path / "model.json") == 0
    scored = ("--model", tmp_path / "model.json", "--output", tmp_path / "steps.vcf.gz")
    assert run("call", "score", *evidence_flags, *scored, "--evidence-output", tmp_path / "e.parquet") == 0
    assert (tmp_path / "whole.vcf.gz").read_bytes() == (tmp_path / "steps.vcf.gz").read_bytes()
    assert (tmp_path / "whole.vcf.gz.tbi").is_file()
    assert (tmp_path / "whole.vcf.gz").stat().st_mode & 0o007 == 0
    with pysam.VariantFile(str(tmp_path / "whole.vcf.gz")) as file:
        assert file.header.info["RU"].type == "String"
        assert file.header.info["RPA"].number == "R"
        assert list(file.header.samples) == ["T", "N"]
        for record in file:
            assert sum(record.samples["T"]["AD"]) <= record.samples["T"]["DP"]
            assert record.samples["T"]["AD"] == tuple(
                a + b for a, b in zip(record.samples["T"]["F1R2"], record.samples["T"]["F2R1"], strict=True)
            )


@pytest.mark.parametrize(("what", "code"), [("missing", 66), ("not a BAM", 65), ("bad option", 78), ("bad bed", 65)])
def test_command__ends_with_the_documented_code_and_leaves_nothing(
    pair: Pair, tmp_path: Path, capsys: pytest.CaptureFixture[str], what: str, code: int
) -> None:
    tumor = tmp_path / "tumor.bam"
    if what == "not a BAM":
        tumor.write_text("x")
    elif what != "missing":
        tumor = pair.tumor
    (tmp_path / "r.bed").write_text("chrX\t0\t10\n" if what == "bad bed" else f"chr1\t0\t{len(pair.genome)}\n")
    more = ("--max-depth", 1) if what == "bad option" else ()
    files = ("--tumor", tumor, "--normal", pair.normal, "--reference", pair.fasta, "--regions", tmp_path / "r.bed")
    assert run("call", "somatic", *files, "--output", tmp_path / "out" / "c.vcf.gz", *more) == code
    assert "fix:" in capsys.readouterr().err
    assert not list(tmp_path.rglob("*.vcf.gz*"))


def test_evidence__counts_survive_the_file(pair: Pair, tmp_path: Path) -> None:
    from oncopipe.io.evidence import read_collected, write_collected

    collected = collect_reads(pair.tumor, pair.normal, pair.fasta, None)
    write_collected(collected, tmp_path / "e.parquet")
    back = read_collected([tmp_path / "e.parquet"])
    assert np.array_equal(back.evidence.counts, collected.evidence.counts)
    assert np.array_equal(back.evidence.sums, collected.evidence.sums)
    assert back.evidence.allele_depth(NORMAL, ALT).tolist() == collected.evidence.allele_depth(NORMAL, ALT).tolist()
    assert back.contigs == collected.contigs
