"""Result files as they lie on disk: compressed, in folders, on standard input."""

import gzip
import io
import json
import sys

import pytest

from perfsite.errors import ConfigError, InputError
from perfsite.history.store import DirectoryStore
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
