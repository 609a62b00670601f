"""The overview: what changed this week and since a release, groups, what stands for long, what to do."""

from dataclasses import replace

import pytest

from perfsite.config import parse
from perfsite.model.run import Commit
from perfsite.report.build import Report
from perfsite.report.grouping import by_prefix


def wobbled(i):
    return 1 + (i * 7 % 5 - 2) / 500


def history(make_run, days, **levels):
    """Return a run a day; `levels` gives each series' value by day."""
    return [make_run(i, {name: level(i) * wobbled(i) for name, level in levels.items()}) for i in range(days)]


def with_releases(report, *releases):
    judged = report._judged
    return Report(replace(judged, timeline=replace(judged.timeline, releases=releases)))


def step(at, size, back=10**6):
    return lambda i: size if at <= i < back else 1.0


@pytest.fixture(scope="module")
def lately(make_run, make_report):
    levels = {
        "fell": step(36, 1.5),
        "rose": step(37, 0.5),
        "early": step(12, 1.3),
        "there_and_back": step(27, 1.4, 36),
        "same": step(0, 1.0),
    }
    return make_report(history(make_run, 42, **levels))


def period(report, name):
    return next(one for one in report.overview.periods if one.name == name)


def test_this_week_is_that_before_the_newest_commit(lately, make_sha):
    week = period(lately, "week")
    assert [row.benchmark for row in week.falls] == ["fell"]
    assert [row.benchmark for row in week.rises] == ["rose", "there_and_back"]
    assert (week.worse, week.better, week.back) == (1, 2, 0)
    assert week.sentence == "1 series worse, 2 better"
    assert (week.base.sha, week.head.sha) == (make_sha(34), make_sha(41))
    assert week.compare_url == f"compare/?base={make_sha(34)}&head={make_sha(41)}"
    assert "7 measured commits" in week.span
    assert week.falls[0].commit.sha == make_sha(36)
    assert week.falls[0].interval


def test_since_the_last_release_a_series_that_came_back_is_no_change(lately, make_sha):
    report = with_releases(lately, (5, "v0.9"), (25, "v1.0"))
    release = period(report, "release")
    assert release.title == "Since v1.0"
    assert (release.worse, release.better, release.back) == (1, 1, 1)
    assert [row.benchmark for row in release.falls] == ["fell"]
    assert release.base.sha == make_sha(25)
    assert release.release_url in {page.url for page in report.releases()}


def test_a_newest_commit_that_is_a_release_is_held_against_the_one_before(lately, make_sha):
    release = period(with_releases(lately, (25, "v1.0"), (41, "v1.1")), "release")
    assert (release.title, release.base.sha) == ("In v1.1", make_sha(25))
    assert release.span.startswith("against v1.0, released 2026-01-26")


def test_a_first_release_at_the_newest_commit_has_nothing_to_be_held_against(lately):
    assert [one.name for one in with_releases(lately, (41, "v1.0")).overview.periods] == ["week"]


def test_without_a_release_the_month_stands_beside_the_week(make_run, make_report):
    report = make_report(history(make_run, 60, a=step(40, 1.5)))
    week, month = report.overview.periods
    assert (week.sentence, month.name, month.sentence) == ("Nothing changed", "month", "1 series worse")
    assert week.state == "no-change"


def test_a_regression_of_the_newest_run_only_is_told_as_suspected(make_run, make_report):
    report = make_report(history(make_run, 30, a=step(29, 1.5), b=step(0, 1.0)))
    week = period(report, "week")
    assert [(row.benchmark, row.stage) for row in week.falls] == [("a", "suspected")]
    assert week.falls[0].interval.startswith("+49")
    assert report.overview.step.text.startswith("Wait for the next runs")


def test_a_history_younger_than_a_week_is_compared_from_its_beginning(make_run, make_report, make_sha):
    week = period(make_report(history(make_run, 3, a=step(0, 1.0))), "week")
    assert (week.base.sha, week.added) == (make_sha(0), 0)
    alone = period(make_report(history(make_run, 1, a=step(0, 1.0))), "week")
    assert (alone.base, alone.compare_url) == (None, "")


def test_commits_without_a_time_make_one_week(make_run, make_report, make_sha):
    runs = [make_run(i, {"a": 1.0}, commit=Commit(sha=make_sha(i))) for i in range(3)]
    assert [one.name for one in make_report(runs).overview.periods] == ["week"]


def test_series_that_are_new_this_week_are_counted(make_run, make_report):
    runs = [make_run(i, {"a": 1.0, **({"b": 2.0} if i >= 18 else {})}) for i in range(20)]
    assert period(make_report(runs), "week").added == 1


def test_an_old_regression_is_long_standing_until_somebody_decides(make_run, make_report):
    runs = history(make_run, 240, old=step(30, 1.3), fresh=step(230, 1.3), same=step(0, 1.0))
    overview = make_report(runs).overview
    assert {row.benchmark: row.standing for row in overview.rows} == {
        "fresh": "standing",
        "same": "no-change",
        "old": "long-standing",
    }
    assert overview.rows[-1].benchmark == "old"
    assert overview.standings["long-standing"] == 1
    assert overview.sentence.startswith("1 of 3 series regressed; newest: fresh +")
    assert overview.step.text == "Start here:"
    assert "fresh" in overview.step.link


def test_where_only_old_regressions_stand_the_site_is_calm(make_run, make_report):
    overview = make_report(history(make_run, 240, old=step(30, 1.3), same=step(0, 1.0))).overview
    assert overview.sentence == "Nothing regressed lately; 1 series has been worse for over half a year."
    assert overview.state == "unsure"
    assert overview.step.url == "?verdict=long-standing#series"


def test_the_trend_of_a_series_is_that_of_its_level_in_30_days(make_run, make_report):
    runs = history(make_run, 80, moved=step(60, 1.2), before=step(20, 1.2), same=step(0, 1.0))
    late = [make_run(i, {"late": 1.0}, id=f"late-{i}") for i in range(70, 80)]
    rows = {row.benchmark: row.trend for row in make_report([*runs, *late]).overview.rows}
    assert rows["moved"].startswith(("+19", "+20"))
    assert (rows["before"], rows["same"], rows["late"]) == ("steady", "steady", "new")


GROUPS = """
[[groups]]
name = "both"
benchmark = "parse/*"
[[groups]]
name = "both"
benchmark = "write/*"
[[groups]]
name = "odd"
benchmark = "nothing-like-it"
"""


def test_groups_of_the_owner_unite_what_they_select(make_run, make_report):
    names = ("parse/json", "parse/xml", "write/json", "other")
    runs = [make_run(i, dict.fromkeys(names, 1.0)) for i in range(8)]
    overview = make_report(runs, groups=parse(GROUPS, where="x").groups).overview
    (both,) = overview.groups
    assert (both.name, both.kind, both.series) == ("both", "group", 3)
    assert {row.benchmark for row in overview.rows if "both" in row.groups} == set(names[:3])


def test_services_are_groups_too(make_run, make_report):
    settings = parse('[[budgets]]\nservice = "shop"\nbenchmark = "a*"\nmax = 5.0\n', where="x")
    runs = [make_run(i, {"a1": 1.0, "a2": 1.0, "b": 1.0}) for i in range(8)]
    overview = make_report(runs, settings=settings).overview
    assert [(group.name, group.kind, group.series) for group in overview.groups] == [("shop", "service", 2)]
    assert overview.budgets == "All 2 budgets met."


def test_suites_make_groups_where_runs_name_several(make_run, make_report):
    runs = [make_run(i, {name: 1.0}, suite=suite, id=f"{i}-{suite}") for i in range(8) for suite, name in SUITES]
    overview = make_report(runs).overview
    assert [(group.name, group.kind, group.series) for group in overview.groups] == [
        ("micro", "suite", 1),
        ("whole", "suite", 1),
    ]


SUITES = (("micro", "a"), ("whole", "b"))


@pytest.mark.parametrize(
    ("names", "groups"),
    [
        (["a.b.x.1", "a.b.x.2", "a.b.y.1", "a.b.y.2"], {"x": 2, "y": 2}),
        (["tests/test_a.py::one[x/y]", "tests/test_a.py::two", "tests/test_b.py::one", "tests/test_b.py::two"], None),
        (["one", "two", "three"], {}),
        (["only/one", "only/two"], {}),
        (["json:a", "json:b", "xml:a"], {}),
        ([], {}),
    ],
)
def test_names_are_grouped_by_where_they_part(names, groups):
    found = {name: len(numbers) for name, numbers in by_prefix(dict(enumerate(names))).items()}
    assert found == ({"test_a": 2, "test_b": 2} if groups is None else groups)


def test_a_groups_change_is_the_geometric_mean_of_its_levels_and_its_interval_holds_their_spread(make_run, make_report):
    levels = {f"g/{k}": step(60, 1.2 + k / 200) for k in (1, 2, 3)}
    levels |= {"h/a": step(0, 1.0), "h/b": step(60, 0.5)}
    groups = {group.name: group for group in make_report(history(make_run, 80, **levels)).overview.groups}
    assert groups["g"].change_state == "regression"
    assert float(groups["g"].change.split()[0]) == pytest.approx(21, abs=0.5)
    assert groups["g"].interval.startswith("+")
    assert groups["g"].worst.benchmark == "g/3"
    assert groups["h"].change_state == "unsure"  # One halved, one stayed: that says little of others like them.
    assert groups["g"].spark


def test_retired_series_are_in_no_groups_count(make_run, make_report):
    runs = [make_run(i, {"g/a": 1.0, "h/a": 1.0, "h/b": 1.0, **({"g/b": 1.0} if i < 5 else {})}) for i in range(30)]
    overview = make_report(runs).overview
    assert {group.name: group.series for group in overview.groups} == {"g": 1, "h": 2}
    assert overview.standings["retired"] == 1


def test_an_empty_history_has_no_periods_and_one_step(make_report):
    overview = make_report([]).overview
    assert (overview.periods, overview.groups, overview.quality, overview.budgets) == ((), (), "", "")
    assert overview.step.text.startswith("Record a first run")


def test_the_quality_of_the_data_is_told_in_series_that_see_five_percent(make_run, make_report):
    runs = history(make_run, 40, a=step(0, 1.0))
    assert make_report(runs).overview.quality == "1 of 1 series would show a change of 5 % in a single run"


def test_what_a_young_history_shows_is_news_of_the_week_though_nobody_can_be_sure(make_run, make_report):
    week = period(make_report([make_run(i, {"a": 1.0 + (i == 3)}) for i in range(4)]), "week")
    assert [(row.benchmark, row.stage, row.interval) for row in week.falls] == [("a", "too few runs to be sure", "")]
    assert (week.worse, week.state) == (1, "regression")


def test_a_site_that_judges_nothing_says_why(make_run, make_report):
    failed = make_report([make_run(i, {"a": None}) for i in range(2)]).overview
    assert failed.sentence == "No run has measured anything: all failed or were skipped."
    requested = make_report([make_run(0, {"a": 1.0}, pull_request=1)], line=()).overview
    assert requested.sentence.startswith("Nothing is measured on the default branch yet: the one run is of other")
    gone = make_report([make_run(i, {"a" if i < 20 else "b": 1.0 if i < 20 else None}) for i in range(60)]).overview
    assert gone.sentence == "Every series is retired: nothing is measured any more."
    assert len({one.step.text for one in (failed, requested, gone)}) == 3
