"""What a benchmark was called, and is called today."""

import json

import pytest

from perfsite.errors import ConfigError, InputError
from perfsite.history.store import DirectoryStore
from perfsite.workflow.project import open_project
from perfsite.workflow.record import Wish, record
from perfsite.workflow.renames import Renames


def test_an_exact_name_wins_over_a_start_and_the_first_start_over_a_later_one():
    renames = Renames(["a/*=x/*", "a/b=exact", "a/b/*=never/*"])
    assert [renames.name(name) for name in ("a/b", "a/b/c", "a/", "b")] == ["exact", "x/b/c", "x/", "b"]
    assert renames.unused() == ["a/b/*"]


def test_an_equals_sign_in_a_name_is_escaped():
    assert Renames([r"f\=1=g\=2"]).name("f=1") == "g=2"


@pytest.mark.parametrize("text", ["a", "=a", "a=", "a=b=c", "a*=b", "a=b*", ""])
def test_what_is_no_pair_is_a_usage_error(text):
    with pytest.raises(ConfigError, match="--map") as caught:
        Renames([text])
    assert caught.value.where == "--map"
    assert caught.value.hint


def test_two_benchmarks_of_one_run_cannot_get_the_same_name(repository):
    file = repository.path / "bench.json"
    rows = [{"command": name, "times": [1.0]} for name in ("a", "b")]
    file.write_text(json.dumps({"results": rows}), encoding="utf-8")
    project = open_project(repository.path)
    record(project, [file], Wish(), {})
    runs = DirectoryStore(project.history).read([])
    with pytest.raises(InputError, match="'a' and 'b' would both be called 'b'"):
        list(Renames(["a=b"]).apply(runs))
