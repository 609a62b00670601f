"""What surrounds a series: the release it is summed up from, its attendance, the warm-up of its newest run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from perfsite.history.newest import NewestLines
from perfsite.history.store import DirectoryStore, read_all
from perfsite.model.run import Columns, Commit, Direction, Environment, Measurement, Metric, Run, Source
from perfsite.workflow.depth import find_warm_ups

if TYPE_CHECKING:
    from perfsite.model.problem import Problem

START = datetime(2026, 1, 1, tzinfo=UTC)
TIME = Metric(name="time", unit="s", direction=Direction.LOWER)
SIZE = Metric(name="memory", unit="B", direction=Direction.LOWER)
SLOW_START = [1.5, 1.0, 1.01, 0.99, 1.0, 1.02, 0.98, 1.0, 1.01, 1.0, 0.99]


def run(day: int, samples: list[float], *, environment: str = "ci", pull_request: int | None = None) -> Run:
    rows = [Measurement(benchmark="parse", metric=metric, value=1.0, samples=samples) for metric in (TIME, SIZE)]
    return Run(
        time=START + timedelta(days=day),
        commit=Commit(sha=f"{day:040x}", time=START + timedelta(days=day)),
        environment=Environment(name=environment),
        source=Source(format="test"),
        measurements=Columns.of(rows),
        pull_request=pull_request,
    )


def test_the_newest_run_of_each_environment_is_read_with_its_samples(tmp_path) -> None:
    store = DirectoryStore(tmp_path)
    store.append([run(3, SLOW_START), run(1, [1.0]), run(2, [1.0], environment="other"), run(9, [2.0], pull_request=7)])
    problems: list[Problem] = []
    newest = NewestLines()
    read = list(read_all([store], problems, samples=False, newest=newest))
    assert next(one for one in read if one.time.day == 4).measurements.samples is None
    told = newest.runs(problems)
    assert [(one.environment.name, one.time.day) for one in told] == [("ci", 4), ("other", 3)]
    assert told[0].measurements.samples == [SLOW_START, SLOW_START]
    assert problems == []


def test_warm_up_is_told_of_times_only() -> None:
    found = find_warm_ups([run(3, SLOW_START), run(2, SLOW_START[1:], environment="other")])
    assert [(key.benchmark, key.metric, key.environment, unit) for key, unit in found] == [("parse", "time", "ci", "s")]
    assert list(found.values()) == [pytest.approx(0.5)]
    assert find_warm_ups([]) == {}
