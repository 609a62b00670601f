"""A project as its owner has it: a real repository, result files, the real command in a process of its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from perfsite.workflow.project import open_project
from perfsite.workflow.record import Wish, record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from github_server import GitHubServer

START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Done:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str


def results(**seconds: Sequence[float]) -> str:
    """Return a hyperfine file with one benchmark for each keyword."""
    rows = [{"command": name.replace("_", " "), "times": list(times)} for name, times in seconds.items()]
    for row in rows:
        row["median"] = sorted(row["times"])[len(row["times"]) // 2]
    return json.dumps({"results": rows})


@dataclass(frozen=True)
class Place:
    """A folder in which git and perfsite are called."""

    path: Path

    def git(self, *arguments: str, env: Mapping[str, str] | None = None) -> str:
        """Run git and return what it printed."""
        who = {f"GIT_{role}_{key}": text for role in ("AUTHOR", "COMMITTER") for key, text in _WHO.items()}
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.path,
            env={**os.environ, **who, **(env or {})},
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, f"git {' '.join(arguments)}: {done.stderr}"
        return done.stdout.strip()

    def commit(self, subject: str, at: int = 0) -> str:
        """Commit, `at` hours after the start; return the sha."""
        time = (START + timedelta(hours=at)).isoformat()
        dates = {"GIT_AUTHOR_DATE": time, "GIT_COMMITTER_DATE": time}
        self.git("commit", "-q", "--allow-empty", "-m", subject, env=dates)
        return self.git("rev-parse", "HEAD")

    def write(self, name: str, text: str) -> Path:
        """Write a file and return its path."""
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def results(self, **seconds: Sequence[float]) -> str:
        """Write `bench.json` outside of the commits' way and return its name."""
        self.write("bench.json", results(**seconds))
        return "bench.json"

    def perfsite(
        self, *arguments: str | os.PathLike[str], env: Mapping[str, str] | None = None, timeout_s: float = 120
    ) -> Done:
        """Run perfsite here, in a process of its own, without a terminal."""
        done = subprocess.run(
            [sys.executable, "-m", "perfsite", *map(os.fspath, arguments)],
            cwd=self.path,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=timeout_s,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def good(self, *arguments: str | os.PathLike[str], env: Mapping[str, str] | None = None) -> str:
        """Run perfsite, insist on success without a traceback, and return what it answered."""
        done = self.perfsite(*arguments, env=env)
        assert done.code == 0, done.err
        assert "Traceback" not in done.err
        return done.out

    def quickly_recorded(self, seconds: Sequence[float], *, commit: str | None = None, name: str = "work") -> None:
        """Record as the command does, without a process: for histories that a test only needs to be there."""
        file = self.write("bench.json", results(**{name: seconds}))
        record(open_project(self.path), [file], Wish(commit=commit, environment="desk"), dict(os.environ))

    @property
    def lines(self) -> list[str]:
        """Return all lines of the history, shard by shard."""
        shards = sorted((self.path / "history").rglob("*.jsonl"))
        return [line for shard in shards for line in shard.read_text(encoding="utf-8").splitlines()]

    def snapshot(self, folder: str) -> dict[str, bytes]:
        """Return every file of a folder by path."""
        top = self.path / folder
        return {file.relative_to(top).as_posix(): file.read_bytes() for file in top.rglob("*") if file.is_file()}

    def page(self, url: str) -> str:
        """Return the text of a page of the site, without its tags."""
        return page_text(self.path / "site" / url / "index.html")

    def document(self, url: str):
        """Return a JSON document of the site."""
        return json.loads((self.path / "site" / url).read_text(encoding="utf-8"))


_WHO = {"NAME": "Ada Example", "EMAIL": "ada@example.org"}


def page_text(file: Path) -> str:
    """Return what a reader sees of a page, white space folded."""
    html = file.read_text(encoding="utf-8")
    html = re.sub(r"<(script|style)\b.*?</\1>", " ", html, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


@pytest.fixture
def place(tmp_path: Path) -> Callable[..., Place]:
    """Make folders, with a repository on the branch `main` unless told otherwise."""

    def make(name: str = "project", *, git: bool = True) -> Place:
        made = Place(tmp_path / name)
        made.path.mkdir(parents=True)
        if git:
            start(made)
        return made

    return make


def start(made: Place) -> None:
    """Make a repository whose work tree is clean whatever perfsite writes."""
    made.git("init", "-q", "--initial-branch=main")
    (made.path / ".git" / "info" / "exclude").write_text("bench.json\nhistory\nsite\nsite_config\n", encoding="utf-8")


@pytest.fixture
def project(place: Callable[..., Place]) -> Place:
    """Return a repository with one commit."""
    made = place()
    made.commit("first")
    return made


@pytest.fixture(scope="session")
def session_place(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Place]:
    """Make repositories that all tests of a session share, read only."""

    def make(name: str) -> Place:
        made = Place(tmp_path_factory.mktemp(name))
        start(made)
        return made

    return make


@pytest.fixture
def clone(tmp_path: Path) -> Callable[..., Place]:
    """Clone a repository over its file:// address, so that depth counts."""

    def make(origin: Place, name: str, *options: str) -> Place:
        made = Place(tmp_path / name)
        Place(tmp_path).git("clone", "-q", *options, f"file://{origin.path}", str(made.path))
        (made.path / ".git" / "info" / "exclude").write_text(
            "bench.json\nhistory\nsite\nsite_config\n", encoding="utf-8"
        )
        return made

    return make


@pytest.fixture
def github_server() -> Iterator[GitHubServer]:
    """A GitHub on loopback; the test fails where an exchange was not as GitHub's own description says."""
    from github_server import GitHubServer  # its checks of every exchange cost a second to import

    with GitHubServer() as server:
        yield server
    assert server.problems == []
