"""Metric rows of a sample's file in, the quality that a report speaks of out. Light: imports no numerics."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from pydantic import ValidationError

from oncopipe.data.findings import QcMetric, Quality, Status
from oncopipe.errors import InputError, MissingInputError

COLUMNS = tuple(QcMetric.model_fields)
SAMPLE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_RANK: dict[Status, int] = {"NOT_ASSESSED": 0, "PASS": 1, "WARN": 2, "FAIL": 3}
# The questions of the trust line that have a metric of their own; all others are the data.
_NAMED = ("identity", "swap", "contamination", "sex")


def metrics_path(folder: Path | str, sample: str) -> Path:
    """Where a sample's metrics stand. Raises: InputError for a name that is no sample id."""
    if not SAMPLE_NAME.fullmatch(sample):
        raise InputError(
            f"{sample!r} is no sample id", fix="letters, digits, '.', '_' and '-', beginning with a letter or digit"
        )
    return Path(folder) / f"{sample}.metrics.tsv"


def format_metrics(metrics: Iterable[QcMetric]) -> str:
    """Metrics as a tab-separated table, one row each; an empty cell is no value."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_NONE, escapechar="\\")
    writer.writerow(COLUMNS)
    writer.writerows([_cell(getattr(metric, name)) for name in COLUMNS] for metric in metrics)
    return text.getvalue()


def read_metrics(folder: Path | str, samples: Sequence[str]) -> list[QcMetric]:
    """The metrics of some samples, in their order, from the folder that `oncopipe qc` wrote.

    Raises: MissingInputError when a sample has no file; InputError with the row that cannot be read.
    """
    metrics: list[QcMetric] = []
    for sample in samples:
        path = metrics_path(folder, sample)
        if not path.is_file():
            raise MissingInputError(
                f"there are no QC metrics of sample {sample}", where=str(path), fix="run `oncopipe qc` on its BAM"
            )
        with path.open(encoding="utf-8", newline="") as lines:
            rows = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE, escapechar="\\")
            if tuple(next(rows, ())) != COLUMNS:
                raise InputError(
                    "this is no metrics table of this release",
                    where=f"{path}, line 1",
                    fix=f"the columns are {', '.join(COLUMNS)}",
                )
            metrics += [_metric(row, sample, f"{path}, line {number}") for number, row in enumerate(rows, 2)]
    return metrics


def worst_status(metrics: Iterable[QcMetric]) -> Status:
    """The worst status; NOT_ASSESSED only when nothing was assessed."""
    return max((metric.status for metric in metrics), key=_RANK.__getitem__, default="NOT_ASSESSED")


def summarize(metrics: Sequence[QcMetric]) -> Quality:
    """The worst status of all metrics and the sentence of the trust line.

    >>> summarize([]).sentence
    'Data quality NOT ASSESSED; identity NOT ASSESSED; contamination NOT ASSESSED.'
    """
    data = [metric for metric in metrics if metric.metric not in _NAMED]
    parts = [f"Data quality {_said(worst_status(data))}"]
    for name in _NAMED:
        found = [metric for metric in metrics if metric.metric == name]
        if worst_status(found) != "NOT_ASSESSED" or name in ("identity", "contamination"):
            parts.append(_named_part(name, found))
    reasons = [
        f"{metric.sample}: {metric.reason}"
        for status in ("FAIL", "WARN")
        for metric in metrics
        if metric.status == status and metric.reason
    ]
    sentence = "; ".join(parts) + "."
    if reasons:
        sentence += f" {reasons[0]}" + (f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else "") + "."
    return Quality(status=worst_status(metrics), sentence=sentence, metrics=list(metrics))


def _named_part(name: str, found: list[QcMetric]) -> str:
    """`contamination 0.2 % PASS`: the worst of the samples' rows, with its value where it is a share."""
    status = worst_status(found)
    worst = next((metric for metric in found if metric.status == status), None)
    if name == "contamination" and worst is not None and isinstance(worst.value, float):
        return f"contamination {worst.value * 100:.1f} % {_said(status)}"
    return f"{name} {_said(status)}"


def _said(status: Status) -> str:
    return status.replace("_", " ")


def _cell(value: float | str | None) -> str:
    if value is None:
        return ""
    # Six digits: more would be noise, and text must not depend on the last bit.
    return f"{value:.6g}" if isinstance(value, float) else value


def _metric(row: list[str], sample: str, where: str) -> QcMetric:
    """One row as a metric. Raises: InputError with its place."""
    if len(row) != len(COLUMNS):
        raise InputError(f"the row has {len(row)} columns instead of {len(COLUMNS)}", where=where)
    cells: dict[str, float | str | None] = {k: v or None for k, v in zip(COLUMNS, row, strict=True)}
    cells |= {"value": _number(row[COLUMNS.index("value")]), "unit": row[COLUMNS.index("unit")]}
    if cells["sample"] != sample:
        raise InputError(f"the row speaks of sample {cells['sample']!r}, the file of {sample!r}", where=where)
    try:
        return QcMetric.model_validate(cells)
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError(f"column {first['loc'][0]}: {first['msg'].lower()}", where=where) from error


def _number(text: str) -> float | str | None:
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        return text
