"""Long insertions, deletions and tandem duplications, seen through clipped reads."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from oncopipe.calling import call_somatic, collect_reads
from oncopipe.data.calls import Calls
from oncopipe.data.evidence import ALT, NORMAL, TUMOR
from oncopipe.data.regions import Region, Regions
from oncopipe.io.bed import write_bed
from oncopipe.io.evidence import read_collected, write_collected
from tests.long_pairs import LongPair, make_long_pair
from tests.reference.collect import left_aligned


@pytest.fixture(scope="module")
def long_pair(tmp_path_factory: pytest.TempPathFactory) -> LongPair:
    return make_long_pair(tmp_path_factory.mktemp("long"), 71)


@pytest.fixture(scope="module")
def long_calls(long_pair: LongPair) -> Calls:
    return call_somatic(long_pair.tumor, long_pair.normal, long_pair.fasta)


def named(pair: LongPair, *, somatic: bool) -> list[tuple[int, str, str]]:
    chosen = [a for a in pair.alleles if (a.normal == 0) == somatic]
    return sorted(left_aligned(pair.genome, a.position, a.reference, a.alternate) for a in chosen)


def passed(calls: Calls) -> list[tuple[int, str, str]]:
    e = calls.evidence
    return [(int(e.position[i]), e.reference[i], e.alternate[i]) for i in np.flatnonzero(calls.is_pass)]


def test_call_somatic__writes_each_long_allele_once_and_no_inherited_one(
    long_pair: LongPair, long_calls: Calls
) -> None:
    assert passed(long_calls) == named(long_pair, somatic=True)


def test_call_somatic__counts_long_alleles_near_their_fraction(long_pair: LongPair, long_calls: Calls) -> None:
    e, planted = long_calls.evidence, {}
    for a in long_pair.alleles:
        planted[left_aligned(long_pair.genome, a.position, a.reference, a.alternate)] = a
    seen = 0
    for i in range(len(e)):
        allele = planted.get((int(e.position[i]), e.reference[i], e.alternate[i]))
        if allele is None:
            continue
        seen += 1
        for sample, fraction in ((TUMOR, allele.tumor), (NORMAL, allele.normal)):
            counts = e.counts[i, sample].sum(axis=(1, 2))
            share = counts[ALT] / counts.sum()
            spread = 3 * np.sqrt(max(fraction, 0.02) / counts.sum())
            assert fraction - spread <= share <= fraction + spread, (allele.position, counts)
    assert seen == len(planted)


@pytest.mark.parametrize("seed", range(3))
def test_collect__long_alleles_are_the_same_for_any_partition(long_pair: LongPair, seed: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(seed)
    end = len(long_pair.genome)
    cuts = {0, end, *rng.integers(1, end, 5).tolist()}
    for a in long_pair.alleles:  # beside anchors and inside alleles
        cuts |= {a.position + int(rng.integers(-2, 3)), a.position + int(rng.integers(0, 300))}
    edges = sorted(cuts)
    written = []
    for name, parts in (("whole", [(0, end)]), ("cut", list(itertools.pairwise(edges)))):
        files = []
        for i, (a, b) in enumerate(parts):
            bed = tmp_path / f"{name}{i}.bed"
            write_bed(bed, Regions((Region("chr1", a, b),)))
            files.append(tmp_path / f"{name}{i}.parquet")
            write_collected(collect_reads(long_pair.tumor, long_pair.normal, long_pair.fasta, bed), files[-1])
        write_collected(read_collected(files), tmp_path / f"{name}.parquet")
        written.append((tmp_path / f"{name}.parquet").read_bytes())
    assert written[0] == written[1]
