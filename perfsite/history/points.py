"""Points as arrays: rows of runs in, one point for each series and commit out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from perfsite.model.series import Series, SeriesKey

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from perfsite.model.run import Columns, Metric

_NORMAL_95: Final = 1.959964


@dataclass(frozen=True, slots=True)
class Rows:
    """The measurements of one run: series numbers, values (NaN: failed or skipped), their errors and sample counts.

    `errors` are the standard errors of the values, None where the run tells of no row's spread; `counts` are 0 where
    they are not known, None for all rows.
    """

    series: NDArray[np.int32]
    values: NDArray[np.float64]
    errors: NDArray[np.float64] | None
    counts: NDArray[np.int32] | None

    @classmethod
    def of(cls, series: NDArray[np.int32], columns: Columns) -> Rows:
        """Return the rows of a run whose columns have these series numbers."""
        values = np.array(columns.value, dtype=np.float64)
        told = (columns.count, columns.deviation, columns.lower, columns.upper)
        if all(column is None for column in told):
            return cls(series, values, None, None)
        counts, *spread = (
            np.full(len(values), np.nan) if column is None else np.array(column, dtype=np.float64) for column in told
        )
        return cls(series, values, standard_errors(counts, *spread), np.nan_to_num(counts).astype(np.int32))


def standard_errors(
    counts: NDArray[np.float64],
    deviations: NDArray[np.float64],
    lower: NDArray[np.float64],
    upper: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the standard error of every centre from what is known of its spread; all shapes (n,), NaN: not known.

    The standard deviation over the root of the sample count, of two samples at least; else half the width of the
    bounds, read as a 95 % interval.
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        errors = deviations / np.sqrt(np.where(counts >= 2, counts, np.nan))
        width = upper - lower
        bounds = np.where(width >= 0, width / (2 * _NORMAL_95), np.nan)
    errors = np.where(np.isnan(errors), bounds, errors)
    return np.where(np.isfinite(errors), errors, np.nan)


@dataclass(frozen=True, slots=True)
class RunColumns:
    """What all rows of a run have in common, one element a run."""

    commits: NDArray[np.int32]
    labels: NDArray[np.int32]
    eligible: NDArray[np.bool_]
    times: NDArray[np.float64]
    artifacts: NDArray[np.int32]
    aside: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Reruns:
    """Points made of several runs of their commit, as arrays of one shape (m,), sorted by commit, then series.

    `counts` are runs, >= 2; `lows` and `highs` the extremes of what they measured, in the base unit.
    """

    commits: NDArray[np.int32]
    series: NDArray[np.int32]
    counts: NDArray[np.int32]
    lows: NDArray[np.float64]
    highs: NDArray[np.float64]

    @classmethod
    def none(cls) -> Reruns:
        """Return what is known where no commit was measured twice."""
        return cls(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0), np.empty(0))

    def joined(self, other: Reruns) -> Reruns:
        """Return both, sorted; no point may be in both."""
        names = Reruns.__slots__
        columns = [np.concatenate([getattr(self, name), getattr(other, name)]) for name in names]
        order = np.lexsort((columns[1], columns[0]))
        return Reruns(*(column[order] for column in columns))

    def of_commit(self, commit: int) -> dict[int, tuple[int, float, float]]:
        """Return runs, lowest and highest value of the points of a commit, by series."""
        part = slice(*self.commits.searchsorted([commit, commit + 1]).tolist())
        columns = (self.series, self.counts, self.lows, self.highs)
        return {
            number: (runs, low, high)
            for number, runs, low, high in zip(*(column[part].tolist() for column in columns), strict=True)
        }


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
    times: NDArray[np.float64]
    artifacts: NDArray[np.int32]
    aside: NDArray[np.bool_]

    @classmethod
    def gather(cls, rows: Sequence[Rows], facts: RunColumns) -> Points:
        """Return all rows of all runs, the facts of a run repeated for each of its rows."""
        sizes = [len(row.values) for row in rows]
        errors = [np.full(len(row.values), np.nan) if row.errors is None else row.errors for row in rows]
        counts = [np.zeros(len(row.values), np.int32) if row.counts is None else row.counts for row in rows]
        return cls(
            series=np.concatenate([np.empty(0, np.int32), *(row.series for row in rows)]),
            commits=np.repeat(facts.commits, sizes),
            values=np.concatenate([np.empty(0), *(row.values for row in rows)]),
            errors=np.concatenate([np.empty(0), *errors]),
            counts=np.concatenate([np.empty(0, np.int32), *counts]),
            labels=np.repeat(facts.labels, sizes),
            eligible=np.repeat(facts.eligible, sizes),
            times=np.repeat(facts.times, sizes),
            artifacts=np.repeat(facts.artifacts, sizes),
            aside=np.repeat(facts.aside, sizes),
        )

    def pick(self, which: NDArray[np.bool_] | NDArray[np.int64]) -> Points:
        """Return some of the points."""
        return Points(*(getattr(self, name)[which] for name in Points.__slots__))

    def cut(self, which: NDArray[np.bool_] | NDArray[np.int64]) -> None:
        """Leave only some of the points, or put them in another order, without holding all columns twice."""
        for name in Points.__slots__:
            setattr(self, name, getattr(self, name)[which])

    def is_in(self, other: Points) -> NDArray[np.bool_]:
        """Return which points have the series and commit of one of the other points."""
        if not len(self.commits):
            return np.zeros(0, np.bool_)
        near = np.isin(other.commits, np.unique(self.commits))
        wide = 1 + max(int(self.commits.max(initial=0)), int(other.commits.max(initial=0)))
        keys, others = (
            series.astype(np.int64) * wide + commits
            for series, commits in ((self.series, self.commits), (other.series[near], other.commits[near]))
        )
        return np.isin(keys, others)

    def merged(self) -> tuple[Points, Reruns]:
        """Return one point for each series and commit, the median of the commit's runs, and those made of several.

        Sorted by series and commit. Runs with uncommitted changes do not count beside those without. These points
        themselves are sorted by it: ten million of them are half a gigabyte.
        """
        order = np.lexsort((self.values, self.commits, self.series))
        if not self.eligible.all():
            order = order[self._counted(order)]
        self.cut(order)
        sorted_, n = self, len(order)
        if n == 0:
            return sorted_, Reruns.none()
        new = np.ones(n, np.bool_)
        new[1:] = (sorted_.series[1:] != sorted_.series[:-1]) | (sorted_.commits[1:] != sorted_.commits[:-1])
        starts = np.flatnonzero(new)
        if len(starts) == n:
            return sorted_, Reruns.none()
        sizes = np.diff(np.append(starts, n))
        low, high = starts + (sizes - 1) // 2, starts + sizes // 2
        out = sorted_.pick(low)
        out.values = (sorted_.values[low] + sorted_.values[high]) / 2
        out.errors = np.sqrt(np.add.reduceat(sorted_.errors**2, starts)) / sizes
        out.counts = np.add.reduceat(sorted_.counts, starts)
        out.eligible = np.logical_or.reduceat(sorted_.eligible, starts)
        out.times = np.maximum.reduceat(sorted_.times, starts)
        # Runs of different artefacts make a point of none.
        differ = np.minimum.reduceat(sorted_.artifacts, starts) != np.maximum.reduceat(sorted_.artifacts, starts)
        out.artifacts = np.where(differ, np.int32(-1), out.artifacts)
        several = sizes > 1
        lows, highs = sorted_.values[starts[several]], sorted_.values[(starts + sizes - 1)[several]]
        counts = sizes[several].astype(np.int32)
        return out, Reruns(out.commits[several], out.series[several], counts, lows, highs)

    def _counted(self, order: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return which points, in an order by series and commit, are clean or beside no clean one."""
        series, commits, eligible = self.series[order], self.commits[order], self.eligible[order]
        new = np.ones(len(order), np.bool_)
        new[1:] = (series[1:] != series[:-1]) | (commits[1:] != commits[:-1])
        has_clean = np.logical_or.reduceat(eligible, np.flatnonzero(new))[np.cumsum(new) - 1]
        counted: NDArray[np.bool_] = eligible | ~has_clean
        return counted

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
                    times=self.times[part],
                    artifacts=self.artifacts[part],
                )
            )
        return out
