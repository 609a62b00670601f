"""What every test may use: recorded data, a real git repository, the real command; nothing of this machine's own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

ROOT = Path(__file__).resolve().parent.parent
UNDER_CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}
"""Read before the variables of CI are hidden from the tests."""

# Timing is the benchmarks' business, so there is no deadline; under CI the examples are the same in every run.
hypothesis.settings.register_profile("local", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("ci" if UNDER_CI else "local")

# What would change an answer: the CI that these tests themselves run under, the user's git, the user's colours.
_HIDDEN_PREFIXES = (
    "GITHUB_",
    "CI_",
    "GITLAB_",
    "RUNNER_",
    "BUILDKITE",
    "CIRCLE",
    "TRAVIS",
    "JENKINS_",
    "GIT_",
    "PERFSITE_",
)
_PROXIES = {f"{kind}_PROXY" for kind in ("HTTP", "HTTPS", "ALL", "NO")}
_HIDDEN = (
    _PROXIES
    | {name.lower() for name in _PROXIES}
    | {
        "GH_TOKEN",
        "SSL_CERT_FILE",
        "CI",
        "NO_COLOR",
        "FORCE_COLOR",
        "CLICOLOR",
        "COLUMNS",
        "XDG_CONFIG_HOME",
        "SOURCE_DATE_EPOCH",
        "PYTHONPATH",
    }
)
_KEPT = {"PERFSITE_REAL_DATA", "PERFSITE_GOLDEN", "PERFSITE_CHROMIUM", "PERFSITE_FUZZ"}
_FIXED = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "TZ": "UTC",
}


@pytest.fixture(scope="session", autouse=True)
def _isolation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Hide this machine from every test: its CI variables, its git configuration, its home folder."""
    # A shell without job control starts what runs in the background deaf to Ctrl-C, and every child inherits that.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name not in _KEPT and (name in _HIDDEN or name.startswith(_HIDDEN_PREFIXES)):
                patch.delenv(name)
        for name, value in _FIXED.items():
            patch.setenv(name, value)
        home = str(tmp_path_factory.mktemp("home"))
        patch.setenv("HOME", home)
        patch.setenv("USERPROFILE", home)
        yield


@pytest.fixture(scope="session")
def under_ci() -> bool:
    """Whether these tests run under CI, where nothing may be skipped for want of a tool."""
    return UNDER_CI


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the project's top folder."""
    return ROOT


@pytest.fixture(scope="session")
def data() -> Path:
    """Return the folder of recorded outputs of real tools."""
    return ROOT / "tests" / "data"


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Return the folder of real histories that PERFSITE_REAL_DATA names; skip where there is none."""
    folder = (ROOT / os.environ.get("PERFSITE_REAL_DATA", "../shared/data")).resolve()
    if not folder.is_dir():
        pytest.skip(f"no real histories at {folder}; PERFSITE_REAL_DATA can name them")
    return folder


@dataclass(frozen=True)
class Repository:
    """A real git repository of a test, with an identity and dates that are always the same."""

    path: Path
    start: datetime = datetime(2026, 1, 1, tzinfo=UTC)

    def git(self, *arguments: str, text: str | None = None, env: Mapping[str, str] | None = None) -> str:
        """Run git in the repository and return what it printed, without the last newline."""
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.path,
            input=text,
            env={**os.environ, **(env or {})},
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, f"git {' '.join(arguments)}: exit {done.returncode}\n{done.stderr}"
        return done.stdout.removesuffix("\n")

    def commit(
        self, subject: str = "change", *, files: Mapping[str, str] | None = None, time: datetime | None = None
    ) -> str:
        """Commit the files (path: text) on the current branch and return the new sha.

        Without a time the n-th commit of the branch is n hours after `start`.
        """
        for name, content in (files or {}).items():
            file = self.path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content, encoding="utf-8", newline="")
        if time is None:
            time = self.start + timedelta(hours=int(self.git("rev-list", "--count", "--all")))
        self.git("add", "--all")
        who = {
            f"GIT_{role}_{key}": value
            for role in ("AUTHOR", "COMMITTER")
            for key, value in (("NAME", "Ada Example"), ("EMAIL", "ada@example.org"), ("DATE", time.isoformat()))
        }
        self.git("commit", "--quiet", "--allow-empty", "--no-verify", "-m", subject, env=who)
        return self.head

    @property
    def head(self) -> str:
        """Return the sha of the commit that is checked out."""
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def make_repository(tmp_path: Path) -> Callable[..., Repository]:
    """Make empty git repositories with the branch `main`, each in a folder of its own name."""

    def make(name: str = "repository", *, bare: bool = False) -> Repository:
        path = tmp_path / name
        path.mkdir(parents=True)
        made = Repository(path)
        made.git("init", "--quiet", "--initial-branch=main", *(["--bare"] if bare else []))
        return made

    return make


@pytest.fixture
def repository(make_repository: Callable[..., Repository]) -> Repository:
    """Return a git repository with one commit on the branch `main`."""
    made = make_repository()
    made.commit("first", files={"README.md": "# Example\n"})
    return made


@dataclass(frozen=True)
class Finished:
    """How a command ended and what it printed."""

    exit_code: int
    stdout: str
    stderr: str


@pytest.fixture
def run_perfsite(tmp_path: Path) -> Callable[..., Finished]:
    """Run the real command in a process of its own, in `cwd` (the test's own folder), without a terminal."""

    def run(
        *arguments: str | os.PathLike[str],
        cwd: Path | None = None,
        text: str | None = None,
        env: Mapping[str, str] | None = None,
        timeout_s: float = 120,
    ) -> Finished:
        done = subprocess.run(
            [sys.executable, "-m", "perfsite", *map(os.fspath, arguments)],
            cwd=cwd or tmp_path,
            input=text if text is not None else "",
            env={**os.environ, **(env or {})},
            capture_output=True,
            encoding="utf-8",
            timeout=timeout_s,
            check=False,
        )
        return Finished(done.returncode, done.stdout, done.stderr)

    return run
