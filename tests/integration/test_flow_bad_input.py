"""Whatever is handed over: one clear error with file, place, value and next step, and nothing half-written."""

import json
import os
import signal
import subprocess
import sys

import pytest

CONTENTS = {
    "empty": (b"", "is empty", "benchmark tool"),
    "blank": (b" \n\t\n", "is empty", "benchmark tool"),
    "truncated": (b'{"results":[{"command":"ls","times":[0.1,', "the file ends in the middle", "cut off"),
    "binary": (bytes(range(256)) * 8, "not a text file", "result file"),
    "utf-16": ('{"results":[]}'.encode("utf-16"), "UTF-16", "UTF-8"),
    "wrong format": (b'{"a": 1}', "is of no format that perfsite knows", "--format NAME"),
    "no json": (b"<html></html>", "is of no format", "--format NAME"),
    "NaN": (b'{"results":[{"command":"ls","times":[NaN]}]}', "$.results[0].times[0]: expected a finite number", "?"),
    "infinity": (b'{"results":[{"command":"ls","times":[1e999]}]}', "$.results[0].times[0]: expected", "?"),
    "negative": (b'{"results":[{"command":"ls","times":[-1]}]}', "not below 0, found the number -1", "?"),
    "text": (b'{"results":[{"command":"ls","times":["fast"]}]}', "expected a number, found text 'fast'", "?"),
    "twice": (
        b'{"results":[{"command":"ls","times":[1]},{"command":"ls","times":[2]}]}',
        "the benchmark 'ls' is there twice",
        "own name",
    ),
    "no benchmark": (b'{"results":[]}', "", ""),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", CONTENTS)
def test_a_bad_file_is_one_clear_error_and_changes_nothing(project, name):
    content, problem, hint = CONTENTS[name]
    project.quickly_recorded([0.1])
    before = project.snapshot("history")
    (project.path / "bad.json").write_bytes(content)
    done = project.perfsite("record", "bad.json")
    assert (done.code, done.out) == (3, "")
    first, *_, last = done.err.splitlines()
    assert first.startswith("error: bad.json: ")
    assert problem in first
    assert last.startswith("hint: ")
    assert hint in last
    assert "Traceback" not in done.err
    assert project.snapshot("history") == before


def test_all_that_is_wrong_with_several_files_is_told_at_once_and_none_is_stored(project):
    project.write("a.json", '{"results":[{"command":"ls","times":[NaN,"x"]}]}')
    project.write("b.json", "")
    (project.path / "c.json").mkdir()
    project.results(work=[0.1])
    done = project.perfsite("record", "a.json", "b.json", "c.json", "missing.json", "bench.json")
    assert (done.code, done.out) == (3, "")
    assert [line.split(": ")[1] for line in done.err.splitlines() if line.startswith("error")] == [
        "a.json",
        "a.json",
        "b.json",
        "c.json",
        "missing.json",
    ]
    assert not (project.path / "history").exists()


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read and write everything")
def test_what_may_not_be_read_or_written_is_told(project):
    project.quickly_recorded([0.1])
    file = project.path / project.results(work=[0.2])
    file.chmod(0)
    assert project.perfsite("record", "bench.json").code == 3
    file.chmod(0o600)
    for folder in (project.path / "history", *(project.path / "history").iterdir()):
        folder.chmod(0o500)
    done = project.perfsite("record", "bench.json")
    assert done.code == 4
    assert "nothing was stored" in done.err


@pytest.mark.slow
def test_a_history_that_is_a_file_is_a_history_error(project):
    project.write("history", "")
    for arguments in (("record", project.results(work=[0.1])), ("check",)):
        done = project.perfsite(*arguments)
        assert (done.code, done.out) == (4, ""), arguments
        assert "history" in done.err
        assert "Traceback" not in done.err


def test_a_name_too_long_to_store_is_an_error_and_stores_nothing(project):
    project.write("bench.json", json.dumps({"results": [{"command": "x" * 20_001, "times": [1]}]}))
    done = project.perfsite("record", "bench.json")
    assert done.code == 3, done.err
    assert done.out == ""
    assert len(done.err) < 2_000
    assert not (project.path / "history").exists()


@pytest.mark.slow
def test_hostile_names_cannot_steer_the_terminal(project):
    name = "\x1b[31mred\x1b[0m\r\nfake: line \u202egnp"
    project.write("bench.json", json.dumps({"results": [{"command": name, "times": [1]}]}))
    project.good("record", "bench.json")
    out = project.good("check", "--all")
    assert not {"\x1b", "\r", "\u202e"} & set(out)
    assert len(out.splitlines()) == 4
    assert json.loads(project.good("check", "--json"))["rows"][0]["benchmark"] == name


@pytest.mark.slow
@pytest.mark.parametrize("name", ["../up", "a/b", "pull", ".hidden", "", "x" * 101, "a b", "con"])
def test_an_environment_that_could_be_no_folder_is_refused(project, name):
    done = project.perfsite("record", project.results(work=[0.1]), f"--environment={name}")
    assert (done.code, done.out) == (2, "")
    assert "cannot be an environment's name" in done.err
    assert not (project.path / "history").exists()


@pytest.mark.slow
def test_a_torn_last_line_is_closed_and_costs_only_itself(project):
    project.quickly_recorded([0.1])
    shard = next((project.path / "history").rglob("*.jsonl"))
    torn = shard.read_bytes() + shard.read_bytes()[:100]
    shard.write_bytes(torn)
    project.commit("second", 1)
    project.good("record", project.results(work=[0.11]), "--environment", "desk")
    assert shard.read_bytes().startswith(torn + b"\n{")
    done = project.perfsite("check", "--json")
    assert done.code == 0
    assert "warning: history/desk/" in done.err
    assert json.loads(done.out)["rows"][0]["baseline"] == 0.1


@pytest.mark.skipif(os.name != "posix", reason="SIGINT of another process is POSIX")
def test_ctrl_c_ends_with_130_and_leaves_nothing_half_written(project):
    project.quickly_recorded([0.1])
    before = project.snapshot("history")
    pipe = project.path / "pipe.json"
    os.mkfifo(pipe)
    process = subprocess.Popen(
        [sys.executable, "-m", "perfsite", "record", "pipe.json"],
        cwd=project.path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with pipe.open("w", encoding="utf-8") as writer:  # opens when perfsite reads; then it waits for content
        writer.write('{"results":')
        writer.flush()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (130, "", "\ninterrupted\n")
    assert project.snapshot("history") == before
