from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from perfsite.analysis.judge import judge
from perfsite.analysis.restless import find_courses, is_explained_by, mark_course
from perfsite.model.findings import VERDICTS, Doubt
from perfsite.model.policy import Policy, Threshold
from perfsite.model.series import SeriesKey

POLICY = Policy(threshold=Threshold(fail=0.05))
TYPES = np.array([1.0, 1.15, 1.35])


@pytest.fixture
def runners(series):
    """Make an environment whose runs get one of some machines; the factors multiply benchmarks from run 60 on."""

    def make(factors, *, seed=1, runs=100, unit="s", machines=TYPES):
        chance = np.random.default_rng(seed)
        machine = chance.choice(len(machines), runs, p=[0.5, 0.3, 0.2] if len(machines) == 3 else None)
        # From run 80 on the fastest machine is rare: levels rise, and no code changed.
        machine[80:] = np.where(machine[80:] == 0, len(machines) - 1, machine[80:])
        made = []
        for i, factor in enumerate(factors):
            values = machines[machine] ** chance.uniform(0.8, 1.2) * np.exp(chance.normal(0, 0.01, runs))
            values[60:] *= factor
            key = SeriesKey(benchmark=f"family{i % 3}/b{i}", metric="time", environment="ci")
            made.append(replace(series(values, unit=unit), key=key))
        return made

    return make


def judged(series):
    courses = find_courses(series)
    return [judge(mark_course(one, courses), POLICY) for one in series]


def red(judgements):
    return sum(VERDICTS[code] == "regression" for one in judgements for code in one.verdicts)


def test_what_goes_with_the_machines_that_a_run_happens_to_get_is_no_regression(runners):
    series = runners(np.ones(14))
    assert red([judge(one, POLICY) for one in series]) > 0
    found = judged(series)
    assert red(found) == 0
    assert any((one.doubts & int(Doubt.TOGETHER)).any() for one in found)


@pytest.mark.parametrize("seed", range(3))
def test_a_regression_of_some_benchmarks_is_seen_among_them_all_the_same(runners, seed):
    series = runners(np.where(np.arange(14) < 4, 1.5, 1.0), seed=seed)
    without = [red([judge(one, POLICY)]) > 0 for one in series[:4]]
    found = judged(series)
    assert [any(change.verdict == "regression" for change in one.change_points) for one in found[:4]] == without


def test_an_environment_of_one_machine_has_no_course(runners):
    assert find_courses(runners(np.ones(14), machines=TYPES[:1])) == {}


def test_one_shift_makes_no_environment_restless(runners):
    assert find_courses(runners(np.full(14, 1.3), machines=TYPES[:1])) == {}


def test_few_benchmarks_have_no_course(runners):
    assert find_courses([]) == {}
    assert find_courses(runners(np.ones(7))) == {}


@pytest.mark.parametrize("change", [{"runs": 0}, {"runs": 1}, {"runs": 3}, {"runs": 19}, {"unit": "B"}])
def test_what_tells_too_little_has_no_course(runners, change):
    series = runners(np.ones(14), **change)
    assert find_courses(series) == {}
    assert all(mark_course(one, {}) is one for one in series)


def test_the_course_is_told_as_the_values_show_it(runners):
    series = runners(np.ones(14))
    courses = find_courses(series)
    rate = replace(series[0], unit="1/s")
    assert np.allclose(mark_course(rate, courses).course, -mark_course(series[0], courses).course)
    size = replace(series[0], unit="B")
    assert not mark_course(size, courses).course.any()
    part = series[0].part(np.arange(0, 100, 3))
    assert np.allclose(mark_course(part, courses).course, mark_course(series[0], courses).course[::3])


def test_two_levels_are_held_against_one_that_goes_with_the_course():
    course = np.log(np.array([1, 1.3, 1, 1, 1.3, 1.3, 1, 1.3, 1.3, 1.3]))
    values = np.exp(course) * 1.01
    assert is_explained_by(course, values, 4)
    stepped = np.where(np.arange(10) >= 4, 1.3, 1.0)
    assert not is_explained_by(course, stepped, 4)
    assert not is_explained_by(np.zeros(10), stepped, 4)


@pytest.mark.parametrize("change", [-1, 0, 10, 11])
def test_nothing_on_one_side_explains_nothing(change):
    assert not is_explained_by(np.arange(10.0), np.exp(np.arange(10.0)), change)
