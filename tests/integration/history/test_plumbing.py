from __future__ import annotations

import subprocess
import threading
import time
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from perfsite.errors import HistoryError
from perfsite.history.branch import BranchStore, Patience
from perfsite.history.plumbing import Git, GitError
from perfsite.model.run import Columns, Commit, Direction, Environment, Measurement, Metric, Run, Source

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / ".gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    path = tmp_path / "repository"
    subprocess.run(["git", "init", "-q", str(path)], check=True)
    return path


@pytest.fixture
def server() -> Iterator[tuple[str, list[list[str]]]]:
    """Serve HTTP that wants credentials and takes none; return its address and the credentials it was sent."""
    seen: list[list[str]] = []

    class Refusing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.headers.get_all("Authorization") or [])
            self.send_response(503 if "busy" in self.path else 403)
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            """Keep the tests' output clean."""

    httpd = HTTPServer(("127.0.0.1", 0), Refusing)
    thread = threading.Thread(target=httpd.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{httpd.server_address[1]}", seen
    httpd.shutdown()
    httpd.server_close()
    thread.join()


def a_run() -> Run:
    metric = Metric(name="time", unit="s", direction=Direction.LOWER)
    return Run(
        time=datetime(2026, 11, 1, tzinfo=UTC),
        commit=Commit(sha="a" * 40),
        environment=Environment(name="linux"),
        source=Source(format="table"),
        measurements=Columns.of([Measurement(benchmark="b", metric=metric, value=1.0)]),
    )


@pytest.mark.parametrize("included", [False, True])
def test_the_header_that_a_ci_checkout_stored_is_sent_once_and_never_told(
    repository: Path, server: tuple[str, list[list[str]]], included: bool
) -> None:
    url, seen = server
    remote = url.replace("http://", "http://user:hunter2@") + "/o/r"
    subprocess.run(["git", "remote", "add", "origin", remote], cwd=repository, check=True)
    file = repository.parent / "credentials" if included else repository / ".git" / "config"
    if included:
        include = ["git", "config", f"includeIf.gitdir:{repository.as_posix()}/.git.path", str(file)]
        subprocess.run(include, cwd=repository, check=True)
    secret = "AUTHORIZATION: basic c2VjcmV0"
    subprocess.run(["git", "config", "--file", str(file), f"http.{url}/.extraheader", secret], check=True)
    with pytest.raises(HistoryError, match="403") as caught:
        BranchStore(repository).append([a_run()])
    assert "contents: write" in str(caught.value.hint)
    assert [value for value in seen[0] if value == "basic c2VjcmV0"] == ["basic c2VjcmV0"]
    assert "c2VjcmV0" not in f"{caught.value} {caught.value.hint}"
    assert "hunter2" not in f"{caught.value} {caught.value.hint}"


def test_a_busy_server_is_asked_again_a_few_times_and_a_refusing_one_is_not(
    repository: Path, server: tuple[str, list[list[str]]]
) -> None:
    url, seen = server
    for path, tries in (("busy/r", 4), ("o/r", 1)):
        subprocess.run(["git", "config", "remote.origin.url", f"{url}/{path}"], cwd=repository, check=True)
        naps: list[float] = []
        seen.clear()
        with pytest.raises(HistoryError, match="The requested URL returned error"):
            BranchStore(repository, patience=Patience(sleep=naps.append)).append([a_run()])
        assert (len(seen), len(naps)) == (tries, tries - 1)
        assert naps == sorted(naps)


def test_secrets_in_the_configuration_are_on_no_command_line(repository: Path) -> None:
    git = Git(
        repository, config=[("http.extraheader", "hunter2"), ("alias.line", "!tr '\\0' ' ' </proc/$PPID/cmdline")]
    )
    if Path("/proc/self/cmdline").exists():
        assert "hunter2" not in git.text("line")
    assert git.text("config", "http.extraheader") == "hunter2"


def test_git_and_what_it_started_end_at_the_deadline(repository: Path) -> None:
    began = time.monotonic()
    with pytest.raises(GitError, match="no answer within") as caught:
        Git(repository, config=[("alias.hang", "!sleep 30")]).run("hang", timeout_s=0.3)
    assert time.monotonic() - began < 10
    assert "git ls-remote" in str(caught.value.hint)


def test_an_object_that_is_missing_is_an_error_and_not_an_empty_file(repository: Path) -> None:
    with pytest.raises(GitError, match=f"object {'a' * 40} is missing"):
        list(Git(repository).blobs(["a" * 40]))
