"""Gathering and checking: the line of commits that a contender stands at the end of."""

import json

import pytest

from perfsite.errors import HistoryError
from perfsite.workflow.check import check
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
    return check(open_project(repository.path), [file], environment="desk", environ=environ or {})


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
    assert check(open_project(steady.path), []).view.sha == newest


def test_a_history_of_pull_requests_only_has_nothing_to_judge(repository):
    recorded(repository, 1.0, environ={"GITHUB_REF": "refs/pull/3/merge"})
    with pytest.raises(HistoryError, match="no run to judge"):
        check(open_project(repository.path), [])


def test_a_contender_that_no_clone_knows_says_what_to_fetch(steady):
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
    assert any("git fetch origin eeee" in note for note in done.notes)


def test_an_unreadable_line_is_told_by_its_place_in_the_project(steady):
    shard = next((steady.path / "history").rglob("*.jsonl"))
    with shard.open("a", encoding="utf-8") as file:
        file.write("garbage\n")
    problems = gather(open_project(steady.path)).problems
    assert [problem.where for problem in problems] == [f"history/desk/{shard.name}:13"]
