"""Noise that follows the last 30 days: what it costs on noise that stays, what it saves where noise changed."""

from __future__ import annotations

import numpy as np
import pytest

from perfsite.analysis.judge import judge
from perfsite.model.findings import VERDICTS, Verdict
from perfsite.model.policy import Policy, Threshold
from perfsite.model.run import Direction
from perfsite.model.series import Series, SeriesKey

POLICY = Policy(threshold=Threshold(fail=0.10))
N = 90
DAY = 86_400.0
FINDINGS = {VERDICTS.index(Verdict.REGRESSION), VERDICTS.index(Verdict.IMPROVEMENT)}


def series(spread: np.ndarray, seed: int, *, days: float) -> Series:
    """Return a series without any change, one point every so many days; NaN: nobody knows when."""
    n = len(spread)
    return Series(
        key=SeriesKey(benchmark="work", metric="time", environment="ci"),
        unit="s",
        direction=Direction.LOWER,
        commits=np.arange(n, dtype=np.int32),
        values=10 * np.exp(spread * np.random.default_rng(seed).normal(size=n)),
        standard_errors=np.full(n, np.nan),
        counts=np.zeros(n, np.int32),
        labels=np.full(n, -1, np.int32),
        eligible=np.ones(n, np.bool_),
        times=days * DAY * np.arange(n),
    )


def alarms(spread: np.ndarray, *, days: float, trials: int) -> tuple[float, float]:
    """Return how many of the newest points are findings, and how many of all points are off their level."""
    judged = [judge(series(spread, seed, days=days), POLICY) for seed in range(trials)]
    findings = sum(int(one.verdicts[-1]) in FINDINGS for one in judged)
    return findings / trials, sum(int(one.outliers.sum()) for one in judged) / (trials * len(spread))


@pytest.mark.slow
@pytest.mark.parametrize("days", [1.0, 0.1, 10.0, np.nan])
def test_on_noise_that_stays_false_alarms_stay_within_alpha(days):
    findings, off = alarms(np.full(N, 0.02), days=days, trials=1000)
    assert findings <= 0.004
    assert off <= 1.5 * POLICY.alpha


@pytest.mark.slow
def test_where_the_noise_tripled_false_alarms_are_few_and_fewer_than_without_the_last_30_days():
    grown = np.concatenate([np.full(N - 25, 0.01), np.full(25, 0.03)])
    known, _ = alarms(grown, days=1.0, trials=600)
    rested, _ = alarms(grown, days=40.0, trials=600)
    assert known <= 0.7 * rested
    assert known <= 0.025


def test_a_quick_look_at_noise_that_grew():
    grown = np.concatenate([np.full(60, 0.01), np.full(30, 0.03)])
    floors = [judge(series(grown, 1, days=days), POLICY).floors[-1] for days in (1.0, 40.0)]
    assert floors[0] > 1.3 * floors[1]
