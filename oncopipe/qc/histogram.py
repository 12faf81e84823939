"""Medians of histograms whose index is the value. Axes: (values,), int64 counts."""

from __future__ import annotations

import numpy as np


def median(histogram: np.ndarray) -> float | None:
    """The middle value, the mean of the two middle ones when they differ; None without any.

    >>> median(np.array([0, 2, 0, 2]))
    2.0
    """
    total = int(histogram.sum())
    if not total:
        return None
    behind = np.cumsum(histogram)
    middle = np.searchsorted(behind, [(total + 1) // 2, total // 2 + 1])
    return float(middle.mean())


def median_absolute_deviation(histogram: np.ndarray) -> float | None:
    """The median distance from the median (not scaled to a standard deviation); None without any.

    >>> median_absolute_deviation(np.array([1, 1, 1, 1, 1]))
    1.0
    """
    center = median(histogram)
    if center is None:
        return None
    # Twice the distance, because the median may lie halfway between two values.
    distance = np.abs(2 * np.arange(len(histogram)) - int(2 * center))
    found = median(np.bincount(distance, weights=histogram).astype(np.int64))
    return None if found is None else found / 2.0
