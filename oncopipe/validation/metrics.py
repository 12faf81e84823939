"""Counts to precision and recall, with exact intervals."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from scipy.stats import beta

from oncopipe.validation.compare import Allele, Comparison, is_indel

FRACTION_EDGES = (0.0, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0)


def exact_interval(k: int, n: int, confidence: float = 0.95) -> tuple[float, float] | None:
    """Clopper-Pearson interval of a share; None where there is nothing to share (n = 0).

    >>> [round(x, 3) for x in exact_interval(9, 10)]
    [0.555, 0.997]
    """
    if n == 0:
        return None
    tail = (1 - confidence) / 2
    low = float(beta.ppf(tail, k, n - k + 1)) if k else 0.0
    high = float(beta.ppf(1 - tail, k + 1, n - k)) if k < n else 1.0
    return low, high


def _share(k: int, n: int) -> float | None:
    return k / n if n else None


def _measured(tp: int, fp: int, fn: int) -> dict[str, Any]:
    return {
        "tp": tp,
        "fp": fp,
        "fn": fn,
        "precision": _share(tp, tp + fp),
        "precision_ci95": exact_interval(tp, tp + fp),
        "recall": _share(tp, tp + fn),
        "recall_ci95": exact_interval(tp, tp + fn),
        "f1": _share(2 * tp, 2 * tp + fp + fn),
    }


def metrics_of(comparison: Comparison) -> dict[str, Any]:
    """`{"snv": {...}, "indel": {...}, "by_vaf": [...]}` as docs/benchmark.md describes it."""
    result: dict[str, Any] = {}
    for kind, wants_indel in (("snv", False), ("indel", True)):
        counts = [
            sum(is_indel(a) == wants_indel for a in alleles)
            for alleles in (comparison.true_positive, comparison.false_positive, comparison.false_negative)
        ]
        result[kind] = _measured(*counts)
    result["by_vaf"] = [
        row
        for kind, wants_indel in (("snv", False), ("indel", True))
        for row in _by_fraction(comparison, kind, wants_indel)
    ]
    return result


def _by_fraction(comparison: Comparison, kind: str, wants_indel: bool) -> list[dict[str, Any]]:
    rows = []
    for low, high in pairwise(FRACTION_EDGES):

        def inside(allele: Allele, low: float = low, high: float = high) -> bool:
            fraction = comparison.truth_fraction.get(allele)
            return fraction is not None and low < fraction <= high and is_indel(allele) == wants_indel

        tp = sum(map(inside, comparison.true_positive))
        n = tp + sum(map(inside, comparison.false_negative))
        if n:
            rows.append({"type": kind, "vaf_above": low, "vaf_to": high, "tp": tp, "truth": n,
                         "recall": tp / n, "recall_ci95": exact_interval(tp, n)})  # fmt: skip
    return rows


def table_of(metrics: dict[str, Any]) -> str:
    """The metrics as a text table for people."""
    lines = [f"{'type':6} {'tp':>6} {'fp':>5} {'fn':>5}  {'precision':^21}  {'recall':^21}  {'F1':>5}"]
    for kind in ("snv", "indel"):
        m = metrics[kind]
        cells = [_with_interval(m[name], m[f"{name}_ci95"]) for name in ("precision", "recall")]
        f1 = f"{m['f1']:.3f}" if m["f1"] is not None else "-"
        lines.append(f"{kind:6} {m['tp']:6} {m['fp']:5} {m['fn']:5}  {cells[0]:^21}  {cells[1]:^21}  {f1:>5}")
    for row in metrics["by_vaf"]:
        share = _with_interval(row["recall"], row["recall_ci95"])
        lines.append(
            f"{row['type']:6} VAF {row['vaf_above']:.2f}-{row['vaf_to']:.2f}  {row['tp']}/{row['truth']}  recall {share}"
        )
    return "\n".join(lines)


def _with_interval(value: float | None, interval: tuple[float, float] | None) -> str:
    if value is None or interval is None:
        return "-"
    return f"{value:.3f} ({interval[0]:.3f}-{interval[1]:.3f})"
