"""The evidence of a tumor as `oncopipe call` leaves it: every candidate with counts, probabilities and filters."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from oncopipe.data.evidence import ALT, N_SUMS, NORMAL, QUALITY_BIN, REF, TUMOR
from oncopipe.errors import FormatVersionError, InputError, MissingInputError
from oncopipe.io.evidence import FORMAT_VERSION

_KEY = b"oncopipe.evidence"
_NEEDED = ("chromosome", "position", "reference", "alternate", "counts", "quality", "sums")


@dataclass(frozen=True)
class Candidate:
    """One allele that was looked at. `position` is 0-based.

    counts: (samples, alleles, strands, reads of a pair) molecules; quality: (samples, ref and alt, bins); sums: (samples,
    ref and alt, sums), as in `data.evidence`. `probabilities` by hypothesis. `filters`: name -> whether it failed.
    """

    chromosome: str
    position: int
    reference: str
    alternate: str
    counts: np.ndarray
    quality: np.ndarray
    sums: np.ndarray
    repeat_unit: int
    repeat_count: int
    probabilities: dict[str, float]
    tumor_log_odds: float
    normal_log_odds: float
    population_frequency: float
    filters: dict[str, bool] = field(default_factory=dict)

    def depth(self, sample: int) -> int:
        return int(self.counts[sample].sum())

    def alternates(self, sample: int) -> int:
        return int(self.counts[sample, ALT].sum())

    def references(self, sample: int) -> int:
        return int(self.counts[sample, REF].sum())

    def mean_quality(self, sample: int) -> float | None:
        """Mean base quality of the alternate molecules, from the middles of their bins."""
        bins = self.quality[sample, ALT].astype(float)
        middles = QUALITY_BIN * np.arange(len(bins)) + QUALITY_BIN / 2
        return float((bins * middles).sum() / bins.sum()) if bins.sum() else None

    def mean(self, sample: int, which: int) -> float | None:
        """Mean over the alternate molecules of one of the sums."""
        n = self.alternates(sample)
        return float(self.sums[sample, ALT, which]) / n if n else None

    @property
    def failed(self) -> list[str]:
        return [name for name, fails in self.filters.items() if fails]

    @property
    def where(self) -> str:
        return f"{self.chromosome}:{self.position + 1} {self.reference}>{self.alternate}"


@dataclass(frozen=True)
class JudgedEvidence:
    """The candidates of a tumor, read only where they are asked for."""

    table: pa.Table
    tumor: str
    normal: str | None
    path: Path

    def at(self, chromosome: str, start: int, end: int) -> list[Candidate]:
        """Candidates whose first base lies in `[start, end)`."""
        position = self.table["position"].to_numpy()
        names = self.table["chromosome"].to_numpy(zero_copy_only=False)
        rows = np.flatnonzero((position >= start) & (position < end) & (names == chromosome))
        return self.rows(rows)

    def in_normal(self, fraction: float, n_molecules: int) -> list[Candidate]:
        """Candidates that the normal shows at this fraction or more, on so many molecules or more."""
        if not len(self.table):
            return []
        flat = self.table["counts"].combine_chunks().flatten().to_numpy(zero_copy_only=False)
        counts = np.asarray(flat).reshape(len(self.table), 2, 3, 2, 2)[:, NORMAL].sum(axis=(2, 3))
        carried = (counts[:, ALT] >= n_molecules) & (counts[:, ALT] >= fraction * np.maximum(counts.sum(axis=1), 1))
        return self.rows(np.flatnonzero(carried))

    def rows(self, index: np.ndarray) -> list[Candidate]:
        """The candidates of these rows."""
        return [_candidate(row) for row in self.table.take(pa.array(index)).to_pylist()]


def read_judged(path: Path) -> JudgedEvidence:
    """The evidence of `oncopipe call`. Raises: MissingInputError; InputError for what is none."""
    if not path.is_file():
        raise MissingInputError("the evidence is missing", where=str(path), fix="give the file of `oncopipe call`")
    try:
        table = pq.read_table(path)
        facts: dict[str, Any] = json.loads((table.schema.metadata or {})[_KEY])
        version, tumor, normal = facts["format_version"], facts["tumor"], facts["normal"]
    except (pa.ArrowException, OSError, KeyError, TypeError, ValueError) as error:
        raise InputError("this is no evidence of `oncopipe call`", where=str(path)) from error
    if version != FORMAT_VERSION:
        raise FormatVersionError(
            f"the evidence has format {version}, this release reads {FORMAT_VERSION}",
            where=str(path),
            fix="call the sample again, or use the release of OncoPipe that called it",
        )
    if missing := [name for name in _NEEDED if name not in table.column_names]:
        raise InputError(
            f"the evidence has no column {missing[0]}",
            where=str(path),
            fix="give the file that `--evidence-output` wrote, not a part of `oncopipe call collect`",
        )
    return JudgedEvidence(table, tumor, normal, path)


def _candidate(row: dict[str, Any]) -> Candidate:
    quality = np.array(row["quality"], np.int64).reshape(2, 2, -1)
    return Candidate(
        chromosome=row["chromosome"],
        position=row["position"],
        reference=row["reference"],
        alternate=row["alternate"],
        counts=np.array(row["counts"], np.int64).reshape(2, 3, 2, 2),
        quality=quality,
        sums=np.array(row["sums"], np.int64).reshape(2, 2, N_SUMS),
        repeat_unit=int(row.get("repeat_unit") or 0),
        repeat_count=int(row.get("repeat_count") or 0),
        probabilities={k.removeprefix("probability_"): v for k, v in row.items() if k.startswith("probability_")},
        tumor_log_odds=float(row.get("tumor_log_odds") or 0.0),
        normal_log_odds=float("nan") if row.get("normal_log_odds") is None else float(row["normal_log_odds"]),
        population_frequency=float(row.get("population_frequency") or 0.0),
        filters={k.removeprefix("filter_"): bool(v) for k, v in row.items() if k.startswith("filter_")},
    )


__all__ = ["NORMAL", "TUMOR", "Candidate", "JudgedEvidence", "read_judged"]
