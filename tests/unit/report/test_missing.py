"""Series that went missing and are not retired yet."""

import numpy as np
import pytest

from perfsite.model.run import Direction
from perfsite.model.series import Series, SeriesKey
from perfsite.report.missing import Missing, missing_series

STOPS = {"ci": np.arange(0, 60, 2, dtype=np.int32)}


def measured(*commits):
    n = len(commits)
    return Series(
        key=SeriesKey(benchmark="b", metric="time", environment="ci"),
        unit="s",
        direction=Direction.LOWER,
        commits=np.array(commits, np.int32),
        values=np.ones(n),
        standard_errors=np.full(n, np.nan),
        counts=np.zeros(n, np.int32),
        labels=np.full(n, -1, np.int32),
        eligible=np.ones(n, np.bool_),
    )


def found(*commits, absent=None):
    return missing_series([measured(*commits)], absent or {}, STOPS)


def test_a_series_that_the_newest_run_lacks_is_missing_since_the_run_after_its_last():
    assert found(*range(0, 54, 2)) == [Missing(0, 52, 54, 3, has_failed=False)]


def test_one_that_was_tried_and_failed_says_so():
    assert found(*range(0, 56, 2), absent={0: (58,)}) == [Missing(0, 54, 56, 2, has_failed=True)]
    assert not found(*range(0, 56, 2), absent={0: (56,)})[0].has_failed


@pytest.mark.parametrize("commits", [(), tuple(range(0, 60, 2)), (58,)])
def test_what_is_there_or_never_was_is_not_missing(commits):
    assert found(*commits) == []


def test_nobody_waits_for_ten_commits():
    assert found(*range(0, 42, 2))[0].commits == 9
    assert found(*range(0, 40, 2)) == []


def test_a_series_that_is_measured_now_and_then_is_missing_when_it_pauses_for_longer():
    assert found(*range(0, 60, 6)) == []
    assert [one.commits for one in found(*range(0, 54, 6))] == [5]


def test_an_environment_without_a_run_misses_nothing():
    assert missing_series([measured(1, 2)], {}, {}) == []
