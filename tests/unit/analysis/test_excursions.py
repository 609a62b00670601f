"""Regressions that people were told of and that were mended after a few runs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfsite.analysis.excursions import find_excursions, lifted
from perfsite.analysis.judge import judge
from perfsite.model.findings import VERDICTS, Verdict
from perfsite.model.policy import Policy
from perfsite.model.run import Direction
from perfsite.model.series import Series, SeriesKey

POLICY = Policy()


def series_of(values: np.ndarray, direction: Direction = Direction.LOWER) -> Series:
    n = len(values)
    return Series(
        key=SeriesKey(benchmark="parse", metric="time", environment="ci"),
        unit="s",
        direction=direction,
        commits=np.arange(n, dtype=np.int32),
        values=np.asarray(values, dtype=np.float64),
        standard_errors=np.full(n, np.nan),
        counts=np.zeros(n, np.int32),
        labels=np.full(n, -1, np.int32),
        eligible=np.ones(n, np.bool_),
    )


def pulse(n: int, start: int, end: int, factor: float = 1.2, noise: float = 0.01, seed: int = 0) -> np.ndarray:
    values = np.exp(np.random.default_rng(seed).normal(0, noise, n))
    values[start:end] *= factor
    return values


@pytest.mark.parametrize(("start", "end", "n"), [(20, 25, 40), (30, 32, 33), (5, 8, 60), (3, 5, 6), (36, 39, 40)])
@pytest.mark.parametrize("astray", [-2, 0, 2])
def test_it_begins_and_ends_where_the_values_say_so(start: int, end: int, n: int, astray: int) -> None:
    assert find_excursions(pulse(n, start, end), [start + astray], 1) == ((start, end),)


@pytest.mark.parametrize("told", [(), (19,), (26,), (39,)])
def test_nothing_is_looked_for_where_nobody_was_told_of_it(told: tuple[int, ...]) -> None:
    assert find_excursions(pulse(60, 30, 33), [*told], 1) == ()


def test_one_that_is_not_over_is_left_to_detection() -> None:
    assert find_excursions(pulse(40, 37, 40), [37], 1) == ()
    assert find_excursions(pulse(60, 20, 40), [20], 1) == ()


def test_a_run_that_looks_mended_among_others_that_are_not_ends_nothing() -> None:
    values = pulse(40, 20, 26)
    values[22] = 1.0
    assert find_excursions(values, [20], 1) == ((20, 26),)
    assert find_excursions(values[:24], [20], 1) == ()


def test_better_is_no_regression_and_noise_no_excursion() -> None:
    assert find_excursions(pulse(40, 20, 24, factor=0.8), [20], 1) == ()
    assert find_excursions(pulse(40, 20, 24, factor=0.8), [20], -1) == ((20, 24),)
    assert find_excursions(pulse(40, 20, 24), [20], 0) == ()
    assert find_excursions(pulse(40, 20, 24, factor=1.02, noise=0.05), [20], 1) == ()
    assert find_excursions(pulse(40, 20, 24) - 1.1, [20], 1) == ()


def test_it_is_no_noise_so_that_the_next_regression_of_its_size_is_seen() -> None:
    values = pulse(40, 20, 24)
    values[-1] = 1.2
    unaware, aware = judge(series_of(values), POLICY), judge(series_of(values), POLICY, told=(20,))
    assert VERDICTS[int(unaware.verdicts[-1])] is not Verdict.REGRESSION
    assert VERDICTS[int(aware.verdicts[-1])] is Verdict.REGRESSION
    calm = judge(series_of(pulse(40, 0, 0)), POLICY)
    assert aware.noise == pytest.approx(calm.noise, rel=0.5)
    assert unaware.noise > 1.5 * aware.noise


def test_it_is_a_regression_and_a_mend_with_their_sizes() -> None:
    worse, better = judge(series_of(pulse(40, 20, 24)), POLICY, told=(20,)).change_points
    assert (worse.index, worse.verdict, worse.confirmed) == (20, Verdict.REGRESSION, True)
    assert (better.index, better.verdict) == (24, Verdict.IMPROVEMENT)
    assert worse.lower < 0.2 < worse.upper
    assert worse.delta == pytest.approx(0.2, abs=0.02)


def test_other_changes_are_found_as_before() -> None:
    values = pulse(120, 60, 65)
    values[30:] *= 1.3
    values[90:] *= 0.8
    assert [one.index for one in judge(series_of(values), POLICY, told=(60,)).change_points] == [30, 60, 65, 90]


@pytest.mark.parametrize("gap", [2, 3, 4])
@pytest.mark.parametrize(("factor", "verdict"), [(1.2, Verdict.REGRESSION), (0.8, Verdict.IMPROVEMENT)])
def test_a_change_right_after_its_end_is_no_part_of_it(gap: int, factor: float, verdict: Verdict) -> None:
    values = pulse(60, 30, 34)
    values[34 + gap :] *= factor
    found = judge(series_of(values), POLICY, told=(30,))
    assert [(one.index, one.verdict) for one in found.change_points] == [
        (30, Verdict.REGRESSION), (34, Verdict.IMPROVEMENT), (34 + gap, verdict)
    ]  # fmt: skip


@pytest.mark.parametrize(("place", "factor"), [(20, 0.7), (15, 1.5), (26, 0.85)])
def test_the_level_that_it_left_is_that_since_the_last_change(place: int, factor: float) -> None:
    values = pulse(60, 30, 34)
    values[place:] *= factor
    found = judge(series_of(values), POLICY, told=(30,))
    assert [one.index for one in found.change_points] == [place, 30, 34]
    assert found.change_points[1].delta == pytest.approx(0.2, abs=0.02)


@pytest.mark.parametrize("there", [None, 1, 2])
def test_machines_that_differ_do_not_hide_it(there: int | None) -> None:
    labels = np.random.default_rng(3).integers(0, 3, 80).astype(np.int32)
    labels[50:55] = labels[50:55] if there is None else there
    values = pulse(80, 50, 55) * np.array([1, 1.4, 0.7])[labels]
    found = judge(replace(series_of(values), labels=labels), POLICY, told=(50,))
    assert [(one.index, one.verdict) for one in found.change_points] == [
        (50, Verdict.REGRESSION), (55, Verdict.IMPROVEMENT)
    ]  # fmt: skip


def test_another_machine_is_no_excursion() -> None:
    labels = np.random.default_rng(3).integers(0, 3, 80).astype(np.int32)
    labels[50:54] = 1
    values = pulse(80, 0, 0) * np.array([1, 1.4, 0.7])[labels]
    assert not judge(replace(series_of(values), labels=labels), POLICY, told=(50,)).change_points


@pytest.mark.parametrize("zero", [5, 55])
def test_a_value_of_zero_elsewhere_does_not_hide_it(zero: int) -> None:
    values = pulse(60, 40, 44)
    values[zero] = 0.0
    worse, better = judge(series_of(values), POLICY, told=(40,)).change_points
    assert (worse.index, worse.verdict, better.index) == (40, Verdict.REGRESSION, 44)
    assert worse.delta == pytest.approx(0.2, abs=0.02)


def test_what_fell_to_zero_is_one_where_higher_is_better() -> None:
    values = pulse(60, 40, 44)
    values[40:44] = 0.0
    found = judge(series_of(values, Direction.HIGHER), POLICY, told=(40,))
    assert [one.index for one in found.change_points] == [40, 44]
    assert found.change_points[0].verdict is Verdict.REGRESSION


def test_half_a_mend_leaves_the_other_half() -> None:
    values = pulse(60, 30, 34, factor=1.4)
    values[34:] *= 1.1
    found = judge(series_of(values), POLICY, told=(30,))
    assert [one.index for one in found.change_points] == [30, 34]
    assert VERDICTS[int(found.verdicts[-1])] is Verdict.REGRESSION


def test_a_series_too_young_for_detection_keeps_it_too() -> None:
    values = np.array([1.0, 1.01, 0.99, 1.0, 1.3, 1.31, 1.0])
    found = judge(series_of(values), POLICY, told=(4,))
    assert next((one.index, one.verdict) for one in found.change_points) == (4, Verdict.REGRESSION)


def test_lifting_leaves_the_values_given_as_they_were() -> None:
    values = pulse(40, 20, 24)
    before = values.copy()
    still = lifted(values, ((20, 24),))
    assert np.array_equal(values, before)
    assert np.abs(np.log(still)).max() < 0.05


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.floats(-1e6, 1e6, allow_nan=False, width=32), min_size=1, max_size=60),
    st.lists(st.integers(0, 70), max_size=4),
    st.sampled_from(list(Direction)),
)
def test_whatever_was_told_the_findings_stay_whole(values: list[float], told: list[int], direction: Direction) -> None:
    series = series_of(np.array(values), direction)
    found = judge(series, POLICY, told=told)
    assert len(found.levels) == len(series)
    places = [one.index for one in found.change_points]
    assert places == sorted(set(places))
    if not find_excursions(series.values, told, {"lower": 1, "higher": -1}.get(str(direction), 0)):
        plain = judge(series, POLICY)
        assert places == [one.index for one in plain.change_points]
        assert np.array_equal(found.verdicts, plain.verdicts)


@given(st.integers(0, 2**32), st.integers(3, 50), st.integers(1, 7), st.floats(1.05, 4.0))
@settings(max_examples=100, deadline=None)
def test_a_planted_one_is_told_wherever_it_lies(seed: int, start: int, length: int, factor: float) -> None:
    values = pulse(60, start, start + length, factor, noise=0.002, seed=seed)
    assert find_excursions(values, [start], 1) == ((start, start + length),)
    found = judge(series_of(values), replace(POLICY, min_points=3), told=(start,))
    assert {start, start + length} <= {one.index for one in found.change_points}
