"""Places on static drawings: positions as percent of a drawing, outlines on a grid of 1000 by 100, round ticks.

Percent for what must keep its size on a phone (dots, texts), a grid that stretches for what has no size (outlines).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

GRID: Final = 1000
"""Width of the grid of outlines."""
ROUND: Final = (1.0, 2.0, 5.0, 10.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A tick or a dot: its place in percent of the drawing, and what it says."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Scale:
    """A stretch of numbers laid over the percent from `start` to `end` of a drawing; equal ratios where `is_log`."""

    low: float
    high: float
    start: float = 2.0
    end: float = 98.0
    is_log: bool = False

    def __call__(self, value: float) -> float:
        """Return the place of a value in percent, two decimals."""
        if self.is_log:
            share = math.log(value / self.low) / math.log(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 2)

    def clipped(self, value: float) -> float:
        """Return the place of a value, that of the nearer end where it lies beyond."""
        return self(min(max(value, self.low), self.high))


def round_ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Return round numbers within a stretch, evenly apart, as many as fit, at most `most`.

    Examples
    --------
    >>> round_ticks(0.93, 1.42), round_ticks(0, 100, most=3)
    ([1.0, 1.1, 1.2, 1.3, 1.4], [0.0, 50.0, 100.0])
    """
    span = high - low
    if not span > 0 or not math.isfinite(span):
        return [low]
    decade = 10.0 ** math.floor(math.log10(span / most))
    for step in (decade * factor for factor in (*ROUND, 20.0, 50.0)):
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first < most:
            return [float(f"{index * step:.12g}") for index in range(first, last + 1)]
    return [low]


def log_ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Return round numbers within a stretch of positive numbers, about evenly apart in ratio, at most `most`.

    Examples
    --------
    >>> log_ticks(8e-7, 1.2e-3), log_ticks(3, 40)
    ([1e-06, 1e-05, 0.0001, 0.001], [5.0, 10.0, 20.0])
    """
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    for mantissas in ((1.0, 2.0, 5.0), (1.0, 3.0), (1.0,)):
        found = [float(f"{m}e{power}") for power in range(first, last + 1) for m in mantissas]
        found = [tick for tick in found if low <= tick <= high]
        if len(found) <= most:
            return found
    return found[:: -(-len(found) // most)]


def spaced(marks: Sequence[Mark], apart: float) -> tuple[Mark, ...]:
    """Return marks in order without those that stand closer than `apart` percent to the one before; the last stays."""
    kept: list[Mark] = []
    for mark in marks:
        if not kept or mark.at - kept[-1].at >= apart:
            kept.append(mark)
    if marks and kept[-1] is not marks[-1]:
        kept[-1] = marks[-1]
        if len(kept) > 1 and kept[-1].at - kept[-2].at < apart:
            del kept[-2]
    return tuple(kept)


def histogram(values: Sequence[float], scale: Scale, bins: int) -> list[int]:
    """Return how many values lie in each of so many equal bins of a scale; those beyond it are left out."""
    counts = [0] * bins
    per = bins / (scale.high - scale.low)
    for value in values:
        if scale.low <= value <= scale.high:
            counts[min(int((value - scale.low) * per), bins - 1)] += 1
    return counts


def outline(counts: Sequence[int], scale: Scale) -> str:
    """Return the bars of a histogram as an SVG path on the grid, from y = 100 up to y = 0 for the fullest bin."""
    most = max(counts, default=0)
    if not most:
        return ""
    width = (scale.end - scale.start) / 100 * GRID / len(counts)
    left = scale.start / 100 * GRID
    gap = min(width * 0.08, 2.0)
    pieces = []
    for i, count in enumerate(counts):
        if count:
            height = count / most * 100
            pieces.append(f"M{left + i * width + gap:.1f} 100v-{height:.1f}h{width - 2 * gap:.1f}v{height:.1f}z")
    return "".join(pieces)


def ticks_path(places: Sequence[float]) -> str:
    """Return short upright strokes at places in percent as an SVG path on the grid, from y = 0 to y = 100."""
    return "".join(f"M{place * GRID / 100:.1f} 0v100" for place in sorted(set(places)))


def curve_path(function: Callable[[float], float], x: Scale, y: Scale, steps: int = 32) -> str:
    """Return the graph of a function over a logarithmic x as an SVG path on a grid of 1000 by 1000, y upwards."""
    pieces = []
    for i in range(steps + 1):
        size = x.low * (x.high / x.low) ** (i / steps)
        value = min(max(function(size), y.low), y.high)
        pieces.append(f"{x(size) * 10:.1f} {y(value) * 10:.1f}")
    return "M" + "L".join(pieces)
