"""Gathering and checking: the line of commits that a contender stands at the end of."""

import json

import pytest

from perfsite.errors import HistoryError
from perfsite.workflow.check import CheckWish, check
from perfsite.workflow.gather import gather
from perfsite.workflow.project import open_project
from perfsite.workflow.record import Wish, record


def recorded(repository, seconds, *, environ=None, commit=None):
    file = repository.path / ".git" / "bench.json"
    file.write_text(json.dumps({"results": [{"command": "work", "times": [seconds]}]}), encoding="utf-8")
    record(open_project(repository.path), [file], Wish(environment="desk", commit=commit), environ or {})
    return file


def judged(repository, seconds, environ=None):
    file = repository.path / ".git" / "contender.json"
    file.write_text(json.dumps({"results": [{"command": "work", "times": [seconds]}]}), encoding="utf-8")
    return check(open_project(repository.path), [file], CheckWish(environment="desk"), environ or {})


@pytest.fixture
def steady(repository):
    """Return a repository with twelve commits on main, all at about 1 s."""
    (repository.path / ".git" / "info" / "exclude").write_text("history\n", encoding="utf-8")
    for i in range(12):
        repository.commit(f"c{i}")
        recorded(repository, 1 + (i % 3 - 1) / 100)
    return repository


def test_the_baseline_of_a_branch_is_the_level_at_its_merge_base(steady):
    steady.git("switch", "--quiet", "--create", "topic")
    topic = steady.commit("topic")
    steady.git("switch", "--quiet", "main")
    for i in range(10):
        steady.commit(f"slow {i}")
        recorded(steady, 3.0)
    steady.git("switch", "--quiet", "topic")
    view = judged(steady, 1.5).view
    assert view.sha == topic
    assert view.rows[0].baseline == pytest.approx(1, rel=0.02)
    assert view.fails(strict=False)


def test_after_merging_main_the_branch_is_compared_with_the_new_level(steady):
    steady.git("switch", "--quiet", "--create", "topic")
    steady.commit("topic")
    steady.git("switch", "--quiet", "main")
    for i in range(10):
        steady.commit(f"fast {i}")
        recorded(steady, 0.5)
    steady.git("switch", "--quiet", "topic")
    assert judged(steady, 1.0).view.rows[0].verdict == "no-change"
    steady.git("-c", "user.name=a", "-c", "user.email=a@b", "merge", "--quiet", "-m", "main", "main")
    assert judged(steady, 1.0).view.rows[0].verdict == "regression"


def test_a_contender_in_the_past_is_judged_by_its_past_only(steady):
    for i in range(5):
        steady.commit(f"slow {i}")
        recorded(steady, 3.0)
    steady.git("checkout", "--quiet", "--detach", "HEAD~6")
    assert judged(steady, 1.0).view.rows[0].verdict == "no-change"


def test_stored_runs_of_the_same_commit_are_judged_with_the_file(steady):
    steady.commit("contender")
    recorded(steady, 1.0)
    view = judged(steady, 3.0).view
    assert view.rows[0].value == 2.0


def test_checking_a_file_leaves_the_history_as_it_is(steady):
    steady.commit("contender")
    before = sorted((path, path.stat().st_mtime_ns) for path in (steady.path / "history").rglob("*"))
    judged(steady, 3.0)
    assert sorted((path, path.stat().st_mtime_ns) for path in (steady.path / "history").rglob("*")) == before


def test_the_newest_commit_of_a_pull_request_is_not_the_newest_run(steady):
    newest = steady.head
    environ = {"GITHUB_REF": "refs/pull/3/merge"}
    recorded(steady, 9.0, environ=environ, commit="f" * 40)
    assert check(open_project(steady.path), [], CheckWish(), {}).view.sha == newest


def test_a_history_of_pull_requests_only_has_nothing_to_judge(repository):
    recorded(repository, 1.0, environ={"GITHUB_REF": "refs/pull/3/merge"})
    with pytest.raises(HistoryError, match="no run to judge"):
        check(open_project(repository.path), [], CheckWish(), {})


def test_a_tested_merge_is_compared_with_the_level_of_its_target(steady):
    first = steady.git("rev-list", "--max-parents=0", "HEAD")
    for i in range(12):
        steady.commit(f"faster {i}")
        recorded(steady, 0.5 + (i % 3 - 1) / 200)
    steady.git("checkout", "--quiet", "-b", "topic", first)
    head = steady.commit("topic", files={"topic.py": "x"})
    steady.git("checkout", "--quiet", "--detach", "main")
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    steady.git(*identity, "merge", "--quiet", "--no-ff", "--message", "merge", "topic")
    event = steady.path / ".git" / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": 7, "head": {"sha": head}}}), encoding="utf-8")
    done = judged(steady, 0.8, {"GITHUB_REF": "refs/pull/7/merge", "GITHUB_EVENT_PATH": str(event)})
    assert done.view.sha == head
    assert done.view.rows[0].baseline == pytest.approx(0.5, rel=0.02)
    assert done.view.fails(strict=False)
    assert done.notes == ()


def test_uncommitted_changes_are_not_averaged_with_their_commits_runs(steady):
    tracked = steady.commit("with a file", files={"code.py": "x = 1\n"})
    recorded(steady, 1.0)
    (steady.path / "code.py").write_text("x = 2\n", encoding="utf-8")
    done = judged(steady, 1.35)
    assert done.view.sha == tracked
    assert done.view.rows[0].value == 1.35
    assert done.view.fails(strict=False)


def test_what_was_measured_before_and_is_gone_is_told(steady):
    file = steady.path / ".git" / "two.json"
    results = [{"command": name, "times": [1.0]} for name in ("work", "rest")]
    steady.commit("two")
    file.write_text(json.dumps({"results": results}), encoding="utf-8")
    record(open_project(steady.path), [file], Wish(environment="desk"), {})
    steady.commit("one")
    notes = judged(steady, 1.0).notes
    assert len(notes) == 1
    assert notes[0].startswith("not measured now, but at ")
    assert notes[0].endswith("in desk: rest")


def test_a_shallow_clone_of_a_branch_asks_the_remote_and_without_one_fails_nothing(steady, make_repository):
    steady.git("branch", "topic", "HEAD~6")
    for i in range(12):
        steady.commit(f"faster {i}")
        recorded(steady, 0.5 + (i % 3 - 1) / 200)
    shallow = steady.path.parent / "shallow"
    steady.git("clone", "--quiet", "--depth", "1", "--branch", "topic", steady.path.as_uri(), str(shallow))
    (shallow / "history").symlink_to(steady.path / "history")
    file = shallow / ".git" / "contender.json"
    file.write_text(json.dumps({"results": [{"command": "work", "times": [1.0]}]}), encoding="utf-8")
    asked = check(open_project(shallow), [file], CheckWish(environment="desk"), {})
    assert (asked.base.sha, asked.notes) == (steady.git("rev-parse", "topic~1"), ())
    steady.git("-C", str(shallow), "remote", "remove", "origin")
    done = check(open_project(shallow), [file], CheckWish(environment="desk"), {})
    assert not done.view.fails(strict=False)
    assert any("git fetch --unshallow" in note for note in done.notes)


def test_another_environment_names_those_that_the_history_has(steady):
    file = steady.path / ".git" / "contender.json"
    file.write_text(json.dumps({"results": [{"command": "work", "times": [3.0]}]}), encoding="utf-8")
    notes = check(open_project(steady.path), [file], CheckWish(environment="other"), {}).notes
    assert notes[0] == "the history has no run of other, only of desk; --environment names another"


def test_a_tested_merge_whose_head_no_clone_knows_is_judged(steady):
    event = steady.path / ".git" / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": 3, "head": {"sha": "e" * 40}}}), encoding="utf-8")
    parent = steady.head
    steady.git("checkout", "--quiet", "--detach")
    tree = steady.git("rev-parse", "HEAD^{tree}")
    who = "a <a> 1790000000 +0000"
    merge = f"tree {tree}\nparent {parent}\nparent {'e' * 40}\nauthor {who}\ncommitter {who}\n\nm\n"
    made = steady.git("hash-object", "-t", "commit", "-w", "--stdin", text=merge)
    steady.git("update-ref", "--no-deref", "HEAD", made)
    environ = {"GITHUB_REF": "refs/pull/3/merge", "GITHUB_EVENT_PATH": str(event)}
    done = judged(steady, 3.0, environ)
    assert done.view.sha == "e" * 40
    assert done.view.fails(strict=False)
    assert done.notes == ()


def test_a_contender_that_no_clone_knows_says_what_to_fetch(steady):
    file = steady.path / ".git" / "contender.json"
    times = {"min": 3.0, "max": 3.0, "mean": 3.0, "stddev": 0.0, "median": 3.0, "rounds": 1, "iterations": 1}
    benchmark = {"name": "work", "fullname": "work", "stats": times}
    document = {"machine_info": {}, "commit_info": {"id": "e" * 40}, "benchmarks": [benchmark], "version": "5.1"}
    file.write_text(json.dumps(document), encoding="utf-8")
    done = check(open_project(steady.path), [file], CheckWish(environment="desk"), {})
    assert not done.view.fails(strict=False)
    assert any("git fetch origin eeee" in note for note in done.notes)


def test_an_unreadable_line_is_told_by_its_place_in_the_project(steady):
    shard = next((steady.path / "history").rglob("*.jsonl"))
    with shard.open("a", encoding="utf-8") as file:
        file.write("garbage\n")
    problems = gather(open_project(steady.path)).problems
    assert [problem.where for problem in problems] == [f"history/desk/{shard.name}:13"]


def test_a_run_that_git_tracks_does_not_make_the_next_one_dirty(repository):
    repository.commit("first", files={"code.py": "x = 1\n"})
    recorded(repository, 1.0)
    repository.git("add", "history")
    repository.commit("with its history")
    recorded(repository, 1.1)
    recorded(repository, 1.2)
    runs = gather(open_project(repository.path)).timeline
    assert [commit.dirty for commit in runs.commits] == [False, False]
    repository.commit("third", files={"code.py": "x = 2\n"})
    (repository.path / "code.py").write_text("x = 3\n", encoding="utf-8")
    recorded(repository, 1.3)
    assert gather(open_project(repository.path)).timeline.commits[-1].dirty
