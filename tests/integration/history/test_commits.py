from __future__ import annotations

import json
import os
import subprocess
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from perfsite.errors import HistoryError
from perfsite.history.checkout import capture, web_url
from perfsite.history.commits import (
    commits,
    default_branch,
    existing,
    exists,
    head,
    is_shallow,
    merge_base,
    order,
    resolve,
    tags,
)

if TYPE_CHECKING:
    from pathlib import Path


def git(directory: Path, *arguments: str, **environ: str) -> str:
    done = subprocess.run(
        ["git", "-c", "user.name=Ada Love", "-c", "user.email=ada@example.org", *arguments],
        cwd=directory,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.removesuffix("\n")


def commit(repository: Path, subject: str, day: int = 1) -> str:
    (repository / "code.py").write_text(f"{subject}\n")
    git(repository, "add", "code.py")
    when = f"2026-01-{day:02}T12:00:00+0200"
    git(repository, "commit", "-qm", subject, GIT_COMMITTER_DATE=when, GIT_AUTHOR_DATE=when)
    return git(repository, "rev-parse", "HEAD")


@pytest.fixture(autouse=True)
def no_configuration(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / ".gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    path = tmp_path / "repository"
    git(tmp_path, "init", "-q", "-b", "main", str(path))
    return path


def merged(repository: Path) -> tuple[str, str, str]:
    """Return base, head and merge of a pull request, the merge checked out as CI does it."""
    base = commit(repository, "base", 1)
    git(repository, "switch", "-qc", "topic")
    proposed = commit(repository, "topic: faster", 2)
    git(repository, "switch", "-q", "--detach", "main")
    git(repository, "merge", "-q", "--no-ff", "-m", "Merge topic", "topic")
    return base, proposed, git(repository, "rev-parse", "HEAD")


def test_the_checked_out_commit_is_captured_with_all_that_a_run_keeps(repository: Path) -> None:
    first = commit(repository, "first", 1)
    sha = commit(repository, "parser: half the time\n\nBecause.", 2)
    git(repository, "remote", "add", "origin", "https://x:secret@github.com/o/r.git")
    info = capture(repository, {})
    assert info.commit.sha == sha
    assert info.commit.time == datetime(2026, 1, 2, 10, tzinfo=UTC)
    assert info.commit.subject == "parser: half the time"
    assert info.commit.author == "Ada Love"
    assert info.commit.parents == (first,)
    assert info.commit.dirty is False
    assert info.commit.tested is None
    assert (info.branch, info.pull_request) == ("main", None)
    assert info.web_url == "https://github.com/o/r"


def test_only_tracked_files_make_it_dirty_and_the_index_is_not_written(repository: Path) -> None:
    commit(repository, "first")
    (repository / "results.json").write_text("{}")
    os.utime(repository / "code.py", (1, 1))
    before = (repository / ".git" / "index").read_bytes()
    assert head(repository).commit.dirty is False
    (repository / "code.py").write_text("changed\n")
    assert head(repository).commit.dirty is True
    assert (repository / ".git" / "index").read_bytes() == before


def test_a_shallow_detached_clone_still_knows_the_parents_of_its_commit(repository: Path, tmp_path: Path) -> None:
    first = commit(repository, "first", 1)
    sha = commit(repository, "second", 2)
    git(tmp_path, "clone", "-q", "--depth=1", repository.as_uri(), "shallow")
    shallow = tmp_path / "shallow"
    git(shallow, "checkout", "-q", "--detach")
    info = capture(shallow, {"GITHUB_REF": "refs/heads/main"})
    assert info.commit.parents == (first,)
    assert info.branch == "main"
    assert is_shallow(shallow)
    assert not is_shallow(repository)
    (only,) = order(shallow, "main")
    assert only.sha == sha
    assert only.parents is None
    assert [found.parents for found in order(repository, "main")] == [(), (first,)]


def test_a_pull_request_on_github_is_its_head_with_the_tested_merge_beside_it(repository: Path, tmp_path: Path) -> None:
    _, proposed, merge = merged(repository)
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": 12, "head": {"sha": proposed}}}))
    environ = {
        "GITHUB_REF": "refs/pull/12/merge",
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_HEAD_REF": "topic",
    }
    info = capture(repository, environ)
    assert (info.commit.sha, info.commit.tested) == (proposed, merge)
    assert info.commit.subject == "topic: faster"
    assert (info.branch, info.pull_request) == ("topic", 12)
    git(repository, "switch", "-q", "topic")
    info = capture(repository, environ)
    assert (info.commit.sha, info.commit.tested, info.pull_request) == (proposed, None, 12)


def test_a_merge_fetched_alone_still_names_the_head_of_its_pull_request(repository: Path, tmp_path: Path) -> None:
    _, proposed, merge = merged(repository)
    git(repository, "branch", "merge", merge)
    git(tmp_path, "clone", "-q", "--depth=1", "-b", "merge", repository.as_uri(), "shallow")
    for event in ("", "not json", '{"pull_request": 7}', "[" * 100_000):
        (tmp_path / "event.json").write_text(event)
        environ = {"GITHUB_REF": "refs/pull/12/merge", "GITHUB_EVENT_PATH": str(tmp_path / "event.json")}
        info = capture(tmp_path / "shallow", environ)
        assert (info.commit.sha, info.commit.tested, info.pull_request) == (proposed, merge, 12)


def test_pull_request_target_on_the_target_branch_is_no_run_of_the_request(repository: Path, tmp_path: Path) -> None:
    sha = commit(repository, "main stays")
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": 12, "head": {"sha": "a" * 40}}}))
    environ = {"GITHUB_EVENT_NAME": "pull_request_target", "GITHUB_EVENT_PATH": str(event)}
    info = capture(repository, environ)
    assert (info.commit.sha, info.pull_request) == (sha, None)


def test_a_merge_request_on_gitlab_is_its_head(repository: Path) -> None:
    _, proposed, merge = merged(repository)
    environ = {
        "GITLAB_CI": "true",
        "CI_MERGE_REQUEST_IID": "5",
        "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": proposed,
        "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "topic",
        "CI_COMMIT_SHA": merge,
        "CI_PROJECT_URL": "https://gitlab.com/o/r",
    }
    info = capture(repository, environ)
    assert (info.commit.sha, info.commit.tested, info.pull_request) == (proposed, merge, 5)
    assert (info.branch, info.web_url) == ("topic", "https://gitlab.com/o/r")


def test_hostile_commits_are_read_without_harm(repository: Path) -> None:
    commit(repository, "first")
    tree = git(repository, "rev-parse", "HEAD^{tree}")
    for top in (
        b"author \xff\xfe <a> 99999999999999 +0000\ncommitter x <a> 99999999999999 +0000\nencoding no-such\n",
        b"author J\xf6rg <a> 1 +0000\ncommitter x <a> 1 +0000\nencoding ISO-8859-1\n",
        b"author  <a> 1 +0000\ncommitter x <a> x +0000\n",
    ):
        raw = b"tree " + tree.encode() + b"\n" + top + b"\nsubject \xe2\x80\xa8 \xff" + b"y" * 5000
        made = subprocess.run(
            ["git", "hash-object", "-t", "commit", "-w", "--literally", "--stdin"],
            cwd=repository,
            input=raw,
            capture_output=True,
            check=True,
        )
        (found,) = commits(repository, [made.stdout.decode().strip()])
        assert found is not None
        assert found.subject is not None
        assert len(found.subject) == 1000
        found.subject.encode()
        assert found.author in {"", "Jörg", "\ufffd\ufffd"}
        git(repository, "update-ref", "refs/heads/odd", found.sha)
        assert len(order(repository, "odd")) == 1


def test_the_order_follows_first_parents_oldest_first(repository: Path) -> None:
    base, proposed, merge = merged(repository)
    git(repository, "branch", "-f", "main", merge)
    found = order(repository, "main")
    assert [entry.sha for entry in found] == [base, merge]
    assert found[1].parents == (base, proposed)
    assert (found[0].subject, found[0].author) == ("base", "Ada Love")
    with pytest.raises(HistoryError, match="no branch or commit 'gone'"):
        order(repository, "gone")
    with pytest.raises(HistoryError, match="no branch or commit '--all'"):
        order(repository, "--all")


def test_a_stale_local_branch_gives_way_to_the_fetched_one(repository: Path, tmp_path: Path) -> None:
    commit(repository, "first", 1)
    git(tmp_path, "clone", "-q", repository.as_uri(), "clone")
    clone = tmp_path / "clone"
    newer = commit(repository, "second", 2)
    git(clone, "fetch", "-q")
    assert resolve(clone, "main") == newer
    own = commit(clone, "own", 3)
    assert resolve(clone, "main") == own
    git(clone, "switch", "-q", "--detach")
    git(clone, "branch", "-qD", "main")
    assert resolve(clone, "main") == newer
    assert default_branch(clone) == "main"


def test_tags_name_commits_whether_annotated_or_not(repository: Path) -> None:
    first = commit(repository, "first", 1)
    git(repository, "tag", "v1")
    second = commit(repository, "second", 2)
    git(repository, "tag", "-am", "two", "v2")
    git(repository, "tag", "tree", "HEAD^{tree}")
    assert [(tag.name, tag.sha) for tag in tags(repository)] == [("v1", first), ("v2", second)]


def test_merge_bases_are_found_or_the_fetch_is_named(repository: Path, tmp_path: Path) -> None:
    base, proposed, _ = merged(repository)
    assert merge_base(repository, "main", "topic") == base
    git(repository, "switch", "-q", "--orphan", "alone")
    commit(repository, "alone", 5)
    assert merge_base(repository, "main", "alone") is None
    git(repository, "switch", "-q", "main")
    commit(repository, "more", 6)
    git(tmp_path, "clone", "-q", "--depth=1", "--no-single-branch", repository.as_uri(), "shallow")
    with pytest.raises(HistoryError, match="does not reach the merge base") as caught:
        merge_base(tmp_path / "shallow", "main", "topic")
    assert "fetch-depth: 0" in str(caught.value.hint)
    assert exists(repository, proposed)
    assert not exists(repository, "f" * 40)
    assert existing(repository, [base, proposed, "e" * 40, "nonsense"]) == {base, proposed}


@pytest.mark.parametrize(
    ("url", "page"),
    [
        ("https://github.com/o/r.git", "https://github.com/o/r"),
        ("https://user:pw@ex.org:8443/a/b/c.git/", "https://ex.org:8443/a/b/c"),
        ("ssh://git@ex.org:2222/o/r.git", "https://ex.org/o/r"),
        ("git@gitlab.com:group/sub/r.git", "https://gitlab.com/group/sub/r"),
        ("git://ex.org/r", "https://ex.org/r"),
        ("file:///srv/r.git", None),
        ("C:\\repo", None),
        ("javascript://x/%0aalert(1)", None),
        ("https://ex.org/a b\"><script>", None),
        (None, None),
    ],
)  # fmt: skip
def test_the_page_of_a_repository_is_its_url_without_credentials(url: str | None, page: str | None) -> None:
    assert web_url(url) == page


def test_what_is_no_usable_repository_is_told_with_the_next_step(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(HistoryError, match="no commit yet"):
        capture(repository, {})
    (tmp_path / "plain").mkdir()
    with pytest.raises(HistoryError, match="not a git repository") as caught:
        capture(tmp_path / "plain", {})
    assert "-C" in str(caught.value.hint)
    assert caught.value.exit_code == 4
    commit(repository, "first")
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(HistoryError, match="dubious ownership") as caught:
        capture(repository, {})
    assert f"safe.directory {repository}" in str(caught.value.hint)
    monkeypatch.delenv("GIT_TEST_ASSUME_DIFFERENT_OWNER")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(HistoryError, match="git cannot be started") as caught:
        capture(repository, {})
    assert "install git" in str(caught.value.hint)
