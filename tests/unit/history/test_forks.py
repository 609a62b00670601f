"""Where commits left the line of a branch."""

import subprocess

import pytest

from perfsite.history.commits import order
from perfsite.history.forks import fork_points


@pytest.fixture
def git(tmp_path):
    def run(*arguments, at=0):
        when = f"2026-01-01T{at:02d}:00:00Z"
        who = {f"GIT_{role}_{key}": "a@b" for role in ("AUTHOR", "COMMITTER") for key in ("NAME", "EMAIL")}
        env = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), **who}
        env |= {"GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when}
        return subprocess.run(
            ["git", *arguments], cwd=tmp_path, env=env, check=True, capture_output=True, encoding="utf-8"
        ).stdout.strip()

    run("init", "-q", "--initial-branch=main")
    for i in range(4):
        run("commit", "-q", "--allow-empty", "-m", f"c{i}", at=i)
    return run


def commit(git, at):
    git("commit", "-q", "--allow-empty", "-m", f"at {at}", at=at)
    return git("rev-parse", "HEAD")


def test_a_branch_left_where_its_first_parent_is(git, tmp_path):
    git("switch", "-q", "-c", "topic", "HEAD~2")
    head = [commit(git, at) for at in (10, 11)][-1]
    assert fork_points(tmp_path, [head], order(tmp_path, "main")) == {head: 1}


def test_a_clock_that_runs_backwards_changes_nothing(git, tmp_path):
    git("switch", "-q", "-c", "topic", "HEAD~1")
    head = commit(git, 0)
    assert fork_points(tmp_path, [head], order(tmp_path, "main")) == {head: 2}


def test_a_merged_branch_began_before_the_merge(git, tmp_path):
    git("switch", "-q", "-c", "topic", "HEAD~2")
    head = commit(git, 2)
    git("switch", "-q", "main")
    git("merge", "-q", "--no-ff", "-m", "merge", "topic", at=5)
    assert fork_points(tmp_path, [head], order(tmp_path, "main")) == {head: 1}


def test_of_several_merge_bases_the_newest_of_the_line_counts(git, tmp_path):
    git("switch", "-q", "-c", "topic", "HEAD~3")
    commit(git, 5)
    git("merge", "-q", "-m", "criss", "main~1", at=6)
    head = git("rev-parse", "HEAD")
    git("switch", "-q", "main")
    git("merge", "-q", "--no-ff", "-m", "cross", "topic~1", at=7)
    assert fork_points(tmp_path, [head], order(tmp_path, "main")) == {head: 2}


def test_an_unrelated_history_grew_from_nothing(git, tmp_path):
    git("switch", "-q", "--orphan", "other")
    head = commit(git, 9)
    line = order(tmp_path, "main")
    assert fork_points(tmp_path, [head], line) == {}
    assert fork_points(tmp_path, [line[2].sha], line) == {line[2].sha: 2}
    assert fork_points(tmp_path, [head], []) == {}


def test_a_shallow_clone_tells_as_far_as_the_edge_names_a_parent(git, tmp_path):
    git("switch", "-q", "-c", "topic", "HEAD~1")
    head = commit(git, 10)
    line = order(tmp_path, "main")
    (tmp_path / "clone").mkdir()
    git("clone", "-q", "--depth", "1", "--branch", "topic", f"file://{tmp_path}", "clone")
    assert fork_points(tmp_path / "clone", [head], line) == {head: 2}
