"""The samples of the newest runs, given to the series whose newest point they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfsite.model.series import SeriesKey

if TYPE_CHECKING:
    from collections.abc import Iterable

    from perfsite.history.timeline import Timeline
    from perfsite.model.run import Measurement, Run


def newest_measurements(timeline: Timeline, newest: Iterable[Run]) -> dict[int, Measurement]:
    """Return the measurement, samples and all, behind the newest point of each series, by the number of the series.

    A series has none where its newest run kept no samples, or where its newest point is another commit's; of two runs
    of one commit, the newer tells.
    """
    numbers = {(series.key, series.unit): i for i, series in enumerate(timeline.series) if len(series)}
    found: dict[int, Measurement] = {}
    for run in sorted(newest, key=lambda run: (run.time, run.id or "")):
        if not run.measurements.samples:
            continue
        for measurement in run.measurements:
            if not measurement.samples:
                continue
            key = SeriesKey(
                benchmark=measurement.benchmark,
                parameters=tuple(sorted(measurement.parameters.items())),
                metric=measurement.metric.name,
                environment=run.environment.name,
            )
            number = numbers.get((key, measurement.metric.unit))
            if number is None:
                continue
            commit = timeline.commits[int(timeline.series[number].commits[-1])]
            if commit.sha == run.commit.sha:
                found[number] = measurement
    return found
