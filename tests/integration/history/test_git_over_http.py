"""The history over HTTP, by git's own server: logins, refusals, servers that die, many who push at once."""

from __future__ import annotations

import base64
import logging
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from git_http_server import Fault, GitServer

from perfsite.errors import HistoryError
from perfsite.history.branch import BranchStore, Patience
from perfsite.history.codec import encode
from perfsite.history.elsewhere import commits_anywhere
from perfsite.model.run import Columns, Commit, Direction, Environment, Measurement, Metric, Run, Source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECRET = "ghs_plantedSecretOfTheTest"
NAME = "octo/perf"
PUSH = "POST .*git-receive-pack"
FETCH = "POST .*git-upload-pack"


def make_run(i: int = 0, *, size: int = 1) -> Run:
    metric = Metric(name="time", unit="s", direction=Direction.LOWER)
    return Run(
        time=datetime(2026, 11, 1, tzinfo=UTC) + timedelta(minutes=i),
        commit=Commit(sha=f"{i:040x}"),
        environment=Environment(name="linux"),
        source=Source(format="table"),
        measurements=Columns.of([Measurement(benchmark=f"b{k}", metric=metric, value=i + 1 / 3) for k in range(size)]),
    )


def git(directory: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=directory, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.removesuffix("\n")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitServer]:
    with GitServer(tmp_path / "served") as made:
        made.repository(NAME)
        yield made


@pytest.fixture
def clone(tmp_path: Path, server: GitServer) -> Path:
    clone = tmp_path / "clone"
    git(tmp_path, "init", "-q", "-b", "main", "clone")
    git(clone, "remote", "add", "origin", server.url(NAME))
    git(clone, "-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "-q", "--allow-empty", "-m", "first")
    git(clone, "push", "-q", "origin", "main")
    return clone


def store(clone: Path, **patience: Any) -> BranchStore:
    return BranchStore(clone, fresh=True, patience=Patience(sleep=[].append, **patience))


def stored(clone: Path) -> list[int]:
    problems: list[Any] = []
    runs = list(store(clone).read(problems))
    assert problems == []
    return sorted(int(run.commit.sha, 16) for run in runs)


def is_whole(server: GitServer) -> bool:
    return git(server.root / f"{NAME}.git", "fsck", "--strict", "--no-dangling") == ""


def refusal(made: BranchStore, i: int = 0) -> HistoryError:
    with pytest.raises(HistoryError) as caught:
        made.append([make_run(i)])
    assert caught.value.exit_code == 4
    assert SECRET not in f"{caught.value} {caught.value.hint} {caught.value!r}"
    return caught.value


def log_in(clone: Path, url: str, *, how: str = "header", secret: str = SECRET) -> None:
    """Leave the token where actions/checkout leaves it, or where people do."""
    header = base64.b64encode(f"x-access-token:{secret}".encode()).decode()
    base = url.removesuffix(f"{NAME}.git")
    if how == "header":
        git(clone, "config", "--local", f"http.{base}.extraheader", f"AUTHORIZATION: basic {header}")
    elif how == "included":
        file = clone.parent / "credentials.config"
        file.write_text(f'[http "{base}"]\n\textraheader = AUTHORIZATION: basic {header}\n', encoding="utf-8")
        git(clone, "config", "--local", f"includeIf.gitdir:{clone}/.git.path", str(file))
    elif how == "helper":
        script = f"!f() {{ test $1 = get && echo username=x-access-token && echo password={secret}; }}; f"
        git(clone, "config", "--local", "credential.helper", script)
    else:
        git(clone, "remote", "set-url", "origin", url.replace("://", f"://x-access-token:{secret}@"))


def test_runs_are_appended_and_read_over_http(server: GitServer, clone: Path) -> None:
    assert store(clone).append([make_run(0), make_run(1)]).written == 2
    assert store(clone).append([make_run(1), make_run(2)]).known == 1
    assert stored(clone) == [0, 1, 2]
    assert is_whole(server)


@pytest.mark.parametrize("how", ["header", "included", "helper", "url"])
def test_the_login_that_a_checkout_leaves_behind_is_used_and_never_shown(
    server: GitServer, clone: Path, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    server.login = ("x-access-token", SECRET)
    log_in(clone, server.url(NAME), how=how)
    before = (clone / ".git" / "config").read_bytes()
    with caplog.at_level(logging.DEBUG):
        assert store(clone).append([make_run(0)]).written == 1
        assert stored(clone) == [0]
        server.hook(NAME, "pre-receive", "echo no thanks >&2; exit 1")
        refusal(store(clone), 1)
    encoded = base64.b64encode(f"x-access-token:{SECRET}".encode()).decode()
    assert SECRET not in caplog.text
    assert encoded not in caplog.text
    assert (clone / ".git" / "config").read_bytes() == before


@pytest.mark.slow
@pytest.mark.parametrize("how", ["header", "helper", "url"])
def test_a_login_that_is_not_accepted_is_told_without_it(server: GitServer, clone: Path, how: str) -> None:
    server.login = ("x-access-token", "another")
    log_in(clone, server.url(NAME), how=how)
    error = refusal(store(clone))
    assert "persist-credentials" in str(error.hint)


def test_no_login_at_all_is_told_with_the_next_step(server: GitServer, clone: Path) -> None:
    server.login = ("x-access-token", SECRET)
    assert "no credentials" in str(refusal(store(clone)).hint)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("status", "hint"),
    [(403, "permissions: contents: write"), (404, "git remote -v"), (410, "git ls-remote"), (301, "git ls-remote")],
)
def test_a_refusal_is_told_at_once_with_the_next_step(server: GitServer, clone: Path, status: int, hint: str) -> None:
    said = {404: "not found", 301: "unable to"}.get(status, str(status))
    server.faults.append(Fault("receive-pack", status=status, times=99))
    naps: list[float] = []
    error = refusal(BranchStore(clone, patience=Patience(sleep=naps.append)))
    assert said in str(error)
    assert hint in str(error.hint)
    assert naps == []


@pytest.mark.slow
@pytest.mark.parametrize("status", [500, 503])
@pytest.mark.parametrize("at", ["GET .*receive-pack", PUSH, FETCH])
def test_a_server_that_fails_for_a_moment_is_asked_again(server: GitServer, clone: Path, status: int, at: str) -> None:
    store(clone).append([make_run(0)])
    server.faults.append(Fault(at, status=status, times=2))
    assert store(clone).append([make_run(1)]).written == 1
    assert stored(clone) == [0, 1]


@pytest.mark.slow
def test_a_server_that_keeps_failing_is_told(server: GitServer, clone: Path) -> None:
    server.faults.append(Fault(PUSH, status=503, times=99))
    assert "503" in str(refusal(store(clone)))
    server.faults.clear()
    assert store(clone).append([make_run(0)]).written == 1


@pytest.mark.slow
@pytest.mark.parametrize("read", [0, 1, 100, 400])
def test_a_server_that_dies_while_it_receives_loses_nothing(server: GitServer, clone: Path, read: int) -> None:
    store(clone).append([make_run(0)])
    server.faults.append(Fault(PUSH, read=read))
    assert store(clone).append([make_run(1, size=50)]).written == 1
    assert stored(clone) == [0, 1]
    assert is_whole(server)


@pytest.mark.slow
@pytest.mark.parametrize("sent", [0, 1, 30])
def test_a_server_that_dies_before_it_answers_has_the_run_once(server: GitServer, clone: Path, sent: int) -> None:
    store(clone).append([make_run(0)])
    server.faults.append(Fault(PUSH, sent=sent))
    done = store(clone).append([make_run(1)])
    # What arrived the first time is found known by the second try.
    assert (done.written, done.known) == (0, 1)
    assert stored(clone) == [0, 1]
    assert is_whole(server)


@pytest.mark.slow
def test_a_server_that_dies_every_time_is_told_and_its_history_is_whole(server: GitServer, clone: Path) -> None:
    store(clone).append([make_run(0)])
    before = git(server.root / f"{NAME}.git", "rev-parse", "perf-history")
    server.faults.append(Fault(PUSH, read=200, times=99))
    error = refusal(store(clone), 1)
    assert "git ls-remote" in str(error.hint)
    assert git(server.root / f"{NAME}.git", "rev-parse", "perf-history") == before
    assert is_whole(server)
    server.faults.clear()
    assert store(clone).append([make_run(1)]).written == 1


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["http", "file"])
@pytest.mark.parametrize("hook", ["pre-receive", "update"])
def test_a_hook_that_rejects_is_told_with_its_reason_and_nothing_is_lost(
    server: GitServer, clone: Path, hook: str, kind: str
) -> None:
    if kind == "file":
        git(clone, "remote", "set-url", "origin", (server.root / f"{NAME}.git").as_uri())
    store(clone).append([make_run(0)])
    server.hook(NAME, hook, "echo 'no runs on a Friday' >&2; exit 1")
    naps: list[float] = []
    error = refusal(BranchStore(clone, patience=Patience(sleep=naps.append)), 1)
    assert "no runs on a Friday" in str(error)
    assert naps == []
    assert stored(clone) == [0]
    assert is_whole(server)
    server.hook(NAME, hook, "exit 0")
    assert store(clone).append([make_run(1)]).written == 1
    assert stored(clone) == [0, 1]


PROTECTED = """
case $1 in refs/heads/perf-history)
  echo 'error: GH006: Protected branch update failed for refs/heads/perf-history.' >&2
  echo 'error: Changes must be made through a pull request.' >&2
  exit 1;;
esac
"""


@pytest.mark.parametrize("kind", ["http", "file"])
def test_a_protected_branch_says_who_must_be_let_in_and_that_another_branch_will_do(
    server: GitServer, clone: Path, kind: str
) -> None:
    if kind == "file":
        git(clone, "remote", "set-url", "origin", (server.root / f"{NAME}.git").as_uri())
    server.hook(NAME, "update", PROTECTED)
    error = refusal(store(clone))
    assert "GH006: Protected branch update failed" in str(error)
    assert "Changes must be made through a pull request" in str(error)
    assert "bypass" in str(error.hint)
    assert "history_branch" in str(error.hint)
    other = BranchStore(clone, "perf-runs", patience=Patience(sleep=[].append))
    assert other.append([make_run(0)]).written == 1


def test_the_words_of_a_server_reach_no_terminal_as_orders(server: GitServer, clone: Path) -> None:
    server.hook(NAME, "pre-receive", f"printf '\\033[31mred\\033[0m http://me:{SECRET}@example.org/ no' >&2; exit 1")
    refusal(store(clone))
    done = subprocess.run(
        [sys.executable, "-m", "perfsite", "record", "bench.json", "--push"],
        cwd=_with_results(clone),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 4
    assert "\x1b" not in done.stderr
    assert SECRET not in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("how", ["header", "url"])
def test_no_command_says_the_login_however_much_it_says(server: GitServer, clone: Path, how: str) -> None:
    server.login = ("x-access-token", SECRET)
    log_in(clone, server.url(NAME), how=how)
    said = ""
    for script, code in (("exit 0", 0), ("echo no >&2; exit 1", 4)):
        server.hook(NAME, "pre-receive", script)
        _with_results(clone, code)
        command = [sys.executable, "-m", "perfsite", "-vv", "record", "bench.json", "--push", "--json"]
        done = subprocess.run(command, cwd=clone, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == code, done.stderr
        said += done.stdout + done.stderr
    said += git(server.root / f"{NAME}.git", "log", "-p", "perf-history")
    assert "DEBUG" in said
    for secret in (SECRET, base64.b64encode(f"x-access-token:{SECRET}".encode()).decode()):
        assert secret not in said


def _with_results(clone: Path, seconds: float = 1.0) -> Path:
    rows = f'[{{"command": "a", "times": [{seconds}, 1.1]}}]'
    (clone / "bench.json").write_text(f'{{"results": {rows}}}', encoding="utf-8")
    return clone


def test_a_commit_of_a_pull_request_is_asked_of_the_server_and_kept_nowhere(
    server: GitServer, clone: Path, tmp_path: Path
) -> None:
    git(tmp_path, "clone", "-q", server.url(NAME), "theirs")
    theirs = tmp_path / "theirs"
    git(theirs, "-c", "user.name=Eve", "-c", "user.email=e@x", "commit", "-q", "--allow-empty", "-m", "theirs")
    sha, parent = git(theirs, "rev-parse", "HEAD"), git(clone, "rev-parse", "HEAD")
    git(theirs, "push", "-q", "origin", "HEAD:refs/pull/7/head")
    found = commits_anywhere(clone, "origin", [sha, "f" * 40, parent, "--upload-pack=touch /tmp/owned"])
    assert set(found) == {sha, parent}
    assert (found[sha].subject, found[sha].author, found[sha].parents) == ("theirs", "Eve", (parent,))
    done = subprocess.run(["git", "cat-file", "-e", sha], cwd=clone, capture_output=True, check=False)
    assert done.returncode != 0
    assert not (clone / ".git" / "shallow").exists()


def test_a_server_that_does_not_answer_has_no_commits(server: GitServer, clone: Path) -> None:
    server.faults.append(Fault(".*", status=503, times=99))
    assert commits_anywhere(clone, "origin", ["a" * 40]) == {}


WRITER = """
import sys
from pathlib import Path
from perfsite.history.branch import BranchStore
from perfsite.history.codec import decode
run = decode(sys.stdin.readline(), where="stdin:1")
print("ready", flush=True)
sys.stdin.readline()
print(BranchStore(Path(sys.argv[1])).append([run]).written)
"""


@pytest.mark.slow
def test_of_24_jobs_that_push_at_once_over_http_every_run_lands(server: GitServer, clone: Path) -> None:
    store(clone).append([make_run(1000 + i, size=20) for i in range(20)])
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(clone)], **pipes) for _ in range(24)]
    for i, writer in enumerate(writers):
        writer.stdin.write(encode(make_run(i, size=20)) + "\n")
        writer.stdin.flush()
    assert [writer.stdout.readline() for writer in writers] == ["ready\n"] * 24
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    assert [writer.communicate(timeout=150)[0] for writer in writers] == ["1\n"] * 24
    assert stored(clone) == sorted([*range(24), *range(1000, 1020)])
    assert is_whole(server)
