"""Arrays as JSON text: a million numbers are written straight from arrays, without an object for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def plain(numbers: NDArray[Any]) -> str:
    """Return whole numbers as a JSON array."""
    return f"[{','.join(map(str, numbers.tolist()))}]"


def measured(numbers: NDArray[np.float64]) -> str:
    """Return finite measured numbers as a JSON array with twelve significant digits, whole ones with all of theirs.

    No clock tells a thirteenth digit of a time, and ten million numbers of seventeen take 60 MB more.

    Examples
    --------
    >>> measured(np.array([0.1 + 0.2, 1000.0, 1234567890123457.0, 1e300]))
    '[0.3,1000,1234567890123457,1e+300]'
    """
    values = numbers.tolist()
    texts = list(map("%.12g".__mod__, values))
    for i in np.flatnonzero((np.abs(numbers) >= 1e12) & (np.abs(numbers) < 2**53)).tolist():
        if values[i].is_integer():
            texts[i] = str(int(values[i]))
    return f"[{','.join(texts)}]"


def rounded(numbers: NDArray[np.float64], digits: int = 6) -> str:
    """Return computed numbers as a JSON array with six significant digits, or so many; what is not finite is null.

    Examples
    --------
    >>> rounded(np.array([0.123456789, np.nan, np.inf, 2e10]))
    '[0.123457,null,null,2e+10]'
    >>> rounded(np.array([1.5, 1.5, 1.5, np.nan]))
    '[1.5,1.5,1.5,null]'
    """
    values = numbers.tolist()
    distinct = set(values)
    if 2 * len(distinct) <= len(values):
        # Levels stay for hundreds of points: each is spelled once.
        words = {value: f"{value:.{digits}g}" for value in distinct}
        text = ",".join([words[value] for value in values])
    else:
        text = ",".join(map(f"%.{digits}g".__mod__, values))
    # Of all that %g prints, only what is not finite holds an `n`.
    if "n" in text:
        text = text.replace("-inf", "null").replace("inf", "null").replace("nan", "null")
    return f"[{text}]"
