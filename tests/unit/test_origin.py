"""Somatic, germline or artefact: expected fractions by copy number and purity, posteriors, and how they reach the VCF."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pysam
import pytest

from oncopipe.calling import tumor_state
from oncopipe.calling.filters import FILTERS
from oncopipe.calling.fit import Model
from oncopipe.calling.hypotheses import ARTEFACT, GERMLINE, HYPOTHESES, SOMATIC
from oncopipe.calling.origin import TumorState, germline_fractions, origins, somatic_fractions
from oncopipe.cli.main import main
from oncopipe.data.alterations import Segment
from oncopipe.data.calls import Calls
from oncopipe.data.evidence import ALT, REF, TUMOR, concatenate
from oncopipe.errors import InputError
from tests.pairs import make_pair
from tests.unit.test_call import evidence

WEIGHTS = [3e-6, 0.99, 1e-6, 1e-3, 1e-6]
MODEL = Model([[0.0]], [[0.0]], WEIGHTS, WEIGHTS, [], [], 10**6, False, [0.0, 0.0], 2.5)


def calls_of(shown: list[tuple[int, int]], *, population: float = 0.0, normal: str | None = None) -> Calls:
    """SNVs with (ref, alt) molecules in a tumor alone, hardly artefacts."""
    parts = [replace(evidence(counts, (0, 0)), position=np.array([100 + i])) for i, counts in enumerate(shown)]
    e, n = concatenate(parts), len(shown)
    posterior = np.zeros((n, len(HYPOTHESES)))
    posterior[:, [SOMATIC, ARTEFACT]] = 0.999, 0.001
    filters = np.zeros((n, len(FILTERS)), bool)
    odds = np.full(n, 20.0)
    names = tuple(f.name for f in FILTERS)
    return Calls(e, posterior, odds, odds, np.full(n, population), filters, names, "T", normal, {"chr1": 10_000},
                 "normal" if normal else "population and fraction")  # fmt: skip


def state(purity: float, n_major: int, n_minor: int) -> TumorState:
    return TumorState(purity, (Segment("T", "1", 0, 10_000, n_major=n_major, n_minor=n_minor),))


@pytest.mark.parametrize("purity", [0.2, 0.5, 0.83, 1.0])
@pytest.mark.parametrize(("major", "minor"), [(1, 1), (1, 0), (2, 0), (2, 1), (3, 1), (4, 2)])
def test_fractions__are_those_of_cells_counted_one_by_one(purity: float, major: int, minor: int) -> None:
    """Of 10,000 cells: chromosomes with the allele over all chromosomes."""
    cells = 10_000
    tumor, normal = purity * cells, (1 - purity) * cells
    chromosomes = tumor * (major + minor) + normal * 2
    carried = {m: (tumor * m + normal) / chromosomes for m in (major, minor)}
    found = germline_fractions(purity, (major + minor, minor))
    assert sum(weight for weight, _ in found) == pytest.approx(1)
    assert sorted(f for _, f in found) == pytest.approx(sorted([carried[minor], carried[major]]))
    somatic = somatic_fractions(purity, (major + minor, minor))
    assert sum(weight for weight, _ in somatic) == pytest.approx(1)
    assert {round(f, 9) for _, f in somatic} == {
        round(tumor * m / chromosomes, 9) for m in {1, major, minor} - {0}
    }  # fmt: skip
    unknown = germline_fractions(purity, (major + minor, None))
    assert [f for _, f in unknown] == pytest.approx(
        [(tumor * m + normal) / chromosomes for m in range(major + minor + 1)]
    )


def test_origins__loss_of_heterozygosity_turns_the_answer() -> None:
    """At 60 % purity and one copy left, germline lies at 71 % or 29 %, a clonal somatic allele at 43 %; with two copies the
    first lies at 50 % and the second at 30 %.
    """
    shown = [(143 - 102, 102), (143 - 61, 61)]  # 71 % and 43 % of 143
    lost = origins(calls_of(shown), MODEL, state(0.6, 1, 0))
    assert lost[0, 1] > 0.9 and lost[1, 0] > 0.8
    whole = origins(calls_of([(70, 30), (50, 50)]), MODEL, state(0.6, 1, 1))
    assert whole[0, 0] > 0.9 and whole[1, 1] > 0.6
    assert np.allclose(lost.sum(axis=1), 1) and np.allclose(whole.sum(axis=1), 1)


def test_origins__population_and_panel_and_artefact_count() -> None:
    half = [(50, 50)]
    private, listed = (origins(calls_of(half, population=p), MODEL, TumorState())[0] for p in (0.0, 0.01))
    assert listed[1] > 0.999 > private[1] > 0.5  # a private allele at one half is honestly doubtful
    low = origins(calls_of([(180, 20)]), MODEL, TumorState())[0]
    assert low[0] > 0.8
    in_panel = calls_of([(180, 20)])
    in_panel.filters[:, in_panel.filter_names.index("panel_of_normals")] = True
    assert origins(in_panel, MODEL, TumorState())[0, 0] < 0.2
    doubtful = calls_of([(180, 20)])
    doubtful.posterior[:, [SOMATIC, ARTEFACT]] = 0.5, 0.5
    found = origins(doubtful, MODEL, TumorState())[0]
    assert found[2] == pytest.approx(found[0])


def test_origins__with_a_normal_are_the_hypotheses() -> None:
    calls = calls_of([(50, 50)], normal="N")
    calls.posterior[:] = 0
    calls.posterior[:, [SOMATIC, GERMLINE, ARTEFACT]] = 0.7, 0.2, 0.1
    found = origins(calls, replace(MODEL, has_normal=True), state(0.5, 1, 0))
    assert found == pytest.approx(np.array([[0.7, 0.2, 0.1]]))


@pytest.mark.parametrize(("major", "minor"), [(1, 1), (1, 0), (3, 1)])
def test_origins__are_calibrated(major: int, minor: int) -> None:
    """Alleles drawn by the prior and by cells, not by the model's own sampling: of those said to be somatic with probability
    q about a share q is. Purity 50 %, 120x.
    """
    rng = np.random.default_rng(3)
    n, depth, purity = 3000, 120, 0.5
    prior_germline, prior_somatic = 0.02 * 1e-3, WEIGHTS[SOMATIC]
    is_somatic = rng.random(n) < prior_somatic / (prior_somatic + prior_germline)
    whole = purity * (major + minor) + 2 * (1 - purity)
    on = np.where(rng.random(n) < 0.5, major, minor)
    germline = (purity * on + 1 - purity) / whole
    clonal = purity / whole * np.where(rng.random(n) < 0.7, 1, max(major, 1))
    somatic = np.where(rng.random(n) < 0.5, clonal, rng.uniform(0.03, purity / whole, n))
    expected = np.where(is_somatic, somatic, germline)
    alt = rng.binomial(
        depth, rng.beta(150 * expected, 150 * (1 - expected))
    )  # as reads of captured libraries scatter
    shown = [(depth - int(k), int(k)) for k in alt]
    said = origins(calls_of(shown), MODEL, state(purity, major, minor))[:, 0]
    for low, high in ((0.0, 0.1), (0.1, 0.5), (0.5, 0.9), (0.9, 1.01)):
        inside = (said >= low) & (said < high)
        if inside.sum() >= 60:
            assert abs(is_somatic[inside].mean() - said[inside].mean()) < 0.13, (low, inside.sum())
    assert said[is_somatic].mean() - said[~is_somatic].mean() > 0.2


def test_tumor_state__reads_major_and_minor_copies_and_log_ratios(tmp_path: Path) -> None:
    path = tmp_path / "s.seg"
    path.write_text(
        "ID\tchrom\tloc.start\tloc.end\tnum.mark\tseg.mean\nT\tchr1\t1\t1000\t9\t-0.415\nT\t1\t1001\t2000\t9\t0\n"
    )
    found = tumor_state("T", 0.5, path)
    assert found.copies("chr1", 500) == (1, None)  # 2 * 2^-0.415 = 1.5 = 0.5 * 1 + 1
    assert found.copies("1", 1000) == (2, None) and found.copies("1", 5000) is None
    assert tumor_state("T", None, path).copies("1", 500) is None
    path.write_text("sample\tchromosome\tstart\tend\tn_major\tn_minor\nT\t1\t1\t99\t2\t0\nU\t1\t1\t99\t1\t1\n")
    assert tumor_state("T", 0.5, path).copies("chr1", 98) == (2, 0)
    path.write_text("sample\tchromosome\tstart\tend\tn_major\tn_minor\nT\t1\t1\tx\t2\t0\n")
    with pytest.raises(InputError, match="column end"):
        tumor_state("T", 0.5, path)


def test_tumor_only__every_record_carries_its_posterior(tmp_path: Path) -> None:
    pair = make_pair(tmp_path)
    segments = tmp_path / "s.tsv"
    segments.write_text("sample\tchromosome\tstart\tend\tn_major\tn_minor\nT\t1\t1\t12000\t1\t1\n")
    g = pair.genome
    known = tmp_path / "known.vcf"
    known.write_text(
        '##fileformat=VCFv4.2\n##contig=<ID=chr1,length=12000>\n##INFO=<ID=AF,Number=A,Type=Float,Description="f">\n'
        "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
        f"chr1\t6001\t.\t{g[6000]}\t{next(v.alternate for v in pair.planted if v.position == 6000)}\t.\t.\tAF=0.01\n"
    )
    told = {}
    for name, more in (("plain", []), ("state", ["--copy-number", str(segments), "--purity", "0.6"])):
        with pytest.raises(SystemExit) as left:
            main(["call", "tumor-only", "--tumor", str(pair.tumor), "--reference", str(pair.fasta), "--germline-resource",
                  str(known),
                  "--output", str(tmp_path / f"{name}.vcf.gz"), *more])  # fmt: skip
        assert not left.value.code
        with pysam.VariantFile(str(tmp_path / f"{name}.vcf.gz")) as vcf:
            told[name] = {
                r.start: [float(r.info[k][0]) for k in ("PSOM", "PGERM", "PART")] + [set(r.filter)] for r in vcf
            }
    assert told["plain"].keys() == told["state"].keys()
    for position, (somatic, germline, artefact, filters) in told["state"].items():
        assert somatic + germline + artefact == pytest.approx(1, abs=0.01)
        assert filters == told["plain"][position][3]  # what passes is not decided by it
    assert told["state"][6000][1] > 0.9  # the germline allele at one half
    assert told["state"][9000][0] > 0.5 > told["state"][9000][1]  # clonal at 30 %: half the purity


def test_evidence__counts_are_what_the_likelihoods_see() -> None:
    calls = calls_of([(30, 12)])
    assert (calls.evidence.allele_depth(TUMOR, REF)[0], calls.evidence.allele_depth(TUMOR, ALT)[0]) == (30, 12)
