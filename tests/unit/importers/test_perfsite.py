"""perfsite's own history, brought into another place."""

import json

import pytest

from perfsite import importers
from perfsite.errors import ConfigError, InputError
from perfsite.history.store import DirectoryStore
from perfsite.workflow.importing import ImportWish, import_history
from perfsite.workflow.project import open_project
from perfsite.workflow.record import Wish, record


@pytest.fixture
def history(repository):
    for i in range(3):
        file = repository.path / f"{i}.json"
        file.write_text(json.dumps({"results": [{"command": "a/old", "times": [1.0 + i]}]}), encoding="utf-8")
        record(open_project(repository.path), [file], Wish(environment=f"e{i % 2}"), {})
    return repository.path / "history"


def stored(root):
    return {run.id: run for run in DirectoryStore(root).read([])}


def test_a_whole_history_comes_in_once_with_its_ids(history, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    seen = []
    done = import_history(open_project(other), "perfsite", history, progress=lambda *at: seen.append(at))
    assert (done.written, done.known) == (3, 0)
    assert stored(other / "history") == stored(history)
    assert seen == [(1, 2), (2, 2)]
    assert import_history(open_project(other), "perfsite", history).known == 3


def test_one_file_comes_in_and_a_bad_line_costs_only_itself(history, tmp_path):
    shard = next((history / "e0").glob("*.jsonl"))
    shard.write_bytes(shard.read_bytes() + b"{torn\n\n")
    problems = []
    assert len(list(importers.load("perfsite").read(shard, problems=problems))) == 2
    assert "(left out)" in problems[0]
    assert ":3" in problems[0]
    problems.clear()
    assert len(list(importers.load("perfsite").read(history, problems=problems))) == 3
    assert len(problems) == 1


@pytest.mark.parametrize("content", [None, b"", b"{}\n", b"\xff\n"])
def test_what_is_no_history_is_an_input_error(tmp_path, content):
    path = tmp_path / "x.jsonl"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError):
        list(importers.load("perfsite").read(path))
    with pytest.raises(InputError, match="no run"):
        list(importers.load("perfsite").read(tmp_path))


def test_renamed_benchmarks_come_in_under_their_new_names(history, tmp_path_factory):
    other = open_project(tmp_path_factory.mktemp("other"))
    done = import_history(other, "perfsite", history, ImportWish(renames=["a/*=b/*", "gone=x"]))
    assert {name for run in stored(other.history).values() for name in run.measurements.benchmark} == {"b/old"}
    assert done.warnings == ["--map: no benchmark is called 'gone'"]
    assert stored(other.history).keys().isdisjoint(stored(history))
    assert import_history(other, "perfsite", history, ImportWish(renames=["a/*=b/*"])).known == 3


def test_runs_that_are_there_under_their_old_names_are_not_counted_twice(history, tmp_path_factory):
    other = open_project(tmp_path_factory.mktemp("other"))
    import_history(other, "perfsite", history)
    before = stored(other.history)
    with pytest.raises(ConfigError, match="under the old names") as caught:
        import_history(other, "perfsite", history, ImportWish(renames=["a/*=b/*"]))
    assert caught.value.where == "--map"
    assert stored(other.history) == before
