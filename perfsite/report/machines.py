"""Machines in words: which one took the place of which at a point of a series."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from perfsite.report import wording

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfsite.model.machine import Machine
    from perfsite.model.series import Series


def machine_change(series: Series, point: int, machines: Sequence[Machine]) -> str:
    """Return what is not comparable at a point of a series: the machine there and the last other one before it.

    Empty where either is not known. `machines` are what the labels of the series stand for.
    """
    return _change(series, point, int(series.labels[point]), machines)


def machine_change_aside(trend: Series, aside: Series, point: int, machines: Sequence[Machine]) -> str:
    """Return the same for a point aside of the trend, against the trend before it."""
    end = int(trend.commits.searchsorted(aside.commits[point], side="right"))
    return _change(trend, end, int(aside.labels[point]), machines)


def _change(series: Series, end: int, label: int, machines: Sequence[Machine]) -> str:
    before = series.labels[:end]
    others = np.flatnonzero((before >= 0) & (before != label))
    if label < 0 or not len(others) or max(label, int(before[others[-1]])) >= len(machines):
        return ""
    return wording.not_comparable(machines[before[others[-1]]], machines[label])
