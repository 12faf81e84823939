"""Kernels of the reader equal their Python and their plain twins, on sound records and on mutants of them."""

from __future__ import annotations

import gzip
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from oncopipe.io import bam_kernels, bgzf, bgzf_kernels, index_kernels
from oncopipe.io.bam import open_alignment
from oncopipe.read_kernels import END, N_COLUMNS
from tests.fuzz.bgzf import block, inflate, record_offsets
from tests.fuzz.mutants import make_mutant
from tests.fuzz.seed import CONTIGS, Seed, make_seed
from tests.reference import bam as twin

LENGTHS = list(CONTIGS.values())


@pytest.fixture(scope="module")
def seed(tmp_path_factory: pytest.TempPathFactory) -> Seed:
    return make_seed(tmp_path_factory.mktemp("seed"))


def inflated_mutants(seed: Seed, n: int) -> list[bytes]:
    """The records of the sound file, and of mutants whose blocks are sound."""
    made = [seed.inflated.raw[seed.records[0] :]]
    for number in range(n):
        mutant = make_mutant(seed, 9, number)
        if mutant.kind.startswith("record"):
            made.append(inflate(mutant.bam).raw[seed.records[0] :])
    return made


def array(raw: bytes) -> np.ndarray:
    return np.frombuffer(raw, np.uint8)


@pytest.mark.parametrize("find", [bam_kernels.find_records, bam_kernels.find_records.py_func])
def test_find_records__equals_its_twin(seed: Seed, find: Callable[..., Any]) -> None:
    statuses = set()
    for raw in inflated_mutants(seed, 60):
        offsets = np.zeros(len(raw) // 36 + 1, np.int64)
        status, found, behind = find(array(raw), len(raw), 0, offsets)
        assert (status, offsets[:found].tolist(), behind) == twin.find_records(raw, len(raw), 0)
        statuses.add(int(status))
    assert statuses == {bam_kernels.OK, bam_kernels.BAD_BLOCK_SIZE, bam_kernels.BAD_FIELDS}


@pytest.mark.parametrize("fill", [bam_kernels.fill_columns, bam_kernels.fill_columns.py_func])
@pytest.mark.parametrize("bounds", [(-2, 0, 0, 1), (-2, 0, 0, 0), (0, 16_000, 17_000, 1), (1, 0, 2000, 0)])
def test_fill_columns__equals_its_twin(
    seed: Seed, fill: Callable[..., Any], bounds: tuple[int, int, int, int]
) -> None:
    statuses = set()
    with np.errstate(over="ignore"):  # FNV's product is meant to wrap
        for raw in inflated_mutants(seed, 60):
            _, offsets, _ = twin.find_records(raw, len(raw), 0)
            columns, state = np.zeros((len(offsets), N_COLUMNS), np.int64), np.full(3, -1, np.int64)
            status, _, kept = fill(
                array(raw), np.array(offsets, np.int64), np.array(LENGTHS, np.int64), np.array(bounds, np.int64),
                columns, state,
            )  # fmt: skip
            assert (status, columns[:kept].tolist()) == twin.fill_columns(raw, offsets, LENGTHS, bounds)
            assert state[2] == columns[:kept, END].max(initial=-1)  # the last base of all
            statuses.add(int(status))
    assert {bam_kernels.OK, bam_kernels.BAD_PLACE} <= statuses
    assert bounds[0] != -2 or bam_kernels.BAD_CIGAR in statuses
    assert bounds[3] == 0 or bam_kernels.BAD_AUX in statuses


@pytest.mark.parametrize("scan", [bam_kernels.scan_aux, bam_kernels.scan_aux.py_func])
def test_scan_aux__equals_its_twin(scan: Callable[..., Any]) -> None:
    rng = np.random.default_rng(4)
    parts = [b"NMC\x07", b"NMi\xff\xff\xff\xff", b"NMs\x05\x00", b"NMf\0\0\0\0", b"NMZ12\0", b"XAAq", b"XHH1A\0",
             b"CGBI\x01\0\0\0\x10\0\0\0", b"CGBi\x01\0\0\0\x20\0\0\0", b"CGBs\x01\0\0\0\x20\0", b"XBBc\x02\0\0\0ab",
             b"XZZ", b"XBBd\x01\0\0\0a", b"X", b"XXB\x49", b"XBBA\x01\0\0\0a", b"XBBC\xff\xff\xff\xff", b"XNI\x01\0"]  # fmt: skip
    good = 0
    for _ in range(400):
        raw = b"".join(parts[int(i)] for i in rng.integers(0, len(parts), int(rng.integers(0, 5))))
        is_good, *rest = scan(array(raw), 0, len(raw))
        expected, *right = twin.scan_aux(raw, 0, len(raw))
        assert is_good == expected
        if is_good:
            assert rest == right
            good += 1
    assert 50 < good < 350


@pytest.mark.parametrize("i", range(2))
def test_find_zero__and_hash_name__equal_their_twins(i: int) -> None:
    find, hashed = [
        (bam_kernels.find_zero, bam_kernels.hash_name),
        (bam_kernels.find_zero.py_func, bam_kernels.hash_name.py_func),
    ][i]
    rng = np.random.default_rng(8)
    with np.errstate(over="ignore"):  # products are meant to wrap
        for n in [*range(20), 63, 64, 65, 254]:
            raw = rng.choice([1, 127, 128, 255, 33], n + 9).astype(np.uint8).tobytes()
            zero = int(rng.integers(0, n + 9))
            raw = raw[:zero] + b"\0" + raw[zero + 1 :]
            for at, end in ((0, n), (1, n + 9), (min(3, n), n)):
                found = raw.find(0, at, end)
                assert find(array(raw), at, end) == (found if found >= 0 else max(at, end))
            assert hashed(array(raw), 1, n) == twin.name_hash(raw[1 : n + 1])


@pytest.mark.parametrize("spans", [bam_kernels.cigar_spans, bam_kernels.cigar_spans.py_func])
def test_cigar_spans__equals_its_twin(spans: Callable[..., Any]) -> None:
    rng = np.random.default_rng(5)
    for _ in range(300):
        n = int(rng.integers(0, 6))
        words = rng.integers(0, 10, n) | rng.choice([0, 1, 7, (1 << 28) - 1], n) << 4
        raw = words.astype("<u4").tobytes()
        assert tuple(spans(array(raw), 0, n)) == twin.cigar_spans(raw, 0, n)


@pytest.mark.parametrize("size_of", [bgzf_kernels.block_size, bgzf_kernels.block_size.py_func])
def test_block_size__finds_bc_and_stays_inside(size_of: Callable[..., Any]) -> None:
    sound, odd = block(b"abc" * 50), block(b"abc" * 50, odd_extra=True)
    assert size_of(array(sound), 0) == len(sound)
    assert size_of(array(odd), 0) == len(odd)
    assert size_of(array(sound[:-1]), 0) == -bgzf.TRUNCATED
    assert size_of(array(odd[:20]), 0) == -bgzf.TRUNCATED
    assert size_of(array(gzip.compress(b"abc" * 50)), 0) == -bgzf.NOT_BGZF
    rng = np.random.default_rng(6)
    for _ in range(500):
        data = array(odd).copy()
        data[rng.integers(0, 30, 2)] = rng.integers(0, 256, 2)
        size = int(size_of(data, 0))
        assert size == bgzf_kernels.block_size(data, 0)
        assert -bgzf.NOT_BGZF <= size <= data.size


@pytest.mark.parametrize("inflate_blocks", [bgzf_kernels.inflate_blocks, bgzf.inflate_with_zlib])
def test_inflate_blocks__equals_its_twin_or_names_the_damage(inflate_blocks: Callable[..., Any]) -> None:
    """libdeflate and zlib give the same bytes, blocks and statuses, also of damaged blocks."""
    rng = np.random.default_rng(7)
    plain = [rng.integers(0, 4, n).astype(np.uint8).tobytes() for n in (1, 60_000, 0, 65_280, 300)]
    sound = b"".join(block(p, odd_extra=i % 2 == 0, level=i) for i, p in enumerate(plain))
    statuses = set()
    for i in range(150):
        data = array(sound).copy()
        if i:
            data[rng.integers(0, data.size, 2)] ^= np.uint8(1 << int(rng.integers(8)))
        said = []
        for function in (inflate_blocks, bgzf.inflate_with_zlib):
            out, table = np.zeros(200_000, np.uint8), np.zeros((8, 2), np.int64)
            status, n, at, n_out = function(data, 0, 8, out, table)
            said.append((status, n, at, out[:n_out].tobytes(), table[:n].tolist()))
        assert said[0] == said[1]
        statuses.add(int(said[0][0]))
        if not i:
            assert said[0][0] == bgzf.OK and said[0][3] == b"".join(plain)
            assert said[0][3] == b"".join(twin.inflate(sound, at) for at, _ in said[0][4])
    assert {bgzf.OK, bgzf.BAD_CRC, bgzf.BAD_DEFLATE} <= statuses


def test_inflate_blocks__stops_before_what_does_not_fit() -> None:
    data = array(block(b"a" * 100) + block(b"b" * 100))
    for function in (bgzf_kernels.inflate_blocks, bgzf.inflate_with_zlib):
        out, table = np.zeros(150, np.uint8), np.zeros((8, 2), np.int64)
        assert function(data, 0, 8, out, table)[1] == 1
        assert function(data, 0, 1, np.zeros(500, np.uint8), table)[1] == 1


@pytest.mark.parametrize("read", [index_kernels.read_bai, index_kernels.read_bai.py_func])
def test_read_bai__equals_its_twin_and_stays_inside(seed: Seed, read: Callable[..., Any]) -> None:
    right = twin.bai(seed.bai)
    data = array(seed.bai)
    places, facts = np.zeros((3, 4), np.int64), np.full((3, 4), -1, np.int64)
    behind = read(data, 3, places, facts)
    assert behind == len(seed.bai) - 8
    for contig, (bins, windows) in enumerate(right):
        at, n, _, n_bins = places[contig].tolist()
        assert np.frombuffer(seed.bai[at : at + 8 * n], "<i8").tolist() == windows
        assert n_bins == len(bins)
        said = bins.get(37450)
        assert facts[contig].tolist() == ([*said[0], *said[1]] if said else [-1] * 4)
    for n in range(8, len(seed.bai) - 8, 7):
        assert read(data[:n], 3, places, facts) == -1


@pytest.mark.parametrize("reach", [index_kernels.reach_back, index_kernels.reach_back.py_func])
def test_reach_back__takes_the_earliest_chunk_that_holds_the_offset(seed: Seed, reach: Callable[..., Any]) -> None:
    data = array(seed.bai)
    places, facts = np.zeros((3, 4), np.int64), np.full((3, 4), -1, np.int64)
    index_kernels.read_bai(data, 3, places, facts)
    bins, windows = twin.bai(seed.bai)[0]
    for late in (0, 1, 50, 400):
        offsets = np.array(windows, np.int64) + late
        reached = offsets.copy()
        bounds = (int(facts[0, 0]), int(facts[0, 1]))
        assert reach(data, int(places[0, 2]), int(places[0, 3]), (8, 14, 5), bounds, offsets, reached)
        for w, offset in enumerate(offsets.tolist()):
            chunks = [c for number in twin.bins_over(w << 14) for c in bins.get(number, [])]
            assert reached[w] == min([offset, *(low for low, high in chunks if low < offset < high)])
    assert not reach(data, int(places[0, 2]), int(places[0, 3]), (8, 14, 5), (0, 5), offsets, reached)


def test_read_csi_bins__equals_its_python(seed: Seed) -> None:
    raw = array(gzip.decompress(seed.csi))
    depth, at, said = int(raw[8]), 20, []
    metadata = ((1 << 3 * (depth + 1)) - 1) // 7 + 1
    n_bins = int(struct.unpack_from("<I", raw, at)[0])
    for function in (index_kernels.read_csi_bins, index_kernels.read_csi_bins.py_func):
        bins, facts = np.zeros((n_bins, 3), np.int64), np.full(4, -1, np.int64)
        behind = function(raw, at, metadata, bins, facts)
        said.append((int(behind), bins.tolist(), facts.tolist()))
        assert function(raw[:60], at, metadata, bins, facts) == -1
    assert said[0] == said[1]
    right = twin.bai(seed.bai)[0][0][37450]  # both indexes were made of the same reads
    assert said[0][2] == [*right[0], *right[1]]
    assert min(row[2] for row in said[0][1]) == right[0][0]


def test_record_offsets__of_the_fuzzer_equal_the_kernels(seed: Seed) -> None:
    offsets = np.zeros(10_000, np.int64)
    raw = seed.inflated.raw
    status, found, behind = bam_kernels.find_records(array(raw), len(raw), seed.records[0], offsets)
    assert status == bam_kernels.OK and behind == len(raw)
    assert [*offsets[:found].tolist(), behind] == record_offsets(raw)


def test_inflate__of_the_fuzzer_equals_zlib(tmp_path: Path, seed: Seed) -> None:
    assert inflate(seed.tumor.read_bytes()).raw == gzip.decompress(seed.tumor.read_bytes())
    assert zlib.crc32(seed.inflated.raw) == zlib.crc32(inflate(seed.tumor.read_bytes()).raw)


_WITHOUT_SYMBOLS = """
import sys
import llvmlite.binding
llvmlite.binding.address_of_symbol = lambda name: None
from oncopipe.io import bgzf
assert bgzf.inflate_blocks is bgzf.inflate_with_zlib
from oncopipe.io.bam import open_alignment
with open_alignment(sys.argv[1]) as reader:
    print(sum(int(batch.buffer.sum()) for batch in reader.all_records()))
"""


def test_inflate_blocks__does_without_libdeflate(seed: Seed) -> None:
    """Where the deflate package does not export its symbols, the same bytes come by zlib."""
    with open_alignment(seed.tumor) as reader:
        expected = sum(int(batch.buffer.sum()) for batch in reader.all_records())
    done = subprocess.run(
        [sys.executable, "-c", _WITHOUT_SYMBOLS, str(seed.tumor)], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) == expected
