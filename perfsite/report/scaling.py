"""How a benchmark grows with a parameter, now and before: which class fits, how sure, and the points on log axes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from perfsite.analysis.growth import CLASSES, LEAST_SIZES, LEAST_SPAN, Growth, growth_of
from perfsite.model.parameters import NAMES, as_number
from perfsite.model.run import Direction
from perfsite.model.units import format_number, format_value
from perfsite.report import wording
from perfsite.report.geometry import Mark, Scale, curve_path, log_ticks, spaced

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from perfsite.report.context import Context

    FloatArray = NDArray[np.float64]

MOST_VIEWS: Final = 6
"""Families of series whose growth is shown, those with the worst series first."""
LEAST_CHANGE: Final = 0.01
"""Levels that differ by less are the same to the eye: no second curve is drawn."""
LEAST_FIXED: Final = 0.1
"""A share of the smallest value from which what every size costs is worth a word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalingPoint:
    """One size: its texts, and its places in percent from left and top; `y_then` is None where nothing is known."""

    size: str
    now: str
    then: str
    delta: str
    x: float
    y: float
    y_then: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalingView:
    """How one metric in one environment grows with one parameter.

    `now_path`, `then_path` are the fitted curves as SVG paths on a grid of 1000 by 1000, empty where nothing fits.
    `then` says when the earlier levels were; empty where they are not shown. `because` is how well the curve fits.
    """

    label: str
    parameter: str
    sentence: str
    because: str
    then: str
    points: tuple[ScalingPoint, ...]
    now_path: str
    then_path: str
    x_ticks: tuple[Mark, ...]
    y_ticks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Family:
    """Series that differ in one number only, by rising number: shapes (m,).

    `name` is the parameter, `rest` the other parameters in words.
    """

    name: str
    rest: str
    numbers: tuple[int, ...]
    sizes: tuple[float, ...]


_Place = tuple[str, tuple[tuple[str, str], ...], str, str, str]


def families(context: Context, numbers: Sequence[int]) -> list[Family]:
    """Return the families among living series that span sizes enough for a growth to show, in the order given."""
    found: dict[_Place, dict[float, int]] = {}
    for number in numbers:
        series = context.timeline.series[number]
        if len(series.key.parameters) == 0 or context.is_retired(series) or not series.values[-1] > 0:
            continue
        for name, value in series.key.parameters:
            size = as_number(value)
            if size is None or name.lower() in NAMES:
                continue
            rest = tuple((other, text) for other, text in series.key.parameters if other != name)
            place = (name, rest, series.key.metric, series.unit, series.key.environment)
            found.setdefault(place, {}).setdefault(size, number)
    kept = []
    for (name, rest, *_), members in found.items():
        sizes = sorted(members)
        if len(sizes) >= LEAST_SIZES and sizes[-1] >= LEAST_SPAN * sizes[0]:
            others = ", ".join(f"{other}={text}" for other, text in rest)
            kept.append(Family(name, others, tuple(members[size] for size in sizes), tuple(sizes)))
    return kept


def scaling_views(context: Context, numbers: Sequence[int]) -> tuple[tuple[ScalingView, ...], int]:
    """Return how a benchmark's series grow, and how many families are left out; `numbers` are its series in order."""
    found = families(context, numbers)
    return tuple(_view(context, one) for one in found[:MOST_VIEWS]), max(len(found) - MOST_VIEWS, 0)


def _view(context: Context, family: Family) -> ScalingView:
    key, unit = context.timeline.series[family.numbers[0]].key, context.timeline.series[family.numbers[0]].unit
    sizes = np.array(family.sizes)
    now = np.array([float(context.judged.judgements[number].levels[-1]) for number in family.numbers])
    when, then = _before(context, family.numbers, now)
    # Rates are better high and fall as the work grows: their reciprocal, the cost of one, is what grows.
    is_rate = context.timeline.series[family.numbers[0]].direction is Direction.HIGHER
    fit, earlier = (growth_of(sizes, 1 / one if is_rate else one) for one in (now, then))
    metric = f"1 / {key.metric}" if is_rate else key.metric
    places = Scale(sizes[0], sizes[-1], 10, 95, is_log=True)
    heights = _heights(np.concatenate([now, then]))
    return ScalingView(
        label=wording.one_line(" · ".join(word for word in (family.rest, key.metric, key.environment) if word)),
        parameter=family.name,
        sentence=_sentence(metric, family.name, fit, earlier if when else fit, when),
        because=_because(fit, family.sizes, unit, is_rate=is_rate),
        then=when,
        points=_points(context, family, (now, then), (places, heights), shows_then=bool(when)),
        now_path=_curve(fit, (places, heights), is_rate=is_rate),
        then_path=_curve(earlier, (places, heights), is_rate=is_rate) if when else "",
        x_ticks=spaced([Mark(at=places(size), text=format_number(size)) for size in family.sizes], 9),
        y_ticks=tuple(
            Mark(at=heights(tick), text=format_value(tick, unit)) for tick in log_ticks(heights.low, heights.high)
        ),
    )


def _before(context: Context, numbers: Sequence[int], now: FloatArray) -> tuple[str, FloatArray]:
    """Return when the levels were others, in words, and what they were; nothing and those of now where they were not.

    Asked first is the newest release that has points of all series up to it and newer ones after it, then the first
    commit at which all were measured.
    """
    series = [context.timeline.series[number] for number in numbers]
    first, last = (max(int(one.commits[end]) for one in series) for end in (0, -1))
    releases = [(at, name) for at, name in context.timeline.releases if first <= at < last]
    asked = [(at, f"at {wording.short_name(name, 40)}") for at, name in releases[-1:]]
    ref = context.refs[first]
    asked.append((first, f"at {ref.short}{f' ({ref.date})' if ref.date else ''}"))
    for at, when in asked:
        places = [int(one.commits.searchsorted(at, side="right")) - 1 for one in series]
        levels = np.array(
            [
                float(context.judged.judgements[number].levels[place])
                for number, place in zip(numbers, places, strict=True)
            ]
        )
        if np.all(levels > 0) and np.any(np.abs(levels / now - 1) > LEAST_CHANGE):
            return when, levels
    return "", now


def _heights(values: FloatArray) -> Scale:
    """Return the upright axis, downwards in percent: the largest value near the top."""
    low, high = float(values.min()), float(values.max())
    # At least a factor of two, so that the noise of what does not grow does not look like growth.
    stretch = max((2 / (high / low)) ** 0.5, 1.0)
    return Scale(low / stretch, high * stretch, 90, 8, is_log=True)


def _curve(growth: Growth | None, axes: tuple[Scale, Scale], *, is_rate: bool) -> str:
    if growth is None:
        return ""

    def fitted(size: float) -> float:
        value = max(float(growth.curve(np.array([size]))[0]), 1e-300)
        return 1 / value if is_rate else value

    return curve_path(fitted, *axes)


def _points(
    context: Context,
    family: Family,
    levels: tuple[FloatArray, FloatArray],
    axes: tuple[Scale, Scale],
    *,
    shows_then: bool,
) -> tuple[ScalingPoint, ...]:
    points = []
    for number, size, now, then in zip(family.numbers, family.sizes, *(one.tolist() for one in levels), strict=True):
        series = context.timeline.series[number]
        points.append(
            ScalingPoint(
                size=wording.short_name(dict(series.key.parameters)[family.name], 24),
                now=format_value(now, series.unit),
                then=format_value(then, series.unit) if shows_then else "",
                delta=wording.delta_text(now / then - 1) if shows_then else "",
                x=axes[0](size),
                y=axes[1](now),
                y_then=axes[1](then) if shows_then else None,
            )
        )
    return tuple(points)


def growth_text(growth: Growth | None) -> str:
    """Return how something grows: `about as n log n`; every class that the sizes cannot tell apart.

    Examples
    --------
    >>> growth_text(growth_of(np.array([10.0, 100, 1000, 10_000]), np.array([1.0, 10, 100, 1000])))
    'grows about as n'
    """
    if growth is None:
        return "grows in no common way"
    names = [CLASSES[index] for index in growth.candidates]
    if names == ["1"]:
        return "does not grow"
    if len(names) == 1:
        return f"grows about as {names[0]}"
    alike = f"{', '.join(names[:-1])} or {names[-1]}"
    return f"grows as {alike}, which these sizes do not tell apart"


def _sentence(metric: str, name: str, now: Growth | None, then: Growth | None, when: str) -> str:
    """Return how it grows, and how it grew where that was another class, both being sure."""
    said = growth_text(now)
    grows, _, unsure = said.partition(", ")
    start = f"{metric} {grows} with {name}" + (f", {unsure}" if unsure else "")
    if not when or now is None or then is None:
        return f"{start}."
    if len(now.candidates) == len(then.candidates) == 1:
        if now.likely == then.likely:
            return f"{start}, as it did {when}."
        was = f"was {then.name}" if then.likely else "did not grow"
        return f"{start}; it {was} {when}."
    return f"{start}."


def _because(growth: Growth | None, sizes: Sequence[float], unit: str, *, is_rate: bool) -> str:
    span = f"{len(sizes)} sizes from {format_number(sizes[0])} to {format_number(sizes[-1])}"
    if growth is None:
        return f"Over {span} no class from 1 to 2ⁿ fits within 25 %"
    low, high = f"{growth.lower:.2f}", f"{growth.upper:.2f}"
    interval = "" if low == high else f" ({low} to {high})"
    strays = f"the fit strays by {wording.noise_text(growth.error).removeprefix('±')}"
    said = [f"Over {span} {strays}", f"exponent {growth.exponent:.2f}{interval}".replace("-", wording.MINUS)]
    if len(growth.candidates) == 1:
        said.insert(1, f"{min(growth.weight, 0.999) * 100:.3g} % sure that it is {growth.name}")
    smallest = float(growth.curve(np.array([sizes[0]]))[0])
    if growth.likely and not is_rate and growth.fixed > LEAST_FIXED * smallest:
        said.append(f"{format_value(growth.fixed, unit)} is there at every size")
    return "; ".join(said)
