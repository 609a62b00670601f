"""Drift, seasons, sums of small changes and bad runs: what is found, what is not, and every degenerate input."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from perfsite.analysis.badruns import find_bad_runs
from perfsite.analysis.flat import centred, lay_flat, relative_deviations
from perfsite.analysis.judge import judge
from perfsite.analysis.kendall import concordance, memory_factor, theil_sen, variance_of_s, z_of
from perfsite.analysis.longrun import batch_means, slope_statistic
from perfsite.analysis.slow import Surroundings, keep_discoveries, look_in_depth
from perfsite.model.findings import Verdict
from perfsite.model.policy import Policy, Threshold
from perfsite.model.run import Direction
from perfsite.model.series import Series, SeriesKey
from perfsite.model.slow import Drift, InDepth, Period, Season, SlowFindings

if TYPE_CHECKING:
    from numpy.typing import NDArray

LATENCY = Policy(threshold=Threshold(fail=0.2))
TIGHT = Policy(threshold=Threshold(fail=0.05))
HOUR, DAY = 3600.0, 86_400.0
MONDAY = 1_700_438_400.0
"""2023-11-20 00:00 UTC."""


def series(values: NDArray[np.float64] | list[float], direction: Direction = Direction.LOWER, **more: object) -> Series:
    n = len(values)
    made = Series(
        key=SeriesKey(benchmark="bench", metric="time", environment="ci"),
        unit="s",
        direction=direction,
        commits=np.arange(n, dtype=np.int32),
        values=np.array(values, dtype=np.float64),
        standard_errors=np.full(n, np.nan),
        counts=np.zeros(n, dtype=np.int32),
        labels=np.full(n, -1, dtype=np.int32),
        eligible=np.ones(n, dtype=np.bool_),
    )
    return replace(made, **more)  # type: ignore[arg-type]


def noise(n: int, spread: float = 0.02, seed: int = 1) -> NDArray[np.float64]:
    return 1 + spread * np.random.default_rng(seed).normal(size=n)


def look(one: Series, policy: Policy = LATENCY, around: Surroundings | None = None) -> InDepth:
    return look_in_depth(one, judge(one, policy), policy, around or Surroundings())


def test_a_slow_rise_is_a_drift_with_its_size_and_interval() -> None:
    found = look(series(noise(300) * np.linspace(1, 1.06, 300))).slow.drift
    assert found is not None
    assert found.verdict is Verdict.REGRESSION
    assert found.lower < found.delta < found.upper
    assert found.lower < 0.06 < found.upper + 0.02
    assert (found.start, found.commits) == (0, 299)


def test_what_is_a_regression_of_times_is_an_improvement_of_throughput_and_nothing_of_neither() -> None:
    values = noise(300) * np.linspace(1, 1.06, 300)
    for direction, verdict in ((Direction.HIGHER, Verdict.IMPROVEMENT), (Direction.NEITHER, Verdict.NO_CHANGE)):
        found = look(series(values, direction)).slow.drift
        assert found is not None
        assert found.verdict is verdict


def test_a_step_is_no_drift() -> None:
    values = noise(300)
    values[150:] *= 1.3
    assert look(series(values)).slow.drift is None


def test_a_step_too_small_to_be_found_is_no_drift_either() -> None:
    values = noise(200, 0.03)
    values[120:] *= 1.04
    one = series(values)
    judgement = replace(judge(one, LATENCY), change_points=(), levels=np.full(200, values.mean()))
    assert look_in_depth(one, judgement, LATENCY, Surroundings()).slow.drift is None


def test_drift_beside_a_step_is_found_without_it() -> None:
    values = noise(360) * np.linspace(1, 1.12, 360)
    values[180:] *= 0.6
    found = look(series(values)).slow.drift
    assert found is not None
    assert 0.04 < found.delta < 0.2


def test_a_drift_too_small_to_matter_is_not_reported() -> None:
    assert look(series(noise(300, 0.0005) * np.linspace(1, 1.01, 300))).slow.drift is None


def test_a_trend_is_a_direction_with_a_probability() -> None:
    rising, steady = (look(series(noise(90) * np.linspace(1, end, 90))).slow.trend for end in (1.05, 1.0))
    assert rising is not None
    assert steady is not None
    assert rising.rising > 0.99
    assert rising.delta == pytest.approx(0.05, abs=0.02)
    assert 0.02 < steady.rising < 0.98


@pytest.mark.parametrize(("hours", "period", "peak"), [(3, Period.DAY, 15.0), (31, Period.WEEK, 4.0)])
def test_values_that_follow_the_clock_have_a_season(hours: int, period: Period, peak: float) -> None:
    times = MONDAY + np.arange(300) * hours * HOUR
    phase = (times % DAY) / DAY - peak / 24 if period is Period.DAY else (times - MONDAY) // DAY % 7 / 7 - peak / 7
    one = series(noise(300) * (1 + 0.04 * np.cos(2 * np.pi * phase)), times=times)
    (season,) = look(one).slow.seasons
    assert season.period is period
    assert season.swing == pytest.approx(0.08, abs=0.025)
    assert abs(season.peak - peak) <= (3 if period is Period.DAY else 1)


def test_nightly_runs_and_unknown_times_have_no_season_to_be_seen() -> None:
    nightly = MONDAY + np.arange(300) * DAY
    values = noise(300)
    assert look(series(values, times=nightly)).slow.seasons == ()
    assert look(series(values)).slow.seasons == ()
    assert look(series(values, times=np.full(300, MONDAY))).slow.seasons == ()


def small_steps() -> Series:
    values = noise(200, 0.004)
    for at in (110, 130, 150, 170):
        values[at:] *= 1.02
    return series(values)


def test_steps_below_the_threshold_add_up_since_the_release() -> None:
    found = look(small_steps(), TIGHT, Surroundings(release=(100, "v1.2"))).slow.cuts
    assert found is not None
    assert (found.since, found.start, found.commits) == ("v1.2", 101, 99)
    assert found.delta == pytest.approx(0.082, abs=0.01)
    assert found.lower < found.delta < found.upper
    assert found.largest < 0.05


def test_without_a_release_the_newest_hundred_commits_count() -> None:
    found = look(small_steps(), TIGHT).slow.cuts
    assert found is not None
    assert (found.since, found.start) == ("", 100)


def test_a_sum_below_the_threshold_or_one_large_step_is_no_sum_of_small_ones() -> None:
    assert look(small_steps(), LATENCY).slow.cuts is None
    one = noise(200, 0.004)
    one[150:] *= 1.09
    assert look(series(one), TIGHT).slow.cuts is None


def test_better_and_directionless_series_are_not_cut() -> None:
    values = small_steps().values
    assert look(series(values, Direction.HIGHER), TIGHT).slow.cuts is None
    assert look(series(values, Direction.NEITHER), TIGHT).slow.cuts is None
    assert look(series(values), Policy()).slow.cuts is None


@pytest.mark.parametrize(
    "values",
    [
        [],
        [1.0],
        [1.0, 2.0],
        [1.0, 2.0, 3.0],
        [5.0] * 400,
        [0.0] * 400,
        [0.0, 1.0] * 200,
        list(-1 - 0.01 * np.arange(400.0)),
        [float(i % 3) for i in range(400)],
        list(np.random.default_rng(1).poisson(3.0, 400).astype(float)),
        list(np.random.default_rng(1).normal(size=400) * 1e300),
        list(1e-300 * (1 + 0.1 * np.random.default_rng(1).random(400))),
        [1.0] * 399 + [1e300],
        [1e-300] * 200 + [1e300] * 200,
    ],
    ids=lambda values: f"{len(values)} from {values[0]:g}" if values else "none",
)
def test_every_degenerate_series_has_an_answer(values: list[float]) -> None:
    times = MONDAY + np.arange(len(values)) * 5 * HOUR
    for one in (series(values), series(values, times=times)):
        found = look(one)
        assert len(values) >= 10 or found.quality is None
        assert len(values) >= 20 or found.slow == SlowFindings()


def test_a_series_of_30_000_points_is_looked_at_by_its_newest() -> None:
    one = series(noise(30_000), times=MONDAY + np.arange(30_000) * HOUR)
    found = look(one)
    assert found.slow.trend is not None
    assert found.slow.trend.points == 90
    assert found.quality is not None
    assert found.quality.points == 100


def test_scaling_and_repeating_change_nothing() -> None:
    values = noise(300) * np.linspace(1, 1.06, 300)
    one, scaled = look(series(values)).slow.drift, look(series(values * 1024.0)).slow.drift
    assert one is not None
    assert scaled is not None
    assert scaled.delta == pytest.approx(one.delta, rel=1e-9)
    assert look(series(values)) == look(series(values))


def test_kendalls_s_and_its_variance_are_those_of_the_book() -> None:
    values = np.array([1.0, 3.0, 2.0, 2.0, 5.0])
    strata = np.zeros(5, dtype=np.int64)
    pairs = [(i, j) for i in range(5) for j in range(i + 1, 5)]
    assert concordance(values, strata).sum() == sum(np.sign(values[j] - values[i]) for i, j in pairs)
    assert variance_of_s(values, strata).tolist() == [(5 * 4 * 15 - 2 * 1 * 9) / 18]
    split = np.array([0, 0, 1, 1, 1])
    assert concordance(values, split).sum() == 1 + 2
    assert variance_of_s(np.array([1.0, 1.0]), np.zeros(2, dtype=np.int64)).tolist() == [0.0]
    assert z_of(3.0, 0.0) == 0.0


def test_theil_sen_is_the_median_of_the_slopes_within_levels() -> None:
    values, times = np.array([0.0, 1.0, 2.0, 9.0, 10.0]), np.arange(5.0)
    slope = theil_sen(values, times, np.array([0, 0, 0, 1, 1]), 1.0)
    assert (slope.slope, slope.pairs) == (1.0, 4)
    assert np.isnan(theil_sen(values[:1], times[:1], np.zeros(1, dtype=np.int64), 1.0).slope)


def test_memory_makes_points_worth_less_and_never_more() -> None:
    assert memory_factor(-0.5, 90) == 1.0
    assert 1 < memory_factor(0.3, 90) < memory_factor(0.9, 90) < memory_factor(5.0, 90) < np.inf


def test_batches_do_not_cross_steps_and_too_few_tell_nothing() -> None:
    strata = np.repeat([0, 1], [7, 8])
    values, times, numbers = batch_means(np.arange(15.0), np.arange(15.0), strata, 4)
    assert numbers.tolist() == [0, 0, 1, 1]
    assert values.tolist() == [2.0, 5.0, 10.0, 13.0]
    assert times.tolist() == values.tolist()
    assert slope_statistic(values, times, numbers) == (0.0, 1)
    assert slope_statistic(np.zeros(0), np.zeros(0), np.zeros(0, dtype=np.int64)) == (0.0, 1)
    straight = np.arange(20.0)
    assert slope_statistic(straight, straight, np.zeros(20, dtype=np.int64))[0] > 1e6


def test_flat_series_have_no_levels_left() -> None:
    values = noise(100)
    values[50:] *= 2
    one = series(values)
    flat = lay_flat(one, judge(one, LATENCY))
    assert set(flat.strata.tolist()) == {0, 1}
    assert abs(flat.deviations).max() < 0.1
    assert centred(flat.deviations, flat.strata)[flat.strata == 1].mean() == pytest.approx(0, abs=1e-12)
    assert relative_deviations(np.array([0.0]), np.array([0.0])).tolist() == [0.0]


def chance_finding(chance: float) -> SlowFindings:
    drift = Drift(
        start=0, points=90, commits=90, delta=0.1, lower=0, upper=1, chance=chance, verdict=Verdict.REGRESSION
    )
    season = Season(period=Period.DAY, swing=0.1, peak=1, trough=2, share=0.5, points=90, chance=chance)
    return SlowFindings(drift=drift, seasons=(season,))


def test_among_many_series_only_what_many_tests_allow_is_kept() -> None:
    kept = keep_discoveries([chance_finding(1e-6), chance_finding(0.003), *[SlowFindings()] * 200])
    assert [one.drift is not None for one in kept[:3]] == [True, False, False]
    assert [len(one.seasons) for one in kept[:3]] == [1, 0, 0]
    assert keep_discoveries([]) == ()
    (alone,) = keep_discoveries([chance_finding(0.003)])
    assert alone.drift is not None


def test_a_run_where_most_series_stray_is_bad() -> None:
    members = []
    for i in range(8):
        values = noise(80, 0.01, seed=i)
        if i < 6:
            values[40] *= 1.5
        one = series(values)
        members.append((one, judge(one, LATENCY)))
    (bad,) = find_bad_runs(members)
    assert (bad.commit, bad.outliers, bad.series, bad.higher, bad.environment) == (40, 6, 8, 6, "ci")
    assert bad.median == pytest.approx(0.5, abs=0.05)
    assert find_bad_runs(members[5:]) == ()
    assert find_bad_runs([]) == ()
