"""What the chart of a benchmark draws, as data."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from perfsite.model.budget import Budget, Budgeted, BudgetFinding, BudgetState, Limit
from perfsite.model.policy import Threshold
from perfsite.model.run import Commit
from perfsite.report.chart import _drift_line, threshold_levels

QUIET = [1.0, 1.01, 0.99, 1.0, 1.02, 0.98, 1.0, 1.01, 0.99, 1.0, 1.0, 1.01, 0.99, 1.0, 1.02]


def chart(report: Any) -> dict[str, Any]:
    (page,) = report.benchmarks()
    document: dict[str, Any] = json.loads(page.chart)
    return document


@pytest.fixture
def judged(make_run, make_report):
    """Return the series and judgement of a quiet benchmark at about 1 s."""
    report = make_report([make_run(i, {"a": value}) for i, value in enumerate(QUIET)])
    made = report._judged
    return made.timeline.series[0], made.judgements[0]


def test_times_of_commits_are_minutes_told_as_differences(make_run, make_report):
    told = chart(make_report([make_run(i, {"a": 1.0}) for i in range(3)]))
    first = datetime(2026, 1, 1, tzinfo=UTC).timestamp() / 60
    assert told["minutes"] == [first, 1440, 1440]
    assert told["releases"] == []


def test_a_commit_that_does_not_say_its_time_has_that_of_its_run(make_run, make_report, make_sha):
    runs = [make_run(i, {"a": 1.0}, commit=Commit(sha=make_sha(i))) for i in range(2)]
    assert chart(make_report(runs))["minutes"][1:] == [1440]


def test_thresholds_are_values_beyond_which_the_newest_point_warns_or_fails(judged):
    series, judgement = judged
    baseline = float(judgement.baselines[-1])
    told = threshold_levels(Threshold(warn=0.1, fail=0.2, name="latency"), series, judgement)
    assert told["name"] == "latency"
    assert told["warn"] == pytest.approx(baseline * 1.1, rel=1e-5)
    assert told["fail"] == pytest.approx(baseline * 1.2, rel=1e-5)
    nearer = threshold_levels(Threshold(fail=0.2, fail_absolute=0.05), series, judgement)
    assert nearer["fail"] == pytest.approx(baseline + 0.05, rel=1e-5)


def test_a_threshold_is_never_within_the_noise(judged):
    series, judgement = judged
    floor = float(judgement.floors[-1])
    told = threshold_levels(Threshold(fail=floor / 10), series, judgement)
    assert told["fail"] == pytest.approx(float(judgement.baselines[-1]) * (1 + floor), rel=1e-5)


def test_without_a_threshold_or_a_baseline_there_is_no_line(judged, make_run, make_report):
    series, judgement = judged
    assert threshold_levels(Threshold(), series, judgement) == {}
    (one,) = chart(make_report([make_run(0, {"a": 1.0})]))["series"]
    assert "thresholds" not in one


def test_the_presets_apply_to_a_project_without_rules(make_run, make_report):
    (one,) = chart(make_report([make_run(i, {"a": value}) for i, value in enumerate(QUIET)]))["series"]
    assert one["thresholds"]["name"] == "latency"
    assert one["thresholds"]["fail"] == pytest.approx(1.2, abs=0.02)


def test_what_changed_in_the_environment_is_marked_where_it_did(make_run, make_report):
    runs = [make_run(i, {"a": 1.0}, facts={"runtime.python": "3.11" if i < 4 else "3.12"}) for i in range(8)]
    (one,) = chart(make_report(runs))["series"]
    assert one["facts"] == [[4, "Python 3.11 → 3.12"]]
    assert "machines" not in one


def test_points_of_several_machines_say_which(make_run, make_report):
    models = ["AMD EPYC 7763", "AMD EPYC 9V74"]
    runs = [make_run(i, {"a": 1.0}, facts={"cpu.model": models[i % 2]}) for i in range(8)]
    (one,) = chart(make_report(runs))["series"]
    assert [one["machines"][code] for code in one["machine"]] == [models[i % 2] for i in range(8)]
    assert one["facts"] == [[1, "not comparable: EPYC 7763 → EPYC 9V74"]]


def test_a_first_sight_is_marked_suspected_and_later_withdrawn(make_run, make_report):
    def told(*newest: float) -> dict[str, Any]:
        runs = [make_run(i, {"a": value}) for i, value in enumerate([*QUIET, *newest])]
        one: dict[str, Any] = chart(make_report(runs))["series"][0]
        return one

    assert told(1.3)["suspected"] == [15]
    assert "suspected" not in told(1.3, 1.31, 1.3)
    assert told(1.3, 1.0, 1.01)["withdrawn"] == [15]


def test_a_drift_is_a_line_through_the_middle_of_its_points():
    values = np.linspace(1.0, 1.5, 101)
    assert _drift_line(values, 0.5) == (1.0, 1.5)
    assert np.isnan(_drift_line(values[:1], 0.5)).all()


def test_budgets_come_with_their_series(judged, make_run, make_report):
    series, _ = judged
    budget = Budget(name="stays quick", limit=Limit(highest=1.5))
    finding = BudgetFinding(
        budget=budget,
        key=series.key,
        unit=series.unit,
        current=1.0,
        headroom=0.3,
        attainments=(),
        remaining=1.0,
        burn=0.0,
        state=BudgetState.MET,
    )
    report = make_report([make_run(i, {"a": 1.0}) for i in range(3)])
    object.__setattr__(report._judged, "budgeted", Budgeted(budgets=(finding,)))
    assert chart(report)["series"][0]["budgets"] == [{"name": "stays quick", "lowest": None, "highest": 1.5}]
