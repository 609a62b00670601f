"""The views of a whole site: counts that add up, rows in the order of their urgency, nothing lost."""

import csv
import json
from datetime import UTC, datetime

import numpy as np
import pytest

from perfsite.model.event import BaselinePinned, PinnedValue
from perfsite.model.run import Commit, Direction, Source


def row_of(report, benchmark):
    return next(row for row in report.overview.rows if row.benchmark == benchmark)


def test_the_overview_puts_the_worst_series_first_and_counts_each_once(stepped):
    overview = stepped.overview
    assert [row.benchmark for row in overview.rows] == ["slow", "fast", "same"]
    assert overview.counts.total == overview.series == 3
    assert (overview.counts.standing, overview.counts.regression) == (1, 0)
    assert overview.state == "regression"
    assert overview.sentence.startswith("1 of 3 series regressed; newest: slow +")


def test_recent_changes_name_commit_range_and_size(stepped, make_sha):
    changes = stepped.overview.changes
    assert [(change.benchmark, change.commit.sha) for change in changes] == [
        ("fast", make_sha(25)),
        ("slow", make_sha(20)),
    ]
    slow = changes[1]
    assert (slow.verdict, slow.previous.sha, slow.skipped) == ("regression", make_sha(19), 0)
    assert slow.compare_url == f"https://example.org/o/r/compare/{make_sha(19)}...{make_sha(20)}"
    assert slow.delta.startswith("+50") or slow.delta.startswith("+49")


def test_a_commit_that_changed_many_series_is_one_recent_change(make_run, make_report):
    runs = [
        make_run(i, {name: (size if i >= 15 else 1.0) for name, size in (("a", 1.2), ("b", 3.0), ("c", 0.1))})
        for i in range(25)
    ]
    changes = make_report(runs).overview.changes
    assert [(change.benchmark, change.others) for change in changes] == [("b", 2)]


def test_a_regression_since_when_and_at_which_commit_it_is_new(stepped, make_sha):
    assert row_of(stepped, "slow").since.sha == make_sha(20)
    pages = list(stepped.commits())
    assert [row.benchmark for row in pages[20].rows] == ["slow"]
    assert pages[20].sentence.startswith("1 regression: slow (+")
    assert pages[24].counts.standing == 1
    assert pages[24].rows == ()
    assert "1 earlier regression still open" in pages[24].sentence


def test_a_commits_rows_are_worst_first_and_the_rest_is_counted(make_run, make_report):
    before = dict.fromkeys("abcde", 1.0)
    after = {"a": 1.0, "b": 0.5, "c": 1.3, "d": 2.0, "e": 0.4}
    page = list(make_report([*(make_run(i, before) for i in range(12)), make_run(12, after)]).commits())[12]
    assert [row.benchmark for row in page.rows] == ["d", "c", "e", "b"]
    assert page.rest == page.counts.total - 4 == 1
    assert page.state == "regression"


def test_of_hundreds_of_unsure_measurements_a_page_lists_few_and_counts_the_rest(make_run, make_report):
    names = [f"b{i:03}" for i in range(150)]
    page = next(iter(make_report([make_run(0, dict.fromkeys(names, 1.0))]).commits()))
    assert page.counts.unsure == 150
    assert (len(page.rows), page.more, page.rest) == (4, 146, 146)


def test_a_regression_that_the_newest_run_would_not_show_says_its_level(make_run, make_report):
    noise = np.random.default_rng(5).normal(0, 0.04, 60)
    values = np.where(np.arange(60) < 30, 1.0, 1.12) * (1 + noise)
    values[-1] = 1.03
    row = row_of(make_report([make_run(i, {"a": float(value)}) for i, value in enumerate(values)]), "a")
    assert (row.verdict, row.level) == ("regression", "shown by many runs, not by one: the level is +11.6 %")


def test_neighbours_leave_out_what_is_off_the_trend(make_run, make_report, make_sha):
    runs = [make_run(i, {"a": 1.0}) for i in (1, 2, 4)]
    runs.append(make_run(3, {"a": 9.0}, pull_request=7))
    pages = {page.ref.sha: page for page in make_report(runs).commits()}
    assert pages[make_sha(2)].newer.sha == make_sha(4)
    assert pages[make_sha(4)].older.sha == make_sha(2)
    pull = pages[make_sha(3)]
    assert (pull.older.sha, pull.newer.sha, pull.pull_request) == (make_sha(2), make_sha(4), 7)
    assert pull.counts.total == 1


def test_a_pull_request_on_a_regressed_trend_is_not_told_as_a_regression_of_its_own(make_run, make_report, make_sha):
    runs = [make_run(i, {"a": 1.0 + 0.01 * (i % 3) + 0.5 * (i >= 10)}) for i in range(20)]
    runs += [make_run(21, {"a": 1.51}, pull_request=7), make_run(22, {"a": 1.9}, pull_request=8)]
    pages = {page.ref.sha: page for page in make_report(runs).commits()}
    assert (pages[make_sha(21)].counts.standing, pages[make_sha(21)].counts.regression) == (1, 0)
    assert (pages[make_sha(22)].counts.standing, pages[make_sha(22)].counts.regression) == (0, 1)


def test_a_pull_request_that_came_last_is_not_the_newest_commit(make_run, make_report, make_sha):
    report = make_report([make_run(1, {"a": 1.0}), make_run(2, {"a": 9.0}, pull_request=7)])
    assert report.overview.last.sha == make_sha(1)
    assert next(iter(report.commits())).newer is None


def test_commits_that_were_not_measured_are_counted_between_two(make_run, make_report):
    line = [Commit(sha=f"{i:040x}") for i in range(6)]
    pages = list(make_report([make_run(0, {"a": 1.0}), make_run(5, {"a": 1.0})], line=line).commits())
    assert (pages[1].skipped, pages[0].skipped) == (4, 0)


def test_what_went_missing_is_told_where_it_did(make_run, make_report):
    runs = [make_run(0, {"a": 1.0, "b": 1.0}), make_run(1, {"a": 1.0}), make_run(2, {"a": 1.0, "b": None})]
    pages = list(make_report(runs).commits())
    assert [page.missing for page in pages] == [(), ("b · time · ci",), ("b · time · ci · failed or skipped",)]
    assert pages[2].runs[0].failed == 1


def test_an_environment_that_was_not_run_makes_nothing_missing(make_run, make_report):
    runs = [make_run(0, {"a": 1.0}, environment=name) for name in ("one", "two")] + [
        make_run(1, {"a": 1.0}, environment="one")
    ]
    assert [page.missing_count for page in make_report(runs).commits()] == [0, 0]


def test_a_series_not_measured_for_long_is_retired_and_does_not_count(make_run, make_report):
    runs = [make_run(i, {"a": 1.0, **({"old": 5.0} if i < 5 else {})}) for i in range(20)]
    report = make_report(runs)
    assert row_of(report, "old").retired
    assert report.overview.counts.total == 1
    assert report.overview.rows[-1].benchmark == "old"
    page = next(page for page in report.benchmarks() if page.name == "old")
    assert page.sentence.startswith("Retired: last measured on 2026-01-05")


def test_an_environment_without_runs_for_months_is_retired(make_run, make_report):
    runs = [make_run(i, {"a": 1.0}, environment="gone") for i in range(3)]
    runs += [make_run(i, {"a": 1.0}, environment="here") for i in range(100, 103)]
    rows = {row.environment: row.retired for row in make_report(runs).overview.rows}
    assert rows == {"gone": True, "here": False}


def test_a_project_that_rests_is_not_retired(make_run, make_report):
    assert not any(row.retired for row in make_report([make_run(i, {"a": 1.0}) for i in range(3)]).overview.rows)


@pytest.mark.parametrize("name", ["=cmd()", "+1", "-1", "@x", "\t=x", 'a"b,c\nd'])
def test_csv_cells_never_run_as_formulas_and_stay_one_cell(make_run, make_report, name):
    page = next(iter(make_report([make_run(0, {name: 1.0})]).commits()))
    rows = list(csv.reader(page.csv.splitlines(keepends=True)))
    assert len(rows) == 2
    assert len(rows[1]) == len(rows[0])
    assert rows[1][0] == (name if name[0] == "a" else f"'{name}")


def test_the_documents_of_a_page_agree_with_it(stepped):
    for page in stepped.commits():
        lines = list(csv.DictReader(page.csv.splitlines(keepends=True)))
        assert len(lines) == page.counts.total
        assert sum(line["standing"] == "standing" for line in lines) == page.counts.standing
        new = [line for line in lines if line["verdict"] == "regression" and not line["standing"]]
        assert len(new) == page.counts.regression
    for page in stepped.benchmarks():
        document = json.loads(page.chart)
        assert document["benchmark"] == page.name
        assert len(document["series"][0]["values"]) == page.points == 30


def test_hostile_texts_of_commits_and_sources_stay_one_line_and_link_nowhere(make_run, make_report, make_sha):
    bad = Commit(sha=make_sha(0), subject="a\nb\x1b[31m" + "x" * 900, author="\r\nme")
    source = Source(format="test", tool="t\nu", url="javascript:alert(1)")
    page = next(iter(make_report([make_run(0, {"n\n1": 1.0}, commit=bad, source=source, branch="x\ny")]).commits()))
    assert page.ref.subject.startswith("a b [31mx")
    assert len(page.ref.subject) <= 500
    assert (page.author, page.branch, page.runs[0].source) == ("me", "x y", "t u")
    assert page.runs[0].source_url is None


def test_no_link_is_made_where_the_host_of_the_code_is_not_known(make_run, make_report):
    page = next(iter(make_report([make_run(0, {"a": 1.0}, pull_request=3)]).commits()))
    assert (page.commit_url, page.compare_url, page.pull_request_url) == (None, None, None)


def test_an_empty_history_is_a_report_too(make_report):
    report = make_report([])
    assert report.overview.sentence == "Nothing is measured yet."
    assert (report.overview.last, report.overview.rows, list(report.commits())) == (None, (), [])
    assert report.data.runs == 0


def test_iterating_twice_gives_the_same_pages(stepped):
    assert list(stepped.commits()) == list(stepped.commits())
    assert list(stepped.benchmarks()) == list(stepped.benchmarks())


def test_reruns_of_a_commit_are_all_listed_and_one_point(make_run, make_report):
    report = make_report([make_run(0, {"a": 1.0}, id="1"), make_run(0, {"a": 3.0}, id="2")])
    page = next(iter(report.commits()))
    assert (len(page.runs), page.counts.total, report.overview.runs) == (2, 1, 2)
    assert report.overview.rows[0].current == "2 s"


def test_environments_tell_their_newest_facts(make_run, make_report):
    runs = [make_run(i, {"a": 1.0}, facts={"memory.bytes": 2**33, "ci": True, "kernel": f"6.{i}"}) for i in range(2)]
    one = make_report(runs).overview.environments[0]
    assert dict(one.facts) == {"ci": "yes", "kernel": "6.1", "memory": "8.0 GiB"}
    assert (one.runs, one.commits, one.first, one.last) == (2, 2, "2026-01-01", "2026-01-02")


@pytest.fixture
def pins():
    value = PinnedValue(benchmark="a", metric="time", unit="s", direction=Direction.LOWER, value=1.0)
    return (BaselinePinned(time=datetime(2026, 1, 27, tzinfo=UTC), values=(value,), source="<b>.json"),)


def test_a_pinned_baseline_is_told_on_the_pages_of_its_series_only(make_run, make_report, pins):
    site = make_report([make_run(i, {"a": 1.5, "b": 1.5}) for i in range(8)], events=pins)
    pinned, own = row_of(site, "a"), row_of(site, "b")
    assert (pinned.pinned, pinned.baseline, pinned.delta, pinned.verdict) == (
        "pinned 2026-01-27, <b>.json",
        "1.0 s",
        "+50.0 %",
        "regression",
    )
    assert (own.pinned, own.verdict) == ("", "no-change")
    pages = {page.name: page for page in site.benchmarks()}
    assert "against a pinned baseline of 1.0 s (+50.0 %, noise ±0.0 %) since" in pages["a"].sentence
    assert json.loads(pages["a"].chart)["series"][0]["pinned"] == "pinned 2026-01-27, <b>.json"
    assert "pinned" not in json.loads(pages["b"].chart)["series"][0]
    assert [one.get("pinned") for one in site.series_index["series"]] == ["pinned 2026-01-27, <b>.json", None]
    first, *later = site.commits()
    assert [(row.benchmark, row.pinned) for row in first.rows if row.verdict == "regression"] == [
        ("a", "pinned 2026-01-27, <b>.json")
    ]
    assert all(page.counts.standing == 1 for page in later)


def test_a_pull_requests_run_is_held_against_the_pin(make_run, make_report, pins):
    trend = [make_run(i, {"a": 1.0 + i % 3 / 100}) for i in range(9)]
    site = make_report([*trend, make_run(20, {"a": 1.5}, pull_request=7)], events=pins)
    row = list(site.commits())[-1].rows[0]
    assert (row.verdict, row.baseline, row.pinned) == ("regression", "1.0 s", "pinned 2026-01-27, <b>.json")
