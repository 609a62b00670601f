"""Order statistics that cost microseconds: numpy's own cost more than a short series deserves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

NORMAL_MEDIAN = 0.6744897501960817
"""The median of |N(0, 1)|: a median absolute deviation divided by it is a standard deviation."""
FEW = 16
"""So few numbers are sorted quicker as a list."""


def median(values: FloatArray) -> float:
    """Return the median of a non-empty array without NaN.

    Examples
    --------
    >>> median(np.array([4.0, 1.0, 2.0])), median(np.array([4.0, 1.0, 2.0, 3.0]))
    (2.0, 2.5)
    """
    n = len(values)
    if n <= FEW:
        return median_of_list(values.tolist())
    half = n // 2
    parted = values.copy()
    if n % 2:
        parted.partition(half)
        return parted.item(half)
    parted.partition((half - 1, half))
    return 0.5 * parted.item(half - 1) + 0.5 * parted.item(half)


def quantile(values: FloatArray, share: float) -> float:
    """Return the order statistic nearest to `share` in [0, 1] of a non-empty array.

    Examples
    --------
    >>> quantile(np.arange(11.0), 0.9)
    9.0
    """
    position = round(share * (len(values) - 1))
    parted = values.copy()
    parted.partition(position)
    return parted.item(position)


def running_median(values: FloatArray, half: int) -> FloatArray:
    """Return the median of the 2 * half + 1 points around each point, of as many as there are at the two ends."""
    n = len(values)
    if n <= 2 * half:
        return np.full(n, median(values))
    around = windows(values, 2 * half + 1).copy()
    around.partition(half, axis=1)
    result = np.empty(n)
    result[half : n - half] = around[:, half]
    head = values[: 2 * half].tolist()
    tail = values[n - 2 * half :].tolist()
    for i in range(half):
        result[i] = median_of_list(head[: i + half + 1])
        result[n - 1 - i] = median_of_list(tail[half - i - 1 :])
    return result


def median_of_list(values: list[float]) -> float:
    """Return the median of a few numbers, at least one."""
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else 0.5 * (ordered[half - 1] + ordered[half])


def windows(values: FloatArray, width: int, step: int = 1) -> FloatArray:
    """Return a view of every `step`-th window of `width` points of a contiguous array: numpy's own, but quicker."""
    stride = values.itemsize
    return np.ndarray(((len(values) - width) // step + 1, width), values.dtype, values, 0, (stride * step, stride))


def are_peaks(values: FloatArray, reach: int) -> NDArray[np.bool_]:
    """Return which values, shape (n,), are the largest within `reach` >= 1 points on either side, by doubling.

    Examples
    --------
    >>> are_peaks(np.array([1.0, 5.0, 2.0, 3.0, 0.0, 4.0]), 1)
    array([False,  True, False,  True, False,  True])
    """
    n = len(values)
    maximum = np.full(n + 2 * reach, -np.inf)
    maximum[reach : reach + n] = values
    width, wanted = 1, 2 * reach + 1
    while 2 * width <= wanted:
        maximum = np.maximum(maximum[:-width], maximum[width:])
        width *= 2
    peaks: NDArray[np.bool_] = values >= np.maximum(maximum[:n], maximum[wanted - width :])
    return peaks
