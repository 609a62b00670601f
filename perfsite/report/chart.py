"""What the chart of a benchmark draws: its series with all that is marked in them, as one JSON text."""

from __future__ import annotations

import json
from functools import cached_property
from itertools import pairwise
from math import inf, isfinite
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from perfsite.model.findings import VERDICTS, Doubt, Verdict
from perfsite.model.machine import machine_text
from perfsite.report import evidence, wording
from perfsite.report.causes import fact_text
from perfsite.report.documents import measured, plain, rounded
from perfsite.report.machines import machine_change

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from perfsite.model.findings import ChangePoint, Judgement
    from perfsite.model.policy import Threshold
    from perfsite.model.series import Series
    from perfsite.report.context import Context

MOST_MARKS: Final = 60
"""Changes of an environment that a series' chart marks, the newest."""
MOST_RELEASES: Final = 400
"""Releases that a chart knows, the newest."""
MOST_BUDGETS: Final = 6
MOST_MACHINES: Final = 40
_FOUND: Final = (VERDICTS.index(Verdict.REGRESSION), VERDICTS.index(Verdict.IMPROVEMENT))


class Charts:
    """The charts of a report's benchmarks, with what they share made once."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._marks: dict[str, Sequence[tuple[int, str]]] = {}

    def of(self, name: str, numbers: Sequence[int]) -> str:
        """Return the document of a benchmark with some of the site's series; see `BenchmarkView.chart`."""
        context = self._context
        commits = np.unique(np.concatenate([context.timeline.series[number].commits for number in numbers]))
        head = {"version": 1, "benchmark": name, "releases": self._releases(int(commits[0]), int(commits[-1]))}
        series = ",".join(self._series(number) for number in numbers)
        minutes = plain(np.diff(self._minutes[commits], prepend=0)) if self._has_times else "[]"
        return f'{json.dumps(head)[:-1]},"minutes":{minutes},"series":[{series}]}}\n'

    @cached_property
    def _has_times(self) -> bool:
        return any(commit.time is not None for commit in self._context.timeline.commits)

    @cached_property
    def _minutes(self) -> NDArray[np.int64]:
        """Return when each commit was made, in minutes since 1970; one that does not say: with the one before."""
        known = 0
        minutes = []
        for commit in self._context.timeline.commits:
            known = known if commit.time is None else int(commit.time.timestamp() // 60)
            minutes.append(known)
        return np.array(minutes, np.int64)

    def _releases(self, first: int, last: int) -> list[list[Any]]:
        found = [
            [commit, wording.short_name(name, 40)]
            for commit, name in self._context.timeline.releases
            if first <= commit <= last
        ]
        return found[-MOST_RELEASES:]

    @cached_property
    def _budgets(self) -> Mapping[Any, list[dict[str, Any]]]:
        """Return the limits that budgets set, by the key and unit of their series."""
        found: dict[Any, list[dict[str, Any]]] = {}
        for one in self._context.judged.budgeted.budgets:
            limit = one.budget.limit
            told = {"name": wording.short_name(one.budget.name), "lowest": limit.lowest, "highest": limit.highest}
            found.setdefault((one.key, one.unit), []).append(told)
        return found

    def _series(self, number: int) -> str:
        context = self._context
        series = context.timeline.series[number]
        judgement = context.judged.judgements[number]
        words = [series.key.parameter_text, series.key.metric, series.key.environment]
        facts: dict[str, Any] = {
            "label": " · ".join(word for word in words if word),
            "parameters": series.key.parameter_text,
            "metric": series.key.metric,
            "unit": series.unit,
            "direction": str(series.direction),
            "environment": series.key.environment,
            "changes": [_change(change) for change in judgement.change_points],
            **{name: told for name, told in self._more(number, series, judgement) if told},
        }
        return (
            f'{json.dumps(facts)[:-1]},"commits":{plain(series.commits)},"values":{measured(series.values)}'
            f',"baselines":{rounded(judgement.baselines)},"floors":{rounded(judgement.floors, 4)}'
            f',"verdicts":{plain(judgement.verdicts)},"outliers":{plain(np.flatnonzero(judgement.outliers))}'
            f',"levels":{rounded(judgement.levels)}{_machines(context, series)}}}'
        )

    def _more(self, number: int, series: Series, judgement: Judgement) -> Iterator[tuple[str, Any]]:
        """Yield what few series have, by name."""
        context = self._context
        yield "pinned", context.pin_text(number)
        if number < len(context.judged.policies):
            yield "thresholds", threshold_levels(context.judged.policies[number].threshold, series, judgement)
        yield "budgets", self._budgets.get((series.key, series.unit), [])[:MOST_BUDGETS]
        found = np.isin(judgement.verdicts, _FOUND)
        doubts = judgement.doubts
        yield "suspected", np.flatnonzero(found & ((doubts & int(Doubt.UNCONFIRMED)) != 0)).tolist()
        withdrawn = set(np.flatnonzero(~found & ((doubts & int(Doubt.WITHDRAWN)) != 0)).tolist())
        yield "withdrawn", sorted(withdrawn | {one.start for one in judgement.withdrawn})
        yield "facts", self._facts(series)
        in_depth = context.judged.in_depth.get(number)
        if in_depth is not None and in_depth.slow.drift is not None:
            drift = in_depth.slow.drift
            begin, end = _drift_line(series.values[drift.start :], drift.delta)
            if isfinite(begin):
                yield "drift", {"start": drift.start, "from": begin, "to": end, "delta": _short(drift.delta)}

    def _facts(self, series: Series) -> list[list[Any]]:
        """Return where an environment's facts or machine changed, as [point, words], oldest first."""
        told: dict[int, list[str]] = {}
        for commit, text in self._marks_of(series.key.environment):
            point = int(series.commits.searchsorted(commit))
            if 0 < point < len(series):
                told.setdefault(point, []).append(text)
        labels = series.labels
        if len(labels) and labels.min() != labels.max():
            for point in sorted(np.unique(labels, return_index=True)[1].tolist()):
                if point and (text := machine_change(series, point, self._context.timeline.labels)):
                    told.setdefault(point, []).append(text)
        return [[point, "; ".join(texts)] for point, texts in sorted(told.items())][-MOST_MARKS:]

    def _marks_of(self, environment: str) -> Sequence[tuple[int, str]]:
        """Return the commits of an environment at whose runs a fact changed, with what did; made once."""
        known = self._marks.get(environment)
        if known is None:
            stops = [int(stop) for stop in self._context.stops.get(environment, ())]
            facts = self._context.facts
            known = []
            for older, newer in pairwise(stops):
                if changes := facts.changes(environment, older, newer):
                    known.append((newer, ", ".join(fact_text(change) for change in changes)))
            self._marks[environment] = known = known[-MOST_MARKS:]
        return known


def threshold_levels(threshold: Threshold, series: Series, judgement: Judgement) -> dict[str, Any]:
    """Return the values (base unit) beyond which the newest point warns or fails; without those that there are not.

    As in judging, a relative threshold is never below what the series' own noise allows, and of a relative and an
    absolute one the nearer counts.
    """
    sign = {"lower": 1, "higher": -1}.get(str(series.direction), 0)
    baseline, floor = float(judgement.baselines[-1]), float(judgement.floors[-1])
    if not sign or not isfinite(baseline):
        return {}
    levels: dict[str, Any] = {}
    for name in ("warn", "fail"):
        share, size = getattr(threshold, name), getattr(threshold, f"{name}_absolute")
        reaches = [inf if size is None else size]
        if share is not None and baseline > 0:
            reaches.append(baseline * max(share, floor if isfinite(floor) else 0.0))
        if isfinite(min(reaches)):
            levels[name] = _short(baseline + sign * min(reaches))
    return {**levels, "name": threshold.name} if levels else {}


def _drift_line(values: NDArray[np.float64], delta: float) -> tuple[float, float]:
    """Return where a drift of this size begins and ends, so that half of the values lie on either side of it."""
    if len(values) < 2 or not delta > -1:
        return np.nan, np.nan
    course = 1 + delta * np.linspace(0, 1, len(values))
    begin = float(np.median(values / course))
    return _short(begin), _short(begin * (1 + delta))


def _machines(context: Context, series: Series) -> str:
    """Return which machine measured each point, where several took turns: a list of texts and a code for each point."""
    codes, places = np.unique(series.labels, return_inverse=True)
    if not 1 < len(codes) <= MOST_MACHINES:
        return ""
    known = context.timeline.labels
    texts = [wording.short_name(machine_text(known[code]), 80) if 0 <= code < len(known) else "" for code in codes]
    return f',"machines":{json.dumps(texts)},"machine":{plain(places)}'


def _short(number: float) -> float:
    return float(f"{number:.6g}")


def _change(change: ChangePoint) -> dict[str, Any]:
    delta, lower, upper = (
        _short(number) if isfinite(number) else None for number in (change.delta, change.lower, change.upper)
    )
    return {
        "index": change.index,
        "delta": delta,
        "lower": lower,
        "upper": upper,
        "verdict": str(change.verdict),
        "severity": str(change.severity),
        "confirmed": change.confirmed,
    } | evidence.document(change)
