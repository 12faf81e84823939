"""Evidence as Parquet: one row a candidate, integer columns; statistics and names in the schema's metadata."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from oncopipe.data.calls import Calls
from oncopipe.data.evidence import (
    N_QUALITY_BINS,
    N_SUMS,
    Collected,
    Evidence,
    Statistics,
    concatenate,
    no_evidence,
    no_statistics,
)
from oncopipe.errors import FormatVersionError, InputError, MissingInputError
from oncopipe.io.output import whole_file

FORMAT_VERSION = "5"
_KEY, _GIVEN = b"oncopipe.evidence", "given"
# Columns of several axes are stored flattened, row by row.
_SHAPES = {
    "counts": (2, 3, 2, 2),
    "quality": (2, 2, N_QUALITY_BINS),
    "sums": (2, 2, N_SUMS),
    "copies": (2, 2),
}
_SUMS = (
    "bases_by_quality",
    "errors_by_quality",
    "indels_shown",
    "indel_chances",
    "families",
    "class_bases",
    "class_errors",
)
_PLAIN = {"contig": np.int32, "position": np.int64, "repeat_unit": np.int32, "repeat_count": np.int32}
_DTYPES = {"counts": np.int32, "quality": np.int32, "sums": np.int64, "copies": np.int32}


def _numbers(values: np.ndarray) -> pa.Array:
    """A column of numbers or truth values.

    PERF: `pa.array` would import pandas to ask whether this is one of its own, 0.3 s of every short job.
    """
    is_bool = values.dtype == np.bool_
    kind = pa.bool_() if is_bool else pa.from_numpy_dtype(values.dtype)
    laid_out = np.packbits(values, bitorder="little") if is_bool else np.ascontiguousarray(values)
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(laid_out)])


def _texts(values: list[str]) -> pa.Array:
    """A column of text."""
    encoded = [value.encode() for value in values]
    ends = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
    return pa.Array.from_buffers(
        pa.string(), len(values), [None, pa.py_buffer(ends), pa.py_buffer(b"".join(encoded))]
    )


def _table(evidence: Evidence) -> dict[str, pa.Array]:
    columns = {name: _numbers(getattr(evidence, name).astype(dtype)) for name, dtype in _PLAIN.items()}
    columns |= {"reference": _texts(evidence.reference), "alternate": _texts(evidence.alternate)}
    for name, shape in _SHAPES.items():
        flat = _numbers(getattr(evidence, name).astype(_DTYPES[name]).reshape(-1))
        columns[name] = pa.FixedSizeListArray.from_arrays(flat, int(np.prod(shape)))
    return columns


def write_collected(collected: Collected, path: Path | str) -> None:
    """Write one part's evidence and statistics, whole or not at all."""
    statistics = collected.statistics
    facts = {
        "format_version": FORMAT_VERSION,
        "tumor": collected.tumor,
        "normal": collected.normal,
        "contigs": collected.contigs,
        "n_positions": statistics.n_positions,
        **{name: getattr(statistics, name).tolist() for name in _SUMS},
    }
    # Rows of the alleles that were asked for by name come last.
    columns = [_table(evidence) for evidence in (collected.evidence, collected.given)]
    table = pa.concat_tables([pa.table(some) for some in columns]).combine_chunks()
    table = table.append_column(_GIVEN, _numbers(np.arange(len(table)) >= len(collected.evidence)))
    table = table.replace_schema_metadata({_KEY: json.dumps(facts).encode()})
    with whole_file(path) as part:
        pq.write_table(table, part, compression="zstd")


def read_collected(paths: list[Path]) -> Collected:
    """The parts of one sample as one. Raises: MissingInputError, InputError (no evidence, parts of other samples)."""
    if not paths:
        raise InputError("no evidence was given", fix="name the files of `oncopipe call collect`")
    parts: list[Evidence] = []
    asked: list[Evidence] = []
    statistics, first = no_statistics(), None
    for path in paths:
        evidence, given, facts = _read(Path(path))
        same = (facts["tumor"], facts["normal"], facts["contigs"])
        if first is not None and same != first:
            raise InputError(
                "parts of different samples or references", where=str(path), fix="give one sample's parts"
            )
        first = same
        sums = {name: np.array(facts[name], np.int64) for name in _SUMS}
        statistics = statistics + Statistics(n_positions=int(facts["n_positions"]), **sums)
        parts += [evidence] if len(evidence) else []
        asked += [given] if len(given) else []
    assert first is not None
    evidence, given = (concatenate(some) if some else no_evidence() for some in (parts, asked))
    return Collected(evidence, statistics, *first, given)


def _read(path: Path) -> tuple[Evidence, Evidence, dict[str, Any]]:
    """The evidence, that of the alleles asked for by name, and the facts of a part."""
    if not path.is_file():
        raise MissingInputError("the evidence is missing", where=str(path), fix="run `oncopipe call collect` for it")
    try:
        with pq.ParquetFile(path) as file:  # `pq.read_table` would import pandas
            table = file.read()
        facts = json.loads((table.schema.metadata or {})[_KEY])
        version = facts["format_version"]
        columns = _arrays(table) if version == FORMAT_VERSION else {}
    except (pa.ArrowException, OSError, KeyError, TypeError, ValueError) as error:
        raise InputError("this is no evidence of `oncopipe call collect`", where=str(path)) from error
    if version != FORMAT_VERSION:
        raise FormatVersionError(
            f"the evidence has format {version}, this release reads {FORMAT_VERSION}",
            where=str(path),
            fix="run `oncopipe call collect` again",
        )
    is_given = columns.pop(_GIVEN)
    evidence = Evidence(**columns)
    return (
        (evidence.select(~is_given), evidence.select(is_given), facts)
        if is_given.any()
        else (evidence, no_evidence(), facts)
    )


def _arrays(table: pa.Table) -> dict[str, Any]:
    """The fields of Evidence. Raises: KeyError, ValueError where the table is of another kind."""
    fields: dict[str, Any] = {name: table[name].to_pylist() for name in ("reference", "alternate")}
    fields[_GIVEN] = np.array(table[_GIVEN].to_pylist(), bool)
    for name, dtype in _PLAIN.items():
        fields[name] = _array(table[name].combine_chunks(), dtype)
    for name, shape in _SHAPES.items():
        flat = table[name].combine_chunks().flatten() if len(table) else _numbers(np.zeros(0, _DTYPES[name]))
        fields[name] = _array(flat, _DTYPES[name]).reshape(-1, *shape)
    return fields


def _array(column: pa.Array, dtype: Any) -> np.ndarray:
    """The numbers of a column without gaps, copied; `to_numpy` would import pandas."""
    if column.type != pa.from_numpy_dtype(dtype) or column.null_count:
        raise ValueError(f"a column of {column.type} where {np.dtype(dtype)} is meant")
    data = column.buffers()[1]
    at = column.offset * np.dtype(dtype).itemsize
    return np.frombuffer(data, dtype, len(column), at).copy() if len(column) else np.zeros(0, dtype)


def write_judged(calls: Calls, hypotheses: tuple[str, ...], path: Path | str) -> None:
    """Write every candidate with its evidence, probabilities and filters: what an explanation is read from."""
    names = list(calls.contigs)
    columns = _table(calls.evidence)
    columns["chromosome"] = _texts([names[c] for c in calls.evidence.contig])
    for i, hypothesis in enumerate(hypotheses):
        columns[f"probability_{hypothesis}"] = _numbers(calls.posterior[:, i])
    columns["tumor_log_odds"] = _numbers(calls.tumor_log_odds)
    columns["normal_log_odds"] = _numbers(calls.normal_log_odds)
    columns["population_frequency"] = _numbers(calls.population)
    for i, name in enumerate(calls.filter_names):
        columns[f"filter_{name}"] = _numbers(calls.filters[:, i])
    facts = {"format_version": FORMAT_VERSION, "tumor": calls.tumor, "normal": calls.normal}
    table = pa.table(columns).replace_schema_metadata({_KEY: json.dumps(facts).encode()})
    with whole_file(path) as part:
        pq.write_table(table, part, compression="zstd")
