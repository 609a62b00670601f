"""What CI has: bare remotes, shallow clones, pull requests; runs arrive on the branch and every clone reads them."""

import json
import os
import subprocess
import sys

import pytest

from perfsite.workflow.project import open_project
from perfsite.workflow.record import Wish, record

pytestmark = pytest.mark.slow
DESK = ("--environment", "desk")


def pushed(place, seconds):
    """Record a run on the history branch and push it, without a process."""
    file = place.write("bench.json", _results(seconds))
    record(open_project(place.path), [file], Wish(environment="desk", push=True), dict(os.environ))


def _results(seconds):
    rows = [{"command": "work", "times": [seconds] * 3, "median": seconds}]
    return json.dumps({"results": rows})


def pull_request(tmp_path, head):
    """Return the variables of a GitHub job for pull request 12."""
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": 12, "head": {"sha": head}}}), encoding="utf-8")
    return {
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_REF": "refs/pull/12/merge",
        "GITHUB_HEAD_REF": "topic",
        "GITHUB_EVENT_PATH": str(event),
    }


@pytest.fixture
def origin(place):
    """Return a bare remote."""
    made = place("origin.git", git=False)
    made.git("init", "-q", "--bare", "--initial-branch=main")
    return made


@pytest.fixture
def developer(origin, clone):
    """Return a clone whose three commits are pushed, each with a run on the history branch: 100, 110, 120 ms."""
    made = clone(origin, "developer")
    for i in range(3):
        made.commit(f"c{i}", i)
        made.git("push", "-q", "origin", "HEAD:main")
        pushed(made, 0.1 + i / 100)
    return made


def test_a_push_is_said_and_leaves_the_clone_as_it_was(developer):
    developer.commit("c3", 3)
    before = (developer.git("for-each-ref"), (developer.path / ".git" / "config").read_bytes())
    answer = developer.good("record", developer.results(work=[0.13]), "--push")
    assert "1 run appended to branch perf-history of origin" in answer
    assert (developer.git("for-each-ref"), (developer.path / ".git" / "config").read_bytes()) == before
    assert not (developer.path / "history").exists()
    assert "0 runs appended" in developer.good("record", "bench.json", "--push")


@pytest.mark.parametrize("options", [(), ("--depth", "1"), ("--single-branch",)], ids=["full", "shallow", "single"])
def test_any_fresh_clone_reads_the_branch(developer, origin, clone, options):
    made = clone(origin, "fresh", *options)
    answer = json.loads(made.good("check", "--json"))
    assert answer["sha"] == developer.git("rev-parse", "HEAD")
    assert [row["value"] for row in answer["rows"]] == [pytest.approx(0.12)]
    assert [row["baseline"] for row in answer["rows"]] == [pytest.approx(0.105)]
    assert made.git("status", "--porcelain") == ""


def test_a_fresh_shallow_clone_builds_all_commits_in_their_order(developer, origin, clone):
    made = clone(origin, "fresh", "--depth", "1")
    assert json.loads(made.good("build", "--json"))["runs"] == 3
    shas = developer.git("rev-list", "--reverse", "main").split()
    assert made.document("data/commits.json")["sha"] == shas


def test_a_run_that_was_just_pushed_is_seen_in_the_same_clone(developer, origin, clone):
    made = clone(origin, "second")
    sha = made.commit("c3", 3)
    pushed(made, 0.13)
    assert json.loads(made.good("check", "--json"))["sha"] == sha


def test_what_one_job_measured_another_one_pushes(developer, tmp_path):
    sha = developer.commit("c3", 3)
    lines = tmp_path / "run.jsonl"
    developer.good("record", developer.results(work=[0.13]), *DESK, "--output", lines)
    assert "1 run written to branch perf-history of origin" in developer.good("import", "perfsite", lines, "--push")
    assert not (developer.path / "history").exists()
    assert json.loads(developer.good("check", "--json"))["sha"] == sha
    assert "0 runs written" in developer.good("import", "perfsite", lines, "--push")
    done = developer.perfsite("import", "perf-baseline", lines, "--push")
    assert done.code == 2
    assert "without --push" in done.err


def test_an_unreachable_remote_costs_its_runs_and_not_the_check(developer):
    developer.good("record", developer.results(work=[0.1]), *DESK)
    developer.git("remote", "set-url", "origin", f"file://{developer.path}/nowhere.git")
    done = developer.perfsite("check")
    assert done.code == 0
    assert "origin/perf-history: cannot be read" in done.err


def test_a_push_to_an_unreachable_remote_stores_nothing_and_exits_4(developer):
    developer.git("remote", "set-url", "origin", f"file://{developer.path}/nowhere.git")
    done = developer.perfsite("record", developer.results(work=[0.1]), "--push")
    assert (done.code, done.out) == (4, "")
    assert "Traceback" not in done.err
    assert not (developer.path / "history").exists()


def test_a_tested_merge_in_a_shallow_clone_is_judged_against_its_target(developer, origin, clone, tmp_path):
    developer.git("switch", "-q", "-c", "topic")
    head = developer.commit("topic", 5)
    developer.git("checkout", "-q", "--detach", "main")
    developer.git("merge", "-q", "--no-ff", "-m", "merge", "topic")
    developer.git("push", "-q", "origin", "HEAD:refs/pull/12/merge")
    made = clone(origin, "runner", "--depth", "1")
    made.git("fetch", "-q", "--depth", "1", "origin", "refs/pull/12/merge")
    made.git("checkout", "-q", "FETCH_HEAD")
    job = pull_request(tmp_path, head)
    done = made.perfsite("check", made.results(work=[0.5] * 3), *DESK, env=job)
    assert done.code == 1
    assert head[:8] in done.out
    assert "fetch" not in done.err
    answer = json.loads(made.good("record", "bench.json", *DESK, "--json", env=job))
    assert answer["runs"][0]["sha"] == head
    assert [file.parent.parent.name for file in (made.path / "history").rglob("*.jsonl")] == ["pull"]
    assert json.loads(made.lines[0])["pull_request"] == 12
    assert json.loads(made.good("check", "--json"))["sha"] != head


def test_a_pull_request_never_becomes_the_first_baseline(project, tmp_path):
    job = pull_request(tmp_path, project.git("rev-parse", "HEAD"))
    done = project.perfsite("check", project.results(work=[0.1]), env=job)
    assert done.code == 0
    assert "a pull request's run never becomes one" in done.err
    assert not (project.path / "history").exists()


def test_a_run_without_a_remote_is_pushed_to_a_branch_of_the_repository(project):
    answer = project.good("record", project.results(work=[0.1]), "--push")
    assert "perf-history (no remote to push to)" in answer
    assert json.loads(project.good("check", "--json"))["rows"][0]["value"] == 0.1


def test_without_git_a_repository_is_an_error_that_says_so_and_a_plain_folder_works(project, place, tmp_path):
    nothing = tmp_path / "nothing"
    nothing.mkdir()
    project.quickly_recorded([0.1])
    done = project.perfsite("check", env={"PATH": str(nothing)})
    assert (done.code, done.out) == (4, "")
    assert "install git" in done.err
    plain = place("plain", git=False)
    for name, content in project.snapshot("history").items():
        plain.write(f"history/{name}", content.decode())
    assert plain.perfsite("check", env={"PATH": str(nothing)}).code == 0


def test_jobs_that_record_at_once_into_one_folder_lose_nothing(project):
    commands = [
        [sys.executable, "-m", "perfsite", "record", project.write(f"{i}/bench.json", _results(0.1 + i))]
        for i in range(6)
    ]
    jobs = [subprocess.Popen(command, cwd=project.path, stdout=subprocess.DEVNULL) for command in commands]
    assert [job.wait(60) for job in jobs] == [0] * 6
    assert sorted(json.loads(line)["measurements"]["value"][0] for line in project.lines) == [0.1 + i for i in range(6)]
