"""Histories of many series with steps where a test wants them, judged and made into incidents."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import numpy as np

from perfsite.model.incident import Incidents
from perfsite.model.policy import Policy, Threshold
from perfsite.model.run import Commit, Direction
from perfsite.model.series import Series, SeriesKey

START = datetime(2026, 1, 1, tzinfo=UTC)
POLICY = Policy(threshold=Threshold(fail=0.2, name="latency"))
Steps = Mapping[int, float]


def commits_of(n: int, days: float = 1.0) -> list[Commit]:
    """Return n commits, one every so many days; their shas differ from the first digit on."""
    return [
        Commit(
            sha=f"{((i + 1) * 0x9E3779B97F4A7C15) % 2**64:016x}" + f"{i:024x}", time=START + timedelta(days=i * days)
        )
        for i in range(n)
    ]


def make(
    n: int,
    steps: Steps,
    *,
    name: str = "bench",
    environment: str = "ci",
    noise: float = 0.01,
    seed: int = 0,
    every: int = 1,
    direction: Direction = Direction.LOWER,
) -> Series:
    """Return a series over n commits, measured at `every` so many, whose level is multiplied at the steps' commits."""
    commits = np.arange(0, n, every, dtype=np.int32)
    level = np.ones(len(commits))
    for at, factor in steps.items():
        level[commits >= at] *= factor
    values = level * np.exp(np.random.default_rng(seed).normal(0, noise, len(commits)))
    m = len(commits)
    return Series(
        key=SeriesKey(benchmark=name, metric="time", environment=environment),
        unit="s",
        direction=direction,
        commits=commits,
        values=values,
        standard_errors=np.full(m, np.nan),
        counts=np.zeros(m, np.int32),
        labels=np.full(m, -1, np.int32),
        eligible=np.ones(m, np.bool_),
    )


Find = Callable[..., Incidents]
