"""Short excursions that return to the old level: transients, not changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfsite.analysis.detection.quantiles import median

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

TRANSIENT_POINTS = 8
"""An excursion shorter than this that returns to the old level is a transient."""


def is_transient(values: FloatArray, around: tuple[int, int, int, int]) -> bool:
    """Return whether points b..c - 1 of levels a..b..c..d are a short excursion that returned."""
    left, start, end, right = around
    if end - start >= TRANSIENT_POINTS:
        return False
    before = median(values[max(left, start - 30) : start])
    during = median(values[start:end])
    after = median(values[end : min(right, end + 30)])
    return abs(after - before) < 0.4 * min(abs(during - before), abs(during - after))


def drop_transients(values: FloatArray, changes: list[int], scores: list[float]) -> tuple[list[int], list[float]]:
    """Return the changes without the pairs that only enclose a transient."""
    kept, evidence = list(changes), list(scores)
    i = 0
    while i + 1 < len(kept):
        left = kept[i - 1] if i else 0
        right = kept[i + 2] if i + 2 < len(kept) else len(values)
        if is_transient(values, (left, kept[i], kept[i + 1], right)):
            del kept[i : i + 2], evidence[i : i + 2]
        else:
            i += 1
    return kept, evidence
