"""How a time grows with the size of its input: which of seven classes, and how sure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

LEAST_SIZES: Final = 4
LEAST_SPAN: Final = 8.0
"""The largest size over the smallest; over less, the classes look alike."""
MODEL_ERROR: Final = 0.05
"""Caches and branch predictors bend every curve: residuals below this share are no evidence."""
MOST_ERROR: Final = 0.25
"""Beyond this robust residual no class fits."""
LEAST_RISE: Final = 0.10
"""Values that rise by less over all sizes do not grow."""
SURE: Final = 0.9
"""Probability that a class must have to be named alone."""
_HUBER: Final = 1.345
_ROUNDS: Final = 8
_TELLING_DOUBLINGS: Final = 12.0
"""Smaller than the largest size by more than this, ``2ⁿ`` has vanished beside it: such a size tells nothing of it."""

CLASSES: Final = ("1", "log n", "n", "n log n", "n²", "n³", "2ⁿ")
"""In rising order."""
_EXPONENTIAL: Final = CLASSES.index("2ⁿ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """How values grow over sizes.

    `likely` is the index of the likeliest class in `CLASSES`, `weight` its probability among them, `next_likely`
    the runner-up, `weights` the probabilities of all. `error` is the relative residual of the fit (robust). `exponent`
    is the slope on log-log axes, with its interval `lower`..`upper` (95 %). The likeliest fit is ``fixed + rising *
    f(n) / f(largest)`` with f of sizes in multiples of `unit`; both terms in the unit of the values.
    """

    likely: int
    next_likely: int
    weight: float
    weights: tuple[float, ...]
    error: float
    exponent: float
    lower: float
    upper: float
    fixed: float
    rising: float
    largest: float
    unit: float

    @property
    def name(self) -> str:
        """Return the likeliest class in words."""
        return CLASSES[self.likely]

    @property
    def candidates(self) -> tuple[int, ...]:
        """Return the fewest classes that hold `SURE` of the probability, in rising order: one, or what looks alike."""
        total, found = 0.0, []
        for index in sorted(range(len(CLASSES)), key=lambda index: -self.weights[index]):
            found.append(index)
            total += self.weights[index]
            if total >= SURE:
                break
        return tuple(sorted(found))

    def curve(self, sizes: FloatArray) -> FloatArray:
        """Return the likeliest fit at sizes > 0 not beyond the largest that was measured, shape (k,)."""
        sizes = np.append(sizes, self.largest)
        shape = _functions(sizes / self.unit)[self.likely]
        fitted: FloatArray = self.fixed + self.rising * shape[:-1] / shape[-1]
        return fitted


def growth_of(sizes: FloatArray, values: FloatArray) -> Growth | None:
    """Return how values grow over sizes; None where too few sizes or no class tells.

    Parameters
    ----------
    sizes, values
        Shape (m,), one value a size, in any order. At least four different sizes, the largest eight times the
        smallest, and all values positive and finite; else None.

    Notes
    -----
    Every class f is fitted as ``a + b f(n)`` with a, b >= 0 (a is what each call costs whatever its size) by relative
    least squares, iteratively reweighted after Huber [1]_ so that one odd size does not decide. The classes'
    probabilities are Akaike weights [2]_ of the residuals, whose scale is that of the best fit and at least 5 %. Over
    a short span n and n log n are as good as one: the weight says so. The exponent is the slope of Theil and Sen
    with Kendall's interval.

    References
    ----------
    .. [1] P. J. Huber, Robust Statistics, Wiley, 1981, ch. 7.
    .. [2] K. P. Burnham, D. R. Anderson, Model Selection and Multimodel Inference, Springer, 2002, ch. 2.9.

    Examples
    --------
    >>> n = np.array([10.0, 100.0, 1000.0, 10000.0])
    >>> growth_of(n, 5e-9 * n).name, growth_of(n, 3e-9 * n * np.log(n)).name, growth_of(n, 0 * n + 1).name
    ('n', 'n log n', '1')
    """
    known = np.isfinite(sizes) & np.isfinite(values) & (sizes > 0) & (values > 0)
    n, y = sizes[known], values[known]
    distinct = np.unique(n)
    if len(distinct) < LEAST_SIZES or distinct[-1] / distinct[0] < LEAST_SPAN:
        return None
    peak = float(y.max())
    y = y / peak
    residuals, rise, fitted = _fit(_shapes(n), y)
    scales = _robust_scales(residuals)
    best = float(scales.min())
    if best > MOST_ERROR:
        return None
    losses = _losses(residuals / max(best, MODEL_ERROR))
    # Class 1 has one parameter, the others two: Akaike's two for each.
    costs = losses + 2 * np.array([1, 2, 2, 2, 2, 2, 2])
    if distinct[-1] - distinct[-3] > _TELLING_DOUBLINGS:
        costs[_EXPONENTIAL] = np.inf
    weights = np.exp(-(costs - costs.min()) / 2)
    weights /= weights.sum()
    # A class that was fitted without its rise is class 1 in disguise.
    weights[0] += weights[1:][rise[1:] < LEAST_RISE].sum()
    weights[1:][rise[1:] < LEAST_RISE] = 0.0
    order = np.argsort(-weights, kind="stable")
    slope, lower, upper = _slope(np.log(n), np.log(y))
    return Growth(
        likely=int(order[0]),
        next_likely=int(order[1]),
        weight=float(weights[order[0]]),
        weights=tuple(weights.tolist()),
        error=float(scales[order[0]]),
        exponent=slope,
        lower=lower,
        upper=upper,
        fixed=peak * float(fitted[0][order[0]]),
        rising=peak * float(fitted[1][order[0]]),
        largest=float(distinct[-1]),
        unit=_unit(n),
    )


def _unit(n: FloatArray) -> float:
    # From 1 on, so that log n stays positive; sizes below 1 are no sizes of an input but still have an order.
    return min(float(n.min()), 1.0)


def _shapes(n: FloatArray) -> FloatArray:
    """Return f(n) of every class, shape (7, m), each 1 at the largest size."""
    shapes = _functions(n / _unit(n))
    scaled: FloatArray = shapes / shapes.max(axis=1, keepdims=True)
    return scaled


def _functions(m: FloatArray) -> FloatArray:
    """Return f(m) of every class up to a factor, shape (7, m); the factor depends on the largest m only."""
    log = np.log2(m + 1)
    return np.array([np.ones_like(m), log, m, m * log, m**2, m**3, np.exp2(m - m.max())])


def _fit(shapes: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray, tuple[FloatArray, FloatArray]]:
    """Fit ``a + b f(n)`` with a, b >= 0 to every class robustly.

    Returns the relative residuals, shape (7, m), by which fraction each fit rises over its sizes, shape (7,), and
    a and b, shape (7,) each.
    """
    weights = np.ones_like(shapes)
    residuals, fitted = weights, weights
    a = b = weights[:, 0]
    for _ in range(_ROUNDS):
        a, b = _least_squares(shapes, y, weights / y**2)
        fitted = a[:, None] + b[:, None] * shapes
        # Relative to the smaller of the two, so that a fit near zero cannot pass for a good one.
        residuals = (y - fitted) / np.maximum(np.minimum(y, 10 * fitted), 1e-12)
        size = np.abs(residuals) / np.maximum(_robust_scales(residuals), MODEL_ERROR)[:, None]
        weights = np.minimum(1.0, _HUBER / np.maximum(size, _HUBER))
    least = np.maximum(fitted.min(axis=1), 1e-300)
    return residuals, fitted.max(axis=1) / least - 1, (a, b)


def _least_squares(shapes: FloatArray, y: FloatArray, w: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return a and b >= 0 of every class, shapes (7,), by weighted least squares."""
    total, first, second = w.sum(axis=1), (w * shapes).sum(axis=1), (w * shapes**2).sum(axis=1)
    of_y, of_both = (w * y).sum(axis=1), (w * y * shapes).sum(axis=1)
    determinant = total * second - first**2
    # The first class is constant, so that its two columns are one.
    is_regular = determinant > 1e-12 * total * second
    safe = np.where(is_regular, determinant, 1.0)
    a = np.where(is_regular, (of_y * second - of_both * first) / safe, of_y / total)
    b = np.where(is_regular, (of_both * total - of_y * first) / safe, 0.0)
    a, b = np.where(b < 0, of_y / total, a), np.maximum(b, 0.0)
    return np.maximum(a, 0.0), np.where(a < 0, of_both / second, b)


def _robust_scales(residuals: FloatArray) -> FloatArray:
    """Return the standard deviation that the residuals of each class stand for, shape (7,)."""
    # Two parameters were fitted: the smallest two residuals are small for that reason.
    telling = np.sort(np.abs(residuals), axis=1)[:, 2:]
    scales: FloatArray = np.median(telling, axis=1) / 0.8
    return scales


def _losses(sizes: FloatArray) -> FloatArray:
    """Return Huber's loss of each class, on the scale of squares, shape (7,)."""
    size = np.abs(sizes)
    losses: FloatArray = np.where(size <= _HUBER, size**2, 2 * _HUBER * size - _HUBER**2).sum(axis=1)
    return losses


def _slope(x: FloatArray, y: FloatArray) -> tuple[float, float, float]:
    """Return the slope of Theil and Sen and its 95 % interval after Sen; x with at least two values."""
    first, second = np.triu_indices(len(x), 1)
    apart = x[second] != x[first]
    slopes = np.sort((y[second] - y[first])[apart] / (x[second] - x[first])[apart])
    m = len(x)
    reach = 1.96 * (m * (m - 1) * (2 * m + 5) / 18) ** 0.5
    low = int(max((len(slopes) - reach) / 2, 0))
    high = int(min((len(slopes) + reach) / 2, len(slopes) - 1))
    return float(np.median(slopes)), float(slopes[low]), float(slopes[high])
