"""The command line as people and scripts meet it: help, streams, exit codes, folders, and the preview."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from perfsite.cli.main import COMMANDS

PERFSITE = (sys.executable, "-m", "perfsite")


def test_help_names_every_command_and_every_command_has_help(project):
    text = project.good("--help")
    names = re.findall(r"^  ([a-z]+)  ", text.partition("Commands:")[2], re.MULTILINE)
    assert names == list(COMMANDS)
    for name in names:
        assert f"Usage: perfsite {name}" in project.good(name, "--help")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "problem", "hint"),
    [
        (("nonsense",), "No such command 'nonsense'", "perfsite --help"),
        (("record",), "name at least one result file", "perfsite record --help"),
        (("record", "--nonsense"), "No such option", "perfsite record --help"),
        (("record", "x", "--format", "nope"), "there is no format 'nope'", "pytest-benchmark"),
        (("record", "bench.json", "--commit", "nope"), "'nope' is not a commit of this repository", "40 digits"),
        (("import", "nope", "."), "nope", "asv"),
        (("serve", "--port", "70000"), "70000", "perfsite serve --help"),
        (("build", "--site-dir", "x"), "the output is a file", "another folder"),
        (("-C", "nowhere", "build"), "no such folder", "-C"),
        (("--config", "nowhere.toml", "build"), "no such file", "--config"),
    ],
)
def test_a_wrong_call_says_what_to_do_and_exits_2(project, arguments, problem, hint):
    project.results(work=[0.1])
    project.write("x", "{}")
    done = project.perfsite(*arguments)
    assert (done.code, done.out) == (2, "")
    first, last = done.err.splitlines()
    assert first.startswith("error: ")
    assert problem in first
    assert last.startswith("hint: ")
    assert hint in last


def test_without_a_command_the_help_goes_to_standard_error(project):
    done = project.perfsite()
    assert (done.code, done.out) == (2, "")
    assert "Commands:" in done.err


@pytest.mark.skipif(os.name != "posix", reason="pipes close differently elsewhere")
@pytest.mark.parametrize("arguments", [("check", "--all"), ("--help",), ("record", "--list-formats")])
def test_a_reader_that_has_gone_changes_neither_exit_code_nor_standard_error(project, arguments):
    project.quickly_recorded([0.1])
    notes = project.perfsite(*arguments).err
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [*PERFSITE, *arguments], cwd=project.path, stdout=writer, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writer)
    assert done.returncode == 0
    assert done.stderr in {"", notes}


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_an_answer_that_cannot_be_written_is_a_delivery_error(project):
    project.quickly_recorded([0.1])
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(
            [*PERFSITE, "check"], cwd=project.path, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
        assert done.returncode == 5
        assert "the answer cannot be written" in done.stderr
        done = subprocess.run([*PERFSITE, "record", "x"], cwd=project.path, stderr=full, text=True, check=False)
    assert done.returncode == 3


@pytest.mark.slow
def test_errors_are_coloured_on_no_file_and_no_color_is_heeded(project):
    for env in ({}, {"NO_COLOR": "1"}):
        assert "\x1b" not in project.perfsite("record", "missing", env=env).err


@pytest.mark.slow
def test_another_folder_can_be_named_and_relative_files_are_those_of_here(project, place):
    here = place("elsewhere", git=False)
    here.results(work=[0.1])
    here.good("-C", project.path, "record", "bench.json")
    assert len(project.lines) == 1
    assert not (here.path / "history").exists()


@pytest.mark.slow
def test_verbose_says_more_on_standard_error_only(project):
    project.results(work=[0.1])
    done = project.perfsite("-v", "record", "bench.json")
    assert "INFO perfsite.history.store" in done.err
    assert "INFO" not in done.out


def get(port, path):
    """Return status and text of an answer of the preview."""

    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def until(condition, timeout_s=60):
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="SIGINT of another process is POSIX")
def test_the_preview_serves_rebuilds_and_ends_on_ctrl_c(project):
    project.quickly_recorded([0.1])
    project.write("site_config/perfsite.toml", 'site_url = "https://example.org/parser/"\n')
    with subprocess.Popen(
        [*PERFSITE, "serve", "--port", "0"],
        cwd=project.path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        said = []
        reader = threading.Thread(target=lambda: said.extend(process.stderr), daemon=True)
        reader.start()
        try:
            assert until(lambda: any("serving" in line for line in said)), said
            address = next(re.search(r"http://127\.0\.0\.1:(\d+)/", line) for line in said if "serving" in line)
            port = int(address[1])
            assert get(port, "/")[0] == 200
            assert "work" in get(port, "/benchmarks/work/")[1]
            status, page = get(port, "/nowhere/")
            assert status == 404
            assert "<html" in page
            style = re.search(r'"(/parser/[^"]*perfsite\.css)"', page)[1]
            assert get(port, style)[0] == 200
            assert "work" in get(port, "/parser/benchmarks/work/")[1]
            assert get(port, "/parser/../../../etc/passwd")[0] == 404
            assert get(port, "/parser/nowhere/")[0] == 404
            assert get(port, "/../../../../etc/passwd")[0] == 404
            sha = project.commit("second", 1)
            assert get(port, f"/commits/{sha}/")[0] == 404
            project.quickly_recorded([0.2])
            assert until(lambda: get(port, f"/commits/{sha}/")[0] == 200), said
            project.write("site_config/perfsite.toml", "title = 3\n")
            assert until(lambda: any("not built" in line for line in said)), said
            assert get(port, "/")[0] == 200
        finally:
            process.send_signal(signal.SIGINT)
            try:
                code = process.wait(timeout=30)
            finally:
                process.kill()
            reader.join(10)
    assert (code, said[-1]) == (0, "note: stopped\n")
    assert "Traceback" not in "".join(said)


@pytest.mark.slow
def test_a_port_that_is_taken_is_told(project):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        project.good("build")
        done = project.perfsite("serve", "--port", port, "--no-build")
    assert done.code == 2
    assert "cannot listen" in done.err
    assert "--port" in done.err


def test_showing_a_site_that_was_not_built_names_the_command(project):
    done = project.perfsite("serve", "--no-build", "--port", "0")
    assert done.code == 2
    assert "perfsite build" in done.err


@pytest.mark.slow
def test_a_folder_that_cannot_be_made_or_is_not_perfsites_own_is_left_alone(project):
    project.write("mine/notes.txt", "keep")
    done = project.perfsite("build", "--site-dir", "mine")
    assert (done.code, done.out) == (2, "")
    assert project.snapshot("mine") == {"notes.txt": b"keep"}
    done = project.perfsite("build", "--site-dir", "mine/notes.txt/site")
    assert (done.code, done.out) == (5, "")
    assert "Traceback" not in done.err
    assert "--site-dir" in done.err


def test_the_formats_are_listed_for_people_and_programs(project):
    shown = project.perfsite("record", "--list-formats")
    listed = json.loads(project.perfsite("record", "--list-formats", "--json").out)
    assert listed["version"] == 1
    assert {row["name"] for row in listed["formats"]} >= {"locust", "go-bench", "criterion"}
    assert all(row["reads"] and row["written_by"] for row in listed["formats"])
    assert all(row["name"] in shown.out for row in listed["formats"])
