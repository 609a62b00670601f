"""Collections of Go benchmark files: a run for each commit, in the order of time, the same at every import."""

import os
from datetime import UTC, datetime

import pytest

from perfsite import importers
from perfsite.errors import InputError
from perfsite.importers import go_bench
from perfsite.model.run import stand_in

SHA = "a" * 40


def write(folder, name, *lines, value="5 ns/op"):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "\n".join([*lines, "goos: linux", "goarch: amd64", f"BenchmarkX-8 10 {value}", "PASS", ""])
    path.write_text(text, encoding="utf-8")
    return path


def read(path, problems=None, **options):
    return list(go_bench.read(path, problems=problems, **options))


def test_the_file_s_own_lines_tell_commit_time_and_branch(tmp_path):
    write(tmp_path, "x.txt", f"commit: {SHA}", "commit-time: 2026-01-02T03:04:05Z", "branch: main")
    problems = []
    (run,) = read(tmp_path, problems)
    assert (run.commit.sha, run.branch, run.time) == (SHA, "main", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    assert (run.environment.name, run.source.format, run.id) == ("linux-x86_64", "go-bench", None)
    assert run.environment.facts["go.gomaxprocs"] == 8
    assert problems == []


def test_a_hash_in_the_file_s_name_is_the_commit_and_a_day_in_it_the_time(tmp_path):
    write(tmp_path, f"2026-01-31-{SHA}.txt")
    (run,) = read(tmp_path)
    assert (run.commit.sha, run.time) == (SHA, datetime(2026, 1, 31, tzinfo=UTC))


def test_a_release_s_name_stands_in_for_its_commit_and_both_doubts_are_told_once(tmp_path):
    for name in ("v1.2.txt", "old/v1.1.txt"):
        os.utime(write(tmp_path, name), (1_700_000_000, 1_700_000_000))
    problems = []
    runs = read(tmp_path, problems)
    assert {run.commit.sha for run in runs} == {stand_in("v1.2").sha, stand_in("old/v1.1").sha}
    assert {run.time for run in runs} == {datetime.fromtimestamp(1_700_000_000, tz=UTC)}
    assert len(problems) == 2
    assert "do not say when they were measured" in problems[0]
    assert "'v1.2'" in problems[1]


def test_the_runs_come_in_the_order_of_time(tmp_path):
    write(tmp_path, "a.txt", "commit: b2", "commit-time: 2026-03-01T00:00:00Z")
    write(tmp_path, "b.txt", "commit: b1", "commit-time: 2026-02-01T00:00:00Z")
    (tmp_path / "c.jsonl").write_text(
        '{"Time":"2026-01-01T00:00:00Z","Action":"output","Package":"x","Output":"BenchmarkX 1 5 ns/op\\n"}\n'
    )
    assert [run.time.month for run in read(tmp_path)] == [1, 2, 3]


def test_a_file_of_several_commits_is_several_runs(tmp_path):
    later = ["commit: " + "b" * 40, "commit-time: 2026-02-01T00:00:00Z", "BenchmarkX-8 10 7 ns/op"]
    write(tmp_path, "all.txt", *later, f"commit: {SHA}", "commit-time: 2026-01-01T00:00:00Z")
    assert [run.commit.sha[0] for run in read(tmp_path / "all.txt")] == ["a", "b"]


def test_a_file_that_cannot_be_read_costs_itself_and_progress_counts_all(tmp_path):
    write(tmp_path, "good.txt", f"commit: {SHA}", "commit-time: 2026-01-01T00:00:00Z")
    write(tmp_path, "bad.txt", value="fast ns/op")
    (tmp_path / "notes.txt").write_text("nothing")
    (tmp_path / "binary.txt").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "ignored.png").write_bytes(b"\xff")
    (tmp_path / ".hidden.txt").write_text("BenchmarkX 1 1 ns/op")
    problems, seen = [], []
    assert len(read(tmp_path, problems, progress=lambda done, total: seen.append((done, total)))) == 1
    assert len(problems) == 3
    assert any("bad.txt: line 3: expected a number, found text 'fast'" in problem for problem in problems)
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_reading_again_gives_the_same_runs(tmp_path):
    for i in range(3):
        write(tmp_path, f"v{i}.txt", f"date: 2026-01-0{i + 1}T00:00:00Z", value=f"{i} ns/op")
    assert read(tmp_path) == read(tmp_path)


def test_a_path_that_is_none_and_a_folder_without_benchmarks_say_what_to_give(tmp_path):
    for path in (tmp_path / "missing", tmp_path):
        with pytest.raises(InputError) as caught:
            read(path)
        assert "go test -bench" in caught.value.hint


def test_it_is_in_the_table():
    assert importers.load("go-bench") is go_bench
