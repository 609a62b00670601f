"""What is no change of the code is not told as one: rhythms, modes, flapping levels, ramps, transients."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfsite.analysis.changepoint import confirmed_changes, detect, find_changes
from perfsite.analysis.detection.flapping import flapping_model
from perfsite.analysis.detection.modes import find_modes
from perfsite.analysis.detection.noisemodel import NoiseModel
from perfsite.analysis.detection.occupation import regimes
from perfsite.analysis.detection.placement import place_by_posterior
from perfsite.analysis.detection.ramps import drop_ramps
from perfsite.analysis.detection.season import without_season
from perfsite.analysis.detection.signal import Signal, of_clean


def normal(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=n)


def clean(values: np.ndarray) -> Signal:
    return of_clean(values, np.zeros(len(values), dtype=np.bool_))


def visits(n: int, seed: int, *, stay: int = 10) -> np.ndarray:
    """Return 0 or 1 per point, a chain that leaves each after `stay` points on average."""
    switches = np.random.default_rng(seed).random(n) < 1 / stay
    return np.cumsum(switches) % 2


@pytest.mark.parametrize("period", [2, 5, 7, 24])
def test_a_rhythm_is_taken_away_and_the_noise_stays(period):
    noise = normal(600)
    calm = without_season(noise + 1.5 * np.sin(2 * np.pi * (np.arange(600) + 0.3) / period))
    assert calm.std() == pytest.approx(noise.std(), rel=0.05)


def test_a_rhythm_that_is_no_sine_loses_its_overtones_too():
    week = np.array([3.0, 0, 0, 0, 0, 0, 2.0])
    assert without_season(normal(700) + np.tile(week, 100)).std() < 1.1


@pytest.mark.parametrize("n", [2, 8, 39, 40, 500])
def test_noise_without_a_rhythm_is_left_alone(n):
    x = normal(n)
    assert without_season(x) is x
    assert without_season(np.zeros(n)).tolist() == [0.0] * n


def test_steps_are_no_rhythm():
    x = normal(900, 3) + np.repeat([0, 9, 4, 15, 2], [130, 220, 90, 310, 150])
    assert without_season(x) is x


def test_a_change_hidden_by_a_rhythm_is_found():
    t = np.arange(300)
    x = 10 * np.exp(0.01 * normal(300, 1) + 0.03 * np.sin(2 * np.pi * t / 7) + 0.012 * (t >= 160))
    (place,) = detect(x)
    assert abs(place - 160) <= 3


def test_machines_that_take_turns_are_modes_and_a_change_among_them_is_found():
    x = 10 * np.exp(0.01 * normal(400, 4) + 0.06 * visits(400, 2))
    assert detect(x) == []
    x[220:] *= 1.08
    (place,) = detect(x)
    assert abs(place - 220) <= 3


def test_modes_tell_a_level_that_all_modes_share():
    offsets = 0.06 * visits(300, 5)
    signal = clean(0.005 * normal(300, 6) + offsets + 0.1 * (np.arange(300) >= 150))
    modes = find_modes(signal, sorted({150, *(np.flatnonzero(np.diff(offsets)) + 1).tolist()}))
    assert modes is not None
    told = modes.offsets - modes.offsets[0]
    assert np.mean(np.abs(told - (offsets - offsets[0])) < 0.02) > 0.95


def test_up_and_back_once_is_no_mode():
    signal = clean(0.01 * normal(90, 7) + 0.1 * np.repeat([0, 1, 0], 30))
    assert find_modes(signal, [30, 60]) is None


def test_levels_in_haste_are_noise():
    levels = np.repeat(normal(40, 8), 6)
    signal = clean(0.05 * normal(240, 9) + levels)
    model = flapping_model(signal, list(range(6, 240, 6)), modes_removed=True)
    assert model is not None
    assert model.state == pytest.approx(levels.var(), rel=0.1)
    assert flapping_model(clean(normal(240)), [60, 120, 180], modes_removed=True) is None


@pytest.mark.parametrize("gap", [0.15, 0.7, 4.6])
@pytest.mark.parametrize("after", [8, 18, 40])
@pytest.mark.parametrize("share", [0.0, 0.03, 0.1])
def test_a_rare_mode_that_takes_over_is_a_change(share, after, gap):
    chance = np.random.default_rng(int(1000 * share) + after)
    inside = np.append(chance.random(200) < share, np.ones(after, dtype=np.bool_))
    found = detect(np.exp(gap * inside + 0.02 * normal(len(inside), after)))
    assert [place for place in found if abs(place - 200) <= 4]


def test_a_mode_that_stays_for_long_takes_over_by_chance():
    assert regimes(visits(2000, 3, stay=20)) == []
    assert regimes(np.zeros(50, dtype=np.int64)) == []
    assert regimes(np.append(np.arange(60) % 12 == 0, [True] * 20).astype(np.int64)) == [60]


def test_a_large_step_after_a_restless_stretch_is_a_change():
    levels = np.repeat([0, 0.3, -0.2, 0.25, 0, -0.3, 0.3, 0.1, 4.5], [800, 6, 6, 7, 40, 6, 6, 12, 18])
    assert detect(np.exp(levels + 0.03 * normal(len(levels), 5)))[-1] == pytest.approx(len(levels) - 18, abs=2)


@pytest.mark.parametrize("down", [False, True])
def test_a_staircase_of_short_clear_steps_is_found(down):
    rises = np.random.default_rng(7).uniform(0.1, 0.4, 12) * (-1 if down else 1)
    found = detect(np.exp(np.repeat(np.cumsum(rises), 10) + 0.01 * normal(120, 6)))
    assert all(any(abs(place - step) <= 1 for place in found) for step in range(10, 120, 10))


def test_a_ramp_is_drift_and_a_step_is_none():
    t = np.arange(200)
    ramp = clean(0.1 * normal(200, 1) + np.clip((t - 60) / 80, 0, 1))
    step = clean(0.1 * normal(200, 1) + (t >= 100))
    assert drop_ramps(ramp, NoiseModel(ramp.white), [80, 100, 120], [9.0, 9.0, 9.0]) == ([], [])
    assert drop_ramps(step, NoiseModel(step.white), [100], [9.0]) == ([100], [9.0])


def test_two_steps_upwards_are_no_ramp():
    signal = clean(0.1 * normal(180, 2) + np.repeat([0, 1, 2], 60))
    assert drop_ramps(signal, NoiseModel(signal.white), [60, 120], [9.0, 9.0])[0] == [60, 120]


def test_a_place_a_little_off_is_put_right():
    x = 0.3 * np.random.default_rng(3).standard_t(3, 100) + (np.arange(100) >= 50)
    signal = clean(x)
    (place,) = place_by_posterior(signal, NoiseModel(signal.white), [46])
    assert abs(place - 50) <= 1
    assert place_by_posterior(signal, NoiseModel(signal.white), []) == []


def test_a_change_that_only_the_newest_point_makes_is_not_confirmed():
    values = 10 * np.exp(0.01 * normal(60, 5))
    values[50:] *= 1.2
    changes = find_changes(values)
    assert confirmed_changes(values, changes=changes) == confirmed_changes(values) == (True,)
    lengths = [n for n in range(51, 60) if find_changes(values[:n]).indices]
    assert confirmed_changes(values[: lengths[0]]) == (False,)
    assert confirmed_changes(values[:40]) == ()
    assert confirmed_changes(values[:3]) == ()


@given(st.integers(0, 10**6), st.integers(4, 200), st.sampled_from([1e-9, 0.125, 3.0, 1e6]))
def test_units_and_directions_do_not_matter(seed, n, factor):
    rng = np.random.default_rng(seed)
    values = np.exp(0.02 * rng.normal(size=n) + 0.1 * (np.arange(n) >= n // 2))
    found = detect(values)
    assert detect(values * factor) == found
    assert detect(1 / values) == found
    assert detect(values) == found


@given(st.lists(st.floats(-1e12, 1e12), max_size=60))
def test_any_values_have_a_defined_answer(values):
    found = detect(values)
    assert found == sorted(set(found))
    assert all(4 <= place <= len(values) - 4 for place in found)


@pytest.mark.parametrize("every", [10, 100, 10**9])
def test_thirty_thousand_points_are_no_trouble_however_many_change(every):
    n = 30_000
    levels = 0.2 * normal(n // min(every, n) + 1, 1)[np.minimum(np.arange(n) // every, n // min(every, n))]
    start = time.process_time()
    found = detect(np.exp(0.02 * normal(n, 2) + levels))
    assert time.process_time() - start < 20
    if every == 100:
        assert len(found) >= 240
    if every > n:
        assert found == []


def test_the_same_series_twice_is_told_the_same():
    values = np.exp(0.01 * normal(500, 4) + 0.06 * visits(500, 2))
    first, second = find_changes(values), find_changes(values.copy())
    assert first.indices == second.indices
    assert first.scores == second.scores
    assert math.isfinite(sum(first.scores))
