"""Counts to precision and recall, with exact intervals."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from scipy.stats import beta, chi2

from oncopipe.validation.compare import Allele, Comparison, is_indel
from oncopipe.validation.context import CONTEXTS

KINDS = ("snv", "indel")

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


def rate_interval(k: int, exposure: float, confidence: float = 0.95) -> tuple[float, float]:
    """Exact interval of a rate: k events in an exposure (Garwood 1936, doi:10.2307/2333958).

    >>> [round(x, 3) for x in rate_interval(0, 10.0)]
    [0.0, 0.369]
    """
    tail = (1 - confidence) / 2
    low = float(chi2.ppf(tail, 2 * k)) / 2 if k else 0.0
    return low / exposure, float(chi2.ppf(1 - tail, 2 * k + 2)) / 2 / exposure


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
    """`{"snv": {...}, "indel": {...}, "by_vaf": [...], "by_context": [...]}` as docs/benchmark.md describes it."""
    result: dict[str, Any] = {kind: _measured(*_counts(comparison, kind)) for kind in KINDS}
    result["by_vaf"] = [row for kind in KINDS for row in _by_fraction(comparison, kind)]
    result["by_context"] = [
        {"type": kind, "context": context} | _measured(*counts)
        for kind in KINDS
        for context in CONTEXTS
        if any(counts := _counts(comparison, kind, context))
    ]
    return result


def _of_kind(alleles: tuple[Allele, ...], kind: str) -> list[Allele]:
    return [allele for allele in alleles if is_indel(allele) == (kind == "indel")]


def _counts(comparison: Comparison, kind: str, context: str | None = None) -> tuple[int, int, int]:
    """True, false and missed alleles of a kind, in a context or in all."""
    outcomes = (comparison.true_positive, comparison.false_positive, comparison.false_negative)
    tp, fp, fn = (
        sum(context is None or comparison.context[allele] == context for allele in _of_kind(alleles, kind))
        for alleles in outcomes
    )
    return tp, fp, fn


def _by_fraction(comparison: Comparison, kind: str) -> list[dict[str, Any]]:
    """Recall by the fraction that the truth states; precision by the fraction that the calls state."""
    true, false, missed = (
        _of_kind(alleles, kind)
        for alleles in (comparison.true_positive, comparison.false_positive, comparison.false_negative)
    )
    rows = []
    for low, high in pairwise(FRACTION_EDGES):

        def among(alleles: list[Allele], stated: dict[Allele, float], low: float = low, high: float = high) -> int:
            return sum(low < stated.get(allele, -1.0) <= high for allele in alleles)

        tp, fn = (among(alleles, comparison.truth_fraction) for alleles in (true, missed))
        called, fp = (among(alleles, comparison.called_fraction) for alleles in (true, false))
        if tp + fn + called + fp:
            precision, recall = _share(called, called + fp), _share(tp, tp + fn)
            rows.append({
                "type": kind, "vaf_above": low, "vaf_to": high, "tp": tp, "truth": tp + fn, "recall": recall,
                "recall_ci95": exact_interval(tp, tp + fn), "called_true": called, "called_false": fp,
                "precision": precision, "precision_ci95": exact_interval(called, called + fp),
                "f1": 2 * precision * recall / (precision + recall) if precision and recall else None,
            })  # fmt: skip
    return rows


def table_of(metrics: dict[str, Any], *, details: bool = True) -> str:
    """The metrics as a text table for people; details: by fraction and by context too."""
    lines = [f"{'':22} {'true':>5} {'false':>5} {'missed':>6}  {'precision':^21}  {'recall':^21}  {'F1':>5}"]
    lines += [_line(kind, metrics[kind]) for kind in KINDS]
    for row in metrics["by_context"] if details else ():
        lines.append(_line(f"{row['type']} {row['context']}", row))
    for row in metrics["by_vaf"] if details else ():
        name = f"{row['type']} VAF {row['vaf_above']:.2f}-{row['vaf_to']:.2f}"
        lines.append(_line(name, row | {"fp": row["called_false"], "fn": row["truth"] - row["tp"]}))
    return "\n".join(lines)


def _line(name: str, m: dict[str, Any]) -> str:
    precision, recall = (with_interval(m[key], m[f"{key}_ci95"]) for key in ("precision", "recall"))
    f1 = f"{m['f1']:.3f}" if m["f1"] is not None else "-"
    return f"{name:22} {m['tp']:5} {m['fp']:5} {m['fn']:6}  {precision:^21}  {recall:^21}  {f1:>5}"


def with_interval(value: float | None, interval: tuple[float, float] | None) -> str:
    """`0.900 (0.555-0.997)`, or `-` where there is nothing to share."""
    if value is None or interval is None:
        return "-"
    return f"{value:.3f} ({interval[0]:.3f}-{interval[1]:.3f})"
