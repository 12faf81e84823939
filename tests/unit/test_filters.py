"""Each filter has a golden locus, judged by the whole rule, and a law: a step that must not help an allele does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncopipe.calling import filters
from oncopipe.calling.filters import FILTERS
from oncopipe.calling.hypotheses import ARTEFACT, ERROR, GERMLINE, NOISE, SOMATIC
from oncopipe.options import CallOptions
from tests.loci import GOOD, PLAIN, Locus, Sample, calls_of, evidence_of, failed, judged

DAMAGED, ALONE = Sample(damaged=True), Sample(has_normal=False)
TOLD = Sample(options=CallOptions(contamination=0.1))
AT = GOOD.position
# What two hypotheses both explain badly may move a hair against the law: the prior over fractions is shared, not flat.
TOLERANCE = 1e-4
EVERY = (ERROR, NOISE, GERMLINE, ARTEFACT)
COMPLEMENT = str.maketrans("ACGT", "TGCA")


@dataclass(frozen=True)
class Golden:
    """Loci, what the caller must say of each, and the probability that the first is somatic."""

    loci: list[Locus]
    fails: set[str]
    somatic: float
    sample: Sample = PLAIN


ASKED = Sample(options=CallOptions(min_alternate_fragments=12))
FEW, PLENTY = replace(GOOD, tumor=(36, 4, 0), near_end=0, mismatches=0), replace(GOOD, tumor=(20, 20, 0))
NOISY = replace(FEW, normal=(76, 4))

GOLDEN = {
    "weak_evidence": Golden([replace(FEW, tumor=(38, 2, 0), quality=20)], {"weak_evidence"}, 0.0003),
    "slippage": Golden([replace(FEW, alleles=("A", "AC"), repeat=(1, 14), tumor=(37, 3, 0))], {"slippage"}, 0.0),
    "germline": Golden([replace(PLENTY, normal=(6, 0))], {"germline"}, 0.5675),
    "normal_artifact": Golden([NOISY], {"normal_artifact"}, 0.0004),
    "position": Golden([replace(FEW, near_end=4)], {"position"}, 0.0004),
    "excess_mismatch": Golden([replace(FEW, mismatches=14)], {"excess_mismatch"}, 0.0115),
    "orientation": Golden([replace(FEW, alleles=("C", "A"), f1r2=0)], {"orientation"}, 0.0557, DAMAGED),
    "base_qual": Golden([replace(PLENTY, quality=15)], {"base_qual"}, 0.1191),
    "map_qual": Golden([replace(PLENTY, mapping=25, reference_mapping=31)], {"map_qual"}, 0.9996),
    "strand_bias": Golden([replace(PLENTY, forward=20)], {"strand_bias"}, 0.7896),
    "duplicate": Golden([GOOD], {"duplicate"}, 0.9214, ASKED),
    "multiallelic": Golden([replace(PLENTY, alleles=("A", base)) for base in "CGT"], {"multiallelic"}, 0.9996),
    "haplotype": Golden([replace(PLENTY, tumor=(20, 20, 43))], {"haplotype"}, 0.9996),
    "clustered_events": Golden(
        [replace(GOOD, position=AT + 10 * i, tumor=(10, 30, 0), mismatches=60) for i in range(6)],
        {"clustered_events"},
        1.0,
    ),
    "panel_of_normals": Golden([replace(PLENTY, in_panel=True)], {"panel_of_normals"}, 0.9991),
    "contamination": Golden([replace(FEW, tumor=(38, 2, 0), population=0.3)], {"contamination"}, 0.0, TOLD),
}


def test_registry__lists_every_file_once_with_a_golden_locus_and_a_law() -> None:
    files = {path.stem for path in Path(filters.__path__[0]).glob("*.py")} - {"__init__", "record"}
    names = [f.name for f in FILTERS]
    assert len(names) == len(files) and set(names) == files
    assert list(GOLDEN) == list(LAWS) == names


def test_golden__a_good_locus_fails_nothing() -> None:
    assert failed(calls_of([GOOD])) == [set()]


@pytest.mark.parametrize("name", GOLDEN)
def test_golden__fails_as_it_always_did(name: str) -> None:
    golden = GOLDEN[name]
    calls = calls_of(golden.loci, golden.sample)
    assert failed(calls) == [golden.fails] * len(golden.loci)
    assert calls.posterior[0, SOMATIC] == pytest.approx(golden.somatic, abs=1e-4)


@st.composite
def loci(draw: st.DrawFn) -> Locus:
    """Any allele, good or bad, as a pair may show it."""
    n_alt = draw(st.integers(2, 20))
    return Locus(
        alleles=draw(st.sampled_from([("A", "C"), ("C", "A"), ("G", "T"), ("A", "AC"), ("AC", "A")])),
        tumor=(draw(st.integers(8, 60)), n_alt, draw(st.integers(0, 12))),
        normal=(draw(st.integers(4, 60)), draw(st.integers(0, 4))),
        quality=draw(st.sampled_from([14, 20, 26, 32, 37, 41])),
        near_end=draw(st.integers(0, n_alt)), mismatches=draw(st.integers(0, 4 * n_alt)),
        mapping=draw(st.integers(20, 60)), forward=draw(st.integers(0, n_alt)), f1r2=draw(st.integers(0, n_alt)),
        repeat=(1, draw(st.integers(1, 14))),
    )  # fmt: skip


def more_in_normal(locus: Locus) -> Locus:
    return replace(locus, normal=(locus.normal[0] - 1, locus.normal[1] + 1))


def unusually_near_ends(locus: Locus) -> Locus:
    """As many near their ends as chance may ask for, and one to go: fewer than usual look odd as well."""
    n = locus.tumor[1]
    return replace(locus, near_end=min(max(locus.near_end, int(0.4 * (n + 1))), n - 1))


@dataclass(frozen=True)
class Law:
    """A step that must not help: the locus after, and what else then stands around. start: what the step begins from.

    against: hypotheses against which somatic must be no likelier; with all of them, what failed must not pass.
    """

    step: Callable[[Locus], list[Locus]]
    start: Callable[[Locus], Locus] = lambda locus: locus
    against: tuple[int, ...] = EVERY
    sample: Sample = PLAIN


LAWS = {
    "weak_evidence": Law(lambda x: [replace(x, quality=x.quality - 3)]),
    "slippage": Law(
        lambda x: [replace(x, repeat=(1, x.repeat[1] + 1))],
        lambda x: replace(x, alleles=("A", "AC"), normal=(x.normal[0], 0)),
    ),
    # An artefact shows nothing in the normal, a somatic allele a trace: between these two another molecule may speak for it.
    "germline": Law(lambda x: [more_in_normal(x)], against=(NOISE, GERMLINE)),
    "normal_artifact": Law(lambda x: [x, replace(NOISY, position=AT + 60)]),
    "position": Law(lambda x: [replace(x, near_end=x.near_end + 1)], unusually_near_ends),
    "excess_mismatch": Law(lambda x: [replace(x, mismatches=x.mismatches + 1)]),
    "orientation": Law(
        lambda x: [replace(x, f1r2=(x.f1r2 or 0) + 1)],
        lambda x: replace(x, alleles=("G", "T"), f1r2=min(max(x.f1r2 or 0, (x.tumor[1] + 1) // 2), x.tumor[1] - 1)),
        sample=DAMAGED,
    ),
    "base_qual": Law(lambda x: [replace(x, quality=x.quality - 3)]),
    "map_qual": Law(lambda x: [replace(x, mapping=x.mapping - 5)]),
    "strand_bias": Law(
        lambda x: [replace(x, tumor=(x.tumor[0], x.tumor[1] + 1, 0), forward=x.tumor[1] + 1)],
        lambda x: replace(x, forward=x.tumor[1], f1r2=None), against=(),
    ),
    "duplicate": Law(
        lambda x: [replace(x, tumor=(x.tumor[0], x.tumor[1] - 1, 0))],
        lambda x: replace(GOOD, tumor=(x.tumor[0], x.tumor[1], 0)), against=(), sample=ASKED,
    ),
    "multiallelic": Law(
        lambda x: [x, *(replace(PLENTY, alleles=("A", b)) for b in "GT")], lambda x: replace(x, alleles=("A", "C"))
    ),
    "haplotype": Law(lambda x: [replace(x, tumor=(*x.tumor[:2], x.tumor[2] + 5))], against=()),
    # A variant beside excuses a mismatch.
    "clustered_events": Law(
        lambda x: [x, *(replace(PLENTY, position=AT + 20 * i) for i in range(1, 6))], against=()
    ),
    "panel_of_normals": Law(lambda x: [replace(x, in_panel=True)]),
    "contamination": Law(lambda x: [replace(x, population=0.3)], sample=TOLD),
}  # fmt: skip
LOOKING_AT_ONE_THING = list(LAWS)[8:]


@pytest.mark.parametrize("name", LAWS)
@given(locus=loci())
@settings(max_examples=40, deadline=None)
def test_law__what_must_not_help_does_not(name: str, locus: Locus) -> None:
    law = LAWS[name]
    start = law.start(locus)
    before, after = calls_of([start], law.sample), calls_of(law.step(start), law.sample)
    e = after.evidence
    row = next(i for i, a in enumerate(e.alternate) if (e.position[i], a) == (AT, start.alleles[1]))
    earlier, now = (share_of_somatic(p, law.against) for p in (before.posterior[0], after.posterior[row]))
    assert now <= earlier + TOLERANCE
    if law.against == EVERY:
        assert before.is_pass[0] or not after.is_pass[row]
    if name in LOOKING_AT_ONE_THING and name in failed(before)[0]:
        assert name in failed(after)[row]


def share_of_somatic(posterior: np.ndarray, against: tuple[int, ...]) -> float:
    """P(somatic) where only these other hypotheses are possible."""
    return float(posterior[SOMATIC] / max(posterior[[SOMATIC, *against]].sum(), 1e-300)) if against else 0.0


def test_germline__by_hypothesis_and_by_population() -> None:
    assert "germline" in failed(calls_of([replace(GOOD, tumor=(20, 20, 0), normal=(15, 15))]))[0]
    common = replace(GOOD, population=0.01)
    assert failed(calls_of([common])) == [set()]  # the normal has spoken
    assert failed(calls_of([common], ALONE)) == [{"germline"}]


@pytest.mark.parametrize("n_alt", [20, 100, 1000, 5000])
@pytest.mark.parametrize(
    ("reference", "alternate"), [(0.0, 0.0), (0.1, 0.06), (0.13, 0.05), (0.13, 0.18), (0.02, 0.05)]
)
def test_position__does_not_make_an_artefact_of_a_small_difference(
    n_alt: int, reference: float, alternate: float
) -> None:
    """However many molecules there are: an amplicon's none near an end, an indel's few, which aligners clip there."""
    deep = replace(GOOD, tumor=(9 * n_alt, n_alt, 0), normal=(1000, 0), mismatches=n_alt // 5)
    deep = replace(deep, reference_near_end=round(reference * 9 * n_alt))
    for alleles in (("A", "C"), ("A", "ACGT")):
        far, near = (
            replace(deep, alleles=alleles, near_end=round(share * n_alt)) for share in (alternate, 0.75 + reference)
        )
        assert failed(calls_of([far])) == [set()]
        assert failed(calls_of([near])) == [{"position"}]


@pytest.mark.parametrize("n_alt", [50, 200, 1000, 5000])
@pytest.mark.parametrize("mapping", [58, 56])
def test_excess_mismatch__does_not_make_an_artefact_of_a_mapping_a_little_worse(n_alt: int, mapping: int) -> None:
    deep = replace(GOOD, tumor=(9 * n_alt, n_alt, 0), normal=(1000, 0), near_end=n_alt // 10, mismatches=n_alt // 5)
    assert failed(calls_of([replace(deep, mapping=mapping)])) == [set()]
    assert failed(calls_of([replace(deep, mapping=35)])) == [{"excess_mismatch"}]


def test_map_qual__spares_a_place_where_all_molecules_map_poorly_if_a_normal_shows_it() -> None:
    poor = replace(GOOD, mapping=28, reference_mapping=28)
    assert failed(calls_of([poor])) == [set()]
    assert failed(calls_of([poor], ALONE)) == [{"map_qual"}]
    assert failed(calls_of([replace(poor, reference_mapping=60)])) == [{"map_qual", "excess_mismatch"}]


def test_contamination__tumor_only_a_stated_share_fails_what_it_explains_but_no_rare_allele() -> None:
    """Somatic hotspots stand in population resources as single persons' mosaics."""
    told, few = replace(TOLD, has_normal=False), replace(FEW, tumor=(76, 4, 0))
    fails = [failed(calls_of([replace(few, population=p)], told))[0] for p in (0.0, 5e-5, 5e-4)]
    assert fails == [set(), set(), {"contamination"}]
    assert failed(
        calls_of([replace(few, tumor=(640, 160, 0), near_end=16, mismatches=32, population=5e-4)], told)
    ) == [set()]


@given(locus=loci(), flipped=st.booleans())
@settings(max_examples=60, deadline=None)
def test_score__is_the_same_on_the_other_strand_of_the_genome(locus: Locus, flipped: bool) -> None:
    """Every read's strand turned and every base its complement; damage is of one strand of a molecule, not of the genome."""
    sample = DAMAGED if flipped else PLAIN
    e = evidence_of(locus)
    other = replace(
        e, counts=e.counts[:, :, :, ::-1], reference=[e.reference[0].translate(COMPLEMENT)],
        alternate=[e.alternate[0].translate(COMPLEMENT)],
    )  # fmt: skip
    ours, theirs = judged(e, sample), judged(other, sample)
    assert ours.posterior == pytest.approx(theirs.posterior, abs=1e-9)
    assert failed(ours) == failed(theirs)


@given(locus=loci(), times=st.integers(2, 5))
@settings(max_examples=30, deadline=None)
def test_score__copies_of_a_molecule_say_nothing_new(locus: Locus, times: int) -> None:
    e = evidence_of(locus)
    ours, theirs = judged(e), judged(replace(e, copies=times * e.copies))
    assert (ours.posterior == theirs.posterior).all() and failed(ours) == failed(theirs)


@given(locus=loci(), apart=st.integers(301, 5000))
@settings(max_examples=30, deadline=None)
def test_score__noise_beyond_a_fragment_says_nothing(locus: Locus, apart: int) -> None:
    noisy = replace(GOOD, position=AT + apart, tumor=(36, 4, 0), normal=(27, 3))
    alone, beside = calls_of([locus]), calls_of([locus, noisy])
    assert beside.posterior[0] == pytest.approx(alone.posterior[0], abs=1e-12)


@given(n=st.integers(10, 30), share=st.sampled_from([0.1, 0.2]))
@settings(max_examples=30, deadline=None)
def test_score__a_learned_share_of_tumor_in_the_normal_excuses_what_it_explains(n: int, share: float) -> None:
    """And only that: an allele at one half of the normal stays germline."""
    in_normal = round(share * n / 40 * 60)
    explained = replace(GOOD, tumor=(40 - n, n, 0), normal=(60 - in_normal, in_normal), near_end=0, mismatches=0)
    inherited = replace(explained, normal=(30, 30))
    for locus, gains in ((explained, True), (inherited, False)):
        blind, told = (judged(evidence_of(locus), tumor_in_normal=t).posterior[0, SOMATIC] for t in (0.0, share))
        assert told >= blind - 1e-3 if gains else told < 1e-3
