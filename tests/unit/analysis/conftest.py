"""Series written as people would draw them: `series("10 10 11 | 14 14")`, where `|` is the true change point."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from perfsite.model.run import Direction
from perfsite.model.series import Series, SeriesKey

MakeSeries = Callable[..., Series]


def make_series(
    values: str | list[float] | np.ndarray,
    *,
    direction: Direction = Direction.LOWER,
    labels: list[int] | None = None,
    eligible: list[bool] | None = None,
    standard_errors: list[float] | None = None,
    unit: str = "s",
) -> Series:
    """Return a series of these values; `|` in text only shows where the level truly changes, `10*7` repeats."""
    if isinstance(values, str):
        numbers: list[float] = []
        for word in values.replace("|", " ").split():
            value, _, times = word.partition("*")
            numbers += [float(value)] * int(times or 1)
        values = numbers
    array = np.asarray(values, dtype=np.float64)
    n = len(array)
    return Series(
        key=SeriesKey(benchmark="bench", metric="time", environment="ci"),
        unit=unit,
        direction=direction,
        commits=np.arange(n, dtype=np.int32),
        values=array,
        standard_errors=np.full(n, np.nan)
        if standard_errors is None
        else np.asarray(standard_errors, dtype=np.float64),
        counts=np.zeros(n, dtype=np.int32),
        labels=np.full(n, -1, dtype=np.int32) if labels is None else np.asarray(labels, dtype=np.int32),
        eligible=np.ones(n, dtype=np.bool_) if eligible is None else np.asarray(eligible, dtype=np.bool_),
    )


@pytest.fixture(scope="session")
def series() -> MakeSeries:
    return make_series
