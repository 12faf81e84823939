"""The kernels of collecting do compiled what they do as plain Python."""

from __future__ import annotations

import numpy as np
import pytest

from oncopipe.calling import aggregate_kernels, events_kernels, gather_kernels
from oncopipe.calling.candidates import Sites, find_sites
from oncopipe.calling.gather_kernels import O_CANDIDATE, O_END, O_NAME, O_ORDER, O_READ2, O_START
from oncopipe.data.reads import ReadBatch
from oncopipe.data.regions import Region
from oncopipe.io.bam import open_alignment
from oncopipe.io.fasta import open_reference
from tests.pairs import Pair

# Around a deletion and an insertion.
PIECE = Region("chr1", 7300, 8300)


@pytest.fixture(scope="module")
def batch(pair: Pair) -> ReadBatch:
    with open_alignment(pair.tumor, pair.fasta) as reader:
        return reader.read(PIECE, padding=300)


@pytest.fixture(scope="module")
def codes(pair: Pair) -> np.ndarray:
    with open_reference(pair.fasta) as genome:
        return genome.codes("chr1", 0, len(pair.genome))


def events_of(batch: ReadBatch, codes: np.ndarray, function: object) -> list[np.ndarray]:
    events = np.zeros((events_kernels.N_EVENT_ROWS, 8 * len(batch) + 64), np.int64)
    depth, qualities = np.zeros((2, len(PIECE) + 1), np.int32), np.zeros(256, np.int64)
    place = (0, PIECE.start, PIECE.end)
    n = function(batch.buffer, batch.columns, codes, place, (20, 13), events, depth, qualities)  # type: ignore[operator]
    return [events[:, :n], depth, qualities]


@pytest.fixture(scope="module")
def sites(batch: ReadBatch, codes: np.ndarray) -> Sites:
    return find_sites(events_of(batch, codes, events_kernels.find_events)[0], batch, codes, 0, 2)


def test_find_events__compiled_equals_plain(batch: ReadBatch, codes: np.ndarray) -> None:
    compiled = events_of(batch, codes, events_kernels.find_events)
    plain = events_of(batch, codes, events_kernels.find_events.py_func)
    assert compiled[0].shape[1] > 20
    assert all(np.array_equal(a, b) for a, b in zip(compiled, plain, strict=True))


def observations_of(batch: ReadBatch, codes: np.ndarray, sites: Sites, function: object) -> np.ndarray:
    matrix = np.zeros((gather_kernels.N_OBSERVATION_ROWS, 4096), np.int64)
    n = function(batch.buffer, batch.columns, codes, 0, sites.matrix, (20, 13), matrix)  # type: ignore[operator]
    return matrix[:, :n]


def test_gather_merge_aggregate__compiled_equal_plain(batch: ReadBatch, codes: np.ndarray, sites: Sites) -> None:
    assert len(sites) >= 2
    rows = observations_of(batch, codes, sites, gather_kernels.gather)
    assert np.array_equal(rows, observations_of(batch, codes, sites, gather_kernels.gather.py_func))
    order = np.lexsort([rows[key] for key in (O_ORDER, O_READ2, O_NAME, O_CANDIDATE)])
    merged = []
    for function in (gather_kernels.merge_mates, gather_kernels.merge_mates.py_func):
        out = np.zeros_like(rows)
        merged.append(out[:, : function(rows, order, out)])
    assert np.array_equal(*merged)
    assert merged[0].shape[1] < rows.shape[1]
    fragments = merged[0]
    order = np.lexsort((fragments[O_NAME], fragments[O_END], fragments[O_START], fragments[O_CANDIDATE]))
    tables = []
    for function in (aggregate_kernels.aggregate, aggregate_kernels.aggregate.py_func):
        n = len(sites)
        shapes = ((n, 3, 2, 2), (n, 2, 16), (n, 2, 6), (n, 2))
        tables.append([np.zeros(shape, np.int64) for shape in shapes])
        function(fragments, order, True, *tables[-1])
    assert all(np.array_equal(a, b) for a, b in zip(*tables, strict=True))
