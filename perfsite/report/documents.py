"""Arrays as JSON text: a million numbers are written straight from arrays, without an object for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def plain(numbers: NDArray[Any]) -> str:
    """Return whole numbers as a JSON array."""
    return f"[{','.join(map(str, numbers.tolist()))}]"


def exact(numbers: NDArray[np.float64]) -> str:
    """Return finite numbers as a JSON array, each in the shortest form that reads back as the same number."""
    return f"[{','.join(map(repr, numbers.tolist()))}]"


def rounded(numbers: NDArray[np.float64]) -> str:
    """Return computed numbers as a JSON array with six significant digits; what is not finite is null.

    Examples
    --------
    >>> import numpy as np
    >>> rounded(np.array([0.123456789, np.nan, np.inf, 2e10]))
    '[0.123457,null,null,2e+10]'
    >>> rounded(np.array([1.5, 1.5, 1.5, np.nan]))
    '[1.5,1.5,1.5,null]'
    """
    values = numbers.tolist()
    distinct = set(values)
    if 2 * len(distinct) <= len(values):
        # Levels stay for hundreds of points: each is spelled once.
        words = {value: f"{value:.6g}" for value in distinct}
        text = ",".join([words[value] for value in values])
    else:
        text = ",".join(map("%.6g".__mod__, values))
    # Of all that %g prints, only what is not finite holds an `n`.
    if "n" in text:
        text = text.replace("-inf", "null").replace("inf", "null").replace("nan", "null")
    return f"[{text}]"
