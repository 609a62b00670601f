"""Points as arrays: rows of runs in, one point for each series and commit out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Final

import numpy as np

from perfsite.model.series import Series, SeriesKey

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from perfsite.model.run import Columns, Metric

_NORMAL_95: Final = 1.959964


def numbers(column: Sequence[float | None] | None, n: int) -> NDArray[np.float64]:
    """Return a column as floats, NaN where nothing is known."""
    return np.full(n, np.nan) if column is None else np.array(column, dtype=np.float64)


def standard_errors(columns: Columns, counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the standard error of every centre from what is known of its spread, shape (n,), NaN where nothing is.

    In order of trust: standard deviation over the root of the sample count; the samples themselves; half the width
    of the bounds, read as a 95 % interval. Fewer than two samples tell nothing.
    """
    n = len(columns)
    with np.errstate(divide="ignore", invalid="ignore"):
        enough = np.where(counts >= 2, counts, np.nan)
        errors = numbers(columns.deviation, n) / np.sqrt(enough)
        if columns.samples is not None and np.isnan(errors).any():
            errors = np.where(np.isnan(errors), _from_samples(columns.samples), errors)
        if columns.lower is not None and columns.upper is not None and np.isnan(errors).any():
            width = numbers(columns.upper, n) - numbers(columns.lower, n)
            errors = np.where(np.isnan(errors), np.where(width >= 0, width / (2 * _NORMAL_95), np.nan), errors)
    return errors


def _from_samples(samples: Sequence[Sequence[float] | None]) -> NDArray[np.float64]:
    sizes = np.fromiter((len(s) if s else 0 for s in samples), np.int64, len(samples))
    flat = np.fromiter(chain.from_iterable(s for s in samples if s), np.float64, int(sizes.sum()))
    out = np.full(len(samples), np.nan)
    some = sizes > 0
    if not len(flat):
        return out
    starts = np.concatenate([[0], np.cumsum(sizes[some])[:-1]])
    mean = np.add.reduceat(flat, starts) / sizes[some]
    squares = np.add.reduceat((flat - np.repeat(mean, sizes[some])) ** 2, starts)
    freedom = np.where(sizes[some] >= 2, sizes[some] - 1, np.nan)
    out[some] = np.sqrt(squares / freedom / sizes[some])
    return out


@dataclass(frozen=True, slots=True)
class Rows:
    """The measurements of one run: series numbers, values (NaN: failed or skipped), standard errors, counts."""

    series: NDArray[np.int32]
    values: NDArray[np.float64]
    errors: NDArray[np.float64]
    counts: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class RunColumns:
    """What all rows of a run have in common, one element a run."""

    commits: NDArray[np.int32]
    labels: NDArray[np.int32]
    eligible: NDArray[np.bool_]
    aside: NDArray[np.bool_]


@dataclass(slots=True)
class Points:
    """All rows of all runs as arrays of one length."""

    series: NDArray[np.int32]
    commits: NDArray[np.int32]
    values: NDArray[np.float64]
    errors: NDArray[np.float64]
    counts: NDArray[np.int32]
    labels: NDArray[np.int32]
    eligible: NDArray[np.bool_]
    aside: NDArray[np.bool_]

    @classmethod
    def gather(cls, rows: Sequence[Rows], facts: RunColumns) -> Points:
        """Return all rows of all runs, the facts of a run repeated for each of its rows."""
        sizes = [len(row.values) for row in rows]
        return cls(
            series=np.concatenate([np.empty(0, np.int32), *(row.series for row in rows)]),
            commits=np.repeat(facts.commits, sizes),
            values=np.concatenate([np.empty(0), *(row.values for row in rows)]),
            errors=np.concatenate([np.empty(0), *(row.errors for row in rows)]),
            counts=np.concatenate([np.empty(0, np.int32), *(row.counts for row in rows)]),
            labels=np.repeat(facts.labels, sizes),
            eligible=np.repeat(facts.eligible, sizes),
            aside=np.repeat(facts.aside, sizes),
        )

    def pick(self, which: NDArray[np.bool_] | NDArray[np.int64]) -> Points:
        """Return some of the points."""
        return Points(*(getattr(self, name)[which] for name in Points.__slots__))

    def merged(self) -> Points:
        """Return one point for each series and commit: the median of the commit's runs, sorted by both."""
        order = np.lexsort((self.values, self.commits, self.series))
        sorted_ = self.pick(order)
        n = len(order)
        if n == 0:
            return sorted_
        new = np.ones(n, np.bool_)
        new[1:] = (sorted_.series[1:] != sorted_.series[:-1]) | (sorted_.commits[1:] != sorted_.commits[:-1])
        starts = np.flatnonzero(new)
        if len(starts) == n:
            return sorted_
        sizes = np.diff(np.append(starts, n))
        low, high = starts + (sizes - 1) // 2, starts + sizes // 2
        out = sorted_.pick(low)
        out.values = (sorted_.values[low] + sorted_.values[high]) / 2
        out.errors = np.sqrt(np.add.reduceat(sorted_.errors**2, starts)) / sizes
        out.counts = np.add.reduceat(sorted_.counts, starts)
        out.eligible = np.logical_or.reduceat(sorted_.eligible, starts)
        return out

    def split(self, keys: Sequence[SeriesKey], metrics: Sequence[Metric]) -> list[Series]:
        """Return sorted points as one series for each key, in the order of the keys."""
        edges = np.searchsorted(self.series, np.arange(len(keys) + 1))
        out: list[Series] = []
        for i, (key, metric) in enumerate(zip(keys, metrics, strict=True)):
            part = slice(int(edges[i]), int(edges[i + 1]))
            out.append(
                Series(
                    key=key,
                    unit=metric.unit,
                    direction=metric.direction,
                    commits=self.commits[part],
                    values=self.values[part],
                    standard_errors=self.errors[part],
                    counts=self.counts[part],
                    labels=self.labels[part],
                    eligible=self.eligible[part],
                )
            )
        return out
