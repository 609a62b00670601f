"""Incidents as people read them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from perfsite.model.alert import AlertState, IncidentNotified, Outcome
from perfsite.model.series import SeriesKey
from perfsite.report.incident_words import confidence_text, name_of

NARROW = "\u00a0"


def steps(make_run, levels, *, names=("parse",), environments=("ci",), hurt=None):
    """Return a run a day whose level follows the list; where `hurt` is given, in that environment only."""
    return [
        make_run(
            i,
            {
                name: (level if hurt in (None, where) else levels[0]) * (1 + 0.004 * ((i * 7 + k) % 5))
                for k, name in enumerate(names)
            },
            environment=where,
        )
        for i, level in enumerate(levels)
        for where in environments
    ]


def test_one_series_is_told_by_its_delta_and_many_by_the_most_and_the_typical(make_run, make_report):
    one = make_report(steps(make_run, [10] * 15 + [13] * 10)).overview.incidents
    assert [line.sentence for line in one] == [f"parse regressed by +30.0{NARROW}%"] or one[0].sentence.startswith(
        "parse regressed by +"
    )
    many = make_report(steps(make_run, [10] * 15 + [13] * 10, names=("a", "b", "c"))).overview.incidents
    assert len(many) == 1
    assert many[0].sentence.startswith("3 series regressed, typically by +")


def test_the_list_folds_what_is_fixed_and_better(make_run, make_report):
    levels = [10] * 15 + [13] * 10 + [10] * 15 + [7] * 10
    view = make_report(steps(make_run, levels)).section("incidents/")
    assert (view.open, view.incidents) == ((), 3)
    assert [(group.title, group.count) for group in view.groups] == [("Fixed", 1), ("Improvements", 2)]
    assert view.sentence.startswith("No incident is open")


def test_nothing_changed_is_said_so(make_report):
    view = make_report([]).section("incidents/")
    assert (view.sentence, view.groups) == ("Nothing has changed yet.", ())


def test_every_incident_is_on_the_list_or_in_one_group(make_run, make_report):
    levels = [10] * 12 + [13] * 12 + [10] * 12 + [12] * 12 + [12] * 180 + [16] * 12
    report = make_report(steps(make_run, levels, names=("a", "b")))
    view = report.section("incidents/")
    listed = [line.id for line in view.open] + [line.id for group in view.groups for line in group.lines]
    assert sorted(listed) == sorted(line["id"] for line in report.incident_index["incidents"])


def test_a_page_names_the_environments_that_saw_nothing(make_run, make_report):
    runs = steps(make_run, [10] * 15 + [13] * 10, environments=("ci", "quiet"), hurt="ci")
    (page,) = make_report(runs, url="https://example.org/r").incidents()
    assert page.elsewhere == "Measured before and after it, and unchanged: the same benchmarks in quiet."
    assert page.next_steps[0].startswith("Look at the machine first")
    assert page.compare_url.startswith("https://example.org/r/compare/")
    assert [commit.likely for commit in page.commits] == [True]


def test_commit_and_change_point_lead_to_the_incident(make_run, make_report):
    report = make_report(steps(make_run, [10] * 15 + [13] * 10))
    (line,) = report.overview.incidents
    commits = {view.ref.sha: [one.id for one in view.incidents] for view in report.commits()}
    assert commits[line.commit.sha] == [line.id]
    assert sum(map(len, commits.values())) == 1
    (benchmark,) = report.benchmarks()
    assert [change.incident for change in benchmark.changes] == [line.url]


def test_a_name_that_turns_the_direction_of_writing_turns_nothing():
    assert name_of("a\u202eb\u2066c", "") == "abc"
    assert len(name_of("x" * 5000, "y" * 500)) < 100


@pytest.mark.parametrize(("given", "told"), [(1.0, "> 99.9 %"), (0.995, "99.5 %"), (float("nan"), "< 1 %")])
def test_a_probability_is_never_told_as_certain(given, told):
    assert confidence_text(given) == told


def test_what_was_mended_soon_is_drawn_until_it_was_over(make_run, make_report, make_sha):
    told = IncidentNotified(
        time=datetime(2026, 3, 1, tzinfo=UTC),
        id="1" * 32,
        incident="abc1234567",
        state=AlertState.CONFIRMED,
        channel="chat",
        outcome=Outcome.SENDING,
        good=make_sha(14),
        bad=make_sha(15),
        series=(SeriesKey(benchmark="parse", metric="time", environment="ci"),),
    )
    report = make_report(steps(make_run, [10] * 15 + [13] * 5 + [10] * 5), events=(told,))
    [page] = [one for one in report.incidents() if one.line.id == "abc1234567"]
    assert page.line.state == "fixed"
    (left, _, _), (start, end, _) = page.chart.before, page.chart.after
    assert left < start < end
    # 25 points from end to end: the level ends with the last of five.
    assert end - start == pytest.approx((start - left) / 14.5 * 4.5, rel=0.02)
