from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from perfsite.errors import HistoryError
from perfsite.history.branch import BranchStore, Patience
from perfsite.history.codec import encode
from perfsite.history.shards import Appended
from perfsite.model.run import Columns, Commit, Direction, Environment, Measurement, Metric, Run, Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from perfsite.model.problem import Problem

SECONDS = Metric(name="time", unit="s", direction=Direction.LOWER)


def make_run(i: int = 0, *, environment: str = "linux", pull_request: int | None = None, size: int = 1) -> Run:
    rows = [Measurement(benchmark=f"b{k}", metric=SECONDS, value=i + 1 / 3) for k in range(size)]
    return Run(
        time=datetime(2026, 11, 1, tzinfo=UTC) + timedelta(minutes=i),
        commit=Commit(sha=f"{i:040x}"),
        environment=Environment(name=environment),
        source=Source(format="table"),
        measurements=Columns.of(rows),
        pull_request=pull_request,
    )


def git(directory: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=directory, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.removesuffix("\n")


@pytest.fixture(autouse=True)
def no_configuration(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Give git a home of its own, without the identity and settings of whoever runs the tests."""
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "home" / ".gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Return a clone with one commit, whose origin is a bare repository beside it."""
    git(tmp_path, "init", "-q", "--bare", "-b", "main", "origin.git")
    git(tmp_path, "-C", "origin.git", "config", "uploadpack.allowFilter", "true")
    clone = tmp_path / "clone"
    git(tmp_path, "init", "-q", "-b", "main", "clone")
    git(clone, "remote", "add", "origin", (tmp_path / "origin.git").as_uri())
    (clone / "code.py").write_text("print()\n")
    git(clone, "add", ".")
    git(clone, "-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "-qm", "first")
    git(clone, "push", "-q", "origin", "main")
    return clone


def origin(clone: Path) -> Path:
    return clone.parent / "origin.git"


def files(repository: Path, ref: str = "perf-history") -> list[str]:
    return git(repository, "ls-tree", "-r", "--name-only", ref).split()


def read(store: BranchStore) -> list[Run]:
    problems: list[Problem] = []
    runs = list(store.read(problems))
    assert problems == []
    return runs


def test_the_first_append_makes_an_orphan_branch_with_its_merge_rule(clone: Path) -> None:
    runs = [make_run(0), make_run(1, pull_request=5), make_run(2, environment="mac")]
    assert BranchStore(clone).append(runs) == Appended(written=3, known=0)
    assert files(origin(clone)) == [
        ".gitattributes",
        "linux/2026-11.jsonl",
        "mac/2026-11.jsonl",
        "pull/linux/2026-11.jsonl",
    ]
    assert git(origin(clone), "show", "perf-history:.gitattributes") == "*.jsonl merge=union"
    assert git(origin(clone), "log", "--format=%an %ce|%s", "perf-history") == (
        "perfsite perfsite@localhost|record 3 runs: linux, mac, pull/linux"
    )
    assert git(origin(clone), "fsck", "--strict") == ""
    assert [run.time for run in read(BranchStore(clone))] == [runs[i].time for i in (0, 2, 1)]


def test_appends_add_to_what_is_there_and_a_repeated_one_changes_nothing(clone: Path) -> None:
    store = BranchStore(clone)
    store.append([make_run(0)])
    assert store.append([make_run(0), make_run(1)]) == Appended(written=1, known=1)
    before = git(origin(clone), "rev-parse", "perf-history")
    assert store.append([make_run(0), make_run(1)]) == Appended(written=0, known=2)
    assert git(origin(clone), "rev-parse", "perf-history") == before
    assert git(origin(clone), "rev-list", "--count", "perf-history") == "2"
    assert len(read(store)) == 2


def snapshot(clone: Path) -> dict[str, object]:
    names = ["config", "index", "HEAD", "shallow", "packed-refs"]
    kept: dict[str, object] = {
        name: (clone / ".git" / name).read_bytes() for name in names if (clone / ".git" / name).exists()
    }
    kept["mtime"] = (clone / ".git" / "index").stat().st_mtime_ns
    kept["status"] = git(clone, "--no-optional-locks", "status", "--porcelain=v2")
    kept["stash"] = git(clone, "stash", "list")
    kept["diff"] = git(clone, "diff") + git(clone, "diff", "--cached")
    return kept


@pytest.mark.parametrize("remote", ["origin", None])
def test_work_tree_index_head_and_configuration_stay_as_they_are(clone: Path, remote: str | None) -> None:
    (clone / "code.py").write_text("print('changed')\n")
    (clone / "staged.py").write_text("new\n")
    git(clone, "add", "staged.py")
    (clone / "untracked").write_text("x\n")
    before = snapshot(clone)
    store = BranchStore(clone, remote=remote)
    store.append([make_run(0)])
    store.append([make_run(1)])
    assert len(read(store)) == 2
    assert snapshot(clone) == before
    assert git(clone, "fsck", "--strict") == ""
    refs = git(clone, "for-each-ref", "--format=%(refname)").split()
    assert refs == [
        "refs/heads/main",
        *(["refs/heads/perf-history"] if remote is None else []),
        "refs/remotes/origin/main",
    ]


def test_a_shallow_clone_stays_as_shallow_as_it_is(clone: Path) -> None:
    BranchStore(clone).append([make_run(0)])
    git(clone.parent, "clone", "-q", "--depth=1", origin(clone).as_uri(), "shallow")
    shallow = clone.parent / "shallow"
    git(shallow, "checkout", "-q", "--detach")
    before = snapshot(shallow)
    store = BranchStore(shallow)
    store.append([make_run(1)])
    assert len(read(store)) == 2
    assert snapshot(shallow) == before


def test_an_append_fetches_only_the_shards_it_writes(clone: Path, tmp_path: Path) -> None:
    store = BranchStore(clone)
    for month in range(6):
        store.append([make_run(month * 50_000, size=400)])
    trace = tmp_path / "trace"
    os.environ["GIT_TRACE_PACKET"] = str(trace)
    try:
        store.append([make_run(1)])
    finally:
        del os.environ["GIT_TRACE_PACKET"]
    packets = trace.read_text(errors="replace")
    assert "filter blob:none" in packets
    assert "deepen 1" in packets
    assert len(read(store)) == 7


def test_an_import_finds_runs_in_shards_it_does_not_write(clone: Path) -> None:
    store = BranchStore(clone)
    runs = [make_run(i, size=2000) for i in range(30)]
    store.append(runs)
    assert "linux/2026-11-2.jsonl" in files(origin(clone))
    assert store.append([runs[0], make_run(99)], everywhere=True) == Appended(written=1, known=1)


def test_a_torn_line_on_the_branch_does_not_swallow_the_next(clone: Path) -> None:
    BranchStore(clone, remote=None).append([make_run(0)])
    tear(clone, lambda content: content + b'{"version":1,"id":"torn')
    store = BranchStore(clone, remote=None)
    store.append([make_run(1)])
    problems: list[Problem] = []
    assert len(list(store.read(problems))) == 2
    assert [problem.where for problem in problems] == ["perf-history:linux/2026-11.jsonl:2"]


def tear(clone: Path, cut: Callable[[bytes], bytes]) -> None:
    """Change the end of the branch's shard, as an editor or a broken merge would."""
    work = clone.parent / "work"
    git(clone, "worktree", "add", "-q", str(work), "perf-history")
    shard = work / "linux" / "2026-11.jsonl"
    shard.write_bytes(cut(shard.read_bytes()))
    git(work, "-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "-qam", "tear")
    git(clone, "worktree", "remove", str(work))


@pytest.mark.parametrize("everywhere", [False, True])
@pytest.mark.parametrize("kept", [54, 200, -3])
def test_a_run_whose_line_on_the_branch_was_torn_is_stored_again(clone: Path, kept: int, everywhere: bool) -> None:
    store = BranchStore(clone, remote=None)
    store.append([make_run(1)])
    tear(clone, lambda content: content[:kept])
    assert store.append([make_run(1)], everywhere=everywhere) == Appended(written=1, known=0)
    problems: list[Problem] = []
    assert [run.commit.sha for run in store.read(problems)] == [make_run(1).commit.sha]
    assert [problem.where for problem in problems] == ["perf-history:linux/2026-11.jsonl:1"]


def test_a_run_on_the_branch_that_lacks_only_its_line_end_is_known(clone: Path) -> None:
    store = BranchStore(clone, remote=None)
    store.append([make_run(1)])
    tear(clone, lambda content: content[:-1])
    assert store.append([make_run(1)]) == store.append([make_run(1)], everywhere=True) == Appended(written=0, known=1)


def test_a_branch_that_is_checked_out_is_not_moved_under_its_work_tree(clone: Path) -> None:
    store = BranchStore(clone, remote=None)
    store.append([make_run(0)])
    git(clone, "switch", "-q", "perf-history")
    with pytest.raises(HistoryError, match="is checked out"):
        store.append([make_run(1)])
    assert git(clone, "status", "--porcelain") == ""


def test_local_and_fetched_branch_are_both_read_where_neither_holds_the_other(clone: Path) -> None:
    BranchStore(clone).append([make_run(0), make_run(1)])
    BranchStore(clone, remote=None).append([make_run(1), make_run(2)])
    git(clone, "fetch", "-q", "origin")
    assert [run.time.minute for run in read(BranchStore(clone))] == [1, 2, 0]


def test_reading_looks_at_the_remote_where_the_clone_knows_no_branch_or_when_asked(clone: Path) -> None:
    store = BranchStore(clone)
    assert read(store) == []
    store.append([make_run(0)])
    assert len(read(store)) == 1
    git(clone, "fetch", "-q", "origin", "perf-history:refs/remotes/origin/perf-history")
    store.append([make_run(1)])
    assert len(read(store)) == 1
    assert len(read(BranchStore(clone, fresh=True))) == 2


def test_a_remote_that_cannot_be_read_is_told_and_not_taken_for_an_empty_history(clone: Path) -> None:
    git(clone, "remote", "set-url", "origin", (clone.parent / "gone.git").as_uri())
    problems: list[Problem] = []
    assert list(BranchStore(clone).read(problems)) == []
    assert problems[0].where == "origin/perf-history"
    assert "does not appear to be a git repository" in problems[0].problem


def test_a_relative_url_starts_from_the_top_of_the_work_tree(clone: Path) -> None:
    git(clone, "remote", "set-url", "origin", "../origin.git")
    (clone / "deep").mkdir()
    assert BranchStore(clone / "deep").append([make_run(0)]).written == 1


def test_another_who_was_first_is_built_upon(clone: Path) -> None:
    store = BranchStore(clone)
    other = BranchStore(clone, patience=Patience(sleep=[].append))
    store.append([make_run(0)])
    hook = origin(clone) / "hooks" / "update"
    # While the first push is on its way, somebody else's arrives: the server then refuses the first.
    hook.write_text(
        "#!/bin/sh\n"
        f"test -e {origin(clone)}/once && exit 0; touch {origin(clone)}/once\n"
        "new=$(git commit-tree -p perf-history -m other perf-history^{tree})\n"
        "unset GIT_QUARANTINE_PATH; git update-ref refs/heads/perf-history $new\n"
    )
    hook.chmod(0o755)
    git(origin(clone), "config", "user.name", "A")
    git(origin(clone), "config", "user.email", "a@example.org")
    assert other.append([make_run(1)]).written == 1
    subjects = git(origin(clone), "log", "--format=%s", "perf-history").splitlines()
    assert subjects[0] == "record 1 run: linux"
    assert len(read(BranchStore(clone, fresh=True))) == 2


def test_a_refusal_by_the_server_is_told_at_once_and_not_tried_again(clone: Path) -> None:
    hook = origin(clone) / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho 'GH006: Protected branch update failed' >&2\nexit 1\n")
    hook.chmod(0o755)
    naps: list[float] = []
    with pytest.raises(HistoryError, match="GH006: Protected branch update failed") as caught:
        BranchStore(clone, patience=Patience(sleep=naps.append)).append([make_run(0)])
    assert naps == []
    assert "protection rule" in str(caught.value.hint)


def test_the_deadline_ends_the_tries_and_says_that_nothing_was_stored(clone: Path) -> None:
    hook = origin(clone) / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho 'error: cannot lock ref' >&2\nexit 1\n")
    hook.chmod(0o755)
    ticks: Iterator[int] = iter(range(0, 10_000, 7))
    patience = Patience(deadline_s=60, clock=lambda: next(ticks), sleep=[].append, jitter=lambda: 0.5)
    with pytest.raises(HistoryError, match=r"could not be moved in \d tries within 60 s") as caught:
        BranchStore(clone, patience=patience).append([make_run(0)])
    assert "stores every run once" in str(caught.value.hint)


def test_a_missing_remote_repository_or_branch_name_is_told_with_the_next_step(clone: Path, tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match="no remote called 'upstream'") as caught:
        BranchStore(clone, remote="upstream").append([make_run(0)])
    assert "git remote add upstream URL" in str(caught.value.hint)
    with pytest.raises(HistoryError, match="not a git repository"):
        BranchStore(tmp_path).append([make_run(0)])
    with pytest.raises(HistoryError, match="no such directory"):
        list(BranchStore(tmp_path / "nowhere").read([]))
    with pytest.raises(HistoryError, match="cannot be a branch"):
        BranchStore(clone, branch="a..b").append([make_run(0)])


def test_files_in_the_way_on_the_branch_are_refused_and_told(clone: Path) -> None:
    stream = "\n".join(
        [
            "commit refs/heads/perf-history",
            "committer A <a@example.org> 1 +0000",
            "data 1",
            "x",
            "M 120000 inline linux/2026-11.jsonl",
            "data 11",
            "/etc/passwd",
            "M 100644 inline mac",
            "data 1",
            "x",
            "M 100644 inline stray.jsonl",
            "data 1",
            "x",
            "",
        ]
    )
    subprocess.run(["git", "fast-import", "--quiet"], cwd=clone, input=stream.encode(), check=True)
    store = BranchStore(clone, remote=None)
    problems: list[Problem] = []
    assert list(store.read(problems)) == []
    assert {problem.where for problem in problems} == {
        "perf-history:linux/2026-11.jsonl",
        "perf-history:stray.jsonl",
    }
    for environment in ("linux", "mac"):
        with pytest.raises(HistoryError, match="not what the history keeps there"):
            store.append([make_run(0, environment=environment)])


def test_what_git_sets_for_hooks_does_not_lead_elsewhere(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git(clone.parent, "init", "-q", "other")
    monkeypatch.setenv("GIT_DIR", str(clone.parent / "other" / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(clone.parent / "other" / "index"))
    monkeypatch.setenv("GIT_WORK_TREE", str(clone.parent / "other"))
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(clone.parent / "nowhere"))
    for remote in ("origin", None):
        assert BranchStore(clone, remote=remote).append([make_run(0)]).written == 1
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_OBJECT_DIRECTORY"):
        monkeypatch.delenv(name)
    assert files(clone) == files(origin(clone))
    assert git(clone.parent / "other", "count-objects") == "0 objects, 0 kilobytes"


def test_settings_that_reach_the_remote_come_along_and_hooks_of_the_user_do_not(clone: Path) -> None:
    git(clone, "remote", "set-url", "origin", "perf://origin.git")
    git(clone, "config", f"url.{clone.parent.as_uri()}/.insteadOf", "perf://")
    hooks = clone.parent / "hooks"
    hooks.mkdir()
    (hooks / "pre-push").write_text("#!/bin/sh\necho no >&2\nexit 1\n")
    (hooks / "pre-push").chmod(0o755)
    git(clone, "config", "--global", "core.hooksPath", str(hooks))
    git(clone, "config", "--global", "push.gpgSign", "true")
    assert BranchStore(clone).append([make_run(0)]).written == 1


# The writers start together once all are up, and import no test framework: what counts is the contest of pushes.
WRITER = """
import sys, time
from pathlib import Path
from perfsite.history.branch import BranchStore
from perfsite.history.codec import decode
run = decode(sys.stdin.readline(), where="stdin:1")
print("ready", flush=True)
sys.stdin.readline()
began = time.monotonic()
BranchStore(Path(sys.argv[1])).append([run])
print(time.monotonic() - began)
"""


@pytest.mark.slow
def test_of_24_jobs_that_push_at_once_every_run_lands(clone: Path) -> None:
    BranchStore(clone).append([make_run(1000 + i, size=100) for i in range(50)])
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(clone)], **pipes) for _ in range(24)]
    for i, writer in enumerate(writers):
        writer.stdin.write(encode(make_run(i, size=100)) + "\n")
        writer.stdin.flush()
    assert [writer.stdout.readline() for writer in writers] == ["ready\n"] * 24
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    took = [float(writer.communicate(timeout=120)[0]) for writer in writers]
    print(f"24 writers: slowest {max(took):.1f} s, fastest {min(took):.1f} s")
    assert len(read(BranchStore(clone))) == 74
    assert git(origin(clone), "fsck", "--strict", "--no-dangling") == ""
