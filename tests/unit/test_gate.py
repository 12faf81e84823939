"""The gate in front of candidates: bounded where reads lie deep, open for what stands out."""

from __future__ import annotations

import numpy as np
import pytest

from oncopipe.calling import gate as gates
from oncopipe.calling.candidates import find_sites
from oncopipe.calling.gate import LEVELS, Gate, least_count
from oncopipe.data.reads import ReadBatch
from oncopipe.data.regions import Region
from oncopipe.io.bam import open_alignment
from oncopipe.options import CallOptions
from oncopipe.pileup import difference_kernels as d
from oncopipe.pileup.pileup import Pileup
from oncopipe.read_kernels import N_COLUMNS, NAME_HASH
from tests.pairs import Pair

LENGTH, QUALITIES = 4_000, np.array([37, 25, 11])
SHARES, ERRORS = np.array([0.93, 0.05, 0.02]), 2.0 * 10.0 ** (-QUALITIES / 10)


class Measured(Gate):
    """A gate that was told the errors of its sample."""

    def __init__(self, options: CallOptions) -> None:
        self._options = options
        shown = SHARES * ERRORS
        self._known = np.array([shown[level <= QUALITIES].sum() / 3 for level in LEVELS])

    def rates(self) -> np.ndarray:
        return self._known


def pileup_of(depth: int, seed: int, planted: int = 0, n_alt: int = 10) -> Pileup:
    """Reads of a random genome at one depth with errors of the sequencer, and `planted` alleles of `n_alt` fragments each."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 4, LENGTH + 2).astype(np.uint8)
    columns = []
    for quality, share, error in zip(QUALITIES, SHARES, ERRORS, strict=True):
        n = rng.binomial(depth * LENGTH, share * error)
        position = rng.integers(0, LENGTH, n)
        columns.append(np.stack([position, (codes[position] + rng.integers(1, 4, n)) % 4, np.full(n, quality)]))
    for position in range(10, 10 + 20 * planted, 20):
        quality = rng.choice(QUALITIES, n_alt, p=SHARES)
        columns.append(np.stack([np.full(n_alt, position), np.full(n_alt, (codes[position] + 1) % 4), quality]))
    rows = np.concatenate(columns, axis=1)
    mismatches = np.zeros((d.N_MISMATCH_ROWS, rows.shape[1]), np.int32)
    mismatches[[d.MISMATCH_POSITION, d.MISMATCH_CODE, d.MISMATCH_QUALITY]] = rows
    mismatches[d.MISMATCH_READ] = np.arange(rows.shape[1])
    reads = np.zeros((rows.shape[1], N_COLUMNS), np.int64)
    reads[:, NAME_HASH] = rng.permutation(rows.shape[1])
    alleles = np.zeros((LENGTH, 4), np.int32)
    np.add.at(alleles, (rows[0], rows[1]), 1)
    change = np.zeros(LENGTH + 1, np.int32)
    change[0] = depth
    batch = ReadBatch(Region("chr1", 0, LENGTH), 0, np.empty(0, np.uint8), reads)
    nothing = np.zeros((4, 5, 256), np.int64)
    return Pileup(
        batch, codes, 0, change, alleles, nothing, np.zeros(256, np.int64), np.zeros((0, 3), np.int32), mismatches,
        np.zeros((d.N_INDEL_ROWS, 0), np.int64),
    )  # fmt: skip


@pytest.mark.parametrize("depth", [80, 500, 2_000, 9_000, 50_000])
def test_find_sites__of_errors_alone_are_bounded_at_any_depth(depth: int) -> None:
    """Two fragments would do for every allele of every base at 9,000 reads."""
    pileup = pileup_of(depth, seed=depth)
    per_megabase = len(find_sites(pileup, 2, 13, Measured(CallOptions()))) / LENGTH * 1e6
    assert per_megabase <= 15_000
    if depth >= 9_000:
        assert len(find_sites(pileup, 2, 13)) > 0.9 * 3 * LENGTH


@pytest.mark.parametrize(("depth", "n_alt"), [(2_000, 10), (9_000, 45), (600, 5)])
def test_find_sites__keeps_alleles_of_half_a_percent(depth: int, n_alt: int) -> None:
    """Ten molecules of 2,000, or what a hundredth fewer are."""
    planted = 150
    sites = find_sites(pileup_of(depth, 3, planted, n_alt), 2, 13, Measured(CallOptions()))
    found = {position for position in sites.matrix[:, 0].tolist() if position % 20 == 10}
    assert len(found & set(range(10, 10 + 20 * planted, 20))) >= 0.99 * planted


def test_least_count__is_the_quantile_of_the_poisson_distribution() -> None:
    rng = np.random.default_rng(1)
    for mean in (0.05, 0.4, 3.0, 40.0, 700.0):
        for chance in (1e-2, 1e-3):
            least = int(least_count(np.array([mean]), chance)[0])
            drawn = rng.poisson(mean, 400_000)
            assert (drawn >= least).mean() <= chance * 1.3
            assert (drawn >= least - max(2, int(0.25 * mean**0.5) + 1)).mean() > chance or mean > 256


def test_gate__asks_for_no_more_than_the_option_where_reads_are_few(pair: Pair) -> None:
    with open_alignment(pair.tumor, pair.fasta) as reader:

        def codes(contig: str, start: int, end: int) -> np.ndarray:
            raise AssertionError("nothing is measured where reads are few")

        gate = Gate(reader, "off", codes, CallOptions())
        depth = np.array([0, 5, 80, gates.DEEP - 1])
        assert (gate.least_fragments(depth) == 2).all()
        assert (gate.least_variant(depth) > depth).all()


def test_gate__measures_the_error_of_the_file(pair: Pair) -> None:
    codes = np.array(["ACGT".index(base) for base in pair.genome], np.uint8)
    with open_alignment(pair.tumor, pair.fasta) as reader:
        gate = Gate(reader, "off", lambda contig, start, end: codes[start : min(end, codes.size)], CallOptions())
        rates = 3 * gate.rates()
    # The pair's reads: 8 % of quality 25 and 90 % of quality 37 speak.
    assert rates[0] == pytest.approx(0.08 * 10**-2.5 + 0.9 * 10**-3.7, rel=0.3)
    assert rates[1] == pytest.approx(0.9 * 10**-3.7, rel=0.3)
    assert rates[-1] < rates[1] / 10
