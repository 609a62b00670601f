"""How fast series are judged."""

from __future__ import annotations

import time

import pytest
import synthetic_runs

from perfsite.analysis.judge import judge
from perfsite.model.policy import Policy


@pytest.mark.benchmark(timer=time.process_time)
def test_judge_1000_series_of_1000_points(benchmark):
    """Noise, change points, baselines and verdicts of every point; CPU time."""
    batch, policy = synthetic_runs.series_of(commits=1000, series=1000), Policy()

    def judge_all():
        return sum(len(judge(series, policy).verdicts) for series in batch)

    assert benchmark.pedantic(judge_all, rounds=3, warmup_rounds=1) == 1_000_000
