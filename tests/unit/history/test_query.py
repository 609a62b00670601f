"""Runs become series in commit order."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from perfsite.history.order import arrange
from perfsite.history.query import Fold
from perfsite.model.machine import machine_text
from perfsite.model.run import Columns, Commit, Direction, Environment, Measurement, Metric, Run, Source, Status

START = datetime(2026, 1, 1, tzinfo=UTC)
TIME = Metric(name="time", unit="s", direction=Direction.LOWER)
SIZE = Metric(name="time", unit="B", direction=Direction.LOWER)


def sha(number):
    return f"{number:040x}"


def commit(number, **more):
    return Commit(sha=sha(number), time=START + timedelta(days=number), subject=f"commit {number}", **more)


def run(number, values, *, environment="ci", facts=None, hour=0, **more):
    measurements = [
        value
        if isinstance(value, Measurement)
        else Measurement(
            benchmark=name, metric=TIME, value=value, status=Status.OK if value is not None else Status.FAILED
        )
        for name, value in values.items()
    ]
    return Run(
        id=f"{number}-{environment}-{hour}",
        time=START + timedelta(days=number, hours=hour),
        commit=more.pop("commit", None) or commit(number),
        environment=Environment(name=environment, facts=facts or {}),
        source=Source(format="test"),
        measurements=Columns.of(measurements),
        **more,
    )


def timeline(runs, line=(), known=()):
    fold = Fold()
    for one in runs:
        fold.add(one)
    return fold.timeline(arrange(fold.commits, line, known, "main"))


def test_a_backfill_lands_at_its_commits_place():
    table = timeline([run(1, {"a": 1.0}), run(3, {"a": 3.0}), run(2, {"a": 2.0})])
    assert [commit.sha for commit in table.commits] == [sha(1), sha(2), sha(3)]
    assert table.series[0].values.tolist() == [1.0, 2.0, 3.0]
    assert table.series[0].commits.tolist() == [0, 1, 2]


def test_the_graph_decides_the_order_even_where_times_run_backwards():
    line = [commit(5), commit(2), commit(9)]
    table = timeline([run(9, {"a": 9.0}), run(2, {"a": 2.0}), run(5, {"a": 5.0})], line=line)
    assert table.series[0].values.tolist() == [5.0, 2.0, 9.0]
    assert table.places == (0, 1, 2)


def test_commits_that_no_repository_knows_take_their_place_by_time():
    line = [commit(2), commit(4)]
    table = timeline([run(number, {"a": float(number)}) for number in (1, 2, 3, 4, 5)], line=line)
    assert table.series[0].values.tolist() == [1.0, 2.0, 3.0, 4.0, 5.0]
    assert table.places == (-1, 0, -1, 1, -1)
    assert table.off_trend == {}


def test_off_branch_is_said_only_where_the_repository_proves_it():
    line = [commit(1), commit(3)]
    table = timeline([run(n, {"a": float(n)}) for n in (1, 2, 3)], line=line, known={sha(2)})
    assert table.series[0].values.tolist() == [1.0, 3.0]
    assert "not on the first-parent line of main" in table.off_trend[1]
    assert table.aside[0].values.tolist() == [2.0]


def test_runs_of_one_commit_are_one_point_their_median():
    table = timeline([run(1, {"a": value}, hour=hour) for hour, value in enumerate((1.0, 9.0, 2.0))])
    assert table.series[0].values.tolist() == [2.0]
    assert len(table.runs) == 3


def test_runs_of_pull_requests_never_enter_a_trend():
    table = timeline([run(1, {"a": 1.0}), run(2, {"a": 99.0}, pull_request=7)])
    assert table.series[0].values.tolist() == [1.0]
    assert table.aside[0].values.tolist() == [99.0]


def test_failed_measurements_are_gaps_not_values():
    table = timeline([run(1, {"a": 1.0, "b": None}), run(2, {"a": None, "b": 2.0})])
    a, b = table.series
    assert (a.values.tolist(), b.values.tolist()) == ([1.0], [2.0])
    assert table.absent == {0: (1,), 1: (0,)}
    assert (table.measurements, table.failed) == (4, 2)


def test_parameters_metrics_environments_and_base_units_keep_series_apart():
    def rows(value):
        return {
            "1": Measurement(benchmark="a", metric=TIME, value=value, parameters={"n": "1"}),
            "2": Measurement(benchmark="a", metric=TIME, value=value, parameters={"n": "2"}),
            "3": Measurement(benchmark="a", metric=SIZE, value=value),
        }

    table = timeline([run(1, rows(1.0)), run(1, rows(2.0), environment="other")])
    assert len(table.series) == 6
    assert sorted({one.unit for one in table.series}) == ["B", "s"]
    assert [one.key for one in table.series] == sorted(one.key for one in table.series)


def test_the_order_of_columns_in_a_run_does_not_matter():
    table = timeline([run(1, {"a": 1.0, "b": 2.0}), run(2, {"b": 2.5, "a": 1.5}), run(3, {"c": 3.0, "a": 1.7})])
    assert [one.values.tolist() for one in table.series] == [[1.0, 1.5, 1.7], [2.0, 2.5], [3.0]]


def test_comparability_facts_become_labels_and_others_do_not():
    old, new = {"cpu.model": "EPYC 7763", "kernel": "6.1"}, {"cpu.model": "EPYC 9V74", "kernel": "6.1"}
    kernel = {"cpu.model": "EPYC 9V74", "kernel": "6.8"}
    table = timeline([run(1, {"a": 1.0}, facts=old), run(2, {"a": 1.0}, facts=new), run(3, {"a": 1.0}, facts=kernel)])
    assert table.series[0].labels.tolist() == [0, 1, 1]
    assert [machine_text(machine) for machine in table.labels] == ["EPYC 7763", "EPYC 9V74"]
    assert timeline([run(1, {"a": 1.0})]).series[0].labels.tolist() == [-1]


def test_a_dirty_work_tree_is_not_eligible_as_a_baseline():
    table = timeline([run(1, {"a": 1.0}), run(2, {"a": 2.0}, commit=commit(2, dirty=True))])
    assert table.series[0].eligible.tolist() == [True, False]


@pytest.mark.parametrize(
    ("spread", "expected"),
    [
        ({"deviation": 0.3, "count": 9}, 0.1),
        ({"samples": [1.0, 2.0, 3.0, 4.0]}, np.std([1, 2, 3, 4], ddof=1) / 2),
        ({"lower": 0.8, "upper": 1.2}, 0.2 / 1.959964),
        ({"samples": [1.0]}, np.nan),
        ({}, np.nan),
    ],
)
def test_standard_errors_come_from_what_is_known_of_the_spread(spread, expected):
    table = timeline([run(1, {"a": Measurement(benchmark="a", metric=TIME, value=1.0, **spread)})])
    assert table.series[0].standard_errors == pytest.approx([expected], nan_ok=True)


def test_an_empty_history_is_an_empty_timeline():
    table = timeline([])
    assert (table.commits, table.series, table.measurements) == ((), (), 0)


def test_runs_with_uncommitted_changes_do_not_count_beside_clean_ones_of_the_commit():
    dirty = commit(1, dirty=True)
    runs = [run(1, {"a": 5.0, "b": 5.0}, commit=dirty), run(1, {"a": 1.0}, hour=1), run(1, {"a": 3.0}, hour=2)]
    table = timeline(runs)
    a, b = table.series
    assert (a.values.tolist(), a.eligible.tolist()) == ([2.0], [True])
    assert (b.values.tolist(), b.eligible.tolist()) == ([5.0], [False])
    assert not table.commits[0].dirty
    assert timeline(runs[:1]).commits[0].dirty


def test_spellings_of_one_machine_are_one_label_within_an_environment():
    full = {"cpu.model": "Intel(R) Xeon(R) Platinum 8370C CPU @ 2.80GHz", "cpu.cores": 4}
    short = {"cpu.model": "Intel Xeon Platinum 8370C"}
    other = {"cpu.model": "AMD EPYC 7763", "cpu.cores": 4}
    table = timeline([run(i, {"a": 1.0}, facts=facts) for i, facts in enumerate([full, short, other, {}])])
    assert table.series[0].labels.tolist() == [0, 0, 1, -1]
    apart = timeline([run(1, {"a": 1.0}, facts=full), run(2, {"a": 1.0}, facts=short, environment="desk")])
    assert [one.labels.tolist() for one in apart.series] == [[0], [1]]
