"""Result files as they lie on disk: compressed, in folders, on standard input."""

import gzip
import io
import json
import shutil
import sys

import pytest

from perfsite.errors import ConfigError, InputError
from perfsite.history.store import DirectoryStore
from perfsite.workflow.importing import import_history
from perfsite.workflow.project import open_project
from perfsite.workflow.reading import STANDARD_INPUT, read_all
from perfsite.workflow.record import Wish, record

TEXT = json.dumps({"results": [{"command": "a", "times": [1.0, 2.0]}]})


def test_a_file_that_a_tool_compressed_is_unpacked(repository):
    file = repository.path / "bench.json.gz"
    file.write_bytes(gzip.compress(TEXT.encode()))
    name, reading = read_all(open_project(repository.path), [file], None)[1][0]
    assert (name, reading.measurements[0].value) == ("hyperfine", 1.5)


@pytest.mark.parametrize("damage", [lambda raw: raw[:-9], lambda raw: raw[:12] + b"\xff\xff\xff" + raw[15:]])
def test_a_compressed_file_that_is_damaged_is_told(repository, damage):
    file = repository.path / "bench.json.gz"
    file.write_bytes(damage(gzip.compress(TEXT.encode() * 50)))
    with pytest.raises(InputError, match="cannot be unpacked"):
        read_all(open_project(repository.path), [file], None)


def test_standard_input_is_read(repository, monkeypatch):
    class Piped:
        buffer = io.BytesIO(TEXT.encode())

    monkeypatch.setattr(sys, "stdin", Piped)
    from pathlib import Path

    assert record(open_project(repository.path), [Path("-")], Wish(), {}).written == 1
    assert next(iter(DirectoryStore(repository.path / "history").read([]))).measurements.benchmark == ["a"]


def test_a_folder_without_result_files_says_what_was_looked_for(tmp_path):
    with pytest.raises(InputError, match="is a folder without the result files"):
        read_all(open_project(tmp_path), [tmp_path], None)
    with pytest.raises(InputError, match="that format has no folder"):
        read_all(open_project(tmp_path), [tmp_path], "hyperfine")


def test_a_mapped_format_cannot_take_the_name_of_one_that_exists(repository):
    (repository.path / "site_config").mkdir()
    (repository.path / "site_config" / "perfsite.toml").write_text("[formats.hyperfine.values]\na = 's'\n")
    with pytest.raises(ConfigError, match="there is a format 'hyperfine' already"):
        read_all(open_project(repository.path), [], None)


def test_standard_input_may_be_compressed(repository, monkeypatch):
    class Piped:
        buffer = io.BufferedReader(io.BytesIO(gzip.compress(TEXT.encode())))

    monkeypatch.setattr(sys, "stdin", Piped)
    name, reading = read_all(open_project(repository.path), [STANDARD_INPUT], None)[1][0]
    assert (name, reading.measurements[0].value) == ("hyperfine", 1.5)


def test_a_file_that_is_named_twice_is_one_file(repository):
    file = repository.path / "bench.json"
    file.write_text(TEXT)
    files, readings = read_all(open_project(repository.path), [file, file.parent / "." / "bench.json", file], None)
    assert (files, len(readings)) == ([file], 1)


def test_a_folder_of_criterion_is_read_and_a_link_beside_a_result_file_is_not_followed(repository, root):
    tree = repository.path / "tree"
    shutil.copytree(root / "tests" / "data" / "criterion" / "tree", tree)
    project = open_project(repository.path)
    named = {row.benchmark for _, reading in read_all(project, [tree], None)[1] for row in reading.measurements}
    secret = repository.path / "secret.txt"
    secret.write_text("the secret", encoding="utf-8")
    for file in tree.rglob("new/benchmark.json"):
        file.unlink()
        file.symlink_to(secret)
    assert {"Sums/xor", "Sums"} & named
    with pytest.raises(InputError, match=r"there is no benchmark\.json beside") as caught:
        read_all(project, [tree], None)
    assert "the secret" not in str(caught.value)


@pytest.mark.parametrize("kind", ["github-action-benchmark", "bencher", "codespeed"])
def test_a_history_that_is_a_device_is_refused_not_read_for_ever(repository, kind):
    folder = repository.path / "export"
    folder.mkdir()
    (folder / "data.js").symlink_to("/dev/zero")
    (folder / "x.json").symlink_to("/dev/zero")
    with pytest.raises(InputError):
        import_history(open_project(repository.path), kind, folder)
