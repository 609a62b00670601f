"""Reports made as the workflow makes them: runs folded, judged under settings, worded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from perfsite.config import Settings
from perfsite.history.order import arrange
from perfsite.history.query import Fold
from perfsite.model.run import Columns, Commit, Direction, Environment, Measurement, Metric, Run, Source, Status
from perfsite.report.build import Report
from perfsite.workflow.budgeting import hold_to_budgets
from perfsite.workflow.incidents import incidents_of
from perfsite.workflow.judging import judge_timeline
from perfsite.workflow.site import as_judged

START = datetime(2026, 1, 1, tzinfo=UTC)
TIME = Metric(name="time", unit="s", direction=Direction.LOWER)


def sha(number: int) -> str:
    return f"{number:040x}"


def commit(number: int, **more: Any) -> Commit:
    time = START + timedelta(days=number)
    return Commit(sha=sha(number), **{"time": time, "subject": f"commit {number}", "author": "Ada", **more})


def run(number: int, values: Mapping[str, float | None], *, environment: str = "ci", **more: Any) -> Run:
    """Return a run at the commit of that number; a value None is a failed measurement."""
    rows = [
        Measurement(benchmark=name, metric=TIME, value=value, status=Status.FAILED if value is None else Status.OK)
        for name, value in values.items()
    ]
    facts = more.pop("facts", {})
    return Run(
        id=more.pop("id", f"{number}-{environment}"),
        time=START + timedelta(days=number),
        commit=more.pop("commit", None) or commit(number),
        environment=Environment(name=environment, facts=facts),
        source=more.pop("source", None) or Source(format="test"),
        measurements=Columns.of(rows),
        **more,
    )


def report(
    runs: Iterable[Run], *, line: Sequence[Commit] = (), known: Iterable[str] = (), url: str | None = None, **more: Any
) -> Report:
    fold = Fold()
    for one in runs:
        fold.add(one)
    timeline = fold.timeline(arrange(fold.commits, line, frozenset(known), "main"))
    timeline = replace(timeline, releases=tuple(sorted(more.pop("releases", timeline.releases))))
    settings = more.pop("settings", Settings())
    events = more.pop("events", ())
    judged = judge_timeline(timeline, settings, events)
    incidents = incidents_of(judged.timeline, judged.judgements, settings, events)
    return Report(
        as_judged(
            judged,
            incidents=incidents.all,
            budgeted=hold_to_budgets(judged.timeline.series, settings),
            title="example",
            repository_url=url,
            **more,
        )
    )


@pytest.fixture(scope="session")
def make_run() -> Callable[..., Run]:
    return run


@pytest.fixture(scope="session")
def make_report() -> Callable[..., Report]:
    return report


@pytest.fixture(scope="session")
def make_sha() -> Callable[[int], str]:
    return sha


@pytest.fixture(scope="session")
def stepped() -> Report:
    """Return 30 commits: `slow` steps up by half at 20 and stays, `fast` halves at 25, `same` does neither."""
    runs = []
    for i in range(30):
        wobble = 1 + (i * 7 % 5 - 2) / 500
        slow, fast = (1.5 if i >= 20 else 1.0), (0.5 if i >= 25 else 1.0)
        runs.append(run(i, {"slow": slow * wobble, "fast": fast * wobble, "same": wobble}))
    return report(runs, url="https://example.org/o/r")
