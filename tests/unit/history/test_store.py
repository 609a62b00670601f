from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from perfsite.errors import HistoryError
from perfsite.history import shards
from perfsite.history.codec import encode
from perfsite.history.shards import Appended, Plan, encoded, line_id, order_key
from perfsite.history.store import DirectoryStore, read_all
from perfsite.model.run import Columns, Commit, Direction, Environment, Measurement, Metric, Run, Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from perfsite.model.problem import Problem

SECONDS = Metric(name="time", unit="s", direction=Direction.LOWER)


def make_run(i: int = 0, *, environment: str = "linux", pull_request: int | None = None, names: int = 1) -> Run:
    rows = [Measurement(benchmark=f"b{k}", metric=SECONDS, value=i + 0.5) for k in range(names)]
    return Run(
        time=datetime(2026, 11, 30, 23, 0, tzinfo=UTC) + timedelta(minutes=i),
        commit=Commit(sha=f"{i:040x}"),
        environment=Environment(name=environment),
        source=Source(format="table"),
        measurements=Columns.of(rows),
        pull_request=pull_request,
    )


def times(runs: Iterator[Run]) -> list[datetime]:
    return [run.time for run in runs]


@pytest.fixture
def store(tmp_path: Path) -> DirectoryStore:
    return DirectoryStore(tmp_path / "history")


def files(store: DirectoryStore) -> list[str]:
    return sorted(path.relative_to(store.root).as_posix() for path in store.root.rglob("*") if path.is_file())


def test_a_history_that_does_not_exist_is_empty(store: DirectoryStore) -> None:
    problems: list[Problem] = []
    assert list(store.read(problems)) == []
    assert problems == []


def test_runs_go_to_the_month_and_environment_of_their_own_and_pull_requests_apart(store: DirectoryStore) -> None:
    runs = [make_run(0), make_run(60), make_run(1, environment="mac"), make_run(2, pull_request=7)]
    assert store.append(runs) == Appended(written=4, known=0)
    assert files(store) == [
        "linux/2026-11.jsonl",
        "linux/2026-12.jsonl",
        "mac/2026-11.jsonl",
        "pull/linux/2026-11.jsonl",
    ]
    problems: list[Problem] = []
    assert times(store.read(problems)) == [runs[i].time for i in (0, 1, 2, 3)]
    assert problems == []


def test_a_run_is_stored_once_however_often_it_is_appended(store: DirectoryStore) -> None:
    store.append([make_run(0), make_run(1)])
    assert store.append([make_run(1), make_run(2), make_run(2)]) == Appended(written=1, known=2)
    assert len(list(store.read([]))) == 3


def test_appending_nothing_makes_no_directory(store: DirectoryStore) -> None:
    assert store.append([]) == Appended(0, 0)
    assert not store.root.exists()


def test_a_full_shard_rolls_over_and_a_repeated_import_finds_the_runs_of_all_shards(
    store: DirectoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shards, "SHARD_BYTES", 1000)
    runs = [make_run(i) for i in range(40)]
    store.append(runs)
    assert {"linux/2026-11.jsonl", "linux/2026-11-2.jsonl", "linux/2026-11-11.jsonl"} <= set(files(store))
    assert all(len((store.root / name).read_bytes()) <= 1000 for name in files(store))
    assert times(store.read([])) == [run.time for run in runs]
    assert store.append(runs, everywhere=True) == Appended(written=0, known=40)


def test_a_torn_last_line_costs_itself_and_not_the_next(store: DirectoryStore) -> None:
    store.append([make_run(0), make_run(1)])
    shard = store.root / "linux" / "2026-11.jsonl"
    shard.write_bytes(shard.read_bytes()[:-30])
    assert store.append([make_run(2)]) == Appended(written=1, known=0)
    problems: list[Problem] = []
    assert times(store.read(problems)) == [make_run(0).time, make_run(2).time]
    assert [problem.where for problem in problems] == [f"{shard.as_posix()}:2"]
    assert "the line looks cut off" in problems[0].problem


def test_a_last_line_without_its_end_is_still_a_run(store: DirectoryStore) -> None:
    store.append([make_run(0)])
    shard = store.root / "linux" / "2026-11.jsonl"
    shard.write_bytes(shard.read_bytes()[:-1])
    assert store.append([make_run(0), make_run(1)]) == Appended(written=1, known=1)
    assert len(list(store.read([]))) == 2


def facts_end(line: bytes) -> int:
    """Return where the environment ends: what stands before looks like the end of a line."""
    return line.index(b"}}") + 2


CUTS = {
    "in the id": lambda line: line.index(b'"id"') + 12,
    "right after the id": lambda line: line.index(b',"time"'),
    "after two closing braces": facts_end,
    "in the middle": lambda line: len(line) // 2,
    "before the last brace": lambda line: len(line) - 1,
}


@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS)
@pytest.mark.parametrize("everywhere", [False, True])
@pytest.mark.parametrize("identity", [None, "7" * 32])
def test_a_run_whose_line_was_torn_is_stored_when_it_is_recorded_again(
    store: DirectoryStore, cut: Callable[[bytes], int], everywhere: bool, identity: str | None
) -> None:
    run = replace(make_run(1), id=identity, environment=Environment(name="linux", facts={"cpu": "x"}))
    store.append([make_run(0), run])
    shard = store.root / "linux" / "2026-11.jsonl"
    first, second = shard.read_bytes().splitlines()
    shard.write_bytes(first + b"\n" + second[: cut(second)])
    assert store.append([make_run(0), run], everywhere=everywhere) == Appended(written=1, known=1)
    assert store.append([make_run(0), run], everywhere=everywhere) == Appended(written=0, known=2)
    problems: list[Problem] = []
    assert times(store.read(problems)) == [make_run(0).time, run.time]
    assert [problem.where for problem in problems] == [f"{shard.as_posix()}:2"]


@pytest.mark.parametrize("end", [b"", b"\r\n"])
@pytest.mark.parametrize("identity", [None, "7" * 32])
def test_a_whole_line_is_known_whatever_ends_it(store: DirectoryStore, end: bytes, identity: str | None) -> None:
    run = replace(make_run(0), id=identity)
    store.append([run])
    shard = store.root / "linux" / "2026-11.jsonl"
    shard.write_bytes(shard.read_bytes().rstrip() + end)
    before = shard.read_bytes()
    assert store.append([run]) == store.append([run], everywhere=True) == Appended(written=0, known=1)
    assert shard.read_bytes() == before


def test_a_failing_append_leaves_every_shard_as_it_was(store: DirectoryStore) -> None:
    store.append([make_run(0)])
    before = (store.root / "linux" / "2026-11.jsonl").read_bytes()
    (store.root / "mac").write_text("a file where a folder must be")
    with pytest.raises(HistoryError, match="cannot be written") as caught:
        store.append([make_run(1), make_run(90), make_run(2, environment="mac")])
    assert "nothing was stored" in str(caught.value.hint)
    assert (store.root / "linux" / "2026-11.jsonl").read_bytes() == before
    assert files(store) == ["linux/2026-11.jsonl", "mac"]


def test_runs_that_stop_half_way_are_not_stored_at_all(store: DirectoryStore) -> None:
    def broken() -> Iterator[Run]:
        yield make_run(0)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.append(broken())
    assert not store.root.exists()


def test_bad_lines_cost_themselves_and_are_told_with_their_place(store: DirectoryStore) -> None:
    store.append([make_run(0)])
    shard = store.root / "linux" / "2026-11.jsonl"
    good = shard.read_bytes()
    newer = good.replace(b'"version":1', b'"version":9')
    shard.write_bytes(b"\xff\xfe\n\n  \r\n" + newer + good.replace(b"\n", b"\r\n") + good + b"null\n")
    problems: list[Problem] = []
    assert len(list(store.read(problems))) == 1
    assert [problem.where.rpartition(":")[2] for problem in problems] == ["1", "4", "7"]
    assert problems[1].hint == "upgrade perfsite"


def test_a_run_stored_twice_is_read_once_over_all_stores(store: DirectoryStore, tmp_path: Path) -> None:
    other = DirectoryStore(tmp_path / "other")
    store.append([make_run(0), make_run(1)])
    other.append([make_run(1), make_run(2)])
    assert times(read_all([store, other], [])) == [make_run(i).time for i in range(3)]


def test_another_content_under_a_known_id_is_told_and_the_first_counts(store: DirectoryStore, tmp_path: Path) -> None:
    store.append([make_run(0)])
    shard = store.root / "linux" / "2026-11.jsonl"
    other = DirectoryStore(tmp_path / "other")
    other.append([make_run(0)])
    line = shard.read_bytes()
    shard.write_bytes(line + line.replace(b"0.5", b"0.7") + line.replace(b"\n", b"\r\n"))
    problems: list[Problem] = []
    runs = list(read_all([store, other], problems))
    assert [run.measurements.value[0] for run in runs] == [0.5]
    assert [problem.where for problem in problems] == [f"{shard.as_posix()}:2"]
    assert problems[0].problem == "has the id of the earlier linux/2026-11.jsonl:1 and other content; that one counts"


def test_line_ends_of_unicode_do_not_split_a_line(store: DirectoryStore) -> None:
    rows = [Measurement(benchmark="a\u2028b\x85c\x1cd", metric=SECONDS, value=1.0)]
    run = Run(
        time=datetime(2026, 1, 1, tzinfo=UTC),
        commit=Commit(sha="a" * 40),
        environment=Environment(name="e"),
        source=Source(format="t"),
        measurements=Columns.of(rows),
    )
    store.append([run, make_run(1)])
    problems: list[Problem] = []
    assert len(list(store.read(problems))) == 2
    assert problems == []


def test_an_empty_shard_is_no_problem_and_is_written_first(store: DirectoryStore) -> None:
    (store.root / "linux").mkdir(parents=True)
    (store.root / "linux" / "2026-11.jsonl").touch()
    store.append([make_run(0)])
    assert files(store) == ["linux/2026-11.jsonl"]
    assert len(list(store.read([]))) == 1


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_links_are_neither_read_nor_written_through(store: DirectoryStore, tmp_path: Path) -> None:
    elsewhere = DirectoryStore(tmp_path / "elsewhere")
    elsewhere.append([make_run(0)])
    store.root.mkdir()
    (store.root / "linux").symlink_to(elsewhere.root / "linux")
    (store.root / "mac").mkdir()
    (store.root / "mac" / "2026-11.jsonl").symlink_to(elsewhere.root / "linux" / "2026-11.jsonl")
    problems: list[Problem] = []
    assert list(store.read(problems)) == []
    assert len(problems) == 2
    assert all("symbolic link" in problem.problem for problem in problems)
    before = (elsewhere.root / "linux" / "2026-11.jsonl").read_bytes()
    for environment in ("linux", "mac"):
        with pytest.raises(HistoryError):
            store.append([make_run(1, environment=environment)])
    assert (elsewhere.root / "linux" / "2026-11.jsonl").read_bytes() == before


def test_what_is_in_the_way_is_told_and_the_rest_is_read(store: DirectoryStore) -> None:
    store.append([make_run(0)])
    (store.root / "linux" / "2026-10.jsonl").mkdir()
    (store.root / "stray.jsonl").write_text("{}\n")
    (store.root / "events.jsonl").write_text("{}\n")
    (store.root / "linux" / "README.md").write_text("not a shard\n")
    (store.root / "linux" / "deep").mkdir()
    (store.root / "linux" / "deep" / "2026-11.jsonl").write_text("{}\n")
    if hasattr(os, "mkfifo"):
        os.mkfifo(store.root / "linux" / "pipe.jsonl")
    problems: list[Problem] = []
    assert len(list(store.read(problems))) == 1
    told = {Path(problem.where).relative_to(store.root).as_posix(): problem.problem for problem in problems}
    assert "directory where a shard" in told.pop("linux/2026-10.jsonl")
    assert "environment's folder" in told.pop("stray.jsonl")
    assert "environment's folder" in told.pop("linux/deep/2026-11.jsonl")
    assert set(told) <= {"linux/pipe.jsonl"}


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_shard_is_told_and_the_rest_is_read(store: DirectoryStore) -> None:
    store.append([make_run(0), make_run(60)])
    (store.root / "linux" / "2026-11.jsonl").chmod(0)
    problems: list[Problem] = []
    assert len(list(store.read(problems))) == 1
    assert "Permission denied" in problems[0].problem


def test_a_history_that_is_a_file_is_an_error_and_not_empty(tmp_path: Path) -> None:
    (tmp_path / "history").write_text("oops")
    store = DirectoryStore(tmp_path / "history")
    with pytest.raises(HistoryError, match="cannot be read"):
        list(store.read([]))
    with pytest.raises(HistoryError, match="cannot be written"):
        store.append([make_run(0)])


def test_a_gigantic_line_is_left_out_without_reading_it_whole(
    store: DirectoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.append([make_run(0)])
    shard = store.root / "linux" / "2026-11.jsonl"
    shard.write_bytes(b"x" * 50_000 + b"\n" + shard.read_bytes())
    monkeypatch.setattr("perfsite.history.store.MAX_LINE_BYTES", 1000)
    problems: list[Problem] = []
    assert len(list(store.read(problems))) == 1
    assert [problem.where for problem in problems] == [f"{shard.as_posix()}:1"]


def test_a_run_too_large_for_a_line_is_refused_before_anything_is_written(
    store: DirectoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shards, "MAX_LINE_BYTES", 1000)
    with pytest.raises(HistoryError, match="too large for one line"):
        store.append([make_run(0), make_run(1, names=200)])
    assert not store.root.exists()


def test_shards_are_read_in_order_of_month_and_number_with_pull_requests_last() -> None:
    names = ["pull/a/2020-01.jsonl", "b/2020-01.jsonl", "a/2020-01-10.jsonl", "a/2020-01-2.jsonl", "a/2020-01.jsonl"]
    assert sorted(names, key=order_key) == list(reversed(names))


def test_ids_are_found_in_lines_of_other_writers_too() -> None:
    line = encode(make_run(0))
    record = json.loads(line)
    reordered = json.dumps({"time": record["time"], **{k: record[k] for k in ("id", "version")}})
    assert line_id(line.encode()) == line_id(reordered.encode()) == record["id"]
    assert line_id(b"torn {") is None
    assert line_id(b"[1]") is None
    assert line_id(b'{"id": 7}') is None


def test_a_plan_does_not_read_a_month_twice() -> None:
    asked: list[str] = []

    def tail(stem: str) -> tuple[int, bytes]:
        asked.append(stem)
        return 0, b""

    assert Plan(tail).add_all(encoded(make_run(i) for i in range(5))) == Appended(5, 0)
    assert asked == ["linux/2026-11"]


WRITER = """
import sys
sys.path.insert(0, sys.argv[1])
from test_store import make_run
from perfsite.history.store import DirectoryStore
store = DirectoryStore(sys.argv[2])
for i in range(20):
    store.append([make_run(int(sys.argv[3]) * 1000 + i)])
"""


def test_processes_that_append_at_once_lose_nothing(store: DirectoryStore) -> None:
    command = [sys.executable, "-c", WRITER, str(Path(__file__).parent), str(store.root)]
    writers = [subprocess.Popen([*command, str(i)]) for i in range(4)]
    assert [writer.wait(60) for writer in writers] == [0] * 4
    problems: list[Problem] = []
    assert len(list(store.read(problems))) == 80
    assert problems == []
