"""False alarms on noise and power on planted steps, of detection and of the newest point, with their bounds."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from noises import heavy_tails, make_series, memory, normal, skewed, spikes, two_modes
from numpy.typing import NDArray

from perfsite.analysis.changepoint import detect
from perfsite.analysis.judge import judge
from perfsite.model.findings import VERDICTS, Verdict
from perfsite.model.policy import Policy, Threshold
from perfsite.model.run import Direction

Noise = Callable[[np.random.Generator, int], NDArray[np.float64]]
REGRESSION = VERDICTS.index(Verdict.REGRESSION)


KINDS = (normal, heavy_tails, skewed, spikes, memory, two_modes)


def noisy(kind: Noise, rng: np.random.Generator, n: int, spread: float) -> NDArray[np.float64]:
    return 0.01 * np.maximum(1 + spread * kind(rng, n), 0.05)


def alerting_share(kind: Noise, series: int, seed: int) -> float:
    rng = np.random.default_rng(seed)
    return float(np.mean([bool(detect(noisy(kind, rng, int(rng.integers(30, 600)), 0.03))) for _ in range(series)]))


def found_share(kind: Noise, deviations: float, series: int, seed: int) -> float:
    """Return how often one step of so many standard deviations amid 120 points is found within 3 points."""
    rng = np.random.default_rng(seed)
    found = 0
    for _ in range(series):
        values, at = noisy(kind, rng, 120, 0.02), int(rng.integers(40, 80))
        values[at:] *= 1 + 0.02 * deviations
        found += any(abs(place - at) <= 3 for place in detect(values))
    return found / series


def newest_regressions(kind: Noise, delta: float, series: int, seed: int) -> float:
    """Return how often the newest of 60 points, `delta` worse, is called a regression."""
    rng = np.random.default_rng(seed)
    hits = 0
    for _ in range(series):
        values = noisy(kind, rng, 60, 0.02)
        values[-1] *= 1 + delta
        hits += int(judge(make_series(values), Policy(threshold=Threshold(fail=0.1))).verdicts[-1] == REGRESSION)
    return hits / series


def newest_verdicts(points: int, slow: int, step: float, spread: float, direction: Direction) -> list[Verdict]:
    """Return what the newest point is called in forty series whose `slow` newest points are `step` worse."""
    told = []
    for seed in range(40):
        values = 1 + spread * np.random.default_rng([seed, points, slow]).normal(size=points + slow)
        values[points:] *= 1 + step
        if direction is Direction.HIGHER:
            values = 1 / values
        judgement = judge(make_series(values, direction), Policy(threshold=Threshold(fail=0.1)))
        told.append(VERDICTS[judgement.verdicts[-1]])
    return told


@pytest.mark.parametrize("direction", [Direction.LOWER, Direction.HIGHER])
@pytest.mark.parametrize("slow", [1, 2, 3, 4])
@pytest.mark.parametrize("points", [6, 10, 20])
def test_a_regression_stays_one_at_its_first_second_third_and_fourth_run(points, slow, direction):
    assert set(newest_verdicts(points, slow, 0.5, 0.01, direction)) == {Verdict.REGRESSION}


@pytest.mark.slow
@pytest.mark.parametrize("direction", [Direction.LOWER, Direction.HIGHER])
@pytest.mark.parametrize("slow", [1, 2, 3, 4, 5, 6])
@pytest.mark.parametrize(
    ("step", "spread", "points"), [(0.2, 0.01, 6), (0.2, 0.02, 12), (0.5, 0.03, 10), (10.0, 0.03, 6)]
)
def test_nearly_all_lasting_regressions_beyond_the_noise_stay_regressions(step, spread, points, slow, direction):
    for earlier in (points, 20, 30):
        told = newest_verdicts(earlier, slow, step, spread, direction)
        assert told.count(Verdict.REGRESSION) >= 0.95 * len(told), earlier


@pytest.mark.slow
@pytest.mark.parametrize("slow", [1, 2, 3, 4])
@pytest.mark.parametrize("points", [6, 8, 12])
def test_a_regression_that_so_few_points_cannot_tell_from_noise_is_unsure_not_no_change(points, slow):
    told = newest_verdicts(points, slow, 0.2, 0.03, Direction.LOWER)
    assert told.count(Verdict.NO_CHANGE) <= 0.05 * len(told)


@pytest.mark.slow
@pytest.mark.parametrize("points", [8, 10, 14, 20, 30])
@pytest.mark.parametrize(("kind", "bound"), [(normal, 0.01), (skewed, 0.03), (heavy_tails, 0.03), (two_modes, 0.03)])
def test_the_newest_point_of_short_pure_noise_is_seldom_called_a_regression(kind, bound, points):
    rng = np.random.default_rng(15)
    told = [
        judge(make_series(noisy(kind, rng, points, 0.02)), Policy(threshold=Threshold(fail=0.1))).verdicts[-1]
        for _ in range(500)
    ]
    assert told.count(REGRESSION) <= bound * len(told)


def test_a_quick_look_at_false_alarms_and_power():
    assert alerting_share(normal, 60, 1) <= 0.05
    assert found_share(normal, 4.0, 40, 2) >= 0.95


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_at_most_five_percent_of_series_without_a_change_alert(kind):
    assert alerting_share(kind, 400, 11) <= 0.05


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_nearly_all_steps_of_four_deviations_are_found_within_three_points(kind):
    assert found_share(kind, 4.0, 200, 12) >= (0.80 if kind is memory else 0.95)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "bound"), [(normal, 0.003), (skewed, 0.02), (heavy_tails, 0.02), (memory, 0.04)])
def test_the_newest_point_of_pure_noise_is_seldom_called_a_regression(kind, bound):
    assert newest_regressions(kind, 0.0, 2000, 13) <= bound


@pytest.mark.slow
@pytest.mark.parametrize(("delta", "least"), [(0.05, 0.12), (0.10, 0.80), (0.20, 0.99)])
def test_the_newest_point_has_the_power_it_states(delta, least):
    assert newest_regressions(normal, delta, 500, 14) >= least


def real_histories() -> list[NDArray[np.float64]]:
    folder = Path(os.environ.get("PERFSITE_REAL_DATA", "../shared/data")) / "histories" / "github-action-benchmark"
    found: dict[tuple[str, str, str], list[float]] = {}
    for path in sorted(folder.glob("*/data.js")):
        entries = json.loads(path.read_text(encoding="utf-8").split("=", 1)[1].strip().rstrip(";"))["entries"]
        for suite, runs in entries.items():
            for run in runs:
                for bench in run["benches"]:
                    key = (path.parent.name, suite, bench["name"])
                    found.setdefault(key, []).append(float(bench["value"]))
    arrays = [np.array(values[-400:]) for values in found.values()]
    return [a for a in arrays if len(a) >= 60 and np.isfinite(a).all() and a.min() > 0 and len(set(a.tolist())) >= 5]


@pytest.mark.slow
@pytest.mark.real_data
def test_real_histories_with_shuffled_blocks_seldom_alert_and_planted_steps_are_found():
    histories = real_histories()
    if not histories:
        pytest.skip("PERFSITE_REAL_DATA names no real histories")
    rng = np.random.default_rng(6)
    alerts, hits = 0, []
    for values in histories:
        n = len(values)
        blocks = rng.permutation(n // 6)
        alerts += bool(detect(np.concatenate([values[6 * b : 6 * b + 6] for b in blocks])))
        at = int(rng.uniform(0.35, 0.8) * n)
        if not any(abs(place - at) <= 8 for place in detect(values)):
            stepped = values.copy()
            stepped[at:] *= 1.2
            hits.append(any(abs(place - at) <= 3 for place in detect(stepped)))
    assert alerts / len(histories) <= 0.06
    assert np.mean(hits) >= 0.5
