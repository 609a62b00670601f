from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from perfsite.analysis.together import code_names, find_common_shifts, mark_shifts, running_medians
from perfsite.model.series import SeriesKey


@pytest.fixture
def suite(series):
    """Make an environment: levels that begin at 1, noise, and what each benchmark is multiplied with from a run on."""

    def make(factors, *, at=40, runs=60, noise=0.01, unit="s", names="suite{0}/bench{1}", environment="ci", seed=7):
        chance = np.random.default_rng(seed)
        made = []
        for i, factor in enumerate(factors):
            values = np.exp(chance.normal(0, noise, runs))
            values[at:] *= factor
            key = SeriesKey(benchmark=names.format(i % 3, i), metric="time", environment=environment)
            made.append(replace(series(values, unit=unit), key=key))
        return made

    return make


def told(series):
    return [(shift.commit, round(shift.delta, 2), shift.moved, shift.among) for shift in find_common_shifts(series)]


def test_everything_slower_by_about_the_same_is_a_common_shift(suite):
    assert told(suite([1.08] * 14)) == [(40, 0.08, 14, 14)]


def test_it_says_how_many_moved_of_those_that_could_have_shown_it(suite):
    assert told(suite([1.08] * 12 + [1.0] * 2)) == [(40, 0.08, 12, 14)]


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5])
def test_a_commit_that_slows_a_part_of_the_benchmarks_is_not_excused(suite, share):
    slower = round(20 * share)
    assert told(suite([1.1] * slower + [1.0] * (20 - slower))) == []


def test_moves_of_very_different_size_are_no_common_shift(suite):
    assert told(suite([1.05, 1.1, 1.2, 1.5, 2.0, 3.0, 1.0, 1.0, 4.0, 1.02])) == []


def test_a_family_of_benchmarks_that_stood_still_proves_that_the_machine_did(suite):
    moved = suite([1.1] * 16, names="parse/{1}")
    still = suite([1.0] * 5, names="write/{1}", seed=8)
    assert told(moved) == [(40, 0.1, 16, 16)]
    assert told(moved + still) == []


def test_moves_to_both_sides_are_no_common_shift(suite):
    assert told(suite([1.1, 0.9] * 10)) == []


def test_too_few_benchmarks_tell_nothing(suite):
    assert told(suite([1.1] * 7)) == []


def test_parameters_and_metrics_have_one_voice(suite):
    assert told(suite([1.1] * 20, names="one/bench")) == []


def test_sizes_and_counts_have_no_voice(suite):
    assert told(suite([1.1] * 20, unit="B")) == []
    assert told(suite([1.1] * 14) + suite([1.0] * 30, unit="B", names="size{0}/b{1}")) == [(40, 0.1, 14, 14)]


def test_rates_fall_where_times_rise(suite):
    rates = suite([1 / 1.1] * 7, unit="1/s", names="rate{0}/b{1}")
    found = find_common_shifts(suite([1.1] * 7) + rates)
    assert [(shift.commit, round(shift.delta, 2)) for shift in found] == [(40, 0.1)]
    assert mark_shifts(rates[0], found).shifts[40] < 0 < mark_shifts(suite([1.1])[0], found).shifts[40]


def test_environments_are_told_apart(suite):
    found = find_common_shifts(suite([1.1] * 14) + suite([1.0] * 14, environment="other"))
    assert {shift.environment for shift in found} == {"ci"}


def on(label, series):
    return [replace(one, labels=np.full(len(one), label, np.int32)) for one in series]


@pytest.mark.parametrize(
    ("own", "other", "factor", "expected"),
    [
        (0, 1, 1.1, set()),
        (0, 0, 1.1, {"ci", "other"}),
        (-1, 1, 1.1, {"ci", "other"}),
        (0, 1, 1.5, {"ci", "other"}),
        (0, 1, 1 / 1.1, {"ci", "other"}),
        (0, 1, 1.0, {"ci"}),
    ],
    ids=["two machines agree", "one machine", "unknown", "by far more", "other way", "nothing there"],
)
def test_what_two_machines_saw_at_one_commit_was_no_machine(suite, own, other, factor, expected):
    series = on(own, suite([1.1] * 14)) + on(other, suite([factor] * 14, environment="other"))
    assert {shift.environment for shift in find_common_shifts(series)} == expected


@pytest.mark.parametrize("after", [1, 2, 3, 4])
def test_the_newest_runs_show_it_at_once(suite, after):
    assert told(suite([1.1] * 14, at=60 - after)) == [(60 - after, 0.1, 14, 14)]


def test_a_machine_that_comes_and_goes_is_two_shifts(suite):
    series = suite([1.15] * 14, at=30)
    back = [replace(one, values=np.where(np.arange(60) >= 40, one.values / 1.15, one.values)) for one in series]
    assert [(commit, delta) for commit, delta, *_ in told(back)] == [(30, 0.15), (40, -0.13)]


def test_one_slow_run_that_others_follow_is_none(suite):
    series = suite([1.0] * 14)
    for one in series:
        one.values[30] *= 1.3
    assert told(series) == []


def test_noise_alone_has_no_common_shift(suite):
    assert [told(suite([1.0] * 14, runs=100, noise=0.05, seed=seed)) for seed in range(20)] == [[]] * 20


@pytest.mark.parametrize("runs", [0, 1, 2, 3, 5, 19])
def test_short_series_tell_nothing(suite, runs):
    assert told(suite([1.5] * 14, runs=runs, at=runs // 2)) == []


@pytest.mark.parametrize("value", [0.0, -1.0])
def test_series_without_a_ratio_have_no_voice(suite, value):
    series = suite([1.1] * 14)
    for one in series:
        one.values[3] = value
    assert told(series) == []


def test_equal_values_are_steady(suite):
    assert told(suite([1.1] * 14, noise=0.0)) == [(40, 0.1, 14, 14)]
    assert told(suite([1.0] * 14, noise=0.0)) == []


def test_a_benchmark_that_was_not_measured_at_the_shift_shows_it_at_its_next_run(suite):
    series = suite([1.1] * 14)
    late = series[0].part(np.arange(60) != 40)
    marked = mark_shifts(late, find_common_shifts([late, *series[1:]]))
    assert np.flatnonzero(marked.shifts).tolist() == [40]
    assert marked.commits[40] == 41


def test_families_are_told_by_the_first_part_in_which_names_differ():
    names = ["test_http_get[1]", "test_http_get[2]", "test_http_put", "test_db_read"]
    benchmarks, families = code_names(names)
    assert benchmarks.tolist() == [0, 1, 2, 3]
    assert families.tolist() == [0, 0, 0, 1]


@pytest.mark.parametrize("names", [[], [""], ["", "a"], ["a", "a.b", "..."], ["日本", "日本語"]])
def test_any_name_has_a_code(names):
    benchmarks, families = code_names(names)
    assert len(benchmarks) == len(families) == len(names)


def test_running_medians_are_those_of_five():
    values = np.random.default_rng(1).normal(size=50)
    assert np.array_equal(running_medians(values), [np.median(values[i : i + 5]) for i in range(46)])


def test_scaling_of_any_series_changes_nothing(suite):
    series = suite([1.08] * 14)
    scaled = [replace(one, values=one.values * 1e-9 * (i + 1)) for i, one in enumerate(series)]
    assert told(scaled) == told(series)
