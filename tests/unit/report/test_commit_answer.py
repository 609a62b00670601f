"""What a reader of a commit's page learns first: how far to believe it, and what to do."""

from __future__ import annotations

from dataclasses import replace

from perfsite.model.run import Commit
from perfsite.report.commit_words import DECIDE
from perfsite.report.context import Context

STEADY = [1.0, 1.01, 0.99, 1.0, 1.02, 0.98, 1.0, 1.01, 0.99, 1.0, 1.0, 1.01, 0.99, 1.0, 1.02]


def pages(make_run, make_report, values, **more):
    return list(make_report([make_run(i, {"a": value}) for i, value in enumerate(values)], **more).commits())


def test_a_confirmed_regression_says_so_beside_its_noise_and_how_to_decide(make_run, make_report):
    page = pages(make_run, make_report, [*STEADY, 1.3, 1.31, 1.3, 1.29])[15]
    assert page.answer.headline.startswith("1 regression: a (+")
    assert page.answer.belief[0] == "Later runs stayed at the new level."
    assert page.answer.belief[1].startswith("The first is +")
    assert page.answer.steps == (DECIDE,)
    incident = page.incidents[0].id
    assert page.answer.commands == (
        f'perfsite incidents ack {incident} --reason "…"',
        f'perfsite baseline accept {incident} --reason "…"',
    )


def test_what_one_run_shows_is_suspected_and_to_be_waited_for(make_run, make_report):
    page = pages(make_run, make_report, [*STEADY, 1.3])[-1]
    assert page.answer.belief[0].startswith("Suspected")
    assert page.answer.steps[0].startswith("Wait for the next run, or run it again")


def test_no_change_says_what_it_would_have_seen_and_asks_for_nothing(make_run, make_report):
    page = pages(make_run, make_report, STEADY)[-1]
    assert page.answer.headline == "No change in 1 measurement"
    assert page.answer.belief[0].startswith("A change of ±")
    assert page.answer.steps == page.answer.commands == ()


def test_an_improvement_needs_nobody(make_run, make_report):
    page = pages(make_run, make_report, [*STEADY, 0.7, 0.71, 0.7, 0.69])[15]
    assert page.answer.steps == ("Nothing to do: the better level becomes the baseline by itself.",)


def test_what_is_over_needs_nobody_any_more(make_run, make_report):
    page = pages(make_run, make_report, [*STEADY, *(1.3 * value for value in STEADY), *STEADY])[15]
    assert page.answer.steps == ("Nothing: it is over, see the incident.",)
    assert page.answer.commands == ()


def test_a_pull_request_rests_on_its_own_runs_and_is_judged_against_the_trend(make_run, make_report, make_sha):
    runs = [make_run(i, {"a": value}) for i, value in enumerate(STEADY)]
    page = list(make_report([*runs, make_run(20, {"a": 1.5}, pull_request=7)]).commits())[-1]
    assert (page.is_aside, page.older.sha, page.release) == (True, make_sha(14), None)
    assert page.answer.belief[0].startswith("Rests on the runs of this commit alone")
    assert page.answer.steps[0].startswith("Run it again to be sure.")


def test_commits_that_were_not_measured_share_the_blame(make_run, make_report, make_sha):
    line = [Commit(sha=make_sha(i), time=None) for i in range(21)]
    values = {**dict(enumerate(STEADY)), 20: 1.3}
    runs = [make_run(i, {"a": value}, commit=line[i]) for i, value in values.items()]
    page = list(make_report(runs, line=line, known={one.sha for one in line}).commits())[-1]
    assert page.skipped == 5
    assert any("Look at the 5 commits before it, too" in step for step in page.answer.steps)


def test_a_value_of_several_runs_says_how_far_they_lie_apart(make_run, make_report):
    runs = [make_run(i, {"a": value}) for i, value in enumerate(STEADY)]
    again = [make_run(15, {"a": value}, id=f"again{value}") for value in (1.3, 1.365, 1.31)]
    page = list(make_report([*runs, *again]).commits())[-1]
    assert page.rows[0].runs == "median of 3 runs, 5.0 % apart"
    assert page.reruns == "Each value is the median of its runs, which lie 5.0 % apart."


def test_rows_choose_their_series_by_what_tells_it_from_others(make_run, make_report):
    runs = [
        make_run(i, {"a": 1.0, **({"b": 1.0} if where == "ci" else {})}, environment=where)
        for i in range(3)
        for where in ("ci", "x & y")
    ]
    rows = next(iter(make_report(runs).commits())).rows
    assert {(row.benchmark, row.environment, row.anchor) for row in rows} == {
        ("a", "ci", "environment=ci"),
        ("a", "x & y", "environment=x%20%26%20y"),
        ("b", "ci", ""),
    }


def test_the_first_release_that_holds_a_commit_is_told(make_run, make_report, make_sha):
    line = [Commit(sha=make_sha(i), time=None) for i in range(6)]
    report = make_report([make_run(i, {"a": 1.0}, commit=line[i]) for i in range(6)], line=line)
    timeline = replace(report._judged.timeline, releases=((1, "v1"), (3, "v2 <b>"), (3, "v2.0")))
    context = Context(replace(report._judged, timeline=timeline))
    assert [context.release_of(i) for i in range(6)] == ["v1", "v1", "v2 <b>", "v2 <b>", None, None]


def test_what_failed_is_told_from_what_was_left_out(make_run, make_report):
    runs = [*(make_run(i, {"a": 1.0, "b": 1.0, "c": 1.0}) for i in range(3)), make_run(3, {"a": 1.0, "b": None})]
    assert list(make_report(runs).commits())[-1].missing == ("b · time · ci · failed or skipped", "c · time · ci")
