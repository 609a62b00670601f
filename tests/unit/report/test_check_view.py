"""The answer of a check: worst first, numbers for programs, words for people."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from comment_cases import row, worse

from perfsite.analysis.judge import judge
from perfsite.model.event import BaselinePinned, PinnedValue
from perfsite.model.findings import Rule, Verdict
from perfsite.model.policy import Policy, Threshold
from perfsite.model.run import Direction
from perfsite.model.series import Series, SeriesKey
from perfsite.report import wording
from perfsite.report.check import CheckView, Tried, check_view, largest
from perfsite.report.check_details import RowDetails
from perfsite.report.views import Counts

PIN = BaselinePinned(
    id="1" * 32,
    time=datetime(2026, 1, 27, tzinfo=UTC),
    values=(PinnedValue(benchmark="a", metric="time", unit="s", direction=Direction.LOWER, value=1.0),),
    source="perf_baseline.json",
    commit="abc123",
)


def judged(name, values, *, fail=0.2, warn=None, parameters=(), pinned=None):
    n = len(values)
    series = Series(
        key=SeriesKey(benchmark=name, parameters=parameters, metric="time", environment="ci"),
        unit="s",
        direction=Direction.LOWER,
        commits=np.arange(n, dtype=np.int32),
        values=np.asarray(values, np.float64),
        standard_errors=np.full(n, np.nan),
        counts=np.zeros(n, np.int32),
        labels=np.full(n, -1, np.int32),
        eligible=np.ones(n, np.bool_),
    )
    policy = Policy(threshold=Threshold(warn=warn, fail=fail))
    findings = judge(series, policy, pinned=None if pinned is None else pinned.values[0].value)
    return Tried(series=series, judgement=findings, threshold=fail, pinned=pinned)


BEFORE = [1.0, 1.01, 0.99, 1.0, 1.01, 0.99, 1.0, 1.01, 0.99, 1.0]


def test_rows_stand_worst_first():
    view = check_view(
        "a" * 40,
        [
            judged("same", [*BEFORE, 1.0]),
            judged("faster", [*BEFORE, 0.5]),
            judged("slower", [*BEFORE, 1.5]),
            judged("slowest", [*BEFORE, 3.0]),
        ],
    )
    assert [row.benchmark for row in view.rows] == ["slowest", "slower", "faster", "same"]
    assert view.sentence == (
        "2 regressions and 1 improvement, the largest slowest (+200 %). A change of ±4.7 % or more would show."
    )
    assert view.fails(strict=False)
    assert view.counts.failing == 2


def test_a_warning_fails_only_strictly():
    view = check_view("a" * 40, [judged("a", [*BEFORE, 1.3], fail=0.5, warn=0.1)])
    assert view.rows[0].rule is Rule.WARN
    assert view.fails(strict=True)
    assert not view.fails(strict=False)


def test_cells_are_words_with_the_parameters_of_the_benchmark():
    view = check_view("a" * 40, [judged("a", [*BEFORE, 1.5], parameters=(("n", "10"),))])
    cells = view.rows[0].cells
    assert cells[:5] == ("a (n=10)", "time", "1.5 s", "1.0 s", "+50.0 %")
    assert cells[6] == "regression, critical, suspected [fail]"


def test_without_a_baseline_nothing_is_judged_and_nothing_fails():
    view = check_view("a" * 40, [judged("a", [1.0])])
    assert not view.judged
    assert view.rows[0].verdict is Verdict.UNSURE
    assert view.document()["rows"][0]["baseline"] is None
    assert not view.fails(strict=True)


def test_the_document_is_json_without_rounding():
    view = check_view("a" * 40, [judged("a", [*BEFORE, 1 / 3])])
    document = json.loads(json.dumps(view.document(), allow_nan=False))
    assert document["rows"][0]["value"] == 1 / 3
    assert document["rows"][0]["delta"] == view.rows[0].delta


def test_nothing_to_judge_says_so():
    assert check_view("a" * 40, []).sentence == "Nothing was measured that a trend could be read from."


def test_a_pinned_baseline_is_named_with_its_date_and_source():
    view = check_view("a" * 40, [judged("a", [1.5], pinned=PIN), judged("b", [1.5])])
    assert view.rows[0].cells[3] == "1.0 s pinned"
    assert view.pins == {"pinned 2026-01-27, perf_baseline.json": ["a time"]}
    rows = view.document()["rows"]
    assert rows[1]["pinned"] is None
    assert rows[0]["pinned"] == {
        "id": "1" * 32,
        "time": "2026-01-27T00:00:00+00:00",
        "source": "perf_baseline.json",
        "revision": None,
        "commit": "abc123",
        "environment": None,
        "author": None,
        "reason": None,
    }
    assert view.judged


def test_a_regression_against_a_pin_fails_wherever_it_began_and_whatever_the_clone_shows():
    view = check_view("a" * 40, [judged("a", [1.5] * 12, pinned=PIN)], certain=False)
    assert view.rows[0].standing
    assert view.rows[0].rule is Rule.FAIL
    assert view.rows[0].cells[6] == "regression, critical, since an earlier commit [fail]"
    assert view.fails(strict=False)
    assert not check_view("a" * 40, [judged("a", [1.0] * 12, pinned=PIN)]).fails(strict=True)


def test_rows_of_one_reason_share_a_line_that_tells_what_could_not_have_shown_and_what_to_do():
    noisy = [1.0, 1.3, 0.8, 1.2, 0.9, 1.1, 0.7, 1.25, 0.85, 1.15, 1.0, 0.75, 1.3, 0.9, 1.1]
    wilder = [value**2 for value in noisy]
    view = check_view("a" * 40, [judged("a", noisy), judged("b", wilder)])
    assert len({row.doubts[-1] for row in view.rows}) == 2
    [(reason, names)] = view.doubts.items()
    assert reason == (
        "its noise hides changes that matter; none of 2 measurements could have shown a change of 10 %, "
        "the worst, b time, not even a doubling: measure them several times, longer, or on a quieter machine"
    )
    assert names == []


def hidden(benchmark, detectable, **levels):
    doubt = wording.doubt_texts(0, unsure=True, detectable=detectable)
    details = RowDetails(threshold=Threshold(**levels))
    return row(benchmark, verdict=Verdict.UNSURE, doubts=doubt, detectable=detectable, details=details)


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (
            [hidden("a", 0.499, fail=0.2)],
            "; a time could not have shown a change of 20 %, only one of ±49.9 % or more: measure it several times, ",
        ),
        (
            [hidden("a", 0.499, fail=0.2), hidden("b", 3.65, fail=0.2), hidden("c", 0.15, fail=0.2)],
            "; 2 of 3 measurements could not have shown a change of 20 %, the worst, b time, not even a doubling: ",
        ),
        (
            [hidden("a", 0.499, warn=0.05, fail=0.3), hidden("b", 0.51, fail=0.2)],
            "; none of 2 measurements could have shown a change of 5 % to 20 %, the worst, b time, only one of ±51.0 %",
        ),
        ([hidden("a", 0.12, fail=0.2), hidden("b", 0.15, fail=0.2)], "; would see ±15.0 % or more"),
        ([hidden("a", 0.12)], "; a time could not have shown a change of 10 %, only one of ±12.0 % or more: "),
    ],
)
def test_what_noise_hides_is_told_against_what_the_rules_should_see(rows, told):
    view = CheckView(sha="a" * 40, rows=tuple(rows), counts=Counts(unsure=len(rows)), sentence="")
    [(reason, names)] = view.doubts.items()
    assert reason.startswith(f"its noise hides changes that matter{told}")
    assert bool(names) == ("would see" in told)


def test_the_change_that_is_named_is_the_largest_as_its_verdict_goes():
    """Where many runs show what this one does not, the level's delta counts, and is told beside the run's own."""
    told = worse("told", delta=-0.056, details=RowDetails(level=0.4))
    smaller = worse("smaller", delta=0.2, rule=Rule.FAIL)
    assert largest([smaller, told]) is told
    assert told.cells[4] == "level +40.0 %, this run −5.6 %"
    assert largest([row("same")]) is None


def test_what_is_told_from_the_machine_only_now_fails_here_unless_this_run_is_no_worse():
    """It began earlier, as its commit's page says, and failed nowhere yet."""
    late = replace(judged("late", [*BEFORE, *[1.5] * 8]), told_now=True)
    view = check_view("a" * 40, [late])
    assert (view.counts.regression, view.counts.standing) == (0, 1)
    assert view.rows[0].cells[-1] == "regression, critical, since an earlier commit, told only now [fail]"
    assert "1 earlier regression could not be told from the machine before." in view.sentence
    well = replace(late, judgement=replace(late.judgement, deltas=np.full(18, -0.05)))
    assert check_view("a" * 40, [well]).rows[0].rule is Rule.WARN


def test_a_point_back_from_a_regression_is_named_with_the_step():
    back = replace(judged("back", [*BEFORE, 1.0]), mended=-0.333)
    view = check_view("a" * 40, [back])
    assert view.sentence.startswith("No change in 1 measurement. Back from an earlier regression: back (−33.3 %).")
    assert view.rows[0].cells[-1] == "no-change, back from a regression"
    assert view.document()["rows"][0]["mended_delta"] == -0.333
