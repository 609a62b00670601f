"""Drift, seasons and sums of small changes: false alarms on noise of every kind, power on what was planted."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pytest
from noises import heavy_tails, make_series, normal, recursive, skewed, two_modes

from perfsite.analysis.judge import judge
from perfsite.analysis.slow import Surroundings, keep_discoveries, look_in_depth
from perfsite.model.policy import Policy, Threshold
from perfsite.workflow.gather import gather
from perfsite.workflow.importing import import_history
from perfsite.workflow.project import open_project

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from perfsite.model.slow import SlowFindings

    Noise = Callable[[np.random.Generator, int], NDArray[np.float64]]

POLICY = Policy(threshold=Threshold(fail=0.05))
HOUR = 3600.0


def some_memory(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    return recursive(rng, n, 0.4)


def much_memory(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    return recursive(rng, n, 0.8)


def wandering(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    return 0.8 * rng.normal(size=n) + 0.15 * np.cumsum(rng.normal(size=n))


def walk(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    return np.cumsum(rng.normal(size=n))


STILL = (normal, heavy_tails, skewed, two_modes, some_memory, much_memory)
WANDERING = (wandering, walk)


def find(values: NDArray[np.float64], times: NDArray[np.float64] | None = None) -> SlowFindings:
    series = make_series(values, times=times)
    return look_in_depth(series, judge(series, POLICY), POLICY, Surroundings()).slow


def noisy(kind: Noise, rng: np.random.Generator, n: int, spread: float = 0.03) -> NDArray[np.float64]:
    return np.maximum(1 + spread * kind(rng, n), 0.05)


def office_hours(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    """Return the times of about four runs a working day, between eight and eighteen o'clock."""
    days = np.arange(n) // 4
    weekday_days = days // 5 * 7 + days % 5
    return 1_700_438_400.0 + np.sort(weekday_days * 24 + rng.uniform(8, 18, n)) * HOUR


def alarms(kind: Noise, series: int, seed: int) -> dict[str, float]:
    """Return the shares of change-free series with a drift, a season and a sum of small changes."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(series):
        n = int(rng.integers(40, 500))
        found.append(find(noisy(kind, rng, n), office_hours(rng, n)))
    return {
        "drift": float(np.mean([one.drift is not None for one in found])),
        "season": float(np.mean([bool(one.seasons) for one in found])),
        "cuts": float(np.mean([one.cuts is not None for one in found])),
    }


def test_pure_noise_has_no_slow_findings_at_a_glance() -> None:
    assert alarms(normal, 30, 1) == {"drift": 0.0, "season": 0.0, "cuts": 0.0}


@pytest.mark.slow
@pytest.mark.parametrize("kind", STILL)
def test_noise_that_stays_has_next_to_no_slow_findings(kind: Noise) -> None:
    shares = alarms(kind, 250, 11)
    # Noise that remembers its last twenty points looks like drift now and then.
    assert shares["drift"] <= (0.03 if kind is much_memory else 0.02), shares
    assert shares["season"] <= 0.02, shares
    assert shares["cuts"] <= 0.01, shares


@pytest.mark.slow
@pytest.mark.parametrize("kind", WANDERING)
def test_noise_that_wanders_passes_for_drift_in_one_series_of_four_at_most(kind: Noise) -> None:
    shares = alarms(kind, 150, 12)
    assert shares["drift"] <= 0.25, shares
    assert shares["season"] <= 0.02, shares


@pytest.mark.slow
def test_among_many_series_of_noise_hardly_any_finding_is_kept() -> None:
    rng = np.random.default_rng(13)
    found = [find(noisy(kind, rng, 200), office_hours(rng, 200)) for kind in STILL for _ in range(60)]
    kept = keep_discoveries(found)
    assert sum(one.drift is not None for one in kept) <= 1
    assert sum(len(one.seasons) for one in kept) <= 1


def power_on_drift(rise: float, n: int, series: int = 60) -> float:
    rng = np.random.default_rng(14)
    ramp = np.linspace(1, 1 + rise, n)
    return float(np.mean([find(noisy(normal, rng, n) * ramp).drift is not None for _ in range(series)]))


@pytest.mark.slow
def test_a_drift_of_twice_the_noise_is_found_in_a_year_of_points() -> None:
    assert power_on_drift(0.06, 365) >= 0.8
    assert power_on_drift(0.03, 365) >= 0.15


@pytest.mark.slow
def test_the_interval_of_a_drift_holds_its_size() -> None:
    rng = np.random.default_rng(15)
    found = [find(noisy(normal, rng, 365) * np.linspace(1, 1.08, 365)).drift for _ in range(100)]
    # Some ramps are told as steps and a remaining drift: only those that are drift alone have the planted size.
    whole = [one for one in found if one is not None and one.points == 365 and abs(one.delta) > 0.05]
    assert len(whole) >= 50
    assert np.mean([one.lower <= 0.08 <= one.upper for one in whole]) >= 0.85


@pytest.mark.slow
@pytest.mark.parametrize(("swing", "least"), [(0.03, 0.3), (0.06, 0.9)])
def test_seasons_are_found_that_are_as_large_as_the_noise(swing: float, least: float) -> None:
    rng = np.random.default_rng(16)
    days = weeks = 0
    for _ in range(50):
        times = office_hours(rng, 300)
        hour, weekday = times / HOUR % 24, (times // (24 * HOUR) + 3) % 7
        values = noisy(normal, rng, 300)
        days += bool(find(values * (1 + swing * (hour > 13)), times).seasons)
        weeks += bool(find(values * (1 + swing * (weekday == 0)), times).seasons)
    assert days / 50 >= least
    assert weeks / 50 >= least


@pytest.mark.slow
def test_small_steps_past_the_threshold_are_added_up() -> None:
    rng = np.random.default_rng(17)
    found = 0
    for _ in range(60):
        values = noisy(normal, rng, 200, 0.01)
        for at in (110, 130, 150, 170):
            values[at:] *= 1.025
        found += find(values).cuts is not None
    assert found / 60 >= 0.7


@pytest.mark.slow
@pytest.mark.real_data
def test_shuffled_real_histories_have_next_to_no_drift_or_season(real_data: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(18)
    found = []
    for name in ("hyperium__hyper", "GoogleChromeLabs__chromium-bidi", "JuliaGPU__CUDA.jl"):
        (tmp_path / name).mkdir()
        project = open_project(tmp_path / name)
        import_history(project, "github-action-benchmark", real_data / "histories" / "github-action-benchmark" / name)
        found += [
            find(rng.permutation(series.values[-300:]), series.times[-300:])
            for series in gather(project).timeline.series
            if len(series) >= 40
        ]
    assert len(found) >= 100
    assert np.mean([one.drift is not None for one in found]) <= 0.02
    assert np.mean([bool(one.seasons) for one in found]) <= 0.02
    assert np.mean([one.cuts is not None for one in found]) <= 0.02
