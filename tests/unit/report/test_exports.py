"""What programs read: badges, the feed, every series as CSV, and the summary of a commit."""

import csv
import io
from datetime import timedelta

import pytest

from perfsite.model.incident import IncidentDecided, IncidentState
from perfsite.report.badges import benchmark_badge
from perfsite.report.exports import commit_document


def csv_of(report):
    text = dict(report.documents())["data/series.csv"]
    return list(csv.DictReader(io.StringIO(text)))


def test_every_series_is_a_line_with_numbers_in_base_units(stepped, make_sha):
    lines = {line["benchmark"]: line for line in csv_of(stepped)}
    assert lines.keys() == {"slow", "fast", "same"}
    slow = lines["slow"]
    assert (slow["verdict"], slow["since"], slow["last"]) == ("regression", make_sha(20), make_sha(29))
    assert float(slow["value"]) / float(slow["baseline"]) - 1 == pytest.approx(float(slow["delta"]), rel=1e-4)
    assert (slow["unit"], slow["direction"], slow["points"], slow["retired"]) == ("s", "lower", "30", "no")
    assert float(slow["noise_floor"]) > 0


def test_what_is_not_known_is_empty_and_no_cell_is_a_formula(make_run, make_report):
    (line,) = csv_of(make_report([make_run(0, {"=HYPERLINK(1)": 1.0})]))
    assert line["benchmark"] == "'=HYPERLINK(1)"
    assert (line["delta"], line["noise_floor"], line["since"]) == ("", "", "")


def test_without_a_run_the_table_is_its_head(make_report):
    assert csv_of(make_report([])) == []


def test_the_badge_of_a_site_counts_what_stands(stepped, make_report, make_run):
    health, environment = stepped.badges()
    assert (health.label, health.message, health.state) == ("performance", "1 of 3 regressed", "regression")
    assert (environment.path, environment.label) == ("badges/environments/ci", "ci")
    quiet = make_report([make_run(i, {"a": 1 + (i % 3) / 1000}) for i in range(30)])
    assert [badge.message for badge in quiet.badges()] == ["no regression"] * 2
    young = make_report([make_run(0, {"a": 1.0})])
    assert [(badge.message, badge.state) for badge in young.badges()] == [("too early to tell", "none")] * 2
    assert [badge.message for badge in make_report([]).badges()] == ["not measured"]


def test_the_badge_of_a_benchmark_says_its_value(stepped):
    told = {view.name: benchmark_badge(view.url, view.name, view.rows) for view in stepped.benchmarks()}
    assert told["slow"].path == "benchmarks/slow/badge"
    assert told["slow"].message.startswith("1.5 s (+")
    assert (told["same"].message, told["same"].state) == ("1 s", "good")


def test_the_summary_of_a_commit_says_what_its_page_says(stepped):
    views = list(stepped.commits())
    document = commit_document(views[20])
    assert document["sentence"] == views[20].sentence
    assert document["counts"]["regression"] == 1
    assert [row["benchmark"] for row in document["changed"]] == ["slow"]
    assert [one["url"] for one in document["incidents"]] == [line.url for line in views[20].incidents]
    assert (document["older"], document["newer"]) == (views[19].ref.sha, views[21].ref.sha)
    assert commit_document(views[0])["older"] is None


def test_the_feed_tells_regressions_at_the_time_of_their_commit(stepped):
    feed = stepped.feed
    assert ["slow" in entry.title for entry in feed.entries] == [True]
    (entry,) = feed.entries
    assert entry.published == entry.updated
    assert entry.published.isoformat() == "2026-01-21T00:00:00+00:00"
    assert entry.terms[:2] == ("regression", "new")
    assert feed.updated > entry.updated


def test_a_decision_moves_an_incident_in_the_feed(stepped, make_run, make_report):
    (incident,) = [one for one in stepped._judged.incidents if one.kind == "regression"]
    (before,) = stepped.feed.entries
    when = before.published + timedelta(days=3)
    decided = IncidentDecided(
        id="e1",
        time=when,
        author="Ada",
        reason="wanted",
        incident=incident.id,
        state=IncidentState.ACKNOWLEDGED,
        good=None,
        bad=incident.id,
        series=(),
        size=incident.size,
        members=1,
    )
    from dataclasses import replace

    from perfsite.report.build import Report

    changed = replace(incident, decisions=(decided,), state=IncidentState.ACKNOWLEDGED)
    (after,) = Report(replace(stepped._judged, incidents=(changed,))).feed.entries
    assert (after.key, after.published, after.updated) == (before.key, before.published, when)
    assert after.title.startswith("Acknowledged: ")
    assert "by Ada" in after.summary
