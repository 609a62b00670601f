"""How fast series are judged."""

from __future__ import annotations

import time

import pytest
import synthetic_runs

from perfsite.analysis.changepoint import find_changes
from perfsite.analysis.judge import judge
from perfsite.model.policy import Policy


@pytest.mark.benchmark(timer=time.process_time)
def test_judge_1000_series_of_1000_points(benchmark):
    """Noise, change points, baselines and verdicts of every point; CPU time."""
    batch, policy = synthetic_runs.series_of(commits=1000, series=1000), Policy()

    def judge_all():
        return sum(len(judge(series, policy).verdicts) for series in batch)

    assert benchmark.pedantic(judge_all, rounds=2, warmup_rounds=1) == 1_000_000


@pytest.mark.benchmark(timer=time.process_time)
def test_detect_in_1000_series_of_1000_points(benchmark):
    """The change points alone, every point counting the same; CPU time."""
    batch = [series.values for series in synthetic_runs.series_of(commits=1000, series=1000)]

    def detect_all():
        return sum(bool(find_changes(values).indices) for values in batch)

    # Three in four have changes; 250 series without one must not all come out as changed.
    assert 500 < benchmark.pedantic(detect_all, rounds=3) < 900


@pytest.mark.benchmark(timer=time.process_time)
def test_detect_in_one_series_of_30000_points(benchmark):
    """Thirty times the points must not cost much more than thirty times the time; CPU time."""
    values = synthetic_runs.series_of(commits=30_000, series=1)[0].values

    def detect():
        return len(find_changes(values).outliers)

    assert benchmark.pedantic(detect, rounds=15, warmup_rounds=1) == 30_000
