"""Deciding about baselines with the real command and real git: accepted, pinned, taken back."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from perfsite.history.branch import BranchStore
from perfsite.history.events import decode, encode
from perfsite.history.store import DirectoryStore
from perfsite.model.run import Columns, Commit, Direction, Environment, Measurement, Metric, Run, Source

pytestmark = pytest.mark.slow
START = datetime(2026, 1, 1, tzinfo=UTC)
SECONDS = Metric(name="time", unit="s", direction=Direction.LOWER)
WAVE = (0.0, 0.1, -0.1, 0.05, -0.05)
EVENTS = "history/events.jsonl"


def measure(place, levels, *, start: int = 0, dirty: bool = False, names=("work",), store=None) -> list[str]:
    """Record a commit for each level, in seconds, a little noise on it; return the shas."""
    runs, shas = [], []
    for i, level in enumerate(levels, start=start):
        time = START + timedelta(hours=i)
        sha = place.commit(f"c{i}", i)
        shas.append(sha)
        rows = [Measurement(benchmark=name, metric=SECONDS, value=level + WAVE[i % 5]) for name in names]
        runs.append(
            Run(
                time=time,
                commit=Commit(sha=sha, time=time, dirty=dirty),
                environment=Environment(name="ci"),
                source=Source(format="table"),
                measurements=Columns.of(rows),
            )
        )
    (store or DirectoryStore(place.path / "history")).append(runs)
    return shas


@pytest.fixture
def project(place):
    made = place()
    made.git("config", "user.name", "Ada Example")
    return made


def events(place) -> list[dict]:
    file = place.path / EVENTS
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []


def row(place, name: str = "work") -> dict:
    done = place.perfsite("check", "--json")
    assert "Traceback" not in done.err
    return next(one for one in json.loads(done.out)["rows"] if one["benchmark"] == name)


def baseline(place, *options: str) -> dict:
    return json.loads(place.good("baseline", "list", "--json", *options))["baselines"][0]


def test_accepting_ends_a_standing_regression_and_says_who_and_why(project):
    shas = measure(project, [10] * 15 + [13] * 10)
    assert (row(project)["verdict"], row(project)["standing"]) == ("regression", True)
    said = project.good("baseline", "accept", shas[15][:10], "--reason", "checks its <input> now")
    assert "1 regression accepted as the new normal, written to history/events.jsonl" in said
    assert f"work time in ci: +30.0 % since {shas[15][:8]}" in said
    (event,) = events(project)
    assert (event["author"], event["reason"], event["commit"]) == ("Ada Example", "checks its <input> now", shas[15])
    assert row(project)["verdict"] == "no-change"
    assert project.perfsite("check").code == 0
    listed = baseline(project, "--history")
    assert listed["baseline"]["kind"] == "accepted"
    assert listed["baseline"]["why"] == "a worse level was accepted by Ada Example: checks its <input> now"
    assert [version["kind"] for version in listed["history"]] == ["automatic", "accepted"]
    measure(project, [17] * 6, start=25)
    assert row(project)["verdict"] == "regression"


def test_without_a_commit_every_open_regression_is_accepted_where_it_began(project):
    shas = measure(project, [10] * 15 + [13] * 10)
    project.good("baseline", "accept", "--reason", "wanted")
    assert [event["commit"] for event in events(project)] == [shas[15]]
    again = project.perfsite("baseline", "accept", "--reason", "wanted")
    assert again.code == 2
    assert "there is no regression open among 1 series" in again.err


def test_a_commit_that_was_not_measured_stands_for_the_next_that_was(project):
    measure(project, [10] * 15)
    culprit = project.commit("slower", 15)
    shas = measure(project, [13] * 10, start=16)
    project.good("baseline", "accept", culprit, "--reason", "wanted")
    assert events(project)[0]["commit"] == shas[0]
    assert row(project)["verdict"] == "no-change"


def test_a_regression_of_this_very_commit_can_be_accepted_and_then_fails_no_rule(project):
    shas = measure(project, [10] * 15 + [13])
    assert project.perfsite("check").code == 1
    project.good("baseline", "accept", shas[-1], "--reason", "wanted")
    done = project.perfsite("check")
    assert done.code == 0
    assert "accepted as the new normal" in done.err
    measure(project, [13], start=16)
    assert row(project)["verdict"] == "unsure"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["accept"], "a worse level is accepted for a reason"),
        (["accept", "--reason", " "], "a worse level is accepted for a reason"),
        (["accept", "nowhere", "--reason", "x"], "there is no commit or tag 'nowhere'"),
        (["accept", "--reason", "x", "--benchmark", "Work*"], "no series is selected by benchmark Work*"),
        (["accept", "--reason", "x"], "there is no regression open"),
        (["pin", "v9"], "there is no commit or tag 'v9'"),
        (["pin", "..HEAD"], "expected FROM..TO"),
        (["pin", "HEAD..HEAD~3"], "is newer than"),
        (["unpin"], "nothing is pinned for every series"),
        (["withdraw", "abcd"], "no decision about baselines has an id that begins with 'abcd'"),
    ],
)
def test_wrong_calls_say_what_to_do_and_store_nothing(project, arguments, said):
    measure(project, [10] * 8)
    done = project.perfsite("baseline", *arguments)
    assert done.code == 2, done.err
    assert said in done.err
    assert "hint:" in done.err
    assert events(project) == []


def test_nobody_decides_without_a_name(place):
    made = place()
    measure(made, [10] * 8)
    done = made.perfsite("baseline", "pin", "HEAD")
    assert done.code == 2
    assert "git config user.name" in done.err
    made.good("baseline", "pin", "HEAD", "--author", "Bob")
    assert events(made)[0]["author"] == "Bob"


def test_a_tag_is_pinned_with_its_value_which_stays_when_the_tag_moves(project):
    measure(project, [10] * 10)
    project.git("tag", "v1", "HEAD~4")
    said = project.good("baseline", "pin", "v1", "--reason", "promised")
    assert "1 baseline pinned to v1, written to history/events.jsonl" in said
    (event,) = events(project)
    assert (event["revision"], event["environment"]) == ("v1", "ci")
    assert (event["values"][0]["value"], event["values"][0]["points"]) == (10.0, 1)
    measure(project, [12] * 8, start=10)
    assert (row(project)["baseline"], row(project)["verdict"]) == (10.0, "regression")
    project.git("tag", "-f", "v1", "HEAD")
    assert row(project)["baseline"] == 10.0
    assert project.perfsite("check").code == 1
    assert "pinned " in project.perfsite("check").err
    assert "v1, by Ada Example" in project.perfsite("check").err
    project.good("baseline", "unpin", "--reason", "over")
    assert row(project)["baseline"] == pytest.approx(10.0, abs=0.1)
    listed = baseline(project, "--history")
    assert [version["kind"] for version in listed["history"]] == ["automatic", "pinned", "automatic"]
    assert listed["history"][-1]["why"] == "the pin was withdrawn by Ada Example: over"


def test_a_window_is_pinned_with_the_mean_of_its_points_that_may_be_a_baseline(project):
    shas = measure(project, [10] * 5)
    measure(project, [50] * 2, start=5, dirty=True)
    measure(project, [10] * 5, start=7)
    project.good("baseline", "pin", f"{shas[0]}..HEAD")
    (event,) = events(project)
    assert event["values"][0]["value"] == pytest.approx(10.0, abs=0.05)
    assert event["values"][0]["points"] == 10
    assert event["commit"].startswith(f"{shas[0]}..")
    assert baseline(project)["baseline"]["why"].startswith(f"pinned to {shas[0]}..HEAD by Ada")


def test_a_pin_is_withdrawn_by_its_id_and_the_one_before_it_counts_again(project):
    measure(project, [10] * 8 + [11] * 8)
    project.good("baseline", "pin", "HEAD~12")
    project.good("baseline", "pin", "HEAD")
    first, second = (event["values"][0]["value"] for event in events(project))
    assert row(project)["baseline"] == second
    identity = json.loads((project.path / EVENTS).read_text().splitlines()[1])["id"]
    said = project.good("baseline", "withdraw", identity[:8])
    assert "the pin of Ada Example" in said
    assert row(project)["baseline"] == first


def test_a_withdrawn_acceptance_opens_the_regression_again(project):
    measure(project, [10] * 15 + [13] * 10)
    project.good("baseline", "accept", "--reason", "wanted")
    project.good("baseline", "withdraw", events(project)[0]["id"])
    assert (row(project)["verdict"], row(project)["standing"]) == ("regression", True)


def test_globs_decide_for_the_series_they_select_only(project):
    measure(project, [10] * 15 + [13] * 10, names=("parse/json", "sort"))
    project.good("baseline", "accept", "--benchmark", "parse/*", "--reason", "wanted")
    assert (row(project, "parse/json")["verdict"], row(project, "sort")["verdict"]) == ("no-change", "regression")


def test_what_was_decided_for_a_benchmark_that_is_renamed_is_told(project):
    measure(project, [10] * 15 + [13] * 10, names=("old",))
    project.good("baseline", "accept", "--benchmark", "old", "--reason", "wanted")
    project.good("baseline", "pin", "HEAD", "--benchmark", "old")
    lines = (project.path / "history/ci/2026-01.jsonl").read_text()
    (project.path / "history/ci/2026-01.jsonl").write_text(lines.replace('"old"', '"new"'))
    said = project.perfsite("check").err
    assert "for benchmark old, but no series of the history is meant by that" in said
    assert "pinned, but no series has that benchmark, metric and unit: old time (s)" in said


def test_hostile_names_and_reasons_are_shown_and_not_obeyed(project):
    name = "a\x1b[31m<b>\u202e|`x`"
    measure(project, [10] * 15 + [13] * 10, names=(name,))
    reason = "\x1b]0;pwned\x07<script>alert(1)</script>\n| row |"
    project.good("baseline", "accept", "--reason", reason, "--author", "<i>\x07Eve</i>")
    shown = project.good("baseline", "list", "--history")
    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert events(project)[0]["reason"] == reason
    project.good("build")
    for page in (project.path / "site").rglob("index.html"):
        html = page.read_text(encoding="utf-8")
        assert "<script>alert" not in html
        assert "<i>\x07Eve" not in html
        assert "<i>Eve" not in html
        assert "<i> Eve" not in html


def test_two_people_decide_at_once_and_both_lines_are_kept(project):
    measure(project, [10] * 12)
    commands = [
        [sys.executable, "-m", "perfsite", "baseline", "pin", f"HEAD~{i}", "--author", who]
        for i, who in enumerate(["Ada", "Bob"])
    ]
    running = [subprocess.Popen(one, cwd=project.path, stdout=subprocess.PIPE) for one in commands]
    for process in running:
        process.communicate(timeout=60)
    assert [process.returncode for process in running] == [0, 0]
    told = events(project)
    assert sorted(event["author"] for event in told) == ["Ada", "Bob"]
    newest = max(told, key=lambda event: event["time"])
    assert row(project)["baseline"] == newest["values"][0]["value"]


def test_decisions_are_pushed_onto_the_history_branch_and_another_clone_sees_them(project, place, clone):
    origin = place("origin.git", git=False)
    origin.git("init", "-q", "--bare", "--initial-branch=main")
    project.git("remote", "add", "origin", f"file://{origin.path}")
    shas = measure(project, [10] * 12, store=BranchStore(project.path))
    project.git("push", "-q", "origin", "main")
    said = project.good("baseline", "pin", "HEAD", "--push")
    assert "written to branch perf-history of origin" in said
    assert events(project) == []
    assert row(project)["pinned"]["author"] == "Ada Example"
    other = clone(origin, "other")
    other.good("baseline", "pin", shas[3], "--push", "--author", "Bob")
    stored = [json.loads(line) for line in origin.git("show", "perf-history:events.jsonl").splitlines()]
    assert [event["author"] for event in stored] == ["Ada Example", "Bob"]
    assert row(project)["baseline"] == stored[1]["values"][0]["value"]


def test_a_list_of_baselines_tells_their_quality(project):
    measure(project, [10] * 12)
    measure(project, [10] * 2, start=12, dirty=True)
    shown = project.good("baseline", "list")
    assert "v1 automatic" in shown
    quality = baseline(project)["quality"]
    assert (quality["word"], quality["points"], quality["left_out"]) == ("good", 12, 0)
    assert quality["lower"] < 10 < quality["upper"]
    assert quality["age_days"] == pytest.approx(2 / 24)


def test_an_imported_history_brings_its_decisions_under_todays_names(project, place):
    measure(project, [10] * 15 + [13] * 10, names=("old",))
    project.good("baseline", "accept", "--reason", "wanted")
    project.good("baseline", "pin", "HEAD")
    other = place("other", git=False)
    source = str(project.path / "history")
    said = other.good("import", "perfsite", source, "--map", "old=new")
    assert "2 decisions written to events.jsonl" in said
    accepted, pinned = events(other)
    assert accepted == events(project)[0]
    assert pinned["values"][0]["benchmark"] == "new"
    assert pinned["id"] != events(project)[1]["id"]
    again = json.loads(place("third", git=False).good("import", "perfsite", source, "--json"))
    assert again["decisions"] == 2


def test_the_site_shows_who_accepted_what_and_every_version_of_a_baseline(project):
    shas = measure(project, [10] * 15 + [13] * 10)
    project.good("baseline", "accept", "--reason", "checks its input now")
    project.good("baseline", "pin", "HEAD", "--reason", "promised")
    project.good("baseline", "unpin", "--author", "Bob")
    project.good("build")
    told = "Accepted as the new normal of 1 series by Ada Example: checks its input now."
    assert told in project.page(f"commits/{shas[15]}")
    assert told not in project.page(f"commits/{shas[16]}")
    (page,) = (project.path / "site" / "benchmarks").glob("work*/index.html")
    text = project.page(page.parent.relative_to(project.path / "site"))
    table = text[text.index("Baselines Series") :]
    for words in (
        "4 accepted",
        "the pin was withdrawn by Bob",
        "3 pinned",
        "pinned to HEAD by Ada Example: promised",
        "2 accepted",
        "a worse level was accepted by Ada Example: checks its input now",
        "1 automatic",
        "the first level",
    ):
        assert words in table
        table = table[table.index(words) :]
    before = project.snapshot("site")
    project.good("build")
    assert project.snapshot("site") == before


def test_a_decision_counts_after_those_before_it_whatever_the_clocks_said(project):
    shas = measure(project, [10.0] * 8)
    assert project.perfsite("baseline", "pin", shas[3]).code == 0
    pinned = decode((project.path / EVENTS).read_text(encoding="utf-8"), where="")
    ahead = encode(replace(pinned, id=None, time=datetime(2126, 1, 1, tzinfo=UTC)))
    (project.path / EVENTS).write_text(ahead.rstrip("\n") + "\n", encoding="utf-8")
    assert project.perfsite("baseline", "unpin").code == 0
    assert row(project)["pinned"] is None


def test_what_is_withdrawn_twice_or_is_not_about_the_series_selected_is_said_so(project):
    shas = measure(project, [10.0] * 8)
    project.perfsite("baseline", "pin", shas[3])
    project.perfsite("baseline", "pin", f"{shas[0]}..{shas[4]}")
    decision = events(project)[-1]["id"]
    wrong = project.perfsite("baseline", "withdraw", decision, "--benchmark", "other")
    assert wrong.code == 2
    assert "is not about benchmark other" in wrong.err
    assert "work time in ci" in project.perfsite("baseline", "withdraw", decision).out
    again = project.perfsite("baseline", "withdraw", decision)
    assert again.code == 2
    assert "was withdrawn already" in again.err
    assert len(events(project)) == 3
    listed = json.loads(project.perfsite("baseline", "list", "--history", "--json").out)["baselines"][0]
    assert [one["kind"] for one in listed["history"]] == ["automatic", "pinned", "pinned", "pinned"]
    assert listed["baseline"]["value"] == pytest.approx(row(project)["baseline"])


def test_what_is_accepted_is_not_accepted_twice(project):
    shas = measure(project, [10.0] * 8 + [13.0] * 8)
    assert project.perfsite("baseline", "accept", shas[8], "--reason", "wanted").code == 0
    again = project.perfsite("baseline", "accept", shas[8], "--reason", "wanted, too")
    assert again.code == 2
    assert "accepted already by Ada Example" in again.err
    assert len(events(project)) == 1
    shown = project.perfsite("incidents", "show", shas[8][:10]).out
    assert "accepted\n" in shown


def test_what_cannot_be_read_is_told_by_every_command_that_judges(project):
    measure(project, [10.0] * 8)
    (project.path / EVENTS).write_text('{"version":1,"type":"baseline-acc', encoding="utf-8")
    calls = (("check",), ("incidents",), ("baseline", "list"), ("thresholds",), ("rejudge", "--diff", "none", "none"))
    for arguments in calls:
        assert "warning: history/events.jsonl:1" in project.perfsite(*arguments).err


def test_a_history_without_runs_is_said_to_be_one(project):
    for arguments in (("baseline", "list"), ("thresholds",), ("baseline", "accept", "--reason", "wanted")):
        done = project.perfsite(*arguments)
        assert done.code == 4
        assert "there is no run yet" in done.err
