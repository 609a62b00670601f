"""What every series is worth at a position of the trend: the mean of runs around it on the level that holds there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from perfsite.analysis.geometric import common_shares
from perfsite.analysis.memory import USUAL_MEMORY, variance_of_mean
from perfsite.model.findings import VERDICTS, Doubt, Verdict
from perfsite.model.run import Direction
from perfsite.report.missing import PAUSES
from perfsite.report.retirement import RETIRED_COMMITS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from perfsite.model.findings import Judgement
    from perfsite.model.series import Series
    from perfsite.report.context import Context

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

SIGNS: Final[Mapping[str, int]] = {Direction.LOWER: 1, Direction.HIGHER: -1, Direction.NEITHER: 0}
"""Which way is worse."""
REACH: Final = 15
"""Runs on either side of a position that count towards its value."""
LEAST: Final = 5
"""Runs that count though they are nearer to a release: one noisy run is no level."""
FINDINGS: Final = (Verdict.REGRESSION, Verdict.IMPROVEMENT)
MOST_KEPT: Final = 64
"""Columns kept at hand: neighbours ask for the same ones."""


@dataclass(frozen=True, slots=True)
class Column:
    """All series at one position, shape (S,): `at` is the point it holds (-1: not measured), as a place in `Flat`.

    `low`..`high` (exclusive) are the places of the runs that count, `counts` how many of them are no outliers, `logs`
    the logarithm of their geometric mean as of the average machine (base unit; NaN where there is no such mean), of
    relative standard error `errors` (NaN: noise not known).
    """

    at: IntArray
    low: IntArray
    high: IntArray
    counts: IntArray
    logs: FloatArray
    errors: FloatArray


@dataclass(frozen=True, slots=True)
class Flat:
    """All points of all series in one row, shape (m,), by series, then commit.

    `starts` (S + 1) are the places where series begin. `first`, `end` are the bounds of the level that a point is on;
    `levels` its logarithm as of the average machine; `offs` how far the logarithm of the value is from it, 0 where
    `counted` is False: outliers, uncommitted changes, and values that have no logarithm; of the latter, `flawed` are
    those that would count: zeros and what is below. `stops` are numbers of the commit among those of the environment.
    """

    starts: IntArray
    series: IntArray
    commits: IntArray
    stops: IntArray
    first: IntArray
    end: IntArray
    levels: FloatArray
    offs: FloatArray
    counted: NDArray[np.bool_]
    flawed: NDArray[np.bool_]


class Levels:
    """The values of all series at positions of the trend, one at a time: the same position, the same value.

    Notes
    -----
    Which runs count: those of the level that holds at the position, up to `REACH` on either side, and not those that
    are nearer to a release elsewhere, as long as `LEAST` are left. Suspected changes begin a level of their own.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self.column = lru_cache(maxsize=MOST_KEPT)(self._column)
        self._places = lru_cache(maxsize=MOST_KEPT)(self._last_points)
        self.positions = np.array(sorted({position for position, _ in context.timeline.releases}), np.int64)
        """Positions of the commits that releases stand at, each once."""

    @cached_property
    def flat(self) -> Flat:
        """Return all points in one row."""
        context = self._context
        parts = [
            _points(one, judgement)
            for one, judgement in zip(context.timeline.series, context.judged.judgements, strict=True)
        ]
        sizes = np.array([len(part[0]) for part in parts], np.int64)
        starts = np.concatenate([[0], sizes.cumsum()]).astype(np.int64)
        commits, levels, logs, counted, begins = (
            _joined([part[i] for part in parts], kind)
            for i, kind in enumerate((np.int64, np.float64, np.float64, np.bool_, np.bool_))
        )
        edges = np.append(np.flatnonzero(begins), len(commits))
        first, end = (np.repeat(bound, np.diff(edges)) for bound in (edges[:-1], edges[1:]))
        with np.errstate(invalid="ignore"):
            offs = logs - levels
        flawed = counted & ~np.isfinite(offs)
        counted &= ~flawed
        return Flat(
            starts=starts,
            series=np.repeat(np.arange(len(parts)), sizes),
            commits=commits,
            stops=self._stops(starts, commits),
            first=first,
            end=end,
            levels=levels,
            offs=np.where(counted, offs, 0.0),
            counted=counted,
            flawed=flawed,
        )

    def _stops(self, starts: IntArray, commits: IntArray) -> IntArray:
        out = np.zeros(len(commits), np.int64)
        for number, one in enumerate(self._context.timeline.series):
            at = self._context.stops.get(one.key.environment)
            if at is not None:
                part = slice(int(starts[number]), int(starts[number + 1]))
                out[part] = np.searchsorted(at, commits[part])
        return out

    @cached_property
    def noise(self) -> FloatArray:
        """Return the relative standard deviation of a single run of each series, NaN where it is not known."""
        return np.array(
            [np.nan if one.noise is None else one.noise for one in self._context.judged.judgements], np.float64
        )

    @cached_property
    def signs(self) -> IntArray:
        """Return for each series 1 where more is worse, -1 where it is better, 0 where neither is."""
        return np.array([SIGNS[one.direction] for one in self._context.timeline.series], np.int64)

    @cached_property
    def families(self) -> Sequence[tuple[str, str, str, str]]:
        """Return metric, unit, direction and environment of each series: only those of one family are averaged."""
        return [
            (one.key.metric, one.unit, str(one.direction), one.key.environment) for one in self._context.timeline.series
        ]

    @cached_property
    def together(self) -> Mapping[tuple[str, str, str, str], float]:
        """Return how alike the noise of the benchmarks of one run is, by family."""
        flat = self.flat
        names = sorted(set(self.families))
        number = {name: i for i, name in enumerate(names)}
        family = np.array([number[name] for name in self.families], np.int64)[flat.series]
        with np.errstate(divide="ignore", invalid="ignore"):
            scores = flat.offs / self.noise[flat.series]
        usable = flat.counted & np.isfinite(scores)
        shares = common_shares(scores[usable], family[usable], flat.commits[usable], len(names))
        return dict(zip(names, shares.tolist(), strict=True))

    @cached_property
    def _sums(self) -> tuple[FloatArray, IntArray]:
        flat = self.flat
        return np.append(0.0, flat.offs.cumsum()), np.append(0, flat.counted.cumsum())

    @cached_property
    def _flaws(self) -> IntArray:
        """Return how many flawed points stand before each place."""
        return np.append(0, self.flat.flawed.cumsum())

    def is_flawed(self, column: Column) -> NDArray[np.bool_]:
        """Return which series that are measured have no geometric mean at a position: a value is zero or less."""
        flat = self.flat
        if not len(flat.commits):
            return column.at >= 0
        without = ~np.isfinite(flat.levels[np.maximum(column.at, 0)])
        flawed: NDArray[np.bool_] = (column.at >= 0) & (without | (self._flaws[column.high] > self._flaws[column.low]))
        return flawed

    @cached_property
    def _environments(self) -> IntArray:
        """Return the number of each series' environment among those that have runs on the trend."""
        number = {name: i for i, name in enumerate(self._context.stops)}
        return np.array([number.get(one.key.environment, 0) for one in self._context.timeline.series], np.int64)

    @cached_property
    def _usual(self) -> IntArray:
        """Return the longest pause of each series among its newest points, in commits of its environment."""
        flat = self.flat
        longest = np.zeros(len(flat.starts) - 1, np.int64)
        for number in range(len(longest)):
            newest = flat.stops[max(flat.starts[number], flat.starts[number + 1] - PAUSES) : flat.starts[number + 1]]
            if len(newest) > 1:
                longest[number] = int(np.diff(newest).max()) - 1
        return longest

    def _last_points(self, position: int) -> IntArray:
        """Return the last point of each series at or before a position, -1 where there is none."""
        flat = self.flat
        series = np.arange(len(flat.starts) - 1)
        span = len(self._context.refs) + 1
        keys = self._keys
        at = np.searchsorted(keys, series * span + position, side="right") - 1
        return np.where(at >= flat.starts[:-1], at, -1)

    @cached_property
    def _keys(self) -> IntArray:
        flat = self.flat
        return flat.series * (len(self._context.refs) + 1) + flat.commits

    def _column(self, position: int) -> Column:
        """Return all series at a position."""
        flat = self.flat
        at = self._places(position)
        if not len(flat.commits):
            empty = np.full(len(at), np.nan)
            return Column(at, at, at, np.zeros(len(at), np.int64), empty, empty)
        i, j = (int(np.searchsorted(self.positions, position, side=side)) for side in ("left", "right"))
        before = self._places(int(self.positions[i - 1])) if i > 0 else np.full(len(at), -1)
        after = self._places(int(self.positions[j])) if j < len(self.positions) else np.full(len(at), -1)
        here = np.maximum(at, 0)
        first, end = flat.first[here], flat.end[here]
        low = np.maximum(first, here - REACH + 1)
        low = np.where(before >= 0, np.maximum(low, (before + here) // 2 + 1), low)
        high = np.minimum(end, here + REACH + 1)
        high = np.where(after > here, np.minimum(high, (here + after) // 2 + 1), high)
        low, high = np.minimum(low, here), np.maximum(high, here + 1)
        is_few = high - low < LEAST
        low = np.where(is_few, np.maximum(first, np.minimum(low, high - 1 - LEAST // 2)), low)
        high = np.where(is_few, np.minimum(end, np.maximum(high, low + LEAST)), high)
        low = np.where(is_few, np.maximum(first, np.minimum(low, high - LEAST)), low)
        sums, counts = self._sums
        n = counts[high] - counts[low]
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = flat.levels[here] + np.where(n > 0, (sums[high] - sums[low]) / n, np.nan)
        at = np.where(self._is_measured(at, position), at, -1)
        # A mean of what is left without the zeros would be that of another series.
        flawed = self._flaws[high] > self._flaws[low]
        logs = np.where((at >= 0) & ~flawed, logs, np.nan)
        errors = self.noise * np.sqrt(variance_of_mean(np.maximum(n, 1), USUAL_MEMORY))
        return Column(at, low, high, n, logs, errors)

    def _is_measured(self, at: IntArray, position: int) -> NDArray[np.bool_]:
        """Return which series a position still has, whose last point before it is known: not those that had gone."""
        flat = self.flat
        stops = self._context.stops
        newest = np.array(
            [int(np.searchsorted(commits, position, side="right")) - 1 for commits in stops.values()] or [-1]
        )
        newest = newest[self._environments]
        here = np.maximum(at, 0)
        gone = newest - flat.stops[here]
        comes_back = here + 1 < flat.starts[1:]
        allowed = np.where(comes_back, np.maximum(self._usual, RETIRED_COMMITS - 1), self._usual)
        measured: NDArray[np.bool_] = (at >= 0) & (gone <= allowed)
        return measured


def _points(series: Series, judgement: Judgement) -> tuple[Any, ...]:
    """Return commits, log levels, log values, which count, and where levels begin, of one series."""
    n = len(series)
    factors = 1.0 if judgement.machine_factors is None else judgement.machine_factors
    with np.errstate(divide="ignore", invalid="ignore"):
        levels = np.log(judgement.levels / factors)
        logs = np.log(series.values / factors)
    begins = np.zeros(n, np.bool_)
    begins[[change.index for change in judgement.change_points]] = True
    begins[:1] = True
    doubted = np.flatnonzero(judgement.doubts & int(Doubt.UNCONFIRMED | Doubt.NOISE_UNKNOWN))
    suspected = [int(point) for point in doubted if VERDICTS[judgement.verdicts[point]] in FINDINGS]
    begins[suspected[:1]] = True
    return series.commits, levels, logs, ~judgement.outliers & series.eligible, begins


def _joined(arrays: Sequence[NDArray[Any]], kind: type) -> NDArray[Any]:
    return np.concatenate([np.empty(0, kind), *arrays]).astype(kind, copy=False)
