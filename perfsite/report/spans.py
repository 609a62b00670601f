"""Then and now: what the levels of all series were before a span of commits, and what they are at its end."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import numpy as np

from perfsite.model.run import Direction
from perfsite.report import wording
from perfsite.report.summary_views import Estimate

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from perfsite.model.findings import Judgement
    from perfsite.model.series import Series
    from perfsite.report.context import Context

POINTS: Final = 10
"""Most points that a level then, or now, is the mean of."""
DAYS: Final = 30
LEAST_COMMITS: Final = 10
"""A span of days that holds fewer measured commits is widened to so many."""
ENOUGH: Final = 8
"""Degrees of freedom from which the points used tell their own spread."""
REACH: Final = 2.88
"""Half the width of a 99 % interval in standard errors: Student's, of ten points on either side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The commits after position `start` (the last one of "then") up to the newest; `title` begins in lower case."""

    start: int
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A series then and now: means of up to ten points of either level, in the base unit.

    `cut` is the index of the last point of "then". `commits` and `pulls` tell how the noise of single commits pulls at
    the log ratio: with shape (k,), the weighted relative residuals of the points used. `variance` is that of the log
    ratio as the series' own noise tells it, NaN where that is not known.
    """

    number: int
    cut: int
    then: float
    now: float
    commits: NDArray[np.int32]
    pulls: NDArray[np.float64]
    variance: float

    @property
    def ratio(self) -> float:
        """Return log(now / then); NaN where there is no ratio."""
        return math.log(self.now / self.then) if self.then > 0 and self.now > 0 else math.nan


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    """All series that compare, by number, and how many living ones do not: new ones, and others."""

    moves: dict[int, Move]
    new: int
    apart: int


def span_of_days(context: Context, days: int = DAYS, *, least: int = LEAST_COMMITS) -> Span:
    """Return the newest `days` before the newest commit, widened where they hold fewer than `least` commits."""
    trend, commits = context.trend_commits, context.timeline.commits
    if not trend:
        return Span(start=-1, title=f"the last {wording.plural(days, 'day')}")
    times = [time for position in trend if (time := commits[position].time) is not None]
    newest = max(times, default=None)
    start = trend[0] if newest is None else _before(context, newest - timedelta(days=days))
    held = sum(position > start for position in trend)
    if held < min(least, len(trend) - 1) or newest is None:
        held = min(least, len(trend) - 1)
        start = trend[-1 - held]
        return Span(start=start, title=f"the newest {wording.plural(held, 'measured commit')}")
    if start == trend[0]:
        return Span(start=start, title=f"since the first run, {context.refs[start].date or context.refs[start].short}")
    return Span(start=start, title=f"the last {wording.plural(days, 'day')}")


def span_since(context: Context, time: datetime) -> Span:
    """Return what came since a day."""
    return Span(start=_before(context, time), title=f"since {time.date().isoformat()}")


def span_of_release(position: int, name: str) -> Span:
    """Return what came after a release, which stands at a position."""
    return Span(start=position, title=f"since {wording.short_name(name, 60)}")


def _before(context: Context, time: datetime) -> int:
    """Return the newest commit of the trend from before a time; its first one where none is."""
    trend, commits = context.trend_commits, context.timeline.commits
    for position in reversed(trend):
        at = commits[position].time
        if at is not None and at <= time:
            return position
    return trend[0] if trend else -1


def moves_of(context: Context, span: Span) -> Moves:
    """Return every living series then and now."""
    moves: dict[int, Move] = {}
    new = apart = 0
    for number, series in enumerate(context.timeline.series):
        if not len(series) or context.is_retired(series):
            continue
        if int(series.commits[0]) > span.start:
            new += 1
            continue
        move = _move(number, series, context.judged.judgements[number], span.start)
        if move is None:
            apart += 1
        else:
            moves[number] = move
    return Moves(moves=moves, new=new, apart=apart)


def _move(number: int, series: Series, judgement: Judgement, start: int) -> Move | None:
    """Return a series then and now; None where it was not measured since, or only on other machines.

    Where machines took turns and their offsets are known, values are as of the average machine; else only points of
    the newest point's machine count.
    """
    cut = int(series.commits.searchsorted(start, side="right")) - 1
    if cut == len(series) - 1:
        return None
    factors = judgement.machine_factors
    values = series.values if factors is None else series.values / factors
    usable = ~judgement.outliers
    if factors is None:
        usable &= series.labels == series.labels[-1]
    then = _window(judgement, usable, 0, cut)
    now = _window(judgement, usable, cut + 1, len(series) - 1)
    if not len(then) or not len(now):
        return None
    sides = [(then, -1.0), (now, 1.0)]
    centres = [float(values[part].mean()) for part, _ in sides]
    pulls = []
    for (part, sign), centre in zip(sides, centres, strict=True):
        k = len(part)
        weight = sign / k * math.sqrt(k / max(k - 1, 1)) / (centre or math.nan)
        pulls.append((values[part] - centre) * weight)
    single = _single(judgement.noise, *_deviation(values, sides, centres))
    return Move(
        number=number,
        cut=cut,
        then=centres[0],
        now=centres[1],
        commits=series.commits[np.concatenate([then, now])],
        pulls=np.concatenate(pulls),
        variance=single * single * (1 / len(then) + 1 / len(now)),
    )


def _window(judgement: Judgement, usable: NDArray[np.bool_], first: int, last: int) -> NDArray[np.int64]:
    """Return the newest points up to index `last` of the level that stands there, at most ten, none before `first`."""
    found = np.flatnonzero(usable[first : last + 1]) + first
    if not len(found):
        return found
    begins = [change.index for change in judgement.change_points if change.confirmed and change.index <= found[-1]]
    level = max(begins, default=0)
    return found[found >= level][-POINTS:]


def _deviation(
    values: NDArray[np.float64], sides: Sequence[tuple[NDArray[np.int64], float]], centres: Sequence[float]
) -> tuple[float, int]:
    """Return the relative standard deviation of a point within both levels and its degrees of freedom; NaN for none."""
    degrees = sum(len(part) - 1 for part, _ in sides)
    if not degrees or not all(centres):
        return math.nan, 0
    parts = zip(sides, centres, strict=True)
    squares = sum(float(((values[part] / centre - 1) ** 2).sum()) for (part, _), centre in parts)
    return math.sqrt(squares / degrees), degrees


def _single(noise: float | None, deviation: float, degrees: int) -> float:
    """Return the relative standard deviation of a single point: what the points used show, of few not less than usual.

    A change may have brought a noise of its own, which the noise of the whole series would hide or overstate.
    """
    usual = math.nan if noise is None else noise
    if degrees >= ENOUGH or not math.isfinite(usual):
        return deviation
    return usual if math.isnan(deviation) else max(usual, deviation)


def combined(moves: Sequence[Move], weights: Sequence[float]) -> tuple[float, float]:
    """Return the weighted sum of log ratios and its standard error.

    Series of one run share its bad moments, so that their errors do not average out as independent ones would:
    residuals are added up within each commit first [1]_. A few points tell their spread badly; the error is never less
    than independent ones would make it. NaN where no noise is known.

    References
    ----------
    .. [1] K.-Y. Liang, S. L. Zeger, Biometrika 73(1), 1986, 13-22 (each commit a cluster).
    """
    total = sum(move.ratio * weight for move, weight in zip(moves, weights, strict=True))
    if not moves:
        return math.nan, math.nan
    commits = np.concatenate([move.commits for move in moves])
    pulls = np.concatenate([move.pulls * weight for move, weight in zip(moves, weights, strict=True)])
    shared = float((np.bincount(commits, weights=pulls) ** 2).sum())
    alone = sum(move.variance * weight * weight for move, weight in zip(moves, weights, strict=True))
    return total, math.sqrt(max(shared, alone)) if math.isfinite(alone) else math.nan


def change_of(log_ratio: float, error: float) -> Estimate:
    """Return a log ratio and its standard error as a change with its 99 % interval."""
    lower, upper = (math.expm1(min(log_ratio + sign * REACH * error, 700.0)) for sign in (-1, 1))
    return Estimate(value=math.expm1(min(log_ratio, 700.0)), lower=lower, upper=upper)


def worse(context: Context, number: int) -> float:
    """Return +1 where a rise of a series is worse, -1 where a fall is, 0 where neither is."""
    return {Direction.LOWER: 1.0, Direction.HIGHER: -1.0}.get(context.timeline.series[number].direction, 0.0)


def geometric_mean(context: Context, moves: Sequence[Move]) -> Estimate | None:
    """Return how much worse (+) or better (−) series became, as a geometric mean; None where none has a ratio."""
    told = [move for move in moves if worse(context, move.number) and math.isfinite(move.ratio)]
    if not told:
        return None
    return change_of(*combined(told, [worse(context, move.number) / len(told) for move in told]))
