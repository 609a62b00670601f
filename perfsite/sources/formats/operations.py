"""Percentiles of single operations, however many there are: the value of each costs eight bytes."""

from __future__ import annotations

import math
from array import array
from typing import Final

from perfsite.model.run import thin_samples

PERCENTILES: Final = (50.0, 90.0, 95.0, 99.0)


class Operations:
    """The values of all operations of one kind, in the order they came."""

    __slots__ = ("_is_sorted", "values")

    def __init__(self) -> None:
        self.values = array("d")
        self._is_sorted = False

    def __len__(self) -> int:
        return len(self.values)

    def take(self, value: float) -> None:
        """Take one finite value."""
        self.values.append(value)
        self._is_sorted = False

    def _sorted(self) -> array[float]:
        if not self._is_sorted:
            self.values = array("d", sorted(self.values))
            self._is_sorted = True
        return self.values

    def mean(self) -> float:
        """Return the mean of at least one value; infinite where the sum is no number any more."""
        return sum(self.values) / len(self.values)

    def least(self) -> float:
        """Return the smallest of at least one value."""
        return self._sorted()[0]

    def greatest(self) -> float:
        """Return the largest of at least one value."""
        return self._sorted()[-1]

    def deviation(self) -> float | None:
        """Return the standard deviation; None for fewer than two values, or where it is no number."""
        count = len(self.values)
        if count < 2:
            return None
        mean = self.mean()
        spread = sum((value - mean) * (value - mean) for value in self.values) / (count - 1)
        return math.sqrt(spread) if math.isfinite(spread) else None

    def nearest(self, percent: float) -> float:
        """Return the smallest value that at least `percent` of the values do not exceed (nearest rank)."""
        ordered = self._sorted()
        return ordered[max(math.ceil(len(ordered) * percent / 100), 1) - 1]

    def between(self, percent: float) -> float:
        """Return the percentile, linear between the two values that it lies between."""
        ordered = self._sorted()
        place = percent / 100 * (len(ordered) - 1)
        below = math.floor(place)
        above = min(below + 1, len(ordered) - 1)
        share = place - below
        return ordered[below] * (1 - share) + ordered[above] * share

    def sample(self) -> list[float]:
        """Return the values that a record keeps, sorted."""
        return list(thin_samples(self._sorted()))
