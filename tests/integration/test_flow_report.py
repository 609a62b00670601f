"""`perfsite report` in a real repository: every form, every way to name a time, and every way to go wrong."""

from __future__ import annotations

import csv
import io
import json
from html.parser import HTMLParser

import pytest

NAME = "parse <b>|`@ada`"


@pytest.fixture(scope="module")
def reported(session_place):
    """Return a project of 24 commits, of which the fifteenth makes a hostile benchmark slower; tagged before it."""
    project = session_place("reported")
    for i in range(24):
        sha = project.commit(f"c{i}", i * 24)
        if i == 12:
            project.git("tag", "v1.0")
        project.quickly_recorded([(0.2 if i >= 15 else 0.1) * (1 + i * 7 % 5 / 500)], commit=sha, name=NAME)
    return project


def test_the_text_tells_what_happened_and_what_to_do(reported):
    told = reported.good("report")
    assert "1 of 1 series regressed" in told
    assert "1. Look at:" in told
    assert "by Ada Example" in told
    assert "What stands regressed costs" in told
    assert max(map(len, told.splitlines())) <= 80


def test_json_is_one_document_with_a_version_and_both_ways_to_ask_agree(reported):
    told = json.loads(reported.good("report", "--json", "--since", "v1.0"))
    assert told == json.loads(reported.good("report", "--format", "json", "--since", "v1.0"))
    assert (told["version"], told["worse"], told["period"]["commits"]) == (1, 1, 11)
    assert told["moved"][0]["change"] == pytest.approx(1.0, abs=0.02)
    assert told["period"]["title"] == "since v1.0"


class _Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.loads = set(), []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.loads += [
            value for name, value in attrs if name in ("src", "srcset", "data") or (tag, name) == ("link", "href")
        ]


def test_the_mailed_page_is_one_file_that_loads_nothing(reported):
    done = reported.perfsite("report", "-o", "summary.html")
    assert (done.code, done.out) == (0, "")
    page = (reported.path / "summary.html").read_text(encoding="utf-8")
    seen = _Page()
    seen.feed(page)
    assert seen.loads == []
    assert not seen.tags & {"script", "b", "img", "iframe", "form"}
    assert "parse &lt;b&gt;|`@ada`" in page


def test_markdown_and_csv_show_a_hostile_name_as_text(reported):
    told = reported.good("report", "--format", "markdown", "--since", "2026-01-10")
    assert "parse &lt;b&gt;\\|\\`\\@\u200bada\\`" in told
    rows = list(csv.reader(io.StringIO(reported.good("report", "--format", "csv"))))
    assert {len(row) for row in rows} == {13}
    assert NAME in {row[1] for row in rows}


def test_a_time_before_the_first_run_is_all_of_it_and_one_that_is_none_is_refused(reported):
    assert json.loads(reported.good("report", "--json", "--since", "2020-01-01"))["period"]["commits"] == 23
    assert json.loads(reported.good("report", "--json", "--since", "3d"))["period"]["commits"] == 3
    for wrong in ("v9", "2026-02-31", "0d", "yesterday"):
        done = reported.perfsite("report", "--since", wrong)
        assert (done.code, done.out) == (2, "")
        assert "--since" in done.err
    assert "v1.0" in reported.perfsite("report", "--since", "v9").err


def test_a_file_that_cannot_be_written_is_a_failed_delivery_and_two_forms_a_wrong_call(reported):
    assert reported.perfsite("report", "-o", "nowhere/x.md").code == 5
    assert reported.perfsite("report", "--json", "--format", "csv").code == 2


def test_a_project_without_a_run_says_what_to_do(project):
    assert "perfsite record FILE" in project.good("report")


def test_help_has_an_example(project):
    assert "perfsite report --since v1.2" in project.good("report", "--help")
