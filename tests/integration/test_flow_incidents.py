"""Working through incidents: listed, shown, acknowledged, ignored, reopened, with the culprit's commits and files."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from perfsite.history.store import DirectoryStore
from perfsite.model.run import Columns, Commit, Direction, Environment, Measurement, Metric, Run, Source

pytestmark = pytest.mark.slow
START = datetime(2026, 1, 1, tzinfo=UTC)
TIME = Metric(name="time", unit="s", direction=Direction.LOWER)
WIGGLE = (1.0, 1.004, 0.997, 1.002, 0.996, 1.003, 0.999, 1.001)
HOSTILE = "<script>alert(1)</script>\x1b[31m\u202e`|x`"


def commit_all(project, levels, start):
    """Commit once for each level, all through one process; return the shas, oldest first."""
    stream = []
    for i, level in enumerate(levels, start=start):
        when = int((START + timedelta(days=i)).timestamp())
        text, name = f"change {i}", "fast" if level == 10 else "slow"
        parent = "from refs/heads/main^0\n" if i == start and start else ""
        stream.append(
            f"commit refs/heads/main\ncommitter Ada <ada@example.org> {when} +0000\ndata {len(text)}\n{text}\n"
            f"{parent}M 644 inline src/{name}.py\ndata {len(str(i))}\n{i}\n"
        )
    subprocess.run(["git", "fast-import", "--quiet"], cwd=project.path, input="".join(stream).encode(), check=True)
    project.git("reset", "-q", "--hard", "main")
    return project.git("rev-list", "--reverse", f"-{len(levels)}", "main").split()


def measure(project, levels, *, names=("parse", "write"), skip=(), start=0, factor=1.0):
    """Commit once for each level and record a run there, unless its number is skipped; return the shas."""
    shas = commit_all(project, levels, start)
    runs = []
    for i, (sha, level) in enumerate(zip(shas, levels, strict=True), start=start):
        if i in skip:
            continue
        rows = [
            Measurement(benchmark=name, metric=TIME, value=factor * level * WIGGLE[(i + k) % 8] / 1000)
            for k, name in enumerate(names)
        ]
        time = START + timedelta(days=i)
        runs.append(
            Run(
                time=time,
                commit=Commit(sha=sha, time=time, subject=f"change {i}", author="Ada"),
                environment=Environment(name="ci"),
                source=Source(format="test"),
                measurements=Columns.of(rows),
                branch="main",
            )
        )
    DirectoryStore(project.path / "history").append(runs)
    return shas


@pytest.fixture
def project(place):
    made = place("project")
    made.git("config", "user.name", "Ada Example")
    return made


def events(project):
    file = project.path / "history" / "events.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def listed(project, *more):
    return json.loads(project.good("incidents", "list", "--json", *more))


def test_an_empty_history_has_no_incident(project):
    assert "Nothing has changed yet" in project.good("incidents")
    assert listed(project) == {"version": 1, "total": 0, "incidents": []}
    failed = project.perfsite("incidents", "ack", "abcdef", "--reason", "why")
    assert (failed.code, "no incident is meant by 'abcdef'" in failed.err) == (2, True)


def test_one_commit_and_two_series_are_one_incident_with_its_files(project):
    shas = measure(project, [10] * 15 + [13] * 10, skip={13, 14})
    told = listed(project)
    (one,) = told["incidents"]
    assert (one["series"], one["state"], one["severity"], one["open"]) == (2, "new", "critical", True)
    assert (one["good"], one["bad"], one["commit"]) == (shas[12], shas[15], shas[15])
    assert one["id"] == shas[15][:10]
    shown = json.loads(project.good("incidents", "show", one["id"][:6], "--json"))
    assert [commit["sha"] for commit in shown["commits"]] == [shas[15], shas[14], shas[13]]
    assert [file["path"] for file in shown["files"]] == ["src/fast.py", "src/slow.py"]
    text = project.good("incidents", "show", one["id"])
    assert "One of 3 commits did it" in text
    assert f"Measure {shas[14][:8]}" in text
    assert one["id"] in project.good("incidents")


def test_acknowledged_ignored_and_reopened_are_events_with_author_and_reason(project):
    shas = measure(project, [10] * 15 + [13] * 10)
    identity = listed(project)["incidents"][0]["id"]
    said = project.good("incidents", "ack", identity[:5], "--reason", "issue 7", "--author", "Bob")
    assert f"incident {identity} is acknowledged, written to history/events.jsonl" in said
    assert listed(project)["incidents"][0]["state"] == "acknowledged"
    assert "acknowledged by Bob" in project.good("incidents", "show", identity)
    project.good("incidents", "ignore", shas[15], "--reason", "the runner was replaced")
    told = listed(project)
    assert (told["total"], told["incidents"]) == (1, [])
    assert listed(project, "--all")["incidents"][0]["state"] == "ignored"
    project.good("incidents", "reopen", identity)
    assert listed(project)["incidents"][0]["state"] == "reopened"
    kept = events(project)
    assert [(event["state"], event["author"], event.get("reason")) for event in kept] == [
        ("acknowledged", "Bob", "issue 7"),
        ("ignored", "Ada Example", "the runner was replaced"),
        ("reopened", "Ada Example", None),
    ]
    assert kept[0]["bad"] == shas[15]
    assert [series["benchmark"] for series in kept[0]["series"]] == ["write", "parse"]


def test_a_decision_without_a_reason_or_on_no_incident_is_refused(project):
    measure(project, [10] * 15 + [13] * 10)
    identity = listed(project)["incidents"][0]["id"]
    for call, told in (
        (["ack", identity], "nobody says why"),
        (["ignore", "ffffffffff", "--reason", "why"], "no incident is meant"),
        (["ack", identity, "--reason", "why", "--days", "0"], "--days"),
        (["ack"], "Missing argument"),
    ):
        failed = project.perfsite("incidents", *call)
        assert (failed.code, told in failed.err) == (2, True), failed.err
    assert events(project) == []


def test_runs_that_follow_change_neither_id_nor_decision_and_a_mended_level_is_fixed(project):
    measure(project, [10] * 15 + [13] * 8)
    identity = listed(project)["incidents"][0]["id"]
    project.good("incidents", "ack", identity, "--reason", "known")
    measure(project, [13] * 6, start=23)
    told = listed(project)["incidents"]
    assert [(one["id"], one["state"]) for one in told] == [(identity, "acknowledged")]
    measure(project, [10] * 8, start=29)
    assert listed(project)["incidents"] == []
    states = {one["id"]: one["state"] for one in listed(project, "--all")["incidents"]}
    assert states[identity] == "fixed"


def test_an_accepted_level_closes_its_incident(project):
    measure(project, [10] * 15 + [13] * 10)
    identity = listed(project)["incidents"][0]["id"]
    project.good("baseline", "accept", "--reason", "worth it")
    assert listed(project)["incidents"] == []
    assert listed(project, "--all")["incidents"][0]["id"] == identity


def test_a_decision_on_what_is_gone_is_told_as_a_problem(project):
    measure(project, [10] * 15 + [13] * 10)
    identity = listed(project)["incidents"][0]["id"]
    project.good("incidents", "ack", identity, "--reason", "known")
    file = project.path / "history" / "events.jsonl"
    event = json.loads(file.read_text())
    event["bad"], event["id"] = "0" * 40, "1" * 32
    file.write_text(json.dumps(event) + "\n")
    failed = project.perfsite("incidents")
    assert failed.code == 0
    assert f"incident {identity} was acknowledged on" in failed.err
    project.good("build")
    assert f"incident {identity} was acknowledged" in (project.path / "site/data/index.html").read_text()


def test_the_site_leads_from_overview_commit_and_benchmark_to_the_incident_and_back(project):
    shas = measure(project, [10] * 15 + [13] * 10, names=(HOSTILE, "parse"))
    identity = listed(project)["incidents"][0]["id"]
    project.good("incidents", "ack", identity, "--reason", HOSTILE, "--author", HOSTILE)
    project.good("build")
    site = project.path / "site"
    page = (site / "incidents" / identity / "index.html").read_text()
    assert "acknowledged" in page
    assert "src/slow.py" in page
    for path in ("index.html", "incidents/index.html", f"commits/{shas[15]}/index.html"):
        assert f"incidents/{identity}/" in (site / path).read_text(), path
    benchmark = next((site / "benchmarks").glob("parse*/index.html")).read_text()
    assert f"incidents/{identity}/" in benchmark
    for file in site.rglob("index.html"):
        assert "<script>alert(1)" not in file.read_text(), file
    assert json.loads((site / "data/incidents.json").read_text())["incidents"][0]["id"] == identity


def test_hostile_words_are_shown_and_not_obeyed(project):
    measure(project, [10] * 15 + [13] * 10, names=(HOSTILE, "parse"))
    identity = listed(project)["incidents"][0]["id"]
    project.good("incidents", "ignore", identity, "--reason", HOSTILE, "--author", HOSTILE)
    assert "\x1b" not in project.good("incidents", "--all") + project.good("incidents", "show", identity)
    assert events(project)[0]["reason"] == HOSTILE
