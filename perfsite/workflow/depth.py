"""What surrounds each living series, so that it can be looked at in depth; and what is kept of the findings of all."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from perfsite.analysis.quality import count_attendance
from perfsite.analysis.slow import Surroundings, keep_discoveries
from perfsite.analysis.warmup import find_warm_up
from perfsite.model.series import SeriesKey
from perfsite.report.retirement import is_retired, retired_environments, stops_of

if TYPE_CHECKING:
    from perfsite.analysis.batches import Answer
    from perfsite.history.timeline import Timeline
    from perfsite.model.run import Run
    from perfsite.model.series import Series
    from perfsite.model.slow import InDepth

FEWEST_SINCE: Final = 4
"""Points that a release must have after it before anything can be summed up since."""


def find_warm_ups(newest: Iterable[Run]) -> Mapping[tuple[SeriesKey, str], float]:
    """Return how much slower the first samples of the newest runs were, by series and unit; times only."""
    found = {}
    for run in newest:
        columns = run.measurements
        for number, samples in enumerate(columns.samples or ()):
            metric = columns.metrics[columns.metric[number]]
            if samples and metric.unit == "s" and (slower := find_warm_up(samples)) is not None:
                given = columns.parameters[number] if columns.parameters else None
                key = SeriesKey(
                    benchmark=columns.benchmark[number],
                    parameters=tuple(sorted((given or {}).items())),
                    metric=metric.name,
                    environment=run.environment.name,
                )
                found[key, metric.unit] = slower
    return found


def surroundings_of(
    timeline: Timeline, warm_ups: Mapping[tuple[SeriesKey, str], float] | None = None
) -> dict[int, Surroundings]:
    """Return what surrounds each living series, by number: retired ones are not looked at in depth."""
    stops = stops_of(timeline)
    gone = retired_environments(timeline, stops)
    positions = [position for position, _ in timeline.releases]
    found = {}
    for number, series in enumerate(timeline.series):
        if is_retired(series, stops, gone):
            continue
        absent = np.array(timeline.absent.get(number, ()), np.int32)
        at = stops.get(series.key.environment)
        found[number] = Surroundings(
            attendance=count_attendance(series.commits, absent, series.commits if at is None else at),
            release=_release(series, timeline.releases, positions),
            warm_up=(warm_ups or {}).get((series.key, series.unit)),
        )
    return found


def _release(series: Series, releases: Sequence[tuple[int, str]], positions: Sequence[int]) -> tuple[int, str] | None:
    """Return the newest release that a series has points enough after."""
    if not releases or len(series) <= FEWEST_SINCE:
        return None
    # The release must lie before the point that has FEWEST_SINCE - 1 others after it.
    place = bisect_right(positions, int(series.commits[-FEWEST_SINCE]) - 1)
    return releases[place - 1] if place else None


def kept_in_depth(answers: Sequence[Answer]) -> Mapping[int, InDepth]:
    """Return what was found in depth, by the number of the series, without what many tests find by chance."""
    found = {number: answer.in_depth for number, answer in enumerate(answers) if answer.in_depth is not None}
    kept = keep_discoveries([one.slow for one in found.values()])
    return {number: replace(one, slow=slow) for (number, one), slow in zip(found.items(), kept, strict=True)}
