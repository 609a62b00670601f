"""Planted histories: series whose cause is known, judged as they would be, and what the rules say of them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from perfsite.analysis.judge import judge
from perfsite.analysis.together import find_common_shifts, mark_shifts
from perfsite.hints.evidence import Ground, Newest, Track
from perfsite.hints.find import find_hints
from perfsite.hints.ground import Scattered
from perfsite.hints.naming import rarity_of
from perfsite.hints.rules import RULES
from perfsite.model.policy import Policy, preset_for
from perfsite.model.run import Direction, Measurement, Metric
from perfsite.model.series import Series, SeriesKey
from perfsite.model.units import guess_direction

POINTS = 40
CHANGE = 25
"""The first commit of the new level in every planted history."""
DEFAULT_UNITS = {"time": "s", "p50": "s", "p99": "s", "memory": "B", "allocated": "B"}


@dataclass
class Planted:
    """A history in the making; its chance is seeded."""

    noise: float = 0.004
    tracks: list[Track] = field(default_factory=list)
    shifts: tuple = ()
    random: np.random.Generator = field(default_factory=lambda: np.random.default_rng(7))

    def add(
        self,
        metric="time",
        before=1.0,
        after=None,
        *,
        benchmark="parse",
        unit=None,
        environment="ci",
        points=POINTS,
        noise=None,
        values=None,
        newest=None,
        format="pytest-benchmark",  # noqa: A002 (the model's word)
        errors=np.nan,
        counts=0,
        **parameters,
    ):
        """Add a series that is at `before`, from CHANGE on at `after` (None: stays), with relative noise."""
        noise = self.noise if noise is None else noise
        if values is None:
            values = np.full(points, float(before))
            values[CHANGE:] = before if after is None else after
            values *= 1 + noise * self.random.standard_normal(points)
        values = np.asarray(values, np.float64)
        n = len(values)
        unit = unit if unit is not None else DEFAULT_UNITS.get(metric, "1")
        direction = Direction.NEITHER if metric in {"users", "requests"} else guess_direction(metric, unit)
        key = SeriesKey(
            benchmark=benchmark, parameters=tuple(sorted(parameters.items())), metric=metric, environment=environment
        )
        series = Series(
            key=key,
            unit=unit,
            direction=direction,
            commits=np.arange(n, dtype=np.int32),
            values=values,
            standard_errors=np.full(n, errors) * values,
            counts=np.full(n, counts, np.int32),
            labels=np.full(n, -1, np.int32),
            eligible=np.ones(n, np.bool_),
        )
        policy = replace(Policy(), threshold=preset_for(unit, direction))
        kept = None
        if newest is not None:
            measurement = Measurement(
                benchmark=benchmark,
                metric=Metric(name=metric, unit=unit, direction=direction),
                value=float(np.mean(newest)),
                parameters=parameters,
                samples=list(newest),
                count=len(newest),
            )
            kept = Newest(measurement=measurement, format=format)
        self.tracks.append(Track(series, judge(series, policy), policy, True, kept))
        return self

    def together(self):
        """Judge the series again as one environment, as the workflow does."""
        self.shifts = find_common_shifts([track.series for track in self.tracks])
        marked = [mark_shifts(track.series, self.shifts) for track in self.tracks]
        self.tracks = [
            Track(series, judge(series, track.policy), track.policy, True, track.newest)
            for series, track in zip(marked, self.tracks, strict=True)
        ]
        return self

    def hints(self, rules=RULES, **ground):
        """Return all hints of some rules; `ground` is what is known besides."""
        names = {track.key.benchmark for track in self.tracks}
        known = Ground(
            shifts={(shift.environment, shift.commit): shift for shift in self.shifts},
            scattered=Scattered(self.tracks),
            rarity=rarity_of(names),
            benchmarks=len(names),
            **ground,
        )
        return find_hints(self.tracks, known, rules=rules)

    def rules(self, **ground):
        """Return the names of the rules that found something."""
        return {hint.rule for hint in self.hints(**ground)}

    def hint(self, rule, **ground):
        """Return the one hint of a rule."""
        (found,) = [hint for hint in self.hints(**ground) if hint.rule == rule]
        return found
