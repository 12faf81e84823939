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

FORMAT_VERSION = "3"
_KEY = b"oncopipe.evidence"
# Columns of several axes are stored flattened, row by row.
_SHAPES = {
    "counts": (2, 3, 2, 2),
    "quality": (2, 2, N_QUALITY_BINS),
    "sums": (2, 2, N_SUMS),
    "copies": (2, 2),
}
_SUMS = ("bases_by_quality", "errors_by_quality", "indels_shown", "indel_chances")
_DTYPES = {"counts": np.int32, "quality": np.int32, "sums": np.int64, "copies": np.int32}


def _table(evidence: Evidence) -> dict[str, pa.Array]:
    columns = {
        "contig": pa.array(evidence.contig),
        "position": pa.array(evidence.position),
        "reference": pa.array(evidence.reference, pa.string()),
        "alternate": pa.array(evidence.alternate, pa.string()),
        "repeat_unit": pa.array(evidence.repeat_unit),
        "repeat_count": pa.array(evidence.repeat_count),
    }
    for name, shape in _SHAPES.items():
        flat = np.ascontiguousarray(getattr(evidence, name)).reshape(-1)
        columns[name] = pa.FixedSizeListArray.from_arrays(pa.array(flat), int(np.prod(shape)))
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
    table = pa.table(_table(collected.evidence))
    table = table.replace_schema_metadata({_KEY: json.dumps(facts).encode()})
    with whole_file(path) as part:
        pq.write_table(table, part, compression="zstd")


def read_collected(paths: list[Path]) -> Collected:
    """The parts of one sample as one. Raises: MissingInputError, InputError (no evidence, parts of other samples)."""
    if not paths:
        raise InputError("no evidence was given", fix="name the files of `oncopipe call collect`")
    parts, statistics, first = [], no_statistics(), None
    for path in paths:
        evidence, facts = _read(Path(path))
        same = (facts["tumor"], facts["normal"], facts["contigs"])
        if first is not None and same != first:
            raise InputError(
                "parts of different samples or references", where=str(path), fix="give one sample's parts"
            )
        first = same
        sums = {name: np.array(facts[name], np.int64) for name in _SUMS}
        statistics = statistics + Statistics(n_positions=int(facts["n_positions"]), **sums)
        if len(evidence):
            parts.append(evidence)
    assert first is not None
    return Collected(concatenate(parts) if parts else no_evidence(), statistics, *first)


def _read(path: Path) -> tuple[Evidence, dict[str, Any]]:
    if not path.is_file():
        raise MissingInputError("the evidence is missing", where=str(path), fix="run `oncopipe call collect` for it")
    try:
        table = pq.read_table(path)
        facts = json.loads((table.schema.metadata or {})[_KEY])
    except (pa.ArrowException, OSError, KeyError, ValueError) as error:
        raise InputError("this is no evidence of `oncopipe call collect`", where=str(path)) from error
    if facts["format_version"] != FORMAT_VERSION:
        raise FormatVersionError(
            f"the evidence has format {facts['format_version']}, this release reads {FORMAT_VERSION}",
            where=str(path),
            fix="run `oncopipe call collect` again",
        )
    plain = {name: table[name].to_numpy() for name in ("contig", "position", "repeat_unit", "repeat_count")}
    reference, alternate = (table[name].to_pylist() for name in ("reference", "alternate"))
    wide = {}
    for name, shape in _SHAPES.items():
        flat = table[name].combine_chunks().flatten().to_numpy(zero_copy_only=False) if len(table) else np.zeros(0)
        wide[name] = np.asarray(flat).astype(_DTYPES[name]).reshape(-1, *shape)
    return Evidence(reference=reference, alternate=alternate, **plain, **wide), facts


def write_judged(calls: Calls, hypotheses: tuple[str, ...], path: Path | str) -> None:
    """Write every candidate with its evidence, probabilities and filters: what an explanation is read from."""
    names = list(calls.contigs)
    columns = _table(calls.evidence)
    columns["chromosome"] = pa.array([names[c] for c in calls.evidence.contig], pa.string())
    for i, hypothesis in enumerate(hypotheses):
        columns[f"probability_{hypothesis}"] = pa.array(calls.posterior[:, i])
    columns["tumor_log_odds"] = pa.array(calls.tumor_log_odds)
    columns["normal_log_odds"] = pa.array(calls.normal_log_odds)
    columns["population_frequency"] = pa.array(calls.population)
    for i, name in enumerate(calls.filter_names):
        columns[f"filter_{name}"] = pa.array(calls.filters[:, i])
    facts = {"format_version": FORMAT_VERSION, "tumor": calls.tumor, "normal": calls.normal}
    table = pa.table(columns).replace_schema_metadata({_KEY: json.dumps(facts).encode()})
    with whole_file(path) as part:
        pq.write_table(table, part, compression="zstd")
