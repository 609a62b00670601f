"""What changed between two positions is one answer, whichever page tells it."""

from __future__ import annotations

import csv
import io

import pytest

from perfsite.report.spans import Span, span_of_release
from perfsite.report.summary_records import csv as summary_csv

RELEASE = 25


@pytest.fixture(scope="module")
def report(make_run, make_report):
    """Return a report of 60 days with releases at the 26th and at the newest, in which much happened in between."""

    def level(group: str, k: int, i: int) -> float:
        if group == "json":
            return 1.2 + k / 100 if i >= 40 else 1.0
        if group == "xml" and k == 1:
            return 0.7 if i >= 30 else 1.0
        if group == "xml" and k == 2:
            return 1.5 if 30 <= i < 45 else 1.0
        return 1.4 if group == "late" and k == 0 and i == 59 else 1.0

    runs = [
        make_run(
            i,
            {
                f"{group}/{k}": level(group, k, i) * (1 + ((i * 7 + k * 3) % 5 - 2) / 500)
                for group in ("json", "xml", "late")
                for k in range(4)
            },
        )
        for i in range(60)
    ]
    return make_report(runs, releases=[(RELEASE, "v1.0"), (59, "v1.1")])


def test_overview_summary_and_release_say_the_same_of_the_same_time(report):
    period = next(one for one in report.overview.periods if one.name == "release")
    summary = report.summary_of(span_of_release(RELEASE, "v1.0"))
    release = next(view for view in report.releases() if view.tag == "v1.1")
    assert period.title == "In v1.1"
    assert (period.worse, period.better) == (summary.worse_count, summary.better_count)
    assert (period.worse, period.better) == (release.worse_count, release.better_count) == (5, 1)
    assert f"Of {summary.period.compared} series that compare, 5 got worse and 1 got better" in summary.changed
    assert "5 series worse, 1 better" in period.sentence
    assert "5 series regressed, 1 improved" in release.sentence
    rows = {row.benchmark: row for row in (*release.worse, *release.better)}
    assert period.rises
    for row in (*period.falls, *period.rises):
        same = rows[row.benchmark]
        assert (row.before, row.after, row.delta, row.interval) == (
            same.before, same.after, same.delta, same.interval,
        )  # fmt: skip
    for row in (*summary.worse, *summary.better):
        same = rows[row.benchmark]
        assert (row.change.text, row.change.interval, row.commit) == (same.delta, same.interval, same.commit)


def test_groups_are_the_same_groups_with_the_same_means(report):
    summary = report.summary_of(span_of_release(RELEASE, "v1.0"))
    release = next(view for view in report.releases() if view.tag == "v1.1")
    means = {row.name: (row.delta, row.interval, row.state, row.worse, row.better) for row in release.groups}
    assert set(means) == {"json", "xml", "late"} == {group.name for group in report.overview.groups}
    for row in summary.groups:
        assert (row.text, row.interval, row.verdict, row.worse, row.better) == means[row.name]
    names = [row[1] for row in csv.reader(io.StringIO(summary_csv(summary))) if row[0] == "group"]
    assert sorted(names) == sorted(means)


def test_thirty_days_are_the_same_days_in_groups_series_and_summary(report):
    summary = report.summary
    groups = {group.name: group for group in report.overview.groups}
    for row in summary.groups:
        told = groups[row.name]
        assert (told.change, told.interval, told.change_state) == (row.text, row.interval, row.verdict)
    trends = {row.benchmark: row.trend for row in report.overview.rows}
    for row in (*summary.worse, *summary.better):
        assert trends[row.benchmark] == row.change.text


def test_what_came_back_is_back_and_what_only_the_newest_run_shows_is_told_last(report):
    found = report.context.since(RELEASE)
    assert found.came_back() == 1
    period = next(one for one in report.overview.periods if one.name == "release")
    assert (period.back, period.falls[-1].benchmark, period.falls[-1].stage) == (1, "late/0", "suspected")
    assert report.summary_of(span_of_release(RELEASE, "v1.0")).suspected == 1


def test_one_position_has_one_level_whatever_it_is_compared_with(report):
    context = report.context
    one, other = context.differences.between(30, 45), context.differences.between(45, 59)
    assert (one.new.logs == other.old.logs).all()
    nothing = report.summary_of(Span(start=59, title="nothing"))
    assert nothing.period.compared == 0
    assert nothing.changed.startswith("Nothing can be compared")
