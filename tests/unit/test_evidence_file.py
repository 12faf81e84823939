"""Evidence comes back from its file as it went in; what is no evidence is named."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from oncopipe.calling import collect_reads
from oncopipe.data.evidence import Collected, no_evidence, no_statistics
from oncopipe.errors import FormatVersionError, InputError
from oncopipe.io.evidence import _numbers, _texts, read_collected, write_collected
from tests.pairs import Pair


@pytest.fixture(scope="module")
def collected(pair: Pair) -> Collected:
    return collect_reads(pair.tumor, pair.normal, pair.fasta, None)


def test_write_collected__is_read_back_whole(collected: Collected, tmp_path: Path) -> None:
    write_collected(collected, tmp_path / "a.parquet")
    again = read_collected([tmp_path / "a.parquet"])
    for field in fields(collected.evidence):
        one, other = getattr(collected.evidence, field.name), getattr(again.evidence, field.name)
        assert np.array_equal(one, other) and np.asarray(one).dtype == np.asarray(other).dtype, field.name
    for field in fields(collected.statistics):
        assert np.array_equal(getattr(collected.statistics, field.name), getattr(again.statistics, field.name))


def test_write_collected__of_nothing_is_read_back(tmp_path: Path) -> None:
    nothing = Collected(no_evidence(), no_statistics(), "t", None, {"1": 5})
    write_collected(nothing, tmp_path / "a.parquet")
    again = read_collected([tmp_path / "a.parquet", tmp_path / "a.parquet"])
    assert len(again.evidence) == 0 and again.contigs == {"1": 5} and again.normal is None


@pytest.mark.parametrize(
    "values",
    [
        np.arange(5, dtype=np.int32),
        np.zeros(0, np.int64),
        np.arange(10.0)[::2],
        np.array([True, False, True] * 7),
        np.zeros(0, bool),
    ],
)
def test_numbers__are_the_column_that_arrow_makes(values: np.ndarray) -> None:
    made = _numbers(values)
    made.validate(full=True)
    assert made.equals(pa.array(values))


@pytest.mark.parametrize("values", [[], [""], ["A", "", "ACGT", "é"]])
def test_texts__are_the_column_that_arrow_makes(values: list[str]) -> None:
    made = _texts(values)
    made.validate(full=True)
    assert made.equals(pa.array(values, pa.string()))


def test_read_collected__names_what_is_no_evidence(collected: Collected, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    write_collected(collected, path)
    table = pq.read_table(path)
    metadata = table.schema.metadata
    gaps = pa.array([None, *range(len(table) - 1)], pa.int32())
    for damaged in (
        table.drop_columns(["quality"]),
        table.set_column(table.schema.get_field_index("contig"), "contig", pa.array(["1"] * len(table))),
        table.set_column(table.schema.get_field_index("contig"), "contig", gaps),
        table.replace_schema_metadata({b"oncopipe.evidence": b"[]"}),
        table.replace_schema_metadata({}),
    ):
        pq.write_table(damaged, path)
        with pytest.raises(InputError, match=r"a\.parquet"):
            read_collected([path])
    path.write_bytes(b"PAR1 and nothing else")
    with pytest.raises(InputError, match=r"a\.parquet"):
        read_collected([path])
    facts = json.loads(metadata[b"oncopipe.evidence"]) | {"format_version": "0"}
    pq.write_table(table.replace_schema_metadata({b"oncopipe.evidence": json.dumps(facts).encode()}), path)
    with pytest.raises(FormatVersionError):
        read_collected([path])
